"""One campaign, unchanged but for who feeds the device, with every family of supplies."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from guard_samples import Engine, plan

from radtest.campaign import (
    BeamCampaignConfiguration,
    CampaignObserver,
    Cause,
    LatchUpReport,
    run_campaign,
    simulate,
)
from radtest.core import Effect, StopReason
from radtest.core.configuration import parse_configuration
from radtest.guard import GuardLink, GuardLostError
from radtest.instruments import SUPPLY_DRIVERS, BeamLine, KeysightN6700, supply_shortfalls
from radtest.log import open_record, verify

FIXTURES = Path(__file__).parents[2] / "fixtures"
STATION = FIXTURES / "stations" / "heavy_ion.toml"
CAMPAIGN = FIXTURES / "campaigns" / "heavy_ion.toml"
SPEED = 50.0
MODELS = {
    "keithley-2230": "2230G-30-1",
    "keithley-2260b": "2260B-250-4",
    "keithley-2400": "2400",
    "keithley-2450": "2450",
    "keithley-2600": "2602B",
    "keysight-e36300": "E36312A",
    "keysight-n6700": "N6705C",
    "rigol-dp800": "DP832",
    "rohde-schwarz-hmc804x": "HMC8043",
    "rohde-schwarz-hmp": "HMP4040",
    "rohde-schwarz-nge100": "NGE103B",
    "tti-ql": "QL355TP",
}
ONE_OUTPUT = ("keithley-2260b", "keithley-2400", "keithley-2450")
BY_DEFAULT = ("rohde-schwarz-hmp", "keithley-2600")


class Notes(CampaignObserver):
    def __init__(self) -> None:
        self.latch_ups: list[LatchUpReport] = []
        self.warnings: list[str] = []

    def warning(self, text: str) -> None:
        self.warnings.append(text)

    def latch_up(self, report: LatchUpReport) -> None:
        self.latch_ups.append(report)


def station_file(folder: Path, driver: str) -> Path:
    """Write the sample station with another supply, latch-ups that come soon, and one rail for one output."""
    text = STATION.read_text().replace("[supply]", f'[supply]\nmodel = "{MODELS[driver]}"')
    if driver in ONE_OUTPUT:
        text = re.sub(r"\[\[rails\]\] # I/O.*?\n\n", "", text, flags=re.DOTALL)
    head, tail = text.split("[device.latch_up]")
    changes = {"sigma_sat_cm2": 1e-3, "lowest_current_a": 1.0, "highest_current_a": 1.4}
    for key, value in changes.items():
        tail = re.sub(rf"^{key} = .*$", f"{key} = {value}", tail, count=1, flags=re.MULTILINE)
    path = folder / "station.toml"
    path.write_text(f"{head}[device.latch_up]{tail}")
    return path


def campaign_text(driver: str) -> str:
    """Return the sample campaign with krypton alone; the driver is all that differs, and one channel for one output."""
    head, *ions = CAMPAIGN.read_text().split("[[ions]]")
    head = re.sub(r"\[stop\].*?\n\n", "[stop]\nlatch_ups = 1\ntime_s = 60.0\n\n", head, flags=re.DOTALL)
    if driver in ONE_OUTPUT:
        head = re.sub(r"\[\[channels\]\]\nnumber = 2.*?\n\n", "", head, flags=re.DOTALL)
    (krypton,) = (ion for ion in ions if 'particle = "Kr"' in ion)
    return f"{head}[[ions]]{krypton}".replace("keysight-e36300", driver)


def test_every_family_has_a_model_in_the_station():
    assert set(MODELS) == set(SUPPLY_DRIVERS)


@pytest.mark.parametrize(
    "driver", [name if name in BY_DEFAULT else pytest.param(name, marks=pytest.mark.slow) for name in MODELS]
)
def test_a_campaign_survives_a_latch_up_whoever_feeds_the_device(driver, tmp_path):
    text = campaign_text(driver)
    notes = Notes()
    with simulate(station_file(tmp_path, driver), speed=SPEED, seed=4) as station:
        result = run_campaign(
            parse_configuration(text, BeamCampaignConfiguration, "campaign.toml"),
            text,
            tmp_path / "runs",
            station=station,
            observer=notes,
        )
        supply = SUPPLY_DRIVERS[driver](station.addresses["supply"])
        numbers = (1,) if driver in ONE_OUTPUT else (1, 2)
        assert [supply.channel(number).output for number in numbers] == [False] * len(numbers)
        assert supply.error_queue() == []
        supply.close()
        beam = BeamLine(station.addresses["beam"])
        assert not beam.beam_on
        beam.close()
    (run,) = result.runs
    assert run.end.stop_reason is StopReason.LATCH_UPS
    assert run.end.valid
    assert verify(run.path).ok
    (report,) = notes.latch_ups
    assert report.cleared
    assert report.residual_voltage_v <= 0.1
    expected = {Cause.HARDWARE, Cause.SOFTWARE} if SUPPLY_DRIVERS[driver].has_hardware_trip else {Cause.SOFTWARE}
    assert report.cause in expected
    shortfalls = {name: words for name, words in supply_shortfalls(driver).items() if name != "watchdog"}
    assert result.shortfalls == shortfalls
    assert notes.warnings == list(shortfalls.values())
    with open_record(run.path) as record:
        (latch_up,) = (event for event in record.iter_events() if event.kind is Effect.SEL)
        assert json.loads(latch_up.detail)["peak_current_a"] > 0.55
        assert all(record.quality_value(name) == 0.0 for name in shortfalls)


def drawing_station(folder: Path, driver: str) -> Path:
    """Write a station whose device draws 0.9 A from the moment it has power."""
    path = station_file(folder, driver)
    text = path.read_text().replace("nominal_current_a = 0.12", "nominal_current_a = 0.9")
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "driver", [name if name == BY_DEFAULT[0] else pytest.param(name, marks=pytest.mark.slow) for name in MODELS]
)
def test_the_supply_alone_does_with_over_current_what_its_driver_says(driver, tmp_path):
    with simulate(drawing_station(tmp_path, driver), speed=20.0, seed=1) as station:
        supply = SUPPLY_DRIVERS[driver](station.addresses["supply"])
        supply.protect(1, current_limit_a=0.6, over_current_delay_s=0.05)
        supply.channel(1).voltage_v = 1.2
        supply.switch_on([1])
        time.sleep(0.1)  # two seconds of the station
        (sample,) = supply.sample([1]).result()
        if supply.has_hardware_trip:
            assert sample.tripped
            assert sample.current_a < 0.05
            assert not supply.channel(1).output
            supply.switch_off([1])
            supply.clear_trips([1])
            supply.switch_on([1])
        else:
            assert not sample.tripped
            assert sample.current_a == pytest.approx(0.6, abs=0.01)
            assert sample.voltage_v < 1.0
            assert supply.channel(1).output
        supply.switch_off([1])
        assert supply.error_queue() == []
        supply.close()


@pytest.mark.slow
def test_the_watchdog_of_an_n6700_cuts_the_power_when_the_computer_falls_silent(tmp_path):
    with simulate(station_file(tmp_path, "keysight-n6700"), speed=20.0, seed=1) as station:
        supply = KeysightN6700(station.addresses["supply"])
        supply.protect(1, current_limit_a=3.0, over_current_delay_s=0.05)
        supply.channel(1).voltage_v = 1.2
        supply.arm_watchdog(1.0)
        supply.switch_on([1])
        for _ in range(5):
            time.sleep(0.25)
            assert supply.sample([1]).result()[0].current_a > 0.05
        time.sleep(1.3)
        assert supply.channel(1).shut_down
        assert not supply.channel(1).output
        supply.switch_off([1])
        supply.clear_trips([1])
        supply.disarm_watchdog()
        supply.switch_on([1])
        time.sleep(1.3)
        assert supply.sample([1]).result()[0].current_a > 0.05
        supply.close()


@pytest.mark.slow
def test_where_guard_and_engine_die_together_the_watchdog_of_an_n6700_is_left(tmp_path):
    with simulate(station_file(tmp_path, "keysight-n6700"), speed=20.0, seed=1) as station:
        where = SimpleNamespace(address=station.addresses["supply"])
        engine = Engine(GuardLink(plan(where, driver="keysight-n6700", watchdog_s=1.0, speed=20.0)))
        engine.power()
        time.sleep(1.5)  # a guard at work keeps the watchdog from biting
        assert engine.hear("sample")["rows"][0][2] > 0.05
        os.kill(engine.link.process_id, signal.SIGKILL)
        time.sleep(1.5)
        supply = KeysightN6700(where.address)
        assert [supply.channel(number).shut_down for number in (1, 2)] == [True, True]
        assert [supply.channel(number).output for number in (1, 2)] == [False, False]
        supply.close()
        with contextlib.suppress(GuardLostError):
            engine.link.close()
