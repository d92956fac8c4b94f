"""Shares of outcomes as the sampling design of a campaign calls for."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radtest.analysis import DeclaredLooks, proportion, stratified_proportion
from radtest.core.estimate import Estimate
from radtest.core.outcome import Outcome
from radtest.inject.looks import free_estimate, look_estimate
from radtest.inject.outcome_columns import OUTCOME_ORDER, outcome_columns
from radtest.inject.sampling_design import SamplingDesign
from radtest.log import Record

__all__ = ["DesignShares", "ShareEstimator", "counts_at_looks", "counts_by_stratum"]


@dataclass(frozen=True, slots=True)
class ShareEstimator:
    """Estimates the probability that a valid upset has one of some outcomes.

    Parameters
    ----------
    name : str
        What interval it gives, in a few words.
    estimate : callable
        Takes the outcomes.
    """

    name: str
    estimate: Callable[[Sequence[Outcome]], Estimate]


_INVALID = OUTCOME_ORDER.index(Outcome.INVALID)
Counts = NDArray[np.int64]


class DesignShares:
    """Makes the estimators of a campaign whose upsets are no simple sample of a vast population.

    Parameters
    ----------
    record : Record
        The record of the campaign.
    design : SamplingDesign
        How it drew its upsets.
    by_target : ndarray, shape (targets, 7)
        Upsets of each target by outcome, in the order of `OUTCOME_ORDER`.
    bits : ndarray, shape (targets,)
        Bits of each target.
    confidence : float
        Confidence level of the intervals.
    method : str
        Interval of a simple sample: ``clopper-pearson`` or ``wilson``.

    Notes
    -----
    - A number from a margin or a width is that for a finite population, and so is the interval of the whole.
    - Strata: the interval of `stratified_proportion`. An invalid upset stands for a bit that could not be hit, which
      lowers the weight of its stratum. A stratum in which no upset fell may be all or nothing.
    - Looks: that of `radtest.inject.looks`, at the last look passed; parts of the design have their intervals at
      Pocock's level, which covers at all looks together.
    """

    def __init__(
        self,
        record: Record,
        design: SamplingDesign,
        by_target: Counts,
        bits: NDArray[np.int64],
        confidence: float,
        method: str,
    ) -> None:
        self._design = design
        self._by_target = by_target
        self._confidence = confidence
        self._method = method
        self._at_looks = counts_at_looks(record, design) if design.looks else []
        self._stratum_of = design.stratum_of(len(by_target))
        sigma = np.array([1.0 if s.sigma is None else s.sigma.value for s in design.strata] or [1.0])
        self._weights = bits * np.where(self._stratum_of >= 0, sigma[self._stratum_of], 0.0)

    def whole(self) -> ShareEstimator | None:
        """Return the estimator for all upsets; None where that of a simple sample is right."""
        if self._design.strata:
            return self._stratified(np.arange(len(self._by_target)))
        if self._at_looks:
            return ShareEstimator("declared looks", self._at_last_look)
        if self._design.size_key in {"margin", "width"}:
            return ShareEstimator(f"{self._method}, finite population", self._of_population)
        return None

    def part(self, members: Sequence[int]) -> ShareEstimator | None:
        """Return the estimator for some targets; None where that of a simple sample is right."""
        places = np.asarray(members)
        if self._design.strata:
            one = len(np.unique(self._stratum_of[places])) == 1
            return None if one else self._stratified(places)
        if self._at_looks:
            level = DeclaredLooks(self._design.looks, self._confidence).look_confidence
            counts = self._by_target[places].sum(axis=0)
            return ShareEstimator(
                f"{self._method}, at all looks", lambda outcomes: self._simple(counts, outcomes, level)
            )
        return None

    def _stratified(self, places: NDArray[np.int64]) -> ShareEstimator:
        of_stratum = self._stratum_of[places]
        taking_part = places[of_stratum >= 0]
        strata = np.unique(of_stratum[of_stratum >= 0])
        rows = np.searchsorted(strata, self._stratum_of[taking_part])
        counts = np.zeros((len(strata), len(OUTCOME_ORDER)), dtype=np.int64)
        np.add.at(counts, rows, self._by_target[taking_part])
        weights = np.bincount(rows, self._weights[taking_part], minlength=len(strata)).astype(np.float64)
        return ShareEstimator(
            "stratified score", lambda outcomes: _stratified_share(weights, counts, outcomes, self._confidence)
        )

    def _at_last_look(self, outcomes: Sequence[Outcome]) -> Estimate:
        design = self._design
        decides = set(outcomes) == {design.stop_outcome} and self._confidence == design.confidence
        if decides:
            estimate = look_estimate(design, self._at_looks)
        else:
            estimate = free_estimate(design, self._at_looks, outcomes, self._confidence)
        return _unknown(self._confidence) if estimate is None else estimate

    def _of_population(self, outcomes: Sequence[Outcome]) -> Estimate:
        counts = self._by_target.sum(axis=0)
        valid = int(counts.sum() - counts[_INVALID])
        # Of the population, too, only those count that could be injected.
        population = max(valid, round(self._design.population * valid / int(counts.sum())))
        return self._simple(counts, outcomes, self._confidence, population)

    def _simple(
        self, counts: Counts, outcomes: Sequence[Outcome], level: float, population: int | None = None
    ) -> Estimate:
        valid = int(counts.sum() - counts[_INVALID])
        if not valid:
            return _unknown(self._confidence)
        share = int(counts[_places(outcomes)].sum())
        estimate = proportion(share, valid, level, method=self._method, population=population)
        return dataclasses.replace(estimate, confidence=self._confidence)


def counts_at_looks(record: Record, design: SamplingDesign) -> list[Counts]:
    """Return the upsets by outcome up to each look that the campaign has passed."""
    looks = np.array(design.looks)
    outcomes = len(OUTCOME_ORDER)
    counts = np.zeros((len(looks) + 1) * outcomes, dtype=np.int64)
    for block in outcome_columns(record, ("upset",)):
        stretch = np.searchsorted(looks, block["upset"], side="right")
        counts += np.bincount(stretch * outcomes + block["outcome"], minlength=len(counts))
    up_to = counts.reshape(-1, outcomes)[:-1].cumsum(axis=0)
    return [up_to[place] for place in range(len(looks)) if up_to[place].sum() == looks[place]]


def counts_by_stratum(design: SamplingDesign, by_target: Counts) -> Counts:
    """Return the upsets of each stratum by outcome."""
    return np.array([by_target[list(stratum.targets)].sum(axis=0) for stratum in design.strata])


def _stratified_share(
    weights: NDArray[np.float64], counts: Counts, outcomes: Sequence[Outcome], confidence: float
) -> Estimate:
    upsets = counts.sum(axis=1)
    valid = upsets - counts[:, _INVALID]
    known = valid > 0
    if not known.any():
        return _unknown(confidence)
    injectable = weights[known] * valid[known] / upsets[known]
    share = stratified_proportion(injectable, counts[:, _places(outcomes)].sum(axis=1)[known], valid[known], confidence)
    never_hit = float(weights[upsets == 0].sum())
    never_hit /= never_hit + float(injectable.sum())
    return Estimate(share.value, share.low * (1.0 - never_hit), share.high * (1.0 - never_hit) + never_hit, confidence)


def _places(outcomes: Sequence[Outcome]) -> list[int]:
    return [OUTCOME_ORDER.index(outcome) for outcome in dict.fromkeys(outcomes)]


def _unknown(confidence: float) -> Estimate:
    return Estimate(math.nan, 0.0, 1.0, confidence)
