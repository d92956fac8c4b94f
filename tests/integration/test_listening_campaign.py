"""A run whose counter is a facility's text file and whose device reports by itself, on a station that has both."""

from __future__ import annotations

import math
import re
import tomllib
from pathlib import Path

import pytest

from radtest.campaign import BeamCampaignConfiguration, run_campaign, simulate
from radtest.core import ConfigurationError
from radtest.core.configuration import parse_configuration
from radtest.log import cross_section_point, open_record

FIXTURES = Path(__file__).parents[2] / "fixtures"
STATION = (FIXTURES / "stations" / "heavy_ion.toml").read_text()
CAMPAIGN = (FIXTURES / "campaigns" / "heavy_ion.toml").read_text()
FEED = '[roles.counter]\ndriver = "text-feed"\naddress = "/mnt/facility/counts.txt"\nformat = "chipir"\n\n'
DEVICE = '[roles.dut]\ndriver = "dut-protocol"\naddress = "listen:5300"\n\n'


def _campaign(*roles: str, particle: str = "Ar", stop: str = "events = 300\ntime_s = 300.0") -> str:
    head, *ions = CAMPAIGN.split("[[ions]]")
    for role in roles:
        name = role.partition("]")[0][1:]
        head = re.sub(rf"\[{re.escape(name)}\].*?\n\n", role, head, flags=re.DOTALL)
    head = re.sub(r"\[stop\].*?\n\n", f"[stop]\n{stop}\n\n", head, flags=re.DOTALL)
    return "[[ions]]".join([head, *(ion for ion in ions if f'particle = "{particle}"' in ion)])


def _station(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = STATION
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "station.toml"
    path.write_text(text)
    return path


FEEDS = ("efficiency = 0.95", "efficiency = 0.95\nfeed_period_s = 1.0")
REPORTS = ("scan_s = 0.3", 'scan_s = 0.3\nreports = "checkerboard"')


@pytest.mark.parametrize(
    "roles",
    [
        pytest.param((FEED,), id="feed", marks=pytest.mark.slow),
        pytest.param((DEVICE,), id="device", marks=pytest.mark.slow),
        pytest.param((FEED, DEVICE), id="both"),
    ],
)
def test_a_run_that_listens_finds_the_cross_section(tmp_path, roles):
    station_file = _station(tmp_path, FEEDS, *([REPORTS] if DEVICE in roles else []))
    text = _campaign(*roles)
    configuration = parse_configuration(text, BeamCampaignConfiguration, "campaign.toml")
    with simulate(station_file, speed=20.0, seed=5) as station:
        result = run_campaign(configuration, text, tmp_path / "runs", station=station)
    device = tomllib.loads(STATION)["device"]
    with open_record(result.runs[0].path) as record:
        point = cross_section_point(record)
        assert record.quality_value("failing_bits_after") == 0
        assert record.quality_value("beam_interruptions") == 0
        bracket = record.quality_value("live_fluence_bracket_cm2")
    upset = device["upset"]
    above = (point.let_mev_cm2_mg - upset["let0_mev_cm2_mg"]) / upset["width_mev_cm2_mg"]
    true_cm2 = upset["sigma_sat_cm2"] * -math.expm1(-(above ** upset["shape"]))
    expected = true_cm2 * device["words"] * device["word_bits"] * point.fluence_cm2
    assert point.count >= 300
    assert abs(point.count - expected) < 4 * math.sqrt(expected) + expected * bracket / point.fluence_cm2


def test_a_device_that_falls_silent_is_a_functional_interrupt(tmp_path):
    interrupt = "[device.interrupt]\nsigma_sat_cm2 = 2e-4\nlet0_mev_cm2_mg = 1.0\nwidth_mev_cm2_mg = 2.0\nshape = 1.0\n"
    no_latch_up = re.search(r"\[device.latch_up\][^\[]*?sigma_sat_cm2 = (\S+)", STATION)
    assert no_latch_up is not None
    station_file = _station(tmp_path, REPORTS, (no_latch_up[0], no_latch_up[0].replace(no_latch_up[1], "0.0")))
    station_file.write_text(station_file.read_text() + "\n" + interrupt)
    text = _campaign(DEVICE, stop="interrupts = 2\ntime_s = 600.0")
    configuration = parse_configuration(text, BeamCampaignConfiguration, "campaign.toml")
    with simulate(station_file, speed=20.0, seed=7) as station:
        result = run_campaign(configuration, text, tmp_path / "runs", station=station)
    (run,) = result.runs
    assert (run.progress.interrupts, run.end.valid) == (2, True)
    assert run.progress.live_fluence_cm2 < run.progress.fluence_cm2


def test_a_rehearsal_does_not_listen_at_the_facility(tmp_path):
    text = _campaign(FEED)
    configuration = parse_configuration(text, BeamCampaignConfiguration, "campaign.toml")
    with (
        simulate(_station(tmp_path), speed=20.0, seed=5) as station,
        pytest.raises(ConfigurationError, match="feed_period_s"),
    ):
        run_campaign(configuration, text, tmp_path / "runs", station=station)
    assert not (tmp_path / "runs").exists()
