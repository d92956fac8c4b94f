"""Mapped again, a hardened design shows the reduction that was foreseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from radtest.core import Outcome
from radtest.inject.exhaustive import map_upsets, open_map
from radtest.inject.exhaustive.hardened import write_hardened
from radtest.inject.exhaustive.protection import choose_protection

PICORV32 = Path(__file__).parents[2] / "fixtures/designs/picorv32_soc.toml"


@pytest.mark.slow
@pytest.mark.icarus
def test_picorv32_hardened_for_a_tenth_of_its_silent_corruption_keeps_the_promise(tmp_path: Path) -> None:
    with open_map(map_upsets(PICORV32, tmp_path / "plain.h5", simulator="icarus")) as upset_map:
        protection = choose_protection(upset_map, 10.0)
        made = write_hardened(upset_map, protection, tmp_path / "hardened")

    assert protection.before >= 10 * protection.after
    with open_map(map_upsets(made.campaign, tmp_path / "again.h5", simulator="icarus")) as again:
        # What a case is for a value that is none of its own, full_case, is Yosys' choice in the netlist.
        assert again.counts[Outcome.SDC] == pytest.approx(protection.after, rel=0.002)
        assert protection.before >= 10 * again.counts[Outcome.SDC]
