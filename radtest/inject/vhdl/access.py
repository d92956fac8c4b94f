"""How each target of a VHDL design is flipped and read: what the listing writes and the simulation reads."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radtest.core.injection import Target, TargetKind

__all__ = ["ACCESS_FILE", "Access", "Cell", "TargetAccess"]

ACCESS_FILE = "vhdl_access.json"
"""Its name in the working folder."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Bits of a target that lie side by side in one register, or all words in one memory, of the netlist.

    Parameters
    ----------
    row : int
        Number of the register or memory among the rows of the netlist.
    first : int
        Bit of the row, counted from the lowest one that is stored.
    place : int
        Bit of the target that it is.
    width : int
        How many bits.
    reversed : bool
        Whether the words of a memory come in the opposite order.
    """

    row: int
    first: int = 0
    place: int = 0
    width: int = 0
    reversed: bool = False


@dataclass(frozen=True, slots=True)
class TargetAccess:
    """Where a target is.

    Parameters
    ----------
    path : str
        Path, below the design, of the region that declares the register: an instance, a block or a generate body.
    region, number : int
        Numbers of the region, which its control signals have in their names, and of the register in it.
    view : str
        Signal of the region that shows the register.
    place : int
        Place of the lowest bit (of the first word) in that signal, counted from the right.
    step : int
        Places from a word of a memory to the next; negative where the first word stands left.
    legal : tuple of (int, int, int, int) or None
        For an enumeration or an integer place and width of its code, and the first and last code that have a value.
    reason : str
        Why GHDL cannot flip it; empty if it can.
    cells : tuple of Cell
        What it is in the synthesised netlist.
    """

    path: str
    region: int = -1
    number: int = -1
    view: str = ""
    place: int = 0
    step: int = 0
    legal: tuple[int, int, int, int] | None = None
    reason: str = ""
    cells: tuple[Cell, ...] = ()

    @property
    def view_path(self) -> str:
        """Path of the signal that shows it."""
        return ".".join(filter(None, (self.path, self.view)))


@dataclass(frozen=True, slots=True)
class Access:
    """The access to all targets.

    Parameters
    ----------
    top : str
        Name of the design in the synthesised Verilog.
    names : dict
        Names of its ports there, by their names in lower case.
    outputs : tuple of str
        Its output ports, in lower case.
    ports : tuple of str
        The signals that show the output ports in GHDL.
    netlist : tuple of dict
        The rows of `radtest.inject.netlist` for what is stored, with names of the Verilog.
    regions : tuple of (str, int)
        Path and number of every region with control signals.
    targets : tuple of TargetAccess
        One for each target, in their order.
    """

    top: str
    names: dict[str, str]
    outputs: tuple[str, ...]
    ports: tuple[str, ...]
    netlist: tuple[dict[str, Any], ...]
    regions: tuple[tuple[str, int], ...]
    targets: tuple[TargetAccess, ...]

    def stored(self) -> list[Target]:
        """Return the registers and memories of the Verilog, under the names that they have there."""
        return [Target(**{**row, "kind": TargetKind(row["kind"])}) for row in self.netlist]

    def write(self, path: Path) -> None:
        """Write it to a file."""
        path.write_text(json.dumps(dataclasses.asdict(self)))

    @classmethod
    def read(cls, path: Path) -> Access:
        """Read it from the file that `write` has written."""
        data = json.loads(path.read_text())
        rows = [
            {
                **row,
                "legal": row["legal"] and tuple(row["legal"]),
                "cells": tuple(Cell(**cell) for cell in row["cells"]),
            }
            for row in data["targets"]
        ]
        return cls(
            top=data["top"],
            names=data["names"],
            outputs=tuple(data["outputs"]),
            ports=tuple(data["ports"]),
            netlist=tuple(data["netlist"]),
            regions=tuple((where, number) for where, number in data["regions"]),
            targets=tuple(TargetAccess(**row) for row in rows),
        )
