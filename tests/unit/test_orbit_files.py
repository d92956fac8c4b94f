"""Orbit files: what is legal, and the environment they give."""

from pathlib import Path

import numpy as np
import pytest

from radtest.analysis.environment import inside_environment
from radtest.analysis.orbit_configuration import OrbitConfiguration
from radtest.analysis.orbit_track import orbit_track
from radtest.core.configuration import read_configuration
from radtest.core.errors import ConfigurationError

ORBITS = Path(__file__).parents[2] / "fixtures/orbits"
SHIELD = "[shielding]\naluminium_mm = 2\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "[orbit]\naltitude_km = -5\ninclination_deg = 10\n[gcr]\nw = 20\n",
            "this lies inside the Earth",
        ),
        ("[orbit]\nperigee_km = 900\napogee_km = 400\ninclination_deg = 10\n[gcr]\nw = 20\n", "below the perigee"),
        ('[orbit]\nkind = "geo"\n[gcr]\nw = 201\n', "200"),
        ('[orbit]\nkind = "geo"\n[solar]\nevent = "worst_month"\n', "worst_week"),
        ('[orbit]\nkind = "geo"\n', "no environment"),
        ('[orbit]\nkind = "leo"\n[gcr]\nw = 20\n', "sun_synchronous"),
        ('[orbit]\nkind = "sun_synchronous"\n[gcr]\nw = 20\n', "missing altitude_km"),
        ('[orbit]\nkind = "geo"\naltitude_km = 500\n[gcr]\nw = 20\n', "give one of altitude_km"),
        ("[orbit]\nperigee_km = 500\ninclination_deg = 5\n[gcr]\nw = 20\n", "perigee_km and apogee_km belong together"),
        ("[orbit]\naltitude_km = 500\n[gcr]\nw = 20\n", "missing inclination_deg"),
        ('[orbit]\nkind = "geo"\nlocal_time_hours = 6\n[gcr]\nw = 20\n', "local_time_hours belongs to"),
        (
            "[orbit]\naltitude_km = 500\ninclination_deg = 5\nlongitude_deg = 5\n[gcr]\nw = 20\n",
            "longitude_deg belongs",
        ),
        ('[orbit]\nkind = "lunar"\ncutoff = "vertical"\n[gcr]\nw = 20\n', "belongs to an orbit around the Earth"),
        ('[orbit]\nkind = "geo"\nstorm = true\n[gcr]\nw = 20\n', "nothing to lower"),
        ("[orbit]\naltitude_km = 500\ninclination_deg = 5\ndays = 300\n[gcr]\nw = 20\n", "make 432000 places"),
        ("[orbit]\naltitude_km = 500\ninclination_deg = 5\ndays = 0.001\n[gcr]\nw = 20\n", "make 1 places"),
        ("[orbit]\naltitude_km = 500\ninclination_deg = 5\nstep_s = 0\n[gcr]\nw = 20\n", "step_s"),
        ('[orbit]\naltitude_km = 500\ninclination_deg = 5\nepoch = "yesterday"\n[gcr]\nw = 20\n', "epoch"),
        ('[orbit]\naltitude_km = 500\ninclination_deg = 5\n[trapped]\nsolar = "mean"\n', "max"),
        (
            '[orbit]\naltitude_km = 500\ninclination_deg = 5\n[trapped]\nsolar = "min"\ndrift_to_year = 1900\n',
            "drift_to_year",
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "orbit.toml"
    path.write_text(text + SHIELD, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=words):
        read_configuration(path, OrbitConfiguration)


def read(tmp_path: Path, text: str) -> OrbitConfiguration:
    path = tmp_path / "orbit.toml"
    path.write_text(text, encoding="utf-8")
    return read_configuration(path, OrbitConfiguration)[0]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('[orbit]\nkind = "GEO"\n[gcr]\npreset = "Solar minimum"\n', '[orbit]\nkind = "geo"\n[gcr]\nw = 20\n'),
        ('[orbit]\nkind = "geostationary"\n[gcr]\npreset = "max"\n', '[orbit]\nkind = "geo"\n[gcr]\nw = 150\n'),
        (
            '[orbit]\nkind = "sun-synchronous"\naltitude_km = 600\n[solar]\nevent = "Worst week"\n',
            '[orbit]\nkind = "sun_synchronous"\naltitude_km = 600\n[solar]\nevent = "worst_week"\n',
        ),
        (
            '[orbit]\nkind = "SSO"\naltitude_km = 600\n[trapped]\nsolar = "minimum"\n',
            '[orbit]\nkind = "sun_synchronous"\naltitude_km = 600\n[trapped]\nsolar = "min"\n',
        ),
        (
            '[orbit]\nkind = "moon"\n[solar]\nevent = "worst five minutes"\n',
            '[orbit]\nkind = "lunar"\n[solar]\nevent = "worst_5min"\n',
        ),
    ],
)
def test_words_may_be_spelled_as_people_spell_them(tmp_path: Path, written: str, meant: str) -> None:
    one, other = (read(tmp_path, text + SHIELD) for text in (written, meant))
    assert (one.orbit, one.solar, one.trapped) == (other.orbit, other.solar, other.trapped)
    assert (one.gcr is None) == (other.gcr is None)
    if one.gcr is not None and other.gcr is not None:
        assert one.gcr.modulation == other.gcr.modulation


