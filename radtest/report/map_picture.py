"""An upset map as a picture: bits in the order of modules and registers, cycles, and the worst outcome of each cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radtest.core.errors import ConfigurationError
from radtest.core.injection import Target
from radtest.core.outcome import Outcome
from radtest.inject.exhaustive.map_file import MAP_OUTCOMES, UpsetMap

__all__ = ["PAGE_CELLS", "PALEST", "SEVERITY", "MapBand", "MapPicture", "map_picture"]

SEVERITY = (Outcome.MASKED, Outcome.LATENT, Outcome.CORRECTED, Outcome.DETECTED, Outcome.HANG, Outcome.SDC)
"""The outcomes as a picture ranks them: a cell that stands for several upsets shows the last of these among them."""

PALEST = 0.5
"""How much of its colour the worst outcome of a cell has at least, be it one of thousands; the rest is masked's."""

PAGE_CELLS = 12_000_000
"""With so many cells a page stays below 8 MB even where outcomes follow no pattern."""

_RANK = np.array([SEVERITY.index(outcome) for outcome in MAP_OUTCOMES], dtype=np.uint8)
_BLOCK_CELLS = 4_000_000
_FEWEST_COLUMNS = 2048
_ALL = 255


@dataclass(frozen=True, slots=True)
class MapBand:
    """Neighbouring lines of a map that belong to one register, or to one module.

    Parameters
    ----------
    name : str
        The register or memory, or the module.
    first_bit, bits : int
        Where it begins, counted in bits from the top, and how many bits it has.
    """

    name: str
    first_bit: int
    bits: int


