"""Pause, resume, mark and abort: through the API on a real station, and by keys at a terminal."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from radtest.campaign import (
    BeamCampaignConfiguration,
    CampaignObserver,
    CampaignResult,
    RunProgress,
    SimulatedStation,
    StopSwitch,
    run_campaign,
    simulate,
)
from radtest.core import StopReason
from radtest.core.configuration import parse_configuration
from radtest.instruments import BeamLine, KeysightE36300
from radtest.log import open_record, verify

FIXTURES = Path(__file__).parents[2] / "fixtures"
STATION = FIXTURES / "stations" / "heavy_ion.toml"
CAMPAIGN = FIXTURES / "campaigns" / "heavy_ion.toml"


def campaign_text(stop: str) -> str:
    head, *ions = CAMPAIGN.read_text().split("[[ions]]")
    head = head.replace("events = 3000\ntime_s = 115.0", stop)
    return "[[ions]]".join([head, *(ion for ion in ions if '"Ar"' in ion)])


def state(station: SimulatedStation) -> tuple[list[bool], bool]:
    """Return whether the supply's outputs are on, and the beam."""
    supply, beam = KeysightE36300(station.addresses["supply"]), BeamLine(station.addresses["beam"])
    try:
        return [supply.channel(number).output for number in (1, 2)], beam.beam_on
    finally:
        supply.close()
        beam.close()


class Operator(CampaignObserver):
    """Acts once, when so many events are counted, from a thread of its own."""

    def __init__(self, events: int) -> None:
        self.phases: list[str] = []
        self._events = events
        self.paused = threading.Event()
        self.moment = threading.Event()

    def phase(self, name: str) -> None:
        self.phases.append(name)
        if name == "pause":
            self.paused.set()

    def progress(self, progress: RunProgress) -> None:
        if progress.events >= self._events:
            self.moment.set()


def run(station: SimulatedStation, folder: Path, stop: str, operator: Operator, switch: StopSwitch) -> CampaignResult:
    text = campaign_text(stop)
    configuration = parse_configuration(text, BeamCampaignConfiguration, "campaign.toml")
    return run_campaign(configuration, text, folder, station=station, observer=operator, stop=switch)


def test_a_pause_stops_the_beam_keeps_the_power_and_does_not_count_as_beam_time(tmp_path):
    operator, switch = Operator(50), StopSwitch()
    seen: list[tuple[list[bool], bool]] = []

    def act() -> None:
        operator.moment.wait(30)
        switch.mark("shutter cleaned")
        switch.pause()
        operator.paused.wait(30)
        time.sleep(0.7)
        seen.append(state(station))
        switch.resume()

    thread = threading.Thread(target=act)
    thread.start()
    with simulate(STATION, speed=50.0, seed=2) as station:
        result = run(station, tmp_path / "runs", "time_s = 30.0", operator, switch)
    thread.join()
    assert seen == [([True, True], False)]
    (item,) = result.runs
    assert (item.end.stop_reason, item.end.valid) == (StopReason.TIME, True)
    assert not result.interrupted
    assert operator.phases.count("pause") == 1
    with open_record(item.path) as record:
        paused_s = record.quality_value("paused_s")
        assert paused_s is not None
        assert paused_s > 0.5 * 50
        assert record.quality_value("mark_1") is not None
        live, total = record.quality_value("live_fluence_cm2"), record.quality_value("total_fluence_cm2")
        assert live is not None
        assert total is not None
        # Nothing arrives during a pause, so next to nothing of the fluence is dead.
        assert live > 0.9 * total
    assert 25.0 < item.progress.time_s < 60.0


def test_an_abort_switches_off_at_once_and_the_run_is_kept_as_not_valid(tmp_path):
    operator, switch = Operator(50), StopSwitch()
    thread = threading.Thread(target=lambda: operator.moment.wait(30) and switch.abort())
    thread.start()
    with simulate(STATION, speed=50.0, seed=2) as station:
        result = run(station, tmp_path / "runs", "time_s = 3000.0", operator, switch)
        assert state(station) == ([False, False], False)
    thread.join()
    (item,) = result.runs
    assert (item.end.stop_reason, item.end.valid) == (StopReason.OPERATOR, False)
    assert "verify" not in operator.phases
    assert verify(item.path).ok


def test_a_stop_ends_a_pause(tmp_path):
    operator, switch = Operator(50), StopSwitch()

    def act() -> None:
        operator.moment.wait(30)
        switch.pause()
        operator.paused.wait(30)
        switch.press()

    thread = threading.Thread(target=act)
    thread.start()
    with simulate(STATION, speed=50.0, seed=2) as station:
        result = run(station, tmp_path / "runs", "time_s = 3000.0", operator, switch)
        assert state(station) == ([False, False], False)
    thread.join()
    assert result.runs[0].end.stop_reason is StopReason.OPERATOR
    assert result.runs[0].end.valid


def test_marks_are_taken_once_and_shortened():
    switch = StopSwitch()
    switch.mark("x" * 300)
    switch.mark()
    assert [len(mark) for mark in switch.take_marks()] == [200, 0]
    assert switch.take_marks() == []


@pytest.mark.parametrize(("keys", "valid"), [(b"mpps", True), (b"ma", False)])
def test_keys_at_a_terminal_work(tmp_path, keys, valid):
    (tmp_path / "campaign.toml").write_text(campaign_text("time_s = 30000.0"))
    ours, theirs = pty.openpty()
    command = [
        *(sys.executable, "-m", "radtest", "run", str(tmp_path / "campaign.toml"), "--json"),
        *("--simulate", str(STATION), "--out", str(tmp_path / "runs"), "--speed", "50"),
    ]
    process = subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    os.close(theirs)
    while not list((tmp_path / "runs").glob("*.journal")) and process.poll() is None:
        time.sleep(0.05)
    for key in keys:
        time.sleep(0.8)
        os.write(ours, bytes([key]))
    output, said = process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == 1
    assert "Traceback" not in said
    assert "Marked." in said
    (kept,) = json.loads(output)["runs"]
    assert (kept["stop_reason"], kept["valid"]) == ("operator", valid)
    with open_record(kept["file"]) as record:
        assert record.quality_value("mark_1") is not None
        assert ((record.quality_value("paused_s") or 0.0) > 0) is (b"p" in keys)
