"""The logs of all parts, read backwards: from them the outcome of every upset."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radtest.inject.exhaustive.engine import LIBRARY, load_engine
from radtest.inject.exhaustive.watching import NOBODY
from radtest.inject.exhaustive.workload import Workload

__all__ = ["resolve"]

_LATENT = 1
_CELLS = 1 << 24
"""Cells of the map that are held at the same time."""

Block = tuple[int, NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int32]]


def resolve(workload: Workload, slots: Sequence[int], chosen: NDArray[np.int32], cycles: range) -> Iterator[Block]:
    """Yield the outcomes of blocks of cycles, the last ones first.

    Parameters
    ----------
    workload : Workload
        Whose folder holds a log and its offsets for each part.
    slots : sequence of int
        How many machines each part has followed at the same time, at most.
    chosen : ndarray
        The rows that are wanted.
    cycles : range
        The cycles that are wanted.

    Yields
    ------
    tuple
        First cycle of the block; outcomes, observers and latencies, shape (rows, cycles).
    """
    folder: Path = workload.folder
    engine = load_engine(folder / LIBRARY)
    first, limit = workload.times["first"], workload.times["limit"]
    parts = range(len(slots))
    offsets = [workload.array(f"offsets_{part}") for part in parts]
    row = np.full(workload.shapes.scalars["rows"] or 1, _LATENT << 56 | NOBODY << 48, np.uint64)
    slot = [np.zeros(max(1, count), np.uint64) for count in slots]
    longest = [int(np.diff(offset).max(initial=0)) // 2 + 1 for offset in offsets]
    result = [np.zeros(count, np.uint64) for count in longest]
    width = max(16, min(4096, _CELLS // max(1, len(chosen))))
    for high in range(limit + 1, first, -width):
        low = max(first, high - width)
        part_offsets = [np.array(offset[low - first : high - first + 1]) for offset in offsets]
        events = [_events(folder / f"log_{part}", part_offsets[part]) for part in parts]
        wanted = range(max(low, cycles.start), min(high, cycles.stop))
        shape = (len(chosen), high - low) if wanted else (0, 0)
        outcome, observer, latency = np.empty(shape, np.uint8), np.empty(shape, np.uint8), np.empty(shape, np.int32)
        engine.radtest_resolve(
            len(slots),
            _pointers(events),
            _pointers(part_offsets),
            low,
            high,
            limit,
            row.ctypes.data,
            _pointers(slot),
            _pointers(result),
            chosen.ctypes.data,
            len(chosen) if wanted else 0,
            high - low,
            outcome.ctypes.data if wanted else None,
            observer.ctypes.data,
            latency.ctypes.data,
            int(not workload.shapes.scalars["rest"]),
            workload.times["end"],
        )
        if wanted:
            columns = slice(wanted.start - low, wanted.stop - low)
            yield wanted.start, outcome[:, columns], observer[:, columns], latency[:, columns]


def _events(log: Path, offsets: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Return what a log says of some cycles; it is not mapped to memory, where all that was read would stay."""
    count = int(offsets[-1] - offsets[0])
    if not count:
        return np.zeros(1, np.uint32)
    return np.fromfile(log, np.uint32, count, offset=int(offsets[0]) * np.dtype(np.uint32).itemsize)


def _pointers(arrays: Sequence[NDArray[np.generic]]) -> ctypes.Array[ctypes.c_void_p]:
    return (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))
