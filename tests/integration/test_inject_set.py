"""Transients on nets of a small design, each outcome compared to one worked out apart from any simulator."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from forcing_samples import GOLDEN, NET_BITS, PERIOD_PS, Held, Run, expected_outcome, write_pulses

from radtest.core import ConfigurationError, FaultModel, InjectionResult, Outcome, Target, TargetKind
from radtest.inject import Campaign, Simulator, compare_outcomes, read_sampling_design
from radtest.log import Record, open_record

SHORT_PS, LONG_PS = 4_000, 27_000
"""Shorter than a cycle, and over two or three edges."""
CAMPAIGN = {"model": "set", "upsets": 150, "seed": 5}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Simulator, int], Path]:
    """Return a function that runs a campaign, once for each simulator and width."""

    @cache
    def record_of(simulator: Simulator, width_ps: int) -> Path:
        folder = tmp_path_factory.mktemp(f"{simulator}_{width_ps}")
        return Campaign(write_pulses(folder, CAMPAIGN | {"set_width_ps": width_ps}), simulator, folder / "out").run()

    return record_of


def cases(*widths_ps: int, slow: tuple[int, ...] = ()) -> pytest.MarkDecorator:
    """Run a test in Icarus for each width; in Verilator, which takes long to build, by default not for slow ones."""
    params = [pytest.param("icarus", width, marks=pytest.mark.icarus) for width in widths_ps]
    for width in widths_ps:
        marks = [pytest.mark.verilator, *([pytest.mark.slow] if width in slow else [])]
        params.append(pytest.param("verilator", width, marks=marks))
    return pytest.mark.parametrize(("simulator", "width_ps"), params)


def pulse(result: InjectionResult, targets: list[Target], width_ps: int) -> Held:
    target = targets[result.upset.target]
    return Held(target.name, target.lsb + result.upset.bit, result.time_ps, result.time_ps + width_ps)


def covers_an_edge(held: Held) -> bool:
    assert held.end is not None
    return held.start // PERIOD_PS != held.end // PERIOD_PS


def results(record: Record, width_ps: int) -> list[tuple[InjectionResult, Held]]:
    targets = record.target_list()
    return [(result, pulse(result, targets, width_ps)) for result in record.injection_results()]


@cases(SHORT_PS, LONG_PS, slow=(SHORT_PS, LONG_PS))
def test_every_outcome_is_the_one_worked_out(run, simulator, width_ps):
    with open_record(run(simulator, width_ps)) as record:
        found = results(record, width_ps)

    assert len(found) == CAMPAIGN["upsets"]
    assert {r.upset.model for r, _ in found} == {FaultModel.SET}
    outcomes = [(r.outcome.value, expected_outcome(held, simulator), held, r.detail) for r, held in found]
    assert [(got, expected, *more) for got, expected, *more in outcomes if got != expected] == []
    assert {r.outcome for r, _ in found} >= {Outcome.MASKED, Outcome.SDC}


@cases(SHORT_PS, slow=(SHORT_PS,))
def test_a_pulse_that_covers_no_edge_is_masked_and_one_that_does_is_not_always(run, simulator, width_ps):
    with open_record(run(simulator, width_ps)) as record:
        found = results(record, width_ps)

    valid = [(r.outcome, covers_an_edge(held)) for r, held in found if r.outcome is not Outcome.INVALID]
    between = [outcome for outcome, covers in valid if not covers]
    across = [outcome for outcome, covers in valid if covers]
    assert set(between) == {Outcome.MASKED}
    assert {Outcome.MASKED, Outcome.SDC} <= set(across)
    # The share of times at which a pulse covers an edge is its width over the period.
    assert 0.25 < len(across) / len(valid) < 0.55


@cases(SHORT_PS, LONG_PS, slow=(SHORT_PS, LONG_PS))
def test_the_net_was_the_inverse_of_what_it_had_been(run, simulator, width_ps):
    with open_record(run(simulator, width_ps)) as record:
        found = results(record, width_ps)

    for result, held in found:
        if result.outcome is not Outcome.INVALID:
            assert (result.before, result.after) == (1 - Run(held).level, Run(held).level)


@cases(LONG_PS, slow=(LONG_PS,))
def test_nothing_gets_through_a_gate_that_is_shut(run, simulator, width_ps):
    with open_record(run(simulator, width_ps)) as record:
        barred = [r.outcome for r, held in results(record, width_ps) if held.name == "barred"]

    assert barred
    assert set(barred) == {Outcome.MASKED}


@cases(LONG_PS, slow=(LONG_PS,))
def test_the_nets_hit_are_those_of_the_design(run, simulator, width_ps):
    with open_record(run(simulator, width_ps)) as record:
        nets = {t.name: t.width for t in record.target_list() if t.kind is TargetKind.NET}

    assert nets == NET_BITS


@cases(SHORT_PS, slow=(SHORT_PS,))
def test_pulses_come_at_all_times_of_a_cycle_but_never_at_an_edge(run, simulator, width_ps):
    with open_record(run(simulator, width_ps)) as record:
        offsets = [r.time_ps % PERIOD_PS for r in record.injection_results()]

    tenths = {offset // 1000 for offset in offsets}
    assert tenths == set(range(10))
    assert not {offset % 5000 for offset in offsets} & {0, 1000}


@pytest.mark.icarus
@pytest.mark.slow
@pytest.mark.verilator
@pytest.mark.parametrize("width_ps", [SHORT_PS, LONG_PS])
def test_the_simulators_agree_on_all_that_verilator_can_force(run, width_ps):
    with open_record(run("icarus", width_ps)) as one, open_record(run("verilator", width_ps)) as other:
        agreement = compare_outcomes(one, other)
        first, second = ({r.upset: r for r in record.injection_results()} for record in (one, other))

    assert agreement.compared == CAMPAIGN["upsets"]
    assert {b.detail for _, b in agreement.disagreements} == {
        "spot: cannot be forced: Verilator 5.48.0 reads it unforced in places"
    }
    for upset, result in second.items():
        if result.outcome is not Outcome.INVALID:
            assert (result.time_ps, result.before, result.observer) == (
                first[upset].time_ps,
                first[upset].before,
                first[upset].observer,
            )


@pytest.mark.slow
@cases(SHORT_PS, slow=(SHORT_PS,))
def test_following_a_pulse_to_the_end_gives_the_same_outcomes(run, simulator, width_ps, tmp_path):
    path = write_pulses(tmp_path, CAMPAIGN | {"set_width_ps": width_ps, "end_early": False, "upsets": 60})

    whole = Campaign(path, simulator, tmp_path / "out").run()

    with open_record(whole) as record, open_record(run(simulator, width_ps)) as early:
        expected = {r.upset.index: r.outcome for r in early.injection_results()}
        assert {r.upset.index: r.outcome for r in record.injection_results()}.items() <= expected.items()
        assert any("as the golden run again" in r.detail for r in early.injection_results())


@pytest.mark.icarus
def test_a_net_that_the_simulation_was_not_built_to_force_is_invalid(tmp_path, monkeypatch):
    monkeypatch.setattr("radtest.inject.campaign.held_targets", lambda *_: [])
    path = write_pulses(tmp_path, CAMPAIGN | {"set_width_ps": SHORT_PS, "upsets": 5})

    with open_record(Campaign(path, "icarus", tmp_path / "out").run()) as record:
        found = list(record.injection_results())

    assert {r.outcome for r in found} == {Outcome.INVALID}
    assert all("cannot be forced: the simulation was built without" in r.detail for r in found)


def test_the_design_without_a_pulse_is_itself():
    assert Run(Held("mixed", 0, 10**9, 10**9 + 1)).shown == GOLDEN.shown


@cases(LONG_PS, slow=(LONG_PS,))
def test_transients_on_all_nets_in_all_cycles_are_not_all_there_are(run, simulator, width_ps):
    with open_record(run(simulator, width_ps)) as record:
        design = read_sampling_design(record)
        cycles = record.header.source.golden_cycles - 4

    assert design is not None
    assert design.population == sum(NET_BITS.values()) * cycles * PERIOD_PS


@cases(LONG_PS, slow=(LONG_PS,))
def test_its_events_are_transients(run, simulator, width_ps):
    with open_record(run(simulator, width_ps)) as record:
        assert set(record.events["kind"].astype(str)) == {"set"}


def test_the_list_shows_nets_and_why_some_cannot_be_hit(tmp_path):
    path = write_pulses(tmp_path, CAMPAIGN | {"set_width_ps": SHORT_PS})

    done = subprocess.run(
        [sys.executable, "-m", "radtest", "inject", str(path), "--list"], capture_output=True, text=True, check=False
    )

    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in done.stdout.splitlines() if "│" in line]
    assert ["adder.sum[3:0]", "unit", "net", "4", "pulses.sv:6"] in rows
    assert [name for name, *_, why in rows if why.startswith("read in the block")] == ["ones"]
    assert ["all", "net", str(len(NET_BITS)), str(sum(NET_BITS.values()))] in rows


@pytest.mark.icarus
def test_a_net_that_cannot_be_hit_is_refused_by_name_with_the_reason(tmp_path):
    path = write_pulses(tmp_path, CAMPAIGN | {"set_width_ps": SHORT_PS, "include": ["ones"]})

    with pytest.raises(ConfigurationError, match=r"campaign.include = 'ones': 'ones' is no target: read in the block"):
        Campaign(path, "icarus", tmp_path / "out").run()
