"""The model of payload files, and how one becomes a `Payload`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from radtest.analysis.cross_section_configuration import RatedCrossSectionConfiguration
from radtest.analysis.device_configuration import (
    DeviceConfiguration,
    EffectConfiguration,
    ModelConfiguration,
    NotNegative,
    Positive,
    VolumeConfiguration,
)
from radtest.analysis.orbit_configuration import OrbitConfiguration
from radtest.analysis.payload import Aging, Payload, Proportion, Recovery
from radtest.analysis.payload_conditions import EnvironmentConfiguration
from radtest.analysis.payload_heat import Chip, Throttle
from radtest.analysis.proton_configuration import ProtonConfiguration
from radtest.analysis.thermal import ALBEDO, EARTH_INFRARED_W_M2, SOLAR_W_M2, Orbit, Radiator
from radtest.core.configuration import ConfigurationModel, naming, read_configuration
from radtest.core.errors import ConfigurationError
from radtest.core.estimate import Estimate

__all__ = ["PayloadConfiguration", "read_payload"]

KELVIN = 273.15
_SAME_KM = 10.0

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

    bits: Annotated[int, Field(ge=1)] | None = None
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


class RecoveryConfiguration(ConfigurationModel):
    """What mends an upset."""

    reboot_s: NotNegative
    power_cycle_s: NotNegative
    scrub_interval_s: Positive | None = None
    scrub_s: NotNegative = 0.0
    interrupt_s: NotNegative | None = None

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


class HeatOrbitConfiguration(ConfigurationModel):
    """The circular orbit, for heat; its altitude is that of the orbit file where it is not given."""

    altitude_km: Positive | None = None
    beta_deg: Annotated[float, Field(ge=-90, le=90)]
    solar_w_m2: NotNegative = SOLAR_W_M2
    albedo: Probability = ALBEDO
    earth_infrared_w_m2: NotNegative = EARTH_INFRARED_W_M2


class AgingConfiguration(ConfigurationModel):
    """The wear-out: activation energy, and the junction temperature at which the life is known."""

    activation_energy_ev: NotNegative
    reference_c: Celsius
    activation_energy_ev_interval: tuple[NotNegative, NotNegative] | None = None

    @model_validator(mode="after")
    def _about_the_value(self) -> AgingConfiguration:
        if self.activation_energy_ev_interval is not None:
            low, high = self.activation_energy_ev_interval
            if not low <= self.activation_energy_ev <= high:
                raise ValueError("activation_energy_ev_interval must lie about activation_energy_ev")
        return self


_OF_THE_DEVICE = ("upset", "sensitive_volume", "proton", "latch_up", "sefi", "model")


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
    chip, throttle, environment, consequence, recovery, radiator, orbit, aging
        The tables of the file.
    device : str, optional
        Device file of the chip under radiation, relative to the file that names it.
    upset : RatedCrossSectionConfiguration, optional
        Instead of `device`: heavy-ion cross section per bit.
    sensitive_volume : VolumeConfiguration, optional
        The box of one bit, with `upset`.
    proton : ProtonConfiguration, optional
        Proton cross section per bit.
    latch_up, sefi : EffectConfiguration, optional
        Cross sections of latch-up and of functional interrupts per chip.
    model : ModelConfiguration, optional
        Uncertainty of the model.
    """

    title: str
    source: str = ""
    chips: Annotated[int, Field(ge=1)]
    overhead_power_w: NotNegative = 0.0
    chip: ChipConfiguration
    throttle: ThrottleConfiguration
    device: str | None = None
    upset: RatedCrossSectionConfiguration | None = None
    sensitive_volume: VolumeConfiguration | None = None
    proton: ProtonConfiguration | None = None
    latch_up: EffectConfiguration | None = None
    sefi: EffectConfiguration | None = None
    model: ModelConfiguration | None = None
    environment: EnvironmentConfiguration
    consequence: ConsequenceConfiguration
    recovery: RecoveryConfiguration
    radiator: RadiatorConfiguration
    orbit: HeatOrbitConfiguration
    aging: AgingConfiguration

    @model_validator(mode="after")
    def _one_device(self) -> PayloadConfiguration:
        given = [name for name in _OF_THE_DEVICE if getattr(self, name) is not None]
        if self.device is not None:
            if given:
                raise ValueError(f"give either device or [{'], ['.join(given)}]: the device file holds these")
            return self
        if self.upset is None and self.proton is None:
            raise ValueError(
                "no cross section: give device = 'DEVICE.toml', [upset] with [sensitive_volume], or [proton]"
            )
        if self.upset is not None and self.sensitive_volume is None:
            raise ValueError("missing [sensitive_volume] x_um, y_um, z_um")
        if self.chip.bits is None:
            raise ValueError("missing chip.bits: bits that can be upset")
        return self

    @model_validator(mode="after")
    def _altitude(self) -> PayloadConfiguration:
        if self.orbit.altitude_km is None and self.environment.orbit is None:
            raise ValueError("missing orbit.altitude_km: there is no orbit file to take it from")
        return self

    def device_of_chip(self, folder: Path) -> tuple[DeviceConfiguration, Path]:
        """Return the chip under radiation and the folder where its relative paths start."""
        if self.device is not None:
            path = folder / self.device
            return read_configuration(path, DeviceConfiguration)[0], path.parent
        device = DeviceConfiguration(
            heavy_ion=self.upset,
            sensitive_volume=self.sensitive_volume,
            proton=self.proton,
            bits=self.chip.bits,
            sel=self.latch_up,
            sefi=self.sefi,
            model=self.model or ModelConfiguration(),
        )
        return device, folder

    def build(self, folder: Path) -> Payload:
        """Return the payload, with its environments computed; `folder` is where relative paths start."""
        device, device_folder = self.device_of_chip(folder)
        throttle, flight = self.throttle, self.environment.flight(folder)
        energy = self.aging.activation_energy_ev
        return Payload(
            title=self.title,
            chips=self.chips,
            bits_per_chip=self._bits(device),
            derating=self.chip.derating,
            device=device,
            folder=device_folder,
            conditions=self.environment.conditions(folder),
            sdc=self.consequence.sdc.build(),
            hang=self.consequence.hang.build(),
            recovery=Recovery(**self.recovery.model_dump()),
            chip=Chip(
                self.chip.power_w,
                self.chip.idle_power_w,
                self.chip.thermal_resistance_k_w,
                Throttle(throttle.start_c + KELVIN, throttle.derating_per_k, throttle.shutdown_c + KELVIN),
            ),
            overhead_w=self.overhead_power_w,
            radiator=Radiator(**self.radiator.model_dump()),
            orbit=Orbit(**{**self.orbit.model_dump(), "altitude_km": self.heat_altitude_km(flight)}),
            aging=Aging(energy, self.aging.reference_c + KELVIN, self.aging.activation_energy_ev_interval),
        )

    def _bits(self, device: DeviceConfiguration) -> int:
        own = self.chip.bits
        if own is None and device.bits is None:
            raise ConfigurationError(
                f"chip.bits: neither the payload nor {self.device} says how many bits a chip has",
                remedy="give chip.bits.",
            )
        if own is not None and device.bits is not None and own != device.bits:
            raise ConfigurationError(
                f"chip.bits = {own}, but {self.device} has {device.bits}", remedy="give the bits in one of the two."
            )
        return int(own or device.bits or 0)

    def heat_altitude_km(self, flight: OrbitConfiguration | None) -> float:
        """Return the altitude that heat is computed at, km: its own, or that of a circular orbit file."""
        circle = None
        if flight is not None and flight.orbit.altitudes_km is not None:
            perigee, apogee = flight.orbit.altitudes_km
            circle = perigee if apogee - perigee < 1.0 else None
        own = self.orbit.altitude_km
        if own is None and circle is None:
            raise ConfigurationError(
                f"orbit.altitude_km: {self.environment.orbit} is not a circular orbit, which heat is computed for",
                remedy="give orbit.altitude_km, of a circular orbit with the same heat.",
            )
        if own is not None and circle is not None and abs(own - circle) > _SAME_KM:
            raise ConfigurationError(
                f"orbit.altitude_km = {own:g}, but {self.environment.orbit} flies at {circle:g} km",
                remedy="leave orbit.altitude_km out, or name another orbit file.",
            )
        return float(own if own is not None else circle or 0.0)


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
    ToolMissingError
        If an optional package that the environment needs is not installed.
    """
    configuration, _ = read_configuration(path, PayloadConfiguration)
    with naming(path):
        return configuration.build(Path(path).parent), configuration
