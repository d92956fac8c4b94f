"""The part of a campaign file that names further instruments: ``[instruments.<name>]``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from radtest.core.configuration import ConfigurationModel

__all__ = [
    "FurtherModel",
    "MultimeterModel",
    "OscilloscopeModel",
    "OutletsModel",
    "ScannerInput",
    "ScannerModel",
    "StageModel",
    "ThermalModel",
]

Positive = Annotated[float, Field(gt=0)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")]


class _Further(ConfigurationModel):
    """Where an instrument is, and how long it may take to answer, s of real time."""

    address: Annotated[str, Field(min_length=1)]
    timeout_s: Annotated[float, Field(ge=0.05, le=600)] = 5.0
    period_s: Annotated[float, Field(ge=0.05, le=3600)] = 1.0


class MultimeterModel(_Further):
    """A multimeter; it is asked every `period_s`."""

    driver: Literal["keysight-34461a"]
    function: Literal["VOLT", "VOLT:AC", "CURR", "CURR:AC", "RES", "FRES", "TEMP"] = "VOLT"
    integration_cycles: Positive = 1.0


class ScannerInput(ConfigurationModel):
    """One input of a scanner: channel (slot × 100 + channel) and what it measures."""

    channel: Annotated[int, Field(ge=101, le=320)]
    function: Literal["VOLT", "VOLT:AC", "RES", "FRES", "TEMP"] = "VOLT"
    probe: Literal["TC", "RTD", "FRTD", "THER"] = "TC"
    thermocouple: Literal["B", "E", "J", "K", "N", "R", "S", "T"] = "K"


class ScannerModel(_Further):
    """A scanner: its inputs by name; it scans every `period_s`."""

    driver: Literal["keysight-daq970a"]
    inputs: Annotated[dict[Name, ScannerInput], Field(min_length=1)]


class ThermalModel(_Further):
    """A thermal head or chamber, for the runs that state `temperature_c`.

    A temperature has settled when it has stayed within `tolerance_k` for `soak_s`; a run begins no sooner, and fails
    after `settle_timeout_s`.
    """

    driver: Literal["temptronic-ats", "espec-p300"]
    tolerance_k: Annotated[float, Field(ge=0.1, le=9.9)] = 1.0
    soak_s: Annotated[float, Field(ge=0, le=9999)] = 30.0
    settle_timeout_s: Positive = 3600.0


class StageModel(_Further):
    """A motion controller whose axis `axis` carries the degraders, for the runs that state `degrader_mm`."""

    driver: Literal["newport-esp301", "pi-gcs2"]
    axis: Annotated[int, Field(ge=1, le=16)] = 1
    tolerance_mm: Annotated[float, Field(gt=0, le=10)] = 0.05
    settle_timeout_s: Positive = 300.0


class OutletsModel(_Further):
    """Outlets or relays; those of `on` are switched on before the first run.

    The outlet of the supply is the guard's: ``[roles.outlet]``.
    The password of a strip does not belong into the file: `password_variable` names the environment variable.
    """

    driver: Literal["netio-kshell", "keysight-daq970a-relays"]
    on: tuple[int, ...] = ()
    slot: Annotated[int, Field(ge=1, le=3)] = 2
    user: str = "admin"
    password_variable: str = "RADTEST_OUTLETS_PASSWORD"  # noqa: S105 (the name of a variable)


class OscilloscopeModel(_Further):
    """An oscilloscope that captures transients while the beam is on, up to `most_captures` in a run."""

    driver: Literal["keysight-infiniivision", "rigol-ds1000z"]
    channel: Annotated[int, Field(ge=1, le=4)] = 1
    coupling: Literal["AC", "DC"] = "DC"
    scale_v: Positive
    offset_v: float = 0.0
    time_scale_s: Positive
    time_position_s: float = 0.0
    trigger_level_v: float
    trigger_slope: Literal["POS", "NEG"] = "POS"
    most_captures: Annotated[int, Field(ge=1, le=100_000)] = 1000


FurtherModel = Annotated[
    MultimeterModel | ScannerModel | ThermalModel | StageModel | OutletsModel | OscilloscopeModel,
    Field(discriminator="driver"),
]
