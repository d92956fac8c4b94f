"""Upsets of several bits in real simulators: clusters, and upsets that accumulate."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from injection_samples import DESIGN, write_project

from radtest.cli.inject import command
from radtest.core import Effect, FaultModel, InjectionResult, Outcome, RecordError
from radtest.inject import Campaign, Simulator, compare_outcomes, per_run_probabilities, summarise
from radtest.log import open_record, verify
from radtest.log import summarise as summarise_file

KINDS = ["flip_flop", "latch", "memory"]
CLUSTERS = {"upsets": 80, "kinds": KINDS, "model": "mcu", "cluster": {"sizes": {"1": 0.2, "2": 0.4, "4": 0.4}}}
TRANSIENT = ["spare", "copy_*", "sealed", "parity", "total", "remaining", "done"]
ACCUMULATED = {"upsets": 80, "include": TRANSIENT, "accumulate": {"mean_upsets": 2.0}}
CAMPAIGNS = {"clusters": CLUSTERS, "accumulated": ACCUMULATED}
# Some upsets make the simulator spin for good; nothing else takes seconds.
LIMITS = {"wall_timeout_s": 4.0}

one_by_default = pytest.mark.parametrize(
    "name", ["clusters", pytest.param("accumulated", marks=pytest.mark.slow)], ids=lambda name: name
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a function that runs one of the campaigns, once for each simulator and setting."""

    @cache
    def record_of(name: str, simulator: Simulator, strategy: str = "fork", end_early: bool = True) -> Path:
        folder = tmp_path_factory.mktemp(name)
        settings = CAMPAIGNS[name] | LIMITS | {"strategy": strategy, "end_early": end_early}
        if strategy == "restart":
            settings |= {"upsets": 6}
        return Campaign(write_project(folder, campaign=settings), simulator, folder / "out").run()

    return record_of


def results_of(record: Path) -> list[InjectionResult]:
    with open_record(record) as opened:
        return sorted(opened.injection_results(), key=lambda result: result.upset.index)


def show(record: Path) -> dict[str, Any]:
    shown = CliRunner().invoke(command, ["--show", str(record), "--json"])
    assert shown.exit_code == 0, shown.output
    return json.loads(shown.stdout)


def placed_project(folder: Path, rows: str, include: list[str], size: int = 2, **more: Any) -> Path:
    (folder / "place.csv").write_text(f"name,x_um,y_um\n{rows}")
    cluster = {"size": size, "placement": "place.csv"}
    return write_project(folder, campaign={"model": "mcu", "cluster": cluster, "include": include, **LIMITS}, **more)


@pytest.mark.icarus
@pytest.mark.parametrize("name", CAMPAIGNS)
def test_every_bit_that_was_due_was_read_back_changed(run, name):
    results = results_of(run(name, "icarus"))

    assert all(result.outcome is not Outcome.INVALID for result in results)
    assert any(result.upset.others for result in results)
    for result in results:
        read = [(result.before, result.after), *result.others_read]
        assert len(read) == len(result.upset.strikes)
        # A latch that is open takes its input again; a run that is over is hit no more.
        assert {(0, 1), (1, 0), (0, 0), (1, 1), (-1, -1)} >= set(read)
        assert read[0] in {(0, 1), (1, 0)} or result.upset.others
    # Of a run that an alarm ends the later upsets never come.
    assert any((-1, -1) in result.others_read for result in results) is (name == "accumulated")


@pytest.mark.icarus
@pytest.mark.parametrize("name", CAMPAIGNS)
def test_the_record_is_whole_and_holds_the_further_bits(run, name):
    path = run(name, "icarus")

    verification = verify(path)

    assert verification.ok
    assert verification.counts["outcomes"] == CAMPAIGNS[name]["upsets"]
    assert verification.counts["strikes"] == sum(len(result.upset.others) for result in results_of(path))
    with open_record(path) as record:
        assert summarise(record).total.upsets == CAMPAIGNS[name]["upsets"]


@pytest.mark.icarus
def test_a_cluster_is_an_event_of_several_bits(run):
    path = run("clusters", "icarus")

    several = sum(bool(result.upset.others) for result in results_of(path))

    with open_record(path) as record:
        assert record.count(Effect.MBU) == several
        assert record.count(Effect.SEU) == CLUSTERS["upsets"] - several
        assert set(record.outcomes["model"]) == {FaultModel.MCU.value}


@pytest.mark.icarus
@pytest.mark.parametrize(
    ("name", "figures"),
    [("clusters", {"cluster_bits_mean", "clusters_cut"}), ("accumulated", {"upsets_per_run_mean"})],
)
def test_the_record_shows_how_the_bits_were_planned(run, name, figures):
    summary = summarise_file(run(name, "icarus"))

    assert figures <= {row["name"] for row in summary["quality"]}
    assert summary["counts"]["strikes"] > 0


@pytest.mark.slow
@pytest.mark.icarus
@pytest.mark.parametrize("name", CAMPAIGNS)
def test_an_early_end_changes_no_outcome(run, name):
    early, late = run(name, "icarus"), run(name, "icarus", end_early=False)

    with open_record(early) as one, open_record(late) as other:
        agreement = compare_outcomes(one, other)
    assert (agreement.compared, agreement.disagreements) == (CAMPAIGNS[name]["upsets"], ())
    assert any("as the golden run again" in result.detail for result in results_of(early))


