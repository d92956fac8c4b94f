"""825 km, 98.8°: figures of SPENVIS 4.6.13 (public repository tdloveless/me-radfx)."""

import importlib.util

import numpy as np
import pytest

from radtest.analysis.galactic import galactic_flux, rigidity_gv
from radtest.analysis.geomagnetic import geomagnetic_transmission
from radtest.analysis.orbit_path import orbit_path_km
from radtest.analysis.trapped import trapped_integral_flux

PATH = orbit_path_km(825, 825, 98.8)


@pytest.mark.parametrize(("energy", "published"), [(100, 0.3146), (1000, 0.3607)])
def test_galactic_protons_after_the_cutoff(energy: float, published: float) -> None:
    transmission = float(geomagnetic_transmission(rigidity_gv(1, np.array([energy])), PATH)[0])
    assert float(galactic_flux(1, energy, 20)) * transmission == pytest.approx(published, rel=0.25)


def test_solar_protons_of_low_energy_reach_the_orbit_in_a_storm() -> None:
    exposed = float(geomagnetic_transmission(rigidity_gv(1, np.array([1.0])), PATH, storm=True)[0])
    assert exposed == pytest.approx(0.214, rel=0.25)


@pytest.mark.skipif(importlib.util.find_spec("aep8") is None, reason="trapped particles need the extra orbit")
@pytest.mark.parametrize(
    ("particle", "solar", "energies", "published"),
    [
        ("proton", "min", (10, 30, 100), (190.2, 140.9, 71.28)),
        ("electron", "max", (0.5, 1, 2), (2.287e4, 6131, 1108)),
    ],
)
def test_trapped_particles(particle, solar, energies, published) -> None:
    assert trapped_integral_flux(particle, solar, PATH, energies) == pytest.approx(published, rel=0.15)
