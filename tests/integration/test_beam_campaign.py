"""Real campaigns on a real station process, over real sockets."""

from __future__ import annotations

import json
import math
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from radtest.campaign import (
    BeamCampaignConfiguration,
    CampaignObserver,
    CampaignResult,
    Cause,
    LatchUpPersistsError,
    LatchUpReport,
    RunProgress,
    SimulatedStation,
    StopSwitch,
    run_campaign,
    simulate,
)
from radtest.core import BusyError, ConfigurationError, Effect, InstrumentError, StopReason
from radtest.core.configuration import parse_configuration
from radtest.instruments import AddressError, BeamLine, DeviceSilentError, KeysightE36300, MemoryTester
from radtest.log import cross_section_point, open_record, verify

FIXTURES = Path(__file__).parents[2] / "fixtures"
STATION = FIXTURES / "stations" / "heavy_ion.toml"
CAMPAIGN = FIXTURES / "campaigns" / "heavy_ion.toml"
SPEED = 50.0


class Notes(CampaignObserver):
    """Keeps what a campaign tells, and acts on it where asked."""

    def __init__(self, act: Callable[[RunProgress], None] | None = None) -> None:
        self.latch_ups: list[LatchUpReport] = []
        self.phases: list[str] = []
        self._act = act

    def phase(self, name: str) -> None:
        self.phases.append(name)

    def latch_up(self, report: LatchUpReport) -> None:
        self.latch_ups.append(report)

    def progress(self, progress: RunProgress) -> None:
        if self._act is not None:
            self._act(progress)


def station_file(folder: Path, **latch_up: float) -> Path:
    """Write a station whose latch-ups are as the test needs them."""
    head, tail = STATION.read_text().split("[device.latch_up]")
    for key, value in latch_up.items():
        tail, found = re.subn(rf"^{key} = .*$", f"{key} = {value!r}", tail, flags=re.MULTILINE)
        assert found == 1, key
    path = folder / "station.toml"
    path.write_text(f"{head}[device.latch_up]{tail}")
    return path


def campaign_text(*particles: str, stop: str = "events = 400\ntime_s = 300.0") -> str:
    """Return the sample campaign with some of its ions and other stop rules."""
    head, *ions = CAMPAIGN.read_text().split("[[ions]]")
    head = re.sub(r"\[stop\].*?\n\n", f"[stop]\n{stop}\n\n", head, flags=re.DOTALL)
    kept = [ion for ion in ions if any(f'particle = "{name}"' in ion for name in particles)]
    assert len(kept) == len(particles)
    return "[[ions]]".join([head, *kept])


def campaign(text: str) -> BeamCampaignConfiguration:
    return parse_configuration(text, BeamCampaignConfiguration, "campaign.toml")


def run(station: SimulatedStation, text: str, folder: Path, **options: object) -> CampaignResult:
    return run_campaign(campaign(text), text, folder, station=station, **options)  # type: ignore[arg-type]


def quality(path: Path, name: str) -> float:
    with open_record(path) as record:
        value = record.quality_value(name)
    assert value is not None
    return value


def assert_safe(station: SimulatedStation) -> None:
    supply = KeysightE36300(station.addresses["supply"])
    beam = BeamLine(station.addresses["beam"])
    try:
        assert [supply.channel(number).output for number in (1, 2)] == [False, False]
        assert not beam.beam_on
    finally:
        supply.close()
        beam.close()


def test_a_short_campaign_ends_in_sealed_records_that_agree_with_the_truth(tmp_path):
    truth = tomllib.loads(STATION.read_text())["device"]
    notes = Notes()
    with simulate(STATION, speed=SPEED, seed=11) as station:
        result = run(station, campaign_text("Ar", "Kr"), tmp_path / "runs", observer=notes)
        assert_safe(station)
    assert [item.end.stop_reason for item in result.runs] == [StopReason.EVENTS] * 2
    assert notes.phases[:6] == ["arm", "power", "configure", "count", "verify", "seal"]
    assert not result.interrupted
    assert sorted(item.name for item in (tmp_path / "runs").iterdir()) == [
        "run0001_Ar_642MeV_tilt00_DUT-A3.h5",
        "run0002_Kr_1226MeV_tilt00_DUT-A3.h5",
    ]
    for item in result.runs:
        assert verify(item.path).ok
        with open_record(item.path) as record:
            point = cross_section_point(record)
            upset = truth["upset"]
            above = (point.let_mev_cm2_mg - upset["let0_mev_cm2_mg"]) / upset["width_mev_cm2_mg"]
            sigma = upset["sigma_sat_cm2"] * -math.expm1(-(above ** upset["shape"]))
            expected = sigma * truth["words"] * truth["word_bits"] * point.fluence_cm2
            assert point.count >= 400
            assert abs(point.count - expected) < 4 * math.sqrt(expected)
            seus = [event for event in record.iter_events() if event.kind is Effect.SEU]
            assert len(seus) == point.count
            for event in seus:
                assert event.expected is not None
                assert event.observed is not None
                assert event.bit is not None
                assert (event.expected ^ event.observed) >> event.bit & 1
            assert set(record.telemetry) == {
                "supply.core_voltage",
                "supply.core_current",
                "supply.io_voltage",
                "supply.io_current",
            }
            currents = record.telemetry["supply.core_current"]["value"]
            assert np.max(currents) > 0.1
            assert np.all(np.diff(record.fluence["fluence_cm2"]) >= 0)
            assert "rehearsal" in record.header.title
        assert quality(item.path, "simulated") == SPEED
        assert quality(item.path, "failing_bits_after") == 0


