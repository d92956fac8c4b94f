"""``radtest log clusters``: multiplicities of a sealed run, by where the cells lie."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from record_samples import SECOND_NS, bit_upset, memory_run_header

from radtest.cli.log import command
from radtest.core import Effect, Event, RunEnd, StopReason
from radtest.log import Journal, seal


@pytest.fixture
def sealed(tmp_path):
    # Bits 3 of words 10 and 11 are neighbours where words interleave; those of 20 and 21 are of different scans.
    places = [(1, 10, 3), (1, 11, 3), (1, 200, 7), (2, 20, 3), (3, 21, 3)]
    with Journal.create(tmp_path / "run.journal", memory_run_header(256 * 8)) as journal:
        for scan, address, bit in places:
            journal.event(bit_upset(scan, address, bit))
        journal.event(Event(time_ns=4 * SECOND_NS, kind=Effect.SEFI, channel=""))
        journal.end(RunEnd(6 * SECOND_NS, StopReason.EVENTS, valid=True))
    return seal(tmp_path / "run.journal")


def test_neighbours_of_one_scan_are_one_event(sealed):
    arguments = [
        "clusters",
        str(sealed),
        "--layout",
        "interleaved",
        "--words-per-row",
        "16",
        "--word-bits",
        "8",
        "--json",
    ]
    said = json.loads(CliRunner().invoke(command, arguments, catch_exceptions=False).output)
    assert (said["upsets"], said["events"], said["multiplicities"]) == (5, 4, {"1": 3, "2": 1})


def test_another_layout_has_other_neighbours(sealed):
    arguments = ["clusters", str(sealed), "--layout", "linear", "--words-per-row", "16", "--word-bits", "8"]
    output = CliRunner().invoke(command, arguments, catch_exceptions=False).output
    assert "5 upsets in 5 events" in output


def test_a_layout_needs_its_sizes(sealed):
    found = CliRunner().invoke(command, ["clusters", str(sealed), "--layout", "linear"])
    assert found.exit_code == 2
    assert "--words-per-row" in found.output
