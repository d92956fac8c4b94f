"""What a hardening bought: ratios with intervals, per upset and per device."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import pytest
from record_samples import END, RTL_HEADER

from radtest.cli import main
from radtest.core import InjectionResult, Outcome, RecordError, Target, TargetKind, Upset
from radtest.inject import compare_hardening
from radtest.log import Journal, open_record, seal

CAMPAIGN = """
[design]
top = "bank"
sources = ["bank.sv"]
[test]
module = "bank_bench"
name = "works"
[observe]
clock = "clk"
[campaign]
upsets = 100
"""


def campaign(path: Path, counts: dict[Outcome, int], *, copies: int) -> Path:
    """Seal a campaign with these outcomes on a register of 8 bits in so many copies, and a memory that was not hit."""
    targets = [Target(f"copy_{n}", "bank", TargetKind.FLIP_FLOP, width=8) for n in range(copies)]
    targets.append(Target("ram", "bank", TargetKind.MEMORY, width=8, words=64))
    with Journal.create(
        path.with_suffix(".journal"), dataclasses.replace(RTL_HEADER, configuration=CAMPAIGN)
    ) as journal:
        journal.targets(targets)
        outcomes = [outcome for outcome, count in counts.items() for _ in range(count)]
        for index, outcome in enumerate(outcomes):
            upset = Upset(index, target=0, word=0, bit=index % 8, cycle=index)
            journal.outcome(InjectionResult(upset, outcome, time_ps=index, before=0, after=1))
        journal.end(END)
    return seal(path.with_suffix(".journal"), path)


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return campaign(tmp_path / "plain.h5", {Outcome.SDC: 80, Outcome.MASKED: 20}, copies=1)


@pytest.fixture
def hardened(tmp_path: Path) -> Path:
    return campaign(tmp_path / "hardened.h5", {Outcome.SDC: 4, Outcome.CORRECTED: 96}, copies=3)


def test_the_ratio_is_per_upset_and_per_device(plain: Path, hardened: Path) -> None:
    with open_record(plain) as before, open_record(hardened) as after:
        rows = {row.outcome: row for row in compare_hardening(before, after)}

    sdc = rows[Outcome.SDC]
    assert (sdc.plain.value, sdc.hardened.value) == (0.80, 0.04)
    assert sdc.ratio.value == pytest.approx(0.05)
    assert 0.0 < sdc.ratio.low < 0.05 < sdc.ratio.high < 0.2
    # Three copies are hit three times as often as one; the memory took no part.
    assert sdc.device_ratio.value == pytest.approx(0.15)
    assert sdc.device_ratio.high == pytest.approx(3 * sdc.ratio.high)


def test_what_neither_saw_has_no_ratio(plain: Path, hardened: Path) -> None:
    with open_record(plain) as before, open_record(hardened) as after:
        hang = next(row for row in compare_hardening(before, after) if row.outcome is Outcome.HANG)

    assert math.isnan(hang.ratio.value)
    assert (hang.ratio.low, hang.ratio.high) == (0.0, math.inf)


def test_a_campaign_without_a_valid_upset_is_refused(plain: Path, tmp_path: Path) -> None:
    invalid = campaign(tmp_path / "invalid.h5", {Outcome.INVALID: 3}, copies=1)

    with (
        open_record(plain) as before,
        open_record(invalid) as after,
        pytest.raises(RecordError, match="none of its upsets is valid"),
    ):
        compare_hardening(before, after)


def test_the_command_prints_one_object(plain: Path, hardened: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["inject", "--compare", str(plain), str(hardened), "--json"])

    found = json.loads(capsys.readouterr().out)
    assert end.value.code == 0
    assert found["outcomes"]["sdc"]["ratio"]["value"] == pytest.approx(0.05)
    assert found["outcomes"]["hang"]["ratio"]["value"] is None
