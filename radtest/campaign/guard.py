"""The engine's side of the latch-up guard: waits under guard, and lets power return."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from radtest.campaign.interruption import StopSwitch
from radtest.campaign.observer import LatchUpReport
from radtest.core import Clock, InstrumentError
from radtest.guard import Cause, Detection, GuardLink, as_error
from radtest.instruments import ChannelSample

__all__ = ["Guard", "LatchUpPersistsError", "LatchUpSeen", "OperatorStop"]

T = TypeVar("T")

_LOOK_S = 0.1


class LatchUpSeen(Exception):  # noqa: N818 (an event that interrupts the work, not an error)
    """A latch-up interrupts what the engine is doing; the guard has cut the power already.

    Attributes
    ----------
    detections : tuple of Detection
        What was recognised, the clearest case first.
    hold_time_s : float
        Longest time the device can have been latched before its power was cut, s.
    """

    def __init__(self, detections: tuple[Detection, ...], hold_time_s: float) -> None:
        super().__init__(detections[0].cause.value)
        self.detections = detections
        self.hold_time_s = hold_time_s

    def __str__(self) -> str:
        words: list[str] = []
        for detection in self.detections:
            if detection.cause is Cause.SILENCE:
                words.append("it stopped answering at a normal current")
                continue
            at_least = "" if detection.peak_measured else "at least "
            words.append(
                f"{detection.cause.value} level, supply channel {detection.channel}, "
                f"{at_least}{detection.peak_current_a:.3g} A"
            )
        return "; ".join(words)


class OperatorStop(Exception):  # noqa: N818 (a request, not an error)
    """The operator asks to stop."""


class LatchUpPersistsError(InstrumentError):
    """A latch-up did not clear; the device was left without power."""


class Guard:
    """What the engine asks of the guard's process, and hears from it.

    One thread drives it: whoever waits, waits through `tick` or `wait_for`, so that what the guard says is heard.

    Parameters
    ----------
    link : GuardLink
        The guard's process.
    silence_s : float
        How long to watch the current of a device that fell silent, s.
    clock : Clock
        The campaign's clock.
    stop : StopSwitch
        Looked at on every tick.
    sampled : callable
        Receives every set of samples with its time.
    noted : callable
        Receives what the guard has to say in words: a connection that was lost and came back.

    Attributes
    ----------
    heed_operator : bool
        Whether a request to stop interrupts what goes on; False once it has been understood.
    gave_up : bool
        Whether the guard's last word was that it could not go on.
    late : list of LatchUpSeen
        Latch-ups that the guard cut while the engine was switching the device off.
    """

    def __init__(
        self,
        link: GuardLink,
        silence_s: float,
        clock: Clock,
        stop: StopSwitch,
        sampled: Callable[[int, Sequence[ChannelSample]], None],
        noted: Callable[[str], None],
    ) -> None:
        self._link = link
        self._silence_ns = round(silence_s * 1e9)
        self._clock = clock
        self._stop = stop
        self._sampled = sampled
        self._noted = noted
        self._calm = False
        self._from_ns = 0
        self._asked_ns: int | None = None
        self.gave_up = False
        self.heed_operator = True
        self.late: list[LatchUpSeen] = []

    def calm_since(self, time_ns: int) -> bool:
        """Whether the last sample was begun after `time_ns` and normal on every channel."""
        return self._calm and self._from_ns >= time_ns

    def arm(self) -> None:
        """Make protections ready while the device has no power: set, read back, nothing tripped, no voltage left.

        Raises
        ------
        ConfigurationError
            If the supply cannot be set to a value; nothing was sent.
        InstrumentError
            If a setting reads back differently, or voltage remains.
        """
        self._do("arm")

    def power_up(self) -> None:
        """Switch the device on and see its current settle.

        Raises
        ------
        LatchUpSeen
            If it draws too much.
        InstrumentError
            If it draws next to nothing: it is not connected.
        """
        self._do("up")

    def power_down(self) -> None:
        """Switch the device off; a latch-up that the guard saw meanwhile is in `late`."""
        number = self._link.say("down")
        self._calm = False
        while True:
            message = self._hear(heed_operator=False)
            if message is None:
                continue
            if message["is"] == "latch_up":
                self.late.append(_seen(message))
            elif message["is"] == "done" and message["id"] == number:
                return

    def tick(self) -> int:
        """Wait for the next sample and everything said before it; return its time, ns on the campaign's clock.

        Raises
        ------
        LatchUpSeen
            If the device has latched up.
        OperatorStop
            If the operator asks to stop.
        GuardLostError
            If the guard has died: power and beam are off.
        InstrumentError
            If the guard had to give up: it says why.
        """
        while True:
            message = self._hear()
            if message is None:
                continue
            if message["is"] == "latch_up":
                raise _seen(message)
            if message["is"] == "sample":
                time_ns: int = message["to_ns"]
                return time_ns

    def wait_for(self, future: Future[T]) -> T:
        """Wait for an instrument under guard; the result is believed only after a normal sample taken later."""
        done_ns: int | None = None
        while True:
            if done_ns is None and future.done():
                done_ns = self._clock.now_ns()
            self.tick()
            if done_ns is not None and (future.exception() is not None or self.calm_since(done_ns)):
                return future.result()

    def explain_silence(self) -> LatchUpSeen:
        """Watch the current of a device that fell silent: a latch-up shows within a few samples, a hang does not."""
        until_ns = self._clock.now_ns() + self._silence_ns
        try:
            while self._clock.now_ns() < until_ns:
                self.tick()
        except LatchUpSeen as seen:
            return seen
        now_ns = self._clock.now_ns()
        return LatchUpSeen((Detection(Cause.SILENCE, "", now_ns, now_ns, math.nan, peak_measured=False),), math.nan)

    def clear(self, seen: LatchUpSeen, *, before_restore: Callable[[], None]) -> tuple[LatchUpSeen, LatchUpReport]:
        """See the device through its power cycle; return what the guard saw, and how it was cleared.

        The guard cuts, holds off, checks what voltage is left and arms again; power returns with the engine's consent.

        Parameters
        ----------
        seen : LatchUpSeen
            What was recognised. Where it is silence, the power cycle is asked for here.
        before_restore : callable
            Called before power returns: the place to stop the beam, so that a latch-up that stays is told from one that
            strikes anew.

        Raises
        ------
        OperatorStop
            If the operator asks to stop; the power is off.
        """
        self._calm = False
        if seen.detections[0].cause is Cause.SILENCE:
            self._link.say("cycle")
        while True:
            message = self._hear()
            kind = None if message is None else message["is"]
            if message is None:
                continue
            if kind == "latch_up":
                seen = _seen(message)  # the guard knows since when; and what fell silent may have latched up after all
            elif kind == "held_off":
                before_restore()
                self._link.say("restore")
            elif kind in {"cleared", "persists"}:
                first = seen.detections[0]
                return seen, LatchUpReport(
                    cause=first.cause,
                    channel=first.channel,
                    peak_current_a=first.peak_current_a,
                    hold_time_s=seen.hold_time_s,
                    off_time_s=message["off_time_s"],
                    residual_voltage_v=message["residual_voltage_v"],
                    attempts=message["attempts"],
                    cleared=kind == "cleared",
                )

    def recorded(self) -> None:
        """Tell the guard that all it has told is in the journal, and on the disk."""
        self._link.say("settled")

    def _do(self, what: str) -> None:
        number = self._link.say(what)
        while True:
            message = self._hear()
            if message is None:
                continue
            if message["is"] == "latch_up":
                raise _seen(message)
            if message["is"] == "done" and message["id"] == number:
                return

    def _hear(self, *, heed_operator: bool = True) -> dict[str, Any] | None:
        """Return the next message, or None after a while; samples and notes are dealt with on the way."""
        heed = self._stop.pressed and self.heed_operator and heed_operator
        if heed and self._asked_ns is None:
            self._asked_ns = self._clock.now_ns()
        try:
            message = self._link.next(_LOOK_S)
        except TimeoutError:
            if heed:
                raise OperatorStop from None
            return None
        match message["is"]:
            case "sample":
                self._calm, self._from_ns = message["calm"], message["from_ns"]
                self._sampled(message["to_ns"], [ChannelSample(*row) for row in message["rows"]])
                # Not before a later sample: a latch-up the guard saw before the request is heard first.
                if heed and self._asked_ns is not None and self._from_ns >= self._asked_ns:
                    raise OperatorStop
            case "note":
                self._noted(message["text"])
                return None
            case "fault":
                self._calm = False
                self.gave_up = True
                raise as_error(message)
        return message


def _seen(message: dict[str, Any]) -> LatchUpSeen:
    detections = tuple(
        Detection(
            **plain
            | {
                "cause": Cause(plain["cause"]),
                "peak_current_a": math.nan if plain["peak_current_a"] is None else plain["peak_current_a"],
                "also_high": tuple(plain["also_high"]),
            }
        )
        for plain in message["detections"]
    )
    return LatchUpSeen(detections, message["hold_time_s"])