def test_layers_may_be_one_string(tmp_path: Path) -> None:
    environment = '[orbit]\nkind = "geo"\n[gcr]\nw = 20\n'
    one = read(tmp_path, environment + '[shielding]\nlayers = "Al:2mm,W:100"\n').shielding
    assert [(material.name, mass) for material, mass in one.stack] == [
        ("Al", pytest.approx(0.5398)),
        ("W", pytest.approx(0.193)),
    ]
    with pytest.raises(ConfigurationError, match="material 'unobtainium': unknown"):
        read(tmp_path, environment + '[shielding]\nlayers = "unobtainium:2mm"\n')


@pytest.mark.parametrize("altitude", ["50", "400e3"])
def test_altitudes_that_are_hardly_orbits_are_said(tmp_path: Path, altitude: str) -> None:
    text = f"[orbit]\naltitude_km = {altitude}\ninclination_deg = 10\n[gcr]\nw = 20\n"
    assert any("suspicious" in sentence for sentence in orbit_track(read(tmp_path, text + SHIELD).orbit).suspicions)


def test_an_orbit_that_the_earth_does_not_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="the Earth holds nothing beyond"):
        read(tmp_path, "[orbit]\naltitude_km = 1e9\ninclination_deg = 10\n[gcr]\nw = 20\n" + SHIELD)


def test_the_field_keeps_ions_out_and_the_event_brings_them_in() -> None:
    pytest.importorskip("pycatima", reason="environments need the extra stopping")
    geo, polar = (
        inside_environment(read_configuration(ORBITS / f"{name}.toml", OrbitConfiguration)[0])
        for name in ("geo", "polar_825km")
    )
    quiet = read_configuration(ORBITS / "polar_825km.toml", OrbitConfiguration)[0].model_copy(update={"solar": None})
    let = [1.0, 10.0]
    without = inside_environment(quiet).let_spectrum.exceedance_cm2_day(let)
    assert np.all(without < geo.let_spectrum.exceedance_cm2_day(let))
    assert np.all(polar.let_spectrum.exceedance_cm2_day(let) > 5 * without)
    assert any("storm = true" in note for note in polar.notes)
    assert not any("storm = true" in note for note in geo.notes)


def test_trapped_protons_dominate_the_space_station_between_20_and_100_mev() -> None:
    pytest.importorskip("pycatima", reason="environments need the extra stopping")
    pytest.importorskip("aep8", reason="trapped particles need the extra orbit")
    iss = read_configuration(ORBITS / "iss.toml", OrbitConfiguration)[0]
    inside, galactic = inside_environment(iss), inside_environment(iss.model_copy(update={"trapped": None}))
    band = (inside.proton_energy_mev > 20) & (inside.proton_energy_mev < 100)
    assert np.all(inside.proton_flux_cm2_s_mev[band] > 2 * galactic.proton_flux_cm2_s_mev[band])
