"""The guard at work: samples the supply, cuts the power when the device latches up, and brings it back."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from radtest.core import Clock, InstrumentError, RadtestError, SystemClock
from radtest.guard.attention import Aside, Attention, EngineLost
from radtest.guard.detector import Detection, LatchUpDetector
from radtest.guard.guarded_supply import GuardedSupply
from radtest.guard.plan import GuardPlan
from radtest.guard.post_mortem import PostMortem
from radtest.guard.wire import Message, Wire, WireClosedError
from radtest.instruments import ChannelSample, PowerSupply

__all__ = ["GuardDuty"]

_LEAST_OF_NOMINAL = 0.25
_PAUSE_S = 0.2


class _LatchedUp(Exception):  # noqa: N818 (an event, not an error)
    def __init__(self, detections: tuple[Detection, ...], sample: Message) -> None:
        super().__init__(", ".join(detection.channel for detection in detections))
        self.detections = detections
        self.sample = sample


class GuardDuty:
    """Serves one engine until that says goodbye, dies, or a signal asks the guard to end.

    Parameters
    ----------
    wire : Wire
        The channel to the engine.
    attention : Attention
        What comes in on it.
    plan : GuardPlan
        Setpoints, levels, times.
    supply : PowerSupply
        What feeds the device; nobody else speaks to it.
    clock : Clock
        The campaign's clock.
    """

    def __init__(self, wire: Wire, attention: Attention, plan: GuardPlan, supply: PowerSupply, clock: Clock) -> None:
        self._wire = wire
        self._attention = attention
        self._plan = plan
        self._supply = GuardedSupply(supply, plan, attention, wire)
        self._clock = clock
        self._detector = LatchUpDetector(plan.channels, plan)
        self._period_ns = round(plan.sample_period_s * 1e9)
        self._record_ns = round(plan.record_period_s * 1e9)
        self._next_ns = 0
        self._recorded_ns = 0
        self._off_ns = clock.now_ns()
        self._post_mortem = PostMortem()
        self._finished = False

    def serve(self) -> None:
        """Work until there is nobody left to work for; the device is then without power, or nothing could be done."""
        step: Callable[[], object] = self._work
        while not self._finished:
            try:
                step()
                step = self._work
            except _LatchedUp as seen:
                step = partial(self._clear, seen.detections, seen.sample)
            except Aside as aside:
                step = partial(self._obey_at_once, aside.command)
            except EngineLost as lost:
                step = partial(self._make_safe_alone, lost)
            except WireClosedError:
                step = partial(self._make_safe_alone, EngineLost("the engine is gone", final=True))
            except RadtestError as error:
                step = partial(self._give_up, error)

    def leave_without_power(self) -> None:
        """Switch the device off at the very end, whatever ended the work; what was never armed is left alone."""
        if self._supply.in_charge:
            self._try_to_cut()

    def _work(self) -> None:
        """Do one thing: obey a command, take a sample, or wait."""
        if (command := self._next_command()) is not None:
            self._obey(command)
        elif self._attention.watchful:
            self._look()
        else:
            self._attention.wait(1.0)

    def _next_command(self) -> Message | None:
        commands = self._attention.commands
        return commands.popleft() if commands else None

    def _obey(self, command: Message) -> None:
        match command["do"]:
            case "arm":
                self._arm()
            case "up":
                self._power_up()
            case "cycle":
                silence = self._detector.silence(self._clock.now_ns())
                self._clear((silence,))
                return
            case "record":
                self._post_mortem.path = command["path"]
            case "settled":
                self._post_mortem.forget()
            case _:  # a go-ahead for something that is over
                return
        self._done(command)

    def _obey_at_once(self, command: Message) -> None:
        match command["do"]:
            case "down":
                self._cut()
                self._done(command)
            case "safe":
                self._wire.put({"is": "safe", "problem": self._try_to_cut()})
            case "bye":
                self._finished = True

    def _done(self, command: Message) -> None:
        self._wire.put({"is": "done", "id": command.get("id")})

    # -- sequences -----------------------------------------------------------------------------------------------------

    def _arm(self) -> None:
        """Make protections ready while the device has no power: set, read back, nothing tripped, no voltage left."""
        self._cut()
        self._supply.arm_protections()
        self._wait_for_residual(self._off_ns)

    def _power_up(self) -> None:
        """Switch the device on and see its current settle."""
        self._switch_on()
        samples = self._settle()
        for channel, sample in zip(self._plan.channels, samples, strict=True):
            if sample.current_a < _LEAST_OF_NOMINAL * channel.nominal_current_a:
                raise InstrumentError(
                    f"supply channel {channel.number} ({channel.name}): the device draws {sample.current_a:.3g} A where"
                    f" the campaign says {channel.nominal_current_a:g} A",
                    remedy="check that the device is connected, or correct nominal_current_a.",
                )

    def _clear(self, detections: tuple[Detection, ...], sample: Message | None = None) -> None:
        """Cut the power, hold off, check what voltage is left, re-arm, restore, and see whether the device is well.

        Power returns only after the engine's go-ahead. The off time doubles with each attempt; where no attempt
        succeeds the power stays off.
        """
        facts: Message = {"is": "latch_up", "detections": [_plain(detection) for detection in detections]}
        try:
            self._cut()
        finally:
            facts["hold_time_s"] = max(0, self._clock.now_ns() - detections[0].last_good_ns) / 1e9
            if sample is not None:
                self._wire.offer(sample)
            self._tell(facts)
        off_time_s = self._plan.off_time_s
        for attempt in range(1, self._plan.attempts + 1):
            off_ns = self._off_ns
            self._hold_off(off_ns + round(off_time_s * 1e9))
            self._wait_for_residual(off_ns)
            self._supply.arm_protections()
            self._wire.put({"is": "held_off", "attempt": attempt})
            self._wait_for_go_ahead()
            residual_v = self._wait_for_residual(off_ns)
            off_s = (self._clock.now_ns() - off_ns) / 1e9
            cleared = self._restore()
            if cleared or attempt == self._plan.attempts:
                self._tell(
                    {
                        "is": "cleared" if cleared else "persists",
                        "attempts": attempt,
                        "off_time_s": off_s,
                        "residual_voltage_v": residual_v,
                    }
                )
                return
            off_time_s *= 2

    def _restore(self) -> bool:
        """Switch on and tell whether the current settles; leave the power off where it does not."""
        try:
            self._switch_on()
            self._settle()
        except _LatchedUp:
            self._cut()
            return False
        return True

    # -- steps ---------------------------------------------------------------------------------------------------------

    def _switch_on(self) -> None:
        self._detector.arm(self._clock.now_ns())
        self._attention.watchful = True
        self._supply.switch_on()

    def _cut(self) -> None:
        self._supply.switch_off()
        self._note_cut()

    def _try_to_cut(self) -> str | None:
        problem = self._supply.try_to_switch_off()
        if problem is None:
            self._note_cut()
        return problem

    def _note_cut(self) -> None:
        self._off_ns = self._clock.now_ns()
        self._attention.watchful = False

    def _settle(self) -> Sequence[ChannelSample]:
        """Watch until the blanking is over and as many samples in a row were normal as an alarm would need."""
        while True:
            samples = self._look()
            if self._detector.settled:
                return samples

    def _hold_off(self, until_ns: int) -> None:
        while self._clock.now_ns() < until_ns:
            self._sample()

    def _wait_for_residual(self, since_ns: int) -> float:
        """Wait until the device's rails have decayed; return the highest voltage left, V."""
        limit_ns = since_ns + round((self._plan.off_time_s + self._plan.residual_timeout_s) * 1e9)
        while True:
            time_ns, samples = self._sample()
            highest = max(sample.voltage_v for sample in samples)
            if highest <= self._plan.residual_voltage_v:
                return highest
            if time_ns > limit_ns:
                raise InstrumentError(
                    f"supply: {highest:.3g} V remain with all outputs off, above guard.residual_voltage_v = "
                    f"{self._plan.residual_voltage_v:g} V",
                    remedy="find what feeds the device from elsewhere (a signal, a back-powered port).",
                )

    def _wait_for_go_ahead(self) -> None:
        while not self._attention.take("restore"):
            self._attention.wait(1.0)

    # -- samples -------------------------------------------------------------------------------------------------------

    def _look(self) -> Sequence[ChannelSample]:
        """Take a sample and judge it."""
        start_ns = self._await_turn()
        samples, time_ns = self._supply.measure(), self._clock.now_ns()
        detections = self._detector.look(time_ns, samples)
        if detections:
            raise _LatchedUp(detections, _sample_message(start_ns, time_ns, samples, calm=False))
        self._forward(start_ns, time_ns, samples, calm=self._detector.calm)
        return samples

    def _sample(self) -> tuple[int, Sequence[ChannelSample]]:
        """Take a sample of a device without power."""
        start_ns = self._await_turn()
        samples, time_ns = self._supply.measure(), self._clock.now_ns()
        self._forward(start_ns, time_ns, samples, calm=False)
        return time_ns, samples

    def _await_turn(self) -> int:
        """Wait until the next sample is due and return when that is, attending to the engine meanwhile."""
        self._attention.look()
        while (now_ns := self._clock.now_ns()) < self._next_ns:
            self._attention.wait((self._next_ns - now_ns) / 1e9 / self._plan.speed)
        self._next_ns = max(self._next_ns + self._period_ns, now_ns)
        return now_ns

    def _forward(self, start_ns: int, time_ns: int, samples: Sequence[ChannelSample], *, calm: bool) -> None:
        if calm and time_ns - self._recorded_ns < self._record_ns:
            return
        self._recorded_ns = time_ns
        self._wire.offer(_sample_message(start_ns, time_ns, samples, calm=calm))

    # -- ends ----------------------------------------------------------------------------------------------------------

    def _tell(self, facts: Message) -> None:
        """Tell the engine what must not be lost; it is kept until the engine has it in the journal."""
        self._post_mortem.keep(facts | {"time_ns": self._clock.now_ns()})
        self._wire.put(facts)

    def _give_up(self, error: RadtestError) -> None:
        """Switch off and tell the engine why."""
        problem = self._try_to_cut() if self._supply.in_charge else None
        self._attention.watchful = False
        self._wire.put({"is": "fault", **refusal(error), "problem": problem})

    def _make_safe_alone(self, lost: EngineLost) -> None:
        """Switch off without being asked, trying until it succeeds where nobody else is left to do it."""
        if not self._supply.in_charge:
            self._finished = lost.final
            return
        start_s = time.monotonic()
        had_power = self._attention.watchful
        problem = self._try_to_cut()
        while problem is not None and lost.final and time.monotonic() - start_s < self._plan.last_tries_s:
            SystemClock().sleep(_PAUSE_S)
            problem = self._try_to_cut()
        took_s = time.monotonic() - start_s
        self._attention.watchful = False
        self._post_mortem.keep(
            {
                "is": "made_safe" if problem is None else "not_safe",
                "why": str(lost),
                "device_had_power": had_power,
                "problem": problem,
                "took_s": round(took_s, 4),
                "time_ns": self._clock.now_ns(),
            }
        )
        if lost.final:
            self._finished = True
            self._post_mortem.write()
        said = f"{lost}: the guard switched the device off" + ("" if problem is None else f" AND FAILED: {problem}")
        try:
            self._wire.put(
                {"is": "fault", "kind": "InstrumentError", "message": said, "remedy": None, "problem": problem}
            )
        except WireClosedError:
            self._finished = True
            self._post_mortem.write()


def _sample_message(start_ns: int, time_ns: int, samples: Sequence[ChannelSample], *, calm: bool) -> Message:
    rows = [[sample.number, sample.voltage_v, sample.current_a, sample.tripped] for sample in samples]
    return {"is": "sample", "from_ns": start_ns, "to_ns": time_ns, "calm": calm, "rows": rows}


def refusal(error: RadtestError) -> Message:
    """Return an error as what goes over the wire."""
    return {"kind": type(error).__name__, "message": error.message, "remedy": error.remedy}


def _plain(detection: Detection) -> dict[str, Any]:
    plain = dataclasses.asdict(detection) | {"cause": detection.cause.value}
    if math.isnan(detection.peak_current_a):
        plain["peak_current_a"] = None
    return plain
