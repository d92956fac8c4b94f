"""Properties of doses: with depth, time and source; spectra; what is refused."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radtest.analysis.dose import GEOMETRIES, electron_dose_rad, proton_dose_rad
from radtest.analysis.dose_margin import dose_margin, lot_dose_limit_krad, tolerance_factor
from radtest.analysis.environment import inside_environment
from radtest.analysis.fluence import falling_fluence
from radtest.analysis.orbit_configuration import OrbitConfiguration
from radtest.cli import main
from radtest.core.configuration import parse_configuration
from radtest.core.errors import ConfigurationError

DEPTH = np.geomspace(0.0135, 27.0, 60)
INTERPLANETARY = """
[orbit]
kind = "interplanetary"
[mission]
years = {years}
{mission}
[shielding]
aluminium_mm = {mm}
"""


def orbit_file(years: float = 2.0, mm: float = 2.0, mission: str = "", more: str = "") -> OrbitConfiguration:
    return parse_configuration(
        INTERPLANETARY.format(years=years, mm=mm, mission=mission) + more, OrbitConfiguration, "x"
    )


@given(scale=st.floats(0.2, 1.0))
@settings(max_examples=5, deadline=None)
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_dose_of_electrons_falls_with_depth_and_follows_the_fluence(geometry, scale):
    energy = np.geomspace(0.05, 7.0, 40)
    above = 1e10 * np.exp(-energy / scale)
    dose, photons = electron_dose_rad(falling_fluence(energy, above), DEPTH, geometry)
    assert np.all(np.diff(dose) <= 0)
    # Bremsstrahlung first builds up behind a thin plate.
    assert np.all(np.diff(photons[DEPTH > 0.15][::3]) < 0)
    twice = electron_dose_rad(falling_fluence(energy, 2 * above), DEPTH, geometry)
    assert twice[0] == pytest.approx(2 * dose)
    assert twice[1] == pytest.approx(2 * photons)


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_dose_of_protons_falls_with_depth(geometry):
    pytest.importorskip("pycatima", reason="doses of protons need the extra stopping")
    energy = np.geomspace(0.1, 1000.0, 60)
    fluence = falling_fluence(energy, 1e10 * (1 + energy) ** -1.5)
    assert np.all(np.diff(proton_dose_rad(fluence, DEPTH, geometry)) < 0)


def test_a_plate_shields_more_than_half_a_sphere_and_a_thick_plate_scatters_back():
    energy = np.geomspace(0.05, 7.0, 40)
    fluence = falling_fluence(energy, 1e10 * np.exp(-energy / 0.6))
    doses = {geometry: electron_dose_rad(fluence, DEPTH[:40], geometry)[0] for geometry in GEOMETRIES}
    assert np.all(doses["semi_infinite"] < doses["solid_sphere"] / 2)
    assert np.all(doses["finite_slab"] < doses["semi_infinite"])
    assert np.all(doses["spherical_shell"] < doses["solid_sphere"])


@given(slope=st.floats(0.5, 4.0), low=st.floats(0.05, 1.0))
@settings(max_examples=20)
def test_a_spectrum_keeps_its_particles(slope, low):
    energy = np.geomspace(low, 100 * low, 30)
    above = 1e8 * (energy / low) ** -slope
    fine = np.geomspace(low, 100 * low, 4001)
    total = np.trapezoid(falling_fluence(energy, above)(fine), fine)
    assert total == pytest.approx(above[0] - above[-1], rel=1e-4)
    assert falling_fluence(energy, above)(np.array([0.9 * low, 101 * low])) == pytest.approx([0, 0])


def test_spectra_that_rise_are_refused():
    for energy, above in [([1, 2], [1, 2]), ([2, 1], [2, 1]), ([0, 1], [2, 1]), ([1, 2], [1, -1])]:
        with pytest.raises(ConfigurationError, match="have to rise"):
            falling_fluence(energy, above)
    assert falling_fluence([1, 2], [0, 0])(np.array([1.5])) == 0


def test_too_thin_and_too_thick_is_refused():
    for depth in (0.0, 0.001, 30.0):
        with pytest.raises(ConfigurationError, match="outside what is computed"):
            electron_dose_rad(np.ones_like, depth)


@given(doses=st.lists(st.floats(1, 1000), min_size=2, max_size=8), scale=st.floats(0.1, 10))
@settings(max_examples=30, deadline=None)
def test_limits_lie_below_the_samples_and_scale_with_them(doses, scale):
    limit = lot_dose_limit_krad(doses)
    assert limit <= np.exp(np.mean(np.log(doses))) * (1 + 1e-9)
    assert lot_dose_limit_krad([scale * dose for dose in doses]) == pytest.approx(scale * limit, rel=1e-6)
    assert lot_dose_limit_krad(doses, 0.99, 0.9) <= limit * (1 + 1e-9)


def test_limits_cover_the_share_of_the_lot_they_promise():
    generator = np.random.default_rng(5)
    logs = generator.normal(4.0, 0.3, (4000, 5))
    limits = logs.mean(axis=1) - tolerance_factor(5) * logs.std(axis=1, ddof=1)
    # The dose that 90 % of the lot survive is mean − 1.2816 s; 90 % of limits lie below it.
    assert np.mean(limits < 4.0 - 1.28155 * 0.3) == pytest.approx(0.9, abs=0.015)


def test_margins_and_their_refusals():
    margin = dose_margin(10e3, limit_krad=25.0)
    assert (margin.margin, margin.met) == (2.5, True)
    assert not dose_margin(10e3, limit_krad=25.0, required=3.0).met
    for arguments in [{}, {"limit_krad": 1.0, "failure_krad": [1, 2]}, {"failure_krad": [5]}, {"failure_krad": [5, 0]}]:
        with pytest.raises(ConfigurationError):
            dose_margin(10e3, **arguments)


@pytest.mark.parametrize(
    ("mission", "more", "words"),
    [
        ("solar_active_years = 3.0", "", "more than the mission's 2 years"),
        ("solar_confidence = 1.0", "", "solar_confidence"),
        ("", "[part]\ntid_krad = [90]", "tid_krad"),
        ("", "[part]\nmargin = 2", "either tid_krad"),
        ("", "[part]\ntid_krad = [90, -5]", "tid_krad"),
    ],
)
def test_mistakes_in_the_file_are_named(mission, more, words):
    with pytest.raises(ConfigurationError, match=words):
        orbit_file(mission=mission, more=more)


def test_mission_dose_of_solar_protons():
    pytest.importorskip("pycatima", reason="doses of protons need the extra stopping")
    from radtest.analysis.mission_dose import mission_dose

    two = mission_dose(orbit_file(more="[part]\ntid_limit_krad = 10"))
    assert two.margin.margin == pytest.approx(10e3 / two.tid_rad)
    assert two.at_part.total == pytest.approx(np.interp(2.0, two.curve.aluminium_mm, two.curve.total))
    assert two.equivalent_protons_cm2(10.0) * 9.4037e-3 == pytest.approx(two.tnid_mev_g)
    assert two.tid_rad < mission_dose(orbit_file(years=4.0)).tid_rad < 2 * two.tid_rad
    assert two.tid_rad < mission_dose(orbit_file(mission="solar_confidence = 0.99")).tid_rad
    assert two.tid_rad > mission_dose(orbit_file(mm=4.0)).tid_rad
    assert mission_dose(orbit_file(), "finite_slab").tid_rad < two.tid_rad / 2
    assert any("validity" in note for note in mission_dose(orbit_file(years=15.0)).notes)
    with pytest.raises(ConfigurationError, match="no dose"):
        mission_dose(orbit_file(mission="solar_active_years = 0"))
    with pytest.raises(ConfigurationError, match="no \\[mission\\]"):
        mission_dose(orbit_file().model_copy(update={"mission": None}))
    with pytest.raises(ConfigurationError, match="no belts"):
        mission_dose(orbit_file(more='[trapped]\nsolar = "min"'))


def test_trapped_dose_scales_with_time():
    pytest.importorskip("pycatima", reason="doses of protons need the extra stopping")
    pytest.importorskip("aep8", reason="trapped particles need the extra orbit")
    from radtest.analysis.mission_dose import mission_dose

    text = (
        "[orbit]\naltitude_km = 800\ninclination_deg = 60\nstep_s = 240\n[trapped]\nsolar = 'min'\n[shielding]\n"
        "aluminium_mm = 1\n[mission]\nsolar_active_years = 0\nyears = "
    )
    one, five = (mission_dose(parse_configuration(text + years, OrbitConfiguration, "x")) for years in ("1", "5"))
    assert five.curve.total == pytest.approx(5 * one.curve.total)
    assert five.curve.tnid == pytest.approx(5 * one.curve.tnid)
    assert np.all(np.diff(one.curve.total) < 0)
    maximum = parse_configuration(text + '1\nelectron_belt = "min"', OrbitConfiguration, "x")
    assert mission_dose(maximum).at_part.trapped_electrons < one.at_part.trapped_electrons


def shielded(text: str) -> OrbitConfiguration:
    file = '[orbit]\nkind = "geo"\nstep_s = 3600\n[trapped]\nsolar = "min"\n[mission]\nyears = 1\n[shielding]\n' + text
    return parse_configuration(file, OrbitConfiguration, "x")


def test_shields_that_differ_by_direction(tmp_path):
    pytest.importorskip("pycatima", reason="doses of protons need the extra stopping")
    pytest.importorskip("aep8", reason="trapped particles need the extra orbit")
    from radtest.analysis.mission_dose import mission_dose

    # A wide wall on both sides, summed by direction over spheres, is the plate from both sides.
    wall = mission_dose(shielded('aluminium_mm = 2\nshape = "slab"'))
    plate = mission_dose(shielded("aluminium_mm = 2"), "semi_infinite")
    assert wall.tid_rad == pytest.approx(2 * plate.tid_rad, rel=0.01)
    assert wall.tnid_mev_g == pytest.approx(2 * plate.tnid_mev_g, rel=0.02)
    assert any("directions have more" in note for note in wall.notes)
    file = tmp_path / "box.csv"
    file.write_text("aluminium_mm,fraction\n1,0.25\n5,0.75\n")
    box = mission_dose(shielded(f"distribution = '{file}'"))
    row = {float(mm): total for mm, total in zip(box.curve.aluminium_mm, box.curve.total, strict=True)}
    assert box.tid_rad == pytest.approx(0.25 * row[1.0] + 0.75 * row[5.0])
    assert box.at_part.aluminium_mm == pytest.approx(4.0)
    with pytest.raises(ConfigurationError, match="not one thickness"):
        mission_dose(shielded(f"distribution = '{file}'"), "finite_slab")
    layers = mission_dose(shielded('layers = [{material = "Al", g_cm2 = 0.3}, {material = "W", g_cm2 = 0.2}]'))
    assert layers.tid_rad == pytest.approx(mission_dose(shielded("aluminium_g_cm2 = 0.5")).tid_rad)
    assert any("layers count as aluminium" in note for note in layers.notes)
    file.write_text("aluminium_mm,fraction\n0,0.01\n5,0.99\n")
    with pytest.raises(ConfigurationError, match="outside what is computed"):
        mission_dose(shielded(f"distribution = '{file}'"))


def test_the_field_of_the_earth_keeps_solar_protons_out():
    pytest.importorskip("pycatima", reason="doses of protons need the extra stopping")
    from radtest.analysis.mission_dose import mission_dose

    far = mission_dose(orbit_file(years=5)).tid_rad
    text = (
        "[orbit]\naltitude_km = 600\ninclination_deg = {}\nstep_s = 240\n[mission]\nyears = 5\n"
        "[shielding]\naluminium_mm = 2\n"
    )
    low, polar = (
        mission_dose(parse_configuration(text.format(angle), OrbitConfiguration, "x")).tid_rad for angle in (20, 98)
    )
    assert low == 0
    assert 0.1 * far < polar < 0.4 * far


def test_a_file_for_doses_alone_has_no_spectrum():
    with pytest.raises(ConfigurationError, match="no particles for a spectrum"):
        inside_environment(orbit_file())


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        main(["dose", *arguments])
    printed = capsys.readouterr()
    return end.value.code, printed.out, printed.err


def test_command_prints_json_table_and_picture(tmp_path, capsys):
    pytest.importorskip("pycatima", reason="doses of protons need the extra stopping")
    file, plot = tmp_path / "orbit.toml", tmp_path / "dose.png"
    file.write_text(INTERPLANETARY.format(years=2, mm=2, mission="") + "[part]\ntid_krad = [9, 10, 11]\n")
    status, out, said = run(capsys, str(file), "--json", "--plot", str(plot))
    assert status == 0, said
    document = json.loads(out)
    parts = dict(document["tid_rad_si"])
    assert parts.pop("total") == pytest.approx(sum(parts.values()))
    assert set(parts) == {"trapped_protons", "trapped_electrons", "bremsstrahlung", "solar_protons"}
    assert document["years"] == 2
    assert document["tnid"]["protons_mev_g"] == document["tnid_mev_g"] > 0
    assert [row["aluminium_mm"] for row in document["curve"]][::12] == [0.05, 3, 20]
    assert document["margin"]["met"] is (document["margin"]["margin"] >= 2)
    assert plot.read_bytes().startswith(b"\x89PNG")
    _, words, _ = run(capsys, str(file), "--geometry", "semi_infinite")
    assert "ionising dose" in words
    assert "design margin" in words


def test_command_says_what_is_missing(tmp_path, capsys):
    file = tmp_path / "orbit.toml"
    file.write_text('[orbit]\nkind = "geo"\n[gcr]\nw = 20\n[shielding]\naluminium_mm = 2\n')
    status, _, said = run(capsys, str(file))
    assert status == 2
    assert "no [mission]" in said


def test_the_dose_behind_a_distribution_is_the_mean_over_its_directions(tmp_path):
    pytest.importorskip("pycatima", reason="doses of protons need the extra stopping")
    from radtest.analysis.mission_dose import mission_dose

    (tmp_path / "box.csv").write_text("aluminium_mm,fraction\n1,0.25\n8,0.75\n", encoding="utf-8")
    text = INTERPLANETARY.format(years=2.0, mission="", mm=2.0).replace(
        "aluminium_mm = 2.0", 'distribution = "box.csv"'
    )
    box = mission_dose(parse_configuration(text, OrbitConfiguration, str(tmp_path / "orbit.toml")))
    thin, thick = (mission_dose(orbit_file(mm=mm)).at_part.total[0] for mm in (1.0, 8.0))
    assert box.at_part.total[0] == pytest.approx(0.25 * thin + 0.75 * thick)
    assert box.at_part.aluminium_mm[0] == pytest.approx(6.25, rel=1e-3)
