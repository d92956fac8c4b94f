"""What maps prove of the project's own designs, and that simulators agree with them."""

from pathlib import Path

import numpy as np
import pytest

from radtest.core import Outcome
from radtest.inject.exhaustive import check_map, draw_from_map, engine, map_upsets, open_map

ROOT = Path(__file__).parents[2]
DESIGNS = ROOT / "hdl_tests" / "designs"


def _counts(campaign: Path, tmp_path: Path, check: int) -> dict[Outcome, int]:
    """Map a design, make some of its upsets in Icarus, and return how many came to each outcome."""
    with open_map(map_upsets(campaign, tmp_path / "map.h5", simulator="icarus")) as upset_map:
        result = check_map(upset_map, draw_from_map(upset_map, check, seed=1), "icarus", tmp_path / "check")
        assert result.disagreements == ()
        assert result.compared == check
        return upset_map.counts


def _nonzero(counts: dict[Outcome, int]) -> dict[Outcome, int]:
    return {outcome: count for outcome, count in counts.items() if count}


@pytest.mark.icarus
def test_every_upset_of_the_triplicated_bank_is_corrected(tmp_path: Path) -> None:
    counts = _counts(DESIGNS / "tmr_bank/hardened.toml", tmp_path, check=40)

    assert counts[Outcome.CORRECTED] == sum(counts.values()) > 10_000


@pytest.mark.icarus
def test_the_bank_with_merged_copies_is_found_out(tmp_path: Path) -> None:
    counts = _counts(DESIGNS / "tmr_bank/merged.toml", tmp_path, check=40)

    assert counts[Outcome.SDC] > 0.9 * sum(counts.values())


@pytest.mark.slow
@pytest.mark.icarus
def test_no_upset_of_the_coded_memory_corrupts_in_silence(tmp_path: Path) -> None:
    counts = _counts(DESIGNS / "secded_memory/hardened.toml", tmp_path, check=150)

    assert counts[Outcome.SDC] == 0
    assert counts[Outcome.CORRECTED] > 100_000


@pytest.mark.slow
@pytest.mark.icarus
def test_the_sums_of_the_systolic_array_cover_every_upset(tmp_path: Path) -> None:
    counts = _counts(DESIGNS / "systolic_abft/hardened.toml", tmp_path, check=150)

    # The table in docs/designs.md.
    assert _nonzero(counts) == {Outcome.MASKED: 77_984, Outcome.LATENT: 47_040, Outcome.DETECTED: 193_488}


@pytest.mark.slow
@pytest.mark.icarus
def test_the_systolic_array_without_sums_corrupts_more_than_half(tmp_path: Path) -> None:
    counts = _counts(DESIGNS / "systolic_abft/plain.toml", tmp_path, check=150)

    assert _nonzero(counts) == {Outcome.MASKED: 54_303, Outcome.LATENT: 34_831, Outcome.SDC: 128_338}


@pytest.mark.slow
@pytest.mark.icarus
@pytest.mark.ghdl
def test_every_upset_of_the_telemetry_in_vhdl_that_is_not_protected(tmp_path: Path) -> None:
    counts = _counts(DESIGNS / "hk_telemetry/plain.toml", tmp_path, check=100)

    assert _nonzero(counts) == {Outcome.MASKED: 2_046, Outcome.LATENT: 85, Outcome.SDC: 9_877}


@pytest.mark.slow
@pytest.mark.icarus
@pytest.mark.ghdl
def test_every_upset_of_the_triplicated_telemetry_in_vhdl_is_corrected(tmp_path: Path) -> None:
    counts = _counts(DESIGNS / "hk_telemetry/hardened.toml", tmp_path, check=100)

    assert counts[Outcome.CORRECTED] == sum(counts.values()) > 30_000


@pytest.mark.slow
@pytest.mark.icarus
def test_every_upset_of_picorv32_has_the_outcome_of_the_simulator(tmp_path: Path) -> None:
    counts = _counts(ROOT / "fixtures/designs/picorv32_soc.toml", tmp_path, check=500)

    assert all(counts[outcome] for outcome in Outcome if outcome not in (Outcome.CORRECTED, Outcome.INVALID))


@pytest.mark.icarus
@pytest.mark.slow
def test_a_map_does_not_depend_on_how_wide_vectors_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maps = []
    for lanes in (128, 256, 512):
        monkeypatch.setattr(engine, "vector_lanes", lambda lanes=lanes: lanes)
        with open_map(map_upsets(DESIGNS / "parity_fifo/hardened.toml", tmp_path / f"{lanes}.h5")) as upset_map:
            maps.append([upset_map.outcome[:], upset_map.observer[:], upset_map.latency_cycles[:]])

    assert len(np.unique(maps[0][0])) > 2
    for other in maps[1:]:
        assert all((one == two).all() for one, two in zip(maps[0], other, strict=True))
