"""Chord lengths of a box under isotropic flux."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.core.errors import ConfigurationError

__all__ = ["chord_length_exceedance", "sample_chord_lengths"]

Array = NDArray[np.float64]


def chord_length_exceedance(length: ArrayLike, x: float, y: float, z: float) -> Array:
    """Probability that a particle of an isotropic flux crosses a box along a chord longer than a length.

    Parameters
    ----------
    length : array_like, any shape
        Lengths, in the unit of the sides.
    x, y, z : float
        Sides of the box, above 0.

    Returns
    -------
    ndarray, shape of `length`
        1 at and below 0, 0 from the diagonal on.

    Raises
    ------
    ConfigurationError
        If a side is not above 0.

    Notes
    -----
    For a convex body of surface S, C(r) = −(4/S) dγ/dr, where γ(r) is the volume that the body shares with its own
    copy moved by r, averaged over directions (Matheron's covariogram). For a box γ(r) = ⟨(x − r|u|)₊ (y − r|v|)₊ (z −
    r|w|)₊⟩ over the unit sphere. Writing t₊ = t + (−t)₊ splits it into a polynomial, one term per side shorter than
    r, and one term per pair of sides whose face diagonal is shorter than r; each has a closed form, differentiated
    here. The result is the integral of the distribution of [1]_ (whose last segment needs the sign of its 9(x² −
    va²)/2 term flipped).

    References
    ----------
    .. [1] K. L. Luke and M. G. Buehler, An exact, closed-form expression of the integral chord-length distribution
       for the calculation of single-event upsets induced by cosmic rays, J. Appl. Phys. 64, 5132 (1988).
    """
    for name, side in (("x", x), ("y", y), ("z", z)):
        if not (math.isfinite(side) and side > 0):
            raise ConfigurationError(f"side {name} of the volume: got {side!r}", remedy="give a length above 0.")
    r = np.asarray(length, dtype=np.float64)
    diagonal = math.sqrt(x * x + y * y + z * z)
    inside = (r > 0) & (r < diagonal)
    # Outside the range the answer is known; any length within it keeps the arithmetic below quiet.
    s = np.where(inside, r, diagonal / 2.0)
    faces = x * y + y * z + z * x
    slope = faces / 2.0 - 4.0 * s * (x + y + z) / (3.0 * math.pi) + 3.0 * s * s / (4.0 * math.pi)
    for a, b, c in ((x, y, z), (y, z, x), (z, x, y)):
        slope = slope - _one_side(s, a, b, c) - _two_sides(s, a, b, c)
    exceedance = slope * 2.0 / faces
    return np.where(inside, exceedance, np.where(r <= 0, 1.0, 0.0))


def sample_chord_lengths(rng: np.random.Generator, n: int, x: float, y: float, z: float) -> Array:
    """Draw chord lengths of a box by following particles of an isotropic flux.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    n : int
        Number of chords.
    x, y, z : float
        Sides of the box, above 0.

    Returns
    -------
    ndarray, shape (n,)

    Notes
    -----
    Entry points are uniform over the surface; directions follow the cosine law about the inward normal there.
    """
    sides = np.array([x, y, z], dtype=np.float64)
    areas = np.array([y * z, z * x, x * y])
    axis = rng.choice(
        3, size=n, p=areas / areas.sum()
    )  # by symmetry the particle enters at the face where this axis is 0
    others = (axis[:, None] + np.array([1, 2])) % 3
    position = np.zeros((n, 3))
    rows = np.arange(n)
    position[rows[:, None], others] = rng.random((n, 2)) * sides[others]
    sine = np.sqrt(rng.random(n))
    azimuth = 2.0 * math.pi * rng.random(n)
    direction = np.empty((n, 3))
    direction[rows, axis] = np.sqrt(1.0 - sine**2)
    direction[rows, others[:, 0]] = sine * np.cos(azimuth)
    direction[rows, others[:, 1]] = sine * np.sin(azimuth)
    wall = np.where(direction > 0, sides, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.where(direction == 0, np.inf, (wall - position) / direction)
    return np.asarray(distance.min(axis=1))


def _one_side(r: Array, a: float, b: float, c: float) -> Array:
    """Derivative of the term for r > a: (2/π)⟨(ru − a)₊ (b − rv)(c − rw)⟩, with u along side a."""
    present = r > a
    s = np.where(present, r, a)
    root = np.sqrt((s - a) * (s + a))
    arc = np.arccos(a / s)
    first = (s - a) ** 2 / 2.0
    second = root**3 / 3.0 - a * (s * s * arc - a * root) / 2.0
    third = s**4 / 4.0 - 2.0 * a * s**3 / 3.0 + a * a * s * s / 2.0 - a**4 / 12.0
    value = math.pi / 2.0 * b * c * first - (b + c) * second + third / 2.0
    change = math.pi / 2.0 * b * c * (s - a) - (b + c) * s * (root - a * arc) + s * (s - a) ** 2 / 2.0
    return np.where(present, 2.0 / math.pi * (change / s - value / s**2), 0.0)


def _two_sides(r: Array, a: float, b: float, c: float) -> Array:
    """Derivative of the term for r > √(a² + b²): (2/π)⟨(ru − a)₊ (rv − b)₊ (c − rw)⟩."""
    shortest = math.hypot(a, b)
    present = r > shortest
    s = np.where(present, r, shortest)
    t = np.sqrt(np.maximum((s - shortest) * (s + shortest), 0.0))
    over_a, over_b = np.arctan(t / a), np.arctan(t / b)
    both = np.arctan(s * t / (a * b))
    # ∫∫ (x − a)(y − b)/√(r² − x² − y²) over x > a, y > b within the circle, and its derivative
    first = (
        t**3 / 3.0
        - b * ((t * t + b * b) * over_b - b * t) / 2.0
        - a * ((t * t + a * a) * over_a - a * t) / 2.0
        + a * b * (s * both - a * over_b - b * over_a)
    )
    first_change = s * (t - b * over_b - a * over_a) + a * b * both
    # ∫∫ (x − a)(y − b) over the same region, and its derivative
    far_a, far_b = np.sqrt((s - b) * (s + b)), np.sqrt((s - a) * (s + a))
    angle = np.arcsin(far_a / s) - np.arcsin(a / s)
    second = (
        (s * s + b * b) * (far_a - a) ** 2 / 2.0 - (far_a**4 / 4.0 - a * far_a**3 / 3.0 + a**4 / 12.0)
    ) / 2.0 - b * ((far_b**3 - b**3) / 3.0 - a * (far_a * b - a * far_b + s * s * angle) / 2.0)
    second_change = s * ((far_a - a) ** 2 / 2.0 - b * (far_b - b - a * angle))
    value = c * first - second
    change = c * first_change - second_change
    return np.where(present, 2.0 / math.pi * (change / s - value / s**2), 0.0)