@pytest.mark.icarus
@pytest.mark.slow
@pytest.mark.verilator
@one_by_default
def test_the_simulators_agree_on_every_bit(run, name):
    one, other = results_of(run(name, "icarus")), results_of(run(name, "verilator"))

    brief = [
        [(r.upset, r.outcome, r.observer, r.latency_cycles, r.before, r.after, r.others_read) for r in results]
        for results in (one, other)
    ]
    assert brief[0] == brief[1]


@pytest.mark.slow
@pytest.mark.icarus
@one_by_default
def test_fork_and_restart_agree(run, name):
    alone = results_of(run(name, "icarus", strategy="restart"))
    # A longer list begins with the shorter one.
    forked = results_of(run(name, "icarus"))[: len(alone)]

    assert any(result.upset.others for result in alone)
    assert [(r.upset, r.outcome, r.others_read) for r in alone] == [(r.upset, r.outcome, r.others_read) for r in forked]


@pytest.mark.icarus
def test_copies_of_one_bit_side_by_side_are_upset_together_and_win_the_vote(tmp_path):
    rows = "".join(f"copy_{copy}[{bit}],{x},{10 * bit}\n" for x, copy in enumerate("abc") for bit in range(4))

    # Two of three copies, always: the cell of copy_b lies between the others.
    path = Campaign(placed_project(tmp_path, rows, ["copy_*"]), "icarus", tmp_path / "out", upsets=40).run()

    for result in results_of(path):
        assert len({strike.target for strike in result.upset.strikes}) == 2
        assert len({strike.bit for strike in result.upset.strikes}) == 1
        assert result.outcome is Outcome.SDC


@pytest.mark.slow
@pytest.mark.icarus
def test_copies_of_one_bit_placed_apart_are_never_upset_together(tmp_path):
    rows = "".join(f"copy_{copy}[{bit}],{10 * x},{bit}\n" for x, copy in enumerate("abc") for bit in range(4))

    path = Campaign(placed_project(tmp_path, rows, ["copy_*"]), "icarus", tmp_path / "out", upsets=40).run()

    assert {result.outcome for result in results_of(path)} == {Outcome.CORRECTED}


@pytest.mark.slow
@pytest.mark.icarus
def test_one_bit_that_cannot_be_reached_makes_the_whole_cluster_invalid(tmp_path):
    rows = "odd.name,0,0\nspare[0],1,0\nspare[1],1.5,0\nspare[2],9,0\nspare[3],9.5,0\n"
    project = placed_project(tmp_path, rows, ["odd.name", "spare"], source=DESIGN)

    path = Campaign(project, "icarus", tmp_path / "out", upsets=60).run()

    with open_record(path) as record:
        names = [target.name for target in record.target_list()]
    for result in results_of(path):
        hits_the_odd_one = "odd.name" in {names[strike.target] for strike in result.upset.strikes}
        assert (result.outcome is Outcome.INVALID) == hits_the_odd_one


@pytest.mark.icarus
def test_bits_of_a_signal_that_is_watched_can_be_upset_together(tmp_path):
    # Icarus does not survive two writes that both change a watched signal in one call-back.
    rows = "total[0],0,0\ntotal[1],1,0\nbank[0].cell_.q,0,9\nbank[1].cell_.q[0],1,9\n"
    watched = {"outputs": [{"signal": "total"}, {"signal": "lanes"}]}
    project = placed_project(tmp_path, rows, ["total", "bank*"], observe=watched)

    path = Campaign(project, "icarus", tmp_path / "out", upsets=60).run()

    assert {result.outcome for result in results_of(path)} == {Outcome.SDC}


@pytest.mark.icarus
def test_the_probability_of_a_run_counts_the_runs_without_any_upset(run):
    with open_record(run("accumulated", "icarus")) as record:
        given, per_run = summarise(record).probabilities, per_run_probabilities(record)

    hit = 1 - math.exp(-2.0)
    assert per_run.keys() == given.keys()
    for outcome, estimate in per_run.items():
        assert estimate.value == pytest.approx(hit * given[outcome].value)
        assert estimate.high == pytest.approx(hit * given[outcome].high)
    assert sum(estimate.value for estimate in per_run.values()) == pytest.approx(hit)


@pytest.mark.icarus
def test_the_command_shows_how_clusters_came_out_and_what_a_run_shows(run):
    clusters, accumulated = (show(run(name, "icarus")) for name in CAMPAIGNS)

    assert clusters["clusters"]["bits_mean"] > 1.5
    assert clusters["clusters"]["bits_not_placed"] is None
    assert accumulated["accumulated"]["upsets_per_run_mean"] == 2.0
    shares = {outcome: share["value"] for outcome, share in accumulated["accumulated"]["per_run"].items()}
    assert shares["sdc"] == pytest.approx((1 - math.exp(-2.0)) * accumulated["counts"]["sdc"] / 80)
    assert "accumulated" not in clusters


@pytest.mark.icarus
def test_without_accumulated_upsets_there_is_no_probability_of_a_run(run):
    with open_record(run("clusters", "icarus")) as record, pytest.raises(RecordError, match="no accumulated upsets"):
        per_run_probabilities(record)
