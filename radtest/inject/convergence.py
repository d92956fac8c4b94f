"""Whether an upset is over: the design shows and stores again what it does without it. Runs inside the simulation.

Most upsets are overwritten within a few cycles. From then on the run is the golden one, and following it to the end of
the test would show nothing more. That holds if nothing outside the design can remember the upset either: so from the
flip on, every output port has to show what it shows in the golden run, at the same times; one difference rules out an
early end.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cocotb.simtime import get_sim_time
from cocotb.triggers import Timer

from radtest.inject.handles import Storage, read_bits
from radtest.inject.rest import look_at_rest

__all__ = ["GoldenCourse", "follow_golden"]

_DIGEST_BYTES = 8


class _Shown:
    """What a set of ports shows, from the first look on: when it changed, and to what."""

    def __init__(self) -> None:
        self.times = array("q")
        self.digests = bytearray()

    def note(self, time: int, digest: bytes) -> None:
        if digest != self.digests[-_DIGEST_BYTES:]:
            self.times.append(time)
            self.digests += digest

    def part(self, first: int, last: int) -> bytes:
        return bytes(self.digests[first * _DIGEST_BYTES : last * _DIGEST_BYTES])


class GoldenCourse:
    """The course of the golden run: what the ports showed and when, and the state at every few cycles.

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
        self.states: dict[int, bytes] = {}
        self._golden = _Shown()
        self._own = _Shown()

    def watch(self) -> None:
        """Note what the ports show, from now on."""
        self._look()
        look_at_rest(self._ports, self._look)

    def _look(self) -> None:
        self._own.note(get_sim_time("step"), _digest(map(read_bits, self._ports)))

    def state(self) -> bytes:
        """Return a digest of all that is stored now."""
        return _digest(self._storage.snapshot())

    async def record_states(self, first_edge: int, period: int) -> None:
        """Note the state at the end of every few cycles, one step before the rising edge that ends the cycle.

        Parameters
        ----------
        first_edge : int
            Time of the rising edge that begins cycle 0, in steps.
        period : int
            Period of the clock, in steps.
        """
        cycle = self.stride
        while True:
            await _wait_until(first_edge + (cycle + 1) * period - 1)
            self.states[cycle] = self.state()
            cycle += self.stride

    def save(self, path: Path) -> None:
        """Write it down for the simulations that compare with it."""
        states = {str(cycle): digest.hex() for cycle, digest in self.states.items()}
        path.with_suffix(".times").write_bytes(self._own.times.tobytes())
        path.with_suffix(".shown").write_bytes(self._own.digests)
        path.write_text(json.dumps({"stride": self.stride, "states": states}))

    def load(self, path: Path) -> None:
        """Read what the golden run has written down."""
        data = json.loads(path.read_text())
        self.stride = data["stride"]
        self.states = {int(cycle): bytes.fromhex(digest) for cycle, digest in data["states"].items()}
        self._golden.times.frombytes(path.with_suffix(".times").read_bytes())
        self._golden.digests += path.with_suffix(".shown").read_bytes()

    def ports_as_golden(self) -> bool:
        """Tell whether the ports have shown the same as in the golden run, from `watch` to before this time step."""
        now = get_sim_time("step")
        golden, own = self._golden, self._own
        first = bisect_right(golden.times, own.times[0]) - 1
        last, seen = bisect_left(golden.times, now), bisect_left(own.times, now)
        same_times = golden.times[first + 1 : last] == own.times[1:seen]
        return first >= 0 and same_times and golden.part(first, last) == own.part(0, seen)


async def follow_golden(course: GoldenCourse, cycles: tuple[int, int], first_edge: int, period: int) -> int | None:
    """Follow an upset until the design is as in the golden run again.

    Parameters
    ----------
    course : GoldenCourse
        The golden run; its ports are being watched since the upset.
    cycles : tuple of int
        The cycle of the upset, and the first one at the end of which it may be over.
    first_edge : int
        Time of the rising edge that begins cycle 0, in steps.
    period : int
        Period of the clock, in steps.

    Returns
    -------
    int or None
        Cycles from the upset until the state was found equal; None if a port has shown something else, or if it is not
        found so before the golden run ends.

    Notes
    -----
    The longer an upset has lasted, the longer it is likely to last: looks are spaced by a growing share of its age, so
    that their number grows as the logarithm of the length of the run.
    """
    began, earliest = cycles
    stride = course.stride
    cycle = max(-(-earliest // stride), 1) * stride
    while cycle in course.states:
        await _wait_until(first_edge + (cycle + 1) * period - 1)
        if not course.ports_as_golden():
            return None
        if course.state() == course.states[cycle]:
            return cycle - began
        cycle += max(1, (cycle - began) // (4 * stride)) * stride
    return None


async def _wait_until(time: int) -> None:
    await Timer(time - get_sim_time("step"), "step")


def _digest(texts: Any) -> bytes:
    return hashlib.blake2b("\n".join(texts).encode(), digest_size=_DIGEST_BYTES).digest()
