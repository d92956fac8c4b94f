"""The model of payload files, and how one becomes a `Payload`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from radtest.analysis.device_configuration import (
    CrossSectionConfiguration,
    NotNegative,
    Positive,
    VolumeConfiguration,
)
from radtest.analysis.payload import Aging, Payload, Proportion, Recovery
from radtest.analysis.payload_heat import Chip, Throttle
from radtest.analysis.rate import effective_flux, isotropic_flux
from radtest.analysis.spectrum_file import read_let_spectrum
from radtest.analysis.thermal import ALBEDO, EARTH_INFRARED_W_M2, SOLAR_W_M2, Orbit, Radiator
from radtest.core.configuration import ConfigurationModel, read_configuration
from radtest.core.errors import ConfigurationError
from radtest.core.estimate import Estimate

__all__ = ["PayloadConfiguration", "read_payload"]

KELVIN = 273.15

Probability = Annotated[float, Field(ge=0, le=1)]
Celsius = Annotated[float, Field(ge=-200, le=300, description="degrees Celsius")]


class OutcomeConfiguration(ConfigurationModel):
    """Probability of an outcome per upset: counts of an injection, or a value with its limits (both or none)."""

    count: Annotated[int, Field(ge=0)] | None = None
    injections: Annotated[int, Field(ge=1)] | None = None
    value: Probability | None = None
    low: Probability | None = None
    high: Probability | None = None

    @model_validator(mode="after")
    def _one_form(self) -> OutcomeConfiguration:
        counted = self.count is not None and self.injections is not None
        valued = self.value is not None
        parts = {
            "count": self.count,
            "injections": self.injections,
            "value": self.value,
            "low": self.low,
            "high": self.high,
        }
        given = {name for name, part in parts.items() if part is not None}
        if counted and given == {"count", "injections"}:
            if self.count is not None and self.injections is not None and self.count > self.injections:
                raise ValueError("count is larger than injections")
            return self
        if valued and given in ({"value"}, {"value", "low", "high"}):
            return self
        raise ValueError("give count and injections, or value, or value with low and high")

    def build(self) -> Proportion | Estimate:
        """Return the probability."""
        if self.count is not None and self.injections is not None:
            return Proportion(self.count, self.injections)
        value = 0.0 if self.value is None else self.value
        if self.low is None or self.high is None:
            return Estimate(value, value, value)
        return Estimate(value, self.low, self.high)


class ConsequenceConfiguration(ConfigurationModel):
    """What an upset of a bit in use does."""

    sdc: OutcomeConfiguration
    hang: OutcomeConfiguration


class ChipConfiguration(ConfigurationModel):
    """One chip."""

    bits: Annotated[int, Field(ge=1)]
    derating: Annotated[float, Field(gt=0, le=1)] = 1.0
    power_w: Positive
    idle_power_w: NotNegative
    thermal_resistance_k_w: NotNegative


class ThrottleConfiguration(ConfigurationModel):
    """How a chip slows down when it is hot; temperatures of the junction."""

    start_c: Celsius
    derating_per_k: Positive
    shutdown_c: Celsius

    @model_validator(mode="after")
    def _ordered(self) -> ThrottleConfiguration:
        if not self.start_c < self.shutdown_c:
            raise ValueError("shutdown_c must lie above start_c")
        return self


class EnvironmentConfiguration(ConfigurationModel):
    """The radiation: a LET spectrum behind the shielding of the payload, CSV, relative to the file that names it."""

    let_spectrum: str


class RecoveryConfiguration(ConfigurationModel):
    """What mends an upset."""

    reboot_s: NotNegative
    power_cycle_s: NotNegative
    scrub_interval_s: Positive | None = None
    scrub_s: NotNegative = 0.0

    @model_validator(mode="after")
    def _ordered(self) -> RecoveryConfiguration:
        if self.scrub_interval_s is None and self.scrub_s:
            raise ValueError("scrub_s needs scrub_interval_s")
        if self.scrub_interval_s is not None and not self.scrub_s < self.scrub_interval_s:
            raise ValueError("scrub_interval_s must be longer than scrub_s")
        return self


class RadiatorConfiguration(ConfigurationModel):
    """The radiator and its attitude."""

    area_m2: Positive
    emissivity: Annotated[float, Field(gt=0, le=1)]
    absorptivity: Probability
    faces: Literal[1, 2]
    sun_incidence_deg: Annotated[float, Field(ge=0, le=180)]
    earth_angle_deg: Annotated[float, Field(ge=0, le=180)] = 90.0


class OrbitConfiguration(ConfigurationModel):
    """The circular orbit, for heat."""

    altitude_km: Positive
    beta_deg: Annotated[float, Field(ge=-90, le=90)]
    solar_w_m2: NotNegative = SOLAR_W_M2
    albedo: Probability = ALBEDO
    earth_infrared_w_m2: NotNegative = EARTH_INFRARED_W_M2


class AgingConfiguration(ConfigurationModel):
    """The wear-out: activation energy, and the junction temperature at which the life is known."""

    activation_energy_ev: NotNegative
    reference_c: Celsius


class PayloadConfiguration(ConfigurationModel):
    """A payload file; ``fixtures/payloads`` holds commented examples.

    Parameters
    ----------
    title, source : str
        What it is, and where its figures come from.
    chips : int
        Number of equal chips.
    overhead_power_w : float
        Power of everything else on the radiator, W.
    chip, throttle, upset, sensitive_volume, environment, consequence, recovery, radiator, orbit, aging
        The tables of the file; `upset` is the cross section per bit.
    latch_up : CrossSectionConfiguration, optional
        Latch-up cross section per device.
    """

    title: str
    source: str = ""
    chips: Annotated[int, Field(ge=1)]
    overhead_power_w: NotNegative = 0.0
    chip: ChipConfiguration
    throttle: ThrottleConfiguration
    upset: CrossSectionConfiguration
    sensitive_volume: VolumeConfiguration
    environment: EnvironmentConfiguration
    consequence: ConsequenceConfiguration
    latch_up: CrossSectionConfiguration | None = None
    recovery: RecoveryConfiguration
    radiator: RadiatorConfiguration
    orbit: OrbitConfiguration
    aging: AgingConfiguration

    def build(self, folder: Path) -> Payload:
        """Return the payload, with its files read and its fits made; `folder` is where relative paths start."""
        spectrum = read_let_spectrum(folder / self.environment.let_spectrum)
        throttle = self.throttle
        return Payload(
            title=self.title,
            chips=self.chips,
            bits_per_chip=self.chip.bits,
            derating=self.chip.derating,
            upset=self.upset.build(folder, "bit"),
            upset_flux=effective_flux(spectrum, self.sensitive_volume.build()),
            sdc=self.consequence.sdc.build(),
            hang=self.consequence.hang.build(),
            latch_up=None if self.latch_up is None else self.latch_up.build(folder, "device"),
            latch_up_flux=None if self.latch_up is None else isotropic_flux(spectrum),
            recovery=Recovery(**self.recovery.model_dump()),
            chip=Chip(
                self.chip.power_w,
                self.chip.idle_power_w,
                self.chip.thermal_resistance_k_w,
                Throttle(throttle.start_c + KELVIN, throttle.derating_per_k, throttle.shutdown_c + KELVIN),
            ),
            overhead_w=self.overhead_power_w,
            radiator=Radiator(**self.radiator.model_dump()),
            orbit=Orbit(**self.orbit.model_dump()),
            aging=Aging(self.aging.activation_energy_ev, self.aging.reference_c + KELVIN),
        )


def read_payload(path: str | Path) -> tuple[Payload, PayloadConfiguration]:
    """Read a payload file.

    Parameters
    ----------
    path : str or Path
        TOML; files it names are relative to its folder.

    Returns
    -------
    payload, configuration
        What an estimate needs, and the file as read.

    Raises
    ------
    ConfigurationError
        If this file, or a file it names, is wrong.
    """
    configuration, _ = read_configuration(path, PayloadConfiguration)
    try:
        return configuration.build(Path(path).parent), configuration
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error.message}", remedy=error.remedy) from None
