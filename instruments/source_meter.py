"""What source meters share when they feed a device.

A source meter limits the current at its compliance and goes on: nothing switches the output off, so only software
protects a device that latches up. With the output off, a source meter in its normal off state drives its terminals to
0 V; some cannot measure then, and `SourceMeterOutput` reports 0 V and 0 A, which is what they drive and no measurement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from radtest.core import InstrumentError
from radtest.instruments.power_supply import LimitingOutput
from radtest.instruments.properties import Exchange, Reading, Setting, one_of, parse_number
from radtest.instruments.roles import ChannelSample
from radtest.instruments.session import Ask

__all__ = ["SourceMeterOutput", "fixed"]


def fixed(
    what: str,
    command: str,
    query: str,
    words: Sequence[str],
    *,
    parse: Callable[[str], str] = str.strip,
    exchange: Exchange | None = None,
) -> Setting[str]:
    """Return a setting that is one of a few words (no unit, range: the words)."""
    return Setting(
        f"Control {what} (no unit, range {', '.join(words)}).",
        command=command,
        query=query,
        parse=parse,
        text=str,
        legal=lambda _: one_of(words),
        unit="",
        exchange=exchange,
    )


class SourceMeterOutput(LimitingOutput):
    """One channel of a source meter as the output of a supply; see `SupplyOutput` for its parameters.

    `prepared_as` gives the values that settings must have, beyond those of every supply, before power comes on.
    `both_question` asks for voltage and current in one reading, which `parse_both` tells apart.
    """

    both_question: ClassVar[str]

    limiting: Reading[bool]
    prepared_as: tuple[tuple[str, str], ...] = ()
    measures_when_off = False

    def protect(self, *, current_limit_a: float, over_current_delay_s: float) -> None:
        """Make it a voltage source that drives 0 V when off, and set its compliance (A, range: as the limit's)."""
        for name, value in self.prepared_as:
            setattr(self, name, value)
        super().protect(current_limit_a=current_limit_a, over_current_delay_s=over_current_delay_s)

    def look(self, ask: Ask) -> ChannelSample:
        """Measure voltage (V) and current (A), inside a transaction (range: as the output's); 0 and 0 when off."""
        if not self.measures_when_off and not type(self).output.within(self, ask):
            return ChannelSample(self.number, 0.0, 0.0, tripped=False)
        question = self.both_question.format(**self.fields)
        reply = ask(question)
        try:
            voltage_v, current_a = self.parse_both(reply)
        except ValueError as error:
            raise InstrumentError(
                f"{self.place}: the reply to {question!r} makes no sense: {reply[:80]!r} ({error})",
                remedy="check that the address belongs to this model and that nobody else talks to it.",
            ) from error
        return ChannelSample(self.number, voltage_v, current_a, tripped=False)

    def parse_both(self, reply: str) -> tuple[float, float]:
        """Read what Lua prints of a current and a voltage; return voltage (V) and current (A; range: as the output's).

        Raises
        ------
        ValueError
            If it makes no sense.
        """
        current, voltage = reply.split("\t")
        return parse_number(voltage), parse_number(current)
