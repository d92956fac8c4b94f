"""When within a clock cycle a transient comes: uniformly over the period, and never in doubt about an edge."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radtest.core.errors import ConfigurationError
from radtest.inject.configuration import CampaignSection
from radtest.inject.golden_run import GoldenRun
from radtest.inject.upset_list import UpsetList

__all__ = ["draw_strike_times", "offset_before_edge_ps", "strike_before_edges"]

_STREAM = 3
"""The random numbers for times are none of those for bits and cycles."""


def draw_strike_times(upsets: UpsetList, golden: GoldenRun, section: CampaignSection, where: str) -> UpsetList:
    """Give each upset of a list a time within its cycle, in place of the quiet moment.

    A simulator can start and end a pulse at whole steps of its time only, and what happens to a pulse that starts or
    ends in the very step of an edge is a race. In continuous time that has probability 0; so those steps are left out,
    and all others are equally likely.

    Parameters
    ----------
    upsets : UpsetList
        What is hit in which cycle.
    golden : GoldenRun
        Whose clock counts.
    section : CampaignSection
        Width of the pulse, and the seed. The time of an upset does not depend on how many follow.
    where : str
        Campaign file and simulator, for messages.

    Returns
    -------
    UpsetList
        The same upsets, each with its `offset_ps`.

    Raises
    ------
    ConfigurationError
        If the simulator cannot make a pulse of this width, or the clock leaves no time for its start.
    """
    width_ps, step_ps = section.set_width_ps or 0, golden.step_ps
    steps = width_ps / step_ps
    if steps != round(steps):
        raise ConfigurationError(
            f"{where}: campaign.set_width_ps = {width_ps}: the simulation counts time in steps of {step_ps:g} ps",
            remedy=f"give a multiple of {step_ps:g}, or let a `timescale of the design be finer.",
        )
    allowed = _allowed(golden, round(steps))
    if not len(allowed):
        raise ConfigurationError(
            f"{where}: campaign.set_width_ps = {width_ps}: with a clock of {golden.clock_period_ps} ps in steps of "
            f"{step_ps:g} ps, each pulse of this width would start or end at an edge",
            remedy="choose another width, or let a `timescale of the design be finer.",
        )
    rng = np.random.default_rng(np.random.SeedSequence(section.seed, spawn_key=(_STREAM,)))
    strikes = upsets.strikes.copy()
    strikes["offset_ps"] = np.rint(allowed[rng.integers(len(allowed), size=len(strikes))] * step_ps)
    return UpsetList(strikes, upsets.model)


def strike_before_edges(upsets: UpsetList, golden: GoldenRun, section: CampaignSection, where: str) -> UpsetList:
    """Let each pulse of a list cover the rising edge that ends its cycle, and no falling one.

    Parameters
    ----------
    upsets, golden, section, where
        As for `draw_strike_times`.

    Returns
    -------
    UpsetList
        The same upsets, each with its `offset_ps`.

    Raises
    ------
    ConfigurationError
        As `offset_before_edge_ps` does.
    """
    strikes = upsets.strikes.copy()
    strikes["offset_ps"] = offset_before_edge_ps(golden, section, where)
    return UpsetList(strikes, upsets.model)


def offset_before_edge_ps(golden: GoldenRun, section: CampaignSection, where: str) -> int:
    """Return when in a cycle a pulse begins that is over one step after the rising edge, ps.

    Raises
    ------
    ConfigurationError
        If the simulator cannot make a pulse of this width that covers the rising edge of the clock alone.
    """
    step_ps = golden.step_ps
    steps = (section.set_width_ps or 0) / step_ps
    low = golden.steps_per_cycle - round(golden.high_ps / step_ps)
    if steps != round(steps) or not 2 <= steps <= low:
        raise ConfigurationError(
            f"{where}: campaign.set_width_ps = {section.set_width_ps}: in the simulation, which counts time in steps "
            f"of {step_ps:g} ps, no pulse of this width begins after the falling edge of the clock and ends after the "
            "rising one, as those of a map do",
            remedy=f"give a multiple of {step_ps:g} from {2 * step_ps:g} to {low * step_ps:g}.",
        )
    return round((golden.steps_per_cycle - round(steps) + 1) * step_ps)


def _allowed(golden: GoldenRun, width: int) -> NDArray[np.int64]:
    """Return the steps of a period at which a pulse neither starts nor ends at an edge of the clock."""
    period = golden.steps_per_cycle
    edges = np.array([0, round(golden.high_ps / golden.step_ps)])
    steps = np.arange(period, dtype=np.int64)
    return steps[~(np.isin(steps, edges) | np.isin((steps + width) % period, edges))]
