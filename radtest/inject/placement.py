"""Where the stored bits of a design lie on the die: placement files, and the bits found in them by name."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from radtest.core.errors import ConfigurationError
from radtest.core.injection import Target, TargetKind
from radtest.inject.def_file import read_def
from radtest.inject.placed_bits import PlacedBits, whole_steps

__all__ = ["place_bits", "read_placement"]

_COLUMNS = ("name", "x_um", "y_um")
_SEPARATOR = re.compile(r"[\W_]+")


def read_placement(path: Path) -> dict[str, tuple[float, float]]:
    """Read where cells lie.

    Parameters
    ----------
    path : Path
        A CSV file with the columns ``name``, ``x_um`` and ``y_um``, or a DEF file (``.def``, ``.def.gz``).

    Returns
    -------
    dict
        Place of each bit by its name in the RTL, µm; of cells that are no bits, too.

    Raises
    ------
    ConfigurationError
        If the file cannot be read; the message names the line.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if ".def" in suffixes[-2:]:
        return read_def(path).bits()
    if suffixes[-1:] == [".csv"]:
        return _read_csv(path)
    raise ConfigurationError(
        f"{path}: is neither a CSV nor a DEF file by its name", remedy="give a file ending in .csv, .def or .def.gz."
    )


def _read_csv(path: Path) -> dict[str, tuple[float, float]]:
    cells: dict[str, tuple[float, float]] = {}
    lines: dict[str, int] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, skipinitialspace=True)
            header = [name.strip() for name in next(rows, [])]
            if missing := [name for name in _COLUMNS if name not in header]:
                raise ConfigurationError(
                    f"{path}:1: no column {missing[0]!r} in {','.join(header) or 'an empty line'}",
                    remedy="begin the file with the line name,x_um,y_um.",
                )
            columns = [header.index(name) for name in _COLUMNS]
            for row in rows:
                if not any(row):
                    continue
                where = f"{path}:{rows.line_num}"
                if len(row) != len(header):
                    raise ConfigurationError(
                        f"{where}: {len(row)} fields, where the first line has {len(header)}",
                        remedy="write name,x_um,y_um; quote a name that contains a comma.",
                    )
                name, x, y = (row[column].strip() for column in columns)
                if name in cells:
                    raise ConfigurationError(
                        f"{where}: {name!r} has a place already, in line {lines[name]}", remedy="keep one of the two."
                    )
                cells[name] = _micrometres(x, where), _micrometres(y, where)
                lines[name] = rows.line_num
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}", remedy="give a CSV file in UTF-8.") from None
    return cells


