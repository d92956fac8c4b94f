"""Rigol DS1000Z and MSO1000Z oscilloscopes, and the MSO5000 series, which shares these commands.

Commands as in Rigol's MSO1000Z/DS1000Z Series Programming Guide. Commands are sent one to a line: the guide does not
promise that several in one message are understood. The reply to ``:TRIG:STAT?`` lags behind ``:SING``.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import ClassVar

from radtest.core import InstrumentError
from radtest.instruments.meter_roles import Waveform
from radtest.instruments.oscilloscope import SingleShotOscilloscope, number_text, within
from radtest.instruments.properties import Reading, Setting, number_in, one_of, parse_number, two_lines
from radtest.instruments.session import Ask, AskBlock

__all__ = ["RigolDS1000Z"]

_STATES = ("TD", "WAIT", "RUN", "AUTO", "STOP")
_MOST_LOOKS = 200


def _parse_state(reply: str) -> str:
    if reply.strip() not in _STATES:
        raise ValueError(f"legal: {', '.join(_STATES)}")
    return reply.strip()


class RigolDS1000Z(SingleShotOscilloscope):
    """A four-channel Rigol oscilloscope that captures transients.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`. It listens on port 5555.
    """

    models = ("DS1054Z", "DS1074Z", "DS1104Z", "MSO1074Z", "MSO1104Z", "MSO5074", "MSO5104", "MSO5204", "MSO5354")
    title: ClassVar[str] = "Rigol DS1000Z"

    time_position_s = Setting(
        "Control the time between the trigger and the middle of the screen (s, range -500 to 500).",
        command=":TIM:OFFS {value}",
        query=":TIM:OFFS?",
        parse=parse_number,
        text=number_text,
        legal=lambda _: number_in(-500.0, 500.0, "s"),
        unit="s",
        agrees=within(1e-3, 1e-9),
        exchange=two_lines,
    )
    trigger_slope = Setting(
        "Control the edge that triggers (no unit, range POS, NEG, RFAL).",
        command=":TRIG:EDGE:SLOP {value}",
        query=":TRIG:EDGE:SLOP?",
        parse=str.strip,
        text=str,
        legal=lambda _: one_of(("POS", "NEG", "RFAL")),
        unit="",
        exchange=two_lines,
    )
    trigger_state = Reading(
        "Measure what the trigger does (no unit, range TD triggered, WAIT, RUN, AUTO, STOP).",
        query=":TRIG:STAT?",
        parse=_parse_state,
        unit="",
    )

    def arm(self) -> None:
        """Wait for one trigger, then stop.

        Raises
        ------
        InstrumentError
            If it does not begin to wait.
        """
        self.trigger_sweep = "NORM"

        def conversation(ask: Ask) -> str:
            state = ask(":SING\n:TRIG:STAT?")
            looks = 1
            while state.strip() == "STOP" and looks < _MOST_LOOKS:
                state = ask(":TRIG:STAT?")
                looks += 1
            return _parse_state(state)

        if self.session.transact(conversation).result() == "STOP":
            raise InstrumentError(
                f"{self.place}: was armed but stays stopped; last set: {self.session.last_set}",
                remedy="look at the oscilloscope, or choose a trigger level that is met less often.",
            )
        self.session.remember("armed", "yes")

    def triggered(self) -> Future[bool]:
        """Tell whether the trigger has come since `arm` and the capture is complete (no unit, range True or False)."""
        return self.session.submit(":TRIG:STAT?", lambda reply: _parse_state(reply) == "STOP")

    def _fetch_one(self, number: int, ask: Ask, ask_block: AskBlock) -> Waveform:
        preamble = ask(f":WAV:SOUR CHAN{number}\n:WAV:MODE NORM\n:WAV:FORM BYTE\n:WAV:PRE?")
        return self._scaled(number, preamble, ask_block(":WAV:DATA?"), sample_type="u1", levels=True)
