"""What stands around a design in a simulation: its storage, its observation, its faults. Runs inside the simulation."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.triggers import Timer

from radtest.core.injection import Target, TargetKind
from radtest.inject.convergence import GoldenCourse
from radtest.inject.forcing import Faults
from radtest.inject.handles import Storage, find_handle
from radtest.inject.observation import Observation
from radtest.inject.rest import end_of_time_step
from radtest.inject.vhdl.bench import open_vhdl

__all__ = ["faults_of", "golden_course_of", "look_once_a_cycle", "observation_of", "storage_of"]


def storage_of(design: Any, plan: dict[str, Any]) -> tuple[Storage, dict[str, Any]]:
    """Return what is stored, and the plan with names as the simulator has them."""
    targets = [_target(row) for row in plan["targets"]]
    storage, plan = open_vhdl(design, targets, plan) if plan["vhdl"] else (Storage(design, targets), plan)
    cocotb.start_soon(_define(storage))
    return storage, plan


async def _define(storage: Storage) -> None:
    # Not at time 0: a combinational block that has not begun to wait for its inputs would miss the change for good.
    await Timer(1, "step")
    storage.define()


def _target(row: dict[str, Any]) -> Target:
    return Target(**{**row, "kind": TargetKind(row["kind"])})


def faults_of(design: Any, storage: Storage, plan: dict[str, Any]) -> Faults:
    """Return what holds bits at a level."""
    targets = [*storage.targets, *map(_target, plan["nets"])]
    means = plan["forced"], plan["unforced"], plan["written_besides"]
    return Faults(design, plan["simulator"], storage, targets, *means)


def observation_of(design: Any, plan: dict[str, Any], golden: dict[str, Any] | None = None) -> Observation:
    """Return what looks at the signals of ``[observe]``, and compares them with those of the golden run."""
    observe = plan["observe"]
    signals = observe["outputs"], observe["alarms"], observe["corrected"]
    return Observation(design, *signals, golden, clocked=plan["clocked"])


async def look_once_a_cycle(observation: Observation, first: int, period: int) -> None:
    """Look at what a run shows as flip-flops behind it would: just before each rising edge of the clock."""
    wait = first
    while True:
        await Timer(wait, "step")
        await end_of_time_step()
        observation.look()
        wait = period


def golden_course_of(design: Any, storage: Storage, plan: dict[str, Any]) -> GoldenCourse | None:
    """Return what decides whether an upset is over, or None where not all that stores and shows can be seen."""
    if not plan["course"] or storage.missing:
        return None
    try:
        ports = [find_handle(design, name) for name in plan["ports"]]
    except LookupError:
        # A port without a handle could show what nobody sees; every upset is then followed to the end.
        return None
    return GoldenCourse(ports, storage, plan["stride"])
