"""Keysight E36300 series triple-output supplies.

Commands as in Keysight's E36300 Series Programming Guide; every command addresses its outputs by a channel list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import ClassVar, cast

from radtest.core import ConfigurationError, InstrumentError
from radtest.instruments.driver import Driver
from radtest.instruments.properties import (
    Legal,
    Reading,
    Setting,
    Subject,
    number_in,
    parse_flag,
    parse_number,
    switch,
    switch_text,
)
from radtest.instruments.roles import ChannelSample
from radtest.instruments.session import Session

__all__ = ["E36300Channel", "KeysightE36300"]


@dataclass(frozen=True, slots=True)
class _Output:
    """What one output can be set to: 103 % of its rating."""

    highest_voltage_v: float
    highest_current_a: float


_MODELS: dict[str, tuple[_Output, ...]] = {
    "E36311A": (_Output(6.18, 5.15), _Output(25.75, 1.03), _Output(25.75, 1.03)),
    "E36312A": (_Output(6.18, 5.15), _Output(25.75, 1.03), _Output(25.75, 1.03)),
    "E36313A": (_Output(6.18, 10.3), _Output(25.75, 2.06), _Output(25.75, 2.06)),
}


def _voltage(subject: Subject) -> Legal[float]:
    return number_in(0.0, cast("E36300Channel", subject).output_rating.highest_voltage_v, "V")


def _current(subject: Subject) -> Legal[float]:
    return number_in(0.0, cast("E36300Channel", subject).output_rating.highest_current_a, "A")


def _agree_within(resolution: float) -> Callable[[float, float], bool]:
    return lambda wanted, got: abs(wanted - got) <= resolution


def _number_text(value: float) -> str:
    return f"{value:.6g}"


class E36300Channel:
    """One output of a `KeysightE36300`.

    Parameters
    ----------
    session : Session
        Conversation with the supply.
    number : int
        Channel, from 1.
    output_rating : object
        What this output can be set to.
    """

    voltage_v = Setting(
        "Control the voltage setpoint (V, range 0 to 6.18 on channel 1, 0 to 25.75 on channels 2 and 3).",
        command="VOLT {value},(@{channel})",
        query="VOLT? (@{channel})",
        parse=parse_number,
        text=_number_text,
        legal=_voltage,
        unit="V",
        agrees=_agree_within(1e-3),
    )
    current_limit_a = Setting(
        "Control the current limit, at which over-current protection trips (A, range 0 to 5.15 on channel 1 and "
        "0 to 1.03 on channels 2 and 3; twice that on an E36313A).",
        command="CURR {value},(@{channel})",
        query="CURR? (@{channel})",
        parse=parse_number,
        text=_number_text,
        legal=_current,
        unit="A",
        agrees=_agree_within(1e-3),
    )
    output = Setting(
        "Control whether the output is on (no unit, range True or False).",
        command="OUTP {value},(@{channel})",
        query="OUTP? (@{channel})",
        parse=parse_flag,
        text=switch_text,
        legal=lambda _: switch(),
        unit="",
    )
    over_current_protection = Setting(
        "Control whether current limiting switches the output off (no unit, range True or False).",
        command="CURR:PROT:STAT {value},(@{channel})",
        query="CURR:PROT:STAT? (@{channel})",
        parse=parse_flag,
        text=switch_text,
        legal=lambda _: switch(),
        unit="",
    )
    over_current_delay_s = Setting(
        "Control how long current limiting must last before the protection trips (s, range 0 to 3600).",
        command="CURR:PROT:DEL {value},(@{channel})",
        query="CURR:PROT:DEL? (@{channel})",
        parse=parse_number,
        text=_number_text,
        legal=lambda _: number_in(0.0, 3600.0, "s"),
        unit="s",
        agrees=_agree_within(1e-4),
    )
    over_voltage_limit_v = Setting(
        "Control the over-voltage protection (V, range 0 to 6.6 on channel 1, 0 to 27.5 on channels 2 and 3).",
        command="VOLT:PROT {value},(@{channel})",
        query="VOLT:PROT? (@{channel})",
        parse=parse_number,
        text=_number_text,
        legal=lambda subject: number_in(0.0, 6.6 if subject.fields["channel"] == 1 else 27.5, "V"),
        unit="V",
        agrees=_agree_within(1e-2),
    )
    over_current_tripped = Reading(
        "Measure whether over-current protection has tripped (no unit, range True or False).",
        query="CURR:PROT:TRIP? (@{channel})",
        parse=parse_flag,
        unit="",
    )
    measured_voltage_v = Reading(
        "Measure the voltage at the terminals (V, range 0 to 6.18 on channel 1, 0 to 25.75 on channels 2 and 3).",
        query="MEAS:VOLT? (@{channel})",
        parse=parse_number,
        unit="V",
    )
    measured_current_a = Reading(
        "Measure the current drawn (A, range 0 to 5.15 on channel 1 and 0 to 1.03 on channels 2 and 3; twice that on "
        "an E36313A).",
        query="MEAS:CURR? (@{channel})",
        parse=parse_number,
        unit="A",
    )

    def __init__(self, session: Session, number: int, output_rating: _Output) -> None:
        self.number = number
        self.output_rating = output_rating
        self._session = session

    @property
    def session(self) -> Session:
        """The conversation with the supply."""
        return self._session

    @property
    def label(self) -> str:
        """``channel 1``, for messages."""
        return f"channel {self.number}"

    @property
    def fields(self) -> dict[str, object]:
        """What the placeholders of the command templates stand for."""
        return {"channel": self.number}

    def clear_trip(self) -> None:
        """Re-arm over-current protection after a trip; the output stays off.

        Raises
        ------
        InstrumentError
            If it still reads back as tripped.
        """
        still = self._session.submit(
            f"CURR:PROT:CLE (@{self.number});:CURR:PROT:TRIP? (@{self.number})", parse_flag
        ).result()
        if still:
            raise InstrumentError(
                f"{self._session.place}, channel {self.number}: over-current protection stays tripped after being "
                "cleared",
                remedy="look at the supply; the output is off.",
            )


class KeysightE36300(Driver):
    """A Keysight E36311A, E36312A or E36313A.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`. The supply listens on port 5025.
    """

    models = tuple(_MODELS)
    title: ClassVar[str] = "Keysight E36300"

    def _opened(self) -> None:
        ratings = _MODELS[self.identity.model]
        self._channels = {n: E36300Channel(self.session, n, rating) for n, rating in enumerate(ratings, start=1)}

    def channel(self, number: int) -> E36300Channel:
        """Return a channel, counted from 1.

        Raises
        ------
        ConfigurationError
            If the model has no such channel.
        """
        try:
            return self._channels[number]
        except KeyError:
            raise ConfigurationError(
                f"{self.place}: has no channel {number!r}; legal: {', '.join(map(str, self._channels))}"
            ) from None

    def sample(self, numbers: Sequence[int]) -> Future[tuple[ChannelSample, ...]]:
        """Measure voltage (V), current (A) and trip state of channels in one exchange (range: as the channels')."""
        listed = self._listed(numbers)
        question = f"MEAS:VOLT? {listed};:MEAS:CURR? {listed};:CURR:PROT:TRIP? {listed}"

        def parse(reply: str) -> tuple[ChannelSample, ...]:
            voltages, currents, trips = (part.split(",") for part in reply.split(";"))
            return tuple(
                ChannelSample(number, parse_number(voltage), parse_number(current), parse_flag(trip))
                for number, voltage, current, trip in zip(numbers, voltages, currents, trips, strict=True)
            )

        return self.session.submit(question, parse)

    def switch_on(self, numbers: Sequence[int]) -> None:
        """Switch outputs on together.

        Raises
        ------
        InstrumentError
            If one reads back off: it has tripped, or is inhibited.
        """
        self._switch(numbers, on=True)

    def switch_off(self, numbers: Sequence[int]) -> None:
        """Switch outputs off together.

        Raises
        ------
        InstrumentError
            If one reads back on.
        """
        self._switch(numbers, on=False)

    def clear_trips(self, numbers: Sequence[int]) -> None:
        """Re-arm over-current protection of channels; outputs stay as they are.

        Raises
        ------
        InstrumentError
            If one still reads back as tripped.
        """
        for number in numbers:
            self.channel(number).clear_trip()

    def _switch(self, numbers: Sequence[int], *, on: bool) -> None:
        listed = self._listed(numbers)

        def parse(reply: str) -> list[bool]:
            return [parse_flag(state) for state in reply.split(",")]

        states = self.session.submit(f"OUTP {switch_text(on)},{listed};:OUTP? {listed}", parse).result()
        if states != [on] * len(numbers):
            raise InstrumentError(
                f"{self.place}: outputs {listed} were switched {switch_text(on)} but read back {states}; last set: "
                f"{self.session.last_set}",
                remedy="look at the supply: a protection that tripped keeps its output off.",
            )
        for number in numbers:
            self.session.remember(
                f"channel {number} output",
                switch_text(on),
                question=f"OUTP? (@{number})",
                agrees=lambda reply: parse_flag(reply) is on,
            )

    def _listed(self, numbers: Sequence[int]) -> str:
        return f"(@{','.join(str(self.channel(number).number) for number in numbers)})"
