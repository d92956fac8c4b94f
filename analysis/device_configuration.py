"""The models of device files: a cross section, a sensitive volume, bits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from radtest.analysis.points import read_points
from radtest.analysis.proton import bendel_one, bendel_two, proton_weibull
from radtest.analysis.rate import SensitiveVolume
from radtest.analysis.weibull import Weibull
from radtest.analysis.weibull_fit import Per, WeibullFit, fit_weibull
from radtest.core.configuration import ConfigurationModel

__all__ = ["CrossSectionConfiguration", "DeviceConfiguration", "ProtonConfiguration", "VolumeConfiguration"]

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]

_PROTON_KEYS = {
    "bendel1": ("a",),
    "bendel2": ("a", "b"),
    "weibull": ("sigma_sat_cm2", "energy0_mev", "width_mev", "shape"),
}
_PROTON_MODELS: dict[str, Callable[..., NDArray[np.float64]]] = {
    "bendel1": bendel_one,
    "bendel2": bendel_two,
    "weibull": proton_weibull,
}
_FOUR = ("sigma_sat_cm2", "let0_mev_cm2_mg", "width_mev_cm2_mg", "shape")


class CrossSectionConfiguration(ConfigurationModel):
    """A heavy-ion cross section: four Weibull parameters, or the points to fit them to.

    Parameters
    ----------
    sigma_sat_cm2 : float
        Saturation cross section, cm²/bit or cm²/device as its owner says.
    let0_mev_cm2_mg, width_mev_cm2_mg, shape : float
        Threshold, width and shape.
    points : str
        CSV file of points, relative to the file that names it.
    fluence_uncertainty : float
        Relative standard uncertainty of the fluences of the points, common to all of them.
    """

    sigma_sat_cm2: Positive | None = None
    let0_mev_cm2_mg: NotNegative | None = None
    width_mev_cm2_mg: Positive | None = None
    shape: Positive | None = None
    points: str | None = None
    fluence_uncertainty: Annotated[float, Field(ge=0, lt=1)] = 0.0

    @model_validator(mode="after")
    def _one_form(self) -> CrossSectionConfiguration:
        given = [name for name in _FOUR if getattr(self, name) is not None]
        if self.points is not None and given:
            raise ValueError(f"give either points or {', '.join(_FOUR)}, not both")
        if self.points is None and len(given) < len(_FOUR):
            missing = ", ".join(name for name in _FOUR if name not in given)
            raise ValueError(f"missing {missing} (or points = 'FILE.csv' to fit them to)")
        if self.points is None and self.fluence_uncertainty:
            raise ValueError("fluence_uncertainty belongs to points")
        return self

    def build(self, folder: Path, per: Per) -> Weibull | WeibullFit:
        """Return the cross section, fitted if points are given; `folder` is where relative paths start."""
        if self.points is not None:
            points = read_points(folder / self.points)
            return fit_weibull(points, per=per, common_fluence_uncertainty=self.fluence_uncertainty)
        return Weibull(*(getattr(self, name) for name in _FOUR))


class VolumeConfiguration(ConfigurationModel):
    """The sensitive volume, µm."""

    x_um: Positive
    y_um: Positive
    z_um: Positive

    def build(self) -> SensitiveVolume:
        """Return the volume."""
        return SensitiveVolume(self.x_um, self.y_um, self.z_um)


class ProtonConfiguration(ConfigurationModel):
    """The proton cross section per bit: Bendel's one or two parameters (MeV), or a Weibull in energy."""

    model: Literal["bendel1", "bendel2", "weibull"]
    a: Positive | None = None
    b: Positive | None = None
    sigma_sat_cm2: Positive | None = None
    energy0_mev: NotNegative | None = None
    width_mev: Positive | None = None
    shape: Positive | None = None

    @model_validator(mode="after")
    def _keys_of_the_model(self) -> ProtonConfiguration:
        wanted = _PROTON_KEYS[self.model]
        missing = [name for name in wanted if getattr(self, name) is None]
        if missing:
            raise ValueError(f"model = {self.model!r} needs {', '.join(wanted)}; missing {', '.join(missing)}")
        others = {name for names in _PROTON_KEYS.values() for name in names} - set(wanted)
        foreign = sorted(name for name in others if getattr(self, name) is not None)
        if foreign:
            raise ValueError(f"{', '.join(foreign)}: model = {self.model!r} has only {', '.join(wanted)}")
        return self

    def cross_section_cm2(self, energy_mev: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the cross section per bit at proton energies in MeV, cm²."""
        given = [float(getattr(self, name)) for name in _PROTON_KEYS[self.model]]
        return _PROTON_MODELS[self.model](energy_mev, *given)


class DeviceConfiguration(ConfigurationModel):
    """A device file.

    Parameters
    ----------
    heavy_ion : CrossSectionConfiguration
        Cross section per bit.
    sensitive_volume : VolumeConfiguration
        The box of one bit.
    proton : ProtonConfiguration, optional
        Proton cross section per bit.
    bits : int, optional
        Bits of the device.
    title, source : str
        What it is, and where the figures come from.
    """

    heavy_ion: CrossSectionConfiguration
    sensitive_volume: VolumeConfiguration
    proton: ProtonConfiguration | None = None
    bits: Annotated[int, Field(ge=1)] | None = None
    title: str = ""
    source: str = ""
