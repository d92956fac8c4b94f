"""Doses behind aluminium against SHIELDOSE-2 and SPENVIS, damage against published losses, limits against tables."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from radtest.analysis.dose_margin import lot_dose_limit_krad, tolerance_factor
from radtest.analysis.electron_slowing import electron_practical_range_g_cm2, electron_stopping_silicon

pytest.importorskip("pycatima", reason="doses of protons need the extra stopping")

from radtest.analysis.dose import electron_dose_rad, proton_dose_rad
from radtest.analysis.fluence import Fluence, falling_fluence
from radtest.analysis.mission_configuration import MissionConfiguration
from radtest.analysis.mission_dose import mission_dose
from radtest.analysis.niel import NEUTRON_1_MEV_NIEL, niel_mev_cm2_g
from radtest.analysis.orbit_configuration import (
    OrbitConfiguration,
    ShieldingConfiguration,
    TrajectoryConfiguration,
    TrappedConfiguration,
)
from radtest.analysis.orbit_path import geostationary_path_km
from radtest.analysis.trapped import trapped_integral_flux

SPENVIS = Path(__file__).parents[2] / "fixtures/environment/spenvis_leo_550km_dose.csv"

# SHIELDOSE-2 2.10 as SpacePy 0.7.0 carries it, no nuclear reactions, 60 depths from 0.0135 to 6 g/cm². Electrons
# 2e10 exp(−E/0.5) /(cm² MeV) from 0.05 to 7 MeV, protons 1.5e10 (E + 1)^−2.5 from 0.11 to 399 MeV. Columns: depth,
# electrons in a thick plate, behind a plate, half that in a sphere; the same of bremsstrahlung; protons in a plate and
# half that in a sphere.
SHIELDOSE = np.array(
    [
        [0.0135, 1.3727e2, 8.8770e1, 1.8008e2, 3.1868e-1, 1.6464e-1, 3.8412e-1, 7.3005e2, 1.4835e3],
        [0.037942, 9.1616e1, 5.9537e1, 1.3699e2, 2.3790e-1, 1.3093e-1, 3.2734e-1, 2.3919e2, 5.0761e2],
        [0.10663, 4.6142e1, 3.0136e1, 8.6824e1, 1.4033e-1, 8.3444e-2, 2.3245e-1, 7.2072e1, 1.5801e2],
        [0.2997, 1.2578e1, 8.2593, 3.4664e1, 5.7423e-2, 4.0158e-2, 1.1932e-1, 2.0662e1, 4.5882e1],
        [0.8423, 8.0714e-1, 5.3391e-1, 3.9314, 1.7550e-2, 1.4063e-2, 3.6238e-2, 5.7453, 1.2844e1],
        [1.5658, 3.5300e-2, 2.3501e-2, 2.6359e-1, 9.9356e-3, 8.0177e-3, 1.7572e-2, 2.6486, 5.9726],
        [2.9107, 1.5755e-4, 1.0477e-4, 2.0650e-3, 6.5323e-3, 5.1290e-3, 1.0676e-2, 1.2109, 2.7456],
    ]
)


def test_electrons_and_bremsstrahlung_are_those_of_shieldose_2() -> None:
    def electrons(energy: np.ndarray) -> np.ndarray:
        return np.where((energy > 0.05) & (energy < 7), 2e10 * np.exp(-energy / 0.5), 0.0)

    depth, table = SHIELDOSE[:, 0], SHIELDOSE[:, 1:7]
    for geometry, column, half in (("semi_infinite", 0, 1), ("finite_slab", 1, 1), ("solid_sphere", 2, 2)):
        dose, photons = electron_dose_rad(electrons, depth, geometry)
        # Measured: 0.4 % and 1.5 % in plates, 0.7 % and 6 % in spheres, where a slope of the curve enters.
        assert dose == pytest.approx(half * table[:, column], rel=0.015)
        assert photons == pytest.approx(half * table[:, column + 3], rel=0.08 if half == 2 else 0.02)


def test_protons_are_those_of_shieldose_2_within_4_per_cent() -> None:
    def protons(energy: np.ndarray) -> np.ndarray:
        return np.where((energy > 0.11) & (energy < 399), 1.5e10 * (energy + 1.0) ** -2.5, 0.0)

    depth = SHIELDOSE[:, 0]
    assert proton_dose_rad(protons, depth, "semi_infinite") == pytest.approx(SHIELDOSE[:, 7], rel=0.04)
    assert proton_dose_rad(protons, depth) == pytest.approx(2 * SHIELDOSE[:, 8], rel=0.04)


@pytest.mark.parametrize(
    ("inclination", "electrons", "protons"),
    [
        (10, (0.8, 1.1), (0.85, 1.1)),
        (30, (0.68, 0.9), (0.85, 1.0)),
        pytest.param(50, (0.78, 1.0), (0.83, 1.05), marks=pytest.mark.slow),
        pytest.param(100, (0.78, 1.0), (0.82, 1.1), marks=pytest.mark.slow),
    ],
)
def test_five_years_at_550_km_as_spenvis_has_them(
    inclination: int, electrons: tuple[float, float], protons: tuple[float, float]
) -> None:
    """Ratios to SPENVIS 4.6.11; why they rise with depth from some 0.85 the next test shows."""
    pytest.importorskip("aep8", reason="trapped particles need the extra orbit")
    text = SPENVIS.read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    published = [row for row in rows if float(row["inclination_deg"]) == inclination]
    configuration = OrbitConfiguration(
        orbit=TrajectoryConfiguration(altitude_km=550, inclination_deg=inclination, days=3, step_s=120),
        trapped=TrappedConfiguration(solar="min"),
        mission=MissionConfiguration(years=1825 / 365.25, solar_active_years=0),
        shielding=ShieldingConfiguration(aluminium_mm=2.0),
    )
    curve = mission_dose(configuration).curve
    row = np.searchsorted(curve.aluminium_mm, [float(line["aluminium_mm"]) for line in published])
    for name, (low, high) in (("trapped_electrons", electrons), ("trapped_protons", protons)):
        expected = np.array([float(line[name]) for line in published])
        ratio = (getattr(curve, name)[row] / np.where(expected > 1, expected, np.nan))[expected > 1]
        assert np.all((low < ratio) & (ratio < high)), name


def test_a_year_in_geostationary_orbit_as_spenvis_has_it() -> None:
    """AE-8 MAX, finite slab, SHIELDOSE-2Q: from SPENVIS's own differential spectrum, and from ours."""
    pytest.importorskip("aep8", reason="trapped particles need the extra orbit")
    text = (SPENVIS.parent / "spenvis_geo_ae8max.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))

    def table(quantity: str) -> np.ndarray:
        return np.array(
            [[float(row[key]) for key in ("at", "first", "second")] for row in rows if row["quantity"] == quantity]
        ).T

    energy, _, slope = table("electron_flux_by_mev")
    depth, electrons, photons = table("electron_and_bremsstrahlung_rad_by_mm")
    year = 365 * 86400.0
    thick = depth <= 5.0

    def printed(at: np.ndarray) -> np.ndarray:
        inside = (at >= energy[0]) & (at <= energy[-1])
        return np.where(inside, year * np.exp(np.interp(np.log(at), np.log(energy), np.log(slope))), 0.0)

    dose, gamma = electron_dose_rad(printed, 0.27 * depth, "finite_slab")
    # The transport alone: SHIELDOSE-2 where SPENVIS had SHIELDOSE-2Q. Measured −7 to −11 % and −3 to −19 %.
    assert dose[thick] == pytest.approx(electrons[thick], rel=0.12)
    assert gamma == pytest.approx(photons, rel=0.2)
    path = geostationary_path_km(0.0, days=1, step_s=43200)
    at = energy[(energy >= 0.05) & (energy <= 5.0)]
    ours = falling_fluence(at, year * trapped_integral_flux("electron", "max", path, at))
    dose, _ = electron_dose_rad(ours, 0.27 * depth, "finite_slab")
    # And with the spectrum, of which SPENVIS has 3 to 8 % more, and in its differential form another 7 to 12.
    assert dose[(depth >= 0.1) & (depth <= 7)] == pytest.approx(electrons[(depth >= 0.1) & (depth <= 7)], rel=0.22)


def test_the_differential_spectra_of_spenvis_hold_more_than_its_integral_ones() -> None:
    """That is where 2 to 12 % of its doses of electrons come from, and up to 12 % of those of slow protons.

    Both columns of one run, 530 km and 53 degrees, through the same transport: SHIELDOSE-2 takes the differential one.
    """
    text = (SPENVIS.parent / "spenvis_leo_530km.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    depth = 0.27 * np.array([0.05, 0.2, 0.5, 1.0, 3.0, 10.0])

    def spectra(quantity: str) -> tuple[Fluence, Fluence]:
        energy, above, slope = np.array(
            [
                [float(row[key]) for key in ("energy_mev", "integral", "differential")]
                for row in rows
                if row["quantity"] == quantity and float(row["differential"]) > 0
            ]
        ).T

        def printed(at: np.ndarray) -> np.ndarray:
            inside = (at >= energy[0]) & (at <= energy[-1])
            return np.where(inside, np.exp(np.interp(np.log(at), np.log(energy), np.log(slope))), 0.0)

        return falling_fluence(energy, above), printed

    ours, printed = spectra("trapped_electron_ae8max")
    ratio = electron_dose_rad(ours, depth[:5])[0] / electron_dose_rad(printed, depth[:5])[0]
    assert ratio == pytest.approx([0.98, 0.88, 0.91, 0.94, 0.97], abs=0.015)
    ours, printed = spectra("trapped_proton_ap8min")
    ratio = proton_dose_rad(ours, depth) / proton_dose_rad(printed, depth)
    assert ratio == pytest.approx([0.88, 0.96, 0.90, 0.92, 0.96, 1.0], abs=0.015)


def test_factors_of_tolerance_limits() -> None:
    # 90 % survival with 90 % confidence, 3 to 10 samples: MIL-HDBK-814 and table 3-1 of ECSS-Q-ST-60-15C (recalled);
    # 99 % with 90 %, 5 samples: Natrella, table A-7.
    factors = [tolerance_factor(samples) for samples in (3, 4, 5, 6, 8, 10)]
    assert factors == pytest.approx([4.258, 3.188, 2.742, 2.494, 2.219, 2.066], abs=1.5e-3)
    assert tolerance_factor(5, 0.99, 0.9) == pytest.approx(4.666, abs=1e-3)


def test_limit_of_a_lot_by_hand() -> None:
    logs = np.log([80.0, 90.0, 100.0])
    expected = np.exp(logs.mean() - 4.2582 * logs.std(ddof=1))
    assert lot_dose_limit_krad([80, 90, 100]) == pytest.approx(expected, rel=1e-3)


def test_losses_of_energy() -> None:
    # 95 MeV mb (ASTM E722); Summers et al., IEEE Trans. Nucl. Sci. 40, 1372 (1993) have 7.86e-3 for 10 MeV protons,
    # 3.14e-5 for 1 MeV electrons (recalled): SR-NIEL is 20 % above and 11 % below.
    assert pytest.approx(2.037e-3, rel=1e-3) == NEUTRON_1_MEV_NIEL
    assert niel_mev_cm2_g("proton", 10.0) == pytest.approx(7.86e-3, rel=0.22)
    assert niel_mev_cm2_g("electron", 1.0) == pytest.approx(3.14e-5, rel=0.13)
    assert float(niel_mev_cm2_g("electron", 0.2)) == 0.0
    # ESTAR of NIST, silicon: 1.51 MeV cm²/g at 1 MeV (recalled); extrapolated ranges of Katz and Penfold, Rev. Mod.
    # Phys. 24, 28 (1952): 0.412 E^(1.265 − 0.0954 ln E) g/cm².
    assert electron_stopping_silicon(1.0) == pytest.approx(1.51, rel=0.01)
    energy = np.array([0.1, 0.3, 1.0, 2.0])
    katz = 0.412 * energy ** (1.265 - 0.0954 * np.log(energy))
    assert electron_practical_range_g_cm2(energy) == pytest.approx(katz, rel=0.06)


def lindhard_share(recoil_mev: np.ndarray) -> np.ndarray:
    """Share of a silicon atom's energy that displaces, Lindhard's theory in Robinson's form."""
    reduced = recoil_mev / 0.041057
    k = 0.1337 * 14 ** (1 / 6) * (14 / 28.0855) ** 0.5
    return 1 / (1 + k * (3.4008 * reduced ** (1 / 6) + 0.40244 * reduced**0.75 + reduced))


def coulomb_niel(energy_mev: float, rest_mev: float) -> float:
    """Energy loss to recoils above 21 eV, MeV cm²/g: Rutherford for protons, McKinley and Feshbach for electrons."""
    atom, total = 28.0855 * 931.494, energy_mev + rest_mev
    momentum = energy_mev * (energy_mev + 2 * rest_mev)
    square, most = momentum / total**2, 2 * momentum * atom / ((rest_mev + atom) ** 2 + 2 * atom * energy_mev)
    recoil = np.geomspace(21e-6, most, 4000)
    share = recoil / most
    bend = 1 - square * share
    if rest_mev < 1:
        bend += math.pi * 14 / 137.036 * math.sqrt(square) * (np.sqrt(share) - share)
    per_energy = 2 * math.pi * (14 * 1.43996e-13) ** 2 / (atom * square * recoil**2) * bend
    loss = np.trapezoid(per_energy * recoil**2 * lindhard_share(recoil), np.log(recoil))
    return 6.02214076e23 / 28.0855 * float(loss)


@pytest.mark.parametrize("energy", [0.5, 1.0, 2.0])
def test_losses_of_slow_protons_are_those_of_rutherford_and_lindhard(energy: float) -> None:
    # Measured within 0.1 %. Above, nuclear forces come in: at 10 MeV Coulomb's are three quarters.
    assert coulomb_niel(energy, 938.272) == pytest.approx(float(niel_mev_cm2_g("proton", energy)), rel=0.01)


@pytest.mark.parametrize("energy", [0.3, 1.0, 10.0])
def test_losses_of_electrons_are_those_of_mott_and_lindhard(energy: float) -> None:
    # Measured −2.2 to −0.4 %: McKinley and Feshbach approximate Mott.
    assert coulomb_niel(energy, 0.510999) == pytest.approx(float(niel_mev_cm2_g("electron", energy)), rel=0.03)
