"""Campaigns with meters, a thermal head, degraders and an oscilloscope, on a real station process."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest

from radtest.campaign import BeamCampaignConfiguration, CampaignObserver, CampaignResult, run_campaign, simulate
from radtest.core import ConfigurationError, InstrumentError, StopReason
from radtest.core.configuration import parse_configuration
from radtest.instruments import NetioKshell
from radtest.log import captures_of, open_record, verify

FIXTURES = Path(__file__).parents[2] / "fixtures"
STATION = FIXTURES / "stations" / "whole_laboratory.toml"
CAMPAIGN = FIXTURES / "campaigns" / "heavy_ion.toml"
SPEED = 30.0

METER = """
[instruments.meter]
driver = "keysight-34461a"
address = "TCPIP::127.0.0.1::5025::SOCKET"
function = "TEMP"
period_s = 0.5
"""
SCANNER = """
[instruments.scanner]
driver = "keysight-daq970a"
address = "TCPIP::127.0.0.1::5025::SOCKET"

[instruments.scanner.inputs]
core = { channel = 101 }
die = { channel = 103, function = "TEMP" }
"""
HEAD = """
[instruments.head]
driver = "temptronic-ats"
address = "TCPIP::127.0.0.1::5025::SOCKET"
tolerance_k = 1.0
soak_s = 3.0
period_s = 0.5
"""
STAGE = """
[instruments.stage]
driver = "newport-esp301"
address = "TCPIP::127.0.0.1::5025::SOCKET"
period_s = 0.5
"""


class Notes(CampaignObserver):
    def __init__(self) -> None:
        self.phases: list[str] = []
        self.remarks: list[str] = []

    def phase(self, name: str) -> None:
        self.phases.append(name)

    def remark(self, text: str) -> None:
        self.remarks.append(text)


def campaign_text(*instruments: str, particle: str = "Ne", extra: str = "", events: int = 60) -> str:
    head, *ions = CAMPAIGN.read_text().split("[[ions]]")
    head = re.sub(r"\[stop\].*?\n\n", f"[stop]\nevents = {events}\ntime_s = 60.0\n\n", head, flags=re.DOTALL)
    (ion,) = [ion for ion in ions if f'particle = "{particle}"' in ion]
    return f"{head}[[ions]]{ion.rstrip()}\n{extra}\n{''.join(instruments)}"


def campaign(text: str) -> BeamCampaignConfiguration:
    return parse_configuration(text, BeamCampaignConfiguration, "campaign.toml")


def run(
    text: str, folder: Path, notes: Notes | None = None, station: str | None = None, speed: float = SPEED
) -> CampaignResult:
    path = folder / "station.toml"
    path.write_text(station or STATION.read_text())
    with simulate(path, speed=speed, seed=5) as running:
        return run_campaign(campaign(text), text, folder / "runs", station=running, observer=notes)


def test_meters_are_telemetry_of_the_record(tmp_path):
    result = run(campaign_text(METER, SCANNER), tmp_path)
    (path,) = [item.path for item in result.runs]
    assert verify(path).ok
    with open_record(path) as record:
        assert {"meter.temperature", "scanner.core", "scanner.die"} <= set(record.telemetry)
        core, die = record.telemetry["scanner.core"], record.telemetry["scanner.die"]
        assert np.median(core["value"]) == pytest.approx(1.2, rel=1e-2)
        assert 20.0 < np.median(die["value"]) < 40.0
        assert np.all(np.diff(core["time_ns"]) > 0)


def test_a_run_waits_for_its_temperature_and_the_record_states_it(tmp_path):
    notes = Notes()
    result = run(campaign_text(HEAD, METER, extra="temperature_c = 85.0"), tmp_path, notes)
    assert notes.phases[:5] == ["arm", "power", "settle", "configure", "count"]
    (path,) = [item.path for item in result.runs]
    with open_record(path) as record:
        assert record.header.device.temperature_k == pytest.approx(358.15)
        air = record.telemetry["head.temperature"]
        assert air["value"][-1] == pytest.approx(85.0, abs=1.5)
        assert record.telemetry["head.set_point"]["value"][-1] == 85.0
        device = record.telemetry["meter.temperature"]["value"]
        assert device[-1] > 70.0 > device[0]


def test_a_temperature_that_does_not_settle_ends_the_run_with_a_message(tmp_path):
    slow = STATION.read_text().replace('kind = "temptronic-ats"', 'kind = "temptronic-ats"\nair_time_s = 500.0')
    text = campaign_text(HEAD + "settle_timeout_s = 10.0\n", extra="temperature_c = 85.0")
    with pytest.raises(InstrumentError, match=r"85 ± 1 °C wanted after 1\d s") as caught:
        run(text, tmp_path, station=slow)
    assert "head (Temptronic ThermoStream)" in str(caught.value)
    assert "raise instruments.head.settle_timeout_s" in str(caught.value)
    assert "beam and device power were switched off" in str(caught.value)


def test_the_degrader_is_in_place_before_the_beam_is_on(tmp_path):
    station = STATION.read_text().replace('kind = "pi-gcs2"', 'kind = "newport-esp301"')
    result = run(campaign_text(STAGE, extra="degrader_mm = 50.0"), tmp_path, station=station)
    (path,) = [item.path for item in result.runs]
    with open_record(path) as record:
        positions = record.telemetry["stage.position"]["value"]
        assert positions[-1] == pytest.approx(50.0, abs=0.05)
        assert len(record.events) >= 60


@pytest.mark.slow
def test_a_meter_that_falls_silent_does_not_end_the_run(tmp_path):
    fault = '\n[[faults]]\ninstrument = "meter"\nkind = "drop"\nafter_beam_s = 1.0\n'
    notes = Notes()
    meter = METER + "timeout_s = 0.2\n"
    result = run(campaign_text(meter, events=1200), tmp_path, notes, station=STATION.read_text() + fault)
    (item,) = result.runs
    assert item.end.stop_reason in {StopReason.EVENTS, StopReason.TIME}
    assert any("the run goes on without it" in remark for remark in notes.remarks)
    with open_record(item.path) as record:
        assert record.quality_value("meter_lost") == 1.0


def test_a_rehearsal_does_not_reach_for_an_instrument_the_station_lacks(tmp_path):
    text = campaign_text(METER.replace("[instruments.meter]", "[instruments.other]"))
    with pytest.raises(ConfigurationError, match="the simulated station has no instrument 'other'"):
        run(text, tmp_path)


@pytest.mark.parametrize(
    ("extra", "instruments", "said"),
    [
        ("temperature_c = 85.0", (), "temperature_c needs one thermal head or chamber"),
        ("degrader_mm = 5.0", (METER,), "degrader_mm needs one motion stage"),
        ("", (METER.replace("function", "funktion"),), "unknown key; did you mean 'function'"),
        ("", (METER.replace("34461a", "34461b"),), "keysight-34461b"),
        ("", (METER.replace("[instruments.meter]", "[instruments.supply]"),), "'supply' is the name of a role"),
        ("", (HEAD.replace("tolerance_k = 1.0", "tolerance_k = 0.0"),), "tolerance_k = 0.0"),
    ],
)
def test_a_mistake_in_the_instruments_of_a_campaign_is_named(extra, instruments, said):
    with pytest.raises(ConfigurationError) as caught:
        campaign(campaign_text(*instruments, extra=extra))
    assert said in str(caught.value)


def test_a_temperature_the_head_cannot_reach_is_refused_before_anything_is_switched(tmp_path):
    with pytest.raises(ConfigurationError, match=r"ions\[\]\.temperature_c = 200 is out of its range"):
        run(campaign_text(HEAD, extra="temperature_c = 200.0"), tmp_path)
    assert not (tmp_path / "runs").exists()


SCOPE = """
[instruments.scope]
driver = "keysight-infiniivision"
address = "TCPIP::127.0.0.1::5025::SOCKET"
channel = 1
scale_v = 0.2
offset_v = 1.0
time_scale_s = 20e-9
time_position_s = 60e-9
trigger_level_v = 1.12
trigger_slope = "NEG"
most_captures = 12
"""


def test_transients_are_captured_while_the_beam_is_on_and_kept_in_the_record(tmp_path):
    text = campaign_text(SCOPE, particle="Ar", events=100_000).replace("flux_cm2_s = 1.5e3", "flux_cm2_s = 4e4")
    # Slowly: on a busy machine the oscilloscope would be away most of the time.
    result = run(text.replace("time_s = 60.0", "time_s = 30.0"), tmp_path, speed=10.0)
    (path,) = [item.path for item in result.runs]
    report = verify(path)
    assert report.ok, report.findings
    with open_record(path) as record:
        captures = captures_of(record)["scope.1"]
        assert record.quality_value("scope_captures") == len(captures.time_ns) >= 1
        armed_s = record.quality_value("scope_armed_s")
        assert armed_s is not None
        assert armed_s > 0.0
    assert np.all(np.diff(captures.time_ns) > 0)
    assert captures.volts.shape[1] == captures.samples[0]
    for row in range(len(captures.time_ns)):
        times, volts = captures.times_s(row), captures.volts[row]
        assert volts[times < -5e-9].mean() == pytest.approx(1.2, abs=0.02)
        assert volts.min() < 1.12


@pytest.mark.slow
def test_without_a_transient_a_record_has_no_waveforms(tmp_path):
    text = campaign_text(SCOPE.replace("trigger_level_v = 1.12", "trigger_level_v = -5.0"))
    result = run(text, tmp_path)
    (path,) = [item.path for item in result.runs]
    with open_record(path) as record:
        assert captures_of(record) == {}
        assert record.quality_value("scope_captures") == 0.0
        assert record.quality_value("scope_lost") is None


def test_the_mains_of_a_supply_that_no_longer_obeys_is_cut(tmp_path, monkeypatch):
    monkeypatch.setenv("RADTEST_OUTLET_PASSWORD", "netio")
    outlet = """
