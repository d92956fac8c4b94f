"""Progress bars, on standard error."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from radtest.core.injection import InjectionResult

__all__ = ["InjectionProgress"]


class InjectionProgress:
    """A bar for an injection campaign: its stage, upsets decided, time gone and to go."""

    def __init__(self, simulator: str) -> None:
        self._simulator = simulator
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task(f"{simulator}: start", total=None)

    def stage(self, name: str) -> None:
        """Show the stage."""
        self._progress.update(self._task, description=f"{self._simulator}: {name}")

    def upset(self, result: InjectionResult, done: int, total: int) -> None:  # noqa: ARG002 (the observer's signature)
        """Show one upset more."""
        self._progress.update(self._task, completed=done, total=total)

    def __enter__(self) -> InjectionProgress:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()
