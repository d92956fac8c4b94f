"""The cocotb test that stands around the user's test. Runs inside the simulation.

The user's test is taken as it is: this module awaits its coroutine. In the golden run that is all, with the outside of
the design recorded. In a campaign a second task waits for each instant of the list, there forks the whole simulation,
and goes on; the child flips its bit, and the same user's test, awaited in the child, comes to its own verdict.

Reports go to the campaign through a named pipe, one line of JSON each, short enough to be written in one piece.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import threading
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, NoReturn

import cocotb
from cocotb.simtime import get_sim_time
from cocotb.triggers import FallingEdge, ReadOnly, RisingEdge, Timer

from radtest.core.injection import Strike, Target, TargetKind, Upset
from radtest.core.outcome import FaultModel, Outcome
from radtest.inject.convergence import GoldenCourse, follow_golden
from radtest.inject.forcing import Faults, HeldBit, end_of_pulse, watch
from radtest.inject.handles import Storage, find_handle
from radtest.inject.list_file import read_upsets
from radtest.inject.observation import Observation
from radtest.inject.users_test import Verdict, find_test, run_users_test
from radtest.inject.vhdl.bench import open_vhdl

_LINE_LIMIT = 4096
"""PIPE_BUF of Linux: a write of up to this many bytes into a pipe is never interleaved with another."""


_STUCK = {FaultModel.STUCK0: 0, FaultModel.STUCK1: 1}
_HOLDING = {FaultModel.SET, *_STUCK}
_STRIKES_A_LINE = 256
_REPORTED = 77
"""Exit status of a child that has reported its outcome; a simulator that ends by itself takes another."""


@cocotb.test()
async def campaign(dut: Any) -> None:
    """Run the user's test once, as golden run or with forked upsets."""
    plan = json.loads(Path(os.environ["RADTEST_PLAN"]).read_text())
    cocotb.top = dut = find_handle(dut, plan["root"])
    if plan["mode"] == "campaign":
        design = find_handle(dut, plan["instance"])
        await _Campaign(dut, design, *_storage(design, plan)).run()
        return
    try:
        golden = await _golden_run(dut, plan)
    except LookupError as error:
        golden = {"refused": str(error.args[0])}
    Path(plan["golden"]).write_text(json.dumps(golden))


def _storage(design: Any, plan: dict[str, Any]) -> tuple[Storage, dict[str, Any]]:
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


def _faults(design: Any, storage: Storage, plan: dict[str, Any]) -> Faults:
    targets = [*storage.targets, *map(_target, plan["nets"])]
    return Faults(design, plan["simulator"], storage, targets, plan["forced"], plan["unforced"])


def _observation(design: Any, plan: dict[str, Any], golden: dict[str, Any] | None = None) -> Observation:
    observe = plan["observe"]
    signals = observe["outputs"], observe["alarms"], observe["corrected"]
    return Observation(design, *signals, golden, clocked=plan["clocked"])


async def _look_once_a_cycle(observation: Observation, first: int, period: int) -> None:
    """Look at what a run shows as flip-flops behind it would: just before each rising edge of the clock."""
    wait = first
    while True:
        await Timer(wait, "step")
        await ReadOnly()
        observation.look()
        wait = period


def _course(design: Any, storage: Storage, plan: dict[str, Any]) -> GoldenCourse | None:
    """Return what decides whether an upset is over, or None where not all that stores and shows can be seen."""
    if not plan["course"] or storage.missing:
        return None
    try:
        ports = [find_handle(design, name) for name in plan["ports"]]
    except LookupError:
        # A port without a handle could show what nobody sees; every upset is then followed to the end.
        return None
    return GoldenCourse(ports, storage, plan["stride"])


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
                    cocotb.start_soon(_look_once_a_cycle(self._clocked, self.period - 1, self.period))

    async def _wait_for_fall(self, clock: Any) -> None:
        await RisingEdge(clock)
        await FallingEdge(clock)
        self._falling = get_sim_time("step")


async def _golden_run(dut: Any, plan: dict[str, Any]) -> dict[str, Any]:
    """Run the test undisturbed and return all that upsets will be compared with."""
    test = find_test(plan)
    design = find_handle(dut, plan["instance"], "test.instance")
    storage, plan = _storage(design, plan)
    course = _course(design, storage, plan)
    if course is not None:
        course.watch()
    observation = _observation(design, plan)
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


