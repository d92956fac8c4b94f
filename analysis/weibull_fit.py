"""Poisson-likelihood fit of a Weibull cross section, with honest limits and draws for propagation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, chdtri

from radtest.analysis.contour import contour_parameters
from radtest.analysis.dispersed_fit import curve_deviance, height_of_limits, pulls_of, with_overdispersion
from radtest.analysis.fit_notes import notes_of_fit, notes_of_outliers, refuse_too_little
from radtest.analysis.likelihood import PoissonCurve
from radtest.analysis.outliers import ContaminatedCurve, starts_of
from radtest.analysis.overdispersion import Overdispersion
from radtest.analysis.points import check_points, effective_beam, fluence_uncertainties
from radtest.analysis.posterior import sample_posterior
from radtest.analysis.priors import Prior, prior_arrays
from radtest.analysis.profile_search import Limits, ProfileSearch
from radtest.analysis.profile_side import Target
from radtest.analysis.weibull import Weibull, weibull_cross_section
from radtest.core.counts import CrossSectionPoint
from radtest.core.errors import ConfigurationError
from radtest.core.estimate import Estimate

__all__ = ["PARAMETERS", "Band", "Per", "WeibullFit", "fit_weibull"]

Array = NDArray[np.float64]
Per = Literal["bit", "device"]

_TEMPERED_AT = 0.95

PARAMETERS = ("sigma_sat_cm2", "let0_mev_cm2_mg", "width_mev_cm2_mg", "shape")


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """A fitted curve with its pointwise band.

    Parameters
    ----------
    let_mev_cm2_mg : ndarray, shape (n,)
        LET.
    value, low, high : ndarray, shape (n,)
        Cross section of the best fit and limits at each LET, cm² (per bit or per device, as the fit).
    confidence : float
        Confidence level at each LET, not of the whole curve.
    """

    let_mev_cm2_mg: Array
    value: Array
    low: Array
    high: Array
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class WeibullFit:
    """A fitted Weibull cross section.

    Parameters
    ----------
    sigma_sat_cm2, let0_mev_cm2_mg, width_mev_cm2_mg, shape : Estimate
        Best fit and profile-likelihood interval of each parameter. A limit that the data do not set is infinite, or
        the physical bound (0).
    per : {"bit", "device"}
        What σ_sat is per.
    bounded_below, bounded_above : frozenset of str
        Names of the parameters whose lower, upper limit was set by the data.
    deviance : float
        Deviance of the best fit.
    degrees_of_freedom : int
        Points minus four.
    p_value : float or None
        Probability of a larger deviance were the model true (χ² approximation, poor where most counts are below about
        5); None without degrees of freedom.
    converged : bool
        Always True: a fit that does not converge raises.
    points : tuple of CrossSectionPoint
        The data.
    likelihood : PoissonCurve
        The likelihood of the data.
    common_fluence_uncertainty : float
        Relative standard uncertainty of a factor common to all fluences.
    confidence : float
        Confidence level of the intervals.
    notes : tuple of str
        What a reader has to know: limits that are missing, a poor fit.
    overdispersion : Overdispersion or None
        How much wider than Poisson's law the counts scatter, where it was asked for.
    priors : tuple of Prior
        What was known before.
    outlier_probability : tuple of float
        Probability that each point is wrong; empty where that was not asked.
    """

    sigma_sat_cm2: Estimate
    let0_mev_cm2_mg: Estimate
    width_mev_cm2_mg: Estimate
    shape: Estimate
    per: Per
    bounded_below: frozenset[str]
    bounded_above: frozenset[str]
    deviance: float
    degrees_of_freedom: int
    p_value: float | None
    converged: bool
    points: tuple[CrossSectionPoint, ...]
    likelihood: PoissonCurve
    common_fluence_uncertainty: float
    confidence: float
    notes: tuple[str, ...]
    overdispersion: Overdispersion | None = None
    priors: tuple[Prior, ...] = ()
    outlier_probability: tuple[float, ...] = ()
    _contours: dict[float, Array] = field(default_factory=dict, init=False, repr=False)

    @property
    def weibull(self) -> Weibull:
        """The best fit."""
        return Weibull(*(getattr(self, name).value for name in PARAMETERS))

    @property
    def constrained(self) -> frozenset[str]:
        """Names of the parameters that the data bound on both sides."""
        return self.bounded_below & self.bounded_above

    @property
    def pulls(self) -> tuple[Array, Array] | None:
        """Mean and standard deviation of what priors pull θ with against the deviance; None without priors."""
        return pulls_of(prior_arrays(self.priors), self.overdispersion)

    def sample(self, rng: np.random.Generator, n: int) -> Array:
        """Draw parameters from the likelihood, to carry the uncertainty of the fit into what is computed from it.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness; the same state gives the same draws.
        n : int
            Number of draws, 1 or more.

        Returns
        -------
        ndarray, shape (n, 4)
            (σ_sat, let0, width, shape), in rows. See `radtest.analysis.posterior` for the method.
        """
        likelihood = self.likelihood
        if self.overdispersion is not None:
            ratio = self.overdispersion.rise(_TEMPERED_AT) / float(chdtri(1.0, 1.0 - _TEMPERED_AT))
            likelihood = replace(likelihood, weight=np.full(likelihood.count.shape, 1.0 / ratio))
        prior = prior_arrays(self.priors)
        return sample_posterior(likelihood, self._theta(), rng, n, self.common_fluence_uncertainty, prior)

    def band(self, let_mev_cm2_mg: ArrayLike, *, confidence: float = 0.95) -> Band:
        """Return the fitted curve with its pointwise band: profile-likelihood limits at each LET.

        A common uncertainty of the fluences is added to the limits in the logarithm.
        """
        let = np.atleast_1d(np.asarray(let_mev_cm2_mg, dtype=np.float64))
        contour = self.contour(confidence)
        curves = weibull_cross_section(let, *(column[:, None] for column in contour.T))
        value = self.weibull.cross_section(let)
        low, high = self._with_common(value, curves.min(axis=0), curves.max(axis=0), confidence)
        return Band(let, value, low, high, confidence)

    def contour(self, confidence: float = 0.95) -> Array:
        """Return parameters on the contour of the likelihood where limits of one quantity lie.

        Parameters
        ----------
        confidence : float
            Confidence level.

        Returns
        -------
        ndarray, shape (n, 4)
            (σ_sat, let0, width, shape), in rows, the best fit first. The extremes of a rate, or of σ at a LET, computed
            from them are its profile-likelihood limits, without the uncertainty of a factor common to all fluences. See
            `radtest.analysis.contour`.
        """
        if confidence not in self._contours:
            found = contour_parameters(
                self.likelihood,
                self._theta(),
                height_of_limits(self.overdispersion, confidence),
                self.pulls,
                starts_of(self.likelihood),
            )
            found[:, [0, 2, 3]] = np.exp(found[:, [0, 2, 3]])
            self._contours[confidence] = found
        return self._contours[confidence]

    def profile_limits(self, values: ArrayLike, confidence: float = 0.95) -> tuple[float, float]:
        """Return the limits of a quantity that goes with σ_sat.

        Parameters
        ----------
        values : array_like, shape (n,)
            The quantity for each row of `contour`, the best fit first.
        confidence : float
            Confidence level of that contour.

        Returns
        -------
        low, high : float
            With the uncertainty of a factor common to all fluences.
        """
        column = np.asarray(values, dtype=np.float64)
        low, high = self._with_common(column[:1], column.min(keepdims=True), column.max(keepdims=True), confidence)
        return float(low[0]), float(high[0])

    def _with_common(self, value: Array, low: Array, high: Array, confidence: float) -> tuple[Array, Array]:
        if not self.common_fluence_uncertainty:
            return low, high
        wide = float(np.sqrt(chdtri(1.0, 1.0 - confidence))) * np.log1p(self.common_fluence_uncertainty)
        some = (value > 0) & (low > 0)
        below = np.log(np.where(some, value, 1.0) / np.where(some, low, 1.0))
        above = np.log(np.where(value > 0, high, 1.0) / np.where(value > 0, value, 1.0))
        return (
            np.where(some, value * np.exp(-np.hypot(below, wide)), low),
            np.where(value > 0, value * np.exp(np.hypot(above, wide)), high * np.exp(wide)),
        )

    def _theta(self) -> Array:
        best = self.weibull
        return np.array(
            [np.log(best.sigma_sat_cm2), best.let0_mev_cm2_mg, np.log(best.width_mev_cm2_mg), np.log(best.shape)]
        )


def fit_weibull(
    points: Sequence[CrossSectionPoint],
    *,
    per: Per | None = None,
    fluence_uncertainty: float = 0.0,
    common_fluence_uncertainty: float = 0.0,
    confidence: float = 0.95,
    overdispersion: str | float | None = None,
    robust: bool = False,
    priors: Sequence[Prior] = (),
) -> WeibullFit:
    """Fit a Weibull cross section to counts by maximum Poisson likelihood.

    Parameters
    ----------
    points : sequence of CrossSectionPoint
        Counts against fluence; zero counts belong in it, they hold the threshold down. At least four LETs, with
        events at two or more. Tilted points enter at LET / cos θ with fluence · cos θ.
    per : {"bit", "device"}, optional
        What the cross section is per; by default per bit where every point states its bits, else per device.
    fluence_uncertainty : float
        Relative standard uncertainty of each fluence, independent from run to run (counting statistics and drift of
        the dosimetry), for points that do not state their own. 0 where the fluence is exact, as in a simulation.
    common_fluence_uncertainty : float
        Relative standard uncertainty of a factor that all fluences share (calibration of the dosimetry; ESCC 25100
        asks for ±10 %). It widens σ_sat, the draws and the band, and leaves the other three parameters alone.
    confidence : float
        Confidence level of the intervals.
    overdispersion : {"runs", "clusters"} or float, optional
        What scatters the counts more than Poisson's law: a factor that differs from run to run, events that come in
        clusters, or, as a number, the known ratio of the variance to Poisson's. The intervals grow accordingly.
    robust : bool
        Whether a few points may be grossly wrong: see `ContaminatedCurve`. Not with clusters.
    priors : sequence of Prior
        What is known of parameters from elsewhere, one for a parameter at most.

    Returns
    -------
    WeibullFit

    Raises
    ------
    FitError
        If the points cannot carry four parameters, or over-dispersion, or no search converges.
    ConfigurationError
        If a point is impossible (negative count, no fluence, LET out of range), or an option is.

    Notes
    -----
    Counts are Poisson with mean exposure · σ(L), σ(L) = σ_sat (1 − exp(−((L − let0)/width)^shape)) and let0 ≥ 0. The
    limits of a parameter are where the deviance, minimised over the other three, has risen by the χ² quantile of one
    degree of freedom (Wilks) [1]_. Where it never rises that much the limit is infinite or the physical bound.
    Uncertain fluences are nuisance parameters with Gaussian constraints, not a widening afterwards. A prior is one more
    measurement: its pull adds to the deviance, best fit and limits are those of the sum. For over-dispersion see
    `Overdispersion`; ``docs/models.md`` has the coverage of its intervals.

    References
    ----------
    .. [1] G. Cowan, Statistical Data Analysis (Oxford, 1998), section 9.7; F. James, Statistical Methods in
       Experimental Physics (World Scientific, 2006), section 9.3.
    """
    for name, value in (("fluence", fluence_uncertainty), ("common fluence", common_fluence_uncertainty)):
        if not 0 <= value < 1:
            raise ConfigurationError(
                f"{name} uncertainty: got {value!r}", remedy="give a fraction, such as 0.1 for 10 %."
            )
    if not 0 < confidence < 1:
        raise ConfigurationError(f"confidence: got {confidence!r}", remedy="give a level between 0 and 1.")
    check_points(points)
    per = per or ("bit" if all(point.bits is not None for point in points) else "device")
    prior = prior_arrays(priors)
    if common_fluence_uncertainty and any(one.parameter == "sigma_sat_cm2" for one in priors):
        raise ConfigurationError(
            "a prior of sigma_sat_cm2 and a common fluence uncertainty together",
            remedy="put the calibration into the prior's uncertainty, or leave the prior out.",
        )
    likelihood = poisson = weibull_likelihood(points, per, fluence_uncertainty)
    refuse_too_little(likelihood, per, confidence, len(priors))
    dispersion = None
    if overdispersion is not None:
        likelihood, dispersion = with_overdispersion(likelihood, overdispersion, confidence, prior, robust=robust)
    elif robust:
        likelihood = ContaminatedCurve.of(likelihood)
    centre, spread = pulls_of(prior, dispersion) or (None, None)
    search = ProfileSearch(
        likelihood, common_fluence_uncertainty, centre=centre, spread=spread, starts=starts_of(likelihood)
    )
    rise = height_of_limits(dispersion, confidence)
    limits = search.limits([Target(coordinate) for coordinate in range(len(PARAMETERS))], rise)
    theta, deviance = search.optimum.theta, search.optimum.deviance
    wrong: tuple[float, ...] = ()
    if isinstance(likelihood, ContaminatedCurve):
        wrong = tuple(likelihood.outlier_probability(theta[0] + likelihood.log_fraction(theta)[0]).tolist())
    if dispersion is not None or robust:
        deviance = curve_deviance(poisson, theta, prior)
    freedom = len(points) + len(priors) - len(PARAMETERS)
    p_value = float(chdtrc(float(freedom), max(deviance, 0.0))) if freedom else None
    estimates = [
        _estimate(value, limit, confidence, logarithmic=name != "let0_mev_cm2_mg")
        for name, value, limit in zip(PARAMETERS, theta, limits, strict=True)
    ]
    below = frozenset(name for name, limit in zip(PARAMETERS, limits, strict=True) if limit.bounded_below)
    above = frozenset(name for name, limit in zip(PARAMETERS, limits, strict=True) if limit.bounded_above)
    sigma_sat, let0, width, shape = estimates
    return WeibullFit(
        sigma_sat_cm2=sigma_sat,
        let0_mev_cm2_mg=let0,
        width_mev_cm2_mg=width,
        shape=shape,
        per=per,
        bounded_below=below,
        bounded_above=above,
        deviance=deviance,
        degrees_of_freedom=freedom,
        p_value=p_value,
        converged=True,
        points=tuple(points),
        likelihood=likelihood,
        common_fluence_uncertainty=common_fluence_uncertainty,
        confidence=confidence,
        notes=(
            *notes_of_fit(below, above, p_value, confidence, overdispersion=dispersion, priors=priors, robust=robust),
            *notes_of_outliers(points, likelihood, theta, wrong),
        ),
        overdispersion=dispersion,
        priors=tuple(priors),
        outlier_probability=wrong,
    )


def weibull_likelihood(points: Sequence[CrossSectionPoint], per: Per, fluence_uncertainty: float) -> PoissonCurve:
    """Return the likelihood of points at effective LET and fluence, per bit or per device."""
    if per == "bit":
        for point in points:
            if point.bits is None:
                raise ConfigurationError(
                    f"{point.label or 'a point'}: no bits, so no cross section per bit",
                    remedy="give the bits of every point, or fit per device.",
                )
    beams = [effective_beam(point) for point in points]
    return PoissonCurve(
        np.array([let for let, _ in beams]),
        np.array([float(point.count) for point in points]),
        np.array(
            [
                fluence * (point.bits if per == "bit" and point.bits is not None else 1)
                for point, (_, fluence) in zip(points, beams, strict=True)
            ]
        ),
        fluence_uncertainties(points, fluence_uncertainty),
    )


def _estimate(value: float, limit: Limits, confidence: float, *, logarithmic: bool) -> Estimate:
    if not logarithmic:
        return Estimate(float(value), limit.low if limit.bounded_below else 0.0, limit.high, confidence)
    low = float(np.exp(limit.low)) if limit.bounded_below else 0.0
    high = float(np.exp(limit.high)) if limit.bounded_above else float("inf")
    return Estimate(float(np.exp(value)), low, high, confidence)
