"""The part of a station's file that describes what surrounds the device: instruments, heat, transients, degraders."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from radtest.core.configuration import ConfigurationModel

__all__ = [
    "ChamberModel",
    "FoilModel",
    "HeadModel",
    "InstrumentModel",
    "LadderModel",
    "MeterModel",
    "MotionModel",
    "OutletsModel",
    "ScannerModel",
    "ScopeModel",
    "ThermalModel",
    "TransientModel",
]

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Signal = Annotated[str, Field(pattern=r"^(rail[1-9]_(voltage|current)|device_temperature|air_temperature)$")]


class _Instrument(ConfigurationModel):
    """An instrument: what it is called, its port (0 for any), who it says it is, and how long it takes to answer, s."""

    name: Name
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    serial: Annotated[str, Field(pattern=r"^[\w.-]{1,32}$")] = "SIM"
    latency_s: Annotated[float, Field(ge=0, le=10)] = 0.005


class MeterModel(_Instrument):
    """A multimeter across one rail of the device; its temperature probe is at the device."""

    kind: Literal["keysight-34461a"]
    rail: Annotated[int, Field(ge=1, le=9)] = 1


class ScannerModel(_Instrument):
    """A scanner: what each of its channels is connected to, and what its relays (slot 2) feed."""

    kind: Literal["keysight-daq970a"]
    inputs: dict[Annotated[int, Field(ge=101, le=120)], Signal] = Field(default_factory=dict)
    feeds: dict[Annotated[int, Field(ge=201, le=220)], str] = Field(default_factory=dict)
    stuck: tuple[int, ...] = ()


class ScopeModel(_Instrument):
    """An oscilloscope whose channel 1 sees the output that suffers transients."""

    kind: Literal["keysight-infiniivision", "rigol-ds1000z"]


class HeadModel(_Instrument):
    """A thermal head: its limits, and how fast its air follows the set point."""

    kind: Literal["temptronic-ats"]
    latency_s: Annotated[float, Field(ge=0, le=10)] = 0.05
    lower_limit_c: Annotated[float, Field(ge=-99.9, le=25)] = -60.0
    upper_limit_c: Annotated[float, Field(ge=25, le=225)] = 150.0
    air_time_s: Positive = 4.0


class ChamberModel(_Instrument):
    """A chamber: its limits, and how fast its air follows the set point."""

    kind: Literal["espec-p300"]
    latency_s: Annotated[float, Field(ge=0, le=10)] = 0.2
    low_limit_c: Annotated[float, Field(ge=-100, le=300)] = -45.0
    high_limit_c: Annotated[float, Field(ge=-100, le=300)] = 130.0
    air_time_s: Positive = 60.0


class OutletsModel(_Instrument):
    """A strip of outlets: what each feeds, and which do not do as they are told.

    The contact of a `stuck` outlet does not move, and the strip says so; that of a `welded` one does not move either,
    but the strip believes it did.
    """

    kind: Literal["netio-kshell"]
    latency_s: Annotated[float, Field(ge=0, le=10)] = 0.02
    password: Annotated[str, Field(pattern=r"^[!-~]{1,64}$")] = "netio"  # noqa: S105 (of a simulation)
    feeds: dict[Annotated[int, Field(ge=1, le=4)], str] = Field(default_factory=dict)
    stuck: tuple[int, ...] = ()
    welded: tuple[int, ...] = ()


class MotionModel(_Instrument):
    """A motion controller whose axis 1 carries the ladder of degraders."""

    kind: Literal["newport-esp301", "pi-gcs2"]
    latency_s: Annotated[float, Field(ge=0, le=10)] = 0.02
    travel_mm: tuple[float, float] = (0.0, 200.0)

    @model_validator(mode="after")
    def _check(self) -> MotionModel:
        if not self.travel_mm[0] < self.travel_mm[1]:
            raise ValueError(f"travel_mm = {self.travel_mm} must rise")
        return self


InstrumentModel = Annotated[
    MeterModel | ScannerModel | ScopeModel | HeadModel | ChamberModel | OutletsModel | MotionModel,
    Field(discriminator="kind"),
]


class ThermalModel(ConfigurationModel):
    """The thermal plant: the device follows the air around it, warmed by the power it draws.

    The latch-up cross section grows by the factor ``exp(latch_up_per_k·(T − 25 °C))``.
    """

    ambient_c: Annotated[float, Field(ge=-50, le=60)] = 23.0
    device_time_s: Positive = 8.0
    kelvin_per_watt: NotNegative = 25.0
    latch_up_per_k: Annotated[float, Field(ge=0, le=0.1)] = 0.0


class TransientModel(ConfigurationModel):
    """Transients of an output: a Weibull cross section per device, and pulses towards `rest_v` + or - an amplitude.

    Amplitudes are exponentially distributed. A pulse rises with `rise_s` and falls with `fall_s`.
    """

    let0_mev_cm2_mg: NotNegative
    width_mev_cm2_mg: Positive
    shape: Positive
    sigma_sat_cm2: NotNegative
    rest_v: float = 1.2
    polarity: Literal[-1, 1] = -1
    mean_amplitude_v: Positive = 0.4
    rise_s: Positive = 2e-9
    fall_s: Positive = 20e-9
    noise_v: NotNegative = 4e-3

    @model_validator(mode="after")
    def _check(self) -> TransientModel:
        if self.rise_s >= self.fall_s:
            raise ValueError("rise_s must be below fall_s")
        return self


class FoilModel(ConfigurationModel):
    """One place of the ladder: the ions that pass have this much more LET, and this share of them passes."""

    position_mm: float
    let_factor: Annotated[float, Field(ge=0.1, le=20)] = 1.0
    transmission: Annotated[float, Field(ge=0, le=1)] = 1.0


class LadderModel(ConfigurationModel):
    """A ladder of degraders in the beam. Between its openings its frame stops the beam."""

    opening_mm: Positive = 20.0
    velocity_mm_s: Positive = 20.0
    foils: Annotated[tuple[FoilModel, ...], Field(min_length=1)]