[roles.outlet]
driver = "netio-kshell"
address = "TCPIP::127.0.0.1::1234::SOCKET"
number = 1
"""
    fault = '\n[[faults]]\ninstrument = "supply"\nkind = "unplug"\nafter_beam_s = 2.0\nlasts_s = 1e6\n'
    path = tmp_path / "station.toml"
    path.write_text(STATION.read_text().replace('name = "outlets"', 'name = "outlet"') + fault)
    text = campaign_text(outlet, events=5000)
    with simulate(path, speed=SPEED, seed=5) as running:
        with pytest.raises(InstrumentError) as caught:
            run_campaign(campaign(text), text, tmp_path / "runs", station=running)
        strip = NetioKshell(running.addresses["outlet"], password=os.environ["RADTEST_OUTLET_PASSWORD"])
        assert strip.states().result()[1] is False
        strip.close()
    assert "beam and device power were switched off" in str(caught.value)
    assert "COULD NOT BE MADE SAFE" not in str(caught.value)


def test_outlets_want_their_password_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.delenv("RADTEST_OUTLETS_PASSWORD", raising=False)
    outlets = '[instruments.outlets]\ndriver = "netio-kshell"\naddress = "TCPIP::127.0.0.1::1234::SOCKET"\n'
    with pytest.raises(ConfigurationError, match="RADTEST_OUTLETS_PASSWORD is not set"):
        run(campaign_text(outlets), tmp_path)
