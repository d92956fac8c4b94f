"""Poisson-likelihood fits of a cross section against proton energy, with profile-likelihood limits."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import chdtrc, chdtri

from radtest.analysis.calibrated_curve import CalibratedCurve
from radtest.analysis.counting import poisson_upper
from radtest.analysis.likelihood import PoissonCurve
from radtest.analysis.profile_search import ProfileSearch
from radtest.analysis.profile_side import Target
from radtest.analysis.proton import bendel_shape, bendel_two, proton_weibull
from radtest.analysis.proton_points import ProtonPoint, proton_uncertainties
from radtest.core.errors import ConfigurationError, FitError
from radtest.core.estimate import Estimate

__all__ = ["ProtonFit", "fit_protons"]

Array = NDArray[np.float64]
ProtonModel = Literal["bendel1", "bendel2", "weibull"]

_NAMES = {
    "bendel1": ("a",),
    "bendel2": ("a", "b"),
    "weibull": ("sigma_sat_cm2", "energy0_mev", "width_mev", "shape"),
}
_BENDEL_ONE_B = 24.0
_UNIT_CM2 = 1e-12
_SMALLEST_A_MEV = 0.01
_GRID = 120


@dataclass(frozen=True, slots=True, eq=False)
class ProtonFit:
    """A fitted cross section against proton energy.

    Parameters
    ----------
    model : {"bendel1", "bendel2", "weibull"}
        What was fitted.
    parameters : dict of str to Estimate
        ``a`` (and ``b``), MeV; or ``sigma_sat_cm2``, ``energy0_mev``, ``width_mev``, ``shape``. Best fit and
        profile-likelihood interval; a limit that the data do not set is infinite, or the physical bound.
    per : {"bit", "device"}
        What the cross section is per.
    deviance : float
        Deviance of the best fit.
    degrees_of_freedom : int
        Points less parameters.
    p_value : float or None
        Probability of a larger deviance were the model true (χ² approximation); None without degrees of freedom.
    points : tuple of ProtonPoint
        The data, each with the uncertainty of its fluence.
    confidence : float
        Confidence level of the intervals.
    notes : tuple of str
        What a reader has to know.
    common_fluence_uncertainty : float
        Relative standard uncertainty of a factor common to all fluences; it is in the intervals.
    """

    model: ProtonModel
    parameters: dict[str, Estimate]
    per: Literal["bit", "device"]
    deviance: float
    degrees_of_freedom: int
    p_value: float | None
    points: tuple[ProtonPoint, ...]
    confidence: float
    notes: tuple[str, ...]
    common_fluence_uncertainty: float = 0.0

    def cross_section(self, energy_mev: Array) -> Array:
        """Return the best fit at energies (MeV) of any shape, cm²."""
        return _curve(self.model, [estimate.value for estimate in self.parameters.values()], energy_mev)


def fit_protons(
    points: Sequence[ProtonPoint],
    model: ProtonModel = "bendel2",
    *,
    per: Literal["bit", "device"] | None = None,
    fluence_uncertainty: float = 0.0,
    common_fluence_uncertainty: float = 0.0,
    confidence: float = 0.95,
) -> ProtonFit:
    """Fit Bendel's model of one or two parameters, or a Weibull in energy, to counts by maximum Poisson likelihood.

    Parameters
    ----------
    points : sequence of ProtonPoint
        Counts against energy; zero counts belong in them.
    model : {"bendel1", "bendel2", "weibull"}
        What to fit.
    per : {"bit", "device"}, optional
        What the cross section is per; by default per bit where every point states its bits.
    fluence_uncertainty : float
        Relative standard uncertainty of each fluence, independent from run to run, for points that do not state their
        own.
    common_fluence_uncertainty : float
        Relative standard uncertainty of a factor common to all fluences.
    confidence : float
        Confidence level of the intervals.

    Returns
    -------
    ProtonFit

    Raises
    ------
    FitError
        If there are fewer energies than parameters, or no events, or for two parameters and more events at one energy.
    ConfigurationError
        If there are no points, bits are missing where they are needed, or an uncertainty is not between 0 and 1.

    Notes
    -----
    σ(E) = (b/a)^14 · 1e-12 cm² · [1 − exp(−0.18 Y^½)]⁴ with Y = (18/a)^½ (E − a), b = 24 for one parameter [1]_ [2]_.
    For a given a the height of largest likelihood follows from one equation, so that the profile of a is a function of
    one number and that of b a minimum over a. The Weibull is searched as that of heavy ions. A factor
    common to all fluences is a nuisance parameter with a Gaussian constraint: it leaves a and the form of a curve
    whose height is free alone, and moves b by a fourteenth of it.

    References
    ----------
    .. [1] W. L. Bendel and E. L. Petersen, IEEE Trans. Nucl. Sci. 30, 4481 (1983).
    .. [2] W. J. Stapor, J. P. Meyers, J. B. Langworthy and E. L. Petersen, IEEE Trans. Nucl. Sci. 37, 1966 (1990).
    """
    if not points:
        raise ConfigurationError("no points to fit", remedy="give one line per run.")
    if fluence_uncertainty:
        points = [
            replace(p, fluence_uncertainty=fluence_uncertainty) if p.fluence_uncertainty is None else p for p in points
        ]
    for name, value in (("fluence", fluence_uncertainty), ("common fluence", common_fluence_uncertainty)):
        if not 0 <= value < 1:
            raise ConfigurationError(
                f"{name} uncertainty: got {value!r}", remedy="give a fraction, such as 0.1 for 10 %."
            )
    if not 0 < confidence < 1:
        raise ConfigurationError(f"confidence: got {confidence!r}", remedy="give a level between 0 and 1.")
    per = per or ("bit" if all(point.bits is not None for point in points) else "device")
    if per == "bit" and any(point.bits is None for point in points):
        raise ConfigurationError(
            "protons per bit: a point states no bits", remedy="add a column bits, or fit per device."
        )
    likelihood = PoissonCurve(
        np.array([point.energy_mev for point in points]),
        np.array([float(point.count) for point in points]),
        np.array([p.fluence_cm2 * (p.bits if per == "bit" and p.bits is not None else 1) for p in points]),
        proton_uncertainties(points),
    )
    _refuse_too_little(likelihood, model, per, confidence)
    rise = float(chdtri(1.0, 1.0 - confidence))
    if model == "weibull":
        table, deviance = _weibull(likelihood, rise, common_fluence_uncertainty)
    else:
        calibration = CalibratedCurve(likelihood, common_fluence_uncertainty)
        table, deviance = _bendel(calibration, rise, two=model == "bendel2")
    freedom = len(points) - len(_NAMES[model])
    p_value = float(chdtrc(float(freedom), max(deviance, 0.0))) if freedom > 0 else None
    parameters = {
        name: Estimate(float(row[0]), float(row[1]), float(row[2]), confidence)
        for name, row in zip(_NAMES[model], table, strict=True)
    }
    return ProtonFit(
        model,
        parameters,
        per,
        deviance,
        freedom,
        p_value,
        tuple(points),
        confidence,
        _notes(parameters, p_value, model, per),
        common_fluence_uncertainty,
    )


def _weibull(likelihood: PoissonCurve, rise: float, common: float) -> tuple[list[tuple[float, float, float]], float]:
    search = ProfileSearch(likelihood, common)
    limits = search.limits([Target(coordinate) for coordinate in range(4)], rise)
    rows = []
    for name, value, limit in zip(_NAMES["weibull"], search.optimum.theta, limits, strict=True):
        low = limit.low if limit.bounded_below else -math.inf
        high = limit.high if limit.bounded_above else math.inf
        if name == "energy0_mev":
            rows.append((float(value), max(low, 0.0), limit.high))
        else:
            rows.append((math.exp(value), math.exp(low), math.exp(high)))
    return rows, search.optimum.deviance


def _bendel(calibration: CalibratedCurve, rise: float, *, two: bool) -> tuple[list[tuple[float, float, float]], float]:
    likelihood = calibration.likelihood
    energy, seen = likelihood.let_mev_cm2_mg, likelihood.count > 0
    highest = float(energy[seen].min()) * (1.0 - 1e-9)

    def of_a(a: float) -> float:
        height = _best_height(likelihood, a) if two else 14.0 * math.log(_BENDEL_ONE_B / a)
        return _deviance(calibration, a, height)

    coarse = np.geomspace(_SMALLEST_A_MEV, highest, _GRID)
    a, deviance = _least(of_a, coarse, np.array([of_a(one) for one in coarse]))
    low, high = _crossings(of_a, a, deviance + rise, (_SMALLEST_A_MEV, highest))
    rows = [(a, low if low > _SMALLEST_A_MEV else 0.0, high)]
    if not two:
        return rows, deviance
    # ln b = ln a + height / 14; the likelihood hardly cares for b with a held, so that b is searched as it is.
    b = math.log(a) + _best_height(likelihood, a) / 14.0

    def of_b(log_b: float) -> float:
        log_shape = math.log(_UNIT_CM2) + _log_shape(likelihood, fine[:, None])
        values = calibration.deviance(log_shape + 14.0 * (log_b - np.log(fine[:, None])))
        return _least(lambda one: _deviance(calibration, one, 14.0 * (log_b - math.log(one))), fine, values)[1]

    near = np.linspace(max(2.0 * low - a, _SMALLEST_A_MEV), min(2.0 * high - a, highest), 120)
    fine = np.unique(np.concatenate([near, coarse[::4]]))
    ends = _crossings(of_b, b, deviance + rise, (b - 12.0, b + 12.0))
    bounded = (abs(ends[0] - b) < 11.9, abs(ends[1] - b) < 11.9)
    rows.append((math.exp(b), math.exp(ends[0]) if bounded[0] else 0.0, math.exp(ends[1]) if bounded[1] else math.inf))
    return rows, deviance


def _deviance(calibration: CalibratedCurve, a: float, height: float) -> float:
    log_shape = _log_shape(calibration.likelihood, np.array(a))
    return float(calibration.deviance(height + math.log(_UNIT_CM2) + log_shape))


def _log_shape(likelihood: PoissonCurve, a: Array) -> Array:
    with np.errstate(divide="ignore"):
        log_shape = np.log(bendel_shape(likelihood.let_mev_cm2_mg, a))
    # Below a nothing is expected, and there are no events: a stays below the lowest energy with some.
    return np.maximum(log_shape, -2000.0)


def _best_height(likelihood: PoissonCurve, a: float) -> float:
    """Return 14 ln(b / a) of largest likelihood."""
    log_shape = math.log(_UNIT_CM2) + _log_shape(likelihood, np.array(a))
    exact = math.log(likelihood.count.sum()) - float(likelihood.log_sum(log_shape))
    if likelihood.fluence_is_exact:
        return exact

    def slope(height: float) -> float:
        return float(likelihood.slope(log_shape + height).sum())

    # Far above, the fluences take up everything and the slope drowns in rounding; the root lies near the exact one.
    above = next((exact + step for step in (0.5, 2.0, 5.0, 10.0, 20.0) if slope(exact + step) > 0), None)
    return exact + 20.0 if above is None else float(brentq(slope, exact - 60.0, above, xtol=1e-8))


def _least(function: Callable[[float], float], places: Array, values: Array) -> tuple[float, float]:
    best = int(np.argmin(values))
    low, high = places[max(best - 1, 0)], places[min(best + 1, len(places) - 1)]
    found = minimize_scalar(function, bounds=(low, high), method="bounded", options={"xatol": 1e-7 * high})
    if found.fun <= values[best]:
        return float(found.x), float(found.fun)
    return float(places[best]), float(values[best])


def _crossings(
    function: Callable[[float], float], best: float, level: float, ends: tuple[float, float]
) -> tuple[float, float]:
    """Return where a function rises to a level on both sides of its minimum; the end where it does not."""

    def above(place: float) -> float:
        return function(place) - level

    found = []
    for end in ends:
        inner, step = best, 0.02 * (end - best)
        while True:
            outer = inner + step
            if (outer - end) * step >= 0:
                outer = end
            if function(outer) >= level:
                found.append(float(brentq(above, min(inner, outer), max(inner, outer), xtol=1e-6)))
                break
            if outer == end:
                found.append(float(end))
                break
            inner, step = outer, 1.6 * step
    return found[0], found[1]


def _curve(model: str, values: Sequence[float], energy_mev: Array) -> Array:
    if model == "weibull":
        return proton_weibull(energy_mev, *values)
    return bendel_two(energy_mev, values[0], values[1] if model == "bendel2" else _BENDEL_ONE_B)


def _refuse_too_little(likelihood: PoissonCurve, model: str, per: str, confidence: float) -> None:
    energies, free = np.unique(likelihood.let_mev_cm2_mg), len(_NAMES[model])
    if likelihood.count.sum() == 0:
        upper = float(poisson_upper(0, confidence)) / likelihood.exposure_cm2.sum()
        raise FitError(
            f"no events at any of {len(energies)} proton energies: nothing to fit. Were the cross section the same at "
            f"all of them, it would be below {upper:.3g} cm²/{per} at {confidence:.0%} confidence",
            remedy="state that upper limit, or add fluence.",
        )
    seen = np.unique(likelihood.let_mev_cm2_mg[likelihood.count > 0])
    if len(energies) < free or (free > 1 and len(seen) < 2):
        raise FitError(
            f"{model}: events at {len(seen)} of {len(energies)} proton energies cannot constrain {free} parameters",
            remedy="add energies, or take a model with fewer parameters (bendel1 needs one).",
        )


def _notes(parameters: dict[str, Estimate], p_value: float | None, model: str, per: str) -> tuple[str, ...]:
    notes = [
        f"the data do not bound {name} from above."
        for name, estimate in parameters.items()
        if math.isinf(estimate.high)
    ]
    if model != "weibull" and per == "device":
        notes.append("Bendel's parameters are meant per bit; these give the cross section of the device.")
    if p_value is not None and p_value < 0.01:
        notes.append(f"p = {p_value:.2g}: the points scatter more than counting allows, or the curve has another form.")
    return tuple(notes)
