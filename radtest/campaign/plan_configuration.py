"""The section [plan] of a campaign file: what to ask a facility for, and what to expect."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from radtest.analysis import Layer, material_named
from radtest.analysis.device_configuration import CrossSectionConfiguration
from radtest.campaign.facility import TimesModel
from radtest.core import ConfigurationError
from radtest.core.configuration import ConfigurationModel

__all__ = ["LayerModel", "PlanModel"]

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Flux = Annotated[float, Field(ge=1, le=1e9)]


class LayerModel(ConfigurationModel):
    """A layer that the beam crosses."""

    material: Annotated[str, Field(min_length=1)]
    thickness_um: Positive
    name: str = ""

    @model_validator(mode="after")
    def _check(self) -> LayerModel:
        try:
            material_named(self.material)
        except ConfigurationError as error:
            raise ValueError(error.message) from None
        return self

    def layer(self) -> Layer:
        """Return the layer."""
        return Layer(material_named(self.material), self.thickness_um, self.name)


class PlanModel(ConfigurationModel):
    """What to plan.

    Parameters
    ----------
    facility : str, optional
        Facility file, relative to the campaign file.
    ions : tuple of str
        Particles of the facility, in the order of the night. Without them the campaign's own runs are judged.
    tilts_deg : tuple of float
        Every ion at every one of these angles.
    degraders_um : tuple of float
        Every ion behind every one of these; 0 for none.
    degrader_material : str
        Of what they are.
    repeats : int
        How often the whole order is run through.
    precision, confidence : float
        Wanted relative half width of the interval of each count, and its level.
    prior, prior_latch_up : CrossSectionConfiguration, optional
        Expected cross section per bit, and of latch-up per device.
    beam_line, package : tuple of LayerModel
        What lies across the beam, and what lies on the die.
    sensitive_depth_um, sensitive_width_um : float, optional
        Sensitive volume: depth below the surface, and width.
    dose_limit_krad, dose_so_far_krad : float
        Dose the part may have at the end, and had before, krad(Si).
    upsets_per_scan : float
        Acceptable upsets between two comparisons of the memory.
    fluence_limit_cm2, time_limit_s, shortest_run_s : float
        Limits of a run.
    lowest_flux_cm2_s, highest_flux_cm2_s : float
        Limits of the flux that the plan may ask for, within those of the facility.
    beam_time_h : float, optional
        Time there is, h.
    times : TimesModel
        Time without beam, instead of the facility's.
    """

    facility: str | None = None
    ions: tuple[str, ...] = ()
    tilts_deg: Annotated[tuple[Annotated[float, Field(gt=-90, lt=90)], ...], Field(min_length=1)] = (0.0,)
    degraders_um: Annotated[tuple[NotNegative, ...], Field(min_length=1)] = (0.0,)
    degrader_material: str = "Al"
    repeats: Annotated[int, Field(ge=1, le=100)] = 1
    precision: Annotated[float, Field(ge=0.001, le=3)] = 0.2
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    prior: CrossSectionConfiguration | None = None
    prior_latch_up: CrossSectionConfiguration | None = None
    beam_line: tuple[LayerModel, ...] = ()
    package: tuple[LayerModel, ...] = ()
    sensitive_depth_um: Positive | None = None
    sensitive_width_um: Positive | None = None
    dose_limit_krad: Positive | None = None
    dose_so_far_krad: NotNegative = 0.0
    upsets_per_scan: Positive = 100.0
    fluence_limit_cm2: Positive = 1e7
    time_limit_s: Positive = 1800.0
    shortest_run_s: Positive = 60.0
    lowest_flux_cm2_s: Flux = 100.0
    highest_flux_cm2_s: Flux = 1e5
    beam_time_h: Positive | None = None
    times: TimesModel = TimesModel()

    @model_validator(mode="after")
    def _check(self) -> PlanModel:
        if self.ions and self.facility is None:
            raise ValueError("ions: belong to a facility; give facility = 'FILE.toml'")
        if self.lowest_flux_cm2_s > self.highest_flux_cm2_s:
            raise ValueError("lowest_flux_cm2_s lies above highest_flux_cm2_s")
        try:
            material_named(self.degrader_material)
        except ConfigurationError as error:
            raise ValueError(f"degrader_material: {error.message}") from None
        return self
