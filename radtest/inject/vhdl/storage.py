"""Stored bits of a VHDL design as GHDL shows them, and the signals that flip them. Runs inside the simulation.

See `radtest.inject.vhdl.instrument` for what these signals are and why the bits are not simply written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cocotb
from cocotb.handle import Immediate
from cocotb.simtime import get_sim_time
from cocotb.triggers import ReadWrite
from cocotb.types import LogicArray

from radtest.core.injection import Strike, Target
from radtest.inject.handles import Storage, find_handle, read_bits
from radtest.inject.vhdl.access import Access

__all__ = ["VhdlStorage"]

_DEFINE = 0
_UNDEFINED = str.maketrans("XZUWHL-", "0000100")


class _Controls:
    """The three signals by which a region is told what to flip."""

    def __init__(self, design: Any, path: str, region: int) -> None:
        within = f"{path}." if path else ""
        self._strike = find_handle(design, f"{within}radtest_strike_{region}")
        self._target = find_handle(design, f"{within}radtest_target_{region}")
        self._bit = find_handle(design, f"{within}radtest_bit_{region}")
        self._strikes = 0
        self._last = -1
        self._waiting: list[tuple[int, int]] = []

    def strike(self, target: int, bit: int) -> None:
        """Flip a bit; a second one in the same time step is flipped one delta cycle later."""
        now = get_sim_time("step")
        if now == self._last:
            if not self._waiting:
                cocotb.start_soon(self._make_up())
            self._waiting.append((target, bit))
            return
        self._last = now
        self._write(target, bit)

    async def _make_up(self) -> None:
        while self._waiting:
            await ReadWrite()
            self._write(*self._waiting.pop(0))

    def _write(self, target: int, bit: int) -> None:
        self._strikes += 1
        for signal, value in ((self._target, target), (self._bit, bit), (self._strike, self._strikes)):
            signal.value = Immediate(LogicArray(value, 32))


class VhdlStorage(Storage):
    """The targets of a campaign on a VHDL design, found in GHDL.

    Parameters
    ----------
    design : cocotb handle
        The instance of the design in the simulation.
    targets : sequence of Target
        What can be upset.
    access : Access
        Where each of them is.

    Attributes
    ----------
    missing : dict
        Why a target (by index) cannot be reached.
    """

    def __init__(self, design: Any, targets: Sequence[Target], access: Access) -> None:
        self.targets = targets
        self.missing = {}
        self._rows = access.targets
        self._controls: dict[tuple[str, int], _Controls] = {}
        self._views: dict[str, Any] = {}
        self._flipped: dict[tuple[int, int, int], int] = {}
        for path, region in access.regions:
            self._controls[path, region] = _Controls(design, path, region)
        for index, (target, row) in enumerate(zip(targets, self._rows, strict=True)):
            if row.reason:
                self.missing[index] = f"{target.name}: {row.reason}"
                continue
            try:
                view = find_handle(design, row.view_path)
                bits = len(read_bits(view))
            except (LookupError, AttributeError, TypeError, RuntimeError) as error:
                self.missing[index] = f"{target.name}: {error}"
                continue
            if bits <= max(self._place(index, 0, target.width - 1), self._place(index, target.words - 1, 0)):
                self.missing[index] = f"{target.name}: GHDL shows {bits} bits of it, fewer than its netlist has"
                continue
            self._views[row.view_path] = view

    def define(self) -> None:
        """Give every undefined bit the value 0, so that a flip of it is a flip."""
        for controls in self._controls.values():
            controls.strike(_DEFINE, 0)

    def bit(self, target: int, word: int, bit: int) -> int:
        """Return a bit, counted as in `flip`."""
        bits = read_bits(self._views[self._rows[target].view_path])
        shown = bits[len(bits) - 1 - self._place(target, word, bit)]
        flipped = self._flipped.get((target, word, bit))
        if flipped is not None and shown not in "01":
            # What has just been flipped is undefined: two drivers disagree.
            return 1 - flipped
        return int(shown.translate(_UNDEFINED))

    def flip(self, target: int, word: int, bit: int) -> tuple[int, int]:
        """Flip a bit. It reads back flipped at the end of the time step, not before.

        Parameters
        ----------
        target, word, bit : int
            Index of the target, word in it, and bit counted from the lowest bit of the target.

        Returns
        -------
        before, after : int
            The bit before, and what it will be.

        Raises
        ------
        ValueError
            If the type of the register has no such value.
        """
        (before,) = self.flip_together([Strike(target, word, bit, cycle=-1)])
        return before, 1 - before

    def flip_together(self, strikes: Sequence[Strike]) -> list[int]:
        """Flip several bits in one time step, those of one region a delta cycle after each other; see `flip`."""
        befores = [self.bit(strike.target, strike.word, strike.bit) for strike in strikes]
        for number, strike in enumerate(strikes):
            # One after the other: what lies between must have a value too.
            self._check_code([s.bit for s in strikes[: number + 1] if s.target == strike.target], strike.target)
        for strike, before in zip(strikes, befores, strict=True):
            row = self._rows[strike.target]
            self._flipped[strike.target, strike.word, strike.bit] = 1 - before
            place = self._place(strike.target, strike.word, strike.bit)
            self._controls[row.path, row.region].strike(row.number, place)
        return befores

    def _check_code(self, flips: Sequence[int], target: int) -> None:
        """Check that a register of an enumerated type or a range of integers has a value with some bits flipped."""
        legal = self._rows[target].legal
        if legal is None:
            return
        place, width, first, last = legal
        bits = read_bits(self._views[self._rows[target].view_path]).translate(_UNDEFINED)
        flipped = int(bits[len(bits) - place - width : len(bits) - place], 2)
        for bit in flips:
            flipped ^= 1 << (self._place(target, 0, bit) - place)
        if first < 0 and flipped >> (width - 1):
            flipped -= 1 << width
        if not first <= flipped <= last:
            raise ValueError(
                f"its type has values for the codes {first} to {last}, not for {flipped}: VHDL cannot express what the "
                f"flip-flops of {self.targets[target].name} would hold"
            )

    def snapshot(self) -> list[str]:
        """Return the contents of every target: its words joined, most significant bit first, undefined bits as 0."""
        shown = {name: read_bits(view).translate(_UNDEFINED) for name, view in self._views.items()}
        contents = []
        for index, target in enumerate(self.targets):
            bits = "" if index in self.missing else shown[self._rows[index].view_path]
            words = []
            for word in range(target.words if bits else 0):
                low = len(bits) - self._place(index, word, 0)
                words.append(bits[low - target.width : low])
            contents.append("".join(words))
        return contents

    def _place(self, target: int, word: int, bit: int) -> int:
        """Return where a bit is in the signal that shows it, counted from the right."""
        row = self._rows[target]
        return row.place + word * row.step + bit
