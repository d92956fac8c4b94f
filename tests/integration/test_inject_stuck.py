"""Stuck bits in a small design, each outcome compared to one worked out apart from any simulator."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from forcing_samples import PERIOD_PS, Held, expected_outcome, write_pulses

from radtest.core import FaultModel, InjectionResult, Outcome, Target, TargetKind
from radtest.inject import Campaign, Simulator, compare_outcomes
from radtest.log import Record, open_record

KINDS = ["flip_flop", "memory", "net"]
CAMPAIGN = {"upsets": 150, "seed": 7, "kinds": KINDS}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Simulator, str], Path]:
    """Return a function that runs a campaign, once for each simulator and level."""

    @cache
    def record_of(simulator: Simulator, model: str) -> Path:
        folder = tmp_path_factory.mktemp(f"{simulator}_{model}")
        return Campaign(write_pulses(folder, CAMPAIGN | {"model": model}), simulator, folder / "out").run()

    return record_of


EVERY = pytest.mark.parametrize(
    ("simulator", "model"),
    [
        pytest.param("icarus", "stuck0", marks=pytest.mark.icarus),
        pytest.param("icarus", "stuck1", marks=pytest.mark.icarus),
        pytest.param("verilator", "stuck0", marks=[pytest.mark.verilator, pytest.mark.slow]),
        pytest.param("verilator", "stuck1", marks=[pytest.mark.verilator, pytest.mark.slow]),
    ],
)
ONE = pytest.mark.parametrize(
    "simulator",
    [
        pytest.param("icarus", marks=pytest.mark.icarus),
        pytest.param("verilator", marks=[pytest.mark.verilator, pytest.mark.slow]),
    ],
)


def stuck(result: InjectionResult, targets: list[Target]) -> Held:
    target = targets[result.upset.target]
    name = f"{target.name}[{result.upset.word}]" if target.kind is TargetKind.MEMORY else target.name
    level = {FaultModel.STUCK0: 0, FaultModel.STUCK1: 1}[result.upset.model]
    return Held(name, target.lsb + result.upset.bit, result.time_ps, None, level)


def results(record: Record) -> list[tuple[InjectionResult, Held]]:
    targets = record.target_list()
    return [(result, stuck(result, targets)) for result in record.injection_results()]


@EVERY
def test_every_outcome_is_the_one_worked_out(run, simulator, model):
    with open_record(run(simulator, model)) as record:
        found = results(record)
        hit = {record.target_list()[r.upset.target].kind for r, _ in found}

    outcomes = [(r.outcome.value, expected_outcome(held, simulator), held, r.detail) for r, held in found]
    assert [(got, expected, *more) for got, expected, *more in outcomes if got != expected] == []
    assert hit == {TargetKind.FLIP_FLOP, TargetKind.MEMORY, TargetKind.NET}
    assert {r.outcome for r, _ in found} >= {Outcome.MASKED, Outcome.SDC}


@ONE
def test_a_bit_that_has_the_level_already_is_a_fault_all_the_same(run, simulator):
    with open_record(run(simulator, "stuck1")) as record:
        found = [r for r, _ in results(record) if r.outcome is not Outcome.INVALID]

    assert {(r.before, r.after) for r in found} == {(0, 1), (1, 1)}
    # It does no harm until the bit would have changed.
    assert any(r.outcome is Outcome.SDC for r in found if r.before == 1)


@ONE
def test_a_stuck_bit_begins_at_the_quiet_moment(run, simulator):
    with open_record(run(simulator, "stuck1")) as record:
        assert {r.time_ps % PERIOD_PS for r in record.injection_results()} == {7_500}


@ONE
def test_a_stuck_bit_is_never_over(run, simulator):
    with open_record(run(simulator, "stuck1")) as record:
        assert not any("as the golden run again" in r.detail for r in record.injection_results())


@pytest.mark.icarus
@pytest.mark.slow
@pytest.mark.verilator
@pytest.mark.parametrize("model", [pytest.param("stuck0", marks=pytest.mark.slow), "stuck1"])
def test_the_simulators_agree_on_all_that_verilator_can_force(run, model):
    with open_record(run("icarus", model)) as one, open_record(run("verilator", model)) as other:
        agreement = compare_outcomes(one, other)

    assert agreement.compared == CAMPAIGN["upsets"]
    assert {b.outcome for _, b in agreement.disagreements} <= {Outcome.INVALID}


@pytest.mark.slow
@pytest.mark.icarus
def test_one_simulation_for_each_upset_gives_the_same_outcomes(run, tmp_path):
    path = write_pulses(tmp_path, CAMPAIGN | {"model": "stuck1", "strategy": "restart", "upsets": 6})

    with open_record(Campaign(path, "icarus", tmp_path / "out").run()) as record:
        restarted = {r.upset.index: (r.outcome, r.before, r.after, r.detail) for r in record.injection_results()}
    with open_record(run("icarus", "stuck1")) as record:
        forked = {r.upset.index: (r.outcome, r.before, r.after, r.detail) for r in record.injection_results()}

    assert len(restarted) == 6
    assert restarted.items() <= forked.items()
