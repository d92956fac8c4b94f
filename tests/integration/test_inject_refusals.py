"""What a campaign cannot be run on is refused, with the reason and the place to mend it."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from injection_samples import BENCH, write_project

from radtest.core import ConfigurationError, InjectionError, InjectionResult, Outcome, RadtestError, StopReason
from radtest.inject import Campaign
from radtest.log import open_record

pytestmark = pytest.mark.icarus


def run(folder: Path, campaign: dict[str, object] | None = None, **changes: dict[str, object]) -> list[InjectionResult]:
    path = Campaign(write_project(folder, campaign=campaign or {}, **changes), "icarus", folder / "out").run()
    with open_record(path) as record:
        return list(record.injection_results())


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        ({"test": {"name": "adds"}}, ConfigurationError, r"test.name = 'adds': no such test; .* are adds_up, "),
        ({"test": {"name": "is_no_test"}}, ConfigurationError, r"test.name = 'is_no_test': is not a cocotb test"),
        ({"test": {"name": "is_skipped"}}, ConfigurationError, r"test.name = 'is_skipped': is skipped"),
        pytest.param(
            {"test": {"name": "is_expected_to_fail"}},
            ConfigurationError,
            r"is expected to fail",
            marks=pytest.mark.slow,
        ),
        ({"test": {"name": "has_parameters"}}, ConfigurationError, r"is parametrised; write a test without"),
        ({"test": {"name": "fails"}}, InjectionError, r"'fails' does not pass without any upset: .*the books do not"),
        pytest.param(
            {"test": {"name": "fails_by_pytest"}},
            InjectionError,
            r"does not pass without any upset: .*Failed: said so",
            marks=pytest.mark.slow,
        ),
        ({"test": {"name": "is_loud"}}, ConfigurationError, r"observe.alarms: 'alarm' goes high without any upset"),
        pytest.param(
            {"test": {"name": "is_loud"}, "observe": {"alarms": [], "corrected": ["loud"]}},
            ConfigurationError,
            r"observe.corrected: 'loud' goes high without any upset",
            marks=pytest.mark.slow,
        ),
        (
            {"test": {"name": "never_ends", "wall_timeout_s": 3}},
            InjectionError,
            r"test 'never_ends' has not ended in icarus after 3 s, without any upset[\s\S]*test.wall_timeout_s",
        ),
        ({"test": {"name": "has_an_uneven_clock"}}, ConfigurationError, r"observe.clock = 'clk' is not even"),
        ({"test": {"name": "has_no_clock"}}, ConfigurationError, r"observe.clock = 'clk' rose 0 times during the test"),
        ({"test": {"instance": "core"}}, ConfigurationError, r"test.instance = 'core': .* has nothing named 'core'"),
        ({"observe": {"clock": "clock"}}, ConfigurationError, r"observe.clock = 'clock': .* has nothing named 'clock'"),
        pytest.param(
            {"observe": {"alarms": ["alert"]}},
            ConfigurationError,
            r"observe.alarms = 'alert': .* nothing named 'alert'",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            {"observe": {"corrected": ["x.y"]}},
            ConfigurationError,
            r"observe.corrected = 'x.y': .* nothing named 'x'",
            marks=pytest.mark.slow,
        ),
        (
            {"observe": {"outputs": [{"signal": "total", "valid": "ready"}]}},
            ConfigurationError,
            r"observe.outputs.valid = 'ready'",
        ),
        (
            {"campaign": {"last_cycle": 99}},
            ConfigurationError,
            r"first_cycle = 0, last_cycle = 99: the test lasts 22 cycles",
        ),
        (
            {"campaign": {"upsets": 10_000}},
            ConfigurationError,
            r"only 2376 different upsets exist \(108 bits × 22 cycles",
        ),
    ],
    ids=lambda value: (
        " ".join(str(v) for keys in value.values() for v in keys.values()) if isinstance(value, dict) else ""
    ),
)
def test_refused(tmp_path, changes, kind, said):
    with pytest.raises(kind, match=said) as error:
        run(tmp_path, **changes)

    assert isinstance(error.value, RadtestError)
    assert error.value.remedy
    assert list((tmp_path / "out").glob("run*")) == []


def test_a_bench_that_cannot_be_imported_is_refused_with_its_error(tmp_path):
    path = write_project(tmp_path)
    (tmp_path / "ledger_bench.py").write_text("import no_such_module\n" + BENCH)

    with pytest.raises(
        ConfigurationError, match=r"'ledger_bench': cannot be imported: ModuleNotFoundError.*no_such_module"
    ):
        Campaign(path, "icarus", tmp_path / "out").run()


def test_what_only_the_simulator_objects_to_is_told_in_its_words(tmp_path):
    path = write_project(tmp_path, test={"sources": ["extra.v"]})
    (tmp_path / "extra.v").write_text("module extra; wire a = ; endmodule\n")

    with pytest.raises(InjectionError, match=r"icarus does not accept the design:\n.*extra.v:1: syntax error"):
        Campaign(path, "icarus", tmp_path / "out").run()


def test_a_failed_attempt_can_be_made_again_in_the_same_folder(tmp_path):
    with pytest.raises(InjectionError):
        run(tmp_path, test={"name": "fails"})

    assert len(run(tmp_path)) == 10


def test_a_test_that_does_not_repeat_itself_is_found_out_and_its_record_not_valid(tmp_path):
    campaign = Campaign(write_project(tmp_path, test={"name": "rolls_dice"}), "icarus", tmp_path / "out")

    with pytest.raises(InjectionError, match=r"two runs without an upset (differ|end in different states)"):
        campaign.run()

    assert campaign.record is not None
    with open_record(campaign.record) as record:
        assert record.end.stop_reason is StopReason.FAULT
        assert not record.end.valid


def test_a_test_with_threads_is_refused_where_it_would_be_forked(tmp_path):
    with pytest.raises(InjectionError, match=r"the test runs threads \(.*\), and a fork would copy none") as error:
        run(tmp_path, test={"name": "uses_a_thread"})

    assert "cocotb.bridge" in error.value.remedy


def test_a_bit_that_the_test_itself_forces_cannot_be_upset(tmp_path):
    hit = {"upsets": 8, "include": ["spare"], "first_cycle": 12, "last_cycle": 12}

    found = run(tmp_path, hit, test={"name": "forces_a_register"})

    assert {result.outcome for result in found} == {Outcome.INVALID}
    assert all("swallowed the write" in result.detail for result in found)
    assert all(result.before == result.after for result in found)


def test_random_numbers_of_the_test_are_seeded(tmp_path):
    path = write_project(tmp_path)
    bench = BENCH.replace("async def start(dut, data=0x5A", "async def start(dut, data=None").replace(
        "    dut.debug.value = 0\n", "    import random\n    data = random.randrange(256)\n    dut.debug.value = 0\n"
    )
    bench = bench.replace("assert dut.total.value == 20 * 0x5A", "assert int(dut.total.value) % 20 == 0")
    (tmp_path / "ledger_bench.py").write_text(bench)

    with open_record(Campaign(path, "icarus", tmp_path / "out").run()) as record:
        assert record.end.stop_reason is StopReason.COMPLETED


@pytest.mark.parametrize(
    ("test", "observer"),
    [
        pytest.param("adds_up", "test", marks=pytest.mark.slow),
        ("adds_up_in_declared_time", "test"),
        ("waits_for_good", "timeout"),
    ],
)
def test_a_hang_is_told_by_the_timeout_that_comes_first(tmp_path, test, observer):
    hit = {"upsets": 1, "include": ["running"], "first_cycle": 12, "last_cycle": 12, "timeout_factor": 4.0}

    (result,) = run(tmp_path, hit, test={"name": test})

    assert (result.outcome, result.observer) == (Outcome.HANG, observer)


def test_the_failure_of_a_background_task_is_the_failure_of_the_test(tmp_path):
    hit = {"upsets": 8, "include": ["copy_a", "copy_c"], "first_cycle": 12, "last_cycle": 12}

    found = run(tmp_path, hit, test={"name": "watches_in_the_background"}, observe={"corrected": [], "outputs": []})

    by_observer = sorted((result.outcome.value, result.observer) for result in found)
    assert by_observer == [("masked", "")] * 4 + [("sdc", "test")] * 4
    assert any("AssertionError: the copies differ" in result.detail for result in found)


def test_a_shell_that_talks_to_cocotb_does_not_reach_the_campaign(tmp_path, monkeypatch):
    monkeypatch.setenv("COCOTB_TEST_FILTER", "another_test")
    monkeypatch.setenv("COCOTB_RANDOM_SEED", "5")

    assert len(run(tmp_path)) == 10


def test_a_simulator_killed_half_way_is_an_error_and_what_was_decided_is_sealed(tmp_path):
    class Murderer:
        def stage(self, name: str) -> None:
            pass

        def upset(self, result: InjectionResult, done: int, total: int) -> None:
            if done == 20:
                kill_simulation(tmp_path)

    path = write_project(tmp_path, campaign={"upsets": 2000, "exclude": ["stuck_loop"]})
    campaign = Campaign(path, "icarus", tmp_path / "out", observer=Murderer())

    with pytest.raises(InjectionError, match=r"icarus ended after \d+ of 2000 upsets"):
        campaign.run()

    assert campaign.record is not None
    with open_record(campaign.record) as record:
        assert 20 <= len(record.outcomes) < 2000
        assert record.end.stop_reason is StopReason.FAULT
    assert threading.active_count() == 1


def kill_simulation(project: Path) -> None:
    """Kill the simulation of a campaign with all its copies, found by the plan in its environment."""
    plan = f"RADTEST_PLAN={project / 'out' / 'icarus' / 'campaign_plan.json'}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if plan in environment:
            os.kill(int(process.name), 9)
