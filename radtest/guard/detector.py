"""Recognising a latch-up in samples of the supply."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from radtest.instruments import ChannelSample

__all__ = ["Cause", "Detection", "LatchUpDetector", "Levels", "Patience"]


class Cause(StrEnum):
    """What gave a latch-up (or a functional interrupt) away."""

    HARDWARE = "hardware"
    """The supply's over-current protection tripped."""
    SOFTWARE = "software"
    """One sample was above the latch-up level: the software was faster than the supply, or the supply did not trip."""
    MICRO = "micro"
    """The current stayed above the alarm level for as many samples as it takes: a micro-latch-up."""
    SILENCE = "silence"
    """The device stopped answering at a normal current."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A latch-up on one channel, as it was recognised.

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
    also_high : tuple of str
        Channels whose current was above their alarm level at the same moment, but not for long enough to count.
    """

    cause: Cause
    channel: str
    last_good_ns: int
    detected_ns: int
    peak_current_a: float
    peak_measured: bool
    also_high: tuple[str, ...] = ()


class Levels(Protocol):
    """The levels of one supply channel."""

    @property
    def number(self) -> int:
        """Channel of the supply."""
        ...

    @property
    def name(self) -> str:
        """What the campaign calls it."""
        ...

    @property
    def alarm_a(self) -> float:
        """Current above which a micro-latch-up is suspected, A."""
        ...

    @property
    def latch_up_a(self) -> float:
        """Current above which one sample is a latch-up, A."""
        ...

    @property
    def current_limit_a(self) -> float:
        """Current at which the supply's own protection trips, A."""
        ...


class Patience(Protocol):
    """How long to look before judging."""

    @property
    def samples_in_a_row(self) -> int:
        """Samples above the alarm level that make a micro-latch-up."""
        ...

    @property
    def blanking_s(self) -> float:
        """Time after power-on during which only the supply's own trip counts, s."""
        ...


class LatchUpDetector:
    """Three ways to recognise a latch-up: the supply's trip, one sample above the latch-up level, N above the alarm.

    Parameters
    ----------
    channels : sequence of Levels
        Levels of each supply channel.
    patience : Patience
        Samples in a row, and the blanking after power-on during which only the hardware level counts: inrush current
        is no latch-up.
    """

    def __init__(self, channels: Sequence[Levels], patience: Patience) -> None:
        self._channels = {channel.number: channel for channel in channels}
        self._needed = patience.samples_in_a_row
        self._blanking_ns = round(patience.blanking_s * 1e9)
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

    @property
    def last_good_ns(self) -> int:
        """Last moment known to be normal, ns on the campaign's clock."""
        return self._last_good_ns

    def look(self, time_ns: int, samples: Sequence[ChannelSample]) -> tuple[Detection, ...]:
        """Judge the samples of one moment; return what is latched up, the clearest case first, empty where nothing is.

        Two channels that latch up together are two detections.
        """
        blanked = time_ns - self._armed_ns < self._blanking_ns
        found: dict[int, Cause] = {sample.number: Cause.HARDWARE for sample in samples if sample.tripped}
        if not blanked:
            for sample in samples:
                self._follow(sample, found)
        elif not found:
            self._last_good_ns = time_ns
            return ()
        if found:
            return self._detections(found, time_ns)
        if any(self._high.values()):
            self._good_in_a_row = 0
        else:
            self._good_in_a_row += 1
            self._last_good_ns = time_ns
        return ()

    def silence(self, time_ns: int) -> Detection:
        """Return the detection of a device that fell silent at a normal current."""
        self._good_in_a_row = 0
        return Detection(Cause.SILENCE, "", self._last_good_ns, time_ns, math.nan, peak_measured=False)

    def _follow(self, sample: ChannelSample, found: dict[int, Cause]) -> None:
        number, levels = sample.number, self._channels[sample.number]
        if sample.current_a <= levels.alarm_a:
            self._high[number] = 0
            if number not in found:  # a trip that came between two samples leaves its peak in the one before
                self._peak[number] = -math.inf
            return
        self._high[number] += 1
        self._peak[number] = max(self._peak[number], sample.current_a)
        if sample.current_a > levels.latch_up_a:
            found.setdefault(number, Cause.SOFTWARE)
        elif self._high[number] >= self._needed:
            found.setdefault(number, Cause.MICRO)

    def _detections(self, found: dict[int, Cause], time_ns: int) -> tuple[Detection, ...]:
        self._good_in_a_row = 0
        order = list(Cause)
        also = tuple(self._channels[n].name for n, high in self._high.items() if high and n not in found)
        detections: list[Detection] = []
        for number, cause in sorted(found.items(), key=lambda pair: order.index(pair[1])):
            channel, measured = self._channels[number], self._peak[number]
            limited = cause is Cause.HARDWARE and measured < channel.current_limit_a
            peak = channel.current_limit_a if limited else measured
            detections.append(
                Detection(cause, channel.name, self._last_good_ns, time_ns, peak, not limited, also_high=also)
            )
        return tuple(detections)
