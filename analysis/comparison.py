"""Two sets of counts against each other (lots, temperatures, angles): one curve, one shape with a factor, or two."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, chdtri, ndtri

from radtest.analysis.batch_fit import smallest_deviances
from radtest.analysis.covariate_fit import CovariateFit, CovariateSearch
from radtest.analysis.fit_bootstrap import chi_squared_is_poor
from radtest.analysis.homogeneity import SAME_LET, group_strata
from radtest.analysis.likelihood import PoissonWeibull
from radtest.analysis.points import check_points
from radtest.analysis.ratio_of_rates import rate_ratio
from radtest.analysis.weibull_fit import Per, weibull_likelihood
from radtest.core.counts import CrossSectionPoint
from radtest.core.errors import ConfigurationError, FitError
from radtest.core.estimate import Estimate

__all__ = ["CurveComparison", "LikelihoodRatioTest", "compare_cross_sections"]

Array = NDArray[np.float64]

_SMALLEST_SET = 4


@dataclass(frozen=True, slots=True)
class LikelihoodRatioTest:
    """A test of a model against a wider one that contains it.

    Parameters
    ----------
    statistic : float
        Deviance of the narrower model less that of the wider.
    degrees_of_freedom : int
        Parameters that the wider has more.
    p_value : float
        Probability of a larger statistic were the narrower true, by the χ² of Wilks.
    p_value_bootstrap : float or None
        The same from simulations of the narrower model; None where none were made.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float
    p_value_bootstrap: float | None = None

    @property
    def p(self) -> float:
        """The simulated p-value where there is one, else that of χ²."""
        return self.p_value if self.p_value_bootstrap is None else self.p_value_bootstrap


@dataclass(frozen=True, slots=True)
class CurveComparison:
    """What two sets of counts say about each other.

    Parameters
    ----------
    equal_curves : LikelihoodRatioTest or None
        One curve for both against a curve for each. None where one set cannot carry a curve of its own.
    equal_shape : LikelihoodRatioTest or None
        One shape with a factor against a curve for each.
    equal_scale : LikelihoodRatioTest or None
        One curve for both against one shape with a factor.
    ratio : Estimate or None
        That factor: cross section of the second set over that of the first, with profile-likelihood interval.
    ratio_at_shared_lets : Estimate or None
        The factor from LETs that both sets have alone, with exact interval, without any curve.
    shared_lets : int
        How many LETs both sets have.
    replicates : int
        Simulated campaigns behind the p-values of the bootstrap.
    notes : tuple of str
        What a reader has to know.
    ratio_calibrations_apart : Estimate or None
        The factor (that of shared LETs where there is no other) if each set has a calibration of its fluences of its
        own, with the relative uncertainty given; None without one.
    """

    equal_curves: LikelihoodRatioTest | None
    equal_shape: LikelihoodRatioTest | None
    equal_scale: LikelihoodRatioTest | None
    ratio: Estimate | None
    ratio_at_shared_lets: Estimate | None
    shared_lets: int
    replicates: int
    notes: tuple[str, ...]
    ratio_calibrations_apart: Estimate | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Nested:
    """Deviances of the three models, each contained in the next, and where the narrower two have their best fit."""

    equal: CovariateFit
    scaled: CovariateFit
    apart: float | None

    def statistics(self) -> tuple[float, float | None, float | None]:
        """Return those of equal scale, equal shape and equal curves."""
        scale = max(self.equal.deviance - self.scaled.deviance, 0.0)
        if self.apart is None:
            return scale, None, None
        shape = max(self.scaled.deviance - self.apart, 0.0)
        return scale, shape, scale + shape


