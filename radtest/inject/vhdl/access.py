"""How each target of a VHDL design is flipped and read: what the listing writes and the simulation reads."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ACCESS_FILE", "Access", "TargetAccess"]

ACCESS_FILE = "vhdl_access.json"
"""Its name in the working folder."""


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
        Why it cannot be flipped; empty if it can.
    """

    path: str
    region: int = -1
    number: int = -1
    view: str = ""
    place: int = 0
    step: int = 0
    legal: tuple[int, int, int, int] | None = None
    reason: str = ""

    @property
    def view_path(self) -> str:
        """Path of the signal that shows it."""
        return ".".join(filter(None, (self.path, self.view)))


@dataclass(frozen=True, slots=True)
class Access:
    """The access to all targets.

    Parameters
    ----------
    ports : tuple of str
        The signals that show the output ports of the design.
    regions : tuple of (str, int)
        Path and number of every region with control signals.
    targets : tuple of TargetAccess
        One for each target, in their order.
    """

    ports: tuple[str, ...]
    regions: tuple[tuple[str, int], ...]
    targets: tuple[TargetAccess, ...]

    def write(self, path: Path) -> None:
        """Write it to a file."""
        path.write_text(json.dumps(dataclasses.asdict(self)))

    @classmethod
    def read(cls, path: Path) -> Access:
        """Read it from the file that `write` has written."""
        data = json.loads(path.read_text())
        rows = [{**row, "legal": row["legal"] and tuple(row["legal"])} for row in data["targets"]]
        return cls(
            ports=tuple(data["ports"]),
            regions=tuple((where, number) for where, number in data["regions"]),
            targets=tuple(TargetAccess(**row) for row in rows),
        )
