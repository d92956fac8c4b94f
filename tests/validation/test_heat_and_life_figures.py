"""Published figures of heat in orbit and of Arrhenius acceleration."""

import pytest

from radtest.analysis import (
    Radiator,
    arrhenius_acceleration,
    earth_view_factor,
    eclipse_fraction,
    emitted_w,
)


@pytest.mark.parametrize(("altitude_km", "factor"), [(550, 0.2578), (2000, 0.1182)])
def test_edge_on_view_factor_of_the_earth(altitude_km, factor):
    """F = [asin(1/H) − √(H²−1)/H²]/π."""
    assert float(earth_view_factor(altitude_km)) == pytest.approx(factor, abs=5e-5)


@pytest.mark.parametrize(("temperature_k", "w_m2"), [(293.15, 770), (323.15, 1138), (353.15, 1623)])
def test_planform_emission_of_a_two_sided_panel(temperature_k, w_m2):
    panel = Radiator(1.0, emissivity=0.92, absorptivity=0.1, faces=2, sun_incidence_deg=90)
    assert float(emitted_w(panel, temperature_k)) == pytest.approx(w_m2, abs=1)


def test_eclipse_fraction_at_550_km_and_beta_0():
    assert float(eclipse_fraction(550, 0)) == pytest.approx(0.3722, abs=5e-5)


@pytest.mark.parametrize(("panel_k", "sink_k"), [(270, 248), (273, 252), (276, 257)])
def test_heat_rejection_of_the_space_station(panel_k, sink_k):
    """Six arrays, 70 kW in all, planform 422–475 m²: 147–166 W/m², at a panel of 270–276 K and a sink of 246–257 K."""
    panel = Radiator(1.0, emissivity=0.92, absorptivity=0.1, faces=2, sun_incidence_deg=90)
    assert 147 <= float(emitted_w(panel, panel_k) - emitted_w(panel, sink_k)) <= 166


@pytest.mark.parametrize(("use_c", "stress_c", "factor"), [(55, 125, 77.6), (75, 85, 1.92), (85, 105, 3.32)])
def test_arrhenius_acceleration_at_0_7_ev(use_c, stress_c, factor):
    assert float(arrhenius_acceleration(0.7, use_c + 273.15, stress_c + 273.15)) == pytest.approx(factor, rel=2e-3)
