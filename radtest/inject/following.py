"""Carrying out a list of upsets and writing each outcome into the journal as it comes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radtest.core.errors import InjectionError
from radtest.core.injection import InjectionResult
from radtest.inject.golden_run import GoldenRun
from radtest.inject.reports import injection_event, injection_result
from radtest.inject.simulation import Simulation
from radtest.inject.strategies import fork_reports, restart_reports
from radtest.inject.targets import TargetList
from radtest.inject.upset_list import UpsetList
from radtest.log import Journal

__all__ = ["Follower", "complaints"]

_STRATEGIES = {"fork": fork_reports, "restart": restart_reports}
_REPEAT = "make the test repeat itself exactly: no time of day, no random numbers of the system, all it uses reset."


@dataclass(frozen=True, slots=True)
class Follower:
    """All that is needed to carry out upsets.

    Parameters
    ----------
    simulation : Simulation
        The simulation, built.
    plan : dict
        What it is told to do.
    golden : GoldenRun
        The undisturbed run.
    targets : TargetList
        The targets of the design.
    """

    simulation: Simulation
    plan: dict[str, Any]
    golden: GoldenRun
    targets: TargetList

    def follow(self, upsets: UpsetList, journal: Journal, decided: Callable[[InjectionResult], None]) -> None:
        """Make each upset of a list, write its outcome down and pass it on.

        Parameters
        ----------
        upsets : UpsetList
            What is to be made.
        journal : Journal
            Where outcomes and events go.
        decided : callable
            Called with each outcome, after it was queued.

        Raises
        ------
        InjectionError
            If a run without an upset differs from the golden run, or the simulation ends before its time.
        """
        simulation = self.simulation
        where = f"{simulation.campaign_file} ({simulation.simulator})"
        struck: dict[int, list[list[int]]] = {}
        done = 0
        ended = False
        reports = _STRATEGIES[self.plan["strategy"]](simulation, self.plan, upsets)
        with contextlib.closing(reports):
            for message in reports:
                if "error" in message:
                    raise InjectionError(f"{where}: {message['error']}", remedy=message.get("remedy", _REPEAT))
                if "end" in message:
                    ended = True
                elif "struck" in message:
                    struck.setdefault(message["index"], []).extend(message["struck"])
                else:
                    upset = upsets.of_index(message["index"])
                    result = injection_result(upset, message, struck.pop(upset.index, []), self.golden)
                    journal.outcome(result)
                    journal.event(injection_event(result, self.targets.targets))
                    done += 1
                    decided(result)
        if not ended or done != len(upsets):
            log = simulation.folder / "campaign.log"
            raise InjectionError(
                f"{simulation.campaign_file}: {simulation.simulator} ended after {done} of {len(upsets)} upsets:"
                f"\n{complaints(log)}",
                remedy=f"all it said is in {log}; what was decided is kept in the record.",
            )


def complaints(log: Path, count: int = 10) -> str:
    """Return the telling lines of a simulation's log."""
    lines = [line.rstrip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if any(word in line for word in ("Error", "ERROR", "error:", "CRITICAL"))]
    return "\n".join(f"    {line}" for line in (telling or lines)[-count:]) or "    (it said nothing)"
