"""What the netlist stores of each object, and the targets that it makes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from radtest.inject.vhdl.access import Cell, TargetAccess
from radtest.inject.vhdl.instrument import Hook
from radtest.inject.vhdl.layout import Leaf, leaves, words_of
from radtest.inject.vhdl.netlist import Piece
from radtest.inject.vhdl.objects import Found, Objects

__all__ = ["Row", "Stored", "join", "nameless_target", "targets_of"]

Row = dict[str, Any]
"""A row of `radtest.inject.netlist`, or one like it with names of VHDL."""


@dataclass(slots=True)
class Stored:
    """What rows of the netlist hold of an object.

    Parameters
    ----------
    found : Found
        The object.
    kind : str
        ``flip_flop``, ``latch`` or ``memory``.
    bits : set of int
        Which of its bits are stored, if it is no memory.
    words, width : int
        Words and bits of each, if it is one.
    row : int
        The row of the memory.
    turned : bool
        Whether the netlist counts its words from the last index down, as it may if the indices ascend.
    pieces : list of (int, int, Piece)
        Else the rows, the lowest bit of each, and what of it is what of the object.
    """

    found: Found
    kind: str
    bits: set[int] = field(default_factory=set)
    words: int = 1
    width: int = 0
    row: int = -1
    turned: bool = False
    pieces: list[tuple[int, int, Piece]] = field(default_factory=list)

    def cells(self, first: int, width: int) -> tuple[Cell, ...]:
        """Return what `width` bits from `first` on are in the netlist."""
        cells = []
        for row, lowest, piece in self.pieces:
            low, high = max(first, piece.place), min(first + width, piece.place + piece.width)
            if low < high:
                cells.append(Cell(row, piece.first - lowest + low - piece.place, low - first, high - low))
        return tuple(cells)


def join(rows: Sequence[Row], objects: Objects) -> tuple[list[Stored], list[int]]:
    """Join the rows of the netlist to objects; return also the numbers of those that belong to none."""
    joined: dict[Any, Stored] = {}
    nameless: list[int] = []
    for number, row in enumerate(rows):
        behind = objects.behind(row["name"])
        if not behind and not objects.is_table(row["name"]):
            nameless.append(number)
        for found, piece in behind:
            one = joined.setdefault((id(found.thing), found.path), Stored(found, row["kind"]))
            if piece is None:
                one.kind, one.words, one.width, one.row = row["kind"], row["words"], row["width"], number
                one.turned = objects.is_turned(row["name"])
                continue
            low = max(row["lsb"], piece.first)
            high = min(row["lsb"] + row["width"], piece.first + piece.width)
            if low < high:
                stored = Piece(piece.flip_flop, low, piece.place + low - piece.first, high - low)
                one.bits |= set(range(stored.place, stored.place + stored.width))
                one.pieces.append((number, row["lsb"], stored))
    return [one for one in joined.values() if one.bits or one.width], nameless


def nameless_target(row: Row, number: int) -> tuple[Row, TargetAccess]:
    """Return a target for a row that belongs to no object: GHDL cannot flip it, but it is in the Verilog."""
    reason = "GHDL's synthesis stores it, but it is no signal or variable of the sources as it stands there"
    if row["kind"] == "memory":
        return row | {"lsb": 0}, TargetAccess("", reason=reason, cells=(Cell(number),))
    return row, TargetAccess("", reason=reason, cells=(Cell(number, width=row["width"]),))


def targets_of(
    one: Stored, path: str, name: str, hook: Hook | None, reason: str, bounds: list[int] | None
) -> Iterator[tuple[Row, TargetAccess]]:
    """Yield the targets in an object and how they are accessed.

    Parameters
    ----------
    one : Stored
        The object.
    path, name : str
        The path of its region and its name.
    hook : Hook or None
        How it is flipped in GHDL, if it can be.
    reason : str
        Why not, else.
    bounds : list of int or None
        The bounds in its type, if they are known.
    """
    thing = one.found.thing
    common = {
        "module": thing.region.entity,
        "kind": one.kind,
        "src": f"{thing.region.file.rsplit('/', 1)[-1]}:{thing.place[0]}",
    }
    access = TargetAccess(path, reason=reason)
    if hook is not None:
        access = TargetAccess(path, hook.region.number, hook.number, hook.view)
    if one.kind == "memory":
        words = words_of(thing.type, bounds) if bounds is not None else None
        if words is not None and (words.count, words.width) != (one.words, one.width):
            stored_as = f"GHDL's netlist stores it as {one.words} words of {one.width} bits"
            access, words = TargetAccess(path, reason=stored_as), None
        row = common | {"name": name, "lsb": 0, "width": one.width, "words": one.words}
        row["first_word"] = words.first if words else 0
        if words is not None:
            access = dataclasses.replace(access, place=words.place(0), step=words.place(1) - words.place(0))
        turned = words is not None and words.ascending and one.turned
        yield row, dataclasses.replace(access, cells=(Cell(one.row, reversed=turned),))
        return
    parts = leaves(thing.type, bounds) if bounds is not None else [Leaf("", 0, max(one.bits) + 1)]
    for leaf in parts:
        inside = sorted(bit for bit in one.bits if leaf.place <= bit < leaf.place + leaf.width)
        for first, width in _runs(inside):
            row = common | {"name": name + leaf.suffix, "lsb": first - leaf.place, "width": width}
            legal = None if leaf.legal is None else (leaf.place, leaf.width, *leaf.legal)
            yield row, dataclasses.replace(access, place=first, legal=legal, cells=one.cells(first, width))


def _runs(bits: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the unbroken runs of sorted bits: first bit and length."""
    start = 0
    for number in range(1, len(bits) + 1):
        if number == len(bits) or bits[number] != bits[number - 1] + 1:
            yield bits[start], number - start
            start = number
