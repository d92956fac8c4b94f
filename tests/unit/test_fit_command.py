"""``radtest fit``: devices, two data sets and notes."""

import json

import pytest
from click.testing import CliRunner
from record_samples import write_beam_run

from radtest.cli.fit import command
from radtest.cli.fit_tests import drift_of
from radtest.core import Effect
from radtest.log import seal

LOT_A, LOT_B = (f"fixtures/cross_sections/sram_lot_{lot}.csv" for lot in "ab")


def fitted(*words):
    done = CliRunner().invoke(command, [*map(str, words), "--json"])
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


def test_devices_apart_are_fitted_by_themselves_and_tested():
    found = fitted(LOT_A, "--devices", "apart")
    assert [one["device"] for one in found["device_fits"]] == ["A1", "A2"]
    assert found["homogeneity"]["devices"]["degrees_of_freedom"] == 6
    assert found["homogeneity"]["runs"] is None
    low, high = (found["device_fits"][n]["sigma_sat_cm2"]["value"] for n in (1, 0))
    assert low < found["sigma_sat_cm2"]["value"] < high


def test_lots_that_differ_by_a_factor_are_told_so():
    against = fitted(LOT_A, "--against", LOT_B)["against"]
    # Drawn with a factor of 1.3.
    assert against["ratio"]["low"] < 1.3 < against["ratio"]["high"]
    assert against["equal_scale"]["p_value"] < 1e-6
    assert against["equal_shape"]["p_value"] > 0.05


def test_a_deviating_device_is_said(tmp_path):
    path = tmp_path / "points.csv"
    lines = [
        f"{let},{n},1e6,{d}" for let, n in ((2, 20), (5, 80), (10, 150), (40, 200)) for d, n in (("A", n), ("B", 2 * n))
    ]
    path.write_text("let_mev_cm2_mg,count,fluence_cm2,device\n" + "\n".join(lines))
    assert any("the devices differ" in note for note in fitted(path)["notes"])


def test_a_device_that_cannot_be_fitted_says_why(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text(
        "let_mev_cm2_mg,count,fluence_cm2,device\n1,0,1e6,A\n5,80,1e6,A\n10,150,1e6,A\n40,200,1e6,A\n5,70,1e6,B\n"
    )
    apart = fitted(path, "--devices", "apart")["device_fits"]
    assert apart[0]["refused"] is None
    assert "one LET only" in apart[1]["refused"]


@pytest.mark.parametrize("words", [["--devices", "apart"], ["--against", LOT_B]])
def test_people_get_words(words):
    done = CliRunner().invoke(command, [LOT_A, *words])
    assert done.exit_code == 0
    assert "one cross section for all devices: p = " in done.output
    assert ("device A2" in done.output) == (words[0] == "--devices")
    assert ("one shape with a factor" in done.output) == (words[0] == "--against")


def test_protons_have_the_parameters_of_a_device_file(tmp_path):
    path = tmp_path / "protons.png"
    found = fitted("--particle", "proton", "fixtures/cross_sections/sram_protons.csv", "--plot", path)
    assert found["a"]["low"] < found["a"]["value"] < found["a"]["high"]
    assert found["b"]["low"] < found["b"]["value"] < found["b"]["high"]
    assert (found["per"], found["degrees_of_freedom"], found["converged"]) == ("bit", 4, True)
    assert path.stat().st_size > 10_000


def test_what_is_for_ions_or_protons_only_is_refused():
    for words in (["--particle", "proton", "--at", "5"], ["--model", "bendel2"]):
        done = CliRunner().invoke(command, ["fixtures/cross_sections/sram_protons.csv", *words])
        assert "proton" in str(done.exception)


def test_tilt_and_multiplicities_are_reported(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text(
        "let_mev_cm2_mg,count,fluence_cm2,tilt_deg,multiplicities\n2,20,1e6,0,1:20\n5,90,1e6,0,1:70 2:10\n"
        "10,150,1e6,0,\n10,10,1e6,60,\n20,190,1e6,0,\n40,200,1e6,0,\n"
    )
    found = fitted(path)
    assert found["cosine_law"]["p_value"] < 0.001
    assert found["cosine_law"]["matched"]["p_value"] < 0.001
    assert any("cosine law" in note for note in found["notes"])
    assert [(row["events"], row["upset_bits"]) for row in found["multiplicities"]] == [(20, 20), (80, 90)]
    assert found["multiplicities"][1]["variance_of_bits_over_poisson"] == pytest.approx(110 / 90)


def test_the_drift_of_a_sealed_run_is_that_of_its_events(tmp_path):
    run = seal(write_beam_run(tmp_path / "run.journal"))
    drift = drift_of(run, Effect.SEU, 0.95)
    assert drift.events == 90
    assert 0 < drift.change.low < drift.change.high
    assert drift_of(run, Effect.SEFI, 0.95) is None


def test_runs_of_one_name_in_two_folders_are_both_told(tmp_path):
    folders = [tmp_path / "monday", tmp_path / "tuesday"]
    for folder in folders:
        folder.mkdir()
        seal(write_beam_run(folder / "run1.journal"))
    sealed = [next(folder.glob("*.h5")) for folder in folders]
    assert sealed[0].name == sealed[1].name
    assert set(fitted(*sealed)["drift"]) == {str(path) for path in sealed}