def compare_cross_sections(
    first: Sequence[CrossSectionPoint],
    second: Sequence[CrossSectionPoint],
    *,
    per: Per | None = None,
    fluence_uncertainty: float = 0.0,
    common_fluence_uncertainty: float = 0.0,
    confidence: float = 0.95,
    rng: np.random.Generator,
    replicates: int | None = None,
) -> CurveComparison:
    """Compare two sets of counts: one curve, one shape with a factor, or two curves.

    Parameters
    ----------
    first, second : sequence of CrossSectionPoint
        The points; zero counts belong in them.
    per : {"bit", "device"}, optional
        What the cross section is per; by default per bit where every point states its bits.
    fluence_uncertainty : float
        Relative standard uncertainty of each fluence, independent, for points that do not state their own. A factor
        that all fluences of both share cancels; one that differs between the sets is in the ratio.
    common_fluence_uncertainty : float
        Relative standard uncertainty of a factor common to the fluences of a set. It cancels where both sets share it;
        `ratio_calibrations_apart` is for sets that do not.
    confidence : float
        Confidence level of the intervals.
    rng : numpy.random.Generator
        Source of randomness of the bootstrap.
    replicates : int, optional
        Simulated campaigns for the p-values; 0 for none. By default 499 where a fifth or more of the points expect
        under 5 events, so that χ² is poor, else none.

    Returns
    -------
    CurveComparison

    Raises
    ------
    FitError
        If the two sets together hold no events, or no search converges.
    ConfigurationError
        If a point is impossible.

    Notes
    -----
    Likelihood-ratio tests of nested models [1]_: one curve (4 parameters), one shape with a factor ρ (5), two curves
    (8). A bound such as let0 = 0, and low counts, spoil the χ² of Wilks; then each model is refitted to campaigns drawn
    from the narrower one and p = (1 + statistics at or above the observed) / (1 + replicates) [2]_.

    References
    ----------
    .. [1] S. S. Wilks, Ann. Math. Statist. 9, 60 (1938).
    .. [2] A. C. Davison and D. V. Hinkley, Bootstrap Methods and their Application (Cambridge, 1997), section 4.2.
    """
    for points in (first, second):
        check_points(points)
    if not 0 <= common_fluence_uncertainty < 1:
        raise ConfigurationError(
            f"common fluence uncertainty: got {common_fluence_uncertainty!r}",
            remedy="give a fraction, such as 0.1 for 10 %.",
        )
    if replicates is not None and replicates < 0:
        raise ConfigurationError(f"replicates: got {replicates}", remedy="give 0 or more, such as 999.")
    both = [*first, *second]
    per = per or ("bit" if all(point.bits is not None for point in both) else "device")
    likelihood = weibull_likelihood(both, per, fluence_uncertainty)
    if likelihood.count.sum() == 0:
        raise FitError("no events in either set: nothing to compare", remedy="state the upper limit of each.")
    member = np.repeat([0.0, 1.0], [len(first), len(second)])
    of_lets, shared = _ratio_at_shared_lets(likelihood, member, confidence)
    notes = []
    if shared and not np.all(np.asarray(likelihood.fluence_uncertainty) == 0):
        notes.append("the ratio at shared LETs holds the counting error only, not that of the fluences.")
    if not _enough(likelihood, np.ones_like(member, dtype=bool)):
        notes.append("too few LETs with events for a curve: only LETs that both sets have are compared.")
        return CurveComparison(
            *(None, None, None, None, of_lets, shared, 0, tuple(notes)), _apart(of_lets, common_fluence_uncertainty)
        )
    separable = all(_enough(likelihood, member == side) for side in (0.0, 1.0))
    models = _Models(likelihood, member, separable)
    for name, inside in (("first", member == 0), ("second", member == 1)):
        if not _enough(likelihood, inside):
            notes.append(f"the {name} set cannot carry a curve of its own: only a factor on one shape is tested.")
    nested = models.fit()
    if replicates is None:
        expected = models.expected(nested.equal)
        replicates = 499 if chi_squared_is_poor(expected) else 0
    scale, shape, curves = nested.statistics()
    by_scale, by_shape, by_curves = _bootstrap(models, nested, rng, replicates)
    rise = float(chdtri(1.0, 1.0 - confidence))
    low, high = models.scaled.limits(nested.scaled, 0, rise)
    exponent = float(nested.scaled.coefficients[0])
    if abs(exponent) > 25.0 or math.isinf(low) or math.isinf(high):
        notes.append("one set has too few events to bound the ratio on both sides.")
    ratio = Estimate(math.exp(exponent), math.exp(low), math.exp(high), confidence)
    return CurveComparison(
        equal_curves=None if curves is None else LikelihoodRatioTest(curves, 4, _chi2(4, curves), by_curves),
        equal_shape=None if shape is None else LikelihoodRatioTest(shape, 3, _chi2(3, shape), by_shape),
        equal_scale=LikelihoodRatioTest(scale, 1, _chi2(1, scale), by_scale),
        ratio=ratio,
        ratio_at_shared_lets=of_lets,
        shared_lets=shared,
        replicates=replicates,
        notes=tuple(notes),
        ratio_calibrations_apart=_apart(ratio, common_fluence_uncertainty),
    )


def _apart(ratio: Estimate | None, uncertainty: float) -> Estimate | None:
    """Return a ratio whose two fluences have calibrations of their own, in quadrature with what it has."""
    if ratio is None or not uncertainty:
        return None
    wide = math.sqrt(2.0) * float(ndtri((1.0 + ratio.confidence) / 2.0)) * math.log1p(uncertainty)
    low, high = (math.log(limit) if limit > 0 else -math.inf for limit in (ratio.low, ratio.high))
    middle = math.log(ratio.value) if ratio.value > 0 else low
    return Estimate(
        ratio.value,
        math.exp(middle - math.hypot(middle - low, wide)) if math.isfinite(low) else ratio.low,
        math.exp(middle + math.hypot(high - middle, wide)) if math.isfinite(high) else ratio.high,
        ratio.confidence,
    )


