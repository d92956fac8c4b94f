"""The file that describes a simulated station: its instruments, its physics and the hidden truth about the device."""

from __future__ import annotations

import ipaddress
import math
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from radtest.core.configuration import ConfigurationModel
from radtest.instruments.station.supply_models import SUPPLY_MODELS
from radtest.instruments.station.surroundings_configuration import (
    InstrumentModel,
    LadderModel,
    OutletsModel,
    ScannerModel,
    ThermalModel,
    TransientModel,
)

__all__ = [
    "BeamModel",
    "CounterModel",
    "DeviceModel",
    "FaultKind",
    "FaultModel",
    "InterruptionModel",
    "IonModel",
    "LatchUpModel",
    "PortsModel",
    "RailModel",
    "StationConfiguration",
    "SupplyModel",
    "WeibullModel",
]

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Port = Annotated[int, Field(ge=0, le=65535)]


class PortsModel(ConfigurationModel):
    """TCP ports; 0 asks the system for a free one."""

    supply: Port = 0
    counter: Port = 0
    dut: Port = 0
    beam: Port = 0


class IonModel(ConfigurationModel):
    """One ion of the cocktail."""

    particle: Annotated[str, Field(pattern=r"^[A-Z][a-z]?$|^p$|^n$")]
    energy_mev: Positive
    let_mev_cm2_mg: Positive


class InterruptionModel(ConfigurationModel):
    """The accelerator fails: no particles for a while, though the beam line says that the beam is on.

    Counted in time with the beam switched on, over all runs, s.
    """

    after_s: NotNegative
    lasts_s: Positive


