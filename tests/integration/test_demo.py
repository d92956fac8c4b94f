"""The demonstration as its user runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from radtest.log import verify

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "radtest", "demo", "--source", str(ROOT)]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=600)


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.icarus
@pytest.mark.verilator
def test_a_busy_folder_is_refused_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()

    ended = run("--out", str(tmp_path))

    assert ended.returncode == 2
    assert "is not empty" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.icarus
@pytest.mark.verilator
def test_a_stopped_demonstration_keeps_valid_records_and_names_them(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    environment = os.environ | {"COLUMNS": "200"}
    with subprocess.Popen(
        [*COMMAND, "--out", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    ) as process:
        journal = folder / "rtl" / "run0001_icarus_picorv32_soc_seed42.journal"
        wait_for(journal.exists, process)
        time.sleep(2.0)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=180)

    records = list(folder.rglob("*.h5"))
    assert process.returncode == 1
    assert "Traceback" not in said
    assert len(records) == 1
    assert str(records[0]) in said
    assert verify(records[0]).ok
    assert not journal.exists()


@pytest.mark.slow
@pytest.mark.icarus
@pytest.mark.verilator
def test_the_whole_chain_finds_the_truth_of_the_station(tmp_path: Path) -> None:
    folder = tmp_path / "demo"

    ended = run("--out", str(folder), "--seed", "2026", "--json")

    assert ended.returncode == 0, ended.stderr
    result = json.loads(ended.stdout)
    assert result["agree"] == 240
    truth = tomllib.loads((ROOT / "fixtures/stations/heavy_ion.toml").read_text())["device"]["upset"]
    for name, estimate in result["upset_fit"].items():
        assert estimate["low"] <= truth[name] <= estimate["high"], name
    assert result["sdc_per_day"]["low"] < result["sdc_per_day"]["value"] < result["sdc_per_day"]["high"]
    records = list(folder.rglob("*.h5"))
    assert len(records) == 8
    assert all(verify(path).ok for path in records)
    assert "<svg" in (folder / "report.html").read_text(encoding="utf-8")
