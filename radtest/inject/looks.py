"""Campaigns with looks: when they stop, and what their interval is then.

A look is at so many upsets of the list; what counts are the valid ones among them. Which upsets are invalid says
nothing about the outcomes of the others, so that the numbers of valid upsets take the place of the declared ones.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from radtest.analysis import DeclaredLooks
from radtest.core.estimate import Estimate
from radtest.core.outcome import Outcome
from radtest.inject.outcome_columns import OUTCOME_ORDER
from radtest.inject.sampling_design import SamplingDesign

__all__ = ["free_estimate", "look_estimate", "stops_at_look"]

_LEAST_GROWTH = 1.001
_INVALID = OUTCOME_ORDER.index(Outcome.INVALID)


def stops_at_look(design: SamplingDesign, counts: Sequence[NDArray[np.int64]]) -> bool:
    """Tell whether a campaign ends at a look.

    Parameters
    ----------
    design : SamplingDesign
        A design with looks.
    counts : sequence of ndarray, shape (7,)
        Upsets by outcome, in the order of `OUTCOME_ORDER`, up to each of the looks passed so far.
    """
    if len(counts) == len(design.looks):
        return True
    estimate = look_estimate(design, counts)
    return estimate is not None and estimate.high - estimate.low <= (design.stop_width or 0.0)


def look_estimate(design: SamplingDesign, counts: Sequence[NDArray[np.int64]]) -> Estimate | None:
    """Estimate the share of the outcome that decides, at the last of the looks passed.

    Returns
    -------
    Estimate or None
        The interval of the design, which covers as stated though the campaign stops when it is narrow enough
        (`DeclaredLooks`); None where no upset is valid.
    """
    looks = _declared(design, counts, design.confidence, (design.stop_width or 0.0) / 2.0)
    if looks is None:
        return None
    share = counts[-1][OUTCOME_ORDER.index(design.stop_outcome)]
    return looks.estimate(int(share), _valid(counts[-1]))


def free_estimate(
    design: SamplingDesign, counts: Sequence[NDArray[np.int64]], outcomes: Sequence[Outcome], confidence: float
) -> Estimate | None:
    """Estimate any share at the last of the looks passed.

    Returns
    -------
    Estimate or None
        Pocock's interval, which covers as stated wherever and why ever the campaign stopped: another outcome, or
        another confidence, may have decided that. None where no upset is valid.
    """
    looks = _declared(design, counts, confidence, None)
    if looks is None:
        return None
    share = sum(int(counts[-1][OUTCOME_ORDER.index(outcome)]) for outcome in set(outcomes))
    return looks.estimate(share, _valid(counts[-1]))


def _declared(
    design: SamplingDesign, counts: Sequence[NDArray[np.int64]], confidence: float, half_width: float | None
) -> DeclaredLooks | None:
    """Return the looks in valid upsets: those passed as they were, later ones as if all upsets were valid."""
    sizes: list[int] = []
    for count in counts:
        valid = _valid(count)
        if sizes and valid < sizes[-1] * _LEAST_GROWTH:
            # Hardly a look of its own: what it saw is what the one before saw.
            sizes.pop()
        if valid:
            sizes.append(valid)
    if not sizes:
        return None
    last = sizes[-1]
    for look in design.looks[len(counts) :]:
        size = last + look - design.looks[len(counts) - 1]
        if size >= sizes[-1] * _LEAST_GROWTH:
            sizes.append(size)
    return DeclaredLooks(tuple(sizes), confidence, half_width)


def _valid(counts: NDArray[np.int64]) -> int:
    return int(counts.sum() - counts[_INVALID])