class BeamModel(ConfigurationModel):
    """The beam: its limits, and how its flux wanders around the one requested.

    The wandering is an Ornstein-Uhlenbeck process in the logarithm of the flux; `jitter_relative` is what changes from
    one fiftieth of a second to the next. A synchrotron delivers in spills: all particles of `spill_period_s` come
    within its first `spill_s`.
    """

    lowest_flux_cm2_s: Positive = 1.0
    highest_flux_cm2_s: Positive = 1e6
    drift_relative: Annotated[float, Field(ge=0, le=0.5)] = 0.05
    drift_time_s: Positive = 20.0
    jitter_relative: Annotated[float, Field(ge=0, le=1)] = 0.0
    spill_period_s: Positive | None = None
    spill_s: Positive | None = None
    interruptions: tuple[InterruptionModel, ...] = ()
    changeover_s: NotNegative = 5.0
    ions: Annotated[tuple[IonModel, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> BeamModel:
        if self.lowest_flux_cm2_s >= self.highest_flux_cm2_s:
            raise ValueError("lowest_flux_cm2_s must be below highest_flux_cm2_s")
        names = [ion.particle for ion in self.ions]
        if len(set(names)) != len(names):
            raise ValueError("every ion may be listed once only")
        if (self.spill_period_s is None) != (self.spill_s is None):
            raise ValueError("spill_period_s and spill_s go together")
        if self.spill_period_s is not None and self.spill_s is not None and self.spill_s > self.spill_period_s:
            raise ValueError("spill_s must not exceed spill_period_s")
        ends = [0.0]
        for interruption in self.interruptions:
            if interruption.after_s < ends[-1]:
                raise ValueError("interruptions must come one after the other")
            ends.append(interruption.after_s + interruption.lasts_s)
        return self


class CounterModel(ConfigurationModel):
    """The dosimetry counter: pulses = particles through `area_cm2` times `efficiency`.

    Pulses that come within `dead_time_s` of one that was counted are lost. With `feed_period_s` the facility counts,
    too, and writes a row into a text file so often.
    """

    serial: str = "SIM0002"
    area_cm2: Positive
    efficiency: Annotated[float, Field(gt=0, le=1)]
    dead_time_s: Annotated[float, Field(ge=0, le=1)] = 0.0
    feed_period_s: Annotated[float, Field(ge=0.1, le=60)] | None = None


class SupplyModel(ConfigurationModel):
    """The supply: which one it is, how well it measures, and how long it takes to carry out a line.

    Without `latency_s` it takes as long as its model does.
    """

    model: Literal[
        "E36312A",
        "N6705C",
        "HMP4040",
        "NGE103B",
        "HMC8043",
        "DP832",
        "2230G-30-1",
        "2260B-250-4",
        "QL355TP",
        "2400",
        "2450",
        "2602B",
    ] = "E36312A"
    serial: str = "SIM0001"
    latency_s: Annotated[float, Field(ge=0, le=1)] | None = None
    voltage_noise_v: NotNegative = 5e-4
    current_noise_a: NotNegative = 3e-4


class RailModel(ConfigurationModel):
    """One supply rail of the device, on one supply channel.

    On power-up it draws ``nominal + inrush·exp(-t/inrush_time)``; switched off, its voltage decays with `decay_time_s`.
    Dose raises what it draws by `leakage_a_per_krad`.
    """

    channel: Annotated[int, Field(ge=1, le=4)]
    nominal_voltage_v: Positive
    nominal_current_a: NotNegative
    inrush_current_a: NotNegative = 0.0
    inrush_time_s: Positive = 5e-3
    leakage_a_per_krad: NotNegative = 0.0
    decay_time_s: Positive = 1.0


class WeibullModel(ConfigurationModel):
    """``sigma(L) = sigma_sat·(1 − exp(−((L − let0)/width)^shape))`` for ``L > let0``, else 0."""

    let0_mev_cm2_mg: NotNegative
    width_mev_cm2_mg: Positive
    shape: Positive
    sigma_sat_cm2: Annotated[float, Field(ge=0)]

    def sigma_cm2(self, let_mev_cm2_mg: float) -> float:
        """Return the cross section, cm² (per bit or per device: the section of the file says which)."""
        above = let_mev_cm2_mg - self.let0_mev_cm2_mg
        if above <= 0:
            return 0.0
        return self.sigma_sat_cm2 * -math.expm1(-((above / self.width_mev_cm2_mg) ** self.shape))


class LatchUpModel(WeibullModel):
    """Latch-up of the device: cross section per device, and what it does to one rail."""

    channel: Annotated[int, Field(ge=1, le=4)]
    lowest_current_a: Positive
    highest_current_a: Positive
    holding_voltage_v: NotNegative

    @model_validator(mode="after")
    def _check(self) -> LatchUpModel:
        if self.lowest_current_a >= self.highest_current_a:
            raise ValueError("lowest_current_a must be below highest_current_a")
        return self


class DeviceModel(ConfigurationModel):
    """The memory and its tester: size, speed, and the truth about its upsets (cross section per bit).

    A strike flips one bit, or with the shares of `cluster_shares` a run of so many at neighbouring addresses; `upset`
    counts flipped bits. A functional interrupt silences the device until its power is cycled; a micro latch-up draws
    current but leaves it working. Beyond `dose_limit_krad` it never answers again. With `reports` there is no tester:
    the device writes that pattern, compares by itself, and reports in the DUT protocol.
    """

    part: Annotated[str, Field(pattern=r"^\S+$")]
    serial: Annotated[str, Field(pattern=r"^\S+$")]
    words: Annotated[int, Field(ge=1, le=1 << 32)]
    word_bits: Annotated[int, Field(ge=1, le=64)]
    boot_s: NotNegative = 0.1
    write_s: NotNegative = 0.3
    scan_s: NotNegative = 0.3
    upset: WeibullModel
    cluster_shares: dict[Annotated[int, Field(ge=2, le=64)], Fraction] = Field(default_factory=dict)
    latch_up: LatchUpModel
    micro_latch_up: LatchUpModel | None = None
    interrupt: WeibullModel | None = None
    dose_limit_krad: Positive | None = None
    reports: Literal["zeros", "ones", "checkerboard", "inverse_checkerboard"] | None = None

    @field_validator("cluster_shares")
    @classmethod
    def _shares(cls, shares: dict[int, float]) -> dict[int, float]:
        if sum(shares.values()) > 1.0:
            raise ValueError(f"the shares of clusters add up to {sum(shares.values()):g}, more than 1")
        return shares

    @property
    def bits_per_strike(self) -> float:
        """How many bits a strike flips on average."""
        return 1.0 + sum(share * (size - 1) for size, share in self.cluster_shares.items())


class FaultKind(StrEnum):
    """What can go wrong with an instrument of the station."""

    DROP = "drop"
    """The connection breaks in the middle of a reply."""
    GARBAGE = "garbage"
    """A reply is no text."""
    TRUNCATE = "truncate"
    """A reply ends half way, and nothing follows."""
    SLOW = "slow"
    """A reply takes `lasts_s` longer."""
    SILENCE = "silence"
    """Commands are carried out, and none is answered, for `lasts_s`."""
    UNPLUG = "unplug"
    """Connections break and none can be made, for `lasts_s`."""
    NO_TRIP = "no_trip"
    """The supply says that its over-current protection is armed, and it does not trip, for `lasts_s`."""


class FaultModel(ConfigurationModel):
    """A fault of an instrument: from `at_s` on, or once the beam has been on for `after_beam_s` in all; simulated s."""

    instrument: Annotated[str, Field(min_length=1)]
    kind: FaultKind
    at_s: NotNegative | None = None
    after_beam_s: NotNegative | None = None
    lasts_s: Positive | None = None

    @model_validator(mode="after")
    def _check(self) -> FaultModel:
        if (self.at_s is None) == (self.after_beam_s is None):
            raise ValueError("give one of at_s and after_beam_s")
        if self.kind in (FaultKind.SLOW, FaultKind.SILENCE, FaultKind.UNPLUG) and self.lasts_s is None:
            raise ValueError(f"kind = {self.kind.value!r} needs lasts_s")
        if self.kind is FaultKind.NO_TRIP and self.instrument != "supply":
            raise ValueError("kind = 'no_trip' is a fault of the supply")
        return self


class StationConfiguration(ConfigurationModel):
    """A simulated station."""

    title: str = "simulated station"
    bind: str = "127.0.0.1"
    speed: Annotated[float, Field(gt=0, le=1000)] = 1.0
    ports: PortsModel = PortsModel()
    beam: BeamModel
    counter: CounterModel
    supply: SupplyModel = SupplyModel()
    rails: Annotated[tuple[RailModel, ...], Field(min_length=1, max_length=4)]
    device: DeviceModel
    faults: tuple[FaultModel, ...] = ()
    thermal: ThermalModel = ThermalModel()
    transients: TransientModel | None = None
    ladder: LadderModel | None = None
    instruments: tuple[InstrumentModel, ...] = ()

    @field_validator("bind")
    @classmethod
    def _address(cls, value: str) -> str:
        ipaddress.ip_address(value)
        return value

    @model_validator(mode="after")
    def _check(self) -> StationConfiguration:
        channels = [rail.channel for rail in self.rails]
        if len(set(channels)) != len(channels):
            raise ValueError("every supply channel may feed one rail only")
        outputs = len(SUPPLY_MODELS[self.supply.model].ratings)
        if max(channels) > outputs:
            raise ValueError(
                f"a rail is fed by channel {max(channels)}; supply.model {self.supply.model} has {outputs}"
            )
        for name, latch_up in (("latch_up", self.device.latch_up), ("micro_latch_up", self.device.micro_latch_up)):
            if latch_up is not None and latch_up.channel not in channels:
                raise ValueError(f"device.{name}.channel = {latch_up.channel} feeds no rail")
        for fault in self.faults:
            names = [*PortsModel.model_fields, *(instrument.name for instrument in self.instruments)]
            if fault.instrument not in names:
                legal = ", ".join(names)
                raise ValueError(f"faults: there is no instrument {fault.instrument!r}; legal: {legal}")
        given = [port for port in (self.ports.supply, self.ports.counter, self.ports.dut, self.ports.beam) if port]
        given += [instrument.port for instrument in self.instruments if instrument.port]
        if len(set(given)) != len(given):
            raise ValueError("every instrument needs a port of its own")
        self._check_instruments()
        return self

    def _check_instruments(self) -> None:
        names = [*PortsModel.model_fields, *(instrument.name for instrument in self.instruments)]
        if len(set(names)) != len(names):
            raise ValueError(f"every instrument needs a name of its own, got {', '.join(names)}")
        for instrument in self.instruments:
            if isinstance(instrument, OutletsModel | ScannerModel):
                for outlet, fed in instrument.feeds.items():
                    if fed not in names or fed == instrument.name:
                        raise ValueError(f"instruments.{instrument.name}: outlet {outlet} feeds {fed!r}, which is none")
        for kinds in (("temptronic-ats",), ("espec-p300",), ("newport-esp301", "pi-gcs2")):
            if sum(instrument.kind in kinds for instrument in self.instruments) > 1:
                raise ValueError(f"there may be one instrument of {' or '.join(kinds)} only")
        if self.ladder is None and any(one.kind in ("newport-esp301", "pi-gcs2") for one in self.instruments):
            raise ValueError("a motion controller needs a [ladder] to move")
