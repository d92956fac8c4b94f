"""ESPEC chambers with a P-300 or SCP-220 controller.

Commands as in ESPEC's P-300 and SCP-220 communication manuals. The controller has no ``*IDN?``; it answers ``TYPE?``
with its sensors, its name and its highest temperature. It acknowledges every command (``OK:TEMP,S25.0``) and refuses
with ``NA:`` and a reason (``NA:CMD ERR``); it wants some tenths of a second between them.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import ClassVar, cast

from radtest.core import ConfigurationError, InstrumentError
from radtest.instruments.driver import Driver
from radtest.instruments.errors import AddressError
from radtest.instruments.identity import Identity
from radtest.instruments.properties import (
    Legal,
    Reading,
    Refusal,
    Setting,
    Subject,
    number_in,
    one_of,
    parse_flag,
    switch,
)
from radtest.instruments.session import Ask
from radtest.instruments.surroundings_roles import TemperatureReading

__all__ = ["EspecP300"]

_MODES = ("OFF", "STANDBY", "CONSTANT", "RUN")
_MONITORED, _TARGET, _HIGH, _LOW = range(4)


def _acknowledged(ask: Ask, command: str, question: str) -> str:
    answer = ask(command)
    if not answer.startswith("OK:"):
        raise Refusal(answer)
    return ask(question)


def _parse_field(reply: str, index: int) -> float:
    fields = reply.split(",")
    if reply.startswith("NA:") or len(fields) != 4:
        raise ValueError("four temperatures were expected")
    number = float(fields[index])
    if not -273.15 <= number <= 1000.0:
        raise ValueError("no temperature")
    return number


def _parse_mode(reply: str) -> str:
    word = reply.split(",", maxsplit=1)[0].strip()
    if word not in _MODES:
        raise ValueError(f"legal: {', '.join(_MODES)}")
    return word


def _parse_alarms(reply: str) -> tuple[int, ...]:
    count, *numbers = [int(field) for field in reply.split(",")]
    if count != len(numbers):
        raise ValueError("the number of alarms does not fit their list")
    return tuple(numbers)


def _set_point(subject: Subject) -> Legal[float]:
    return number_in(*cast("EspecP300", subject).limits_c, "°C")


def _tenth(wanted: float, got: float) -> bool:
    return abs(wanted - got) <= 0.051


class EspecP300(Driver):
    """An ESPEC chamber.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`; a serial line (``ASRL1::INSTR``) or a serial server.
    window_k : float
        How far from the set point counts as settled, K; the controller itself does not say.
    """

    models = ("P-300", "P300", "SCP-220", "SCP220")
    title: ClassVar[str] = "ESPEC P-300"

    set_point_c = Setting(
        "Control the temperature that is to be (°C, range -100 to 300, within the alarm limits at the chamber).",
        command="TEMP, S{value}",
        query="TEMP?",
        parse=lambda reply: _parse_field(reply, _TARGET),
        text=lambda value: f"{value:.1f}",
        legal=_set_point,
        unit="°C",
        agrees=_tenth,
        exchange=_acknowledged,
    )
    high_limit_c = Setting(
        "Control the temperature above which the chamber stops with an alarm (°C, range -100 to 300).",
        command="TEMP, H{value}",
        query="TEMP?",
        parse=lambda reply: _parse_field(reply, _HIGH),
        text=lambda value: f"{value:.1f}",
        legal=lambda _: number_in(-100.0, 300.0, "°C"),
        unit="°C",
        agrees=_tenth,
        exchange=_acknowledged,
    )
    low_limit_c = Setting(
        "Control the temperature below which the chamber stops with an alarm (°C, range -100 to 300).",
        command="TEMP, L{value}",
        query="TEMP?",
        parse=lambda reply: _parse_field(reply, _LOW),
        text=lambda value: f"{value:.1f}",
        legal=lambda _: number_in(-100.0, 300.0, "°C"),
        unit="°C",
        agrees=_tenth,
        exchange=_acknowledged,
    )
    mode = Setting(
        "Control what the chamber does (no unit, range OFF, STANDBY, CONSTANT; RUN is a program of its own).",
        command="MODE, {value}",
        query="MODE?",
        parse=_parse_mode,
        text=str,
        legal=lambda _: one_of(("OFF", "STANDBY", "CONSTANT")),
        unit="",
        exchange=_acknowledged,
    )
    powered = Setting(
        "Control whether the chamber works towards its set point (no unit, range True or False).",
        command="POWER, {value}",
        query="POWER?",
        parse=parse_flag,
        text=lambda value: "ON" if value else "OFF",
        legal=lambda _: switch(),
        unit="",
        exchange=_acknowledged,
    )
    temperature_c = Reading(
        "Measure the air temperature (°C, range -100 to 300).",
        query="TEMP?",
        parse=lambda reply: _parse_field(reply, _MONITORED),
        unit="°C",
    )
    alarms = Reading(
        "Measure the alarms that are on, by number (no unit, range 0 to 99 each, none at best).",
        query="ALARM?",
        parse=_parse_alarms,
        unit="",
    )

    def __init__(self, address: str, *, name: str = "", timeout_s: float = 5.0, window_k: float = 0.5) -> None:
        if not 0.1 <= window_k <= 10.0:
            raise ConfigurationError(
                f"{name or self.title}: window_k = {window_k!r} is out of range; legal: 0.1 to 10 K"
            )
        self._window_k = window_k
        super().__init__(address, name=name, timeout_s=timeout_s)

    def _introduce(self) -> Identity:
        try:
            reply = self.session.query("TYPE?")
            fields = [field.strip() for field in reply.split(",")]
            model = next((field for field in fields if field in self.models), None)
            if model is None:
                raise AddressError(
                    f"{self.place}: answers 'TYPE?' with {reply[:120]!r}, which is none of the controllers "
                    f"{', '.join(self.models)}",
                    remedy="correct the address, or name the driver that belongs to this instrument.",
                )
            firmware = self.session.query("ROM?")
        except InstrumentError as error:
            if isinstance(error, AddressError):
                raise
            raise AddressError(
                f"{self.place}: something listens but does not answer as a chamber: {error.message}",
                remedy="check that the address and the port belong to this instrument.",
            ) from error
        return Identity("ESPEC", model, "", firmware.strip())

    def _opened(self) -> None:
        self._limits_c = (self.low_limit_c, self.high_limit_c)

    @property
    def limits_c(self) -> tuple[float, float]:
        """Lowest and highest set point: the alarm limits when the chamber was opened (°C, range -100 to 300)."""
        return self._limits_c

    def force(self, temperature_c: float) -> None:
        """Set the temperature and begin to bring it about (°C, range -100 to 300).

        Raises
        ------
        ConfigurationError
            If the alarm limits exclude it; nothing was sent.
        InstrumentError
            If the chamber refuses.
        """
        self.set_point_c = temperature_c
        self.mode = "CONSTANT"

    def read(self) -> Future[TemperatureReading]:
        """Return temperature and set point (°C, range -100 to 300); settled where they are closer than the window."""

        def parse(reply: str) -> TemperatureReading:
            monitored, target = _parse_field(reply, _MONITORED), _parse_field(reply, _TARGET)
            return TemperatureReading(monitored, target, settled=abs(monitored - target) <= self._window_k)

        return self.session.submit("TEMP?", parse)

    def release(self) -> None:
        """Stop heating and cooling: the chamber stands by."""
        self.mode = "STANDBY"
