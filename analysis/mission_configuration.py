"""How long an orbit file's mission lasts, and what its part withstands: the tables [mission] and [part]."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from radtest.core.configuration import ConfigurationModel

__all__ = ["MissionConfiguration", "PartConfiguration"]

Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(gt=0, lt=1)]


class MissionConfiguration(ConfigurationModel):
    """How long a mission lasts.

    Parameters
    ----------
    years : float
        Duration, years.
    solar_confidence : float
        Probability that the fluence of solar protons is not exceeded.
    solar_active_years : float
        Years of it with an active sun; without it as many as can be, 7 of each cycle of 11. 0 leaves solar protons out.
    electron_belt : str
        ``max`` or ``min`` of the solar cycle for trapped electrons, which are most at the maximum, trapped protons at
        the minimum (`TrappedConfiguration`).
    """

    years: Annotated[float, Field(ge=0.001, le=50)]
    solar_confidence: Share = 0.95
    solar_active_years: Annotated[float, Field(ge=0)] | None = None
    electron_belt: Literal["min", "max"] = "max"

    @model_validator(mode="after")
    def _active(self) -> MissionConfiguration:
        if self.solar_active_years is not None and self.solar_active_years > self.years:
            raise ValueError(
                f"solar_active_years = {self.solar_active_years:g} are more than the mission's {self.years:g} years"
            )
        return self


class PartConfiguration(ConfigurationModel):
    """What a part withstands.

    Parameters
    ----------
    tid_krad : tuple of float
        Dose at which each tested sample failed, krad(Si); two or more.
    tid_limit_krad : float
        Dose that the part withstands, instead, krad(Si).
    margin : float
        Radiation design margin that is asked for.
    survival, confidence : float
        Of the one-sided tolerance limit that is taken of `tid_krad`.
    """

    tid_krad: Annotated[tuple[Positive, ...], Field(min_length=2)] | None = None
    tid_limit_krad: Positive | None = None
    margin: Positive = 2.0
    survival: Share = 0.9
    confidence: Share = 0.9

    @model_validator(mode="after")
    def _one_form(self) -> PartConfiguration:
        if (self.tid_krad is None) == (self.tid_limit_krad is None):
            raise ValueError("give either tid_krad (failure doses of two or more samples) or tid_limit_krad")
        return self
