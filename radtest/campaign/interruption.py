"""What the operator asks for: Ctrl-C and SIGTERM ask the campaign to end; they do not tear it apart."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from types import FrameType

__all__ = ["StopSwitch", "operator_stop"]

_PATIENCE = 3


class StopSwitch:
    """What the operator asks for, from any thread or signal handler; the run engine looks at it at every sample."""

    def __init__(self) -> None:
        self._pressed = threading.Event()
        self._paused = threading.Event()
        self._aborted = threading.Event()
        self._marks: SimpleQueue[str] = SimpleQueue()

    def press(self) -> None:
        """Ask the campaign to read out what there is, make the device safe and end."""
        self._pressed.set()

    def abort(self) -> None:
        """Ask the campaign to make the device safe at once and end; the run is kept, but not valid."""
        self._aborted.set()
        self._pressed.set()

    def pause(self) -> None:
        """Ask the run to stop the beam and wait; the device keeps its power, under guard."""
        self._paused.set()

    def resume(self) -> None:
        """Let a run that pauses go on."""
        self._paused.clear()

    def mark(self, text: str = "") -> None:
        """Have this moment of the run noted in its record, with a few words (at most 200 characters are kept)."""
        self._marks.put(text[:200])

    @property
    def pressed(self) -> bool:
        """Whether the end was asked for."""
        return self._pressed.is_set()

    @property
    def aborted(self) -> bool:
        """Whether the end was asked for at once."""
        return self._aborted.is_set()

    @property
    def paused(self) -> bool:
        """Whether a pause was asked for, and no end."""
        return self._paused.is_set() and not self._pressed.is_set()

    def take_marks(self) -> list[str]:
        """Return, once, the marks that were asked for."""
        marks: list[str] = []
        with suppress(Empty):
            while True:
                marks.append(self._marks.get_nowait())
        return marks


@contextmanager
def operator_stop() -> Iterator[StopSwitch]:
    """Let Ctrl-C and SIGTERM press a switch instead of raising somewhere in the middle.

    The third signal raises KeyboardInterrupt after all, in case an instrument keeps the engine waiting. Outside the
    main thread no handlers can be installed; the switch then works by `StopSwitch.press` only.
    """
    switch = StopSwitch()
    if threading.current_thread() is not threading.main_thread():
        yield switch
        return
    count = 0

    def handle(_: int, __: FrameType | None) -> None:
        nonlocal count
        count += 1
        switch.press()
        if count >= _PATIENCE:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield switch
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
