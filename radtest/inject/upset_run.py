"""The run that is never upset: it forks at each instant of the list, and its copies are. Runs inside the simulation.

Reports go to the campaign one line of JSON each.
"""

from __future__ import annotations

import json
import os
import select
import signal
import threading
from pathlib import Path
from typing import Any, NoReturn

import cocotb
from cocotb.simtime import get_sim_time

from radtest.core.injection import Upset
from radtest.core.outcome import FaultModel, Outcome
from radtest.inject.bench_parts import faults_of, golden_course_of, look_once_a_cycle, observation_of, storage_of
from radtest.inject.list_file import read_upsets
from radtest.inject.report_line import send_line
from radtest.inject.upset_life import HOLDING, REPORTED, UpsetLife, time_of, wait_until
from radtest.inject.users_test import UsersTest, Verdict, run_users_test

__all__ = ["UpsetRun"]


class UpsetRun:
    """A run of the user's test around which upsets happen.

    Parameters
    ----------
    dut : cocotb handle
        What the test gets.
    design : cocotb handle
        The instance of the design.
    test : UsersTest
        The test.
    plan : dict
        What the simulation was told.
    report : int
        Where reports are written to, a file descriptor.
    """

    def __init__(self, dut: Any, design: Any, test: UsersTest, plan: dict[str, Any], report: int) -> None:
        self._dut = dut
        self._test = test
        self._storage, self._plan = storage_of(design, plan)
        plan = self._plan
        self._model = FaultModel(plan["model"])
        self._golden = json.loads(Path(plan["golden"]).read_text())
        self._faults = faults_of(design, self._storage, plan) if self._model in HOLDING else None
        self._observation = observation_of(design, plan, self._golden["traces"])
        self._course = golden_course_of(design, self._storage, plan)
        if self._course is not None:
            self._course.load(Path(plan["course"]))
        self._report_to = report
        self._children: dict[int, tuple[int, int]] = {}
        self._life: UpsetLife | None = None

    async def run(self) -> None:
        """Run the test, with all its upsets."""
        injector = cocotb.start_soon(self._inject())
        if self._plan["clocked"]:
            first = time_of(self._golden, 2, 0) - 1 - get_sim_time("step")
            cocotb.start_soon(look_once_a_cycle(self._observation, first, self._golden["period"]))
        verdict = await run_users_test(self._dut, self._test)
        if self._life is not None:
            self._life.decide(verdict)
        while self._children:
            self._reap()
        self._check_repeatable(verdict)
        if not injector.done():
            self._send({"error": "the test ended before the last upset of the list was due"})
        self._send({"end": True})

    async def _inject(self) -> None:
        """Fork the simulation at each instant of the list."""
        for upset in read_upsets(Path(self._plan["upsets"]), self._model):
            await wait_until(time_of(self._golden, upset.cycle, upset.offset_ps))
            if self._plan["strategy"] == "restart":
                await self._be_upset(upset)
            while len(self._children) >= self._plan["jobs"]:
                self._reap()
            if not self._is_sound():
                return
            child = os.fork()
            if child == 0:
                await self._be_upset(upset)
            self._children[os.pidfd_open(child)] = (child, upset.index)

    def _is_sound(self) -> bool:
        """Say if a fork makes sense here and now; report why if not."""
        # A fork copies only the thread that forks; a test that needs others would wait for them for good.
        others = [thread.name for thread in threading.enumerate() if thread is not threading.current_thread()]
        if others:
            self._send(
                {
                    "error": f"the test runs threads ({', '.join(others)}), and a fork would copy none of them",
                    "remedy": "use a test without threads, that is without cocotb.bridge.",
                }
            )
            return False
        seen = self._observation
        unexpected = seen.difference or seen.alarm or seen.correction
        if unexpected is not None:
            self._send({"error": f"two runs without an upset differ: {unexpected.detail}"})
        return unexpected is None

    async def _be_upset(self, upset: Upset) -> NoReturn:
        """Live on as the copy that is upset."""
        self._children.clear()
        self._life = UpsetLife(
            upset,
            plan=self._plan,
            golden=self._golden,
            storage=self._storage,
            faults=self._faults,
            observation=self._observation,
            course=self._course,
            report=self._report_to,
        )
        await self._life.live()

    def _send(self, message: dict[str, Any]) -> None:
        send_line(self._report_to, message)

    def _reap(self) -> None:
        """Wait for one child; report those that could not do so themselves."""
        # Only for ours: the user's test may have started processes of its own.
        ended = select.poll()
        for handle in self._children:
            ended.register(handle, select.POLLIN)
        handle, _ = ended.poll()[0]
        child, index = self._children.pop(handle)
        os.close(handle)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            if number == signal.SIGALRM:
                detail = f"stopped after {self._plan['wall_timeout_s']:g} s of real time without completion"
                self._report(index, Outcome.HANG, "timeout", detail)
            elif number == signal.SIGABRT:
                self._report(index, Outcome.SDC, "test", "the test failed: the simulator ended itself (SIGABRT)")
            else:
                self._report(index, Outcome.INVALID, "", f"the simulator died of {signal.Signals(number).name}")
        elif not os.WIFEXITED(status) or os.WEXITSTATUS(status) != REPORTED:
            detail = f"the test failed: the simulator ended itself with status {os.WEXITSTATUS(status)}"
            self._report(index, Outcome.SDC, "test", detail)

    def _report(self, index: int, outcome: Outcome, observer: str, detail: str) -> None:
        self._send({"index": index, "outcome": outcome, "latency": -1, "observer": observer, "detail": detail})

    def _check_repeatable(self, verdict: Verdict) -> None:
        """The parent was never upset: it must end exactly as the golden run did."""
        self._observation.settle()
        if not verdict.passed:
            self._send({"error": f"the test passed in the golden run, and now without an upset {verdict.detail}"})
        elif self._observation.difference is not None:
            self._send({"error": f"two runs without an upset differ: {self._observation.difference.detail}"})
        else:
            differing = self._storage.differing(self._storage.snapshot(), self._golden["state"])
            if differing:
                self._send({"error": "two runs without an upset end in different states: " + ", ".join(differing[:5])})
