"""Where ``radtest fit`` takes its counts from: tables, and sealed runs whose bits a map of the memory makes events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from radtest.analysis import AdjacencyMap
    from radtest.core import CrossSectionPoint, Effect
    from radtest.log import Record

__all__ = ["FitSource", "is_sealed", "read_source"]

PLACED = 3


@dataclass(frozen=True, slots=True)
class FitSource:
    """Points of a file, where in the fluence the events of a sealed run came, and what a reader has to know."""

    points: list[CrossSectionPoint]
    event_fluence_cm2: list[float] | None = None
    notes: tuple[str, ...] = ()


def is_sealed(path: Path) -> bool:
    """Return whether a file is a sealed run, by its name."""
    return path.suffix.lower() in {".h5", ".hdf5", ".nxs"}


def read_source(
    path: Path, effect: Effect, layout_of: Callable[[Path, int | None], AdjacencyMap] | None, distance: int
) -> FitSource:
    """Read a table, or a sealed run; with a map of the memory the upsets of a run become events."""
    from radtest.analysis import read_points

    if not is_sealed(path):
        return FitSource(read_points(path))
    from radtest.log import cross_section_point, open_record

    with open_record(path) as record:
        point = cross_section_point(record, effect)
        if effect.value != "seu":
            return FitSource([point])
        if layout_of is not None:
            return _joined(record, point, layout_of(path, point.bits), distance)
        return FitSource([point], notes=_suspicion(record, point))


def _joined(record: Record, point: CrossSectionPoint, layout: AdjacencyMap, distance: int) -> FitSource:
    import numpy as np

    from radtest.analysis import cluster_upsets

    upsets = record.events[record.events["kind"] == "seu"]
    placed = upsets["known"] & PLACED == PLACED
    inside, outside = upsets[placed], upsets[~placed]
    found = cluster_upsets(inside["time_ns"], inside["address"], inside["bit"], layout, distance=distance)
    parts = dict(found.multiplicities)
    if len(outside):
        parts[1] = parts.get(1, 0) + len(outside)
    _, first = np.unique(found.labels, return_index=True)
    fluences = np.concatenate([inside["fluence_cm2"][first], outside["fluence_cm2"]])
    notes = []
    if len(outside):
        notes.append(f"{record.path.name}: {len(outside)} upsets without address or bit count as events of one bit.")
    several = sum(count for size, count in parts.items() if size > 1)
    if several and found.accidental_pairs > 0.1 * several:
        notes.append(
            f"{record.path.name}: of {several} events of several bits {found.accidental_pairs:.2g} are expected by "
            "accident: scans are too rare for the flux."
        )
    counted = replace(point, count=sum(parts.values()), multiplicities=tuple(sorted(parts.items())))
    return FitSource([counted], fluences.tolist(), tuple(notes))


def _suspicion(record: Record, point: CrossSectionPoint) -> tuple[str, ...]:
    from radtest.analysis.recurring_upsets import recurring_pairs

    upsets = record.events[record.events["kind"] == "seu"]
    upsets = upsets[upsets["known"] & PLACED == PLACED]
    pairs = recurring_pairs(upsets["time_ns"], upsets["address"], upsets["bit"], cells=point.bits)
    if not pairs:
        return ()
    return (
        f"{record.path.name}: {pairs} pairs of upset bits of one scan lie at distances that recur: they look like "
        "events of several bits, counted bit by bit. P-values are then too small and intervals too narrow; give the "
        "map of the memory (--layout).",
    )