def _micrometres(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not abs(value) < 1e9:
        raise ConfigurationError(
            f"{where}: {text!r} is no place in micrometres", remedy="give a number, such as 12.34."
        )
    return value


def place_bits(
    cells: Mapping[str, tuple[float, float]],
    targets: Sequence[Target],
    chosen: Sequence[int],
    path: Path,
    ranges: Mapping[str, tuple[int, int]] | None = None,
) -> PlacedBits:
    """Find the place of each stored bit by its name.

    Parameters
    ----------
    cells : mapping
        Places by name, µm: ``cpu.reg_pc[3]``, ``ram[7][3]`` (word, bit), and for a register of one bit ``done``. Where
        no cell has the name of a bit, one is looked for whose name differs in what stands between its parts only
        (``cpu_reg_pc_3_``), as tools write that know neither dots nor brackets.
    targets : sequence of Target
        All targets of the design.
    chosen : sequence of int
        Indices of the targets whose bits are looked for; clusters consist of them.
    path : Path
        The file, for messages.
    ranges : mapping, optional
        Left and right bound of registers that are declared otherwise than ``[n:0]`` (see `TargetList`); cells are
        named after the bits as declared.

    Raises
    ------
    ConfigurationError
        If not a single bit is found.
    """
    naming = _Naming(targets, ranges or {})
    cell_of = _find_cells(cells, naming, chosen)
    rows = sorted(cell_of)
    unplaced, missing = _without(cell_of, naming, chosen)
    if not rows:
        raise ConfigurationError(
            f"{path}: none of the {missing} bits of the design has a place in it: it has "
            f"{_some(list(cells))}, the design has {_some(unplaced)}",
            remedy="give the placement of this design, with the names of its RTL.",
        )
    found = np.array(rows, dtype=np.int64)
    bits = np.array([target.bits for target in targets], dtype=np.int64)
    return PlacedBits(
        target=found[:, 0],
        word=found[:, 1],
        bit=found[:, 2],
        steps=whole_steps([cells[cell_of[row]] for row in rows]),
        first_number=np.cumsum(bits) - bits,
        widths=np.array([target.width for target in targets], dtype=np.int64),
        unplaced=unplaced,
        unplaced_bits=missing,
    )


_Bit = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Naming:
    """The names of the bits of a design."""

    targets: Sequence[Target]
    ranges: Mapping[str, tuple[int, int]]

    def bits(self, index: int) -> Iterator[_Bit]:
        """Yield the bits of a target."""
        target = self.targets[index]
        return ((index, word, bit) for word in range(target.words) for bit in range(target.width))

    def names(self, place: _Bit) -> tuple[str, ...]:
        """Return the names that a bit may have, the best one first."""
        index, word, bit = place
        target = self.targets[index]
        name = target.name
        if target.kind is TargetKind.MEMORY:
            name += f"[{target.first_word + word}]"
        left, right = self.ranges.get(target.name, (0, 0))
        from_right = target.lsb + bit
        indexed = f"{name}[{right - from_right if left < right else right + from_right}]"
        # Whether a register of one bit was declared with a range is not known.
        return (name, indexed) if target.width == 1 and target.lsb == 0 else (indexed,)


def _find_cells(cells: Mapping[str, tuple[float, float]], naming: _Naming, chosen: Sequence[int]) -> dict[_Bit, str]:
    """Return for each bit (target, word, bit) the name under which it is among the cells."""
    found: dict[_Bit, str] = {}
    others: list[tuple[_Bit, tuple[str, ...]]] = []
    for place in chain.from_iterable(map(naming.bits, chosen)):
        names = naming.names(place)
        name = next((name for name in names if name in cells), None)
        if name is None:
            others.append((place, names))
        else:
            found[place] = name
    if others:
        by_parts = _by_parts(cells.keys() - found.values())
        taken: dict[str, list[_Bit]] = {}
        for place, names in others:
            for name in {by_parts[parts] for parts in map(_parts, names) if parts in by_parts}:
                taken.setdefault(name, []).append(place)
        # Two bits with the same parts cannot be told from each other.
        found.update({places[0]: name for name, places in taken.items() if len(places) == 1})
    return found


def _without(found: Mapping[_Bit, str], naming: _Naming, chosen: Sequence[int]) -> tuple[tuple[str, ...], int]:
    """Return what has no place, bit by bit or as whole targets, and how many bits that are."""
    unplaced: list[str] = []
    missing = 0
    for index in sorted(chosen):
        target = naming.targets[index]
        lacking = [naming.names(place)[0] for place in naming.bits(index) if place not in found]
        missing += len(lacking)
        whole = len(lacking) == target.bits > 1
        unplaced += [f"{target.name} (all {target.bits} bits)"] if whole else lacking
    return tuple(unplaced), missing


def _parts(name: str) -> str:
    return _SEPARATOR.sub("_", name).strip("_")


def _by_parts(names: Iterable[str]) -> dict[str, str]:
    """Return the names by their parts, those left out that have the same parts as another."""
    result: dict[str, str | None] = {}
    for name in names:
        parts = _parts(name)
        result[parts] = None if parts in result else name
    return {parts: name for parts, name in result.items() if name is not None}


def _some(names: Sequence[str], count: int = 3) -> str:
    return ", ".join(map(repr, names[:count])) + (f" and {len(names) - count} more" if len(names) > count else "")
