"""What a simulation reports of an upset, as rows of the record."""

from __future__ import annotations

from typing import Any

from radtest.core.event import Event
from radtest.core.injection import InjectionResult, TargetKind, Upset
from radtest.core.outcome import Effect, Outcome
from radtest.inject.golden_run import GoldenRun
from radtest.inject.targets import TargetList

__all__ = ["injection_event", "injection_result"]


def injection_result(
    upset: Upset, message: dict[str, Any], injected: list[int] | None, golden: GoldenRun
) -> InjectionResult:
    """Return the outcome that a simulation reported; `injected` is its report of the flip, if there was one."""
    due = golden.first_edge_ps + upset.cycle * golden.clock_period_ps + golden.quiet_ps
    _, before, after = injected or (0, -1, -1)
    outcome = Outcome(message["outcome"])
    if injected is None and outcome is not Outcome.INVALID:
        # Without a report of the flip nothing shows that there was one.
        outcome = Outcome.INVALID
    return InjectionResult(
        upset=upset,
        outcome=outcome,
        time_ps=due,
        before=before,
        after=after,
        latency_cycles=message["latency"],
        observer=message["observer"],
        detail=message["detail"],
    )


def injection_event(result: InjectionResult, targets: TargetList) -> Event:
    """Return an outcome as an event like any other."""
    target = targets.targets[result.upset.target]
    is_memory = target.kind is TargetKind.MEMORY
    return Event(
        time_ns=result.time_ps // 1000,
        kind=Effect.SEU,
        outcome=result.outcome,
        address=target.first_word + result.upset.word if is_memory else None,
        bit=target.lsb + result.upset.bit,
        expected=result.before if result.before >= 0 else None,
        observed=result.after if result.after >= 0 else None,
        channel=target.name,
        detail=result.detail,
    )
