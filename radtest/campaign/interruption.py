"""Stopping on request: Ctrl-C and SIGTERM ask the campaign to end; they do not tear it apart."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["StopSwitch", "operator_stop"]

_PATIENCE = 3


class StopSwitch:
    """A request to stop, from any thread or signal handler; the run engine looks at it at every sample."""

    def __init__(self) -> None:
        self._pressed = threading.Event()

    def press(self) -> None:
        """Ask the campaign to make the device safe and end."""
        self._pressed.set()

    @property
    def pressed(self) -> bool:
        """Whether it was asked."""
        return self._pressed.is_set()


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
