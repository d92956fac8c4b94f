"""Multiple-cell upsets: bits upset in one scan that are physical neighbours are one event.

The logical address of a bit says little about where it lies; an `AdjacencyMap` gives row and column of its cell. Upsets
of one scan window whose cells are joined by steps of at most a distance are one event. Two particles can hit
neighbouring cells by accident; how often is what `accidental_pairs` expects from the density of upsets.
"""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from radtest.core import ConfigurationError

__all__ = ["AdjacencyMap", "UpsetClusters", "accidental_pairs", "cluster_upsets"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class AdjacencyMap:
    """Where the cell of each bit lies.

    Parameters
    ----------
    rows, columns : ndarray of int, shape (words, word_bits)
        Row and column of each cell, in cells.
    name : str
        What it is, for messages and records.

    Raises
    ------
    ConfigurationError
        If two bits share a cell, or the shapes differ.
    """

    rows: Integers
    columns: Integers
    name: str

    def __post_init__(self) -> None:
        if self.rows.ndim != 2 or self.rows.shape != self.columns.shape or not self.rows.size:
            raise ConfigurationError(
                f"adjacency map {self.name}: rows {self.rows.shape} and columns {self.columns.shape}; legal are two "
                "arrays of (words, word_bits)"
            )
        cells = np.stack([self.rows.ravel(), self.columns.ravel()], axis=1)
        places, counts = np.unique(cells, axis=0, return_counts=True)
        if len(places) != len(cells):
            row, column = places[np.argmax(counts > 1)].tolist()
            raise ConfigurationError(
                f"adjacency map {self.name}: several bits lie in row {row}, column {column}",
                remedy="correct the map: each bit has a cell of its own.",
            )

    @property
    def words(self) -> int:
        """Words of the memory."""
        return int(self.rows.shape[0])

    @property
    def word_bits(self) -> int:
        """Bits of a word."""
        return int(self.rows.shape[1])

    @classmethod
    def linear(cls, words: int, word_bits: int, words_per_row: int) -> AdjacencyMap:
        """Bits of a word side by side, words side by side in a row, then the next row."""
        _check_shape(words, word_bits, words_per_row)
        address, bit = np.indices((words, word_bits))
        return cls(address // words_per_row, address % words_per_row * word_bits + bit, f"linear {words_per_row}")

    @classmethod
    def interleaved(cls, words: int, word_bits: int, words_per_row: int) -> AdjacencyMap:
        """Bit 0 of all words of a row side by side, then bit 1 of all of them, and so on.

        So neighbouring cells belong to different words, and a cluster stays within what a code corrects.
        """
        _check_shape(words, word_bits, words_per_row)
        address, bit = np.indices((words, word_bits))
        columns = bit * words_per_row + address % words_per_row
        return cls(address // words_per_row, columns, f"interleaved {words_per_row}")

    @classmethod
    def from_csv(cls, path: str | Path) -> AdjacencyMap:
        """Read the columns ``address``, ``bit``, ``row`` and ``column``, one line for every bit, numbers from 0.

        Raises
        ------
        ConfigurationError
            If the file cannot be read, lacks a column, or does not place every bit once.
        """
        path = Path(path)
        try:
            with path.open(encoding="utf-8", newline="") as file:
                lines = csv.DictReader(file, strict=True)
                names = ("address", "bit", "row", "column")
                missing = [name for name in names if name not in (lines.fieldnames or ())]
                if missing:
                    raise ConfigurationError(f"{path}: no column {', '.join(missing)}; legal: {', '.join(names)}")
                table = [_integers(path, lines.line_num, [line[name] for name in names]) for line in lines]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise ConfigurationError(f"{path}: cannot be read: {error}") from None
        if not table:
            raise ConfigurationError(f"{path}: places no bit")
        address, bit, row, column = np.array(table, dtype=np.int64).T
        words, word_bits = int(address.max()) + 1, int(bit.max()) + 1
        # A wild address must not ask for all memory.
        if words * word_bits != len(table):
            raise ConfigurationError(
                f"{path}: places {len(table)} bits; {words} words of {word_bits} bits have {words * word_bits}",
                remedy="give one line for every bit.",
            )
        rows, columns = (np.full((words, word_bits), -1, dtype=np.int64) for _ in range(2))
        rows[address, bit], columns[address, bit] = row, column
        if (rows < 0).any():
            word, missing_bit = np.argwhere(rows < 0)[0].tolist()
            raise ConfigurationError(f"{path}: address {word}, bit {missing_bit} is not placed, and another one twice")
        return cls(rows, columns, path.name)


def _check_shape(words: int, word_bits: int, words_per_row: int) -> None:
    if min(words, word_bits, words_per_row) < 1:
        raise ConfigurationError(
            f"adjacency map of {words} words of {word_bits} bits, {words_per_row} in a row: legal is 1 and up"
        )


def _integers(path: Path, number: int, texts: list[str | None]) -> list[int]:
    values = [int(text) if text is not None and re.fullmatch("[0-9]{1,13}", text) else -1 for text in texts]
    if min(values) < 0 or max(values) >= 1 << 40:
        raise ConfigurationError(f"{path}:{number}: {texts}: legal are whole numbers from 0 to 2^40")
    return values


@dataclass(frozen=True, slots=True, eq=False)
class UpsetClusters:
    """Events made of upsets.

    Parameters
    ----------
    labels : ndarray of int
        For each upset the number of its event, from 0, in the order of their first upsets.
    sizes : ndarray of int
        Upsets of each event.
    multiplicities : mapping
        How many events have so many bits.
    accidental_pairs : float
        Pairs of particles expected to have been joined by accident; see `accidental_pairs`.
    """

    labels: Integers
    sizes: Integers
    multiplicities: Mapping[int, int]
    accidental_pairs: float

    @property
    def events(self) -> int:
        """How many events there are."""
        return len(self.sizes)

    @property
    def multiple_share(self) -> float:
        """Share of the events that have more than one bit; NaN without events."""
        return float((self.sizes > 1).mean()) if len(self.sizes) else math.nan


def cluster_upsets(
    windows: ArrayLike, addresses: ArrayLike, bits: ArrayLike, layout: AdjacencyMap, *, distance: int = 1
) -> UpsetClusters:
    """Join upsets that are physical neighbours within one scan window into events.

    Parameters
    ----------
    windows : array_like of int
        Scan in which each upset was found; only upsets of the same scan are joined.
    addresses, bits : array_like of int
        Where each upset is. The same bit twice in one scan is refused: one comparison finds it once.
    layout : AdjacencyMap
        Where the cells lie.
    distance : int
        Largest step in rows and in columns (Chebyshev distance) between cells of one event: 1 joins a cell with its
        eight neighbours.

    Raises
    ------
    ConfigurationError
        If the arrays do not fit each other or the memory.

    Examples
    --------
    >>> layout = AdjacencyMap.linear(words=4, word_bits=8, words_per_row=1)
    >>> cluster_upsets([1, 1, 1], [0, 1, 3], [2, 3, 7], layout).multiplicities
    {1: 1, 2: 1}
    """
    window, address, bit = (np.asarray(values, dtype=np.int64) for values in (windows, addresses, bits))
    if not (window.ndim == 1 and window.shape == address.shape == bit.shape):
        raise ConfigurationError(
            f"upsets: {window.shape} windows, {address.shape} addresses, {bit.shape} bits; legal: three of one length"
        )
    if distance < 0:
        raise ConfigurationError(f"distance = {distance}: legal is 0 and up, in cells")
    for name, values, top in (("address", address, layout.words), ("bit", bit, layout.word_bits)):
        wrong = (values < 0) | (values >= top)
        if wrong.any():
            raise ConfigurationError(f"{name} {int(values[wrong][0])}: legal is 0 to {top - 1} in {layout.name}")
    if not len(window):
        nothing = np.empty(0, dtype=np.int64)
        return UpsetClusters(nothing, nothing, {}, 0.0)
    row, column = layout.rows[address, bit], layout.columns[address, bit]
    _, scan = np.unique(window, return_inverse=True)
    # Windows lie apart by more than the distance, so that one search serves them all.
    places = np.stack([scan * (2.0 * distance + 2.0), row, column], axis=1)
    if len(np.unique(places, axis=0)) != len(places):
        raise ConfigurationError("upsets: a bit is listed twice in one scan", remedy="give each scan its own number.")
    first, second = cKDTree(places).query_pairs(distance + 0.5, p=math.inf, output_type="ndarray").T
    joined = coo_array((np.ones(len(first), dtype=bool), (first, second)), shape=(len(places), len(places)))
    _, found = connected_components(joined, directed=False)
    _, position, labels = np.unique(found, return_index=True, return_inverse=True)
    rank = np.empty(len(position), dtype=np.int64)
    rank[np.argsort(position)] = np.arange(len(position))
    labels = rank[labels]
    sizes = np.bincount(labels)
    events_per_scan = np.bincount(scan[position])
    return UpsetClusters(
        labels,
        sizes,
        dict(sorted(Counter(sizes.tolist()).items())),
        accidental_pairs(events_per_scan.tolist(), layout, distance=distance),
    )


def accidental_pairs(events_per_window: Iterable[int], layout: AdjacencyMap, *, distance: int = 1) -> float:
    """Return how many pairs of independent single-bit events are expected to be neighbours by accident.

    Parameters
    ----------
    events_per_window : iterable of int
        Events found in each scan.
    layout : AdjacencyMap
        Where the cells lie.
    distance : int
        As for `cluster_upsets`.

    Notes
    -----
    Of two cells drawn at random without replacement from a memory of N cells, the second is one of the k̄ neighbours
    that a cell has on average with probability k̄/(N − 1); n events of a window make n(n − 1)/2 pairs:

        E = Σ n(n − 1)/2 · k̄/(N − 1)

    k̄ is counted in the map itself, with its edges and gaps. Events of several bits reach further than one cell, so that
    this is a lower bound for them; it should be far below the multiple events counted, or scans are too rare for the
    flux.
    """
    size = layout.rows.size
    if size < 2:
        return 0.0
    pairs: float = sum(n * (n - 1) / 2 for n in events_per_window)
    return float(pairs * _mean_neighbours(layout, distance) / (size - 1))


def _mean_neighbours(layout: AdjacencyMap, distance: int) -> float:
    """Return how many cells of the map lie within the distance of a cell, on average."""
    rows, columns = layout.rows - layout.rows.min(), layout.columns - layout.columns.min()
    height, width = int(rows.max()) + 1, int(columns.max()) + 1
    if rows.size == height * width:
        # A full rectangle: pairs at an offset (i, j) are (height - i)(width - j).
        across: int = sum(max(0, height - i) * (2 if i else 1) for i in range(distance + 1))
        along: int = sum(max(0, width - j) * (2 if j else 1) for j in range(distance + 1))
        return float(across * along / rows.size) - 1.0
    cells = np.stack([rows.ravel(), columns.ravel()], axis=1)
    tree = cKDTree(cells)
    return float(tree.count_neighbors(tree, distance + 0.5, p=math.inf) / rows.size) - 1.0
