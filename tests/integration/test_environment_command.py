"""The command environment as a user runs it."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pycatima", reason="environments need the extra stopping")

ROOT = Path(__file__).parents[2]
LOW = """
[orbit]
altitude_km = 420
inclination_deg = 51.6
days = 1
step_s = 240
[gcr]
w = 20
[shielding]
aluminium_mm = 2
"""


def radtest(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "radtest", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False
    )


def orbit_file(folder: Path, text: str) -> Path:
    path = folder / "orbit.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.slow
def test_text_lists_the_notes_and_what_was_drawn(tmp_path):
    pictures = {name: tmp_path / f"{name}.png" for name in ("plot", "map", "timeline")}
    options = [part for name, path in pictures.items() for part in (f"--{name}", path)]
    result = radtest("environment", orbit_file(tmp_path, LOW), *options)
    assert result.returncode == 0, result.stderr
    assert "LET of 10 MeV·cm²/mg or more" in result.stdout
    assert "note: 420 km, 51.6°" in result.stdout
    assert "passes" not in result.stdout
    for path in pictures.values():
        assert f"drawn: {path}" in result.stdout
        assert path.read_bytes()[:4] == b"\x89PNG"


def test_what_cannot_be_done_is_said(tmp_path):
    still = LOW.replace("altitude_km = 420", 'kind = "geo"').replace("inclination_deg = 51.6", "")
    result = radtest("environment", orbit_file(tmp_path, still), "--map", tmp_path / "map.png")
    assert result.returncode == 2
    assert "nothing changes along the path\n  To mend it" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_rate_says_where_upsets_happen(tmp_path):
    orbit = orbit_file(tmp_path, LOW)
    picture = tmp_path / "map.png"
    result = radtest("rate", "fixtures/devices/polarfire_usram.toml", "--orbit", orbit, "--map", picture, "--json")
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    along = document["along_orbit"]
    assert along["per_day"] == pytest.approx(document["total"]["per_bit_day"], rel=0.03)
    assert along["worst_orbit"] > along["per_orbit"]
    assert (along["passes"], along["share_inside_passes"]) == (0, 0.0)
    assert picture.read_bytes()[:4] == b"\x89PNG"


@pytest.mark.slow
def test_a_spectrum_has_no_places(tmp_path):
    spectrum = "fixtures/spectra/spenvis_let_spectrum.csv"
    result = radtest("rate", "fixtures/devices/2164.toml", "--spectrum", spectrum, "--timeline", tmp_path / "x.png")
    assert result.returncode == 2
    assert "neither places nor times" in result.stderr


def test_an_orbit_of_spenvis_from_the_command_line_alone():
    pytest.importorskip("aep8", reason="trapped particles need the extra orbit")
    # validation: 825 km, 98.8 degrees, SPENVIS 4.6.13; tolerances 25 % (cutoff) and 15 % (trapped).
    result = radtest("environment", "fixtures/orbits/spenvis_polar_825km.toml", "--json")
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    energy = document["protons"]["energy_mev"]

    def protons(source, at):
        index = min(range(len(energy)), key=lambda number: abs(energy[number] - at))
        return document["sources"][source]["outside_proton_flux_cm2_s_mev"][index] * 1e4 / (4 * math.pi)

    assert protons("gcr", 100.0) == pytest.approx(0.3146, rel=0.25)
    assert protons("gcr", 1000.0) == pytest.approx(0.3607, rel=0.25)
    # 0.214 of the event's 3.240e8 at 1 MeV.
    assert protons("solar", 1.0) == pytest.approx(0.214 * 3.240e8, rel=0.25)
    trapped = document["trapped"]
    assert trapped["proton_energy_mev"] == [10.0, 30.0, 100.0]
    assert trapped["proton_flux_cm2_s"] == pytest.approx([190.2, 140.9, 71.28], rel=0.15)
    assert sum(each["share"] for each in trapped["passes"]) == pytest.approx(1.0)
    assert all(each["start_s"] < each["peak_s"] < each["end_s"] for each in trapped["passes"])
    assert set(document) == {"let_spectrum", "protons", "sources", "orbit", "trapped", "notes", "drawn"}
    assert document["orbit"]["days"] == pytest.approx(2.0)
    assert document["orbit"]["period_s"] == pytest.approx(1.6875 * 3600, rel=1e-3)
    assert document["orbit"]["lowest_altitude_km"] == pytest.approx(825 - 7.3, abs=0.5)
    assert document["drawn"] == {}


@pytest.mark.slow
def test_the_electrons_of_that_orbit_at_solar_maximum():
    pytest.importorskip("aep8", reason="trapped particles need the extra orbit")
    result = radtest("environment", "fixtures/orbits/spenvis_polar_825km_electrons.toml", "--json")
    trapped = json.loads(result.stdout)["trapped"]
    flux = dict(zip(trapped["electron_energy_mev"], trapped["electron_flux_cm2_s"], strict=True))
    assert [flux[energy] for energy in (0.5, 1.0, 2.0)] == pytest.approx([2.287e4, 6131, 1108], rel=0.15)
