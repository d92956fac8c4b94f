"""Fits of other forms of a cross section, their comparison, and the influence of each point."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from radtest.analysis.curve_forms import FORMS, CurveForm, form_named
from radtest.analysis.curve_starts import Starts, held_problems, minimise_from
from radtest.analysis.likelihood import PoissonCurve
from radtest.analysis.points import check_points
from radtest.analysis.profile_search import ProfileSearch
from radtest.analysis.profile_side import Target
from radtest.analysis.weibull_fit import Per, weibull_likelihood
from radtest.core.counts import CrossSectionPoint
from radtest.core.errors import FitError
from radtest.core.estimate import Estimate

__all__ = ["FormFit", "Influence", "compare_forms", "fit_form", "point_influence"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class FormFit:
    """A fitted cross section of one form.

    Parameters
    ----------
    form : CurveForm
        The form; its `parameters` name what `estimates` hold.
    estimates : dict of str to Estimate
        Best value and profile-likelihood interval of each parameter; a limit not set by the data is infinite, or 0.
    deviance : float
        Deviance of the best fit.
    degrees_of_freedom : int
        Points less parameters.
    akaike : float
        Deviance plus twice the number of parameters: Akaike's criterion but for a constant that forms share.
    theta : ndarray, shape (k + 1,)
        (ln scale, coordinates of the form) of the best fit.
    likelihood : PoissonCurve
        The data.
    """

    form: CurveForm
    estimates: dict[str, Estimate]
    deviance: float
    degrees_of_freedom: int
    akaike: float
    theta: Array
    likelihood: PoissonCurve

    def cross_section(self, let_mev_cm2_mg: Array) -> Array:
        """Return the best fit at LETs of shape (n,), cm² per bit or device; a power law may be asked up to the data."""
        lets = np.append(let_mev_cm2_mg, self.likelihood.let_mev_cm2_mg.max())
        log_f, _ = self.form.log_fraction(lets, self.theta[1:])
        return np.asarray(np.exp(self.theta[0] + log_f[:-1]))


@dataclass(frozen=True, slots=True, eq=False)
class Influence:
    """What a fit would be without one of its points.

    Parameters
    ----------
    point : int
        Index of the point left out.
    theta_change : ndarray, shape (k + 1,)
        Change of (ln scale, coordinates of the form).
    deviance_change : float
        How much smaller the deviance of the others is: large for a point that the rest do not support.
    """

    point: int
    theta_change: Array
    deviance_change: float


def fit_form(
    points: Sequence[CrossSectionPoint],
    form: str,
    *,
    per: Per | None = None,
    fluence_uncertainty: float = 0.0,
    confidence: float = 0.95,
) -> FormFit:
    """Fit a cross section of a form to counts by maximum Poisson likelihood.

    Parameters
    ----------
    points : sequence of CrossSectionPoint
        Counts against fluence, as for `fit_weibull`.
    form : str
        ``weibull``, ``lognormal``, ``piecewise_linear`` or ``power_law``.
    per, fluence_uncertainty, confidence
        As for `fit_weibull`.

    Returns
    -------
    FormFit

    Raises
    ------
    FitError
        If there are events at fewer than two LETs, or fewer LETs than parameters, or no search converges.
    ConfigurationError
        If a point is impossible or there is no such form.
    """
    chosen = form_named(form)
    check_points(points)
    per = per or ("bit" if all(point.bits is not None for point in points) else "device")
    likelihood = replace(weibull_likelihood(points, per, fluence_uncertainty), form=chosen)
    lets = np.unique(likelihood.let_mev_cm2_mg)
    if len(np.unique(likelihood.let_mev_cm2_mg[likelihood.count > 0])) < 2 or len(lets) < chosen.size:
        raise FitError(
            f"{len(lets)} LETs, too few of them with events, cannot carry the {chosen.size} parameters of {form}",
            remedy="add runs at other LETs, or state limits (fit_or_limits).",
        )
    search = ProfileSearch(likelihood)
    limits = search.limits([Target(index) for index in range(chosen.size)], float(chdtri(1.0, 1.0 - confidence)))
    estimates = {}
    for name, value, limit, logarithmic in zip(
        chosen.parameters, search.optimum.theta.tolist(), limits, chosen.logarithmic, strict=True
    ):
        low = limit.low if limit.bounded_below else -math.inf
        high = limit.high if limit.bounded_above or not logarithmic else math.inf
        if logarithmic:
            estimates[name] = Estimate(math.exp(value), math.exp(low), math.exp(high), confidence)
        else:
            estimates[name] = Estimate(value, max(low, 0.0), high, confidence)
    return FormFit(
        chosen,
        estimates,
        search.optimum.deviance,
        len(points) - chosen.size,
        search.optimum.deviance + 2.0 * chosen.size,
        search.optimum.theta,
        likelihood,
    )


def compare_forms(
    points: Sequence[CrossSectionPoint],
    *,
    per: Per | None = None,
    fluence_uncertainty: float = 0.0,
    confidence: float = 0.95,
) -> list[FormFit]:
    """Fit every form, the one with the smallest criterion first.

    Parameters and errors are those of `fit_form`.

    Notes
    -----
    A form whose criterion is larger by 10 has next to no support; differences below 2 decide nothing [1]_.

    References
    ----------
    .. [1] K. P. Burnham and D. R. Anderson, Model Selection and Multimodel Inference, 2nd ed. (2002), section 2.6.
    """
    fits = [
        fit_form(points, name, per=per, fluence_uncertainty=fluence_uncertainty, confidence=confidence)
        for name in FORMS
    ]
    return sorted(fits, key=lambda fit: fit.akaike)


def point_influence(
    likelihood: PoissonCurve, theta: Array, deviance: float, prior: tuple[Array, Array] | None = None
) -> list[Influence]:
    """Fit the points again without each of them in turn, all at once.

    Parameters
    ----------
    likelihood : PoissonCurve
        The data.
    theta : ndarray, shape (k + 1,)
        The best fit of all points.
    deviance : float
        Its deviance, with what priors add.
    prior : (ndarray, ndarray), shapes (k + 1,), optional
        Mean and standard deviation of Gaussian priors on θ, infinite where there is none.

    Returns
    -------
    list of Influence
        In the order of the points; a point without which nothing was seen is left out.
    """
    number = likelihood.count.size
    starts = Starts.make(likelihood)
    found: list[Influence] = []
    rows: list[Array] = []
    problems_low: list[Array] = []
    problems_high: list[Array] = []
    begin: list[Array] = []
    kept: list[int] = []
    for point in range(number):
        others = np.where(np.arange(number) == point, 0.0, likelihood.count)
        if not others.any():
            continue
        first = likelihood.let_mev_cm2_mg[others > 0].min()
        parts = np.flatnonzero(starts.open_parts(first))
        begin.append(starts.best(others[None])[0][0, parts])
        problems_low.append(starts.low[parts])
        problems_high.append(starts.high[parts])
        rows.append(np.full(len(parts), float(len(kept))))
        kept.append(point)
    owner = np.concatenate(rows).astype(np.intp)
    weight = 1.0 - (1.0 - 1e-12) * np.eye(number)
    data = replace(
        likelihood,
        count=np.where(np.eye(number, dtype=bool), 0.0, likelihood.count)[np.array(kept)[owner]],
        weight=weight[np.array(kept)[owner]],
    )
    centre, spread = prior or (None, None)
    problems = held_problems(
        data, np.concatenate(problems_low), np.concatenate(problems_high), centre=centre, spread=spread
    )
    solved = minimise_from(problems, np.concatenate(begin))
    for position, point in enumerate(kept):
        mine = np.flatnonzero(owner == position)
        best = mine[int(np.argmin(solved.deviance[mine]))]
        found.append(Influence(point, solved.theta[best] - theta, deviance - float(solved.deviance[best])))
    return found
