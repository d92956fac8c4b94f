"""What a hardening bought: ratios with intervals, per upset and per device."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import pytest
from record_samples import END, RTL_HEADER

from radtest.cli import main
from radtest.core import Estimate, InjectionResult, Outcome, RecordError, Target, TargetKind, Upset
from radtest.inject import SamplingDesign, Stratum, compare_hardening
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


def weighted(path: Path, sdc: tuple[int, int], bits: int, unit: str = "cm2") -> Path:
    """Seal a campaign of 100 upsets in each of two cells, of which the second is upset ten times as easily."""
    cells = (
        Stratum("hard", (0,), bits, Estimate(1e-15, 1e-15, 1e-15)),
        Stratum("soft", (1,), bits, Estimate(1e-14, 1e-14, 1e-14)),
    )
    design = SamplingDesign(200, 10**6, strata=cells if unit else (), unit=unit)
    source = dataclasses.replace(RTL_HEADER.source, sampling=design.to_text())
    targets = [Target(name, "bank", TargetKind.FLIP_FLOP, width=bits) for name in ("a", "b")]
    with Journal.create(
        path.with_suffix(".journal"), dataclasses.replace(RTL_HEADER, configuration=CAMPAIGN, source=source)
    ) as journal:
        journal.targets(targets)
        for target, count in enumerate(sdc):
            for index in range(100):
                outcome = Outcome.SDC if index < count else Outcome.MASKED
                upset = Upset(100 * target + index, target, 0, 0, index)
                journal.outcome(InjectionResult(upset, outcome, index, 0, 1))
        journal.end(END)
    return seal(path.with_suffix(".journal"), path)


def test_weighed_campaigns_compare_their_devices(tmp_path: Path) -> None:
    plain, hardened = weighted(tmp_path / "p.h5", (10, 50), bits=8), weighted(tmp_path / "h.h5", (10, 5), bits=24)
    with open_record(plain) as before, open_record(hardened) as after:
        sdc = {row.outcome: row for row in compare_hardening(before, after)}[Outcome.SDC]

    assert sdc.plain.value == pytest.approx((0.1 * 1 + 0.5 * 10) / 11)
    assert sdc.ratio.value == pytest.approx((0.1 * 1 + 0.05 * 10) / (0.1 * 1 + 0.5 * 10))
    assert sdc.ratio.low < sdc.ratio.value < sdc.ratio.high
    assert sdc.device_ratio.value == pytest.approx(3 * sdc.ratio.value)


def test_a_weighed_campaign_does_not_compare_with_one_that_is_not(tmp_path: Path) -> None:
    plain, hardened = weighted(tmp_path / "p.h5", (1, 1), 8), weighted(tmp_path / "h.h5", (1, 1), 8, unit="")
    with (
        open_record(plain) as before,
        open_record(hardened) as after,
        pytest.raises(RecordError, match="their weights are cm2 and none"),
    ):
        compare_hardening(before, after)
