"""The forms of a cross section against LET that can be fitted: each a scale times a function of a few numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from radtest.core.errors import ConfigurationError

__all__ = ["FORMS", "CurveForm", "form_named"]

Array = NDArray[np.float64]

# ln of a fraction so small that nothing is expected: finite, so that a count of 0 times it is 0.
NOTHING = -2000.0


@dataclass(frozen=True, slots=True, eq=False)
class CurveForm:
    """A form of the cross section: σ(L) = scale · F(L), the scale in cm².

    Parameters
    ----------
    name : str
        What it is called.
    equation : str
        F(L), in words and letters.
    parameters : tuple of str
        Names, the scale first; then those of F, the threshold `let0_mev_cm2_mg` first where there is one.
    has_threshold : bool
        Whether the first parameter of F is a threshold, which is searched between 0 and the lowest LET with events.
        The others, like the scale, are searched as logarithms.
    log_fraction : callable
        Takes LETs of shape (points,) and coordinates of shape (..., k); returns ln F, shape (..., points), and its
        derivatives, shape (..., points, k).
    box : callable
        Takes the LETs; returns lowest and highest coordinates, two arrays of shape (k,).
    axes : callable
        Takes the LETs; returns one axis of a grid of starts for each coordinate but the threshold.
    saturates : bool
        Whether the scale is a saturation cross section.
    """

    name: str
    equation: str
    parameters: tuple[str, ...]
    has_threshold: bool
    log_fraction: Callable[[Array, Array], tuple[Array, Array]]
    box: Callable[[Array], tuple[Array, Array]]
    axes: Callable[[Array], tuple[Array, ...]]
    saturates: bool = True

    @property
    def size(self) -> int:
        """Number of parameters, the scale among them."""
        return len(self.parameters)

    @property
    def logarithmic(self) -> NDArray[np.bool_]:
        """Which of the parameters, the scale first, are searched as logarithms; shape (size,)."""
        return np.array([name != "let0_mev_cm2_mg" for name in self.parameters])


def _above(let: Array, let0: Array) -> tuple[Array, NDArray[np.bool_]]:
    above = let - let0[..., None]
    return np.where(above > 0.0, above, 1.0), above > 0.0


def _weibull(let: Array, shape_of: Array) -> tuple[Array, Array]:
    above = let - shape_of[..., 0, None]
    open_ = above > 0.0
    above = np.where(open_, above, 1.0)
    power = np.exp(shape_of[..., 2, None])
    log_x = np.log(above) - shape_of[..., 1, None]
    wanted = power * log_x
    log_z = np.minimum(np.maximum(wanted, -600.0), 6.5)  # exp(6.5) is far beyond saturation; below, F is as good as z
    z = np.exp(log_z)
    exceedance = -np.expm1(-z)
    log_f = np.maximum(np.log(exceedance) + np.minimum(wanted - log_z, 0.0), NOTHING)
    derivatives = np.empty((*above.shape, 3))
    slope = np.where(open_, z * (1.0 - exceedance) / exceedance * power, 0.0)
    derivatives[..., 0] = -slope / above
    derivatives[..., 1] = -slope
    derivatives[..., 2] = slope * log_x
    return np.where(open_, log_f, NOTHING), derivatives


def _power_law(let: Array, shape_of: Array) -> tuple[Array, Array]:
    above, open_ = _above(let, shape_of[..., 0])
    reach = let.max() - shape_of[..., 0, None]
    power = np.exp(shape_of[..., 1, None])
    log_x = np.log(above / reach)
    slope = np.where(open_, power, 0.0)
    derivatives = np.stack([slope * (1.0 / reach - 1.0 / above), slope * log_x], axis=-1)
    return np.where(open_, np.maximum(power * log_x, NOTHING), NOTHING), derivatives


def _piecewise_linear(let: Array, shape_of: Array) -> tuple[Array, Array]:
    above, open_ = _above(let, shape_of[..., 0])
    log_x = np.log(above) - shape_of[..., 1, None]
    slope = np.where(open_ & (log_x < 0.0), 1.0, 0.0)
    derivatives = np.stack([-slope / above, -slope], axis=-1)
    return np.where(open_, np.maximum(np.minimum(log_x, 0.0), NOTHING), NOTHING), derivatives


def _lognormal(let: Array, shape_of: Array) -> tuple[Array, Array]:
    spread = np.exp(shape_of[..., 1, None])
    t = (np.log(let) - shape_of[..., 0, None]) / spread
    log_f = log_ndtr(t)
    hazard = np.exp(-0.5 * t * t - 0.5 * np.log(2.0 * np.pi) - log_f)
    derivatives = np.stack([-hazard / spread, -hazard * t], axis=-1)
    return np.maximum(log_f, NOTHING), np.where((log_f > NOTHING)[..., None], derivatives, 0.0)


def _wide(let: Array) -> tuple[float, float]:
    """Limits of ln width so wide that reaching them means that the data do not bound it."""
    return float(np.log(1e-3 * let.min())), float(np.log(1e6 * let.max()))


def _widths(let: Array, number: int) -> Array:
    return np.log(np.geomspace(0.02 * let.min(), 10.0 * let.max(), number))


_POWERS = (float(np.log(0.05)), float(np.log(30.0)))

_ALL = (
    CurveForm(
        "weibull",
        "1 − exp(−((L − let0)/width)^shape)",
        ("sigma_sat_cm2", "let0_mev_cm2_mg", "width_mev_cm2_mg", "shape"),
        True,
        _weibull,
        lambda let: (np.array([0.0, _wide(let)[0], _POWERS[0]]), np.array([let.max(), _wide(let)[1], _POWERS[1]])),
        lambda let: (_widths(let, 16), np.log(np.geomspace(0.1, 12.0, 12))),
    ),
    CurveForm(
        "lognormal",
        "Φ(ln(L/median)/spread)",
        ("sigma_sat_cm2", "median_mev_cm2_mg", "spread"),
        False,
        _lognormal,
        lambda let: (
            np.array([_wide(let)[0], float(np.log(1e-3))]),
            np.array([_wide(let)[1], float(np.log(30.0))]),
        ),
        lambda let: (_widths(let, 24), np.log(np.geomspace(0.03, 5.0, 12))),
    ),
    CurveForm(
        "piecewise_linear",
        "(L − let0)/width up to let0 + width, then 1",
        ("sigma_sat_cm2", "let0_mev_cm2_mg", "width_mev_cm2_mg"),
        True,
        _piecewise_linear,
        lambda let: (np.array([0.0, _wide(let)[0]]), np.array([let.max(), _wide(let)[1]])),
        lambda let: (_widths(let, 42),),
    ),
    CurveForm(
        "power_law",
        "((L − let0)/(Lₘ − let0))^shape, with Lₘ the highest LET of the data: no saturation",
        ("sigma_highest_cm2", "let0_mev_cm2_mg", "shape"),
        True,
        _power_law,
        lambda let: (np.array([0.0, _POWERS[0]]), np.array([let.max(), _POWERS[1]])),
        lambda _: (np.log(np.geomspace(0.1, 20.0, 18)),),
        saturates=False,
    ),
)
FORMS: dict[str, CurveForm] = {form.name: form for form in _ALL}


def form_named(name: str) -> CurveForm:
    """Return a form by its name.

    Raises
    ------
    ConfigurationError
        If there is no such form.
    """
    if name not in FORMS:
        raise ConfigurationError(f"form of a cross section: got {name!r}", remedy=f"use one of {', '.join(FORMS)}.")
    return FORMS[name]
