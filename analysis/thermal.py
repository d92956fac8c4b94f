"""Heat of a payload in Earth orbit: view factors, loads, and the equilibrium of a radiator."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.core.errors import ConfigurationError

__all__ = [
    "ALBEDO",
    "EARTH_INFRARED_W_M2",
    "EARTH_RADIUS_KM",
    "SOLAR_W_M2",
    "STEFAN_BOLTZMANN",
    "AbsorbedHeat",
    "Orbit",
    "Radiator",
    "absorbed_heat",
    "earth_view_factor",
    "eclipse_fraction",
    "emitted_w",
    "equilibrium_temperature_k",
    "junction_temperature_k",
]

Array = NDArray[np.float64]

STEFAN_BOLTZMANN = 5.670374419e-8
"""W m⁻² K⁻⁴."""
SOLAR_W_M2 = 1361.0
"""Solar constant at 1 au, W/m²."""
ALBEDO = 0.30
"""Fraction of sunlight that the Earth reflects, global mean."""
EARTH_INFRARED_W_M2 = 237.0
"""Infrared emission of the Earth, global mean, W/m²."""
EARTH_RADIUS_KM = 6371.0
"""Mean radius, km."""


@dataclass(frozen=True, slots=True)
class Radiator:
    """A flat panel that radiates from one or both faces.

    Parameters
    ----------
    area_m2 : float
        Planform area (one face), m².
    emissivity, absorptivity : float
        Infrared emissivity and solar absorptivity of the faces, above 0 (0 or more) and at most 1.
    faces : int
        1 or 2. The back of a one-sided panel exchanges no heat.
    sun_incidence_deg : float
        Angle between the normal of the first face and the Sun, 0 to 180; 90 is edge-on.
    earth_angle_deg : float
        Angle between the normal of the first face and the centre of the Earth, 0 to 180; 90 is edge-on.
    """

    area_m2: float
    emissivity: float
    absorptivity: float
    faces: int
    sun_incidence_deg: float
    earth_angle_deg: float = 90.0

    def __post_init__(self) -> None:
        legal = {
            "area_m2": (0 < self.area_m2 < math.inf, "above 0"),
            "emissivity": (0 < self.emissivity <= 1, "above 0, at most 1"),
            "absorptivity": (0 <= self.absorptivity <= 1, "0 to 1"),
            "faces": (self.faces in (1, 2), "1 or 2"),
            "sun_incidence_deg": (0 <= self.sun_incidence_deg <= 180, "0 to 180"),
            "earth_angle_deg": (0 <= self.earth_angle_deg <= 180, "0 to 180"),
        }
        for name, (right, words) in legal.items():
            if not right:
                raise ConfigurationError(f"radiator {name}: got {getattr(self, name)!r}", remedy=f"give {words}.")


@dataclass(frozen=True, slots=True)
class Orbit:
    """A circular orbit and the light in it.

    Parameters
    ----------
    altitude_km : float
        Altitude, km, above 0.
    beta_deg : float
        Angle between the Sun and the plane of the orbit, −90 to 90.
    solar_w_m2, albedo, earth_infrared_w_m2 : float
        Sunlight, reflected fraction, infrared emission of the Earth.
    """

    altitude_km: float
    beta_deg: float
    solar_w_m2: float = SOLAR_W_M2
    albedo: float = ALBEDO
    earth_infrared_w_m2: float = EARTH_INFRARED_W_M2

    def __post_init__(self) -> None:
        legal = {
            "altitude_km": (0 < self.altitude_km < math.inf, "km above the ground, above 0"),
            "beta_deg": (-90 <= self.beta_deg <= 90, "-90 to 90"),
            "solar_w_m2": (0 <= self.solar_w_m2 < math.inf, "0 or more"),
            "albedo": (0 <= self.albedo <= 1, "0 to 1"),
            "earth_infrared_w_m2": (0 <= self.earth_infrared_w_m2 < math.inf, "0 or more"),
        }
        for name, (right, words) in legal.items():
            if not right:
                raise ConfigurationError(f"orbit {name}: got {getattr(self, name)!r}", remedy=f"give {words}.")


@dataclass(frozen=True, slots=True)
class AbsorbedHeat:
    """Heat that a radiator takes up from outside, W.

    Parameters
    ----------
    solar_w, albedo_w, infrared_w : float
        From the Sun, from sunlight reflected by the Earth, from the Earth's own emission.
    """

    solar_w: float
    albedo_w: float
    infrared_w: float

    @property
    def total_w(self) -> float:
        """Sum of the three."""
        return self.solar_w + self.albedo_w + self.infrared_w


def earth_view_factor(altitude_km: ArrayLike, angle_deg: ArrayLike = 90.0) -> Array:
    """View factor from a small flat face to the Earth.

    Parameters
    ----------
    altitude_km : array_like
        Altitude, km, above 0.
    angle_deg : array_like
        Angle between the normal of the face and the centre of the Earth, 0 to 180 degrees; 90 is edge-on. Shapes
        broadcast.

    Returns
    -------
    ndarray
        Between 0 and 1/H², with H = 1 + h/R.

    Notes
    -----
    With the whole disk in front of the face, F = cos λ / H². Where the plane of the face cuts the disk,
    F = 1/2 − asin[√(H²−1)/(H sin λ)]/π + [cos λ · acos(−√(H²−1) cot λ) − √(H²−1) √(1 − H² cos² λ)]/(π H²); behind it,
    0. Edge-on this is [asin(1/H) − √(H²−1)/H²]/π. Plane element to sphere: J. R. Howell, A Catalog of Radiation Heat
    Transfer Configuration Factors, B-43; the Earth is a uniform sphere of radius 6371 km.
    """
    height = np.asarray(altitude_km, dtype=np.float64)
    if not np.all(height > 0):
        raise ConfigurationError("altitude: at or below the ground", remedy="give km above 0.")
    h, angle = np.broadcast_arrays(1.0 + height / EARTH_RADIUS_KM, np.radians(np.asarray(angle_deg, dtype=np.float64)))
    cosine, sine = np.cos(angle), np.sin(angle)
    whole, cut = h * cosine >= 1.0, np.abs(h * cosine) < 1.0
    # Only the cut disk needs the long form; elsewhere its arguments leave their range.
    cosine_cut, sine_cut = np.where(cut, cosine, 0.0), np.where(cut, sine, 1.0)
    root = np.sqrt(h**2 - 1.0)
    partial = (
        0.5
        - np.arcsin(root / (h * sine_cut)) / np.pi
        + (cosine_cut * np.arccos(-root * cosine_cut / sine_cut) - root * np.sqrt(1.0 - (h * cosine_cut) ** 2))
        / (np.pi * h**2)
    )
    return np.where(whole, cosine / h**2, np.where(cut, partial, 0.0))


def eclipse_fraction(altitude_km: ArrayLike, beta_deg: ArrayLike) -> Array:
    """Fraction of a circular orbit spent in the Earth's shadow.

    Parameters
    ----------
    altitude_km, beta_deg : array_like, shapes that broadcast
        Altitude, km, above 0, and angle between the Sun and the plane of the orbit, degrees.

    Returns
    -------
    ndarray
        acos[√(H²−1) / (H cos β)]/π where the orbit meets the shadow, else 0; the shadow is a cylinder.
    """
    height = np.asarray(altitude_km, dtype=np.float64)
    if not np.all(height > 0):
        raise ConfigurationError("altitude: at or below the ground", remedy="give km above 0.")
    h, cosine = np.broadcast_arrays(1.0 + height / EARTH_RADIUS_KM, np.cos(np.radians(np.asarray(beta_deg))))
    root = np.sqrt(h**2 - 1.0)
    meets = h * cosine > root
    return np.where(meets, np.arccos(root / np.where(meets, h * cosine, np.inf)) / np.pi, 0.0)


def absorbed_heat(radiator: Radiator, orbit: Orbit, *, sunlit: float, reflected: float) -> AbsorbedHeat:
    """Heat that a radiator takes up from the Sun and the Earth.

    Parameters
    ----------
    radiator : Radiator
        The panel and its attitude.
    orbit : Orbit
        The orbit.
    sunlit : float
        1 in sunlight, 0 in eclipse, or a mean over the orbit.
    reflected : float
        Cosine of the angle of the Sun from the zenith of the point below (0 where that is night), or a mean over the
        orbit.

    Returns
    -------
    AbsorbedHeat

    Notes
    -----
    Solar: α S A cos θ on the face that sees the Sun. Earth: the emissivity (Kirchhoff) times 237 W/m², and α times
    albedo times S times `reflected`, each times area and view factor of every face.
    """
    incidence = math.cos(math.radians(radiator.sun_incidence_deg))
    front = abs(incidence) if radiator.faces == 2 else max(incidence, 0.0)
    view = float(earth_view_factor(orbit.altitude_km, radiator.earth_angle_deg))
    if radiator.faces == 2:
        view += float(earth_view_factor(orbit.altitude_km, 180.0 - radiator.earth_angle_deg))
    sunlight = radiator.absorptivity * orbit.solar_w_m2 * radiator.area_m2
    return AbsorbedHeat(
        solar_w=sunlight * front * sunlit,
        albedo_w=sunlight * orbit.albedo * view * reflected,
        infrared_w=radiator.emissivity * orbit.earth_infrared_w_m2 * radiator.area_m2 * view,
    )


def emitted_w(radiator: Radiator, temperature_k: ArrayLike) -> Array:
    """Heat that a radiator emits from all its faces, ε σ T⁴ · area · faces, W."""
    t = np.asarray(temperature_k, dtype=np.float64)
    return np.asarray(radiator.emissivity * STEFAN_BOLTZMANN * radiator.area_m2 * radiator.faces * t**4)


def equilibrium_temperature_k(radiator: Radiator, heat_w: ArrayLike) -> Array:
    """Temperature at which a radiator emits as much as it receives.

    Parameters
    ----------
    radiator : Radiator
        The panel, at one temperature all over (no fin loss).
    heat_w : array_like
        Heat from the payload and from outside together, W, 0 or more.

    Returns
    -------
    ndarray
        [Q / (ε σ A faces)]^¼, K; space itself (2.7 K) is left out.
    """
    heat = np.asarray(heat_w, dtype=np.float64)
    if not np.all(heat >= 0):
        raise ConfigurationError("heat on the radiator: below 0 W", remedy="give the sum of all loads.")
    return np.asarray((heat / emitted_w(radiator, 1.0)) ** 0.25)


def junction_temperature_k(radiator_k: ArrayLike, power_w: ArrayLike, resistance_k_w: ArrayLike) -> Array:
    """Temperature of a junction: that of the radiator plus power times thermal resistance, K."""
    return np.asarray(np.asarray(radiator_k) + np.asarray(power_w) * np.asarray(resistance_k_w), dtype=np.float64)
