"""What can be said of a cross section where the data cannot carry a curve: limits, one-sided where nothing was seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.analysis.counting import poisson_limits, poisson_upper
from radtest.analysis.likelihood import PoissonCurve
from radtest.analysis.overdispersion import asked_overdispersion
from radtest.analysis.points import check_points
from radtest.analysis.priors import Prior, prior_arrays
from radtest.analysis.weibull import Weibull
from radtest.analysis.weibull_fit import PARAMETERS, Band, Per, WeibullFit, fit_weibull, weibull_likelihood
from radtest.core.counts import CrossSectionPoint
from radtest.core.errors import ConfigurationError
from radtest.core.estimate import Estimate

__all__ = ["LimitFit", "fit_or_limits"]

Array = NDArray[np.float64]

_STEP_WIDTH = 1e-3
_STEP_SHAPE = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class LimitFit:
    """Limits of a cross section to which no curve can be fitted; it has the fields of a `WeibullFit`.

    Parameters
    ----------
    sigma_sat_cm2, let0_mev_cm2_mg, width_mev_cm2_mg, shape : Estimate
        The value is not a number: nothing is fitted. A limit that the data do not set is infinite, or 0.
    per : {"bit", "device"}
        What cross sections are per.
    at_lets : tuple of (float, Estimate)
        Cross section at each LET, with its exact Poisson interval; where nothing was seen the value is 0 and the upper
        limit one-sided.
    whole : Estimate or None
        Where nothing was seen at all: 0, and the one-sided upper limit were the cross section the same at all LETs.
    points : tuple of CrossSectionPoint
        The data.
    likelihood : PoissonCurve
        Their likelihood.
    common_fluence_uncertainty : float
        Relative standard uncertainty of a factor common to all fluences; it widens every limit.
    confidence : float
        Confidence level.
    notes : tuple of str
        Why there is no fit, and what the limits mean.

    Notes
    -----
    A cross section does not fall with LET, so that the exact (Garwood) limits at the nearest LET above bound it from
    above, and those at the nearest LET below from below. Where nothing was seen at all, exposures at a LET and above
    are taken together.
    """

    sigma_sat_cm2: Estimate
    let0_mev_cm2_mg: Estimate
    width_mev_cm2_mg: Estimate
    shape: Estimate
    per: Per
    at_lets: tuple[tuple[float, Estimate], ...]
    whole: Estimate | None
    points: tuple[CrossSectionPoint, ...]
    likelihood: PoissonCurve
    common_fluence_uncertainty: float
    confidence: float
    notes: tuple[str, ...]
    deviance: float = math.nan
    degrees_of_freedom: int = 0
    p_value: float | None = None
    converged: bool = False
    bounded_below: frozenset[str] = frozenset()
    bounded_above: frozenset[str] = frozenset()
    overdispersion: None = None
    priors: tuple[Prior, ...] = ()
    outlier_probability: tuple[float, ...] = ()

    @property
    def constrained(self) -> frozenset[str]:
        """No parameter is bounded on both sides."""
        return self.bounded_below & self.bounded_above

    @property
    def weibull(self) -> Weibull:
        """A step at a LET of 0 to the value at the highest LET: for rates, conservative below that LET."""
        return Weibull(self.at_lets[-1][1].value, 0.0, _STEP_WIDTH, _STEP_SHAPE)

    @property
    def step(self) -> Weibull:
        """The same step, to the upper limit at the highest LET: no cross section below that LET is larger."""
        return Weibull(self.at_lets[-1][1].high, 0.0, _STEP_WIDTH, _STEP_SHAPE)

    def sample(self, rng: np.random.Generator, n: int) -> Array:
        """Draw steps for a rate, shape (n, 4), whose upper quantile is that of `step`; the lower limit is 0.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness.
        n : int
            Number of draws, 1 or more.

        Notes
        -----
        Heights follow the distribution whose quantiles are the upper limits for the count at the highest LET, a gamma
        distribution; a step at 0 has no honest lower limit, so that the lower half is 0.
        """
        if n < 1:
            raise ConfigurationError(f"number of draws: got {n}", remedy="ask for 1 or more.")
        last = self.likelihood.let_mev_cm2_mg == self.at_lets[-1][0]
        count, exposure = self.likelihood.count[last].sum(), self.likelihood.exposure_cm2[last].sum()
        height = rng.gamma(count + 1.0, size=n) / exposure
        height *= np.exp(math.log1p(self.common_fluence_uncertainty) * rng.standard_normal(n))
        height[height < np.median(height)] = 0.0
        return np.column_stack([height, np.zeros(n), np.full(n, _STEP_WIDTH), np.full(n, _STEP_SHAPE)])

    def band(self, let_mev_cm2_mg: ArrayLike, *, confidence: float = 0.95) -> Band:
        """Return limits at LETs of shape (n,)."""
        let = np.atleast_1d(np.asarray(let_mev_cm2_mg, dtype=np.float64))
        rows = [_limits_at(self.likelihood, float(x), confidence, self.common_fluence_uncertainty) for x in let]
        value, low, high = np.array(rows).T
        return Band(let, value, low, high, confidence)


def fit_or_limits(
    points: Sequence[CrossSectionPoint],
    *,
    per: Per | None = None,
    fluence_uncertainty: float = 0.0,
    common_fluence_uncertainty: float = 0.0,
    confidence: float = 0.95,
    overdispersion: str | float | None = None,
    robust: bool = False,
    priors: Sequence[Prior] = (),
) -> WeibullFit | LimitFit:
    """Fit a Weibull cross section, or state limits where there are no events, events at one LET, or too few LETs.

    Parameters are those of `fit_weibull`.

    Returns
    -------
    WeibullFit or LimitFit

    Raises
    ------
    FitError
        If the points could carry a fit but no search converges.
    ConfigurationError
        If a point is impossible.
    """
    check_points(points)
    seen = {point.let_mev_cm2_mg / math.cos(math.radians(point.tilt_deg)) for point in points if point.count}
    lets = {point.let_mev_cm2_mg / math.cos(math.radians(point.tilt_deg)) for point in points}
    if len(seen) >= 2 and len(lets) + len(priors) >= len(PARAMETERS):
        return fit_weibull(
            points,
            per=per,
            fluence_uncertainty=fluence_uncertainty,
            common_fluence_uncertainty=common_fluence_uncertainty,
            confidence=confidence,
            overdispersion=overdispersion,
            robust=robust,
            priors=priors,
        )
    if not 0 < confidence < 1:
        raise ConfigurationError(f"confidence: got {confidence!r}", remedy="give a level between 0 and 1.")
    per = per or ("bit" if all(point.bits is not None for point in points) else "device")
    likelihood = weibull_likelihood(points, per, fluence_uncertainty)
    # Each fluence has its own uncertainty: together they are no worse than the worst of them in common.
    worst = float(np.max(np.asarray(likelihood.fluence_uncertainty, dtype=np.float64)))
    common = math.hypot(common_fluence_uncertainty, worst)
    found = _limits(tuple(points), likelihood, per, common, confidence)
    if overdispersion is None and not robust and not priors:
        return found
    if overdispersion is not None:
        asked_overdispersion(overdispersion)
    prior_arrays(priors)
    return replace(found, notes=(*found.notes, "over-dispersion, outliers and priors are left out: nothing is fitted"))


def _limits(
    points: tuple[CrossSectionPoint, ...], likelihood: PoissonCurve, per: Per, common: float, confidence: float
) -> LimitFit:
    let = likelihood.let_mev_cm2_mg
    at_lets = []
    for one in np.unique(let):
        here = let == one
        count, exposure = float(likelihood.count[here].sum()), float(likelihood.exposure_cm2[here].sum())
        at_lets.append((float(one), _estimate(count, exposure, confidence, common)))
    total = float(likelihood.count.sum())
    whole = None if total else _estimate(0.0, float(likelihood.exposure_cm2.sum()), confidence, common)
    seen = np.unique(let[likelihood.count > 0])
    unknown = Estimate(math.nan, 0.0, math.inf, confidence)
    sigma_sat, let0 = unknown, unknown
    above: frozenset[str] = frozenset()
    below: frozenset[str] = frozenset()
    if seen.size:
        first = float(seen[0])
        _, low, _ = _limits_at(likelihood, float(let.max()), confidence, common)
        sigma_sat = Estimate(math.nan, low, math.inf, confidence)
        let0 = Estimate(math.nan, 0.0, first, confidence)
        above, below = frozenset({"let0_mev_cm2_mg"}), frozenset({"sigma_sat_cm2"})
    return LimitFit(
        sigma_sat,
        let0,
        unknown,
        unknown,
        per,
        tuple(at_lets),
        whole,
        points,
        likelihood,
        common,
        confidence,
        _notes(likelihood, seen, whole, at_lets, per, confidence),
        bounded_below=below,
        bounded_above=above,
    )


def _notes(
    likelihood: PoissonCurve,
    seen: Array,
    whole: Estimate | None,
    at_lets: list[tuple[float, Estimate]],
    per: Per,
    confidence: float,
) -> tuple[str, ...]:
    level, (last, there) = f"{confidence:.0%}", at_lets[-1]
    notes = []
    if whole is not None:
        notes.append(
            f"no events at any of {len(at_lets)} LETs: nothing is fitted. Were the cross section the same at all of "
            f"them, it would be below {whole.high:.3g} cm²/{per} at {level} confidence"
        )
        notes.append(f"the threshold may lie anywhere, or above {last:g} MeV·cm²/mg; nothing is known beyond that LET")
    elif seen.size == 1:
        where, estimate = next(pair for pair in at_lets if pair[0] == seen[0])
        notes.append(
            f"events at one LET only ({where:g} MeV·cm²/mg): no curve is fitted. The cross section there is "
            f"{estimate.value:.3g} ({estimate.low:.3g} to {estimate.high:.3g}) cm²/{per} at {level} confidence; the "
            "threshold lies below that LET, saturation is not known"
        )
        after = likelihood.let_mev_cm2_mg > where
        if np.any(after):
            notes.append("nothing was seen at higher LETs: where that is no accident, the events are an outlier")
    else:
        notes.append(
            f"{len(at_lets)} different LETs cannot constrain the four parameters of a Weibull: cross sections are "
            "stated for each LET; add runs at other LETs (zero counts count too)"
        )
    notes.append(
        f"in a rate: a step at a LET of 0 to at most {there.high:.3g} cm²/{per}, the upper limit at {last:g} "
        "MeV·cm²/mg; conservative below that LET, a guess beyond it"
    )
    return tuple(notes)


def _limits_at(likelihood: PoissonCurve, let: float, confidence: float, common: float) -> tuple[float, float, float]:
    """Return value (of the runs at that very LET, else not a number), lower and upper limit of σ at a LET."""
    lets, count, exposure = likelihood.let_mev_cm2_mg, likelihood.count, likelihood.exposure_cm2
    below, above = lets[lets <= let * (1 + 1e-9)], lets[lets >= let * (1 - 1e-9)]

    def of(rows: NDArray[np.bool_]) -> Estimate:
        return _estimate(float(count[rows].sum()), float(exposure[rows].sum()), confidence, common)

    here = np.isclose(lets, let, rtol=1e-9)
    value = of(here).value if np.any(here) else math.nan
    low = of(lets == below.max()).low if below.size else 0.0
    # Where nothing was seen at all, all that passed at this LET and above speaks; else the nearest LET.
    nearest = lets == above.min() if count.sum() and above.size else lets >= let * (1 - 1e-9)
    high = of(nearest).high if above.size else math.inf
    return value, low, high


def _estimate(count: float, exposure: float, confidence: float, common: float) -> Estimate:
    """Exact limits, one-sided where nothing was counted; a common uncertain factor is added in the logarithm."""
    if count == 0:
        high = float(poisson_upper(0, confidence)) / exposure
        return Estimate(0.0, 0.0, high * (1.0 + common), confidence)
    low, high = (float(limit) / exposure for limit in poisson_limits(count, confidence))
    value = count / exposure
    wide = 1.959964 * math.log1p(common)
    return Estimate(
        value,
        value * math.exp(-math.hypot(math.log(value / low), wide)),
        value * math.exp(math.hypot(math.log(high / value), wide)),
        confidence,
    )
