"""Stored bits of a VHDL design in the Verilog that GHDL makes of it. Runs inside the simulation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from radtest.core.injection import Strike, Target, TargetKind
from radtest.inject.handles import Storage
from radtest.inject.vhdl.access import Access

__all__ = ["NetlistStorage"]


class NetlistStorage(Storage):
    """The targets of a campaign on a VHDL design, found in a Verilog simulator.

    Parameters
    ----------
    design : cocotb handle
        The instance of the design in the simulation.
    targets : sequence of Target
        What can be upset, as VHDL names it.
    access : Access
        Where each of them is.

    Attributes
    ----------
    missing : dict
        Why a target (by index) cannot be reached.
    """

    def __init__(self, design: Any, targets: Sequence[Target], access: Access) -> None:
        self._netlist = Storage(design, access.stored())
        self._access = access.targets
        self.targets = targets
        self.missing = {}
        for index, one in enumerate(access.targets):
            reasons = [self._netlist.missing[cell.row] for cell in one.cells if cell.row in self._netlist.missing]
            if reasons:
                self.missing[index] = f"{targets[index].name}: {reasons[0]}"

    def define(self) -> None:
        """Give every undefined bit the value 0 within this time step, so that a flip of it is a flip."""
        self._netlist.define()

    def bit(self, target: int, word: int, bit: int) -> int:
        """Return a bit, counted as in `flip`."""
        return self._netlist.bit(*self._place(target, word, bit))

    def flip(self, target: int, word: int, bit: int) -> tuple[int, int]:
        """Flip a bit and read it back; see `Storage.flip`."""
        return self._netlist.flip(*self._place(target, word, bit))

    def flip_together(self, strikes: Sequence[Strike]) -> list[int]:
        """Flip several bits at one moment; see `Storage.flip_together`."""
        places = (self._place(strike.target, strike.word, strike.bit) for strike in strikes)
        return self._netlist.flip_together([Strike(*place, cycle=-1) for place in places])

    def snapshot(self) -> list[str]:
        """Return the contents of every target: its words joined, most significant bit first, undefined bits as 0."""
        rows = self._netlist.snapshot()
        return ["" if i in self.missing else self._content(i, rows) for i in range(len(self.targets))]

    def _content(self, target: int, rows: list[str]) -> str:
        if self.targets[target].kind is TargetKind.MEMORY:
            (cell,) = self._access[target].cells
            return rows[cell.row]
        # A row is shown whole, with the bits that are not stored.
        parts = []
        for cell in sorted(self._access[target].cells, key=lambda cell: -cell.place):
            low = len(rows[cell.row]) - self._netlist.targets[cell.row].lsb - cell.first
            parts.append(rows[cell.row][low - cell.width : low])
        return "".join(parts)

    def _place(self, target: int, word: int, bit: int) -> tuple[int, int, int]:
        """Return row, word and bit in the netlist."""
        if self.targets[target].kind is TargetKind.MEMORY:
            (cell,) = self._access[target].cells
            words = self.targets[target].words
            return cell.row, words - 1 - word if cell.reversed else word, bit
        cell = next(c for c in self._access[target].cells if c.place <= bit < c.place + c.width)
        return cell.row, 0, cell.first + bit - cell.place
