"""Trapped particles and the cutoff in orbits of SPENVIS 4.6.13 (public repository tdloveless/me-radfx, Apache-2.0)."""

import csv
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from radtest.analysis.galactic import galactic_flux, rigidity_gv
from radtest.analysis.geomagnetic import geomagnetic_filter
from radtest.analysis.ion import ELEMENTS
from radtest.analysis.irbem import geomagnetic_coordinates, integral_flux
from radtest.analysis.orbit_path import (
    circular_path_km,
    geostationary_path_km,
    orbit_path_km,
    sun_synchronous_inclination_deg,
)
from radtest.analysis.solar_particles import solar_flux
from radtest.analysis.trapped import trapped_integral_flux

FIGURES = Path(__file__).parents[2] / "fixtures/environment"
POLAR = orbit_path_km(825, 825, 98.8, step_s=120)
# At its start, 2026-01-01 00:00 UTC, Greenwich stands at 100.66 degrees of right ascension.
ELLIPSE = orbit_path_km(2500, 70000, 28, 0, -100.66, days=30, step_s=600)
needs_aep8 = pytest.mark.skipif(
    importlib.util.find_spec("aep8") is None, reason="trapped particles need the extra orbit"
)


def figures(name: str, quantity: str, column: str) -> tuple[np.ndarray, np.ndarray]:
    text = (FIGURES / name).read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    pairs = [(float(row["energy_mev"]), float(row[column])) for row in rows if row["quantity"] == quantity]
    return np.array(pairs).T


@pytest.mark.parametrize(("energy", "published"), [(100, 0.3146), (1000, 0.3607)])
def test_galactic_protons_after_the_cutoff(energy: float, published: float) -> None:
    field = geomagnetic_filter(POLAR)
    arriving = galactic_flux(1, energy, 20) * field.transmission(rigidity_gv(1, energy))
    # Stated tolerance 25 %; measured +6 and +5 %.
    assert float(arriving) == pytest.approx(published, rel=0.08)


def test_galactic_protons_after_the_cutoff_from_30_mev_to_50_gev() -> None:
    energy, published = figures("spenvis_polar_825km.csv", "gcr_h", "differential")
    # Below 30 MeV SPENVIS adds anomalous protons, above 50 GeV its tables end.
    chosen = (energy >= 30) & (energy <= 5e4)
    energy, published = energy[chosen], published[chosen]
    arriving = galactic_flux(1, energy, 20) * geomagnetic_filter(POLAR).transmission(rigidity_gv(1, energy))
    assert arriving == pytest.approx(published, rel=0.13)


def test_solar_protons_in_quiet_times() -> None:
    field = geomagnetic_filter(POLAR)
    # Stated: 0.214 at low energy, 25 %. Measured −11 % at 1 MeV, +2 % at 32 MeV.
    assert float(field.transmission(rigidity_gv(1, 1.0))) == pytest.approx(0.214, rel=0.12)
    energy, published = figures("spenvis_polar_825km.csv", "solar_h", "differential")
    chosen = (energy >= 1) & (energy <= 400)
    energy, published = energy[chosen], published[chosen]
    arriving = solar_flux(1, energy, "worst_day") * field.transmission(rigidity_gv(1, energy))
    assert arriving == pytest.approx(published, rel=0.19)


def test_solar_protons_in_a_high_ellipse() -> None:
    energy, published = figures("spenvis_heo_2500_70000km.csv", "solar_exposure", "value")
    assert geomagnetic_filter(ELLIPSE).transmission(rigidity_gv(1, energy)) == pytest.approx(published, rel=0.13)


@needs_aep8
@pytest.mark.parametrize(
    ("particle", "solar", "energies", "published"),
    [
        ("proton", "min", (10, 30, 100), (190.2, 140.9, 71.28)),
        ("electron", "max", (0.5, 1, 2), (2.287e4, 6131, 1108)),
    ],
)
def test_trapped_particles(particle, solar, energies, published) -> None:
    # Stated tolerance 15 %; measured +1 %, and −2 %, over these two days −3 %.
    assert trapped_integral_flux(particle, solar, POLAR, energies) == pytest.approx(published, rel=0.035)


@needs_aep8
@pytest.mark.parametrize(
    ("particle", "solar", "quantity", "highest"),
    [("proton", "min", "trapped_proton_ap8min", 400.0), ("electron", "max", "trapped_electron_ae8max", 5.5)],
)
def test_trapped_particles_of_all_energies(particle, solar, quantity, highest) -> None:
    energy, published = figures("spenvis_polar_825km.csv", quantity, "integral")
    chosen = (energy >= 0.1) & (energy <= highest)
    computed = trapped_integral_flux(particle, solar, POLAR, energy[chosen])
    # Measured −10 % at 0.1 MeV, −6 to +4 % above 0.4 MeV.
    assert computed == pytest.approx(published[chosen], rel=0.11)


@needs_aep8
@pytest.mark.parametrize(
    ("particle", "solar", "quantity"),
    [("proton", "min", "trapped_proton_ap8min"), ("electron", "max", "trapped_electron_ae8max")],
)
def test_trapped_particles_in_a_high_ellipse(particle, solar, quantity) -> None:
    """Measured −9 to +6 % and −1 to −8 %; Sun and Moon, which SPENVIS has, would make −9 to +3 % of the protons."""
    energy, published = figures("spenvis_heo_2500_70000km.csv", quantity, "value")
    computed = trapped_integral_flux(particle, solar, ELLIPSE, energy)
    assert computed == pytest.approx(published, rel=0.1)


