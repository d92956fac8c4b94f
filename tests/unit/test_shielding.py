"""Ions behind shields: spheres, slabs, layers, distributions, fragments."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("pycatima", reason="environments need the extra stopping")

from radtest.analysis.environment import inside_environment
from radtest.analysis.galactic import galactic_flux
from radtest.analysis.material import MATERIALS
from radtest.analysis.orbit_configuration import OrbitConfiguration
from radtest.analysis.shield_paths import ShieldPath, read_shield_distribution, slab_paths
from radtest.analysis.shielding import (
    TRANSPORT_ENERGY_MEV_U,
    let_spectrum_inside,
    transmitted_flux,
    transmitted_fluxes,
)
from radtest.core.configuration import parse_configuration
from radtest.core.errors import ConfigurationError

ALUMINIUM = MATERIALS["Al"]


def iron(energy: np.ndarray) -> np.ndarray:
    return galactic_flux(26, energy, 20)


def test_an_open_direction_lets_all_through() -> None:
    assert transmitted_flux(26, iron, {0.0: 1.0}) == pytest.approx(iron(TRANSPORT_ENERGY_MEV_U))


def test_two_layers_of_aluminium_are_one() -> None:
    split = [ShieldPath(1.0, ((ALUMINIUM, 0.3), (ALUMINIUM, 0.7)))]
    assert transmitted_flux(26, iron, split) == pytest.approx(transmitted_flux(26, iron, {1.0: 1.0}), rel=1e-6)


@given(thin=st.floats(0.05, 15.0), more=st.floats(1.05, 2.0))
@settings(max_examples=15, deadline=None)
def test_the_thicker_the_shield_the_fewer_iron_ions_are_left(thin: float, more: float) -> None:
    behind = [transmitted_flux(26, iron, {thickness: 1.0}) for thickness in (thin, thin * more)]
    flying = [float(np.trapezoid(flux, TRANSPORT_ENERGY_MEV_U)) for flux in behind]
    assert 0 < flying[1] < flying[0] < float(np.trapezoid(iron(TRANSPORT_ENERGY_MEV_U), TRANSPORT_ENERGY_MEV_U))


def test_polyethylene_of_the_same_mass_stops_more() -> None:
    plastic = [ShieldPath(1.0, ((MATERIALS["polyethylene"], 5.0),))]
    slow = TRANSPORT_ENERGY_MEV_U < 300
    assert np.all(transmitted_flux(26, iron, plastic)[slow] < transmitted_flux(26, iron, {5.0: 1.0})[slow])


def test_a_slab_is_thicker_on_the_slant() -> None:
    paths = slab_paths([(ALUMINIUM, 2.0)])
    assert all(path.thickness_g_cm2 > 2.0 for path in paths)
    assert 0.98 < sum(path.fraction for path in paths) <= 1.0
    # Half of all directions are steeper than 60°, where the way is twice as long.
    assert sum(path.fraction for path in paths if path.thickness_g_cm2 > 4.0) == pytest.approx(0.5, abs=0.03)
    assert np.all(transmitted_flux(26, iron, paths) < transmitted_flux(26, iron, {2.0: 1.0}))


def test_iron_behind_100_mil_is_as_in_creme96() -> None:
    """CREME96 (TRANS): 1.1739/1.2062 of the iron is left at its highest energy. Public sample PRBEM/IRBEM-extras."""
    inside = transmitted_fluxes(
        {number: lambda e, n=number: galactic_flux(n, e, 20) for number in (26, 27, 28)}, {0.686: 1}
    )
    last = TRANSPORT_ENERGY_MEV_U.size - 20
    assert inside[26][last] / iron(TRANSPORT_ENERGY_MEV_U[last]) == pytest.approx(1.1739 / 1.2062, abs=0.01)


def test_fragments_of_iron_appear_behind_the_shield_and_only_there() -> None:
    fluxes = {number: iron if number == 26 else np.zeros_like for number in range(1, 29)}
    for thickness in (0.0, 5.0):
        inside = transmitted_fluxes(fluxes, {thickness: 1.0})
        assert (inside[25].max() > 0.01 * inside[26].max()) == (thickness > 0)
        assert inside[27].max() < 1e-9 * inside[26].max()
        assert inside[2].max() == 0.0


def test_fragments_count_more_the_thicker_the_shield() -> None:
    fluxes = {number: lambda e, n=number: galactic_flux(n, e, 20) for number in range(1, 29)}
    more = []
    for thickness in (0.69, 5.0, 20.0):
        spectra = [
            let_spectrum_inside(transmitted_fluxes(fluxes, {thickness: 1.0}, fragments=follow))
            for follow in (True, False)
        ]
        with_them, without = (float(item.exceedance_cm2_day([3.0])[0]) for item in spectra)
        more.append(with_them / without - 1.0)
    assert more == [pytest.approx(0.007, abs=0.003), pytest.approx(0.05, abs=0.02), pytest.approx(0.21, abs=0.08)]


def orbit(shielding: str, folder: Path = Path()) -> OrbitConfiguration:
    text = f'[orbit]\nkind = "geo"\n[gcr]\nw = 20\n{shielding}'
    return parse_configuration(text, OrbitConfiguration, str(folder / "orbit.toml"))


def test_a_distribution_is_the_mean_of_its_parts(tmp_path: Path) -> None:
    (tmp_path / "box.csv").write_text("# a box\naluminium_mm,fraction\n1,0.25\n10,0.75\n", encoding="utf-8")
    box = inside_environment(orbit('[shielding]\ndistribution = "box.csv"\n', tmp_path)).let_spectrum
    thin, thick = (inside_environment(orbit(f"[shielding]\naluminium_mm = {mm}\n")).let_spectrum for mm in (1, 10))
    let = [0.5, 3.0, 20.0]
    expected = 0.25 * thin.exceedance_cm2_day(let) + 0.75 * thick.exceedance_cm2_day(let)
    assert box.exceedance_cm2_day(let) == pytest.approx(expected, rel=0.02)


def test_solid_angles_add_up_to_the_sphere(tmp_path: Path) -> None:
    path = tmp_path / "box.csv"
    path.write_text("solid_angle_sr,aluminium_g_cm2\n6.2832,0\n6.2832,2.7\n", encoding="utf-8")
    assert [item.fraction for item in read_shield_distribution(path)] == pytest.approx([0.5, 0.5])
    path.write_text("\ufefftheta;aluminium_mm;fraction\n0;2,5;0,25\n90;10;0,75\n", encoding="utf-8")
    thin, thick = read_shield_distribution(path)
    assert (thin.fraction, thick.fraction) == pytest.approx((0.25, 0.75))
    assert thin.thickness_g_cm2 == pytest.approx(0.25 * 2.699)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("aluminium_mm,fraction\n1,0.5\n2,0.4\n", "adds up to 0.9"),
        ("aluminium_mm,share\n1,1\n", "columns aluminium_mm, share"),
        ("aluminium_mm,aluminium_g_cm2,fraction\n1,2,1\n", "columns aluminium_mm, aluminium_g_cm2, fraction"),
        ("# of CAD\naluminium_mm,fraction\n\n1,0.5,5\n", "line 4: 3 cells under 2 columns"),
        ("aluminium_mm,fraction\n1,half\n", "line 2: fraction is 'half'"),
        ("aluminium_mm,fraction\n-1,1\n", "line 2: aluminium_mm is '-1'"),
        ("aluminium_g_cm2,fraction\n500,1\n", "500 g/cm²"),
        ("", "columns none"),
    ],
)
def test_a_wrong_distribution_is_explained(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "box.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=words):
        orbit('[shielding]\ndistribution = "box.csv"\n', tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[shielding]\naluminium_mm = 2\naluminium_g_cm2 = 1\n", "give one of"),
        ("[shielding]\nlayers = []\n", "empty"),
        ('[[shielding.layers]]\nmaterial = "kryptonite"\nmm = 2\n', "kryptonite"),
        ('[[shielding.layers]]\nmaterial = "Al"\n', "mm or as g_cm2"),
        ('[shielding]\ndistribution = "no.csv"\n', "no such file"),
        ('[[shielding.layers]]\nmaterial = "W"\nmm = 200\n', "386 g/cm²"),
        ("[shielding]\naluminium_mm = 2\n[let_spectrum]\nlightest_z = 30\nheaviest_z = 2\n", "above heaviest_z"),
    ],
)
def test_a_wrong_shield_is_explained(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        orbit(text, tmp_path)


def test_the_parts_of_an_environment_add_up_to_it() -> None:
    both = orbit("[shielding]\naluminium_mm = 2.54\n[solar]\nevent = 'worst_week'\n[let_spectrum]\nlightest_z = 2\n")
    inside = inside_environment(both)
    assert sorted(inside.contributions) == ["gcr", "solar"]
    parts = [part.let_spectrum.integral_cm2_day for part in inside.contributions.values()]
    assert np.sum(parts, axis=0) == pytest.approx(inside.let_spectrum.integral_cm2_day)
    galactic = inside.contributions["gcr"]
    elements = galactic.elements_cm2_day
    assert min(elements) == 2
    assert np.sum(list(elements.values()), axis=0) == pytest.approx(galactic.let_spectrum.integral_cm2_day)
    fast = inside.proton_energy_mev > 100
    assert np.all(inside.proton_flux_cm2_s_mev[fast] > 0)
    assert np.all(inside.outside_proton_flux_cm2_s_mev > 0)


def test_a_shield_beyond_the_transport_says_so(tmp_path: Path) -> None:
    (tmp_path / "box.csv").write_text("aluminium_g_cm2,fraction\n1,0.6\n50,0.4\n", encoding="utf-8")
    inside = inside_environment(orbit('[shielding]\ndistribution = "box.csv"\n', tmp_path))
    assert "40 % of the directions lie behind more than 20 g/cm²" in inside.notes[0]
    assert "more than" not in inside_environment(orbit("[shielding]\naluminium_mm = 2\n")).notes[0]
