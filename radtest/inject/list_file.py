"""The file in which a simulation finds the upsets it has to make: strikes in order of time, read as a stream.

The side that writes holds numpy arrays; the side that reads runs inside the simulator and holds one upset at a time.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from radtest.core.injection import Strike, Upset
from radtest.core.outcome import FaultModel

__all__ = ["STRIKE_FIELDS", "read_upsets"]

STRIKE_FIELDS = (
    ("upset", "<i8"),
    ("target", "<i4"),
    ("word", "<i4"),
    ("bit", "<i4"),
    ("cycle", "<i8"),
    ("offset_ps", "<i8"),
)
"""A row of the list: names and types as numpy writes them, without padding."""

_ROW = struct.Struct("<qiiiqq")
_ROWS_AT_ONCE = 4096


def read_upsets(path: Path, model: FaultModel) -> Iterator[Upset]:
    """Yield the upsets of a list; the strikes of one stand side by side."""
    for _, rows in groupby(_rows(path), key=lambda row: row[0]):
        (index, target, word, bit, cycle, offset_ps), *more = rows
        others = tuple(Strike(row[1], row[2], row[3], row[4]) for row in more)
        yield Upset(index, target, word, bit, cycle, model, offset_ps, others)


def _rows(path: Path) -> Iterator[tuple[int, ...]]:
    with path.open("rb") as file:
        while block := file.read(_ROW.size * _ROWS_AT_ONCE):
            yield from _ROW.iter_unpack(block)
