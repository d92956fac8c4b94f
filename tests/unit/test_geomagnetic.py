"""Cutoff rigidities: Störmer's limits, the Earth's shadow, and what must hold for every path."""

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radtest.analysis.geomagnetic import (
    STORMER_GV,
    dipole_latitude_and_distance,
    directional_cutoff_gv,
    earth_shadow,
    geomagnetic_filter,
    vertical_cutoff_gv,
)
from radtest.analysis.orbit_path import geostationary_path_km, orbit_path_km

PATH = orbit_path_km(420, 420, 51.6)


def test_the_vertical_cutoff_is_16_over_l_squared_and_a_storm_lowers_it() -> None:
    latitude, distance = dipole_latitude_and_distance(PATH)
    shell = distance / np.cos(latitude) ** 2
    quiet = vertical_cutoff_gv(PATH)
    assert quiet == pytest.approx(16.0 / shell**2)
    assert vertical_cutoff_gv(PATH, storm=True) == pytest.approx(np.maximum(quiet - 0.54 * np.exp(-quiet / 2.9), 0))


def test_the_constant_of_the_dipole() -> None:
    # 59.6 GV for the dipole of 1955 (8.1e25 gauss cm³); it has lost 6 % since.
    assert pytest.approx(59.6, rel=0.06) == STORMER_GV


def test_at_the_equator_the_east_needs_almost_six_times_what_the_west_needs() -> None:
    latitude, _ = dipole_latitude_and_distance(PATH)
    equator = PATH[[int(np.argmin(np.abs(latitude)))]]
    east, zenith, west = directional_cutoff_gv(equator, [1.0, 0.0, -1.0])[0]
    # (1 + √2)² = 5.83 and 4 and 1 of Störmer's cone at the equator.
    assert east / west == pytest.approx((1 + math.sqrt(2)) ** 2, rel=1e-2)
    assert east / zenith == pytest.approx(4.0, rel=1e-2)


def test_the_largest_cutoffs_on_the_ground() -> None:
    """Smart and Shea: vertical cutoffs on the ground reach about 17.5 GV near India, 12 GV over South America."""

    def highest(longitude_deg: float) -> float:
        latitude = np.radians(np.arange(-30.0, 31.0))
        longitude = math.radians(longitude_deg)
        place = 6371.0 * np.stack(
            [np.cos(latitude) * math.cos(longitude), np.cos(latitude) * math.sin(longitude), np.sin(latitude)], axis=1
        )
        return float(np.max(directional_cutoff_gv(place, [0.0])))

    assert highest(100.0) == pytest.approx(17.5, rel=0.1)
    assert highest(-60.0) == pytest.approx(12.0, rel=0.1)


def test_the_earth_hides_what_it_should() -> None:
    ground = np.array([[6371.0, 0.0, 0.0]])
    assert float(earth_shadow(ground)[0]) == pytest.approx(0.5)
    for model in ("directional", "vertical"):
        field = geomagnetic_filter(PATH, model=model)
        assert float(field.transmission(1e4)) == pytest.approx(1.0 - float(np.mean(earth_shadow(PATH))), abs=2e-3)


def test_a_geostationary_orbit_has_a_weak_cutoff() -> None:
    field = geomagnetic_filter(geostationary_path_km(0.0, days=0.1))
    # Open to all from L of 6.3 on: only the Earth's shadow is left, 0.6 %.
    assert float(field.transmission(0.02)) == pytest.approx(0.994, abs=2e-3)


@given(
    altitude=st.floats(300, 40000),
    inclination=st.floats(0, 180),
    model=st.sampled_from(["directional", "vertical"]),
)
@settings(max_examples=20, deadline=None)
def test_more_rigidity_never_arrives_less_and_a_storm_lets_more_in(altitude, inclination, model) -> None:
    path = orbit_path_km(altitude, altitude, inclination, days=1, step_s=300)
    rigidity = np.geomspace(0.01, 100, 60)
    quiet = geomagnetic_filter(path, model=model).transmission(rigidity)
    storm = geomagnetic_filter(path, model=model, storm=True).transmission(rigidity)
    assert np.all(np.diff(quiet) >= 0)
    assert np.all(storm >= quiet - 1e-12)
    assert np.all((quiet >= 0) & (storm <= 1))


def test_the_transmission_of_an_orbit_takes_less_than_half_a_second() -> None:
    start = time.process_time()
    geomagnetic_filter(PATH).transmission(np.geomspace(0.01, 100, 1000))
    assert time.process_time() - start < 0.5
