"""Intervals of whole campaigns, from the list to the summary, cover what they should about as often as stated.

No simulator: outcomes are drawn, and what is drawn is known.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from campaign_samples import HEADER
from numpy.typing import NDArray

from radtest.core import FaultModel, Outcome, RunEnd, StopReason, Target, TargetKind
from radtest.core.estimate import Estimate
from radtest.inject import SamplingDesign, summarise
from radtest.inject.carrying_out import carry_out
from radtest.inject.configuration import CampaignSection
from radtest.inject.decided import Decided
from radtest.inject.observer import SilentObserver
from radtest.inject.sampling_plan import SamplingPlan
from radtest.inject.upset_list import UpsetList
from radtest.log import OUTCOMES

TARGETS = (
    Target("core.a", "core", TargetKind.FLIP_FLOP, width=40),
    Target("bus.b", "bus", TargetKind.FLIP_FLOP, width=15),
    Target("io.c", "io", TargetKind.FLIP_FLOP, width=5),
)
CYCLES = range(1000)
CAMPAIGNS = 500


class DrawnRecord:
    """A record whose outcomes are drawn; it answers what a summary asks."""

    path = Path("drawn.h5")
    end = RunEnd(0, StopReason.COMPLETED, valid=True)

    def __init__(self, upsets: UpsetList, outcomes: NDArray[np.str_], design: SamplingDesign) -> None:
        source = dataclasses.replace(HEADER.source, sampling=design.to_text())
        self.header = dataclasses.replace(HEADER, source=source)
        self.targets = np.zeros(len(TARGETS))
        self._rows: dict[str, Any] = {
            "upset": upsets.indices[: len(outcomes)],
            "target": upsets.strikes["target"][: len(outcomes)],
            "model": np.full(len(outcomes), FaultModel.SEU.value),
            "outcome": outcomes,
        }

    def target_list(self) -> list[Target]:
        return list(TARGETS)

    def blocks(self, table: object, rows: int, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
        assert table is OUTCOMES
        yield {name: self._rows[name] for name in columns}


class DrawnFollower:
    """Decides upsets by a table of outcomes."""

    def __init__(self, outcomes: NDArray[np.str_]) -> None:
        self._outcomes = [Outcome(word) for word in outcomes.tolist()]

    def follow(self, upsets: UpsetList, journal: object, decided: Callable[[Any], None]) -> None:
        for index in upsets.indices.tolist():
            decided(SimpleNamespace(upset=SimpleNamespace(index=index), outcome=self._outcomes[index]))


def plan(**keys: object) -> SamplingPlan:
    section = CampaignSection.model_validate(keys)
    return SamplingPlan.make(section, Path("c.toml"), TARGETS, range(len(TARGETS)), None)


def words(rng: np.random.Generator, p: NDArray[np.float64]) -> NDArray[np.str_]:
    return np.where(rng.random(len(p)) < p, "sdc", "masked")


def reported(campaign: SamplingPlan, outcomes_of: Callable[[UpsetList], NDArray[np.str_]]) -> tuple[Estimate, int]:
    """Carry a campaign out; return the share of sdc as its summary states it, and how many upsets were made."""
    design = campaign.design(CYCLES)
    upsets = campaign.draw(design, CYCLES)
    outcomes = outcomes_of(upsets)
    decided = Decided(len(upsets))
    journal = SimpleNamespace(quality=lambda *figure: None)
    carry_out(DrawnFollower(outcomes), journal, upsets, design, decided, SilentObserver())  # type: ignore[arg-type]
    record = DrawnRecord(upsets, outcomes[: decided.count], design)
    return summarise(record).total.sdc, decided.count  # type: ignore[arg-type]


@pytest.mark.parametrize(("p", "stop_width"), [pytest.param(0.1, 0.12, marks=pytest.mark.slow), (0.3, 0.135)])
def test_500_campaigns_with_looks_are_covered_93_to_98_percent_of_the_time(p, stop_width):
    rng = np.random.default_rng([1, int(100 * p)])
    covered, sizes = 0, set()
    for seed in range(CAMPAIGNS):
        campaign = plan(looks=[100, 200, 400], stop_width=stop_width, seed=seed)
        estimate, made = reported(campaign, lambda upsets: words(rng, np.full(len(upsets), p)))
        covered += estimate.contains(p)
        sizes.add(made)
    assert 0.93 <= covered / CAMPAIGNS <= 0.98
    assert len(sizes) > 1


@pytest.mark.slow
def test_invalid_upsets_do_not_spoil_the_coverage_of_looks():
    """Every tenth upset is invalid: looks are at 90, 180 and 360 valid ones."""
    p, rng = 0.2, np.random.default_rng(3)
    covered = 0
    for seed in range(CAMPAIGNS):

        def outcomes(upsets: UpsetList) -> NDArray[np.str_]:
            return np.where(upsets.indices % 10 == 9, "invalid", words(rng, np.full(len(upsets), p)))

        estimate, _ = reported(plan(looks=[100, 200, 400], stop_width=0.12, seed=seed), outcomes)
        covered += estimate.contains(p)
    assert 0.93 <= covered / CAMPAIGNS <= 0.98


def test_500_stratified_campaigns_are_covered_93_to_98_percent_of_the_time():
    rng = np.random.default_rng(4)
    of_target = np.array([0.05, 0.3, 0.9])
    truth = float(of_target @ [40, 15, 5]) / 60
    covered = 0
    for seed in range(CAMPAIGNS):
        campaign = plan(upsets=240, strata="module", stratum_minimum=30, seed=seed)
        estimate, made = reported(campaign, lambda upsets: words(rng, of_target[upsets.strikes["target"]]))
        assert made == 240
        covered += estimate.contains(truth)
    assert 0.93 <= covered / CAMPAIGNS <= 0.98


def test_the_minimum_of_a_small_module_does_not_bias_the_whole():
    """Half of the upsets are in a module with a twelfth of the bits."""
    rng = np.random.default_rng(5)
    of_target = np.array([0.0, 0.0, 1.0])
    estimate, _ = reported(
        plan(upsets=300, strata="module", stratum_minimum=150 - 50),
        lambda upsets: words(rng, of_target[upsets.strikes["target"]]),
    )
    assert estimate.value == pytest.approx(5 / 60)


@pytest.mark.parametrize("margin", [pytest.param(0.08, marks=pytest.mark.slow), 0.02])
def test_500_campaigns_with_a_margin_are_covered_and_as_narrow_as_asked_for(margin):
    """Which of the upsets there are is sdc is settled beforehand; a third of them or most are made."""
    cycles = range(30)
    section = CampaignSection.model_validate({"margin": margin})
    campaign = SamplingPlan.make(section, Path("c.toml"), TARGETS, range(3), None)
    design = campaign.design(cycles)
    rng = np.random.default_rng(6)
    sdc = rng.permutation(np.arange(1800) < 720)
    first_bit = np.array([0, 40, 55])
    covered, widths = 0, []
    for seed in range(CAMPAIGNS):
        section = CampaignSection.model_validate({"margin": margin, "seed": seed})
        seeded = dataclasses.replace(campaign, section=section)
        upsets = seeded.draw(design, cycles)
        strikes = upsets.strikes
        which = (first_bit[strikes["target"]] + strikes["bit"]) * 30 + strikes["cycle"]
        record = DrawnRecord(upsets, np.where(sdc[which], "sdc", "masked"), design)
        estimate = summarise(record).total.sdc  # type: ignore[arg-type]
        covered += estimate.contains(0.4)
        widths.append(estimate.high - estimate.low)
    assert 0.93 <= covered / CAMPAIGNS <= 0.99
    assert np.mean(widths) == pytest.approx(2 * margin, rel=0.1)
