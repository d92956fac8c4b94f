"""The motion of a satellite around an oblate Earth, by integration."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

__all__ = ["EARTH_TURN_RAD_S", "EQUATOR_KM", "J2", "MU_KM3_S2", "motion_km"]

Array = NDArray[np.float64]
MU_KM3_S2, J2, EQUATOR_KM = 398600.4418, 1.08262668e-3, 6378.137
EARTH_TURN_RAD_S = 7.2921159e-5
_OBLATE = 1.5 * J2 * MU_KM3_S2 * EQUATOR_KM**2


def motion_km(place_km: Array, velocity_km_s: Array, time_s: Array) -> Array:
    """Follow a satellite from a place and a velocity.

    Parameters
    ----------
    place_km, velocity_km_s : ndarray, shape (3,)
        At time 0, in axes that do not turn: z to the north, x to where Greenwich is at time 0.
    time_s : ndarray, shape (n,)
        Times, s, rising from 0.

    Returns
    -------
    ndarray, shape (n, 3)
        Places in coordinates that turn with the Earth, km: x to Greenwich, z to the north.

    Notes
    -----
    d²r/dt² = −μ r/r³ + (3/2) J2 μ R²/r⁵ · [x (5 z²/r² − 1), y (5 z²/r² − 1), z (5 z²/r² − 3)], integrated by Dormand
    and Prince's method of order 8 with a relative tolerance of 10⁻⁹, a kilometre or two after a month.
    """
    answer = solve_ivp(
        _acceleration,
        (0.0, float(time_s[-1])),
        np.concatenate([place_km, velocity_km_s]),
        method="DOP853",
        t_eval=time_s,
        rtol=1e-9,
        atol=1e-6,
    )
    x, y, z = answer.y[:3]
    turned = EARTH_TURN_RAD_S * time_s
    cosine, sine = np.cos(turned), np.sin(turned)
    return np.stack([x * cosine + y * sine, y * cosine - x * sine, z], axis=1)


def _acceleration(_: float, state: Array) -> tuple[float, float, float, float, float, float]:
    x, y, z, u, v, w = state.tolist()
    square = x * x + y * y + z * z
    radius = math.sqrt(square)
    central, oblate, tilt = -MU_KM3_S2 / (square * radius), _OBLATE / (square * square * radius), 5.0 * z * z / square
    level = central + oblate * (tilt - 1.0)
    return u, v, w, x * level, y * level, z * (central + oblate * (tilt - 3.0))
