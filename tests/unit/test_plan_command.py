"""``radtest plan``, its files, and what it says about wrong ones."""

import csv
import json
import re
from pathlib import Path

import pytest

from radtest.campaign import BeamCampaignConfiguration, plan_campaign, read_facility
from radtest.cli import main
from radtest.core import ConfigurationError
from radtest.core.configuration import read_configuration

pytest.importorskip("pycatima", reason="no wheel for this Python")

FIXTURES = Path(__file__).parents[2] / "fixtures"
NIGHT = FIXTURES / "campaigns" / "heavy_ion_night.toml"
FACILITIES = sorted((FIXTURES / "facilities").glob("*.toml"))


@pytest.fixture
def radtest(capsys):
    """Run the command; return its exit status and what it printed."""

    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            main(["plan", *map(str, arguments)])
        printed = capsys.readouterr()
        return end.value.code, printed.out, printed.err

    return run


@pytest.fixture
def changed(tmp_path):
    """Write the campaign of the night with some of its text changed."""

    def write(*changes):
        text = NIGHT.read_text(encoding="utf-8").replace("../facilities", str(FIXTURES / "facilities"))
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path = tmp_path / "night.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_the_night_of_the_fixtures_has_16_runs_and_its_runs_are_those_of_its_plan(radtest, tmp_path):
    written = tmp_path / "again.toml"
    status, out, said = radtest(NIGHT, "--json", "--write", written)
    assert status == 0, said
    document = json.loads(out)
    assert document["total"]["runs"] == len(document["runs"]) == 16
    assert document["total"]["time_s"] == pytest.approx(12000, rel=0.1)
    assert [run["warnings"] for run in document["runs"]] == [[]] * 16
    assert len(document["warnings"]) == 1
    assert written.read_text(encoding="utf-8") == NIGHT.read_text(encoding="utf-8")


def test_the_night_is_a_campaign_for_radtest_run():
    configuration, _ = read_configuration(NIGHT, BeamCampaignConfiguration)
    assert len(configuration.ions) == 16
    assert all(configuration.stop_of(ion).fluence_cm2 for ion in configuration.ions)
    as_written, from_plan = plan_campaign(NIGHT, as_written=True), plan_campaign(NIGHT)
    for run, same in zip(as_written.runs, from_plan.runs, strict=True):
        assert run.fluence_cm2 == pytest.approx(same.fluence_cm2, rel=1e-3)
        assert run.dose_rad == pytest.approx(same.dose_rad, rel=1e-3)


def test_a_campaign_without_a_plan_is_judged_as_it_stands(radtest):
    status, out, _ = radtest(FIXTURES / "campaigns" / "heavy_ion.toml", "--json")
    document = json.loads(out)
    assert status == 0
    assert [run["ends_by"] for run in document["runs"]] == ["time_s"] * 6
    assert document["runs"][5]["let_source"] == "LBNL 16 MeV/u cocktail table"
    assert document["runs"][5]["dose_rad"] == pytest.approx(1.602e-5 * 49.3 * 5.5e2 * 115, rel=1e-3)
    assert document["total"]["expected_events"] is None
    assert any("no prior" in warning for warning in document["warnings"])


def test_table_csv_and_plot(radtest, changed, tmp_path):
    path = changed(
        ('["N", "Ne", "Ar", "Cu", "Kr", "Xe", "Kr", "Cu"]', '["N", "Xe"]'), ("repeats = 2", "tilts_deg = [0, 65]")
    )
    status, out, said = radtest(path, "--csv", tmp_path / "runs.csv", "--plot", tmp_path / "plan.png")
    assert status == 0, said
    assert "124Xe" in out
    assert "runs 2, 4: tilt: 65° is beyond 60°" in out
    with (tmp_path / "runs.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["particle"], row["tilt_deg"]) for row in rows] == [
        ("N", "0.0"),
        ("N", "65.0"),
        ("Xe", "0.0"),
        ("Xe", "65.0"),
    ]
    assert (tmp_path / "plan.png").read_bytes().startswith(b"\x89PNG")


def test_layers_and_degraders_change_the_let_that_is_written(radtest, changed, tmp_path):
    layer = '[[plan.package]]\nmaterial = "SiO2"\nthickness_um = 6.0\n\n[plan.prior]'
    path = changed(("repeats = 2", "degraders_um = [0, 50]"), ("[plan.prior]", layer))
    status, _, said = radtest(path, "--write", path)
    assert status == 0, said
    configuration, text = read_configuration(path, BeamCampaignConfiguration)
    assert len(configuration.ions) == 16
    lets = [ion.let_mev_cm2_mg for ion in configuration.ions if ion.particle == "Xe"]
    assert 49.3 < lets[0] < lets[1]
    assert "behind 50 µm Al" in text
    assert "carried behind 2 layers by pycatima" in configuration.ions[1].let_source


