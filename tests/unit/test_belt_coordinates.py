"""L and B/B0 in the fields of AP-8 and AE-8, and the tables read at them."""

import ctypes
import importlib
import math

import numpy as np
import pytest

pytest.importorskip("aep8", reason="trapped particles need the extra orbit")

from radtest.analysis.irbem import MCILWAIN_MOMENT_GAUSS, geomagnetic_coordinates, integral_flux

RADIUS_KM = 6371.2


def place_km(latitude_deg: float, longitude_deg: float, altitude_km: float) -> np.ndarray:
    latitude, longitude = math.radians(latitude_deg), math.radians(longitude_deg)
    east, north = math.cos(latitude) * math.cos(longitude), math.cos(latitude) * math.sin(longitude)
    return (6371.0 + altitude_km) * np.array([east, north, math.sin(latitude)])


def field_gauss(place: np.ndarray) -> tuple[np.ndarray, float]:
    """The field that `geomagnetic_coordinates` was called for last."""
    library = ctypes.CDLL(importlib.import_module("aep8._irbem").__file__)
    vector, strength, failed = (ctypes.c_double * 3)(), ctypes.c_double(), ctypes.c_int32()
    library.champ_((ctypes.c_double * 3)(*place), vector, ctypes.byref(strength), ctypes.byref(failed))
    return np.array(vector[:]) / strength.value, strength.value * 1e-5


def traced_integral(place: np.ndarray, step: float = 0.005) -> float:
    """I = ∫ √(1 − B/Bm) ds to the mirror point on the other side, Earth radii, along the line of the field."""
    direction, mirror = field_gauss(place)
    sign = 1.0 if field_gauss(place + 1e-3 * direction)[1] < mirror else -1.0
    inside = [1.0]
    while inside[-1] <= 1.0:
        first = sign * field_gauss(place)[0]
        middle = sign * field_gauss(place + step / 2 * first)[0]
        place = place + step * middle
        inside.append(field_gauss(place)[1] / mirror)
    ratio = np.array(inside)
    value = np.sqrt(np.maximum(1.0 - ratio, 0.0))
    last = (1.0 - ratio[-2]) / (ratio[-1] - ratio[-2])
    # The integrand begins and ends as a square root, of whose steps the trapezium takes three quarters.
    return step * float(np.sum(value[1:-1]) + value[1] / 6 + value[-2] * (2 * last / 3 - 0.5))


@pytest.mark.parametrize(("particle", "solar"), [("electron", "max"), ("proton", "max")])
@pytest.mark.parametrize("where", [(-20, -40, 550), (-25, -20, 550), (-10, 0, 600), (-40, -40, 825)])
def test_shells_are_those_of_mcilwains_moment(particle, solar, where) -> None:
    place = place_km(*where)
    shell, field = (float(part[0]) for part in geomagnetic_coordinates(particle, solar, place[None, :]))
    integral, (_, strength) = traced_integral(place / RADIUS_KM), field_gauss(place / RADIUS_KM)
    root = (integral**3 * strength / MCILWAIN_MOMENT_GAUSS) ** (1 / 3)
    hilton = 1 + 1.35047 * root + 0.456376 * root**2 + 0.0475455 * root**3
    # IRBEM's own, with the moment of the field, are 0.2 and 0.3 % smaller.
    assert shell == pytest.approx((MCILWAIN_MOMENT_GAUSS / strength * hilton) ** (1 / 3), rel=8e-4)
    assert field == pytest.approx(strength * shell**3 / MCILWAIN_MOMENT_GAUSS, rel=1e-6)


def test_electrons_go_on_below_the_shells_that_irbem_hands_out() -> None:
    shell = np.array([1.05, 1.12, 1.16, 1.19, 1.2, 1.2002, 1.22])
    flux = integral_flux("electron", "max", shell, np.full(7, 1.01), np.array([0.1, 0.5, 1.0]))
    assert np.all(flux[0] == 0.0)
    assert np.all(np.diff(flux[1:, 0]) > 0)
    assert flux[4] == pytest.approx(flux[5], rel=0.02)
    assert np.all(np.diff(flux[2:], axis=1) < 0)