class _Campaign:
    def __init__(self, dut: Any, design: Any, storage: Storage, plan: dict[str, Any]) -> None:
        self._dut = dut
        self._storage = storage
        self._plan = plan
        self._model = FaultModel(plan["model"])
        self._golden = json.loads(Path(plan["golden"]).read_text())
        self._faults = _faults(design, storage, plan) if self._model in _HOLDING else None
        self._held: tuple[HeldBit, int] | None = None
        self._observation = _observation(design, plan, self._golden["traces"])
        self._course = _course(design, storage, plan)
        if self._course is not None:
            self._course.load(Path(plan["course"]))
        self._pipe = os.open(plan["report"], os.O_WRONLY)
        self._children: dict[int, tuple[int, int]] = {}
        self._upset: Upset | None = None
        self._injected_at = 0
        self._struck_at = 0
        self._unchecked: list[tuple[Strike, int]] = []

    async def run(self) -> None:
        injector = cocotb.start_soon(self._inject())
        if self._plan["clocked"]:
            first = self._golden["first_edge"] + 2 * self._golden["period"] - 1 - get_sim_time("step")
            cocotb.start_soon(_look_once_a_cycle(self._observation, first, self._golden["period"]))
        verdict = await run_users_test(self._dut, find_test(self._plan))
        if self._upset is not None:
            self._decide(verdict)
        while self._children:
            self._reap()
        self._check_repeatable(verdict)
        if not injector.done():
            self._send({"error": "the test ended before the last upset of the list was due"})
        self._send({"end": True})

    async def _inject(self) -> None:
        """Fork the simulation at each instant of the list."""
        for upset in read_upsets(Path(self._plan["upsets"]), self._model):
            await self._wait_until(self._due(upset.cycle, upset.offset_ps))
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

    def _due(self, cycle: int, offset_ps: int = -1) -> int:
        """Return the time of a strike, in steps."""
        golden = self._golden
        offset = golden["quiet"] if offset_ps < 0 else round(offset_ps / golden["step_ps"])
        return int(golden["first_edge"] + cycle * golden["period"] + offset)

    async def _wait_until(self, due: int) -> None:
        if due > get_sim_time("step"):
            await Timer(due - get_sim_time("step"), "step")

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
        """Live on as the child, and never return from it: the copied simulation must not go on as if it were whole."""
        await self._or_invalid(self._live(upset))
        self._finish(Outcome.INVALID, detail="the upset came to no end")

    async def _or_invalid(self, making: Coroutine[Any, Any, None]) -> None:
        """Await what makes an upset; what goes wrong in it is no verdict on the design."""
        try:
            await making
        except asyncio.CancelledError:
            # The user's test has failed, and its verdict is on its way.
            raise
        except Exception as error:  # noqa: BLE001 (reported as it is)
            self._finish(Outcome.INVALID, detail=f"the upset could not be made: {type(error).__name__}: {error}")

    async def _live(self, upset: Upset) -> None:
        """Make the fault, then leave the simulation to run to its end or to the timeout."""
        self._children.clear()
        self._upset = upset
        self._injected_at = get_sim_time("step")
        # The default action of SIGALRM ends the child even when the simulator itself never returns.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, self._plan["wall_timeout_s"])
        if self._faults is not None:
            await self._hold(self._faults, upset)
        else:
            await self._flip(upset)
        if self._course is not None and self._model not in _STUCK:
            cocotb.start_soon(self._end_early(self._course, upset))
        await Timer(self._plan["timeout"] - self._injected_at, "step")
        self._observation.settle()
        late = self._observation.difference
        detail = "no completion within the timeout" + (f"; {late.detail}" if late else "")
        self._finish(Outcome.HANG, get_sim_time("step"), "timeout", detail)

    async def _flip(self, upset: Upset) -> None:
        """Flip the bits that are hit at once, and see to those that are hit later."""
        for strike in upset.strikes:
            if strike.target in self._storage.missing:
                self._finish(Outcome.INVALID, detail=self._storage.missing[strike.target])
        at_once = [strike for strike in upset.strikes if strike.cycle == upset.cycle]
        self._strike(upset, 0, at_once)
        self._observation.on_alarm = self._alarm
        await ReadOnly()
        self._check_held()
        if len(at_once) < len(upset.strikes):
            cocotb.start_soon(self._or_invalid(self._accumulate(upset, len(at_once))))

    async def _hold(self, faults: Faults, upset: Upset) -> None:
        """Hold a bit at a level: that of a net while the pulse lasts, one that is stuck for good."""
        try:
            bit = faults.bit(upset.strikes[0])
        except LookupError as error:
            self._finish(Outcome.INVALID, detail=str(error.args[0]))
        before = bit.read()
        level = _STUCK.get(self._model, 1 - before)
        bit.hold(level)
        await ReadOnly()
        self._send({"index": upset.index, "struck": [[0, before, bit.read()]]})
        self._held = (bit, level)
        self._check_level()
        self._observation.on_alarm = self._alarm
        self._alarm()
        if self._model is FaultModel.SET:
            cocotb.start_soon(self._or_invalid(self._let_go(bit)))
        else:
            cocotb.start_soon(self._or_invalid(watch(self._golden["period"], self._check_level)))

    async def _let_go(self, bit: HeldBit) -> None:
        await end_of_pulse(bit, self._pulse, self._check_level)
        self._held = None

    @property
    def _pulse(self) -> int:
        """Return how long a pulse lasts, in steps."""
        return round(float(self._plan["set_width_ps"]) / float(self._golden["step_ps"]))

    def _check_level(self) -> None:
        """What the simulator does not hold at its level has shown nothing about the design."""
        if self._held is not None and self._held[0].read() != self._held[1]:
            self._finish(Outcome.INVALID, detail="the simulator did not hold the bit at its level")

    async def _accumulate(self, upset: Upset, place: int) -> None:
        """Make the strikes of later cycles, each in its time."""
        while place < len(upset.strikes):
            cycle = upset.strikes[place].cycle
            together = [strike for strike in upset.strikes[place:] if strike.cycle == cycle]
            await self._wait_until(self._due(cycle))
            self._strike(upset, place, together)
            await ReadOnly()
            self._check_held()
            place += len(together)

    def _strike(self, upset: Upset, place: int, strikes: Sequence[Strike]) -> None:
        """Flip the bits that are hit at this moment; `place` is that of the first among all strikes of the upset."""
        self._struck_at = get_sim_time("step")
        rows = []
        for number, strike in enumerate(strikes, place):
            before, after = self._storage.flip(strike.target, strike.word, strike.bit)
            rows.append([number, before, after])
            self._unchecked.append((strike, after))
        for some in range(0, len(rows), _STRIKES_A_LINE):
            self._send({"index": upset.index, "struck": rows[some : some + _STRIKES_A_LINE]})
        if any(before == after for _, before, after in rows):
            self._finish(Outcome.INVALID, detail="the simulator swallowed the write: the bit read back unchanged")

    async def _end_early(self, course: GoldenCourse, upset: Upset) -> None:
        """End the child as soon as its future is that of the golden run."""
        first_edge, period = self._golden["first_edge"], self._golden["period"]
        course.watch()
        last = upset.strikes[-1].cycle
        if self._model is FaultModel.SET:
            # The state is looked at one step before a cycle ends; the pulse has to be over by then.
            last = (self._injected_at + self._pulse + 1 - first_edge) // period
        cycles = await follow_golden(course, (upset.cycle, last), first_edge, period)
        seen = self._observation
        if cycles is None or seen.alarm is not None or seen.difference is not None:
            return
        if seen.correction is not None:
            self._finish(Outcome.CORRECTED, seen.correction.time, seen.correction.observer, seen.correction.detail)
        self._finish(Outcome.MASKED, detail=f"as the golden run again within {cycles} cycles")

    def _check_held(self) -> None:
        """A flip that is gone at the end of its own time step was one of a copy that the simulator shows."""
        if get_sim_time("step") != self._struck_at:
            return
        made, self._unchecked = self._unchecked, []
        for strike, flipped in made:
            # A latch that is open takes its input again at once: that is what an upset of it does.
            if self._storage.targets[strike.target].kind is TargetKind.LATCH:
                continue
            if self._storage.bit(strike.target, strike.word, strike.bit) != flipped:
                self._finish(Outcome.INVALID, detail="the simulator took the flip back within the same time step")

    def _alarm(self) -> None:
        self._check_held()
        alarm = self._observation.alarm
        if alarm is not None:
            self._finish(Outcome.DETECTED, alarm.time, alarm.observer, alarm.detail)

    def _decide(self, verdict: Verdict) -> NoReturn:
        """Classify the finished child."""
        self._check_held()
        self._check_level()
        seen = self._observation
        seen.settle()
        now = get_sim_time("step")
        if seen.alarm is not None:
            self._finish(Outcome.DETECTED, seen.alarm.time, seen.alarm.observer, seen.alarm.detail)
        if verdict.timeout:
            self._finish(Outcome.HANG, now, "test", verdict.detail)
        if seen.difference is not None:
            self._finish(Outcome.SDC, seen.difference.time, seen.difference.observer, seen.difference.detail)
        if not verdict.passed:
            self._finish(Outcome.SDC, now, "test", verdict.detail)
        if seen.correction is not None:
            self._finish(Outcome.CORRECTED, seen.correction.time, seen.correction.observer, seen.correction.detail)
        differing = self._storage.differing(self._storage.snapshot(), self._golden["state"])
        if differing:
            more = f" and {len(differing) - 5} more" if len(differing) > 5 else ""
            self._finish(Outcome.LATENT, detail="still wrong: " + ", ".join(differing[:5]) + more)
        self._finish(Outcome.MASKED)

    def _finish(self, outcome: Outcome, seen: int | None = None, observer: str = "", detail: str = "") -> NoReturn:
        """Report and end the child on the spot: nothing of the copied simulation may be written out again."""
        period = self._golden["period"]
        latency = -1 if seen is None else (seen - self._injected_at) // period
        index = self._upset.index if self._upset else -1
        self._send({"index": index, "outcome": outcome, "latency": latency, "observer": observer, "detail": detail})
        os._exit(_REPORTED)

    def _send(self, message: dict[str, Any]) -> None:
        line = json.dumps(message) + "\n"
        if len(line.encode()) > _LINE_LIMIT:
            message["detail"] = message.get("detail", "")[:200] + " ..."
            line = json.dumps(message) + "\n"
        os.write(self._pipe, line.encode())

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
        elif not os.WIFEXITED(status) or os.WEXITSTATUS(status) != _REPORTED:
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
