"""Facility files: the ions of a cocktail, each with its source, and what changing them costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from radtest.analysis import Ion, IonBeam
from radtest.core import ConfigurationError
from radtest.core.configuration import ConfigurationModel, read_configuration

__all__ = ["FacilityConfiguration", "FacilityIonModel", "TimesModel", "read_facility"]

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Flux = Annotated[float, Field(ge=1, le=1e9)]


class FacilityIonModel(ConfigurationModel):
    """An ion of the cocktail; LET and range in silicon as the facility gives them, or none, and they are computed."""

    particle: Annotated[str, Field(pattern=r"^[A-Z][a-z]?$")]
    mass_number: Annotated[int, Field(ge=1, le=300)]
    energy_mev: Positive
    let_mev_cm2_mg: Annotated[float, Field(gt=0, le=200)] | None = None
    range_um: Positive | None = None
    source: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> FacilityIonModel:
        try:
            Ion(self.particle, self.mass_number)
        except ConfigurationError as error:
            raise ValueError(error.message) from None
        return self

    def beam(self) -> IonBeam:
        """Return the ion for planning."""
        return IonBeam(
            Ion(self.particle, self.mass_number), self.energy_mev, self.let_mev_cm2_mg, self.range_um, self.source
        )


class TimesModel(ConfigurationModel):
    """Time without beam, s."""

    ion_change_s: NotNegative | None = None
    tilt_change_s: NotNegative | None = None
    degrader_change_s: NotNegative | None = None
    run_overhead_s: NotNegative | None = None
    latch_up_s: NotNegative | None = None


class FacilityConfiguration(ConfigurationModel):
    """A facility file.

    Parameters
    ----------
    title : str
        Facility and cocktail.
    ions : tuple of FacilityIonModel
        What can be asked for; each particle once.
    lowest_flux_cm2_s, highest_flux_cm2_s : float, optional
        Fluxes that can be asked for.
    times : TimesModel
        What changing things costs.
    missing : tuple of str
        What the file leaves out, and why.
    """

    title: Annotated[str, Field(min_length=1)]
    ions: Annotated[tuple[FacilityIonModel, ...], Field(min_length=1)]
    lowest_flux_cm2_s: Flux | None = None
    highest_flux_cm2_s: Flux | None = None
    times: TimesModel = TimesModel()
    missing: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> FacilityConfiguration:
        names = [ion.particle for ion in self.ions]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(
                f"ions: every particle once, found twice: {', '.join(twice)}; a second tune is a second file"
            )
        return self

    def ion(self, particle: str) -> FacilityIonModel:
        """Return an ion by its symbol.

        Raises
        ------
        ConfigurationError
            If the cocktail does not have it.
        """
        for ion in self.ions:
            if ion.particle == particle:
                return ion
        raise ConfigurationError(
            f"{self.title}: has no ion {particle!r}; legal: {', '.join(ion.particle for ion in self.ions)}"
        )


def read_facility(path: str | Path) -> FacilityConfiguration:
    """Read a facility file.

    Raises
    ------
    ConfigurationError
        If it cannot be read or does not fit; the message names file, line, value and what is legal.
    """
    return read_configuration(path, FacilityConfiguration)[0]
