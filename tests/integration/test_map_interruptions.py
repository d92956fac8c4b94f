"""A map that is stopped, killed or out of disk leaves no process and no half map, and the next attempt works."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from chip_to_map import project

from radtest.inject.exhaustive import map_upsets, open_map

pytestmark = pytest.mark.icarus

STRICKEN = """
import os, signal, sys, threading, time
from pathlib import Path
import radtest.cli.map
from radtest.cli import main

stage, victim, number, folder = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
begin = radtest.cli.map._Progress.stage


def command_of(process):
    try:
        return process.joinpath("cmdline").read_bytes()
    except OSError:
        return b""


def strike():
    if victim.isdigit():
        time.sleep(int(victim) / 1000)
        os.kill(os.getpid(), number)
        return
    # A process that has just been started has the command of this one until it has its own.
    own = command_of(Path("/proc/self"))
    while True:
        for process in Path("/proc").glob("[0-9]*"):
            command = command_of(process)
            if command != own and victim.encode() in command and folder.encode() in command:
                os.kill(int(process.name), number)
                return
        time.sleep(0.002)


def stricken(self, name):
    begin(self, name)
    if name == stage:
        threading.Thread(target=strike, daemon=True).start()


radtest.cli.map._Progress.stage = stricken
main(["map", folder + "/chip.toml", "--out", folder + "/map.h5", "--jobs", "2"])
"""


def slow(*values: object) -> object:
    """Leave a case to the slow tests."""
    return pytest.param(*values, marks=pytest.mark.slow)


def stricken(folder: Path, stage: str, victim: str, number: int) -> subprocess.CompletedProcess[str]:
    """Map a project; from a stage on send a signal: so many ms later to the map, or to a process by its name."""
    project(folder)
    return subprocess.run(
        [sys.executable, "-c", STRICKEN, stage, victim, str(number), str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def processes_of(folder: Path) -> list[str]:
    """Return the processes that name a folder in their command, or work in it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            where = (process / "cwd").readlink()
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if command and int(process.name) != os.getpid() and (where.is_relative_to(folder) or str(folder) in command):
            found.append(command)
    return found


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)


def check_next_attempt(folder: Path) -> None:
    """Check that the next attempt works and leaves nothing of the last one."""
    with open_map(map_upsets(folder / "chip.toml", folder / "map.h5", jobs=1)) as upset_map:
        assert sum(upset_map.counts.values()) == 8 * upset_map.cycles
    assert list(folder.glob(".*.partial")) == []


@pytest.mark.parametrize(
    ("stage", "delay_ms", "number"),
    [
        slow("netlist and recording", "700", signal.SIGINT),
        slow("netlist and recording", "1500", signal.SIGTERM),
        slow("golden run in the engine", "0", signal.SIGINT),
        slow("golden run in the engine", "0", signal.SIGTERM),
        slow("upsets", "200", signal.SIGINT),
        ("upsets", "100", signal.SIGTERM),
    ],
)
def test_a_map_that_is_stopped_says_so_and_leaves_nothing(tmp_path, stage, delay_ms, number):
    done = stricken(tmp_path, stage, delay_ms, number)

    assert done.returncode == 1, done.stderr
    assert done.stderr.rstrip().endswith("Stopped.")
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.glob("*.h5")) == []
    assert list(tmp_path.glob(".*.partial")) == []
    assert processes_of(tmp_path) == []


@pytest.mark.parametrize(
    ("stage", "delay_ms"),
    [
        slow("netlist and recording", "700"),
        slow("netlist and recording", "2500"),
        slow("golden run in the engine", "0"),
        ("upsets", "200"),
    ],
)
def test_a_map_that_is_killed_leaves_no_process_and_the_next_attempt_works(tmp_path, stage, delay_ms):
    done = stricken(tmp_path, stage, delay_ms, signal.SIGKILL)

    assert done.returncode == -signal.SIGKILL
    wait_until(lambda: processes_of(tmp_path) == [])
    assert list(tmp_path.glob("*.h5")) == []
    check_next_attempt(tmp_path)


@pytest.mark.parametrize(
    ("stage", "victim", "said"),
    [
        slow("upsets", "exhaustive.worker", "a process of the engine ended with status -9"),
        slow("netlist and recording", "golden.json", "could not be made in icarus"),
    ],
)
def test_a_process_of_a_map_that_is_killed_is_an_error(tmp_path, stage, victim, said):
    done = stricken(tmp_path, stage, victim, signal.SIGKILL)

    assert done.returncode == 1, done.stderr
    assert said in done.stderr
    assert "To mend it: " in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.glob("*.h5")) == []
    assert list(tmp_path.glob(".*.partial")) == []
    assert processes_of(tmp_path) == []


@pytest.mark.parametrize("most_bytes", [slow(1_000), slow(10_000), slow(40_000), slow(100_000), slow(300_000)])
def test_where_no_file_can_be_as_large_as_it_must_there_is_no_map(tmp_path, most_bytes):
    campaign = project(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "radtest", "map", campaign, "--out", tmp_path / "map.h5"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes)),
    )

    if done.returncode == 0:
        with open_map(tmp_path / "map.h5") as upset_map:
            assert sum(upset_map.counts.values()) == 8 * upset_map.cycles
        return
    assert done.returncode in (1, 2), done.stderr
    assert "To mend it: " in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.glob("*.h5")) == []
    check_next_attempt(tmp_path)
