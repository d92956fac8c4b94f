"""What a simulation reports of an upset, as rows of the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from radtest.core.event import Event
from radtest.core.injection import InjectionResult, Target, TargetKind, Upset
from radtest.core.outcome import Effect, FaultModel, Outcome
from radtest.inject.golden_run import GoldenRun

__all__ = ["injection_event", "injection_result"]


def injection_result(
    upset: Upset, message: dict[str, Any], struck: list[list[int]], golden: GoldenRun
) -> InjectionResult:
    """Return the outcome that a simulation reported.

    `struck` is its report of the strikes: rows of the place among the strikes of the upset, the bit before and after.
    """
    offset_ps = golden.quiet_ps if upset.offset_ps < 0 else upset.offset_ps
    due = golden.first_edge_ps + upset.cycle * golden.clock_period_ps + offset_ps
    read = [(-1, -1)] * len(upset.strikes)
    for place, before, after in struck:
        read[place] = (before, after)
    outcome = Outcome(message["outcome"])
    if not struck and outcome is not Outcome.INVALID:
        # Without a report of the flip nothing shows that there was one.
        outcome = Outcome.INVALID
    return InjectionResult(
        upset=upset,
        outcome=outcome,
        time_ps=due,
        before=read[0][0],
        after=read[0][1],
        latency_cycles=message["latency"],
        observer=message["observer"],
        detail=message["detail"],
        others_read=tuple(read[1:]),
    )


def injection_event(result: InjectionResult, targets: Sequence[Target]) -> Event:
    """Return an outcome as an event like any other."""
    target = targets[result.upset.target]
    is_memory = target.kind is TargetKind.MEMORY
    return Event(
        time_ns=result.time_ps // 1000,
        kind=_effect(result.upset),
        outcome=result.outcome,
        address=target.first_word + result.upset.word if is_memory else None,
        bit=target.lsb + result.upset.bit,
        expected=result.before if result.before >= 0 else None,
        observed=result.after if result.after >= 0 else None,
        channel=target.name,
        detail=result.detail,
    )


def _effect(upset: Upset) -> Effect:
    """Return the effect of radiation that a fault stands for; a bit that is stuck is a transistor that is damaged."""
    if upset.model is FaultModel.MCU:
        return Effect.MBU if upset.others else Effect.SEU
    return {FaultModel.SEU: Effect.SEU, FaultModel.SET: Effect.SET}.get(upset.model, Effect.DD)
