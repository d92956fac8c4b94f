"""The counts of a map, worked out by hand, and that they add up."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from map_samples import CORE, FLAG, outcomes, write_map

from radtest.core import ConfigurationError, Outcome, Target, TargetKind
from radtest.inject.exhaustive.map_file import MAP_OUTCOMES, is_upset_map, open_map
from radtest.inject.exhaustive.map_summary import Concentration, MapPart, MapSummary, summarise_map

WIDE = Target("wide", "top", TargetKind.MEMORY, 7)


def summary_of(path: Path, *lines: str) -> MapSummary:
    with open_map(write_map(path, outcomes(*lines))) as upset_map:
        return summarise_map(upset_map)


@pytest.fixture
def summary(tmp_path: Path) -> MapSummary:
    # flag, core.count[0], core.count[1]; five cycles from cycle 4 on
    return summary_of(tmp_path / "map.h5", "mmmms", "ssslm", "hdmcs")


def test_all_upsets_are_counted_by_outcome(summary):
    assert summary.total.counts == {
        Outcome.MASKED: 6,
        Outcome.LATENT: 1,
        Outcome.CORRECTED: 1,
        Outcome.SDC: 5,
        Outcome.HANG: 1,
        Outcome.DETECTED: 1,
    }
    assert (summary.total.bits, summary.total.upsets, summary.cycles, summary.first_cycle) == (3, 15, 5, 4)
    assert summary.total.sdc == pytest.approx(5 / 15)
    assert summary.total.vulnerable == pytest.approx(7 / 15)


def test_registers_and_modules_have_their_own_shares(summary):
    count, flag = summary.registers
    assert (count.name, count.module, count.kind, count.src, count.bits) == (
        *("core.count", "core", "flip_flop", "core.v:7"),
        2,
    )
    assert (count.upsets, count.sdc, count.vulnerable) == (10, 0.4, 0.6)
    assert (flag.upsets, flag.sdc, flag.vulnerable) == (5, 0.2, 0.2)
    assert [(part.name, part.bits, part.counts[Outcome.SDC]) for part in summary.modules] == [
        ("core", 2, 4),
        ("top", 1, 1),
    ]
    assert [(part.name, part.bits) for part in summary.kinds] == [("flip_flop", 3)]


def test_the_registers_with_most_visible_errors_come_first(summary):
    assert [part.name for part in summary.most_vulnerable()] == ["core.count", "flag"]
    assert [part.name for part in summary.most_vulnerable(1)] == ["core.count"]


def test_stretches_of_cycles_follow_one_another_and_hold_every_upset(summary):
    first, last = summary.stretches(2)
    assert (first.first_cycle, first.last_cycle, first.part.upsets) == (4, 5, 6)
    assert (last.first_cycle, last.last_cycle, last.part.upsets) == (6, 8, 9)
    assert (first.part.counts[Outcome.SDC], last.part.counts[Outcome.SDC]) == (2, 3)
    assert len(summary.stretches(99)) == 5
    with pytest.raises(ConfigurationError, match="give 1 or more"):
        summary.stretches(0)


def test_the_curve_takes_the_bits_with_most_sdc_first(summary):
    sdc = summary.sdc
    assert sdc.order.tolist() == [1, 0, 2]
    assert sdc.counts.tolist() == [3, 1, 1]
    assert sdc.bit_shares == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert sdc.upset_shares == pytest.approx([0, 0.6, 0.8, 1])


@pytest.mark.parametrize(("share", "bits"), [(0, 0), (0.5, 1), (0.6, 1), (0.61, 2), (0.8, 2), (0.9, 3), (1, 3)])
def test_the_fewest_bits_that_hold_a_share(summary, share, bits):
    assert summary.sdc.bits_holding(share) == bits
    assert summary.sdc.share_holding(share) == pytest.approx(bits / 3)


def test_a_share_is_not_missed_by_the_last_digit_of_a_float():
    concentration = Concentration(np.arange(100), np.ones(100, np.int64))
    assert [concentration.bits_holding(n / 100) for n in range(101)] == list(range(101))


def test_a_share_beyond_all_is_refused(summary):
    with pytest.raises(ConfigurationError, match="share from 0 to 1"):
        summary.sdc.bits_holding(1.2)


def test_without_sdc_no_bits_hold_it(tmp_path):
    summary = summary_of(tmp_path / "map.h5", "mm", "ml", "dd")
    assert (summary.sdc.upsets, summary.sdc.bits_holding(0.9)) == (0, 0)
    assert summary.sdc.upset_shares.tolist() == [0, 0, 0, 0]
    assert [part.name for part in summary.most_vulnerable()] == ["core.count"]


def test_a_target_without_bits_in_the_map_is_no_row(tmp_path):
    path = write_map(tmp_path / "map.h5", outcomes("m", "s"), [Target("none", "top", FLAG.kind, 0), CORE])
    with open_map(path) as upset_map:
        assert [part.name for part in summarise_map(upset_map).registers] == ["core.count"]


def test_a_part_without_upsets_has_no_share():
    assert math.isnan(MapPart("none", 0, dict.fromkeys(MAP_OUTCOMES, 0)).sdc)


def test_the_outcomes_themselves_are_not_read(tmp_path):
    with open_map(write_map(tmp_path / "map.h5", outcomes("ms", "mm", "mm"))) as upset_map:
        upset_map.outcome = None
        assert summarise_map(upset_map).total.counts[Outcome.SDC] == 1


def test_a_map_is_told_from_other_files(tmp_path):
    assert is_upset_map(write_map(tmp_path / "map.h5", outcomes("m", "m", "m")))
    (tmp_path / "text.h5").write_text("no HDF5")
    assert not is_upset_map(tmp_path / "text.h5")
    assert not is_upset_map(tmp_path / "none.h5")


@settings(max_examples=25, deadline=None)
@given(arrays(np.uint8, st.tuples(st.just(10), st.integers(1, 30)), elements=st.integers(0, 5)), st.integers(1, 40))
def test_counts_add_up(outcome, stretches):
    with tempfile.TemporaryDirectory() as folder:
        path = write_map(Path(folder) / "map.h5", outcome, (FLAG, CORE, WIDE), block=7)
        with open_map(path) as upset_map:
            summary = summarise_map(upset_map)
    assert summary.total.upsets == outcome.size
    for number, one in enumerate(MAP_OUTCOMES):
        total = int((outcome == number).sum())
        assert summary.total.counts[one] == total
        for parts in (summary.modules, summary.registers, summary.kinds):
            assert sum(part.counts[one] for part in parts) == total
        assert sum(stretch.part.counts[one] for stretch in summary.stretches(stretches)) == total
        assert summary.by_cycle[:, number].sum() == total
    assert sum(summary.total.shares.values()) == pytest.approx(1)
    curve = summary.sdc.upset_shares
    assert (np.diff(curve) >= 0).all()
    assert (np.diff(curve, 2) <= 1e-12).all()
    assert curve[-1] == (1 if summary.sdc.upsets else 0)
    held = summary.sdc.bits_holding(0.9)
    assert curve[held] >= 0.9 or not summary.sdc.upsets
    assert held == 0 or curve[held - 1] < 0.9
