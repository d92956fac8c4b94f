"""What the upsets of a campaign did, counted, with intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radtest.analysis import proportion
from radtest.core.errors import RecordError
from radtest.core.estimate import Estimate
from radtest.core.injection import Target
from radtest.core.outcome import Outcome
from radtest.log import Record

__all__ = ["InjectionSummary", "OutcomeRow", "summarise"]


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """The outcomes of the upsets in one part of the design.

    Parameters
    ----------
    name : str
        The module, the register or the kind of storage.
    bits : int
        Bits of the registers and memories in it that were hit at least once.
    counts : dict
        Number of upsets of each outcome.
    sdc : Estimate
        Probability that a valid upset becomes silent data corruption (Clopper–Pearson); from 0 to 1 where no valid
        upset fell.
    """

    name: str
    bits: int
    counts: dict[Outcome, int]
    sdc: Estimate

    @property
    def upsets(self) -> int:
        """Number of upsets, invalid ones included."""
        return sum(self.counts.values())

    @property
    def valid(self) -> int:
        """Number of upsets that were shown to have been injected."""
        return self.upsets - self.counts[Outcome.INVALID]


@dataclass(frozen=True, slots=True)
class InjectionSummary:
    """The outcomes of a campaign.

    Parameters
    ----------
    total : OutcomeRow
        All upsets.
    probabilities : dict
        For each outcome but `invalid`: its probability, given a valid upset (Clopper–Pearson).
    modules, registers, kinds : tuple of OutcomeRow
        The same by module, by register or memory, and by kind of storage, most upsets first.
    """

    total: OutcomeRow
    probabilities: dict[Outcome, Estimate]
    modules: tuple[OutcomeRow, ...]
    registers: tuple[OutcomeRow, ...]
    kinds: tuple[OutcomeRow, ...]


def summarise(record: Record, confidence: float = 0.95) -> InjectionSummary:
    """Count the outcomes of a campaign.

    Parameters
    ----------
    record : Record
        A sealed injection campaign.
    confidence : float
        Confidence level of the intervals.

    Raises
    ------
    RecordError
        If the record holds no upsets.
    """
    rows = record.outcomes
    if not len(rows):
        raise RecordError(
            f"{record.path}: holds no upsets", remedy="give the record of an injection campaign ('radtest inject')."
        )
    targets = record.target_list()
    hit = rows["target"].astype(np.int64)
    outcomes = rows["outcome"].astype(str)
    everywhere = np.ones(len(rows), dtype=bool)

    def row(name: str, members: set[int], chosen: NDArray[np.bool_]) -> OutcomeRow:
        counts = {outcome: int(np.count_nonzero(outcomes[chosen] == outcome.value)) for outcome in Outcome}
        valid = sum(counts.values()) - counts[Outcome.INVALID]
        sdc = proportion(counts[Outcome.SDC], valid, confidence) if valid else Estimate(0.0, 0.0, 1.0, confidence)
        return OutcomeRow(name, sum(targets[i].bits for i in members), counts, sdc)

    def by(name_of: Callable[[Target], str]) -> tuple[OutcomeRow, ...]:
        groups: dict[str, set[int]] = {}
        for index in sorted(set(hit.tolist())):
            groups.setdefault(name_of(targets[index]), set()).add(index)
        parts = [row(name, members, np.isin(hit, list(members))) for name, members in groups.items()]
        return tuple(sorted(parts, key=lambda part: (-part.upsets, part.name)))

    total = row("all", set(hit.tolist()), everywhere)
    probabilities: dict[Outcome, Estimate] = {
        outcome: proportion(total.counts[outcome], total.valid, confidence)
        for outcome in Outcome
        if outcome is not Outcome.INVALID and total.valid
    }
    return InjectionSummary(
        total=total,
        probabilities=probabilities,
        modules=by(lambda target: target.module),
        registers=by(lambda target: target.name),
        kinds=by(lambda target: target.kind.value),
    )
