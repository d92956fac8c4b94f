"""What the upsets of a campaign did, counted, with intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from radtest.analysis import proportion
from radtest.core.errors import ConfigurationError, RecordError
from radtest.core.estimate import Estimate
from radtest.core.injection import Target
from radtest.core.outcome import Outcome
from radtest.inject.design_shares import DesignShares, ShareEstimator
from radtest.inject.iso26262 import FaultClass, outcomes_of
from radtest.inject.outcome_columns import OUTCOME_ORDER, outcome_columns
from radtest.inject.sampling_design import read_sampling_design
from radtest.log import Record

__all__ = [
    "VULNERABLE",
    "InjectionSummary",
    "IntervalMethod",
    "OutcomeRow",
    "invalid_reasons",
    "summarise",
]

IntervalMethod = Literal["clopper-pearson", "wilson"]

VULNERABLE = (Outcome.DETECTED, Outcome.SDC, Outcome.HANG)
"""The outcomes that somebody outside the design sees as an error: detected unrecoverable, silent, or a hang."""


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """The outcomes of the upsets in one part of the design.

    Parameters
    ----------
    name : str
        The module, the register, the kind of storage or the fault model.
    bits : int
        Bits of the registers and memories in it that were hit at least once.
    counts : dict
        Number of upsets of each outcome.
    confidence : float
        Confidence level of the intervals of its shares, each on its own.
    method : {"clopper-pearson", "wilson"}
        Exact interval, or score interval.
    module, kind, src : str
        Of a register or memory: its module, kind of storage and place of declaration; otherwise empty.
    estimator : ShareEstimator, optional
        Estimates a share as the sampling design of the campaign calls for; without it the interval is that of a simple
        sample.
    """

    name: str
    bits: int
    counts: dict[Outcome, int]
    confidence: float = 0.95
    method: IntervalMethod = "clopper-pearson"
    module: str = ""
    kind: str = ""
    src: str = ""
    estimator: ShareEstimator | None = field(default=None, repr=False, compare=False)

    @property
    def upsets(self) -> int:
        """Number of upsets, invalid ones included."""
        return sum(self.counts.values())

    @property
    def valid(self) -> int:
        """Number of upsets that were shown to have been injected."""
        return self.upsets - self.counts[Outcome.INVALID]

    @property
    def interval(self) -> str:
        """What intervals its shares have: `method`, unless the sampling design calls for another."""
        return self.method if self.estimator is None else self.estimator.name

    def count(self, *outcomes: Outcome) -> int:
        """Return how many upsets had one of these outcomes."""
        return sum(self.counts[outcome] for outcome in set(outcomes))

    def share(self, *outcomes: Outcome) -> Estimate:
        """Estimate the probability that a valid upset has one of these outcomes.

        Returns
        -------
        Estimate
            Undefined (NaN), from 0 to 1, where no valid upset fell.

        Raises
        ------
        ConfigurationError
            If `invalid` is among the outcomes: what was not injected has no probability.
        """
        if Outcome.INVALID in outcomes:
            raise ConfigurationError(
                "an invalid upset was not shown to have been injected, so it has no share",
                remedy="ask for the other outcomes; `counts` tells how many were invalid.",
            )
        if self.estimator is not None:
            return self.estimator.estimate(outcomes)
        return _share(self.count(*outcomes), self.valid, self.confidence, self.method)

    @property
    def probabilities(self) -> dict[Outcome, Estimate]:
        """For each outcome but `invalid`: its probability, given a valid upset."""
        return {outcome: self.share(outcome) for outcome in OUTCOME_ORDER if outcome is not Outcome.INVALID}

    @property
    def sdc(self) -> Estimate:
        """Probability that a valid upset becomes silent data corruption."""
        return self.share(Outcome.SDC)

    @property
    def vulnerable(self) -> Estimate:
        """Probability that a valid upset ends in an error that can be seen from outside: detected, sdc or hang.

        Notes
        -----
        Estimates, for this workload and the declared outputs, the architectural vulnerability factor of the part: the
        probability that a fault in it becomes a visible error [1]_. What is masked or corrected does not count. What is
        latent does not either, since it has shown itself nowhere by the end of the test; a longer workload may be hurt
        by it, so that its factor may be as large as the share of `VULNERABLE` and `latent` together.

        References
        ----------
        .. [1] S. S. Mukherjee et al., A systematic methodology to compute the architectural vulnerability factors for
           a high-performance microprocessor, MICRO-36, 2003.
        """
        return self.share(*VULNERABLE)

    @property
    def fault_class_counts(self) -> dict[FaultClass, int]:
        """Number of upsets of each class of ISO 26262."""
        return {word: self.count(*outcomes_of(word)) for word in FaultClass}

    @property
    def fault_classes(self) -> dict[FaultClass, Estimate]:
        """The same in the words of ISO 26262: the probability of each class, given a valid upset."""
        return {word: self.share(*outcomes_of(word)) for word in FaultClass}


@dataclass(frozen=True, slots=True)
class InjectionSummary:
    """The outcomes of a campaign.

    Parameters
    ----------
    total : OutcomeRow
        All upsets.
    modules, registers, kinds, models : tuple of OutcomeRow
        The same by module, by register or memory, by kind of storage, and by fault model; most upsets first. An upset
        of several bits counts where its first bit is.
    """

    total: OutcomeRow
    modules: tuple[OutcomeRow, ...]
    registers: tuple[OutcomeRow, ...]
    kinds: tuple[OutcomeRow, ...]
    models: tuple[OutcomeRow, ...] = ()

    @property
    def probabilities(self) -> dict[Outcome, Estimate]:
        """For each outcome but `invalid`: its probability, given a valid upset."""
        return self.total.probabilities

    def most_vulnerable(self, count: int | None = None) -> tuple[OutcomeRow, ...]:
        """Return the registers with a visible error, by the lower limit of their vulnerable share, the highest first.

        The limit and not the share itself: one error in one upset makes a share of 1, and says next to nothing.
        """
        seen = [row for row in self.registers if row.count(*VULNERABLE)]
        seen.sort(key=lambda row: (-row.vulnerable.low, -row.count(*VULNERABLE), row.name))
        return tuple(seen[:count])


def summarise(
    record: Record, confidence: float = 0.95, *, method: IntervalMethod = "clopper-pearson"
) -> InjectionSummary:
    """Count the outcomes of a campaign.

    Parameters
    ----------
    record : Record
        A sealed injection campaign. It is read as a stream: memory grows with the targets, not with the upsets.
    confidence : float
        Confidence level of the intervals.
    method : {"clopper-pearson", "wilson"}
        Exact interval, or score interval.

    Raises
    ------
    RecordError
        If the record holds no upsets, or is damaged.
    ConfigurationError
        If confidence or method are not legal.
    """
    if method not in get_args(IntervalMethod):
        raise ConfigurationError(
            f"method of the intervals: got {method!r}", remedy=f"use one of {', '.join(get_args(IntervalMethod))}."
        )
    if not 0 < confidence < 1:
        raise ConfigurationError(
            f"confidence: got {confidence!r}", remedy="give a level between 0 and 1, such as 0.95."
        )
    targets = record.target_list()
    by_target, by_model = _count(record, len(targets))
    hit = np.flatnonzero(by_target.sum(axis=1))
    bits_of = np.array([target.bits for target in targets], dtype=np.int64)
    design = read_sampling_design(record)
    shares = None if design is None else DesignShares(record, design, by_target, bits_of, confidence, method)

    def row(
        name: str,
        counts: NDArray[np.int64],
        bits: int,
        place: Target | None = None,
        estimator: ShareEstimator | None = None,
    ) -> OutcomeRow:
        by_outcome = dict(zip(OUTCOME_ORDER, counts.tolist(), strict=True))
        declared = (place.module, place.kind.value, place.src) if place else ("", "", "")
        return OutcomeRow(name, bits, by_outcome, confidence, method, *declared, estimator)

    def by(name_of: Callable[[Target], str], *, registers: bool = False) -> tuple[OutcomeRow, ...]:
        parts: dict[str, list[int]] = {}
        for index, target in enumerate(targets):
            parts.setdefault(name_of(target), []).append(index)
        was_hit = by_target.sum(axis=1) > 0
        rows = []
        for name, members in parts.items():
            seen = [index for index in members if was_hit[index]]
            if seen:
                place = targets[seen[0]] if registers else None
                estimator = None if shares is None else shares.part(members)
                rows.append(row(name, by_target[seen].sum(axis=0), int(bits_of[seen].sum()), place, estimator))
        return _sorted(rows)

    bits = int(bits_of[hit].sum())
    return InjectionSummary(
        total=row("all", by_target.sum(axis=0), bits, estimator=None if shares is None else shares.whole()),
        modules=by(lambda target: target.module),
        registers=by(lambda target: target.name, registers=True),
        kinds=by(lambda target: target.kind.value),
        models=_sorted(row(model, counts, bits) for model, counts in by_model.items()),
    )


def invalid_reasons(record: Record) -> dict[str, int]:
    """Return why upsets were invalid, and how many for each reason, the most frequent first.

    Raises
    ------
    RecordError
        If the record is damaged.
    """
    reasons: Counter[str] = Counter()
    place = OUTCOME_ORDER.index(Outcome.INVALID)
    for block in outcome_columns(record, ("detail",), rows=8192):
        reasons.update(block["detail"][block["outcome"] == place].tolist())
    return dict(reasons.most_common())


def _count(record: Record, targets: int) -> tuple[NDArray[np.int64], dict[str, NDArray[np.int64]]]:
    """Return the number of upsets by target and outcome, and by model and outcome."""
    outcomes = len(OUTCOME_ORDER)
    by_target = np.zeros(targets * outcomes, dtype=np.int64)
    by_model: dict[str, NDArray[np.int64]] = {}
    for block in outcome_columns(record, ("target", "model")):
        by_target += np.bincount(block["target"] * outcomes + block["outcome"], minlength=len(by_target))
        for model in np.unique(block["model"]).tolist():
            counts = np.bincount(block["outcome"][block["model"] == model], minlength=outcomes)
            by_model[model] = by_model.get(model, 0) + counts
    if not by_model:
        raise RecordError(
            f"{record.path}: holds no upsets", remedy="give the record of an injection campaign ('radtest inject')."
        )
    return by_target.reshape(targets, outcomes), by_model


def _sorted(rows: Iterable[OutcomeRow]) -> tuple[OutcomeRow, ...]:
    return tuple(sorted(rows, key=lambda row: (-row.upsets, row.name)))


@lru_cache(maxsize=65_536)
def _share(count: int, valid: int, confidence: float, method: IntervalMethod) -> Estimate:
    # The registers of a campaign are many and their counts few and small, so that most are asked for again.
    if not valid:
        return Estimate(float("nan"), 0.0, 1.0, confidence)
    return proportion(count, valid, confidence, method=method)
