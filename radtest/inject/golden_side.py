"""The golden run: the user's test undisturbed, with all that upsets are compared with. Runs inside the simulation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cocotb
from cocotb.simtime import get_sim_time
from cocotb.triggers import FallingEdge, RisingEdge

from radtest.inject.bench_parts import golden_course_of, look_once_a_cycle, observation_of, storage_of
from radtest.inject.convergence import GoldenCourse
from radtest.inject.handles import find_handle
from radtest.inject.observation import Observation
from radtest.inject.users_test import UsersTest, run_users_test

__all__ = ["follow_golden_run"]


class _Clock:
    """The edges of the clock during the golden run, in steps, and what is looked at once they are known."""

    def __init__(self, clock: Any, course: GoldenCourse | None, clocked: Observation | None) -> None:
        self.rising: list[int] = []
        self._falling: int | None = None
        self._course = course
        self._clocked = clocked
        cocotb.start_soon(self._count(clock))
        cocotb.start_soon(self._wait_for_fall(clock))

    @property
    def period(self) -> int:
        return self.rising[1] - self.rising[0] if len(self.rising) > 1 else 0

    @property
    def high(self) -> int:
        """Return how long the clock is high."""
        return self._falling - self.rising[0] if self._falling is not None and self.rising else 0

    @property
    def quiet(self) -> int:
        """Return how long after a rising edge upsets fall: half way between the falling and the next rising edge."""
        return (self.high + self.period) // 2

    @property
    def uneven(self) -> int | None:
        """Return the first rising edge that does not come one period after the one before."""
        edges = self.rising
        return next((i for i in range(2, len(edges)) if edges[i] - edges[i - 1] != self.period), None)

    async def _count(self, clock: Any) -> None:
        edge = RisingEdge(clock)
        while True:
            await edge
            self.rising.append(get_sim_time("step"))
            if len(self.rising) == 2:
                # Known from here on are the times at which the state is looked at.
                if self._course is not None:
                    cocotb.start_soon(self._course.record_states(self.rising[0], self.period))
                if self._clocked is not None:
                    cocotb.start_soon(look_once_a_cycle(self._clocked, self.period - 1, self.period))

    async def _wait_for_fall(self, clock: Any) -> None:
        await RisingEdge(clock)
        await FallingEdge(clock)
        self._falling = get_sim_time("step")


async def follow_golden_run(dut: Any, test: UsersTest, plan: dict[str, Any]) -> dict[str, Any]:
    """Run the test undisturbed and return all that upsets will be compared with."""
    design = find_handle(dut, plan["instance"], "test.instance")
    storage, plan = storage_of(design, plan)
    course = golden_course_of(design, storage, plan)
    if course is not None:
        course.watch()
    observation = observation_of(design, plan)
    clocked = observation if plan["clocked"] else None
    clock = _Clock(find_handle(design, plan["clock"], "observe.clock"), course, clocked)
    verdict = await run_users_test(dut, test)
    observation.settle()
    if course is not None:
        course.save(Path(plan["course"]))
    return {
        "passed": verdict.passed,
        "detail": f"{verdict.detail}\n{verdict.traceback}".rstrip(),
        "edges": len(clock.rising),
        "first_edge": clock.rising[0] if clock.rising else 0,
        "period": clock.period,
        "high": clock.high,
        "quiet": clock.quiet,
        "uneven": clock.uneven,
        "end": get_sim_time("step"),
        "step_ps": get_sim_time("ps") / get_sim_time("step") if get_sim_time("step") else 1.0,
        "alarm": observation.alarm.observer if observation.alarm else "",
        "correction": observation.correction.observer if observation.correction else "",
        "traces": observation.traces(),
        "state": storage.snapshot(),
        "missing": {str(index): reason for index, reason in storage.missing.items()},
    }
