"""When a design is vulnerable, and how long it takes for an error to be seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from radtest.core.errors import ConfigurationError, RecordError
from radtest.core.outcome import Outcome
from radtest.inject.outcome_columns import OUTCOME_ORDER, outcome_columns
from radtest.inject.summary import IntervalMethod, OutcomeRow
from radtest.log import Record

__all__ = ["OBSERVED", "CycleBin", "latencies", "outcomes_over_time"]

OBSERVED = (Outcome.CORRECTED, Outcome.DETECTED, Outcome.SDC)
"""The outcomes whose latency says when somebody saw something; that of a hang is the length of the timeout."""

EqualBins = Literal["width", "upsets"]


@dataclass(frozen=True, slots=True)
class CycleBin:
    """The outcomes of the upsets of a stretch of clock cycles.

    Parameters
    ----------
    first_cycle, last_cycle : int
        The stretch, both ends included.
    row : OutcomeRow
        What its upsets did; none may have fallen here. Their bits are not counted.
    """

    first_cycle: int
    last_cycle: int
    row: OutcomeRow

    @property
    def cycles(self) -> int:
        """Number of clock cycles."""
        return self.last_cycle - self.first_cycle + 1


def outcomes_over_time(
    record: Record,
    bins: int = 20,
    *,
    equal: EqualBins = "width",
    confidence: float = 0.95,
    method: IntervalMethod = "wilson",
) -> tuple[CycleBin, ...]:
    """Count outcomes by the clock cycle in which the upset fell.

    Parameters
    ----------
    record : Record
        A sealed injection campaign.
    bins : int
        Number of stretches; there are fewer where there are fewer cycles.
    equal : {"width", "upsets"}
        Stretches of equally many cycles, or of about equally many upsets: a cycle is never parted.
    confidence : float
        Confidence level of the intervals.
    method : {"clopper-pearson", "wilson"}
        Interval of the shares. Wilson's is right on average, which suits points that are read together.

    Returns
    -------
    tuple of CycleBin
        Stretches that follow one another without a gap from the first cycle hit to the last, empty ones included.

    Raises
    ------
    ConfigurationError
        If there is not at least one stretch, or they are to be equal in something else.
    RecordError
        If the record holds no upsets, or is damaged.
    """
    if bins < 1 or equal not in get_args(EqualBins):
        raise ConfigurationError(
            f"{bins} bins of equal {equal!r}",
            remedy=f"give 1 bin or more, equal in {' or '.join(get_args(EqualBins))}.",
        )
    cycles, places = [], []
    for block in outcome_columns(record, ("cycle",)):
        cycles.append(block["cycle"])
        places.append(block["outcome"].astype(np.uint8))
    if not cycles:
        raise RecordError(
            f"{record.path}: holds no upsets", remedy="give the record of an injection campaign ('radtest inject')."
        )
    cycle = np.concatenate(cycles)
    edges = _even_edges(cycle, bins) if equal == "width" else _quantile_edges(cycle, bins)
    stretch = np.searchsorted(edges, cycle, side="right") - 1
    counts = np.bincount(
        stretch * len(OUTCOME_ORDER) + np.concatenate(places), minlength=(len(edges) - 1) * len(OUTCOME_ORDER)
    ).reshape(-1, len(OUTCOME_ORDER))
    return tuple(
        CycleBin(
            first,
            after - 1,
            OutcomeRow(
                name=f"{first} … {after - 1}",
                bits=0,
                counts=dict(zip(OUTCOME_ORDER, row, strict=True)),
                confidence=confidence,
                method=method,
            ),
        )
        for first, after, row in zip(edges[:-1].tolist(), edges[1:].tolist(), counts.tolist(), strict=True)
    )


def _even_edges(cycle: NDArray[np.int64], bins: int) -> NDArray[np.int64]:
    first, after = int(cycle.min()), int(cycle.max()) + 1
    bins = min(bins, after - first)
    return np.array([first + (after - first) * n // bins for n in range(bins + 1)])


def _quantile_edges(cycle: NDArray[np.int64], bins: int) -> NDArray[np.int64]:
    in_order = np.sort(cycle)
    starts = in_order[np.arange(bins) * len(in_order) // bins]
    return np.append(np.unique(starts), in_order[-1] + 1)


def latencies(record: Record, by: Literal["outcome", "observer"] = "outcome") -> dict[str, NDArray[np.int64]]:
    """Return after how many clock cycles upsets were seen.

    Parameters
    ----------
    record : Record
        A sealed injection campaign.
    by : {"outcome", "observer"}
        Whether upsets belong together that had the same outcome, or that the same output or alarm saw first.

    Returns
    -------
    dict of str to ndarray
        Latencies of each outcome or observer in growing order, the most frequent first. Of the upsets with one of the
        outcomes `OBSERVED`; a hang has no latency but its timeout.

    Raises
    ------
    ConfigurationError
        If they are to be parted by something else.
    RecordError
        If the record is damaged.
    """
    if by not in {"outcome", "observer"}:
        raise ConfigurationError(f"latencies by {by!r}", remedy="use outcome or observer.")
    observed = [OUTCOME_ORDER.index(outcome) for outcome in OBSERVED]
    parts: dict[str, list[NDArray[np.int64]]] = {}
    columns = ("latency_cycles", "observer") if by == "observer" else ("latency_cycles",)
    for block in outcome_columns(record, columns, rows=8192):
        seen = np.isin(block["outcome"], observed) & (block["latency_cycles"] >= 0)
        latency, label = block["latency_cycles"][seen], block[by][seen]
        for value in np.unique(label).tolist():
            name = OUTCOME_ORDER[value].value if by == "outcome" else str(value)
            parts.setdefault(name, []).append(latency[label == value])
    joined = {name: np.sort(np.concatenate(pieces)) for name, pieces in parts.items()}
    return dict(sorted(joined.items(), key=lambda part: (-len(part[1]), part[0])))
