"""Every upset of one cycle of a small design, in both simulators: each outcome, who saw it first, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from injection_samples import DESIGN, write_project

from radtest.core import InjectionResult, Outcome, StopReason
from radtest.inject import Campaign, compare_outcomes, summarise
from radtest.inject.configuration import Simulator
from radtest.log import Record, open_record, verify

CYCLE = 12
CAMPAIGN = {
    "upsets": 141,
    "kinds": ["flip_flop", "latch", "memory"],
    "first_cycle": CYCLE,
    "last_cycle": CYCLE,
    "wall_timeout_s": 4.0,
}
"""All 141 bits once, while the ninth of twenty samples is being added."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Simulator], Path]:
    """Return a function that runs the campaign, once for each simulator."""

    @cache
    def record_of(simulator: Simulator) -> Path:
        folder = tmp_path_factory.mktemp(f"a project for {simulator}")
        return Campaign(write_project(folder, source=DESIGN, campaign=CAMPAIGN), simulator, folder / "out").run()

    return record_of


@pytest.fixture(params=[pytest.param(s, marks=getattr(pytest.mark, s)) for s in ("icarus", "verilator")])
def record(request: pytest.FixtureRequest, run: Callable[[Simulator], Path]) -> Iterator[Record]:
    with open_record(run(request.param)) as opened:
        yield opened


def results(record: Record, name: str) -> list[InjectionResult]:
    targets = record.target_list()
    found = [result for result in record.injection_results() if targets[result.upset.target].name == name]
    return sorted(found, key=lambda result: (result.upset.word, result.upset.bit))


def brief(result: InjectionResult) -> tuple[Outcome, str, int]:
    return result.outcome, result.observer, result.latency_cycles


def test_every_bit_was_upset_once_at_its_instant(record):
    found = list(record.injection_results())

    assert len({(r.upset.target, r.upset.word, r.upset.bit) for r in found}) == len(found) == 141
    # The clock of the test rises at 0 for the first time; upsets fall half way through its low phase.
    assert {r.time_ps for r in found} == {CYCLE * 10_000 + 7_500}
    assert record.end.stop_reason is StopReason.COMPLETED
    assert record.end.valid


def test_the_record_is_whole(record):
    assert verify(record.path).ok


def test_all_but_invalid_upsets_were_read_back_changed(record):
    for result in record.injection_results():
        if result.outcome is not Outcome.INVALID:
            assert {result.before, result.after} == {0, 1}


def test_what_is_overwritten_before_it_is_used_is_masked(record):
    assert [brief(r) for r in results(record, "spare")] == [(Outcome.MASKED, "", -1)] * 8


@pytest.mark.parametrize(
    "name",
    [
        "note",
        "bank[0].cell_.q",
        "bank[1].cell_.q",
        "pair[0]",
        "pair[1]",
        "grid",
        "mode",
        "box",
        "whole",
        "open",
        "table_",
    ],
)
def test_what_stays_wrong_unseen_is_latent(record, name):
    for result in results(record, name):
        assert brief(result) == (Outcome.LATENT, "", -1)
        assert result.detail == f"still wrong: {name}"


@pytest.mark.parametrize("name", ["copy_a", "copy_b", "copy_c"])
def test_what_the_vote_repairs_is_corrected_at_once(record, name):
    assert [brief(r) for r in results(record, name)] == [(Outcome.CORRECTED, "corrected", 0)] * 4


@pytest.mark.parametrize(("name", "bits"), [("sealed", 8), ("parity", 1)])
def test_what_the_parity_notices_is_detected_at_once(record, name, bits):
    assert [brief(r) for r in results(record, name)] == [(Outcome.DETECTED, "alarm", 0)] * bits


def test_a_wrong_sum_is_silent_corruption_seen_when_it_is_valid(record):
    # The sum is complete nine cycles later; what it shows until then does not count.
    found = results(record, "total")

    assert [brief(r) for r in found] == [(Outcome.SDC, "total", 9)] * 16
    assert found[0].detail == "total is 0x0709, expected 0x0708"
    assert found[15].detail == "total is 0x8708, expected 0x0708"


def test_the_latency_is_that_of_the_first_difference(record):
    # Eleven samples are left; the flip leaves 10, 9, 15, 3 or 27, and the sum is shown two half cycles after the last.
    assert [brief(r) for r in results(record, "remaining")] == [
        (Outcome.SDC, "total", 10),
        (Outcome.SDC, "total", 7),
        (Outcome.SDC, "total", 13),
        (Outcome.SDC, "total", 1),
        (Outcome.SDC, "total", 25),
    ]


def test_a_result_that_is_valid_too_early_is_silent_corruption(record):
    assert [brief(r) for r in results(record, "done")] == [(Outcome.SDC, "total", 0)]


def test_what_never_ends_is_a_hang_by_the_timeout_of_the_campaign(record):
    # Twice the length of the golden run comes before the test's own 500 ns.
    assert [brief(r) for r in results(record, "running")] == [(Outcome.HANG, "timeout", 31)]


def test_a_simulation_that_never_returns_is_a_hang_by_the_limit_of_real_time(record):
    (result,) = results(record, "stuck_loop")

    assert brief(result) == (Outcome.HANG, "timeout", -1)
    assert result.detail == "stopped after 4 s of real time without completion"


def test_a_simulation_that_ends_itself_has_not_shown_its_result(record):
    assert [r.outcome for r in results(record, "last_word")] == [Outcome.SDC]


def test_a_register_without_a_handle_is_invalid(record):
    (result,) = results(record, "odd.name")

    assert brief(result) == (Outcome.INVALID, "", -1)
    assert "has nothing named 'odd'" in result.detail
    assert (result.before, result.after) == (-1, -1)


def test_the_summary_counts_every_outcome(record):
    summary = summarise(record)

    assert {o.value: n for o, n in summary.total.counts.items()} == {
        "masked": 8,
        "latent": 86,
        "corrected": 12,
        "detected": 9,
        "sdc": 23,
        "hang": 2,
        "invalid": 1,
    }
    assert summary.total.valid == 140


@pytest.mark.icarus
@pytest.mark.verilator
def test_the_simulators_agree_on_all_of_it(run):
    with open_record(run("icarus")) as one, open_record(run("verilator")) as other:
        agreement = compare_outcomes(one, other)
        first, second = list(one.injection_results()), list(other.injection_results())

    assert (agreement.compared, agreement.disagreements) == (141, ())
    by_upset = {r.upset: (brief(r), r.before, r.after) for r in second}
    assert {r.upset: (brief(r), r.before, r.after) for r in first} == by_upset
