"""Stored bits on the die, and which of them lie near to each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

__all__ = ["Neighbours", "PlacedBits", "whole_steps"]

_STEPS_PER_UM = 10_000
_MORE = 16
_BLOCK = 1 << 14


def whole_steps(places_um: Sequence[tuple[float, float]]) -> NDArray[np.int64]:
    """Return places in whole steps of 0.1 nm, so that what is equally far apart on a grid is so in numbers too."""
    steps: NDArray[np.int64] = np.rint(np.array(places_um) * _STEPS_PER_UM).astype(np.int64)
    return steps


@dataclass(frozen=True, slots=True)
class Neighbours:
    """For each of some bits, the bits near it: itself first, then by distance, then by number.

    Parameters
    ----------
    starts, counts : array of int
        Where in `members` the neighbours of each bit begin, and how many they are.
    members : array of int
        Numbers of placed bits.
    """

    starts: NDArray[np.int64]
    counts: NDArray[np.int64]
    members: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PlacedBits:
    """The bits of a design that have a place, numbered in the order of targets, words and bits.

    Parameters
    ----------
    target, word, bit : array of int, shape (n,)
        Which bits they are.
    steps : array of int, shape (n, 2)
        Where they lie: x and y in steps of 0.1 nm.
    first_number, widths : array of int
        Of each target of the design: the number of its first bit if all bits were counted, and its bits per word.
    unplaced : tuple of str
        The bits without a place; of a target that has none placed, the name and how many they are.
    unplaced_bits : int
        Number of these bits.
    """

    target: NDArray[np.int64]
    word: NDArray[np.int64]
    bit: NDArray[np.int64]
    steps: NDArray[np.int64]
    first_number: NDArray[np.int64]
    widths: NDArray[np.int64]
    unplaced: tuple[str, ...]
    unplaced_bits: int

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self.steps)

    @cached_property
    def _numbers(self) -> NDArray[np.int64]:
        """The number of each placed bit if all bits of the design were counted."""
        return self.first_number[self.target] + self.word * self.widths[self.target] + self.bit

    def places(self, strikes: NDArray[np.void]) -> NDArray[np.int64]:
        """Return for each strike which placed bit it hits, -1 for one without a place."""
        target = strikes["target"].astype(np.int64)
        number = self.first_number[target] + strikes["word"] * self.widths[target] + strikes["bit"]
        place = np.searchsorted(self._numbers, number)
        found = self._numbers[np.minimum(place, len(self._numbers) - 1)] == number
        return np.where(found, place, -1)

    def nearest(self, bits: NDArray[np.int64], count: int) -> Neighbours:
        """Return the `count` bits nearest to each of `bits`, itself included; all, where there are fewer.

        Of bits equally far away those with the lower numbers come first.
        """
        total = len(self.steps)
        count = min(count, total)
        asked = min(count + _MORE, total)
        rows = np.empty((len(bits), count), dtype=np.int64)
        for start in range(0, len(bits), _BLOCK):
            some = bits[start : start + _BLOCK]
            _, found = self._tree.query(self.steps[some], k=asked)
            found = found.reshape(len(some), asked).astype(np.int64)
            found, far = self._sorted(some, found)
            rows[start : start + _BLOCK] = found[:, :count]
            # Where more bits than were asked for may be as far away as the last one, which of them came is chance.
            doubtful = np.flatnonzero(far[:, count - 1] == far[:, -1]) if asked < total else ()
            for row in doubtful:
                reach = math.sqrt(float(far[row, -1])) * (1 + 1e-9)
                ring = np.array(self._tree.query_ball_point(self.steps[some[row]], reach), dtype=np.int64)
                rows[start + row] = self._sorted(some[row : row + 1], ring[None, :])[0][0, :count]
        starts = np.arange(len(bits), dtype=np.int64) * count
        return Neighbours(starts, np.full(len(bits), count, dtype=np.int64), rows.ravel())

    def within(self, bits: NDArray[np.int64], radius_um: float) -> Neighbours:
        """Return all bits that lie at most `radius_um` from each of `bits`, itself included."""
        reach = round(radius_um * _STEPS_PER_UM)
        counts, members = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
        for start in range(0, len(bits), _BLOCK):
            some = bits[start : start + _BLOCK]
            # A little further, so that rounding loses nothing; what is too far is sorted out by whole numbers.
            groups: Any = self._tree.query_ball_point(self.steps[some], reach * (1 + 1e-9))
            row = np.repeat(np.arange(len(some)), [len(group) for group in groups])
            near = np.fromiter(chain.from_iterable(groups), dtype=np.int64, count=len(row))
            apart = self.steps[near] - self.steps[some[row]]
            far = (apart * apart).sum(axis=1)
            kept = np.flatnonzero(far <= reach * reach)
            key = np.where(near == some[row], -1, near)
            order = kept[np.lexsort((key[kept], far[kept], row[kept]))]
            counts.append(np.bincount(row[kept], minlength=len(some)))
            members.append(near[order])
        lengths = np.concatenate(counts)
        return Neighbours(np.cumsum(lengths) - lengths, lengths, np.concatenate(members))

    def _sorted(self, bits: NDArray[np.int64], near: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Sort bits by their squared distance, then by number; each bit is first among those at its own place."""
        apart = self.steps[near] - self.steps[bits][:, None, :]
        far = (apart * apart).sum(axis=2)
        key = np.where(near == bits[:, None], -1, near)
        order = np.lexsort((key, far), axis=1)
        return np.take_along_axis(near, order, axis=1), np.take_along_axis(far, order, axis=1)
