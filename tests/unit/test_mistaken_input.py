"""Mistakes of users in options and files of the analysis commands: refused or said, never taken in silence."""

import json
import re

import pytest
from click.testing import CliRunner

from radtest.analysis import point_suspicions, read_points
from radtest.analysis.orbit_configuration import OrbitConfiguration
from radtest.analysis.proton_points import proton_suspicions, read_proton_points
from radtest.analysis.proton_spectrum import read_proton_spectrum
from radtest.cli import radtest
from radtest.core import ConfigurationError, CrossSectionPoint
from radtest.core.configuration import ConfigurationModel, parse_configuration, read_configuration

POINTS = "let_mev_cm2_mg,count,fluence_cm2\n1.5,0,1e7\n3.3,4,1e7\n7,60,1e7\n12,110,1e7\n40,230,1e7\n"


def run(*words):
    return CliRunner().invoke(radtest, list(map(str, words)))


class Sample(ConfigurationModel):
    size: float | None = None
    pair: tuple[float, float] | None = None
    bits: int = 1
    storm: bool = False
    name: str | float = ""


@pytest.mark.parametrize(
    "line", ['size = "2.5"', "size = true", 'bits = "3"', "bits = false", 'pair = ["1", 2]', "pair = [true, 2]"]
)
def test_words_and_truth_values_are_no_numbers(line):
    with pytest.raises(ConfigurationError, match="is no number; give one"):
        parse_configuration(line, Sample, "sample.toml")


def test_what_may_be_a_word_or_a_truth_value_still_may():
    sample = parse_configuration('storm = true\nname = "x"\nsize = 1\npair = [1, 2]', Sample, "sample.toml")
    assert (sample.storm, sample.name, sample.size, sample.pair) == (True, "x", 1.0, (1.0, 2.0))


def test_a_byte_order_mark_before_toml_is_no_mistake(tmp_path):
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbfsize = 2\r\n")
    assert read_configuration(path, Sample)[0].size == 2.0


@pytest.mark.parametrize(
    "words",
    [
        ["fit", "fixtures/cross_sections/sram_64mbit_seu.csv"],
        ["rate", "fixtures/devices/2164.toml", "--spectrum", "fixtures/spectra/spenvis_let_spectrum.csv"],
        ["payload", "fixtures/payloads/image_processor.toml"],
    ],
)
def test_a_seed_below_0_is_refused_in_words(words):
    found = run(*words, "--seed", "-1")
    assert found.exit_code == 2
    assert "--seed" in found.output


@pytest.mark.parametrize("let", ["nan", "inf"])
def test_a_let_that_is_no_number_is_refused(tmp_path, let):
    path = tmp_path / "points.csv"
    path.write_text(POINTS)
    found = run("fit", path, "--at", let, "--json")
    assert isinstance(found.exception, ConfigurationError)
    assert "--at" in found.exception.message


