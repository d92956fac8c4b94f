"""SIGKILL of the run process at random moments: nothing acknowledged is lost, and the campaign can go on."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from radtest.core import Event, StopReason
from radtest.log import open_journal, open_record, recover, verify

FIXTURES = Path(__file__).parents[2] / "fixtures"
STATION = FIXTURES / "stations" / "heavy_ion.toml"
CAMPAIGN = FIXTURES / "campaigns" / "heavy_ion.toml"
SPEED = 50.0

CHILD = """
import json, os, sys
from radtest.campaign import BeamCampaignConfiguration, run_campaign, simulate
from radtest.core.configuration import read_configuration
from radtest.log import Journal

campaign, station, folder, speed, seed, descriptor = sys.argv[1:]
queue = Journal.event

def event(self, event):
    sequence = queue(self, event)
    say({"queued": sequence, "event": [event.time_ns, event.kind, event.address, event.bit, event.fluence_cm2]})
    return sequence

def say(message):
    os.write(int(descriptor), (json.dumps(message) + "\\n").encode())

Journal.event = event
configuration, text = read_configuration(campaign, BeamCampaignConfiguration)
with simulate(station, speed=float(speed), seed=int(seed)) as simulated:
    run_campaign(
        configuration, text, folder, station=simulated,
        acknowledged=lambda run, sequence: say({"acknowledged": sequence}),
    )
"""


def kill_after(folder: Path, campaign: Path, seed: int, acknowledged: int) -> tuple[dict[int, list[object]], int]:
    """Run a campaign, kill it once that many events are acknowledged; return what was queued and acknowledged."""
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, campaign, STATION, folder, str(SPEED), str(seed), str(writing)],
        pass_fds=[writing],
    )
    os.close(writing)
    queued: dict[int, list[object]] = {}
    durable = 0
    jitter_s = random.Random(seed).uniform(0.0, 0.03)
    with os.fdopen(reading) as pipe:
        for line in pipe:
            message = json.loads(line)
            if "queued" in message:
                queued[message["queued"]] = message["event"]
                continue
            durable = max(durable, message["acknowledged"])
            if durable >= acknowledged and process.poll() is None and jitter_s >= 0:
                time.sleep(jitter_s)
                jitter_s = -1.0
                process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    return queued, durable


def short_campaign(folder: Path) -> Path:
    head, *ions = CAMPAIGN.read_text().split("[[ions]]")
    text = "[[ions]]".join([head, *(ion for ion in ions if '"Ar"' in ion or '"Xe"' in ion)])
    path = folder / "campaign.toml"
    path.write_text(text.replace("events = 3000", "events = 600"))
    return path


def check_one_kill(folder: Path, seed: int) -> None:
    runs = folder / "runs"
    queued, durable = kill_after(runs, short_campaign(folder), seed, random.Random(seed).randint(1, 550))
    (journal,) = runs.glob("*.journal")
    with open_journal(journal) as reader:
        assert reader.end is None
    sealed = recover(journal)
    assert verify(sealed).ok
    with open_record(sealed) as record:
        assert record.end.stop_reason is StopReason.LOST
        assert not record.end.valid
        events = list(record.iter_events())
    assert len(events) >= durable > 0
    for sequence, event in enumerate(events, start=1):
        assert row(event) == queued[sequence]


def row(event: Event) -> list[object]:
    return [event.time_ns, event.kind.value, event.address, event.bit, event.fluence_cm2]


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_run_loses_no_acknowledged_event(tmp_path, seed):
    check_one_kill(tmp_path, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 120))
def test_twenty_killed_runs_lose_no_acknowledged_event(tmp_path, seed):
    check_one_kill(tmp_path, seed)


def test_a_killed_campaign_is_resumed_from_the_command_line(tmp_path):
    runs = tmp_path / "runs"
    campaign = short_campaign(tmp_path)
    _, durable = kill_after(runs, campaign, 7, 100)
    command = [sys.executable, "-m", "radtest", "run", str(campaign), "--simulate", str(STATION), "--out", str(runs)]
    done = subprocess.run(
        [*command, "--speed", str(SPEED), "--seed", "1", "--resume", "--json"],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    summary = json.loads(done.stdout)
    assert summary["skipped"] == 0
    (lost,) = summary["recovered"]
    with open_record(lost) as record:
        assert record.end.stop_reason is StopReason.LOST
        assert len(record.events) >= durable
    assert [run["run_number"] for run in summary["runs"]] == [2, 3]
    assert [run["valid"] for run in summary["runs"]] == [True, True]
    assert sorted(path.name for path in runs.glob("run*")) == [
        "run0001_Ar_642MeV_tilt00_DUT-A3.h5",
        "run0002_Ar_642MeV_tilt00_DUT-A3.h5",
        "run0003_Xe_1955MeV_tilt00_DUT-A3.h5",
    ]
