"""``radtest inject`` as its users meet it: output, exit status, interruption."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from injection_samples import write_project

from radtest.core import InjectionResult, RecordError, StopReason
from radtest.inject import Agreement
from radtest.log import open_journal, open_record, verify

pytestmark = pytest.mark.icarus

COMMAND = [sys.executable, "-m", "radtest", "inject"]


def inject(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False)


def test_a_campaign_from_another_folder_prints_one_json_object_and_nothing_else(tmp_path):
    write_project(tmp_path / "a project")

    done = inject("a project/ledger.toml", "--upsets", 7, "--seed", 5, "--out", "kept here", "--json", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    record = tmp_path / answer["records"]["icarus"]["record"]
    assert record == tmp_path / "kept here" / "run0001_icarus_ledger_seed5.h5"
    assert answer["records"]["icarus"]["upsets"] == sum(answer["records"]["icarus"]["counts"].values()) == 7
    assert verify(record).ok

    again = inject("a project/ledger.toml", "--seed", 5, "--out", "kept here", cwd=tmp_path)

    assert again.returncode == 2
    assert "run0001_icarus_ledger_seed5.h5: exists already" in again.stderr
    assert "Traceback" not in again.stderr


def test_the_list_shows_registers_modules_and_what_was_removed(tmp_path):
    path = write_project(tmp_path)

    done = inject(path, "--list", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in done.stdout.splitlines() if "│" in line]
    assert ["total[15:0]", "ledger", "flip-flop", "16", "ledger.sv:13"] in rows
    assert ["lane", "flip-flop", "2", "3"] in rows
    assert ["all", "flip-flop", "22", "108"] in rows
    assert ["all", "memory", "1", "32"] in rows
    assert sorted(tmp_path.iterdir()) == [tmp_path / n for n in ("ledger.sv", "ledger.toml", "ledger_bench.py")]


def test_the_list_as_json_is_one_object(tmp_path):
    done = inject(write_project(tmp_path), "--list", "--json", cwd=tmp_path)

    answer = json.loads(done.stdout)
    assert sum(t["width"] * t["words"] for t in answer["targets"]) == 141
    assert answer["nameless_bits"] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.toml"], "missing.toml: no such file"),
        (["ledger.toml", "-s", "questa"], "'questa' is not one of 'icarus', 'verilator'"),
        (["ledger.toml", "--upsets", "0"], "0 is not in the range x>=1"),
        (["ledger.sv"], "ledger.sv: not valid TOML"),
    ],
)
def test_wrong_input_ends_with_status_2_and_one_message(tmp_path, arguments, said):
    write_project(tmp_path)

    done = inject(*arguments, cwd=tmp_path)

    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "build").exists()


def test_a_missing_simulator_is_named_with_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    done = inject(write_project(tmp_path), cwd=tmp_path)

    assert done.returncode == 2
    assert "iverilog is not installed" in done.stderr
    assert "apt-get install iverilog" in done.stderr


@pytest.mark.slow
def test_a_disagreement_of_the_simulators_ends_with_status_1(tmp_path, monkeypatch):
    from radtest import inject as room
    from radtest.cli.inject import command

    def disagree(one: object, other: object) -> Agreement:
        result: InjectionResult = next(iter(one.injection_results()))  # type: ignore[attr-defined]
        return Agreement(4, ((result, result),))

    class CampaignUnderIcarus(room.Campaign):
        """Two records of one simulator stand for those of two."""

        def __init__(self, file: Path, simulator: str, folder: Path, **options: object) -> None:
            super().__init__(file, "icarus", Path(folder) / simulator, **options)  # type: ignore[arg-type]
            self.shown = simulator

    monkeypatch.setattr(room, "compare_outcomes", disagree, raising=False)
    monkeypatch.setattr(room, "Campaign", CampaignUnderIcarus, raising=False)
    arguments = [
        str(write_project(tmp_path)),
        "-s",
        "icarus",
        "-s",
        "verilator",
        "--upsets",
        "4",
        "--out",
        str(tmp_path),
    ]

    done = CliRunner().invoke(command, [*arguments, "--json"], standalone_mode=False)

    assert done.return_value == 1
    assert len(json.loads(done.stdout)["disagreements"]) == 1
    assert "agree on 3 of 4 upsets" in done.stderr


@pytest.fixture
def campaign(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Start a campaign of 2,300 upsets; yield its process and its journal, in which there are ten outcomes already."""
    path = write_project(tmp_path, campaign={"upsets": 2300, "exclude": ["stuck_loop"]})
    journal = tmp_path / "out" / "run0001_icarus_ledger_seed3.journal"
    # One at a time, so that it is still under way when it is stopped.
    arguments = [*COMMAND, str(path), "--out", str(tmp_path / "out"), "--jobs", "1"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            wait_until(lambda: journal.exists() and decided(journal) >= 10)
            yield process, journal
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_campaign_seals_what_was_decided_and_leaves_no_simulator(tmp_path, campaign, number):
    process, journal = campaign

    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=30)

    record = journal.with_suffix(".h5")
    assert process.returncode == 1
    assert f"Kept what was decided: {record}" in stderr
    assert "Stopped." in stderr
    assert "Traceback" not in stderr
    assert stdout == ""
    assert not journal.exists()
    assert verify(record).ok
    with open_record(record) as kept:
        assert kept.end.stop_reason is StopReason.OPERATOR
        assert 10 <= len(kept.outcomes) < 2300
    assert simulators_of(tmp_path) == []


def test_a_killed_campaign_can_be_recovered_and_its_simulators_end_by_themselves(tmp_path, campaign):
    process, journal = campaign

    process.kill()
    process.wait()

    wait_until(lambda: simulators_of(tmp_path) == [])
    done = subprocess.run([sys.executable, "-m", "radtest", "log", "recover", str(journal)], check=False)
    assert done.returncode == 0
    with open_record(journal.with_suffix(".h5")) as kept:
        assert kept.end.stop_reason is StopReason.LOST
        assert len(kept.outcomes) >= 10


def decided(journal: Path) -> int:
    try:
        with open_journal(journal) as reader:
            return reader.counts()["outcomes"]
    except RecordError:
        # It is being made this moment.
        return 0


def wait_until(condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


def simulators_of(project: Path) -> list[str]:
    """Return the processes that run a plan of the project, as their environment tells."""
    plan = f"RADTEST_PLAN={project}{os.sep}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes().split(b"\0")
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if command and any(entry.startswith(plan) for entry in environment):
            found.append(command.decode(errors="replace"))
    return found
