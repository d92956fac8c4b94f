"""An upset that is over need not be followed to the end of the test: the outcomes are the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from radtest.core import Outcome
from radtest.inject import Campaign, compare_outcomes
from radtest.log import open_record

DESIGNS = Path(__file__).parents[2] / "hdl_tests" / "designs"


@pytest.mark.slow
@pytest.mark.icarus
@pytest.mark.parametrize(
    ("campaign", "outcome"), [("tmr_bank/hardened.toml", Outcome.CORRECTED), ("parity_fifo/plain.toml", Outcome.MASKED)]
)
def test_outcomes_do_not_depend_on_whether_upsets_end_early(tmp_path: Path, campaign: str, outcome: Outcome) -> None:
    early = Campaign(DESIGNS / campaign, "icarus", tmp_path / "early", upsets=120, seed=3).run()
    late = Campaign(DESIGNS / campaign, "icarus", tmp_path / "late", upsets=120, seed=3, end_early=False).run()

    with open_record(early) as one, open_record(late) as other:
        agreement = compare_outcomes(one, other)
        ended = [result for result in one.injection_results() if result.outcome is outcome]

    assert agreement.compared == 120
    assert agreement.disagreements == ()
    assert len(ended) > 20


@pytest.mark.icarus
def test_an_upset_that_ended_early_says_after_how_many_cycles(tmp_path: Path) -> None:
    record = Campaign(DESIGNS / "parity_fifo/plain.toml", "icarus", tmp_path, upsets=60, seed=3).run()

    with open_record(record) as opened:
        masked = [result for result in opened.injection_results() if result.outcome is Outcome.MASKED]

    assert any("as the golden run again within" in result.detail for result in masked)
