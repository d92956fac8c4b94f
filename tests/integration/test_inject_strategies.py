"""One forked simulation, or one simulation for each upset: the outcomes are the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from injection_samples import write_project

from radtest.core import Outcome, Simulation
from radtest.inject import Campaign, compare_outcomes
from radtest.log import open_record

ROOT = Path(__file__).parents[2]
PICORV32 = ROOT / "hdl_tests/picorv32_soc/picorv32_soc.toml"


def compared(campaign: Path, folder: Path, simulator: str, upsets: int) -> tuple[int, int, set[Outcome]]:
    """Return how many upsets were compared, how many differ, and the outcomes seen."""
    records = [
        Campaign(campaign, simulator, folder / strategy, upsets=upsets, strategy=strategy).run()  # type: ignore[arg-type]
        for strategy in ("fork", "restart")
    ]
    with open_record(records[0]) as one, open_record(records[1]) as other:
        sources = [record.header.source for record in (one, other)]
        assert [s.strategy for s in sources if isinstance(s, Simulation)] == ["fork", "restart"]
        agreement = compare_outcomes(one, other)
        seen = {result.outcome for result in one.injection_results()}
    return agreement.compared, len(agreement.disagreements), seen


@pytest.mark.slow
@pytest.mark.icarus
def test_fork_and_restart_agree_on_a_design_that_knows_every_outcome(tmp_path: Path) -> None:
    # Upsets that make the simulator spin until the wall-clock limit, end itself, or trip an alarm are among them.
    settings = {"include": ["stuck_loop", "last_word", "copy_a", "parity", "running", "remaining", "note", "spare"]}
    window = {"first_cycle": 12, "last_cycle": 12, "wall_timeout_s": 3.0, "upsets": 25}
    project = write_project(tmp_path, campaign={**window, **settings})

    compared_upsets, differing, seen = compared(project, tmp_path, "icarus", upsets=25)

    assert (compared_upsets, differing) == (25, 0)
    assert seen == set(Outcome) - {Outcome.INVALID}


@pytest.mark.slow
@pytest.mark.parametrize(
    "simulator",
    [pytest.param("icarus", marks=pytest.mark.icarus), pytest.param("verilator", marks=pytest.mark.verilator)],
)
def test_fork_and_restart_agree_on_300_upsets_of_picorv32(tmp_path: Path, simulator: str) -> None:
    compared_upsets, differing, _ = compared(PICORV32, tmp_path, simulator, upsets=300)

    assert (compared_upsets, differing) == (300, 0)