# Above the limit, the supply's trip and the software's latch-up level race each other.
@pytest.mark.parametrize(
    ("low_a", "high_a", "causes"), [(1.0, 1.4, {Cause.HARDWARE, Cause.SOFTWARE}), (0.2, 0.4, {Cause.MICRO})]
)
def test_latch_ups_are_survived_recorded_and_their_fluence_not_counted(tmp_path, low_a, high_a, causes):
    path = station_file(tmp_path, sigma_sat_cm2=4e-4, lowest_current_a=low_a, highest_current_a=high_a)
    notes = Notes()
    with simulate(path, speed=SPEED, seed=3) as station:
        text = campaign_text("Xe", stop="latch_ups = 3\ntime_s = 300.0")
        result = run(station, text, tmp_path / "runs", observer=notes)
    (item,) = result.runs
    assert item.end.stop_reason is StopReason.LATCH_UPS
    assert item.progress.latch_ups == 3
    assert len(notes.latch_ups) == 3
    assert {report.cause for report in notes.latch_ups} <= causes
    with open_record(item.path) as record:
        latch_ups = [event for event in record.iter_events() if event.kind is Effect.SEL]
        upsets = record.count(Effect.SEU)
    assert len(latch_ups) == 3
    for event in latch_ups:
        detail = json.loads(event.detail)
        assert event.channel == "core"
        assert detail["cause"] in {cause.value for cause in causes}
        assert detail["off_time_s"] >= 4.0
        assert detail["residual_voltage_v"] <= 0.1
        assert detail["peak_current_a"] > (0.6 - 2e-3 if Cause.HARDWARE in causes else 0.3)
        assert 0 < detail["hold_time_s"] < 30
        assert (detail["attempts"], detail["cleared"]) == (1, True)
    live, total = quality(item.path, "live_fluence_cm2"), quality(item.path, "total_fluence_cm2")
    dead_time = quality(item.path, "dead_time_s")
    assert dead_time >= 3 * 4.0
    assert 0 < total - live < dead_time * 5.5e2 * 1.3
    assert live < quality(item.path, "powered_fluence_cm2") <= total
    assert abs(upsets - 0.0503 * live) < 5 * math.sqrt(0.0503 * live) + 1


def test_a_latch_up_that_does_not_clear_ends_the_run_loudly_with_the_power_off(tmp_path):
    path = station_file(tmp_path, sigma_sat_cm2=1e-2, holding_voltage_v=0.0)
    text = campaign_text("Xe").replace("attempts = 3", "attempts = 2")
    notes = Notes()
    with simulate(path, speed=SPEED, seed=3) as station:
        with pytest.raises(LatchUpPersistsError, match="DID NOT COME BACK after 2 power cycles") as caught:
            run(station, text, tmp_path / "runs", observer=notes)
        assert_safe(station)
    assert "beam and device power were switched off" in str(caught.value)
    (report,) = notes.latch_ups
    assert (report.cleared, report.attempts) == (False, 2)
    assert report.off_time_s >= 8.0  # the second attempt waits twice as long
    (sealed,) = (tmp_path / "runs").glob("*.h5")
    with open_record(sealed) as record:
        assert (record.end.stop_reason, record.end.valid) == (StopReason.LATCHED, False)
        assert record.count(Effect.SEL) == 1


def test_a_device_that_falls_silent_at_a_normal_current_is_power_cycled_as_a_functional_interrupt(
    tmp_path, monkeypatch
):
    class Forgetful(MemoryTester):
        scans = 0

        def scan(self, compared=None):
            type(self).scans += 1
            if type(self).scans == 4:
                self.session.query("RESET")  # it forgets its pattern

                def refuse(_: object) -> None:
                    raise DeviceSilentError("the device does not answer")

                return self.session.transact(refuse)
            return super().scan(compared)

    monkeypatch.setattr("radtest.campaign.listeners.MemoryTester", Forgetful)
    with simulate(STATION, speed=SPEED, seed=5) as station:
        result = run(station, campaign_text("Ar", stop="time_s = 120.0"), tmp_path / "runs")
    (item,) = result.runs
    assert (item.progress.interrupts, item.progress.latch_ups) == (1, 0)
    assert item.end.stop_reason is StopReason.TIME
    with open_record(item.path) as record:
        (event,) = (event for event in record.iter_events() if event.kind is Effect.SEFI)
    assert json.loads(event.detail)["cause"] == "silence"


