"""View factors, loads and the equilibrium of a radiator."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radtest.analysis import (
    Orbit,
    Radiator,
    absorbed_heat,
    earth_view_factor,
    eclipse_fraction,
    emitted_w,
    equilibrium_temperature_k,
    junction_temperature_k,
)
from radtest.core import ConfigurationError

PANEL = Radiator(2.0, emissivity=0.9, absorptivity=0.12, faces=2, sun_incidence_deg=60)
ORBIT = Orbit(550, 0)


@pytest.mark.parametrize("angle_deg", [0, 20, 50, 66, 68, 90, 112, 114, 150])
@pytest.mark.parametrize("altitude_km", [550, 2000])
def test_view_factor_agrees_with_rays_from_the_face(altitude_km, angle_deg):
    """Directions by the cosine law about the normal; those within the Earth's disk count."""
    rng = np.random.default_rng(4)
    n = 400_000
    sine2, azimuth = rng.random(n), 2 * math.pi * rng.random(n)
    angle = math.radians(angle_deg)
    toward_earth = np.sqrt(1 - sine2) * math.cos(angle) + np.sqrt(sine2) * np.cos(azimuth) * math.sin(angle)
    h = 1 + altitude_km / 6371
    counted = np.mean(toward_earth > math.sqrt(1 - 1 / h**2))
    expected = float(earth_view_factor(altitude_km, angle_deg))
    assert counted == pytest.approx(expected, abs=5 * math.sqrt(max(expected, 1e-5) / n))


@given(altitude_km=st.floats(150, 40_000))
def test_view_factor_falls_as_the_face_turns_away(altitude_km):
    factors = earth_view_factor(altitude_km, np.linspace(0, 180, 400))
    assert np.all(np.diff(factors) <= 1e-9)
    assert factors[0] == pytest.approx((6371 / (6371 + altitude_km)) ** 2)
    assert factors[-1] == 0


def test_eclipse_needs_an_orbit_that_meets_the_shadow():
    assert float(eclipse_fraction(550, 90)) == 0
    beta = math.degrees(math.asin(6371 / 6921))  # the orbit grazes the shadow
    assert float(eclipse_fraction(550, beta + 0.01)) == 0
    assert float(eclipse_fraction(550, beta - 0.01)) > 0


@given(heat_w=st.floats(0, 1e5))
def test_in_equilibrium_a_radiator_emits_what_it_receives(heat_w):
    assert float(emitted_w(PANEL, equilibrium_temperature_k(PANEL, heat_w))) == pytest.approx(
        heat_w, rel=1e-9, abs=1e-9
    )


def test_loads_are_those_of_the_textbook():
    heat = absorbed_heat(PANEL, ORBIT, sunlit=1.0, reflected=1.0)
    assert heat.solar_w == pytest.approx(0.12 * 1361 * 2.0 * 0.5)
    assert heat.albedo_w == pytest.approx(0.12 * 1361 * 0.30 * 2.0 * 2 * 0.25777, rel=1e-4)
    assert heat.infrared_w == pytest.approx(0.9 * 237 * 2.0 * 2 * 0.25777, rel=1e-4)
    assert heat.total_w == pytest.approx(heat.solar_w + heat.albedo_w + heat.infrared_w)


def test_in_eclipse_only_the_infrared_is_left():
    heat = absorbed_heat(PANEL, ORBIT, sunlit=0.0, reflected=0.0)
    assert (heat.solar_w, heat.albedo_w) == (0, 0)
    assert heat.infrared_w > 0


def test_the_back_of_a_one_sided_panel_sees_neither_sun_nor_earth():
    panel = Radiator(1.0, 0.9, 0.1, faces=1, sun_incidence_deg=120, earth_angle_deg=180)
    assert absorbed_heat(panel, ORBIT, sunlit=1.0, reflected=1.0).total_w == 0


def test_a_panel_at_no_power_far_from_the_earth_reaches_the_temperature_of_a_sunlit_plate():
    """α S A = 2 ε σ A T⁴."""
    panel = Radiator(1.0, 0.8, 0.8, faces=2, sun_incidence_deg=0)
    heat = absorbed_heat(panel, Orbit(1e9, 0), sunlit=1.0, reflected=0.0)
    assert float(equilibrium_temperature_k(panel, heat.total_w)) == pytest.approx(
        (1361 / 2 / 5.670374e-8) ** 0.25, rel=1e-5
    )


def test_junction_is_hotter_by_power_times_resistance():
    assert float(junction_temperature_k(300.0, 25.0, 0.8)) == pytest.approx(320.0)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"area_m2": 0.0}, "area_m2"),
        ({"emissivity": 1.2}, "emissivity"),
        ({"faces": 3}, "faces"),
        ({"absorptivity": -0.1}, "absorptivity"),
    ],
)
def test_an_impossible_radiator_is_refused_by_name(fields, name):
    right = {"area_m2": 1.0, "emissivity": 0.9, "absorptivity": 0.1, "faces": 2, "sun_incidence_deg": 90}
    with pytest.raises(ConfigurationError, match=name):
        Radiator(**{**right, **fields})


def test_an_orbit_inside_the_earth_is_refused():
    with pytest.raises(ConfigurationError, match="altitude"):
        Orbit(-100, 0)
