"""Sealed memory runs: bits of one scan that are neighbours are one event, and are suspected without a map."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from record_samples import SECOND_NS, bit_upset, memory_run_header

from radtest.analysis.recurring_upsets import recurring_pairs
from radtest.cli.fit import command
from radtest.core import ConfigurationError, RunEnd, StopReason
from radtest.log import Journal, seal

WORDS, WORD_BITS = 4096, 8


def upsets_of(rng, scans=40, per_scan=3, share_of_two=0.5):
    """Upsets of scans; of two-bit ones the second is the same bit of the next word."""
    for scan in range(scans):
        for address in rng.choice(WORDS // 4, per_scan, replace=False) * 4:
            bit = int(rng.integers(WORD_BITS))
            yield scan, int(address), bit
            if rng.random() < share_of_two:
                yield scan, int(address) + 1, bit


def test_distances_that_recur_are_seen_and_chance_is_not():
    scan, address, bit = np.array(list(upsets_of(np.random.default_rng(1)))).T
    assert recurring_pairs(scan, address, bit) == pytest.approx(len(scan) - 120, abs=5)
    alarms = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        scan = np.repeat(np.arange(30), 10)
        alarms += recurring_pairs(scan, rng.integers(WORDS, size=300), rng.integers(WORD_BITS, size=300)) > 0
    assert alarms <= 1


@pytest.mark.parametrize("upsets", [0, 1])
def test_fewer_than_two_upsets_have_no_distance(upsets):
    assert recurring_pairs([1] * upsets, [5] * upsets, [2] * upsets) == 0


@pytest.fixture
def sealed(tmp_path):
    with Journal.create(tmp_path / "run.journal", memory_run_header(WORDS * WORD_BITS)) as journal:
        for scan, address, bit in upsets_of(np.random.default_rng(1)):
            journal.event(bit_upset(scan + 2, address, bit, 1e3 * (scan + 1)))
        for second in range(43):
            journal.fluence((second + 1) * SECOND_NS, 1e3 * second)
        journal.quality("live_fluence_cm2", 4.2e4, "1/cm2")
        journal.end(RunEnd(44 * SECOND_NS, StopReason.EVENTS, valid=True))
    return seal(tmp_path / "run.journal")


def fitted(*words):
    done = CliRunner().invoke(command, [*map(str, words), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_map_makes_events_of_bits(sealed):
    plain = fitted(sealed)
    layout = ("--layout", "interleaved", "--words-per-row", "64", "--word-bits", "8")
    joined = fitted(sealed, *layout)
    assert joined["events"] == pytest.approx(120, abs=3)
    assert plain["events"] > 160
    assert any("distances that recur" in note for note in plain["notes"])
    assert not any("distances that recur" in note for note in joined["notes"])
    (table,) = joined["multiplicities"]
    assert table["upset_bits"] == plain["events"]
    assert [row["bits"] for row in table["by_bits"]][:2] == [1, 2]
    assert joined["drift"][sealed.name]["events"] == joined["events"]


def test_a_map_without_sizes_or_without_runs_is_refused(sealed):
    table = "fixtures/cross_sections/sram_64mbit_seu.csv"
    with pytest.raises(ConfigurationError, match="--layout is for sealed runs"):
        fitted(table, "--layout", "linear", "--words-per-row", "4", "--word-bits", "8")
    with pytest.raises(ConfigurationError, match="belong to a --layout"):
        fitted(sealed, "--word-bits", "8")
    assert CliRunner().invoke(command, [str(sealed), "--layout", "linear"]).exit_code == 2