def test_a_pressed_switch_makes_the_device_safe_and_keeps_the_run(tmp_path):
    switch = StopSwitch()
    notes = Notes(lambda progress: switch.press() if progress.events > 50 else None)
    with simulate(STATION, speed=SPEED, seed=1) as station:
        result = run(station, campaign_text("Ar", "Kr"), tmp_path / "runs", observer=notes, stop=switch)
        assert_safe(station)
    assert result.interrupted
    (item,) = result.runs
    assert (item.end.stop_reason, item.end.valid) == (StopReason.OPERATOR, True)
    with open_record(item.path) as record:
        assert cross_section_point(record).count > 50


def test_a_switch_pressed_while_a_latch_up_is_held_off_leaves_the_power_off_and_records_it(tmp_path):
    path = station_file(tmp_path, sigma_sat_cm2=1e-3, lowest_current_a=1.0)
    switch = StopSwitch()

    class PressDuringTheNext(Notes):
        def latch_up(self, report: LatchUpReport) -> None:
            super().latch_up(report)
            threading.Timer(0.02, self._watch).start()

        def _watch(self) -> None:
            supply = KeysightE36300(station.addresses["supply"])
            while supply.channel(1).output:
                pass
            switch.press()
            supply.close()

    with simulate(path, speed=20.0, seed=1) as station:
        result = run(
            station,
            campaign_text("Xe", stop="time_s = 600.0"),
            tmp_path / "runs",
            observer=PressDuringTheNext(),
            stop=switch,
        )
        assert_safe(station)
    (item,) = result.runs
    assert item.end.stop_reason is StopReason.OPERATOR
    with open_record(item.path) as record:
        latch_ups = [event for event in record.iter_events() if event.kind is Effect.SEL]
    assert len(latch_ups) == item.progress.latch_ups == 2
    assert json.loads(latch_ups[-1].detail)["cleared"] is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_command_cleanly_and_it_says_what_was_kept(tmp_path, number):
    (tmp_path / "campaign.toml").write_text(campaign_text("Ar", "Kr", stop="time_s = 3000.0"))
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "radtest", "run", str(tmp_path / "campaign.toml"), "--json"),
            *("--simulate", str(STATION), "--out", str(tmp_path / "runs"), "--speed", str(SPEED)),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not list((tmp_path / "runs").glob("*.journal")) and process.poll() is None:
        time.sleep(0.05)
    time.sleep(1.0)  # into the run
    process.send_signal(number)
    output, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in said
    assert "1 sealed run kept in" in said
    summary = json.loads(output)
    assert summary["interrupted"] is True
    (kept,) = summary["runs"]
    assert kept["stop_reason"] == "operator"
    assert verify(Path(kept["file"])).ok


def test_a_station_that_dies_gives_a_clear_error_and_a_sealed_fault(tmp_path):
    with simulate(STATION, speed=SPEED, seed=1) as station:
        notes = Notes(lambda progress: os.kill(station.process_id, signal.SIGKILL) if progress.events > 20 else None)
        with pytest.raises(InstrumentError) as caught:
            run(station, campaign_text("Ar", stop="time_s = 30000.0"), tmp_path / "runs", observer=notes)
    message = str(caught.value)
    assert "TCPIP::127.0.0.1::" in message
    assert "last set:" in message
    assert "COULD NOT BE MADE SAFE, supply outputs off" in message
    assert "COULD NOT BE MADE SAFE, beam off" in message
    assert "is kept in" in message
    (sealed,) = (tmp_path / "runs").glob("*.h5")
    with open_record(sealed) as record:
        assert (record.end.stop_reason, record.end.valid) == (StopReason.FAULT, False)
        assert record.count(Effect.SEU) > 20


def test_a_campaign_goes_on_where_it_stopped(tmp_path):
    switch = StopSwitch()
    notes = Notes(lambda _: switch.press())
    text = campaign_text("Ar", "Kr", stop="time_s = 5.0")
    with simulate(STATION, speed=SPEED, seed=1) as station:
        run(station, text, tmp_path / "runs", observer=notes, stop=switch)
        with pytest.raises(BusyError, match="is not empty"):
            run(station, text, tmp_path / "runs")
        again = run(station, text, tmp_path / "runs", resume=True)
        assert [item.header.run_number for item in again.runs] == [2, 3]
        finished = run(station, text, tmp_path / "runs", resume=True)
    assert (finished.skipped, finished.runs) == (2, ())


