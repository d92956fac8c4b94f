"""The supervised controller: a hang becomes an alarm, and no upset of the supervisor does harm."""

from __future__ import annotations

from pathlib import Path

import pytest
from space_designs import Design, outcomes, summary_of

from radtest.core import Outcome


def test_all_three_copies_of_the_counter_can_be_upset(tmp_path: Path) -> None:
    targets = Design("watchdog", "hardened", tmp_path).targets()

    copies = {target.name: target.bits for target in targets if ".copy_" in target.name}
    assert copies == {f"hardened.supervisor.copy_{letter}": 8 for letter in "abc"}


@pytest.mark.slow
@pytest.mark.icarus
def test_no_hang_goes_unseen_and_the_supervisor_never_fails(tmp_path: Path) -> None:
    record = Design("watchdog", "hardened", tmp_path).inject()

    assert "hang" not in outcomes(record)
    modules = {row.name: row for row in summary_of(record).modules}
    supervisor = modules["window_watchdog"]
    assert supervisor.counts[Outcome.CORRECTED] == supervisor.upsets > 50
    # The known hole, a wrong average in time, is there too.
    assert modules["averager"].counts[Outcome.DETECTED] > 20
    assert modules["averager"].counts[Outcome.SDC] > 0


@pytest.mark.slow
@pytest.mark.icarus
def test_unsupervised_the_controller_hangs(tmp_path: Path) -> None:
    counts = outcomes(Design("watchdog", "plain", tmp_path).inject())

    assert counts["hang"] > 5
    assert "detected" not in counts
