"""The models of device files: cross sections, a sensitive volume, bits, effects per device."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from radtest.analysis.cross_section_configuration import (
    CrossSectionConfiguration,
    NotNegative,
    Positive,
    RatedCrossSectionConfiguration,
)
from radtest.analysis.proton_configuration import ProtonConfiguration
from radtest.analysis.rate import SensitiveVolume
from radtest.core.configuration import ConfigurationModel

__all__ = [
    "CrossSectionConfiguration",
    "DeviceConfiguration",
    "EffectConfiguration",
    "ModelConfiguration",
    "NotNegative",
    "Positive",
    "ProtonConfiguration",
    "SystemConfiguration",
    "TransientConfiguration",
    "VolumeConfiguration",
]

_SMALLEST_UM, _LARGEST_UM = 1e-4, 1e4
_FOUR = ("sigma_sat_cm2", "let0_mev_cm2_mg", "width_mev_cm2_mg", "shape")
Factor = Annotated[float, Field(ge=1, le=1000)]


class VolumeConfiguration(ConfigurationModel):
    """The sensitive volume, µm."""

    x_um: Positive
    y_um: Positive
    z_um: Positive

    @model_validator(mode="after")
    def _sides(self) -> VolumeConfiguration:
        for name in ("x_um", "y_um", "z_um"):
            if getattr(self, name) > _LARGEST_UM:
                raise ValueError(f"{name} = {getattr(self, name):g} µm is {getattr(self, name) / 1e4:g} cm: give µm")
            if getattr(self, name) < _SMALLEST_UM:
                raise ValueError(f"{name} = {getattr(self, name):g} µm is less than an atom: give µm")
        return self

    def build(self) -> SensitiveVolume:
        """Return the volume."""
        return SensitiveVolume(self.x_um, self.y_um, self.z_um)


class EffectConfiguration(RatedCrossSectionConfiguration):
    """An effect of the whole device (latch-up, functional interrupt): cross sections per device.

    Parameters
    ----------
    proton : ProtonConfiguration
        Proton cross section per device.
    sensitive_volume : VolumeConfiguration
        The box, if it is known; otherwise the rate is bounded by two geometries.
    """

    proton: ProtonConfiguration | None = None
    sensitive_volume: VolumeConfiguration | None = None

    @property
    def has_ions(self) -> bool:
        """Whether it has a heavy-ion cross section."""
        return any(getattr(self, name) is not None for name in (*_FOUR, "points", "fit"))

    def _check_forms(self, files: dict[str, str | None]) -> None:
        if self.proton is None or any(getattr(self, name) is not None for name in (*_FOUR, *files)):
            super()._check_forms(files)


class TransientConfiguration(EffectConfiguration):
    """Transients of a device: as any effect, with how long they last and how often they are latched.

    Parameters
    ----------
    pulse_width_ns : float
        Width of the transients that the cross section counts, ns.
    clock_mhz : float
        Clock of the flip-flops behind: a share width · clock of the transients is latched.
    """

    pulse_width_ns: Positive | None = None
    clock_mhz: Positive | None = None

    @model_validator(mode="after")
    def _width(self) -> TransientConfiguration:
        if self.clock_mhz is not None and self.pulse_width_ns is None:
            raise ValueError("clock_mhz needs pulse_width_ns")
        return self

    @property
    def latched_share(self) -> float | None:
        """Share of the transients that a clock edge finds; None without a clock."""
        if self.clock_mhz is None or self.pulse_width_ns is None:
            return None
        return min(1.0, self.pulse_width_ns * self.clock_mhz * 1e-3)


class ModelConfiguration(ConfigurationModel):
    """How far a rate may be off because the model is not nature: a factor up and down, by default that of the method.

    Parameters
    ----------
    uncertainty_factor : float
        For all rates.
    direct_factor, proton_factor : float
        For direct ionisation and for nuclear reactions of protons alone.
    """

    uncertainty_factor: Factor | None = None
    direct_factor: Factor | None = None
    proton_factor: Factor | None = None


class SystemConfiguration(ConfigurationModel):
    """The system: how many of these devices are in it."""

    devices: Annotated[int, Field(ge=1)]


class DeviceConfiguration(ConfigurationModel):
    """A device file.

    Parameters
    ----------
    heavy_ion : RatedCrossSectionConfiguration, optional
        Heavy-ion cross section per bit, or per device if `effect` is not ``seu``.
    sensitive_volume : VolumeConfiguration, optional
        The box of one bit.
    proton : ProtonConfiguration, optional
        Proton cross section, as `heavy_ion`.
    bits : int, optional
        Bits of the device.
    effect : str
        What [heavy_ion], [proton] and [sensitive_volume] describe: ``seu`` by bits, or ``sel``, ``sefi``, ``set`` by
        devices.
    sel, sefi, set : EffectConfiguration, optional
        Further effects of the device.
    system : SystemConfiguration, optional
        How many devices there are.
    model : ModelConfiguration
        Uncertainty of the model.
    title, source : str
        What it is, and where the figures come from.
    """

    heavy_ion: RatedCrossSectionConfiguration | None = None
    sensitive_volume: VolumeConfiguration | None = None
    proton: ProtonConfiguration | None = None
    bits: Annotated[int, Field(ge=1)] | None = None
    effect: Literal["seu", "sel", "sefi", "set"] = "seu"
    sel: EffectConfiguration | None = None
    sefi: EffectConfiguration | None = None
    set: TransientConfiguration | None = None
    system: SystemConfiguration | None = None
    model: ModelConfiguration = ModelConfiguration()
    title: str = ""
    source: str = ""

    @model_validator(mode="after")
    def _something(self) -> DeviceConfiguration:
        bare = self.heavy_ion is None and self.proton is None
        if bare and self.effect != "seu":
            raise ValueError(f"effect = {self.effect!r} needs [heavy_ion] or [proton], per device")
        if bare and not self.effects:
            raise ValueError(
                "no cross section: give [heavy_ion] with [sensitive_volume], [proton], or one of [sel], [sefi], [set]"
            )
        if self.effect != "seu":
            if getattr(self, self.effect) is not None:
                raise ValueError(f"give either effect = {self.effect!r} with [heavy_ion], or [{self.effect}], not both")
            if self.bits is not None:
                raise ValueError(f"bits belong to effect = 'seu'; {self.effect} is counted per device")
        elif self.heavy_ion is not None and self.sensitive_volume is None:
            raise ValueError(f"missing [sensitive_volume] x_um, y_um, z_um{self._suggested()}")
        return self

    def _suggested(self) -> str:
        sigma = self.heavy_ion.sigma_sat_cm2 if self.heavy_ion is not None else None
        if sigma is None:
            return ""
        return f"; where it is not known, x = y = √σ_sat = {math.sqrt(sigma) * 1e4:.4g} µm and z of half that to 2 µm"

    @property
    def effects(self) -> dict[str, EffectConfiguration]:
        """The effects that are counted per device, by name."""
        found = {name: getattr(self, name) for name in ("sel", "sefi", "set")}
        if self.effect != "seu":
            parts = {} if self.heavy_ion is None else self.heavy_ion.model_dump(exclude_none=True)
            kind = TransientConfiguration if self.effect == "set" else EffectConfiguration
            found[self.effect] = kind.model_validate(
                {**parts, "proton": self.proton, "sensitive_volume": self.sensitive_volume}
            )
        return {name: effect for name, effect in found.items() if effect is not None}
