"""A run: what it is made of before it starts, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from radtest.core.source import Source

__all__ = ["Device", "RunEnd", "RunHeader", "StopReason"]


class StopReason(StrEnum):
    """Why a run ended."""

    EVENTS = "events"
    FLUENCE = "fluence"
    TIME = "time"
    LATCH_UPS = "latch_ups"
    INTERRUPTS = "interrupts"
    DOSE = "dose"
    FLUX = "flux"
    """The flux was out of range for longer than tolerated."""
    COMPLETED = "completed"
    OPERATOR = "operator"
    FAULT = "fault"
    LATCHED = "latched"
    """A latch-up did not clear; the device was left without power."""
    LOST = "lost"
    """The process died; the run was sealed by recovery."""


@dataclass(frozen=True, slots=True)
class Device:
    """The device under test.

    Parameters
    ----------
    part, lot_date_code, serial, board, firmware, pattern, bias : str
        Identity and condition, as the test report states them.
    bits : int, optional
        Stored bits under observation.
    temperature_k : float, optional
        Set temperature, K.
    manufacturer, technology, package : str
        Who made it, in which process, and how the die was laid bare.
    """

    part: str
    lot_date_code: str = ""
    serial: str = ""
    board: str = ""
    firmware: str = ""
    pattern: str = ""
    bias: str = ""
    bits: int | None = None
    temperature_k: float | None = None
    manufacturer: str = ""
    technology: str = ""
    package: str = ""


@dataclass(frozen=True, slots=True)
class RunHeader:
    """All that is known when a run starts.

    Parameters
    ----------
    run_number : int
        Number of the run in its campaign.
    title : str
        One line for people.
    start_time_ns : int
        Start, ns since 1970-01-01 UTC.
    source : Source
        What makes the upsets.
    device : Device
        What receives them.
    configuration : str
        Text of the campaign file (TOML) as it was read.
    program_name : str
        Program and version that made the record.
    facility, operator : str
        Where it was made, and by whom.
    """

    run_number: int
    title: str
    start_time_ns: int
    source: Source
    device: Device
    configuration: str
    program_name: str
    facility: str = ""
    operator: str = ""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended.

    Parameters
    ----------
    end_time_ns : int
        End, ns since 1970-01-01 UTC.
    stop_reason : StopReason
        The rule or the cause that ended it.
    valid : bool
        Whether the run may be used in analysis.
    """

    end_time_ns: int
    stop_reason: StopReason
    valid: bool
