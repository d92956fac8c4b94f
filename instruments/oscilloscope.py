"""What the oscilloscope drivers share: settings that are the same in both dialects, and fetching a capture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from radtest.core import ConfigurationError, InstrumentError
from radtest.instruments.driver import Driver
from radtest.instruments.meter_roles import Waveform, scaled_waveform
from radtest.instruments.numbered_part import NumberedPart
from radtest.instruments.properties import (
    Setting,
    number_in,
    one_of,
    parse_flag,
    parse_number,
    switch,
    two_lines,
)
from radtest.instruments.session import Ask, AskBlock

__all__ = ["ScopeChannelSettings", "SingleShotOscilloscope"]


def within(relative: float, absolute: float = 0.0) -> Callable[[float, float], bool]:
    """Return the test that two numbers agree."""
    return lambda wanted, got: abs(wanted - got) <= max(absolute, relative * abs(wanted))


def number_text(value: float) -> str:
    """Write a number as oscilloscopes read it."""
    return f"{value:.6g}"


def parse_channel(reply: str) -> int:
    """Read the number of an analog channel: ``CHAN1``."""
    word = reply.strip()
    if not (word.startswith("CHAN") and word[4:].isdecimal()):
        raise ValueError("not an analog channel")
    return int(word[4:])


class ScopeChannelSettings(NumberedPart):
    """One vertical channel of an oscilloscope.

    Parameters
    ----------
    session : Session
        Conversation with the oscilloscope.
    number : int
        Channel, from 1.
    """

    shown = Setting(
        "Control whether the channel is shown, and with it captured (no unit, range True or False).",
        command=":CHAN{channel}:DISP {value}",
        query=":CHAN{channel}:DISP?",
        parse=parse_flag,
        text=lambda value: str(int(value)),
        legal=lambda _: switch(),
        unit="",
        exchange=two_lines,
    )
    scale_v = Setting(
        "Control the vertical scale, per division, with a 1:1 probe (V, range 0.001 to 10).",
        command=":CHAN{channel}:SCAL {value}",
        query=":CHAN{channel}:SCAL?",
        parse=parse_number,
        text=number_text,
        legal=lambda _: number_in(1e-3, 10.0, "V"),
        unit="V",
        agrees=within(0.02),
        exchange=two_lines,
    )
    offset_v = Setting(
        "Control the vertical offset; the instrument may allow less at a small scale (V, range -100 to 100).",
        command=":CHAN{channel}:OFFS {value}",
        query=":CHAN{channel}:OFFS?",
        parse=parse_number,
        text=number_text,
        legal=lambda _: number_in(-100.0, 100.0, "V"),
        unit="V",
        agrees=within(0.02, 1e-3),
        exchange=two_lines,
    )
    coupling = Setting(
        "Control the input coupling (no unit, range AC or DC).",
        command=":CHAN{channel}:COUP {value}",
        query=":CHAN{channel}:COUP?",
        parse=str.strip,
        text=str,
        legal=lambda _: one_of(("AC", "DC")),
        unit="",
        exchange=two_lines,
    )


class SingleShotOscilloscope(Driver):
    """What is common to the oscilloscopes: single shots on an edge.

    Every setting is read back by a question in a line of its own, which both dialects understand.
    """

    channels: ClassVar[int] = 4

    time_scale_s = Setting(
        "Control the horizontal scale, per division (s, range 5e-9 to 50).",
        command=":TIM:SCAL {value}",
        query=":TIM:SCAL?",
        parse=parse_number,
        text=number_text,
        legal=lambda _: number_in(5e-9, 50.0, "s"),
        unit="s",
        agrees=within(0.02),
        exchange=two_lines,
    )
    trigger_source = Setting(
        "Control the channel whose edge triggers (channel, range 1 to 4).",
        command=":TRIG:EDGE:SOUR CHAN{value}",
        query=":TRIG:EDGE:SOUR?",
        parse=parse_channel,
        text=str,
        legal=lambda _: number_in(1, 4, "channel", whole=True),
        unit="channel",
        exchange=two_lines,
    )
    trigger_level_v = Setting(
        "Control the level that the edge must cross (V, range -100 to 100, within the screen).",
        command=":TRIG:EDGE:LEV {value}",
        query=":TRIG:EDGE:LEV?",
        parse=parse_number,
        text=number_text,
        legal=lambda _: number_in(-100.0, 100.0, "V"),
        unit="V",
        agrees=within(0.02, 1e-3),
        exchange=two_lines,
    )
    trigger_sweep = Setting(
        "Control what happens without a trigger (no unit, range AUTO to capture anyhow, NORM to wait).",
        command=":TRIG:SWE {value}",
        query=":TRIG:SWE?",
        parse=str.strip,
        text=str,
        legal=lambda _: one_of(("AUTO", "NORM")),
        unit="",
        exchange=two_lines,
    )

    def _opened(self) -> None:
        self._channels = {n: ScopeChannelSettings(self.session, n) for n in range(1, self.channels + 1)}

    def channel(self, number: int) -> ScopeChannelSettings:
        """Return a channel, counted from 1.

        Raises
        ------
        ConfigurationError
            If it has no such channel.
        """
        try:
            return self._channels[number]
        except KeyError:
            raise ConfigurationError(
                f"{self.place}: has no channel {number!r}; legal: {', '.join(map(str, self._channels))}"
            ) from None

    def disarm(self) -> None:
        """Stop waiting for a trigger."""
        self.session.write(":STOP")

    def fetch(self, channels: Sequence[int]) -> Future[tuple[Waveform, ...]]:
        """Return the capture of channels (V over s, range of their scale and of the screen).

        The future raises `InstrumentError` where a preamble does not fit its samples.
        """
        numbers = [self.channel(number).number for number in channels]

        def conversation(ask: Ask, ask_block: AskBlock) -> tuple[Waveform, ...]:
            return tuple(self._fetch_one(number, ask, ask_block) for number in numbers)

        return self.session.transact_blocks(conversation)

    def _fetch_one(self, number: int, ask: Ask, ask_block: AskBlock) -> Waveform:
        raise NotImplementedError

    def _scaled(self, number: int, preamble: str, block: bytes, *, sample_type: str, levels: bool) -> Waveform:
        if len(block) % np.dtype(sample_type).itemsize:
            raise InstrumentError(
                f"{self.place}: {len(block)} bytes of channel {number} are no whole number of samples"
            )
        samples: NDArray[np.generic] = np.frombuffer(block, dtype=sample_type)
        return scaled_waveform(self.place, number, preamble, samples, origin_in_levels=levels)
