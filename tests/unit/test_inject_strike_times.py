"""When within a cycle a transient comes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radtest.core import ConfigurationError, FaultModel
from radtest.inject import GoldenRun
from radtest.inject.configuration import CampaignSection
from radtest.inject.strike_times import draw_strike_times, offset_before_edge_ps
from radtest.inject.upset_list import STRIKE, UpsetList


def golden(period_ps: int = 1000, high_ps: int = 400, step_ps: float = 1.0) -> GoldenRun:
    quiet_ps = (period_ps + high_ps) // 2
    return GoldenRun(100, period_ps, 0, quiet_ps, high_ps=high_ps, step_ps=step_ps, path=Path("golden.json"))


def offsets(count: int, width_ps: int, run: GoldenRun, seed: int = 1) -> list[int]:
    strikes = np.zeros(count, dtype=STRIKE)
    strikes["upset"] = np.arange(count)
    section = CampaignSection(upsets=1, model=FaultModel.SET, set_width_ps=width_ps, seed=seed)
    drawn = draw_strike_times(UpsetList(strikes, FaultModel.SET), run, section, "c.toml (icarus)")
    return [upset.offset_ps for upset in drawn]


@given(width_ps=st.integers(1, 5000), high_ps=st.integers(1, 999), seed=st.integers(0, 2**32))
def test_a_pulse_neither_starts_nor_ends_at_an_edge(width_ps, high_ps, seed):
    for offset in offsets(20, width_ps, golden(high_ps=high_ps), seed):
        assert 0 <= offset < 1000
        assert not {offset, (offset + width_ps) % 1000} & {0, high_ps}


def test_all_other_steps_are_equally_likely():
    drawn = np.array(offsets(200_000, 30, golden(period_ps=100, high_ps=50)))
    counts = np.bincount(drawn, minlength=100)

    # Excluded are the edges, 0 and 50, and the starts of pulses that end at them.
    assert np.flatnonzero(counts == 0).tolist() == [0, 20, 50, 70]
    expected = 200_000 / 96
    chi_squared = ((counts[counts > 0] - expected) ** 2 / expected).sum()
    # 95 degrees of freedom: 144 is exceeded once in a thousand times.
    assert chi_squared < 144


def test_the_time_of_an_upset_does_not_depend_on_how_many_follow():
    assert offsets(50, 100, golden()) == offsets(500, 100, golden())[:50]
    assert offsets(50, 100, golden()) != offsets(50, 100, golden(), seed=2)


@pytest.mark.parametrize(("width_ps", "step_ps", "offset_ps"), [(2, 1.0, 999), (600, 1.0, 401), (100, 10.0, 910)])
def test_a_pulse_of_a_map_ends_one_step_after_the_rising_edge(width_ps, step_ps, offset_ps):
    section = CampaignSection(upsets=1, model=FaultModel.SET, set_width_ps=width_ps)
    assert offset_before_edge_ps(golden(step_ps=step_ps), section, "c.toml") == offset_ps


@pytest.mark.parametrize(("width_ps", "step_ps"), [(1, 1.0), (601, 1.0), (15, 10.0)])
def test_a_pulse_of_a_map_covers_no_other_edge(width_ps, step_ps):
    section = CampaignSection(upsets=1, model=FaultModel.SET, set_width_ps=width_ps)
    with pytest.raises(ConfigurationError, match=f"set_width_ps = {width_ps}: .* after the falling edge") as error:
        offset_before_edge_ps(golden(step_ps=step_ps), section, "c.toml")
    assert f"give a multiple of {step_ps:g} from {2 * step_ps:g} to 600" in error.value.remedy


def test_times_are_whole_steps_of_the_simulation():
    assert {offset % 10 for offset in offsets(200, 100, golden(step_ps=10.0))} == {0}


@pytest.mark.parametrize(
    ("width_ps", "run", "said"),
    [
        (105, golden(step_ps=10.0), r"set_width_ps = 105: the simulation counts time in steps of 10 ps"),
        (1, golden(period_ps=4, high_ps=2), r"each pulse of this width would start or end at an edge"),
    ],
)
def test_a_width_that_cannot_be_made_is_refused(width_ps, run, said):
    with pytest.raises(ConfigurationError, match=said) as error:
        offsets(1, width_ps, run)

    assert error.value.remedy
