"""Recognising a latch-up in samples of the supply."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from radtest.campaign.configuration import ChannelModel, GuardModel
from radtest.instruments import ChannelSample

__all__ = ["Cause", "Detection", "LatchUpDetector"]


class Cause(StrEnum):
    """What gave a latch-up (or a functional interrupt) away."""

    HARDWARE = "hardware"
    """The supply's over-current protection tripped."""
    SOFTWARE = "software"
    """The current stayed above the alarm level."""
    SILENCE = "silence"
    """The device stopped answering at a normal current."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A latch-up, as it was recognised.

    Parameters
    ----------
    cause : Cause
        What gave it away.
    channel : str
        Supply channel it was seen on; empty for silence.
    last_good_ns, detected_ns : int
        Last moment known to be normal, and the moment of recognition, on the campaign's clock.
    peak_current_a : float
        Highest current known, A: measured, or the current limit where the hardware tripped between samples.
    peak_measured : bool
        Whether `peak_current_a` was measured. A current limit is a lower bound of what the device would have drawn.
    """

    cause: Cause
    channel: str
    last_good_ns: int
    detected_ns: int
    peak_current_a: float
    peak_measured: bool


class LatchUpDetector:
    """Two levels of recognition: the supply's own trip at once, the software alarm after N samples in a row.

    Parameters
    ----------
    channels : sequence of ChannelModel
        Levels of each supply channel.
    guard : GuardModel
        Samples in a row, and the blanking after power-on during which only the hardware level counts: inrush current
        is no latch-up.
    """

    def __init__(self, channels: Sequence[ChannelModel], guard: GuardModel) -> None:
        self._channels = {channel.number: channel for channel in channels}
        self._needed = guard.samples_in_a_row
        self._blanking_ns = round(guard.blanking_s * 1e9)
        self._armed_ns = 0
        self._last_good_ns = 0
        self._high = dict.fromkeys(self._channels, 0)
        self._peak = dict.fromkeys(self._channels, -math.inf)
        self._good_in_a_row = 0

    def arm(self, time_ns: int) -> None:
        """Start afresh, at power-on."""
        self._armed_ns = self._last_good_ns = time_ns
        self._good_in_a_row = 0
        for number in self._channels:
            self._high[number] = 0
            self._peak[number] = -math.inf

    @property
    def calm(self) -> bool:
        """Whether the last sample was normal on every channel."""
        return self._good_in_a_row > 0

    @property
    def settled(self) -> bool:
        """Whether as many samples in a row have been normal as an alarm needs to be raised."""
        return self._good_in_a_row >= self._needed

    def look(self, time_ns: int, samples: Sequence[ChannelSample]) -> Detection | None:
        """Judge the samples of one moment; a hardware trip counts before a software alarm."""
        for sample in samples:
            if sample.tripped:
                return self._detection(Cause.HARDWARE, sample.number, time_ns)
        if time_ns - self._armed_ns < self._blanking_ns:
            self._last_good_ns = time_ns
            return None
        alarmed: int | None = None
        for sample in samples:
            number = sample.number
            if sample.current_a > self._channels[number].alarm_a:
                self._high[number] += 1
                self._peak[number] = max(self._peak[number], sample.current_a)
                if self._high[number] >= self._needed and alarmed is None:
                    alarmed = number
            else:
                self._high[number] = 0
                self._peak[number] = -math.inf
        if alarmed is not None:
            return self._detection(Cause.SOFTWARE, alarmed, time_ns)
        if any(self._high.values()):
            self._good_in_a_row = 0
        else:
            self._good_in_a_row += 1
            self._last_good_ns = time_ns
        return None

    def silence(self, time_ns: int) -> Detection:
        """Return the detection of a device that fell silent at a normal current."""
        self._good_in_a_row = 0
        return Detection(Cause.SILENCE, "", self._last_good_ns, time_ns, math.nan, peak_measured=False)

    def _detection(self, cause: Cause, number: int, time_ns: int) -> Detection:
        self._good_in_a_row = 0
        channel = self._channels[number]
        measured = self._peak[number]
        limited = cause is Cause.HARDWARE and measured < channel.current_limit_a
        peak = channel.current_limit_a if limited else measured
        return Detection(cause, channel.name, self._last_good_ns, time_ns, peak, peak_measured=not limited)