@dataclass(frozen=True, slots=True, eq=False)
class MapPicture:
    """The outcomes of a map in cells, each of some bits and some cycles.

    Parameters
    ----------
    severity : ndarray of uint8, shape (lines, columns)
        Place in `SEVERITY` of the worst outcome in each cell.
    worst_share : ndarray of uint8, shape (lines, columns)
        Which share of the upsets in the cell came to it, in 255ths, 1 or more.
    bits, cycles : int
        Size of the whole map.
    bits_per_line, cycles_per_column : int
        What a cell stands for; the last line and the last column may stand for less.
    first_cycle : int
        The first cycle in which upsets fall.
    names : tuple of str
        Names of the bits, from top to bottom.
    registers, modules : tuple of MapBand
        What the bits belong to, from top to bottom.
    """

    severity: NDArray[np.uint8]
    worst_share: NDArray[np.uint8]
    bits: int
    cycles: int
    bits_per_line: int
    cycles_per_column: int
    first_cycle: int
    names: tuple[str, ...]
    registers: tuple[MapBand, ...]
    modules: tuple[MapBand, ...]

    @property
    def whole(self) -> bool:
        """Whether each cell is one upset."""
        return self.bits_per_line == self.cycles_per_column == 1

    def reduced(self, lines: int, columns: int) -> MapPicture:
        """Return the picture in fewer cells, at most so many."""
        down = -(-self.severity.shape[0] // lines)
        across = -(-self.severity.shape[1] // columns)
        if down == across == 1:
            return self
        severity, worst_share = _worst(self.severity, self.worst_share, down, across)
        return MapPicture(
            severity,
            worst_share,
            self.bits,
            self.cycles,
            self.bits_per_line * down,
            self.cycles_per_column * across,
            self.first_cycle,
            self.names,
            self.registers,
            self.modules,
        )


def map_picture(upset_map: UpsetMap, cells: int = PAGE_CELLS) -> MapPicture:
    """Return a map as a picture of at most about so many cells.

    Parameters
    ----------
    upset_map : UpsetMap
        The map. It is read as a stream: memory grows with the cells, not with the upsets.
    cells : int
        Above that, a cell stands for several cycles and, in a map of very many bits, for several bits. It shows the
        worst of its outcomes, so that none is lost from sight.

    Raises
    ------
    ConfigurationError
        If there is not at least one cell.
    """
    if cells < 1:
        raise ConfigurationError(f"cells of a picture: got {cells}", remedy="give 1 or more.")
    bits, cycles = upset_map.outcome.shape
    order, registers, modules = _order(upset_map)
    across, down = _steps(bits, cycles, cells)
    lines, columns = -(-bits // down), -(-cycles // across)
    severity = np.zeros((lines, columns), np.uint8)
    worst_share = np.full((lines, columns), _ALL, np.uint8)
    # Whole chunks of the file where that goes, so that none is unpacked twice; and always whole cells.
    at_once = max(upset_map.outcome.chunks[1], _BLOCK_CELLS // max(1, bits))
    for first, outcome in upset_map.blocks(across * max(1, at_once // across)):
        block = _RANK[outcome[order]]
        place = slice(first // across, first // across - (-block.shape[1] // across))
        if down == across == 1:
            severity[:, place] = block
        else:
            severity[:, place], worst_share[:, place] = _worst(block, np.full_like(block, _ALL), down, across)
    names = upset_map.names
    return MapPicture(
        severity,
        worst_share,
        bits,
        cycles,
        down,
        across,
        upset_map.first_cycle,
        tuple(names[row] for row in order.tolist()),
        registers,
        modules,
    )


def _worst(
    severity: NDArray[np.uint8], share: NDArray[np.uint8], down: int, across: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Join cells, so many down and across: the worst outcome among them, and its share of all in them."""
    starts = np.arange(0, severity.shape[1], across)
    widths = np.diff(starts, append=severity.shape[1])
    joined, shares = [], []
    for first in range(0, severity.shape[0], down):
        lines = severity[first : first + down]
        worst = np.maximum.reduceat(lines.max(axis=0), starts)
        is_worst = lines == np.repeat(worst, widths)
        counted = np.add.reduceat((share[first : first + down] * is_worst).sum(axis=0, dtype=np.int64), starts)
        joined.append(worst)
        shares.append(np.maximum(1, counted // (widths * len(lines))).astype(np.uint8))
    return np.stack(joined), np.stack(shares)


def _order(upset_map: UpsetMap) -> tuple[NDArray[np.intp], tuple[MapBand, ...], tuple[MapBand, ...]]:
    """Return the rows by module (most bits first), register, word and bit, and where registers and modules begin."""
    rows, targets = upset_map.rows, upset_map.targets
    module_bits: dict[str, int] = {}
    for target in rows["target"].tolist():
        module = targets[target].module
        module_bits[module] = module_bits.get(module, 0) + 1
    places = {module: n for n, module in enumerate(sorted(module_bits, key=lambda name: (-module_bits[name], name)))}
    module_of = np.array([places.get(target.module, 0) for target in targets], dtype=np.int64)
    order = np.lexsort((rows["bit"], rows["word"], rows["target"], module_of[rows["target"]]))
    ordered = [targets[target] for target in rows["target"][order].tolist()]
    return order, _bands(ordered, "name"), _bands(ordered, "module")


def _bands(ordered: list[Target], field: str) -> tuple[MapBand, ...]:
    names = [str(getattr(target, field)) for target in ordered]
    starts = [n for n, name in enumerate(names) if n == 0 or name != names[n - 1]]
    ends = [*starts[1:], len(names)]
    return tuple(MapBand(names[start], start, end - start) for start, end in zip(starts, ends, strict=True))


def _steps(bits: int, cycles: int, cells: int) -> tuple[int, int]:
    """Return how many cycles and how many bits a cell stands for: cycles give way first, but keep some columns."""
    columns = min(cycles, max(cells // max(1, bits), min(_FEWEST_COLUMNS, cells)))
    across = -(-cycles // max(1, columns))
    lines = min(bits, max(1, cells // -(-cycles // across)))
    return across, -(-bits // max(1, lines))
