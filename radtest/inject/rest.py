"""Looking at signals when a time step has come to rest. Runs inside the simulation.

Within one time step signals may change several times, and in an order that depends on the simulator; only what remains
counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import cocotb
from cocotb.triggers import Event, ReadOnly, Timer, ValueChange

__all__ = ["REST_STEPS", "end_of_time_step", "look_at_rest"]

REST_STEPS = 1 if getattr(cocotb, "SIM_NAME", "").startswith("GHDL") else 0
"""How long after a change a time step is looked at.

GHDL 2 makes all delayed assignments of VHDL (``after 5 ns``) at once when somebody waits for the read-only phase, so
that a clock made in VHDL would lose its beat. There the next moment is taken instead, in which all is as it was left.
"""


async def end_of_time_step() -> None:
    """Wait until all that happens at this time has happened."""
    if REST_STEPS:
        await Timer(REST_STEPS, "step")
        return
    try:
        await ReadOnly()
    except RuntimeError:
        # Already there: cocotb refuses to wait for the phase it is in.
        return


def look_at_rest(handles: Sequence[Any], look: Callable[[], None], *, now_too: bool = False) -> None:
    """From now on, call a function at the end of each time step in which one of some signals has changed.

    With `now_too` also at the end of the present one, which must not be at rest yet.
    """
    changed = Event()
    if now_too:
        changed.set()
    for handle in handles:
        cocotb.start_soon(_notice(handle, changed))
    cocotb.start_soon(_look(changed, look))


async def _look(changed: Event, look: Callable[[], None]) -> None:
    while True:
        await changed.wait()
        await end_of_time_step()
        changed.clear()
        look()


async def _notice(handle: Any, changed: Event) -> None:
    # One task for each signal: an upset of a watched register calls back at once, and Icarus does not survive that a
    # call-back takes away another, as waiting for the first of several triggers would.
    change = ValueChange(handle)
    while True:
        await change
        changed.set()