class _Models:
    """The three models for one pair of sets."""

    def __init__(self, likelihood: PoissonWeibull, member: Array, separable: bool) -> None:
        self.likelihood, self.member = likelihood, member
        self.none, self.one = np.empty((len(member), 0)), member[:, None]
        self.scaled = CovariateSearch(likelihood, self.one)
        self.separable = separable

    def fit(self) -> _Nested:
        """Fit all three."""
        equal = CovariateSearch(self.likelihood, self.none).best()
        scaled = self.scaled.best([CovariateFit(equal.theta, np.zeros(1), 0.0)])
        if not self.separable:
            return _Nested(equal, scaled, None)
        apart = 0.0
        for side in (0.0, 1.0):
            inside = self.member == side
            search = CovariateSearch(_part(self.likelihood, inside), self.none[inside])
            near = search.best([CovariateFit(scaled.theta, np.zeros(0), 0.0)], must_converge=False)
            # The grid of starts is searched too, and the better of both counts.
            apart += min(near.deviance, search.best().deviance)
        return _Nested(equal, scaled, apart)

    def expected(self, fit: CovariateFit) -> Array:
        """Return the events that a fit expects at each point."""
        log_f, _ = self.likelihood.log_fraction(fit.theta)
        factor = self.member * fit.coefficients[0] if len(fit.coefficients) else 0.0
        return np.asarray(self.likelihood.exposure_cm2 * np.exp(fit.theta[0] + log_f + factor))


def _bootstrap(
    models: _Models, nested: _Nested, rng: np.random.Generator, replicates: int
) -> tuple[float | None, float | None, float | None]:
    if not replicates:
        return None, None, None
    observed = nested.statistics()
    under_equal = _simulated(models, nested.equal, rng, replicates)
    by_scale = _rank(observed[0], under_equal[0])
    if observed[1] is None or observed[2] is None:
        return by_scale, None, None
    under_scaled = _simulated(models, nested.scaled, rng, replicates)
    return by_scale, _rank(observed[1], under_scaled[1]), _rank(observed[2], under_equal[2])


def _simulated(
    models: _Models, truth: CovariateFit, rng: np.random.Generator, replicates: int
) -> tuple[Array, Array, Array]:
    """Return the statistics of equal scale, equal shape and equal curves of campaigns drawn from a fit."""
    expected, tau = models.expected(truth), np.asarray(models.likelihood.fluence_uncertainty)
    factor = np.maximum(1.0 + tau * rng.standard_normal((replicates, len(expected))), 1e-3)
    counts = rng.poisson(expected * factor).astype(np.float64)
    drawn = dataclasses.replace(models.likelihood, count=counts)
    group = models.member.astype(np.int64)
    equal, scaled = smallest_deviances(drawn, np.zeros_like(group)), smallest_deviances(drawn, group)
    scale = np.maximum(equal - scaled, 0.0)
    if not models.separable:
        return scale, np.zeros(replicates), np.zeros(replicates)
    apart = sum(
        smallest_deviances(
            dataclasses.replace(_part(models.likelihood, inside), count=counts[:, inside]), group[inside] * 0
        )
        for inside in (group == 0, group == 1)
    )
    return scale, np.maximum(scaled - apart, 0.0), np.maximum(equal - apart, 0.0)


def _rank(observed: float, drawn: Array) -> float:
    return float((1 + (drawn >= observed - 1e-4).sum()) / (1 + len(drawn)))


def _chi2(freedom: int, statistic: float) -> float:
    return float(chdtrc(float(freedom), statistic))


def _enough(likelihood: PoissonWeibull, inside: NDArray[np.bool_]) -> bool:
    lets, count = likelihood.let_mev_cm2_mg[inside], likelihood.count[inside]
    return len(np.unique(lets)) >= _SMALLEST_SET and len(np.unique(lets[count > 0])) >= 2


def _part(likelihood: PoissonWeibull, inside: NDArray[np.bool_]) -> PoissonWeibull:
    tau = likelihood.fluence_uncertainty
    return PoissonWeibull(
        likelihood.let_mev_cm2_mg[inside],
        likelihood.count[inside],
        likelihood.exposure_cm2[inside],
        tau[inside] if isinstance(tau, np.ndarray) else tau,
    )


def _ratio_at_shared_lets(likelihood: PoissonWeibull, member: Array, confidence: float) -> tuple[Estimate | None, int]:
    strata = np.array(group_strata(likelihood.let_mev_cm2_mg.tolist(), SAME_LET))
    rows = []
    for let in np.unique(strata):
        here = [(strata == let) & (member == side) for side in (0.0, 1.0)]
        if all(one.any() for one in here):
            rows.append([(likelihood.count[one].sum(), likelihood.exposure_cm2[one].sum()) for one in here])
    if not rows:
        return None, 0
    table = np.array(rows)
    return rate_ratio(table[:, 1, 0], table[:, 1, 1], table[:, 0, 0], table[:, 0, 1], confidence), len(rows)