@needs_aep8
@pytest.mark.parametrize(
    ("particle", "solar", "quantity", "lowest", "highest"),
    [("proton", "min", "trapped_proton_ap8min", 1.0, 300.0), ("electron", "max", "trapped_electron_ae8max", 0.1, 4.5)],
)
def test_trapped_particles_at_530_km_and_53_degrees(particle, solar, quantity, lowest, highest) -> None:
    energy, published = figures("spenvis_leo_530km.csv", quantity, "integral")
    chosen = (energy >= lowest) & (energy <= highest)
    path = orbit_path_km(530, 530, 53, 0, -100.66, step_s=120)
    # Over 30 days measured −4 % at 1 MeV, within 2 % from 10 to 300 MeV, and −2 %; over these two a little more.
    computed = trapped_integral_flux(particle, solar, path, energy[chosen])
    assert computed == pytest.approx(published[chosen], rel=0.05)


@needs_aep8
def test_trapped_electrons_in_geostationary_orbit() -> None:
    text = (FIGURES / "spenvis_geo_ae8max.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    pairs = [(float(row["at"]), float(row["first"])) for row in rows if row["quantity"] == "electron_flux_by_mev"]
    energy, published = np.array([pair for pair in pairs if 0.05 <= pair[0] <= 5.0]).T
    path = geostationary_path_km(0.0, days=1, step_s=43200)
    # Measured −2 % at 0.1 MeV, −5 % at 1, −8 % at 5.
    assert trapped_integral_flux("electron", "max", path, energy) == pytest.approx(published, rel=0.09)
    # SPENVIS has the L of a particle that mirrors where it is, I = 0, three degrees from the magnetic equator.
    shell, field = geomagnetic_coordinates("electron", "max", path[:1])
    there = integral_flux("electron", "max", shell / np.cbrt(field), np.ones(1), energy)[0]
    assert there == pytest.approx(published, rel=0.01)


@needs_aep8
def test_trapped_protons_in_a_circular_orbit_of_the_space_station() -> None:
    """SPENVIS flew one day from a place that is not told: here two days; its spectrum is a differential one."""
    text = (FIGURES / "spenvis_iss_410km.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    energy, published = np.array([[float(row["energy_mev"]), float(row["fluence_cm2_mev"])] for row in rows]).T
    above = trapped_integral_flux("proton", "min", circular_path_km(410, 51.6, step_s=120), energy) * 180 * 86400
    power = 1 + np.log(published[1:] / published[:-1]) / np.log(energy[1:] / energy[:-1])
    bands = (energy[1:] * published[1:] - energy[:-1] * published[:-1]) / power
    # From 20 to 200 MeV measured −13 to +2 %; below, where SPENVIS's steps hold up to 30 % too much, less.
    chosen = (energy[:-1] >= 20) & (energy[1:] <= 200)
    assert -np.diff(above)[chosen] == pytest.approx(bands[chosen], rel=0.16)
    assert float(np.sum(-np.diff(above)[chosen])) == pytest.approx(float(np.sum(bands[chosen])), rel=0.08)


def test_galactic_elements_in_a_high_ellipse() -> None:
    """The abundant elements are CREME96's within an eighth; below 20 MeV/u its N, O and Ne are mostly anomalous."""
    text = (FIGURES / "spenvis_heo_gcr.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    field = geomagnetic_filter(ELLIPSE)

    def ratio(symbol: str, energy: float) -> float:
        number = ELEMENTS.index(symbol) + 1
        published = float(rows[number - 1][f"at_{energy:g}"])
        arriving = galactic_flux(number, energy, 20) * field.transmission(rigidity_gv(number, energy))
        return float(arriving) / published

    for symbol in ("H", "He", "C", "N", "O", "Ne", "Si", "Fe"):
        assert 0.87 < ratio(symbol, 100) < 1.13
        assert 0.97 < ratio(symbol, 1000) < 1.14
    # No element of the model is further off than this; magnesium and nickel at 100 MeV/u are low, sulphur is high.
    assert all(0.58 < ratio(row["element"], 100) < 1.3 for row in rows)
    assert all(0.8 < ratio(row["element"], 1000) < 1.35 for row in rows)
    assert all(ratio(symbol, 10) < 0.05 for symbol in ("N", "O", "Ne"))
    assert ratio("He", 10) < 0.2
    assert all(0.9 < ratio(symbol, 18) < 1.2 for symbol in ("Si", "Fe", "Ca"))


@needs_aep8
@pytest.mark.parametrize(
    ("particle", "energies", "published"),
    [
        ("proton", (1, 10, 30, 100, 300), (72.712, 29.984, 23.646, 12.39, 1.4717)),
        ("electron", (0.1, 0.5, 1, 2, 4), (1.2537e5, 1.0323e4, 3098.3, 571.44, 12.824)),
    ],
)
def test_the_models_of_solar_maximum_in_a_sun_synchronous_orbit(particle, energies, published) -> None:
    """SPENVIS in public repository burmist-git/spenvis, data/550_km_*.dat; neither path nor model is written there.

    The spectrum of protons is that of AP-8 MAX, in its own field: AP-8 MIN has 1.15 to 2.2 times as many.
    """
    inclination = sun_synchronous_inclination_deg(550)
    path = circular_path_km(550, inclination, days=2, step_s=120)
    # Over 14 days measured −5 to −6 % and −4 %, the same at all energies; two days leave more to chance.
    ratio = trapped_integral_flux(particle, "max", path, energies) / np.array(published)
    assert ratio == pytest.approx(np.full(5, 0.95), abs=0.09)
    assert np.ptp(ratio) < 0.08
    if particle == "proton":
        assert trapped_integral_flux(particle, "min", path, [1.0])[0] > 1.8 * published[0]
