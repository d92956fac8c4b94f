"""Beam time with failing instruments and a failing beam, unattended, on a real station process."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from radtest.campaign import BeamCampaignConfiguration, CampaignObserver, CampaignResult, run_campaign, simulate
from radtest.core import InstrumentError, StopReason
from radtest.core.configuration import parse_configuration
from radtest.instruments.station import StationConfiguration
from radtest.log import open_record, verify

FIXTURES = Path(__file__).parents[2] / "fixtures"
STATION = FIXTURES / "stations" / "heavy_ion.toml"
CAMPAIGN = FIXTURES / "campaigns" / "heavy_ion.toml"
NIGHT = FIXTURES / "campaigns" / "heavy_ion_night.toml"
NIGHT_STATION = FIXTURES / "stations" / "heavy_ion_night.toml"


class Remarks(CampaignObserver):
    def __init__(self) -> None:
        self.said: list[str] = []

    def remark(self, text: str) -> None:
        self.said.append(text)


def neon(folder: Path, more: str, *faults: str, stop: str = "time_s = 60.0") -> tuple[CampaignResult, list[str]]:
    """Make one run with neon, of which the station has these faults and the campaign more keys."""
    station = folder / "station.toml"
    text = re.sub(r"changeover_s = .*", f"changeover_s = 1.0\n{more}", STATION.read_text())
    station.write_text(text + "".join(f"\n[[faults]]\n{fault}\n" for fault in faults))
    head, *ions = CAMPAIGN.read_text().split("[[ions]]")
    head = re.sub(r"\[stop\].*?\n\n", f"[stop]\n{stop}\n\n[flux]\npatience_s = 20.0\n\n", head, flags=re.DOTALL)
    head = re.sub(r"(address = .*5026.*|address = .*700.*)", r"\1\ntimeout_s = 0.5", head)
    campaign = "[[ions]]".join([head, next(ion for ion in ions if '"Ne"' in ion)])
    remarks = Remarks()
    with simulate(station, speed=20.0, seed=1) as simulated:
        result = run_campaign(
            parse_configuration(campaign, BeamCampaignConfiguration, "campaign.toml"),
            campaign,
            folder / "runs",
            station=simulated,
            observer=remarks,
        )
    return result, remarks.said


@pytest.mark.parametrize("instrument", ["counter", pytest.param("dut", marks=pytest.mark.slow), "beam"])
def test_a_run_goes_on_after_a_connection_broke(tmp_path, instrument):
    # The beam line is asked for nothing while the run counts: its fault strikes when the beam is to be switched off.
    fault = f'instrument = "{instrument}"\nkind = "drop"\nafter_beam_s = 20.0'
    result, said = neon(tmp_path, "", fault)
    (run,) = result.runs
    assert run.end.stop_reason is StopReason.TIME
    assert run.end.valid
    assert verify(run.path).ok
    assert any("connected again, and it holds what was set" in text for text in said)
    with open_record(run.path) as record:
        upsets = int(record.quality_value("upsets") or 0)
        live = record.quality_value("live_fluence_cm2")
        total = record.quality_value("total_fluence_cm2")
    assert live is not None
    assert total is not None
    assert 0.5 * total < live <= total
    # What was lost with the connection is neither in the upsets nor in the live fluence.
    truth = StationConfiguration.model_validate(tomllib.loads(STATION.read_text())).device
    expected = truth.upset.sigma_cm2(2.39) * truth.words * truth.word_bits * live
    assert abs(upsets - expected) < 5 * math.sqrt(expected) + 0.02 * expected


@pytest.mark.slow
def test_a_beam_that_comes_back_is_waited_for_and_one_that_does_not_ends_the_run(tmp_path):
    (tmp_path / "back").mkdir()
    result, _ = neon(tmp_path / "back", "interruptions = [{ after_s = 15.0, lasts_s = 15.0 }]")
    assert result.runs[0].end.stop_reason is StopReason.TIME
    with open_record(result.runs[0].path) as record:
        out_of_range = record.quality_value("flux_out_of_range_s")
    assert out_of_range is not None
    assert 4.0 < out_of_range < 25.0

    (tmp_path / "gone").mkdir()
    result, _ = neon(tmp_path / "gone", "interruptions = [{ after_s = 15.0, lasts_s = 500.0 }]", stop="time_s = 400.0")
    assert result.runs[0].end.stop_reason is StopReason.FLUX
    assert result.runs[0].end.valid
    assert 35.0 < result.runs[0].progress.time_s < 90.0


def test_an_instrument_that_stays_away_ends_the_run_as_a_fault_that_names_it(tmp_path):
    fault = 'instrument = "dut"\nkind = "unplug"\nafter_beam_s = 10.0\nlasts_s = 10000.0'
    with pytest.raises(InstrumentError, match="dut") as error:
        neon(tmp_path, "", fault)
    assert "beam and device power were switched off" in str(error.value)
    (path,) = (tmp_path / "runs").glob("*.h5")
    with open_record(path) as record:
        assert record.end.stop_reason is StopReason.FAULT
        assert len(record.events) > 0
    assert verify(path).ok


@pytest.mark.slow
def test_a_night_of_sixteen_runs_with_all_its_mishaps_recovers_the_truth(tmp_path):
    command = [sys.executable, "-m", "radtest"]
    run = subprocess.run(
        [*command, "run", str(NIGHT), "--simulate", "--seed", "3", "--out", str(tmp_path / "night"), "--json"],
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    runs = json.loads(run.stdout)["runs"]
    assert len(runs) == 16
    assert sum(one["latch_ups"] for one in runs) >= 5
    assert sum(one["functional_interrupts"] for one in runs) >= 1
    files = [one["file"] for one in runs]
    assert all(verify(file).ok for file in files)
    lost, interrupted_s = 0, 0.0
    for file in files:
        with open_record(file) as record:
            lost += record.quality_value("connection_lost") is not None
            interrupted_s += record.quality_value("flux_out_of_range_s") or 0.0
    assert lost >= 2
    assert 20.0 < interrupted_s < 60.0
    fit = subprocess.run(
        [*command, "fit", *files, "--confidence", "0.999", "--json"], capture_output=True, text=True, check=True
    )
    fitted, truth = json.loads(fit.stdout), tomllib.loads(NIGHT_STATION.read_text())["device"]["upset"]
    for name, value in truth.items():
        assert fitted[name]["low"] <= value <= fitted[name]["high"], name
