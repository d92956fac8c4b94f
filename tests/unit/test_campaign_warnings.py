"""What an operator is told about a supply that protects less than one might think."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from radtest.campaign import BeamCampaignConfiguration
from radtest.campaign.campaign import campaign_shortfalls
from radtest.cli.campaign_progress import CampaignProgress
from radtest.core.configuration import parse_configuration
from radtest.instruments import SUPPLY_DRIVERS, supply_shortfalls

CAMPAIGN = Path(__file__).parents[2] / "fixtures" / "campaigns" / "heavy_ion.toml"


def test_a_supply_without_a_trip_is_warned_about_and_no_other_of_that():
    without = {name for name in SUPPLY_DRIVERS if "hardware_trip" in supply_shortfalls(name)}
    assert without == {"keithley-2230", "keithley-2400", "keithley-2450", "keithley-2600"}
    assert set(supply_shortfalls("keysight-e36300")) == {"watchdog"}
    assert supply_shortfalls("keysight-n6700") == {}


@pytest.mark.parametrize(("asked", "said"), [("", set()), ("watchdog_s = 3.0\n", {"watchdog"})])
def test_who_counts_on_a_watchdog_that_is_not_there_is_told(asked, said):
    text = CAMPAIGN.read_text().replace("[guard]\n", f"[guard]\n{asked}")
    configuration = parse_configuration(text, BeamCampaignConfiguration, "campaign.toml")
    assert set(campaign_shortfalls(configuration)) == said


@pytest.mark.parametrize("name", ["keithley-2400", "rigol-dp800"])
def test_the_terminal_shows_every_warning_to_its_last_word(name):
    shown = io.StringIO()
    progress = CampaignProgress(Console(file=shown, width=1000))
    for text in supply_shortfalls(name).values():
        progress.warning(text)
    assert shown.getvalue() == "".join(f"WARNING: {text}\n" for text in supply_shortfalls(name).values())