def test_the_station_ends_with_whoever_started_it(tmp_path):
    script = (
        "import os, signal, sys\n"
        "from radtest.campaign import simulate\n"
        f"with simulate({str(STATION)!r}) as station:\n"
        "    print(station.process_id, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGKILL
    process_id = int(done.stdout)
    for _ in range(100):
        if not Path(f"/proc/{process_id}").exists() or "Z" in Path(f"/proc/{process_id}/stat").read_text().split()[2]:
            return
        threading.Event().wait(0.05)
    pytest.fail(f"station {process_id} outlived its parent")


def refused(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "radtest", "run", *arguments], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


def test_instruments_that_do_not_answer_are_all_named_and_nothing_is_left_behind(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    text = re.sub(r"192\.168\.10\.\d+::\d+", f"127.0.0.1::{port}", CAMPAIGN.read_text())
    (tmp_path / "campaign.toml").write_text(text)
    said = refused(str(tmp_path / "campaign.toml"), "--out", str(tmp_path / "runs"))
    assert "4 instruments do not answer" in said
    assert said.count("nothing listens there") == 4
    assert not (tmp_path / "runs").exists()


def test_a_wrong_instrument_at_an_address_is_named(tmp_path):
    text = campaign_text("Ar")
    with simulate(STATION) as station:
        swapped = dict(station.addresses, supply=station.addresses["counter"])
        wrong = SimulatedStation(swapped, station.token, station.speed, station.seed, station.process_id)
        with pytest.raises(AddressError, match=r"supply .*answers '\*IDN\?' with 'Agilent Technologies,53230A"):
            run(wrong, text, tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("token", "error", "said"),
    [("", ConfigurationError, "RADTEST_BEAM_TOKEN is not set"), ("guess", AddressError, "wrong token")],
)
def test_without_the_right_token_nothing_is_started(tmp_path, token, error, said):
    with simulate(STATION) as station:
        stranger = SimulatedStation(station.addresses, token, station.speed, station.seed, station.process_id)
        with pytest.raises(error, match=said) as caught:
            run(stranger, campaign_text("Ar"), tmp_path / "runs")
    assert caught.value.exit_status == 2
    assert not (tmp_path / "runs").exists()


def test_a_port_in_use_is_one_clear_message(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        path = tmp_path / "station.toml"
        path.write_text(STATION.read_text().replace("counter = 0", f"counter = {port}"))
        said = refused(str(CAMPAIGN), "--simulate", str(path), "--out", str(tmp_path / "runs"))
    assert f"port {port} on 127.0.0.1, for the counter, cannot be used: " in said
    assert "To mend it: stop what uses it" in said
    assert not (tmp_path / "runs").exists()


def test_a_mistake_in_the_station_file_is_named(tmp_path):
    path = tmp_path / "station.toml"
    path.write_text(STATION.read_text().replace("efficiency = 0.95", "eficiency = 0.95"))
    with (
        pytest.raises(ConfigurationError, match=r"counter\.eficiency: unknown key; did you mean 'efficiency'"),
        simulate(path),
    ):
        pass


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--speed", "10"], "only a simulated station has one"),
        (["--simulate", str(STATION), "--speed", "0"], "--speed 0: is out of range; legal: above 0, up to 1000"),
        (["--simulate", str(STATION), "--seed", "-1"], "-1 is not in the range x>=0"),
        (["--simulate", str(CAMPAIGN)], "unknown key"),
    ],
)
def test_options_that_make_no_sense_are_refused(tmp_path, options, said):
    assert said in refused(str(CAMPAIGN), "--out", str(tmp_path / "runs"), *options)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("bits = 16777216", "bits = 1024", "device.bits says 1024"),
        ('serial = "A3"', 'serial = "B7"', "device.serial says 'B7'"),
        ('particle = "Ar"', 'particle = "U"', "does not offer U; legal: N, Ne, Ar"),
        ("number = 2", "number = 7", "has no channel 7"),
    ],
)
def test_what_the_instruments_cannot_do_is_refused_before_anything_is_switched(tmp_path, old, new, said):
    text = campaign_text("Ar").replace(old, new)
    with simulate(STATION, speed=SPEED) as station, pytest.raises(ConfigurationError, match=re.escape(said)):
        run(station, text, tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_an_illegal_setpoint_ends_the_run_as_a_fault_with_nothing_switched_on(tmp_path):
    text = campaign_text("Ar").replace("voltage_v = 1.2", "voltage_v = 12.0")
    with simulate(STATION, speed=SPEED) as station:
        with pytest.raises(ConfigurationError, match=r"channel 1: voltage_v = 12.0 is out of range"):
            run(station, text, tmp_path / "runs")
        assert_safe(station)
