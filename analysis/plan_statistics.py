"""Events for a precision, and the dose of a fluence."""

from __future__ import annotations

import math

from scipy.special import gammaincinv

from radtest.core.errors import ConfigurationError

__all__ = ["RAD_PER_MEV_MG", "events_for_precision", "ionising_dose_rad", "poisson_precision"]

RAD_PER_MEV_MG = 1.602176634e-5
"""Dose of 1 MeV in each mg, rad: 1 MeV is 1.602176634e-13 J, 1 rad is 0.01 J/kg."""


def ionising_dose_rad(let_mev_cm2_mg: float, fluence_cm2: float) -> float:
    """Return the dose of a fluence in silicon, rad(Si).

    Parameters
    ----------
    let_mev_cm2_mg : float
        LET along the track, MeV·cm²/mg.
    fluence_cm2 : float
        Fluence across the beam, cm⁻². At a tilt the effective LET is larger and the effective fluence smaller by the
        same factor: the dose stays.

    Notes
    -----
    D = 1.602e-5 · LET · Φ [1]_, for a layer in which the LET hardly changes.

    References
    ----------
    .. [1] ESCC Basic Specification 25100; the factor is that of the units.
    """
    return RAD_PER_MEV_MG * let_mev_cm2_mg * fluence_cm2


def poisson_precision(count: float, confidence: float = 0.95) -> float:
    """Return half the width of the exact interval of a count over the count; infinite for none.

    Parameters
    ----------
    count : float
        Counted or expected events; between whole numbers the limits are those of the same equation.
    confidence : float
        Confidence level of the interval.

    Notes
    -----
    The interval is Garwood's, as in `poisson_limits`, by the inverse of the incomplete gamma function.
    """
    if count <= 0:
        return math.inf
    tail = (1.0 - confidence) / 2.0
    low, high = gammaincinv(count, tail), gammaincinv(count + 1.0, 1.0 - tail)
    return float(high - low) / (2.0 * count)


def events_for_precision(precision: float, confidence: float = 0.95) -> int:
    """Return the fewest events whose exact Poisson interval is not wider than ± `precision` of the count.

    Raises
    ------
    ConfigurationError
        If the precision is not above 0 and at most 3.
    """
    if not 0.001 <= precision <= 3:
        raise ConfigurationError(
            f"precision {precision:g}: legal: 0.001 to 3", remedy="give the relative half width, 0.2 for ± 20 %."
        )
    low, high = 1, 2
    while poisson_precision(high, confidence) > precision:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if poisson_precision(middle, confidence) > precision else (low, middle)
    return low if poisson_precision(low, confidence) <= precision else high
