"""What an operator is told about a supply that protects less than one might think."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from radtest.cli.campaign_progress import CampaignProgress
from radtest.instruments import SUPPLY_DRIVERS, supply_shortfalls


def test_a_supply_without_a_trip_is_warned_about_and_no_other_of_that():
    without = {name for name in SUPPLY_DRIVERS if "hardware_trip" in supply_shortfalls(name)}
    assert without == {"keithley-2230", "keithley-2400", "keithley-2450", "keithley-2600"}
    assert supply_shortfalls("keysight-e36300") == {}


@pytest.mark.parametrize("name", ["keithley-2400", "rigol-dp800"])
def test_the_terminal_shows_every_warning_to_its_last_word(name):
    shown = io.StringIO()
    progress = CampaignProgress(Console(file=shown, width=1000))
    for text in supply_shortfalls(name).values():
        progress.warning(text)
    assert shown.getvalue() == "".join(f"WARNING: {text}\n" for text in supply_shortfalls(name).values())
