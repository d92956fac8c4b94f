"""Keysight InfiniiVision 3000, 4000 and 6000 X-Series oscilloscopes.

Commands as in Keysight's InfiniiVision 3000 X-Series Oscilloscopes Programmer's Guide. The header ``:OPER:COND?`` has
bit 3 set while the oscilloscope runs or waits for its trigger; a single shot clears it when it is complete.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import ClassVar

from radtest.core import InstrumentError
from radtest.instruments.meter_roles import Waveform
from radtest.instruments.oscilloscope import SingleShotOscilloscope, number_text, within
from radtest.instruments.properties import Reading, Setting, number_in, number_of, one_of, parse_number, two_lines
from radtest.instruments.session import Ask, AskBlock

__all__ = ["KeysightInfiniiVision"]

_RUNNING = 8
_POINTS = (100, 250, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000)
_MODELS = tuple(
    f"{kind}-X {number}{letter}"
    for kind in ("DSO", "MSO")
    for number in (3014, 3024, 3034, 3054, 3104, 4024, 4034, 4054, 4104, 4154)
    for letter in ("A", "T", "G")
)


def _parse_running(reply: str) -> bool:
    return bool(int(reply) & _RUNNING)


class KeysightInfiniiVision(SingleShotOscilloscope):
    """A four-channel InfiniiVision oscilloscope that captures transients.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`. It listens on port 5025.
    """

    models = _MODELS
    title: ClassVar[str] = "Keysight InfiniiVision"

    time_position_s = Setting(
        "Control the time between the trigger and the middle of the screen (s, range -500 to 500).",
        command=":TIM:POS {value}",
        query=":TIM:POS?",
        parse=parse_number,
        text=number_text,
        legal=lambda _: number_in(-500.0, 500.0, "s"),
        unit="s",
        agrees=within(1e-3, 1e-9),
        exchange=two_lines,
    )
    trigger_slope = Setting(
        "Control the edge that triggers (no unit, range POS, NEG, EITH).",
        command=":TRIG:EDGE:SLOP {value}",
        query=":TRIG:EDGE:SLOP?",
        parse=str.strip,
        text=str,
        legal=lambda _: one_of(("POS", "NEG", "EITH")),
        unit="",
        exchange=two_lines,
    )
    points = Setting(
        "Control how many points are fetched of a capture (points, range 100, 250, 500, 1000 and so on to 1e6).",
        command=":WAV:POIN {value}",
        query=":WAV:POIN?",
        parse=parse_number,
        text=lambda value: f"{value:.0f}",
        legal=lambda _: number_of(_POINTS, "points"),
        unit="points",
        exchange=two_lines,
    )
    waiting = Reading(
        "Measure whether it runs or waits for a trigger (no unit, range True or False).",
        query=":OPER:COND?",
        parse=_parse_running,
        unit="",
    )

    def arm(self) -> None:
        """Wait for one trigger, then stop; a capture that comes at once counts.

        Raises
        ------
        InstrumentError
            If it neither waits nor has triggered.
        """
        self.trigger_sweep = "NORM"

        def conversation(ask: Ask) -> tuple[str, str]:
            ask(":TER?")  # reading the trigger event register clears it
            return ask(":SING\n:OPER:COND?"), ask(":TER?")

        condition, triggered = self.session.transact(conversation).result()
        if not (_parse_running(condition) or int(triggered)):
            raise InstrumentError(
                f"{self.place}: was armed but does not wait for a trigger; last set: {self.session.last_set}",
                remedy="look at the oscilloscope: is a dialogue open on its screen?",
            )
        self.session.remember("armed", "yes")

    def triggered(self) -> Future[bool]:
        """Tell whether the trigger has come since `arm` (no unit, range True or False)."""
        return self.session.submit(":OPER:COND?", lambda reply: not _parse_running(reply))

    def _fetch_one(self, number: int, ask: Ask, ask_block: AskBlock) -> Waveform:
        preamble = ask(f":WAV:SOUR CHAN{number};FORM WORD;BYT LSBF;UNS 1;PRE?")
        return self._scaled(number, preamble, ask_block(":WAV:DATA?"), sample_type="<u2", levels=False)
