"""Temptronic (inTEST) ThermoStream thermal heads: ATS-500 and ATS-700 series, TP04300A and ECO-810.

Commands as in Temptronic's ThermoStream Interface and Applications manuals for the ATS series. Each is a line of its
own. The head keeps three set points (0 hot, 1 ambient, 2 cold), each with limits of its own, so the set point that fits
must be selected before it is set.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import ClassVar, cast

from radtest.core import ConfigurationError, InstrumentError
from radtest.instruments.driver import Driver
from radtest.instruments.properties import Legal, Reading, Setting, Subject, number_in, parse_number, switch, two_lines
from radtest.instruments.session import Ask
from radtest.instruments.surroundings_roles import TemperatureReading

__all__ = ["TemptronicATS"]

_HOT, _AMBIENT, _COLD = 0, 1, 2
_AMBIENT_C = (20.0, 30.0)
_SETTLED = 1
_NO_READING_C = 400.0


def _parse_whole(reply: str) -> int:
    number = float(reply)
    if number != int(number):
        raise ValueError("not a whole number")
    return int(number)


def _parse_flag(reply: str) -> bool:
    number = _parse_whole(reply)
    if number not in (0, 1):
        raise ValueError("neither 0 nor 1")
    return bool(number)


def _parse_temperature(reply: str) -> float:
    number = parse_number(reply)
    if number > _NO_READING_C:
        raise ValueError("above 400: the head has no valid temperature")
    return number


def _parse_settled(reply: str) -> bool:
    return bool(_parse_whole(reply) & _SETTLED)


def _set_point(subject: Subject) -> Legal[float]:
    return number_in(*cast("TemptronicATS", subject).limits_c, "°C")


def _tenth(wanted: float, got: float) -> bool:
    return abs(wanted - got) <= 0.051


class TemptronicATS(Driver):
    """A Temptronic ThermoStream head.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`; usually ``GPIB0::18::INSTR``.
    """

    models = ("ATS-515", "ATS-525", "ATS-535", "ATS-545", "ATS-605", "ATS-710", "ATS-750", "ECO-810", "TP04300A")
    title: ClassVar[str] = "Temptronic ThermoStream"

    set_point_number = Setting(
        "Control which set point is in force (no unit, range 0 hot, 1 ambient, 2 cold).",
        command="SETN {value}",
        query="SETN?",
        parse=_parse_whole,
        text=str,
        legal=lambda _: number_in(0, 2, "", whole=True),
        unit="",
        exchange=two_lines,
    )
    set_point_c = Setting(
        "Control the set point in force (°C, range -99.9 to 225, within the limits set at the head).",
        command="SETP {value}",
        query="SETP?",
        parse=parse_number,
        text=lambda value: f"{value:.1f}",
        legal=_set_point,
        unit="°C",
        agrees=_tenth,
        exchange=two_lines,
    )
    soak_s = Setting(
        "Control how long the temperature must stay within the window to be settled (s, range 0 to 9999).",
        command="SOAK {value}",
        query="SOAK?",
        parse=parse_number,
        text=lambda value: f"{value:.0f}",
        legal=lambda _: number_in(0, 9999, "s", whole=True),
        unit="s",
        exchange=two_lines,
    )
    window_k = Setting(
        "Control how far from the set point counts as there (K, range 0.1 to 9.9).",
        command="WNDW {value}",
        query="WNDW?",
        parse=parse_number,
        text=lambda value: f"{value:.1f}",
        legal=lambda _: number_in(0.1, 9.9, "K"),
        unit="K",
        agrees=_tenth,
        exchange=two_lines,
    )
    device_sensor = Setting(
        "Control whether the sensor at the device, not the air, is brought to the set point (no unit, range True or "
        "False).",
        command="DUTM {value}",
        query="DUTM?",
        parse=_parse_flag,
        text=lambda value: str(int(value)),
        legal=lambda _: switch(),
        unit="",
        exchange=two_lines,
    )
    head_down = Setting(
        "Control whether the head is down on the device (no unit, range True or False).",
        command="HEAD {value}",
        query="HEAD?",
        parse=_parse_flag,
        text=lambda value: str(int(value)),
        legal=lambda _: switch(),
        unit="",
        exchange=two_lines,
    )
    air_flow = Setting(
        "Control whether air flows; it needs the head down (no unit, range True or False).",
        command="FLOW {value}",
        query="FLOW?",
        parse=_parse_flag,
        text=lambda value: str(int(value)),
        legal=lambda _: switch(),
        unit="",
        exchange=two_lines,
    )
    lower_limit_c = Setting(
        "Control the lowest air temperature (°C, range -99.9 to 25).",
        command="LLIM {value}",
        query="LLIM?",
        parse=parse_number,
        text=lambda value: f"{value:.1f}",
        legal=lambda _: number_in(-99.9, 25.0, "°C"),
        unit="°C",
        agrees=_tenth,
        exchange=two_lines,
    )
    upper_limit_c = Setting(
        "Control the highest air temperature (°C, range 25 to 225).",
        command="ULIM {value}",
        query="ULIM?",
        parse=parse_number,
        text=lambda value: f"{value:.1f}",
        legal=lambda _: number_in(25.0, 225.0, "°C"),
        unit="°C",
        agrees=_tenth,
        exchange=two_lines,
    )
    temperature_c = Reading(
        "Measure the temperature that is controlled: air, or the sensor at the device (°C, range -99.9 to 400).",
        query="TEMP?",
        parse=_parse_temperature,
        unit="°C",
    )
    settled = Reading(
        "Measure whether the temperature has stayed in its window for the soak time (no unit, range True or False).",
        query="TECR?",
        parse=_parse_settled,
        unit="",
    )
    error_register = Reading(
        "Measure the device-specific errors (no unit, range 0 none to 65535, one bit each).",
        query="EROR?",
        parse=_parse_whole,
        unit="",
    )

    def _opened(self) -> None:
        self._limits_c = (self.lower_limit_c, self.upper_limit_c)

    @property
    def limits_c(self) -> tuple[float, float]:
        """Lowest and highest set point, as the limits at the head were when it was opened (°C, range -99.9 to 225)."""
        return self._limits_c

    def force(self, temperature_c: float) -> None:
        """Lower the head, let air flow and bring it to a temperature (°C, range -99.9 to 225).

        Raises
        ------
        ConfigurationError
            If the head is limited to less; nothing was sent.
        InstrumentError
            If a step reads back otherwise.
        """
        lowest, highest = self.limits_c
        if isinstance(temperature_c, bool) or not lowest <= temperature_c <= highest:
            raise ConfigurationError(
                f"{self.place}: temperature_c = {temperature_c!r} is out of range; legal: {lowest:g} to {highest:g} °C",
                remedy="choose a legal value, or widen the limits (LLIM, ULIM) at the head; nothing was sent.",
            )
        hot = temperature_c > _AMBIENT_C[1]
        self.set_point_number = _HOT if hot else _COLD if temperature_c < _AMBIENT_C[0] else _AMBIENT
        self.set_point_c = temperature_c
        self.head_down = True
        self.air_flow = True

    def read(self) -> Future[TemperatureReading]:
        """Return temperature, set point (°C, range -99.9 to 225) and whether it has soaked."""

        def conversation(ask: Ask) -> TemperatureReading:
            replies = [ask(question) for question in ("TEMP?", "SETP?", "TECR?")]
            try:
                return TemperatureReading(
                    _parse_temperature(replies[0]), parse_number(replies[1]), _parse_settled(replies[2])
                )
            except ValueError as error:
                raise InstrumentError(
                    f"{self.place}: the replies to TEMP?, SETP? and TECR? make no sense: {replies} ({error})"
                ) from error

        return self.session.transact(conversation)

    def release(self) -> None:
        """Stop the air; the head stays down."""
        self.air_flow = False
