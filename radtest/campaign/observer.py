"""What a campaign tells whoever watches it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from radtest.core import RunEnd, RunHeader
from radtest.guard import Cause

__all__ = ["CampaignObserver", "LatchUpReport", "RunProgress", "RunResult"]


@dataclass(frozen=True, slots=True)
class RunProgress:
    """Where a run stands.

    Parameters
    ----------
    time_s : float
        Time since the beam was switched on, s.
    events : int
        Upsets counted.
    latch_ups, interrupts : int
        Latch-ups and functional interrupts survived.
    fluence_cm2, live_fluence_cm2 : float
        Fluence so far, and the part of it that counts, cm⁻².
    fraction : float
        How near the nearest stop rule is, 0 to 1.
    flux_out_of_range : bool
        Whether the beam does not bring the flux requested.
    """

    time_s: float
    events: int
    latch_ups: int
    interrupts: int
    fluence_cm2: float
    live_fluence_cm2: float
    fraction: float
    flux_out_of_range: bool = False


@dataclass(frozen=True, slots=True)
class LatchUpReport:
    """A latch-up or functional interrupt and how it was cleared.

    Parameters
    ----------
    cause : Cause
        What gave it away.
    channel : str
        Supply channel; empty for silence.
    peak_current_a : float
        Highest current known, A; NaN for silence.
    hold_time_s : float
        Longest time the device can have been latched before its power was cut, s.
    off_time_s : float
        Time without power, s, in the last attempt.
    residual_voltage_v : float
        Highest voltage left on any channel when power returned, V.
    attempts : int
        Power cycles it took.
    cleared : bool
        Whether the device came back.
    """

    cause: Cause
    channel: str
    peak_current_a: float
    hold_time_s: float
    off_time_s: float
    residual_voltage_v: float
    attempts: int
    cleared: bool


@dataclass(frozen=True, slots=True)
class RunResult:
    """A run that has ended and is sealed.

    Parameters
    ----------
    header : RunHeader
        What it was.
    end : RunEnd
        How it ended.
    path : Path
        The sealed file.
    progress : RunProgress
        Its final figures.
    dead_time_s : float
        Time under beam that does not count, s.
    """

    header: RunHeader
    end: RunEnd
    path: Path
    progress: RunProgress
    dead_time_s: float


class CampaignObserver:
    """Hears what happens; every method may be overridden, none has to be.

    Methods are called from the thread that runs the campaign and should return at once.
    """

    def campaign_started(self, runs: int, skipped: int) -> None:
        """`runs` runs are to be made; `skipped` were found finished."""

    def run_started(self, header: RunHeader, index: int, runs: int) -> None:
        """Run `index` (from 1) of `runs` starts."""

    def phase(self, name: str) -> None:
        """The run goes over to another phase: ``arm``, ``power``, ``configure``, ``count``, ``verify``, ``seal``."""

    def progress(self, progress: RunProgress) -> None:
        """The run has gone on."""

    def latch_up(self, report: LatchUpReport) -> None:
        """A latch-up or functional interrupt was dealt with."""

    def warning(self, text: str) -> None:
        """A protection is weaker than one might think: the operator must know before there is any beam."""

    def remark(self, text: str) -> None:
        """Something worth knowing happened and was dealt with: a connection was lost and came back."""

    def run_ended(self, result: RunResult) -> None:
        """The run is sealed."""

    def recovered(self, path: Path) -> None:
        """The journal of a run whose process had died was sealed."""
