"""Progress of a campaign on the terminal."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from radtest.campaign import CampaignObserver, LatchUpReport, RunProgress, RunResult
from radtest.core import Beam, RunHeader

__all__ = ["CampaignProgress"]


class CampaignProgress(CampaignObserver):
    """One bar per run: how near its stop rule is, what was counted and how fast, how long it will take.

    Parameters
    ----------
    console : rich.console.Console
        Where to draw.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=12),
            TextColumn("{task.fields[counted]}"),
            TimeRemainingColumn(),
            console=console,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> CampaignProgress:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()

    def campaign_started(self, runs: int, skipped: int) -> None:
        """Say what is skipped."""
        if skipped:
            self._console.print(f"{skipped} finished before and skipped, {runs} to go.")

    def warning(self, text: str) -> None:
        """Say it in red, where it stays."""
        self._console.print(f"WARNING: {text}", style="bold red", highlight=False, markup=False)

    def run_started(self, header: RunHeader, index: int, runs: int) -> None:
        """Add a bar."""
        source = header.source
        name = f"{source.particle} {source.energy_mev:g} MeV" if isinstance(source, Beam) else header.title
        self._task = self._progress.add_task(f"{index}/{runs} {name}", total=1.0, counted="arm")

    def phase(self, name: str) -> None:
        """Name the phase until there is something to count."""
        if self._task is not None and name in {"arm", "power", "configure", "pause"}:
            self._progress.update(self._task, counted=name)

    def progress(self, progress: RunProgress) -> None:
        """Move the bar."""
        if self._task is not None:
            self._progress.update(self._task, completed=progress.fraction, counted=_counted(progress))

    def latch_up(self, report: LatchUpReport) -> None:
        """Name a latch-up that was hard to clear."""
        if report.attempts > 1:
            self._console.print(
                f"Latch-up ({report.cause.value}): {report.attempts} power cycles, "
                f"{'cleared' if report.cleared else 'NOT CLEARED'}."
            )

    def remark(self, text: str) -> None:
        """Print it."""
        self._console.print(text, highlight=False, markup=False)

    def run_ended(self, result: RunResult) -> None:
        """Fill the bar."""
        if self._task is not None:
            self._progress.update(
                self._task,
                completed=1.0,
                counted=f"{_counted(result.progress)}, stopped by {result.end.stop_reason.value}",
            )

    def recovered(self, path: Path) -> None:
        """Say what was saved."""
        self._console.print(f"A run whose process had died is now sealed in {path}.")


def _counted(progress: RunProgress) -> str:
    rate = f" ({progress.events / progress.time_s:.0f}/s)" if progress.time_s > 0 else ""
    flux = ", FLUX OUT OF RANGE" if progress.flux_out_of_range else ""
    return f"{progress.events} upsets{rate}, {progress.latch_ups} latch-ups{flux}"
