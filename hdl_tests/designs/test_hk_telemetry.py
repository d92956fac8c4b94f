"""The housekeeping telemetry in VHDL: no single upset does harm, but neighbouring ones may, where the copies lie."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from space_designs import HERE, Design, outcomes

from radtest.core import Outcome
from radtest.inject import run

FIELDS = {
    "bit_count": 4,
    "channel": 2,
    "checksum": 12,
    "frame": 4,
    "last": 1,
    "sample": 12,
    "sclk": 1,
    "state": 2,
}


@pytest.mark.ghdl
def test_all_three_copies_can_be_upset_element_by_element(tmp_path: Path) -> None:
    targets = Design("hk_telemetry", "hardened", tmp_path).targets()

    assert {target.name: target.bits for target in targets} == {
        f"registers.copy_{copy}.{field}": bits for copy in "abc" for field, bits in FIELDS.items()
    }


@pytest.mark.ghdl
def test_every_upset_of_a_copy_is_corrected(tmp_path: Path) -> None:
    assert outcomes(Design("hk_telemetry", "hardened", tmp_path).inject(upsets=40)) == {"corrected": 40}


@pytest.mark.slow
@pytest.mark.ghdl
def test_two_thousand_upsets_of_the_copies_are_corrected(tmp_path: Path) -> None:
    assert outcomes(Design("hk_telemetry", "hardened", tmp_path).inject(upsets=2000)) == {"corrected": 2000}


@pytest.mark.slow
@pytest.mark.ghdl
def test_without_copies_upsets_corrupt_in_silence(tmp_path: Path) -> None:
    counts = outcomes(Design("hk_telemetry", "plain", tmp_path).inject(upsets=40))

    assert counts["sdc"] > 20
    assert "corrected" not in counts
    assert "invalid" not in counts


@pytest.mark.ghdl
def test_two_upsets_side_by_side_win_the_vote_where_the_copies_are_neighbours(tmp_path: Path) -> None:
    counts = outcomes(Design("hk_telemetry", "side_by_side", tmp_path).inject(upsets=20))

    assert counts["sdc"] > 10


@pytest.mark.ghdl
def test_two_upsets_side_by_side_do_no_harm_where_the_copies_lie_apart(tmp_path: Path) -> None:
    apart = tmp_path / "apart.csv"
    near = (HERE / "hk_telemetry" / "side_by_side.csv").read_text().splitlines()
    far = [near[0]]
    for row in near[1:]:
        name, x, y = row.split(",")
        far.append(f"{name},{1000 * float(x)},{y}")
    apart.write_text("\n".join(far))
    campaign = tomllib.loads((HERE / "hk_telemetry" / "side_by_side.toml").read_text())
    campaign["campaign"] |= {"cluster": {"size": 2, "placement": str(apart)}, "upsets": 20}

    result = run(campaign, "ghdl", tmp_path / "records", base=HERE / "hk_telemetry")

    assert result.count(Outcome.CORRECTED) == 20