def test_a_fluence_per_square_metre_is_suspected(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text(POINTS.replace("1e7", "1e11"))
    assert any("per m²" in sentence for sentence in point_suspicions(read_points(path)))


def test_bits_in_some_lines_only_are_said():
    points = [CrossSectionPoint(5.0, 3, 1e6, bits=1024), CrossSectionPoint(9.0, 8, 1e6)]
    assert any("has no bits" in sentence for sentence in point_suspicions(points))


def test_a_missing_table_says_what_it_holds(tmp_path):
    path = tmp_path / "orbit.toml"
    path.write_text('[orbit]\nkind = "geo"\n[gcr]\nw = 20\n')
    with pytest.raises(ConfigurationError, match="shielding: missing; it is required and holds aluminium_mm, "):
        read_configuration(path, OrbitConfiguration)


@pytest.mark.parametrize(
    ("command", "text", "words"),
    [
        ("environment", '[orbit]\nkind = "sun_synchronous"\naltitude_km = 7000\n[gcr]\nw = 20\n', "too high"),
        ("environment", '[orbit]\nkind = "lunar"\n[trapped]\nsolar = "min"\n', "no belts"),
        ("dose", '[orbit]\nkind = "geo"\n[gcr]\nw = 20\n', "no .mission."),
    ],
)
def test_mistakes_that_show_in_the_work_name_the_file_too(tmp_path, command, text, words):
    pytest.importorskip("pycatima", reason="environments need the extra stopping")
    path = tmp_path / "orbit.toml"
    path.write_text(text + "[shielding]\naluminium_mm = 2\n")
    found = run(command, path, "--json")
    assert isinstance(found.exception, ConfigurationError)
    assert re.search(words, found.exception.message)
    assert str(path) in found.exception.message


CELL = """[heavy_ion]
sigma_sat_cm2 = 1e-8
let0_mev_cm2_mg = 0.5
width_mev_cm2_mg = 10
shape = 1.5
width_mev_cm2_mg_interval = [9, 40]
[sensitive_volume]
x_um = 1
y_um = 1
z_um = 0.5
"""
SPECTRUM = "fixtures/spectra/spenvis_let_spectrum.csv"


@pytest.mark.parametrize("confidence", [0.01, 0.3, 0.95])
def test_an_interval_holds_its_value_at_any_confidence(tmp_path, confidence):
    path = tmp_path / "device.toml"
    path.write_text(CELL)
    found = run("rate", path, "--spectrum", SPECTRUM, "--confidence", confidence, "--json")
    direct = json.loads(found.output)["direct"]
    assert direct["low"] <= direct["per_bit_day"] <= direct["high"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("z_um = 0.5", "z_um = 1e-300", "less than an atom"),
        ("width_mev_cm2_mg = 10", "width_mev_cm2_mg = 1e300", "beyond what can be computed"),
        ("shape = 1.5", "shape = 1.5\ninterval_confidence = 1e-300", "interval_confidence"),
        ("[9, 40]", "[11, 40]", "does not lie about the value"),
    ],
)
def test_numbers_of_a_device_that_cannot_be_are_refused_with_the_file(tmp_path, old, new, words):
    path = tmp_path / "device.toml"
    path.write_text(CELL.replace(old, new))
    found = run("rate", path, "--spectrum", SPECTRUM)
    assert isinstance(found.exception, ConfigurationError)
    assert words in found.exception.message
    assert str(path) in found.exception.message


@pytest.mark.parametrize("column", ["let_mev_cm2_mg", "energy_mev"])
def test_more_bits_than_any_device_has_are_refused(tmp_path, column):
    path = tmp_path / "points.csv"
    path.write_text(f"{column},count,fluence_cm2,bits\n20,5,1e7,1e300\n50,9,1e7,1024\n")
    with pytest.raises(ConfigurationError, match=r"line 2: bits is 1e\+300"):
        read_points(path) if column == "let_mev_cm2_mg" else read_proton_points(path)


@pytest.mark.parametrize(
    ("energies", "bits", "words"),
    [
        (("50000", "200000"), ("", ""), "energy_mev is 200000"),
        (("50000", "90000"), ("8", "8"), "in keV"),
        (("0.05", "0.2"), ("8", "8"), "in GeV"),
        (("1e-300", "50"), ("8", "8"), "energy_mev is 1e-300"),
        (("50", "90"), ("8", ""), "have no bits"),
        (("50", "90"), ("8", "8"), ""),
    ],
)
def test_proton_energies_in_other_units_are_suspected_or_refused(tmp_path, energies, bits, words):
    path = tmp_path / "protons.csv"
    rows = "".join(f"{energy},5,1e10,{bit}\n" for energy, bit in zip(energies, bits, strict=True))
    path.write_text(f"energy_mev,count,fluence_cm2,bits\n{rows}")
    try:
        said = " ".join(proton_suspicions(read_proton_points(path)))
    except ConfigurationError as error:
        said = error.message
    assert words in said
    assert bool(words) == bool(said)


def test_spectra_of_protons_are_read_as_laboratories_write_them(tmp_path):
    path = tmp_path / "protons.csv"
    path.write_text("\ufeffEnergy_MeV;flux_cm2_s_mev\n1,5;10\n100;0,5\n", encoding="utf-8")
    energy, flux = read_proton_spectrum(path)
    assert (energy.tolist(), flux.tolist()) == ([1.5, 100.0], [10.0, 0.5])
