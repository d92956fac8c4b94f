"""The life of one upset: the copy of the simulation in which it happens, to its verdict. Runs inside the simulation."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Coroutine, Sequence
from typing import Any, NoReturn

import cocotb
from cocotb.simtime import get_sim_time
from cocotb.triggers import Timer

from radtest.core.injection import Strike, TargetKind, Upset
from radtest.core.outcome import FaultModel, Outcome
from radtest.inject.convergence import GoldenCourse, follow_golden
from radtest.inject.forcing import Faults, ForcedBit, HeldBit, end_of_pulse, watch
from radtest.inject.handles import Storage
from radtest.inject.observation import Observation
from radtest.inject.report_line import send_line
from radtest.inject.rest import REST_STEPS, end_of_time_step
from radtest.inject.users_test import Verdict

__all__ = ["HOLDING", "REPORTED", "UpsetLife", "time_of", "wait_until"]

_STUCK = {FaultModel.STUCK0: 0, FaultModel.STUCK1: 1}
HOLDING = {FaultModel.SET, *_STUCK}
"""The models in which a bit is held at a level, not flipped."""
_STRIKES_A_LINE = 256
_SWALLOWED = "the simulator swallowed the write: the bit read back unchanged"
REPORTED = 77
"""Exit status of a process that has reported its outcome; a simulator that ends by itself takes another."""


def time_of(golden: dict[str, Any], cycle: int, offset_ps: int = -1) -> int:
    """Return the time of a strike, in steps."""
    offset = golden["quiet"] if offset_ps < 0 else round(offset_ps / golden["step_ps"])
    return int(golden["first_edge"] + cycle * golden["period"] + offset)


async def wait_until(due: int) -> None:
    """Wait until a time, in steps, unless it has come."""
    if due > get_sim_time("step"):
        await Timer(due - get_sim_time("step"), "step")


class UpsetLife:
    """One upset, from the moment of its injection on, in a process of its own.

    Parameters
    ----------
    upset : Upset
        The upset.
    plan : dict
        What the simulation was told.
    golden : dict
        The golden run.
    storage : Storage
        The stored bits.
    faults : Faults or None
        What holds bits at a level, for the models that do.
    observation : Observation
        What the run shows, compared to the golden run.
    course : GoldenCourse or None
        What decides whether the upset is over.
    report : int
        Where reports are written to, a file descriptor.
    """

    def __init__(
        self,
        upset: Upset,
        *,
        plan: dict[str, Any],
        golden: dict[str, Any],
        storage: Storage,
        faults: Faults | None,
        observation: Observation,
        course: GoldenCourse | None,
        report: int,
    ) -> None:
        self._upset = upset
        self._plan = plan
        self._model = FaultModel(plan["model"])
        self._golden = golden
        self._storage = storage
        self._faults = faults
        self._observation = observation
        self._course = course
        self._report = report
        self._held: tuple[HeldBit, int] | None = None
        self._injected_at = get_sim_time("step")
        self._struck_at = -1
        self._unchecked: list[tuple[Strike, int]] = []
        self._unread: list[tuple[int, Strike, int]] = []

    async def live(self) -> NoReturn:
        """Go through with it, and never return: the copied simulation must not go on as if it were whole."""
        await self._or_invalid(self._live(self._upset))
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
        await end_of_time_step()
        self._check_held()
        if len(at_once) < len(upset.strikes):
            cocotb.start_soon(self._or_invalid(self._accumulate(upset, len(at_once))))

    async def _hold(self, faults: Faults, upset: Upset) -> None:
        """Hold a bit at a level: that of a net while the pulse lasts, one that is stuck for good."""
        pulsed: ForcedBit | None = None
        try:
            if self._model is FaultModel.SET:
                pulsed = faults.forced_bit(upset.strikes[0])
            bit = pulsed or faults.bit(upset.strikes[0])
        except LookupError as error:
            self._finish(Outcome.INVALID, detail=str(error.args[0]))
        before = bit.read()
        level = _STUCK.get(self._model, 1 - before)
        bit.hold(level)
        await end_of_time_step()
        send_line(self._report, {"index": upset.index, "struck": [[0, before, bit.read()]]})
        self._held = (bit, level)
        self._check_level()
        self._observation.on_alarm = self._alarm
        if not self._plan["clocked"]:
            # Verilator calls nobody back when a signal is forced.
            self._observation.look()
        self._alarm()
        if pulsed is not None:
            cocotb.start_soon(self._or_invalid(self._let_go(pulsed)))
        else:
            cocotb.start_soon(self._or_invalid(watch(self._golden["period"], self._check_level)))

    async def _let_go(self, bit: ForcedBit) -> None:
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
            await wait_until(time_of(self._golden, cycle))
            self._strike(upset, place, together)
            await end_of_time_step()
            self._check_held()
            place += len(together)

    def _strike(self, upset: Upset, place: int, strikes: Sequence[Strike]) -> None:
        """Flip the bits that are hit at this moment; `place` is that of the first among all strikes of the upset."""
        self._struck_at = get_sim_time("step")
        if len(strikes) > 1:
            befores = self._storage.flip_together(strikes)
            self._unread = list(zip(range(place, place + len(strikes)), strikes, befores, strict=True))
            return
        before, after = self._storage.flip(strikes[0].target, strikes[0].word, strikes[0].bit)
        self._unchecked.append((strikes[0], after))
        send_line(self._report, {"index": upset.index, "struck": [[place, before, after]]})
        if before == after:
            self._finish(Outcome.INVALID, detail=_SWALLOWED)

    def _read_back(self) -> None:
        """Read the bits that were flipped together, at the end of their time step."""
        unread, self._unread = self._unread, []
        rows = [[number, before, self._storage.bit(s.target, s.word, s.bit)] for number, s, before in unread]
        for some in range(0, len(rows), _STRIKES_A_LINE):
            send_line(self._report, {"index": self._upset.index, "struck": rows[some : some + _STRIKES_A_LINE]})
        for (_, strike, _), (_, before, after) in zip(unread, rows, strict=True):
            # A latch that is open has taken its input again by now.
            if before == after and self._storage.targets[strike.target].kind is not TargetKind.LATCH:
                self._finish(Outcome.INVALID, detail=_SWALLOWED)

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
        if get_sim_time("step") > self._struck_at + REST_STEPS:
            return
        self._read_back()
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

    def decide(self, verdict: Verdict) -> NoReturn:
        """Classify the upset whose test has come to its verdict."""
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
        """Report and end the process on the spot: nothing of the copied simulation may be written out again."""
        period = self._golden["period"]
        latency = -1 if seen is None else (seen - self._injected_at) // period
        send_line(
            self._report,
            {
                "index": self._upset.index,
                "outcome": outcome,
                "latency": latency,
                "observer": observer,
                "detail": detail,
            },
        )
        os._exit(REPORTED)
