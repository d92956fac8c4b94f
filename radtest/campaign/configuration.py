"""The campaign file: instruments by role, device, ions, protections, and when to stop."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from radtest.campaign.dosimetry_configuration import DosimetryModel, FluxModel
from radtest.campaign.further_configuration import FurtherModel, StageModel, ThermalModel
from radtest.campaign.plan_configuration import PlanModel
from radtest.campaign.roles_configuration import RolesModel
from radtest.core import Beam, Device
from radtest.core.configuration import ConfigurationModel

__all__ = [
    "BeamCampaignConfiguration",
    "ChannelModel",
    "DeviceModel",
    "GuardModel",
    "IonModel",
    "Pattern",
    "RehearsalModel",
    "ScanModel",
    "StopModel",
    "StopPreset",
]

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Pattern = Literal["zeros", "ones", "checkerboard", "inverse_checkerboard"]

_ZERO_CELSIUS_K = 273.15
_LATCH_UP_LEVEL = 0.95


class DeviceModel(ConfigurationModel):
    """The device under test, as the report will state it."""

    part: Annotated[str, Field(min_length=1)]
    manufacturer: str = ""
    technology: str = ""
    package: str = ""
    lot_date_code: str = ""
    serial: Annotated[str, Field(min_length=1)]
    board: str = ""
    firmware: str = ""
    bias: str = ""
    bits: Annotated[int, Field(ge=1)]
    pattern: Pattern = "checkerboard"
    temperature_c: Annotated[float, Field(ge=-273.15, le=1000)] | None = None

    def device(self) -> Device:
        """Return the device in the vocabulary of the record."""
        return Device(
            part=self.part,
            manufacturer=self.manufacturer,
            technology=self.technology,
            package=self.package,
            lot_date_code=self.lot_date_code,
            serial=self.serial,
            board=self.board,
            firmware=self.firmware,
            pattern=self.pattern,
            bias=self.bias,
            bits=self.bits,
            temperature_k=None if self.temperature_c is None else self.temperature_c + _ZERO_CELSIUS_K,
        )


class ChannelModel(ConfigurationModel):
    """One supply channel of the device, with its two levels of latch-up protection.

    The hardware level is the supply's own: a current limit that switches the output off when it lasts longer than
    `over_current_delay_s`. The software has two levels below it: `nominal_current_a + alarm_above_nominal_a`, above
    which several samples in a row are a micro-latch-up, and `latch_up_current_a`, above which one is a latch-up even if
    the supply does not trip; 95 % of the way from the alarm to the limit where it is not given.
    """

    number: Annotated[int, Field(ge=1, le=8)]
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
    voltage_v: Positive
    nominal_current_a: Positive
    alarm_above_nominal_a: Positive
    current_limit_a: Positive
    over_current_delay_s: NotNegative = 0.05
    latch_up_current_a: Positive | None = None

    @property
    def alarm_a(self) -> float:
        """Current above which the software suspects a micro-latch-up, A."""
        return self.nominal_current_a + self.alarm_above_nominal_a

    @property
    def latch_up_a(self) -> float:
        """Current above which the software takes one sample for a latch-up, A."""
        if self.latch_up_current_a is not None:
            return self.latch_up_current_a
        return self.alarm_a + _LATCH_UP_LEVEL * (self.current_limit_a - self.alarm_a)

    @model_validator(mode="after")
    def _check(self) -> ChannelModel:
        if self.current_limit_a <= self.alarm_a:
            raise ValueError(
                f"current_limit_a = {self.current_limit_a:g} must lie above the software alarm, "
                f"nominal_current_a + alarm_above_nominal_a = {self.alarm_a:g} A"
            )
        if not self.alarm_a < self.latch_up_a <= self.current_limit_a:
            raise ValueError(
                f"latch_up_current_a = {self.latch_up_a:g} must lie above the alarm, {self.alarm_a:g} A, and not above "
                f"current_limit_a = {self.current_limit_a:g}, at which the supply holds the current"
            )
        return self


class GuardModel(ConfigurationModel):
    """How latch-ups are recognised and cleared.

    Off times under 4 s have proved too short for boards with large capacitors, and are refused. With a
    `sample_period_s` of 0 the supply is asked as fast as it answers; samples that are normal go into the record every
    `record_period_s`, others all. `engine_silence_s` and `watchdog_s` are real time: after how long without a word from
    the engine the guard cuts the power, and after how long without one from the guard the supply does, where it can.
    """

    sample_period_s: Annotated[float, Field(ge=0, le=10)] = 0.0
    record_period_s: Annotated[float, Field(ge=1e-3, le=10)] = 0.1
    samples_in_a_row: Annotated[int, Field(ge=1, le=100)] = 3
    blanking_s: Annotated[float, Field(ge=0, le=60)] = 0.5
    off_time_s: Annotated[float, Field(ge=4, le=600)] = 4.0
    residual_voltage_v: Annotated[float, Field(gt=0, le=1)] = 0.1
    residual_timeout_s: Annotated[float, Field(gt=0, le=3600)] = 60.0
    attempts: Annotated[int, Field(ge=1, le=20)] = 3
    silence_s: Annotated[float, Field(gt=0, le=60)] = 1.0
    engine_silence_s: Annotated[float, Field(ge=0.3, le=10)] = 0.8
    watchdog_s: Annotated[float, Field(ge=1, le=3600)] = 5.0
    heal_attempts: Annotated[int, Field(ge=0, le=20)] = 3


class ScanModel(ConfigurationModel):
    """How often the memory is compared with its pattern; often enough that no bit is hit twice in between."""

    period_s: Annotated[float, Field(gt=0, le=3600)] = 1.0


StopPreset = Literal["escc-25100-upsets", "escc-25100-destructive", "jesd57-upsets", "jesd57-destructive"]
"""Rules that a standard asks for."""

_PRESETS: dict[StopPreset, dict[str, float]] = {
    "escc-25100-upsets": {"events": 100, "fluence_cm2": 1e6},
    "escc-25100-destructive": {"fluence_cm2": 1e7},
    "jesd57-upsets": {"events": 100, "fluence_cm2": 1e7},
    "jesd57-destructive": {"fluence_cm2": 1e7},
}


class StopModel(ConfigurationModel):
    """When a run ends: as soon as one of the rules given is met.

    A preset gives those rules that the file does not. Its numbers are what is commonly quoted of ESCC 25100 issue 2 and
    JESD57A; the issue that binds a test must be looked up.
    """

    preset: StopPreset | None = None
    events: Annotated[int, Field(ge=1)] | None = None
    fluence_cm2: Positive | None = None
    time_s: Positive | None = None
    latch_ups: Annotated[int, Field(ge=1)] | None = None
    interrupts: Annotated[int, Field(ge=1)] | None = None
    dose_rad: Positive | None = None

    @model_validator(mode="before")
    @classmethod
    def _take_preset(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("preset") not in _PRESETS:
            return data
        return _PRESETS[data["preset"]] | data

    @model_validator(mode="after")
    def _check(self) -> StopModel:
        if self.fluence_cm2 is None and self.time_s is None and self.dose_rad is None:
            raise ValueError(
                "a run that stops on events or latch-ups alone may never end: give fluence_cm2, time_s or dose_rad as "
                "well"
            )
        return self


class IonModel(ConfigurationModel):
    """One run: ion, energy, LET (the facility's own table wins over a computed value), flux.

    `temperature_c` is what the thermal head or chamber brings the device to, `degrader_mm` where the stage puts the
    degraders; the LET is that behind them.
    """

    particle: Annotated[str, Field(pattern=r"^[A-Z][a-z]?$")]
    mass_number: Annotated[int, Field(ge=1, le=300)]
    energy_mev: Positive
    let_mev_cm2_mg: Annotated[float, Field(gt=0, le=200)]
    range_um: Positive | None = None
    let_source: Annotated[str, Field(min_length=1)]
    flux_cm2_s: Annotated[float, Field(ge=1, le=1e9)]
    tilt_deg: Annotated[float, Field(ge=-80, le=80)] = 0.0
    stop: StopModel | None = None
    temperature_c: Annotated[float, Field(ge=-100, le=300)] | None = None
    degrader_mm: float | None = None

    def beam(self) -> Beam:
        """Return the beam in the vocabulary of the record."""
        return Beam(
            particle=self.particle,
            mass_number=self.mass_number,
            energy_mev=self.energy_mev,
            let_mev_cm2_mg=self.let_mev_cm2_mg,
            range_um=self.range_um,
            let_source=self.let_source,
            tilt_deg=self.tilt_deg,
            flux_cm2_s=self.flux_cm2_s,
        )


class RehearsalModel(ConfigurationModel):
    """The simulated station that a rehearsal of this campaign uses, relative to the campaign file."""

    station: Annotated[str, Field(min_length=1)]


class BeamCampaignConfiguration(ConfigurationModel):
    """A beam campaign: one run per ion. `plan` is what `radtest plan` made it from; the runs do not heed it."""

    title: Annotated[str, Field(min_length=1)]
    facility: str = ""
    operator: str = ""
    roles: RolesModel
    device: DeviceModel
    channels: Annotated[tuple[ChannelModel, ...], Field(min_length=1)]
    guard: GuardModel = GuardModel()
    scan: ScanModel = ScanModel()
    dosimetry: DosimetryModel
    flux: FluxModel = FluxModel()
    rehearsal: RehearsalModel | None = None
    stop: StopModel
    ions: Annotated[tuple[IonModel, ...], Field(min_length=1)]
    instruments: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")], FurtherModel] = Field(
        default_factory=dict
    )
    plan: PlanModel | None = None

    @model_validator(mode="after")
    def _check(self) -> BeamCampaignConfiguration:
        for key in ("number", "name"):
            values = [getattr(channel, key) for channel in self.channels]
            if len(set(values)) != len(values):
                raise ValueError(f"channels: every {key} may be used once only, got {values}")
        taken = sorted(set(self.instruments) & set(RolesModel.model_fields))
        if taken:
            raise ValueError(f"instruments: {taken[0]!r} is the name of a role; choose another")
        for key, kind, what in (
            ("temperature_c", ThermalModel, "thermal head or chamber"),
            ("degrader_mm", StageModel, "motion stage"),
        ):
            players = [name for name, model in self.instruments.items() if isinstance(model, kind)]
            asked = any(getattr(ion, key) is not None for ion in self.ions)
            if asked and len(players) != 1:
                raise ValueError(
                    f"ions: {key} needs one {what} under [instruments], there are {len(players)}"
                    f"{': ' + ', '.join(players) if players else ''}"
                )
        return self

    def device_of(self, ion: IonModel) -> Device:
        """Return the device in the vocabulary of the record, at the temperature of a run."""
        device = self.device.device()
        if ion.temperature_c is None:
            return device
        return dataclasses.replace(device, temperature_k=ion.temperature_c + _ZERO_CELSIUS_K)

    def stop_of(self, ion: IonModel) -> StopModel:
        """Return the stop rules of an ion: its own, or the campaign's."""
        return ion.stop or self.stop
