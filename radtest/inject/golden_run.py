"""The undisturbed run: whether upsets can be judged by it, and what they are compared with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radtest.core.errors import ConfigurationError, InjectionError

__all__ = ["GoldenRun", "read_golden_run"]


@dataclass(frozen=True, slots=True)
class GoldenRun:
    """What the undisturbed run was.

    Parameters
    ----------
    cycles : int
        Whole clock cycles from the first rising edge to the end of the test.
    clock_period_ps : int
        Period of the clock, ps.
    first_edge_ps : int
        Time of the first rising edge, ps.
    quiet_ps : int
        How long after a rising edge upsets fall, ps: half way between the falling and the next rising edge.
    high_ps : int
        How long the clock is high, ps.
    step_ps : float
        The smallest time that the simulation tells apart, ps.
    path : Path
        The full record of it, for the simulations that compare with it.
    """

    cycles: int
    clock_period_ps: int
    first_edge_ps: int
    quiet_ps: int
    high_ps: int
    step_ps: float
    path: Path

    @property
    def steps_per_cycle(self) -> int:
        """Moments of a clock cycle that the simulation tells apart."""
        return round(self.clock_period_ps / self.step_ps)


def read_golden_run(path: Path, where: str, plan: dict[str, Any]) -> GoldenRun:
    """Read what the golden run has written down.

    Parameters
    ----------
    path : Path
        Its record.
    where : str
        Campaign file and simulator, for messages.
    plan : dict
        What it was asked to do.

    Raises
    ------
    ConfigurationError
        If a key of the campaign file does not fit the design or the test.
    InjectionError
        If the test does not pass without an upset.
    """
    golden = json.loads(path.read_text())
    _check(golden, where, plan)
    step_ps = golden["step_ps"]
    return GoldenRun(
        cycles=(golden["end"] - golden["first_edge"]) // golden["period"],
        clock_period_ps=round(golden["period"] * step_ps),
        first_edge_ps=round(golden["first_edge"] * step_ps),
        quiet_ps=round(golden["quiet"] * step_ps),
        high_ps=round(golden["high"] * step_ps),
        step_ps=step_ps,
        path=path,
    )


def _check(golden: dict[str, Any], where: str, plan: dict[str, Any]) -> None:
    if "refused" in golden:
        raise ConfigurationError(
            f"{where}: {golden['refused']}",
            remedy="correct that key; signals of [observe] are named below the design, test.instance below the "
            "top module of the simulation.",
        )
    if not golden["passed"]:
        raise InjectionError(
            f"{where}: the test {plan['test']!r} does not pass without any upset: {golden['detail']}",
            remedy="make the test pass first; an upset can only be judged against a run that is right.",
        )
    if golden["alarm"]:
        raise ConfigurationError(
            f"{where}: observe.alarms: {golden['alarm']!r} goes high without any upset",
            remedy="name only signals that stay low in a run that is right.",
        )
    if golden["correction"]:
        raise ConfigurationError(
            f"{where}: observe.corrected: {golden['correction']!r} goes high without any upset",
            remedy="name only signals that stay low in a run that is right.",
        )
    if golden["edges"] < 2:
        raise ConfigurationError(
            f"{where}: observe.clock = {plan['clock']!r} rose {golden['edges']} times during the test",
            remedy="name the clock of the design.",
        )
    if golden["uneven"] is not None:
        raise ConfigurationError(
            f"{where}: observe.clock = {plan['clock']!r} is not even: rising edge {golden['uneven']} does not come "
            "one period after the one before",
            remedy="name a clock that runs freely from its first edge to the end of the test.",
        )