def test_what_is_not_a_run_stays_word_for_word_when_runs_are_written(radtest, changed):
    path = changed(("[stop] #", "# my own words\n[stop] #"))
    text = path.read_text(encoding="utf-8")
    head, *runs = re.split(r"(?m)^# Run \d+: .*\n", text)
    moved = head.replace("\n[plan]\n", "\n" + "".join(runs) + "# and these\n[plan]\n", 1)
    path.write_text(moved, encoding="utf-8")
    assert radtest(path, "--write", path)[0] == 0
    written = path.read_text(encoding="utf-8")
    assert "# my own words\n[stop] #" in written
    assert "# and these\n[plan]" in written
    assert written.count("[[ions]]") == 16


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('"N", "Ne"', '"Nb", "Ne"'), "has no ion 'Nb'; legal: N, O, Ne, Ar, V, Cu, Kr, Xe"),
        (("lbnl_16.toml", "lbnl_61.toml"), "lbnl_61.toml: no such file"),
        (("repeats = 2", "tilts_deg = [95]"), "plan.tilts_deg.0 = 95"),
        (("repeats = 2", "degraders_um = [400]"), "stops in layer 1 of 1 (degrader, 400 µm)"),
        (("repeats = 2", 'degrader_material = "unobtainium"'), "material 'unobtainium': unknown"),
        (("precision = 0.07", "precision = 7"), "plan.precision = 7"),
        (("shape = 1.2", "shape = -1.2"), "plan.prior.shape = -1.2"),
        (("beam_time_h", "beam_time"), "plan.beam_time: unknown key; did you mean 'beam_time_h'?"),
        (("time_limit_s = 900.0", "lowest_flux_cm2_s = 1e6"), "lies above highest_flux_cm2_s"),
    ],
)
def test_wrong_input_ends_with_status_2_one_message_and_no_traceback(radtest, changed, change, words):
    status, out, said = radtest(changed(change), "--json")
    assert status == 2
    assert words in said
    assert "Traceback" not in said
    assert out == ""


def test_tilted_runs_are_written_with_their_tilt(radtest, changed, tmp_path):
    written = tmp_path / "out.toml"
    status, _, said = radtest(changed(("repeats = 2", "tilts_deg = [0, 45]")), "--write", written)
    assert status == 0, said
    configuration, _ = read_configuration(written, BeamCampaignConfiguration)
    assert [ion.tilt_deg for ion in configuration.ions] == [0.0, 45.0] * 8
    assert configuration.ions[1].beam().tilt_deg == 45.0


def test_a_file_that_cannot_be_written_is_named(radtest, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    for option in ("--csv", "--plot", "--write"):
        status, _, said = radtest(NIGHT, option, blocked / "out.png")
        assert status == 1
        assert "out.png: cannot be written" in said
        assert "Traceback" not in said


@pytest.mark.parametrize("path", FACILITIES, ids=lambda path: path.stem)
def test_every_ion_of_a_facility_has_a_source_and_a_let_near_the_computed_one(path):
    from radtest.analysis import stopping

    for ion in read_facility(path).ions:
        assert len(ion.source) > 10
        computed = stopping(ion.beam().ion, ion.energy_mev)
        tolerance = 0.12 if ion.particle == "Xe" else 0.05
        if ion.let_mev_cm2_mg is not None:
            assert computed.let_mev_cm2_mg == pytest.approx(ion.let_mev_cm2_mg, rel=tolerance)
        if ion.range_um is not None:
            assert computed.range_um == pytest.approx(ion.range_um, rel=0.05)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "energy_mev = 234.0",
            "energy_mev = -1.0",
            "line 14: ions.0.energy_mev = -1.0: input should be greater than 0",
        ),
        ("mass_number = 14", "mass_number = 234", "mass number 234 of N: no such nucleus"),
        ('particle = "O"', 'particle = "N"', "every particle once, found twice: N"),
        ("let_mev_cm2_mg = 1.16", "let = 1.16", "unknown key. Legal here: particle, mass_number, energy_mev"),
        ('source = "LBNL', 'sauce = "LBNL', "ions.0.source: missing"),
    ],
)
def test_a_mistake_in_a_facility_file_is_named_with_file_line_and_what_is_legal(tmp_path, old, new, words):
    text = (FIXTURES / "facilities" / "lbnl_16.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_facility(path)
    assert words in str(caught.value)
    assert "mine.toml" in str(caught.value)
