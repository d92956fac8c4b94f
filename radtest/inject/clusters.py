"""Clusters: which bits flip together with the one that was drawn.

Bits lie in arrays. That of a register is a row of its bits; that of a memory has a column for each bit and a row for
each word, or, where `interleaving` words share a row, a column for each bit of each of them: bit b of word w is then in
column b · interleaving + w mod interleaving and in row ⌊w / interleaving⌋. What would lie beyond the border of the
array does not exist, and the cluster is cut there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radtest.core.errors import ConfigurationError
from radtest.core.injection import Target, TargetKind
from radtest.core.outcome import FaultModel
from radtest.inject.fault_configuration import ClusterSection
from radtest.inject.placed_bits import PlacedBits
from radtest.inject.upset_list import STRIKE, UpsetList

__all__ = ["Clusters", "draw_clusters"]

_BLOCK = 1 << 18
"""Bits worked on at a time, so that what is needed on the way does not grow with the list."""

Members = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Of a block of upsets: how many bits each has, and target, word and bit of all of them in order."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """Upsets of several bits.

    Parameters
    ----------
    upsets : UpsetList
        The list; the first bit of each upset is the one that was drawn.
    cut : int
        Clusters with fewer bits than they were to have: at the border of an array or, with a placement, where a bit is
        not placed or there are too few.
    """

    upsets: UpsetList
    cut: int

    @property
    def mean_bits(self) -> float:
        """Bits of a cluster, on average."""
        return len(self.upsets.strikes) / len(self.upsets)


def draw_clusters(
    upsets: UpsetList,
    targets: Sequence[Target],
    shape: ClusterSection,
    rng: np.random.Generator,
    placed: PlacedBits | None = None,
    *,
    may_be_single: bool = False,
) -> Clusters:
    """Make clusters of single upsets.

    Parameters
    ----------
    upsets : UpsetList
        Upsets of one bit each.
    targets : sequence of Target
        All targets of the design.
    shape : ClusterSection
        The shape of the clusters.
    rng : numpy.random.Generator
        Source of randomness, used where sizes are drawn: one number for each upset, in their order, so that a longer
        list begins with the shorter one.
    placed : PlacedBits, optional
        Where the bits lie. The bits of a cluster are then the nearest ones, or all within the radius; without it they
        are neighbours in the array of the register or memory.
    may_be_single : bool
        Whether it is right that no cluster has more than one bit, as where a few upsets are made again.

    Raises
    ------
    ConfigurationError
        If no cluster can have more than one bit, and that is not right.
    """
    firsts = upsets.strikes
    if len(firsts) != len(upsets):
        raise ValueError(f"clusters are made of single bits; these {len(upsets)} upsets have {len(firsts)}")
    wanted = _wanted_sizes(shape, len(firsts), rng)
    neighbours: _Arrays | _Placed
    if placed is None:
        neighbours = _Arrays(targets, shape, np.unique(firsts["target"]))
    else:
        neighbours = _Placed(placed, shape, firsts, wanted)
        wanted = neighbours.wanted
    if not (neighbours.exist or may_be_single):
        raise ConfigurationError(
            "campaign.cluster: no bit that can be hit has a neighbour, so that no cluster has more than one bit",
            remedy="choose wider registers or memories with more words, another shape, or a placement of more bits.",
        )
    strikes, lengths = _assembled(firsts, wanted, neighbours)
    return Clusters(UpsetList(strikes, FaultModel.MCU), int((lengths < wanted).sum()))


def _wanted_sizes(shape: ClusterSection, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    if shape.sizes is not None:
        sizes = np.array(sorted(shape.sizes), dtype=np.int64)
        ends = np.cumsum([shape.sizes[int(size)] for size in sizes])
        # The last end may miss 1 by a rounding error.
        return sizes[np.searchsorted(ends[:-1], rng.random(count), side="right")]
    size = shape.size if shape.offsets is None else len(_steps(shape))
    return np.full(count, size or 0, dtype=np.int64)


def _steps(shape: ClusterSection) -> list[tuple[int, int]]:
    """Return the steps from the first bit to each bit of the largest cluster, that to the first bit first."""
    if shape.offsets is not None:
        return [(0, 0), *(step for step in shape.offsets if step != (0, 0))]
    return [(along, 0) for along in range(shape.size or max(shape.sizes or {1: 1.0}))]


class _Arrays:
    """The bits of registers and memories in rows and columns."""

    def __init__(self, targets: Sequence[Target], shape: ClusterSection, hit: NDArray[np.int32]) -> None:
        apart = shape.interleaving or 1
        self._widths = np.array([target.width for target in targets], dtype=np.int64)
        self._words = np.array([target.words for target in targets], dtype=np.int64)
        self._apart = np.array([apart if t.kind is TargetKind.MEMORY else 1 for t in targets], dtype=np.int64)
        self._steps = np.array(_steps(shape), dtype=np.int64)
        self._hit = hit

    @property
    def exist(self) -> bool:
        """Whether any of the arrays that are hit is as large as one of the steps."""
        columns = np.minimum(self._words, self._apart)[self._hit] * self._widths[self._hit]
        rows = -(-self._words[self._hit] // self._apart[self._hit])
        steps = np.abs(self._steps[1:])
        return bool(((steps[:, 0] < columns[:, None]) & (steps[:, 1] < rows[:, None])).any())

    def members(self, firsts: NDArray[np.void], wanted: NDArray[np.int64]) -> Members:
        target = firsts["target"].astype(np.int64)[:, None]
        word, bit = firsts["word"].astype(np.int64)[:, None], firsts["bit"].astype(np.int64)[:, None]
        apart = self._apart[target]
        column = bit * apart + word % apart + self._steps[:, 0]
        row = word // apart + self._steps[:, 1]
        bits, lane = np.divmod(column, apart)
        words = row * apart + lane
        inside = (column >= 0) & (bits < self._widths[target]) & (row >= 0) & (words < self._words[target])
        inside &= np.arange(len(self._steps)) < wanted[:, None]
        counts = inside.sum(axis=1)
        return counts, np.repeat(target[:, 0], counts), words[inside], bits[inside]


class _Placed:
    """The bits of a placement, and which of them are near to each other."""

    def __init__(
        self, placed: PlacedBits, shape: ClusterSection, firsts: NDArray[np.void], wanted: NDArray[np.int64]
    ) -> None:
        self._placed = placed
        anchors = placed.places(firsts)
        # Each bit that is a first one somewhere, once.
        self._anchors = np.unique(anchors[anchors >= 0])
        if shape.radius_um is None:
            self._near = placed.nearest(self._anchors, int(wanted.max(initial=1)))
            self.wanted = wanted
        else:
            self._near = placed.within(self._anchors, shape.radius_um)
            # A bit that lies nowhere has no neighbours, and nobody knows how many it should have.
            self.wanted = np.ones(len(firsts), dtype=np.int64)
            self.wanted[anchors >= 0] = self._near.counts[np.searchsorted(self._anchors, anchors[anchors >= 0])]

    @property
    def exist(self) -> bool:
        """Whether there are bits besides a first one; how near they are is not asked."""
        return len(self._placed.target) > 1

    def members(self, firsts: NDArray[np.void], wanted: NDArray[np.int64]) -> Members:
        anchors = self._placed.places(firsts)
        lies = anchors >= 0
        rank = np.searchsorted(self._anchors, anchors[lies])
        counts = np.ones(len(firsts), dtype=np.int64)
        counts[lies] = np.minimum(self._near.counts[rank], wanted[lies])
        starts = np.zeros(len(firsts), dtype=np.int64)
        starts[lies] = self._near.starts[rank]
        number = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        shown = np.repeat(lies, counts)
        near = self._near.members[(np.repeat(starts, counts) + number)[shown]]
        columns = []
        for name, of_placed in (
            ("target", self._placed.target),
            ("word", self._placed.word),
            ("bit", self._placed.bit),
        ):
            column = np.repeat(firsts[name].astype(np.int64), counts)
            column[shown] = of_placed[near]
            columns.append(column)
        return counts, columns[0], columns[1], columns[2]


def _assembled(
    firsts: NDArray[np.void], wanted: NDArray[np.int64], neighbours: _Arrays | _Placed
) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """Return the strikes of all clusters, and how many bits each has."""
    # Pages of what is not used in the end are never touched, so they take no memory.
    strikes = np.empty(int(wanted.sum()), dtype=STRIKE)
    lengths = np.empty(len(firsts), dtype=np.int64)
    end = 0
    size = max(1, _BLOCK // int(wanted.max(initial=1)))
    for start in range(0, len(firsts), size):
        block = firsts[start : start + size]
        counts, target, word, bit = neighbours.members(block, wanted[start : start + size])
        rows = strikes[end : end + len(target)]
        for name in ("upset", "cycle", "offset_ps"):
            rows[name] = np.repeat(block[name], counts)
        rows["target"], rows["word"], rows["bit"] = target, word, bit
        lengths[start : start + len(block)] = counts
        end += len(target)
    return strikes[:end], lengths
