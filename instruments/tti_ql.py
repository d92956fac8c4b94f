"""Aim-TTi QL series supplies: QL355P, QL355TP, QL564P and QL564TP.

Commands as in the QL Series Instruction Manual; they are no SCPI. The channel is a number in the command's name,
answers repeat the name or end in the unit, the over-current trip (``OCP1``) is always armed, has a level of its own and
no delay, and one command (``TRIPRST``) re-arms all trips. Reading the limit status register (``LSR1?``) clears it, so
that the driver remembers a trip until it is re-armed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from radtest.core import InstrumentError
from radtest.instruments import supply_properties as property_of
from radtest.instruments.power_supply import LevelTripOutput, Rating, SupplyDriver
from radtest.instruments.properties import Reading, parse_flag, parse_number, same_line
from radtest.instruments.session import Ask

__all__ = ["TTiQL", "TTiQLChannel"]

_OVER_CURRENT = 8
_BESIDE = same_line(";")
_RANGES: dict[str, tuple[Rating, ...]] = {
    "QL355": tuple(
        Rating(voltage_v, current_a, 0.01, 1.1 * current_a, 40.0)
        for voltage_v, current_a in ((15.0, 5.0), (35.0, 3.0), (35.0, 0.5))
    ),
    "QL564": tuple(
        Rating(voltage_v, current_a, 0.01, 1.1 * current_a, 60.0)
        for voltage_v, current_a in ((25.0, 4.0), (56.0, 2.0), (56.0, 0.5))
    ),
}
_VOLTS = "0 to 15 or 35 on a QL355, 0 to 25 or 56 on a QL564, by the range selected"
_AMPERES = "0 to 5, 3 or 0.5 on a QL355, 0 to 4, 2 or 0.5 on a QL564, by the range selected"


def _parse_named(reply: str) -> float:
    """Read ``V1 1.200``: the name is repeated."""
    match = re.fullmatch(r"(?:V|I|VP|CP|R)\d (\S+)", reply.strip())
    if match is None:
        raise ValueError("no name and number")
    return parse_number(match[1])


def _parse_measured(reply: str) -> float:
    """Read ``1.200V``."""
    text = reply.strip()
    if text[-1:] not in {"V", "A"}:
        raise ValueError("no unit at the end")
    return parse_number(text[:-1])


def _parse_over_current(reply: str) -> bool:
    return bool(int(reply) & _OVER_CURRENT)


def _digit(value: bool) -> str:
    return "1" if value else "0"


class TTiQLChannel(LevelTripOutput):
    """One main output of a `TTiQL`; see `SupplyOutput` for its parameters."""

    voltage_v = property_of.voltage("V{channel} {value}", "V{channel}?", _VOLTS, parse=_parse_named, exchange=_BESIDE)
    current_limit_a = property_of.current_limit(
        "I{channel} {value}", "I{channel}?", _AMPERES, parse=_parse_named, exchange=_BESIDE
    )
    output = property_of.output("OP{channel} {value}", "OP{channel}?", parse=parse_flag, text=_digit, exchange=_BESIDE)
    over_current_level_a = property_of.trip_level(
        "OCP{channel} {value}",
        "OCP{channel}?",
        "0.01 to 110 % of the highest current of the range selected",
        parse=_parse_named,
        exchange=_BESIDE,
        resolution_a=1e-2,
    )
    over_voltage_limit_v = property_of.over_voltage(
        "OVP{channel} {value}",
        "OVP{channel}?",
        "0 to 40 on a QL355, 0 to 60 on a QL564",
        parse=_parse_named,
        exchange=_BESIDE,
    )
    over_current_tripped = Reading(
        "Measure whether over-current has tripped since this was last asked (no unit, range True or False).",
        query="LSR{channel}?",
        parse=_parse_over_current,
        unit="",
    )
    measured_voltage_v = property_of.measured_voltage("V{channel}O?", _VOLTS, parse=_parse_measured)
    measured_current_a = property_of.measured_current("I{channel}O?", _AMPERES, parse=_parse_measured)
    _seen_tripped = False

    def looks_tripped(self, ask: Ask) -> bool:
        """Ask, inside a transaction, whether over-current has tripped since the trip was last re-armed."""
        self._seen_tripped = super().looks_tripped(ask) or self._seen_tripped
        return self._seen_tripped

    def clear_trip(self) -> None:
        """Re-arm the trips of all channels and forget what was seen.

        Raises
        ------
        InstrumentError
            If the register shows a trip again, though its output is off.
        """

        def conversation(ask: Ask) -> bool:
            # The first answer may still tell of the trip that is being cleared.
            ask(f"TRIPRST;LSR{self.number}?")
            return _parse_over_current(ask(f"LSR{self.number}?"))

        if self.session.transact(conversation).result():
            raise InstrumentError(
                f"{self.place}: over-current protection stays tripped after being cleared",
                remedy="look at the supply; the output is off.",
            )
        self._seen_tripped = False


class TTiQL(SupplyDriver[TTiQLChannel]):
    """A QL355P, QL355TP, QL564P or QL564TP; its auxiliary output, which has no trip level, is left out.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`. The supply listens on port 9221.
    """

    models = ("QL355P", "QL355TP", "QL564P", "QL564TP")
    title: ClassVar[str] = "TTi QL"
    trip_delay_settable = False
    error_question = "EER?"
    no_error = r"0"

    def _outputs(self) -> Iterator[TTiQLChannel]:
        ranges = _RANGES[self.identity.model[:5]]
        for number in (1, 2) if self.identity.model.endswith("TP") else (1,):
            selected = self.session.submit(f"RANGE{number}?", lambda reply: ranges[_range_of(reply, len(ranges))])
            yield TTiQLChannel(self.session, number, selected.result())


def _range_of(reply: str, count: int) -> int:
    selected = _parse_named(reply)
    if selected not in range(count):
        raise ValueError("no such range")
    return int(selected)
