"""Upsets in PicoRV32 while it computes a CRC-32: Icarus and Verilator agree one for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from radtest.core import Outcome
from radtest.inject import Campaign, compare_outcomes
from radtest.log import open_record, verify

CAMPAIGN = Path(__file__).parents[2] / "hdl_tests" / "picorv32_soc" / "picorv32_soc.toml"

pytestmark = [pytest.mark.icarus, pytest.mark.verilator]


@pytest.mark.slow
@pytest.mark.parametrize("upsets", [40, pytest.param(240, marks=pytest.mark.slow)])
def test_the_simulators_agree_one_for_one(tmp_path, upsets):
    one = Campaign(CAMPAIGN, "icarus", tmp_path, upsets=upsets).run()
    other = Campaign(CAMPAIGN, "verilator", tmp_path, upsets=upsets).run()

    assert verify(one).ok
    assert verify(other).ok
    with open_record(one) as first, open_record(other) as second:
        agreement = compare_outcomes(first, second)
        seen = [(r.outcome, r.observer, r.latency_cycles, r.before) for r in first.injection_results()]
        also_seen = [(r.outcome, r.observer, r.latency_cycles, r.before) for r in second.injection_results()]

    assert (agreement.compared, agreement.disagreements) == (upsets, ())
    assert sorted(seen) == sorted(also_seen)
    outcomes = {outcome for outcome, *_ in seen}
    assert {Outcome.MASKED, Outcome.SDC, Outcome.DETECTED} <= outcomes
    assert Outcome.INVALID not in outcomes
