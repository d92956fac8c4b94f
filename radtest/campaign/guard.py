"""The latch-up guard: watches the supply, and brings a latched device back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

from radtest.campaign.configuration import ChannelModel, GuardModel
from radtest.campaign.detector import Detection, LatchUpDetector
from radtest.campaign.interruption import StopSwitch
from radtest.campaign.observer import LatchUpReport
from radtest.core import Clock, InstrumentError
from radtest.instruments import ChannelSample, PowerSupply

__all__ = ["Guard", "LatchUpPersistsError", "LatchUpSeen", "OperatorStop"]

T = TypeVar("T")

_LEAST_OF_NOMINAL = 0.25


class LatchUpSeen(Exception):  # noqa: N818 (an event that interrupts the work, not an error)
    """A latch-up interrupts what the engine is doing; `detection` says how it was recognised."""

    def __init__(self, detection: Detection) -> None:
        super().__init__(detection.cause.value)
        self.detection = detection


class OperatorStop(Exception):  # noqa: N818 (a request, not an error)
    """The operator asks to stop."""


class LatchUpPersistsError(InstrumentError):
    """A latch-up did not clear; the device was left without power."""


class Guard:
    """The supply of a device, sampled at a fixed rate and cut when the device latches up.

    One thread drives it: whoever waits, waits through `tick` or `wait_for`, so that no wait goes unguarded.

    Parameters
    ----------
    supply : PowerSupply
        What feeds the device.
    channels : sequence of ChannelModel
        Setpoints and levels.
    model : GuardModel
        Times and counts.
    clock : Clock
        The campaign's clock.
    stop : StopSwitch
        Looked at on every tick.
    sampled : callable
        Receives every set of samples with its time.

    Attributes
    ----------
    heed_operator : bool
        Whether a request to stop interrupts what goes on; False once it has been understood.
    """

    def __init__(
        self,
        supply: PowerSupply,
        channels: Sequence[ChannelModel],
        model: GuardModel,
        clock: Clock,
        stop: StopSwitch,
        sampled: Callable[[int, Sequence[ChannelSample]], None],
    ) -> None:
        self._supply = supply
        self._channels = channels
        self._numbers = tuple(channel.number for channel in channels)
        self._model = model
        self._clock = clock
        self._stop = stop
        self._sampled = sampled
        self._period_ns = round(model.sample_period_s * 1e9)
        self._next_ns = 0
        self._power_off_ns = clock.now_ns()
        self._detector = LatchUpDetector(channels, model)
        self.heed_operator = True

    @property
    def calm(self) -> bool:
        """Whether the last sample was normal on every channel."""
        return self._detector.calm

    def arm(self) -> None:
        """Make protections ready while the device has no power: set, read back, nothing tripped, no voltage left.

        Raises
        ------
        ConfigurationError
            If the supply cannot be set to a value; nothing was sent.
        InstrumentError
            If a setting reads back differently, or voltage remains.
        """
        self._supply.switch_off(self._numbers)
        self._power_off_ns = self._clock.now_ns()
        self._arm_protections()
        self._wait_for_residual(self._power_off_ns)

    def power_up(self) -> None:
        """Switch the device on and see its current settle.

        Raises
        ------
        LatchUpSeen
            If it draws too much.
        InstrumentError
            If it draws next to nothing: it is not connected.
        """
        self._switch_on()
        samples = self._settle()
        for channel, sample in zip(self._channels, samples, strict=True):
            if sample.current_a < _LEAST_OF_NOMINAL * channel.nominal_current_a:
                raise InstrumentError(
                    f"supply channel {channel.number} ({channel.name}): the device draws {sample.current_a:.3g} A where"
                    f" the campaign says {channel.nominal_current_a:g} A",
                    remedy="check that the device is connected, or correct nominal_current_a.",
                )

    def power_down(self) -> None:
        """Switch the device off."""
        self._supply.switch_off(self._numbers)
        self._power_off_ns = self._clock.now_ns()

    def tick(self) -> int:
        """Wait for the next sample, take it and judge it; return its time, ns on the campaign's clock.

        Raises
        ------
        LatchUpSeen
            If the device has latched up.
        OperatorStop
            If the operator asks to stop.
        """
        time_ns, samples = self._sample()
        detection = self._detector.look(time_ns, samples)
        if detection is not None:
            raise LatchUpSeen(detection)
        if self._stop.pressed and self.heed_operator:
            raise OperatorStop
        return time_ns

    def wait_for(self, future: Future[T]) -> T:
        """Wait for an instrument under guard; the result is believed only after a normal sample taken later."""
        while True:
            done = future.done()
            self.tick()
            if done and (self.calm or future.exception() is not None):
                return future.result()

    def explain_silence(self) -> Detection:
        """Watch the current of a device that fell silent: a latch-up shows within a few samples, a hang does not."""
        until_ns = self._clock.now_ns() + round(self._model.silence_s * 1e9)
        try:
            while self._clock.now_ns() < until_ns:
                self.tick()
        except LatchUpSeen as seen:
            return seen.detection
        return self._detector.silence(self._clock.now_ns())

    def clear(self, detection: Detection, *, before_restore: Callable[[], None]) -> LatchUpReport:
        """Cut the power, hold off, check what voltage is left, re-arm, restore, and see whether the device is well.

        The off time doubles with each attempt. Where no attempt succeeds the power stays off and the report says so.

        Parameters
        ----------
        detection : Detection
            What was recognised.
        before_restore : callable
            Called before power returns: the place to stop the beam, so that a latch-up that stays is told from one that
            strikes anew.

        Raises
        ------
        OperatorStop
            If the operator asks to stop; the power is off.
        """
        self.power_down()
        cut_ns = self._power_off_ns
        hold_time_s = max(0, cut_ns - detection.last_good_ns) / 1e9
        off_time_s = self._model.off_time_s
        attempt = 0
        while True:
            attempt += 1
            off_ns = self._power_off_ns
            self._hold_off(off_ns + round(off_time_s * 1e9))
            residual_v = self._wait_for_residual(off_ns)
            self._arm_protections()
            before_restore()
            off_time_s = (self._clock.now_ns() - off_ns) / 1e9
            cleared = self._restore()
            if cleared or attempt == self._model.attempts:
                return LatchUpReport(
                    cause=detection.cause,
                    channel=detection.channel,
                    peak_current_a=detection.peak_current_a,
                    hold_time_s=hold_time_s,
                    off_time_s=off_time_s,
                    residual_voltage_v=residual_v,
                    attempts=attempt,
                    cleared=cleared,
                )
            off_time_s *= 2

    def _restore(self) -> bool:
        """Switch on and tell whether the current settles; leave the power off where it does not."""
        try:
            self._switch_on()
            self._settle()
        except LatchUpSeen:
            self.power_down()
            return False
        except (OperatorStop, InstrumentError):
            self.power_down()
            raise
        return True

    def _arm_protections(self) -> None:
        self._supply.clear_trips(self._numbers)
        for model in self._channels:
            channel = self._supply.channel(model.number)
            # Protection before voltage: at no time is the device fed without it.
            channel.current_limit_a = model.current_limit_a
            channel.over_current_delay_s = model.over_current_delay_s
            channel.over_current_protection = True
            channel.voltage_v = model.voltage_v

    def _switch_on(self) -> None:
        self._detector.arm(self._clock.now_ns())
        self._supply.switch_on(self._numbers)

    def _settle(self) -> Sequence[ChannelSample]:
        """Watch until the blanking is over and as many samples in a row were normal as an alarm would need."""
        while True:
            time_ns, samples = self._sample()
            detection = self._detector.look(time_ns, samples)
            if detection is not None:
                raise LatchUpSeen(detection)
            if self._stop.pressed and self.heed_operator:
                raise OperatorStop
            if self._detector.settled:
                return samples

    def _hold_off(self, until_ns: int) -> None:
        while self._clock.now_ns() < until_ns:
            self._sample()
            if self._stop.pressed and self.heed_operator:
                raise OperatorStop

    def _wait_for_residual(self, since_ns: int) -> float:
        """Wait until the device's rails have decayed; return the highest voltage left, V."""
        limit_ns = since_ns + round((self._model.off_time_s + self._model.residual_timeout_s) * 1e9)
        while True:
            time_ns, samples = self._sample()
            highest = max(sample.voltage_v for sample in samples)
            if highest <= self._model.residual_voltage_v:
                return highest
            if self._stop.pressed and self.heed_operator:
                raise OperatorStop
            if time_ns > limit_ns:
                raise InstrumentError(
                    f"supply: {highest:.3g} V remain with all outputs off, above guard.residual_voltage_v = "
                    f"{self._model.residual_voltage_v:g} V",
                    remedy="find what feeds the device from elsewhere (a signal, a back-powered port).",
                )

    def _sample(self) -> tuple[int, tuple[ChannelSample, ...]]:
        """Take the next set of samples when it is due."""
        now_ns = self._clock.now_ns()
        if now_ns < self._next_ns:
            self._clock.sleep((self._next_ns - now_ns) / 1e9)
        samples = self._supply.sample(self._numbers).result()
        time_ns = self._clock.now_ns()
        self._next_ns = max(self._next_ns + self._period_ns, time_ns)
        self._sampled(time_ns, samples)
        return time_ns, samples
