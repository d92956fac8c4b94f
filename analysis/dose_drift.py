"""Whether the rate of events per fluence changed within a run, as dose or heating would make it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import chdtri, ndtr

from radtest.core.errors import ConfigurationError
from radtest.core.estimate import Estimate

__all__ = ["DoseDrift", "dose_drift"]

_EXACT_TO = 15
_STEEPEST = 60.0


@dataclass(frozen=True, slots=True)
class DoseDrift:
    """What the fluences of the events of a run say of a trend.

    Parameters
    ----------
    events : int
        Events in the run.
    laplace : float
        Laplace's statistic: standard deviations by which the mean fluence of the events lies beyond the middle.
    p_value : float
        Two-sided probability of a larger one were the rate constant; exact to 15 events.
    change : Estimate
        Cross section at the end of the run over that at its start, were its logarithm to change evenly, with
        likelihood interval.
    """

    events: int
    laplace: float
    p_value: float
    change: Estimate


def dose_drift(
    event_fluence_cm2: ArrayLike, run_fluence_cm2: float, *, scan_fluence_cm2: float = 0.0, confidence: float = 0.95
) -> DoseDrift | None:
    """Test whether the events of a run came at a constant rate per fluence.

    Parameters
    ----------
    event_fluence_cm2 : array_like, shape (events,)
        Cumulative fluence at each event (not at each bit of one), cm⁻².
    run_fluence_cm2 : float
        Fluence of the whole run, cm⁻².
    scan_fluence_cm2 : float
        Fluence between readings where events are found by scans: they happened half of it earlier on average.
    confidence : float
        Confidence level of the interval.

    Returns
    -------
    DoseDrift or None
        None with fewer than two events.

    Raises
    ------
    ConfigurationError
        If an event lies outside the run.

    Notes
    -----
    Given their number, events of a constant rate are uniform in fluence. Laplace's U = (Σ u − n/2)/√(n/12) with u the
    share of the fluence at each event is the best test against a log-linear trend [1]_; its distribution is that of a
    sum of uniform numbers, exact to 15 events and normal beyond. The change e^b has the density b e^(bu)/(e^b − 1).

    References
    ----------
    .. [1] D. R. Cox and P. A. W. Lewis, The Statistical Analysis of Series of Events (Methuen, 1966), section 3.3.
    """
    fluence = np.asarray(event_fluence_cm2, dtype=np.float64)
    if not run_fluence_cm2 > 0 or np.any(~(fluence >= 0)) or np.any(fluence > run_fluence_cm2 * (1.0 + 1e-9)):
        raise ConfigurationError(
            f"fluences of events: legal is 0 to the fluence of the run, {run_fluence_cm2:g} cm⁻²",
            remedy="give cumulative fluences of the same run.",
        )
    if not 0 < confidence < 1:
        raise ConfigurationError(f"confidence: got {confidence!r}", remedy="give a level between 0 and 1.")
    n = len(fluence)
    if n < 2:
        return None
    share = np.maximum(fluence - 0.5 * scan_fluence_cm2, 0.0) / run_fluence_cm2
    total = float(share.sum())
    laplace = (total - n / 2.0) / math.sqrt(n / 12.0)
    tail = _sum_of_uniforms(n, n / 2.0 - abs(total - n / 2.0)) if n <= _EXACT_TO else float(ndtr(-abs(laplace)))

    def score(b: float) -> float:
        return total - n * _mean(b)

    def fall(b: float) -> float:
        return 2.0 * (_log_likelihood(best, total, n) - _log_likelihood(b, total, n)) - rise

    best = float(brentq(score, -_STEEPEST, _STEEPEST)) if score(-_STEEPEST) * score(_STEEPEST) < 0 else math.nan
    if math.isnan(best):
        best = math.copysign(_STEEPEST, laplace)
    rise = float(chdtri(1.0, 1.0 - confidence))
    low = float(brentq(fall, best - 200.0, best)) if fall(best - 200.0) > 0 else -math.inf
    high = float(brentq(fall, best, best + 200.0)) if fall(best + 200.0) > 0 else math.inf
    change = Estimate(math.exp(best), math.exp(low), math.exp(high), confidence)
    return DoseDrift(n, laplace, min(2.0 * tail, 1.0), change)


def _sum_of_uniforms(n: int, x: float) -> float:
    """Return the probability that n uniform numbers add up to at most x (Irwin and Hall)."""
    terms = ((-1) ** k * math.comb(n, k) * (x - k) ** n for k in range(math.floor(x) + 1))
    return min(max(math.fsum(terms) / math.factorial(n), 0.0), 1.0)


def _mean(b: float) -> float:
    if abs(b) < 1e-4:
        return 0.5 + b / 12.0
    return 1.0 / -math.expm1(-b) - 1.0 / b


def _log_likelihood(b: float, total: float, n: int) -> float:
    if abs(b) < 1e-6:
        return b * (total - n / 2.0)
    # ln((e^b − 1)/b), without overflow for large b
    log_norm = max(b, 0.0) + math.log(-math.expm1(-abs(b)) / abs(b))
    return b * total - n * log_norm
