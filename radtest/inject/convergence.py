"""Whether an upset is over: the design shows and stores again what it does without it. Runs inside the simulation.

Most upsets are overwritten within a few cycles. From then on the run is the golden one, and following it to the end of
the test would show nothing more. That holds if nothing outside the design can remember the upset either: so from the
flip on, every output port is compared to the golden run twice a cycle, when a test bench may look at it (just before
the falling edge and just before the next rising edge of the clock), and one difference rules out an early end.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cocotb.triggers import RisingEdge, Timer

from radtest.inject.handles import Storage, read_bits

__all__ = ["GoldenCourse", "follow_golden"]

_DIGEST_BYTES = 8
_LONGEST_CYCLES = 512
"""How long after its last strike a child is compared cycle by cycle before it is left to run to the end of the test."""


class GoldenCourse:
    """The course of the golden run: what the ports showed in each cycle, and the state at every few cycles.

    Parameters
    ----------
    ports : sequence of cocotb handle
        Every output port of the design.
    storage : Storage
        All its stored bits.
    stride : int
        Cycles between two looks at the state.
    """

    def __init__(self, ports: Sequence[Any], storage: Storage, stride: int) -> None:
        self._ports = ports
        self._storage = storage
        self.stride = stride
        self.first = 0
        self.shown: list[tuple[bytes, bytes]] = []
        self.states: dict[int, bytes] = {}

    def look(self) -> bytes:
        """Return a digest of what the ports show now."""
        return _digest(map(read_bits, self._ports))

    def state(self) -> bytes:
        """Return a digest of all that is stored now."""
        return _digest(self._storage.snapshot())

    async def record(self, clock: Any, high: int, period: int, cycle: int) -> None:
        """Record from now, a rising edge, on.

        Parameters
        ----------
        clock : cocotb handle
            The clock.
        high, period : int
            How long it is high, and its period, in steps.
        cycle : int
            Number of the cycle that begins now.
        """
        self.first = cycle
        edge = RisingEdge(clock)
        while True:
            await Timer(high - 1, "step")
            before_fall = self.look()
            await Timer(period - high, "step")
            self.shown.append((before_fall, self.look()))
            if cycle % self.stride == 0:
                self.states[cycle] = self.state()
            await edge
            cycle += 1

    def save(self, path: Path) -> None:
        """Write it down for the simulations that compare with it."""
        states = {str(cycle): digest.hex() for cycle, digest in self.states.items()}
        path.with_suffix(".shown").write_bytes(b"".join(a + b for a, b in self.shown))
        path.write_text(json.dumps({"first": self.first, "stride": self.stride, "states": states}))

    def load(self, path: Path) -> None:
        """Read what the golden run has written down."""
        data = json.loads(path.read_text())
        self.first, self.stride = data["first"], data["stride"]
        self.states = {int(cycle): bytes.fromhex(digest) for cycle, digest in data["states"].items()}
        content = path.with_suffix(".shown").read_bytes()
        n = _DIGEST_BYTES
        self.shown = [(content[i : i + n], content[i + n : i + 2 * n]) for i in range(0, len(content), 2 * n)]


async def follow_golden(
    course: GoldenCourse, cycles: tuple[int, int], offset: int, high: int, period: int
) -> int | None:
    """Follow an upset until the design is as in the golden run again.

    Parameters
    ----------
    course : GoldenCourse
        The golden run.
    cycles : tuple of int
        Cycles of the first strike of the upset and of the end of the last one; now is `offset` steps after the rising
        edge of the first.
    offset, high, period : int
        See above, how long the clock is high, and its period, in steps.

    Returns
    -------
    int or None
        Cycles from the upset until the state was found equal; None if a port showed something else meanwhile, or if it
        takes too long.
    """
    cycle, last = cycles
    place = offset
    for now in range(cycle, last + _LONGEST_CYCLES):
        number = now - course.first
        if not 0 <= number < len(course.shown):
            return None
        for moment, shown in zip((high - 1, period - 1), course.shown[number], strict=True):
            # What was shown before the upset is no matter.
            if moment > place:
                await Timer(moment - place, "step")
                place = moment
                if course.look() != shown:
                    return None
        if now >= last and now in course.states and course.state() == course.states[now]:
            return now - cycle
        place -= period
    return None


def _digest(texts: Any) -> bytes:
    return hashlib.blake2b("\n".join(texts).encode(), digest_size=_DIGEST_BYTES).digest()
