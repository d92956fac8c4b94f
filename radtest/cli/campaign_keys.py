"""Keys during a campaign: pause, mark, stop, abort."""

from __future__ import annotations

import os
import select
import sys
import termios
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from radtest.campaign import StopSwitch

__all__ = ["LEGEND", "campaign_keys"]

LEGEND = "Keys: p pause and resume, m mark, s stop, a abort."
_LOOK_S = 0.1


@contextmanager
def campaign_keys(switch: StopSwitch, say: Callable[[str], None]) -> Iterator[bool]:
    """Let single keys at the terminal work a switch; yield whether there is a terminal to press them at.

    The terminal is as it was after the block, also after an error.
    """
    descriptor = _terminal()
    if descriptor is None:
        yield False
        return
    before = termios.tcgetattr(descriptor)
    finished = threading.Event()

    def listen() -> None:
        while not finished.is_set():
            readable, _, _ = select.select([descriptor], [], [], _LOOK_S)
            if not readable:
                continue
            try:
                pressed = os.read(descriptor, 64)
            except OSError:
                return
            if not pressed:
                return
            for key in pressed.decode("ascii", "replace").lower():
                _act(key, switch, say)

    tty.setcbreak(descriptor)
    thread = threading.Thread(target=listen, name="keys", daemon=True)
    thread.start()
    try:
        yield True
    finally:
        finished.set()
        thread.join()
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _act(key: str, switch: StopSwitch, say: Callable[[str], None]) -> None:
    match key:
        case "p" if switch.paused:
            switch.resume()
            say("Going on.")
        case "p":
            switch.pause()
            say("Pausing: the beam goes off, the device keeps its power, under guard. p goes on.")
        case "m":
            switch.mark("key m")
            say("Marked.")
        case "s":
            switch.press()
            say("Stopping: what there is is read out and kept.")
        case "a":
            switch.abort()
            say("ABORTING: beam and device go off; the run is kept, but not valid.")


def _terminal() -> int | None:
    """Return the descriptor of the terminal that this process may read keys from."""
    try:
        descriptor = sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):
        return None
    if not os.isatty(descriptor):
        return None
    try:
        in_front = os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:  # a terminal, but not the one that controls this process
        in_front = True
    return descriptor if in_front else None
