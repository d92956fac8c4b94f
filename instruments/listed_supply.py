"""Supplies that address their outputs by a channel list, so that one message reaches several."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import TypeVar

from radtest.instruments.power_supply import LimitTripOutput, SupplyDriver, SupplyOutput
from radtest.instruments.properties import parse_number, switch_text
from radtest.instruments.roles import ChannelSample
from radtest.instruments.session import Ask

__all__ = ["ListedOutput", "ListedSupply"]


class ListedOutput(LimitTripOutput):
    """An output that is addressed as ``(@n)``."""

    separator = ";:"


O_co = TypeVar("O_co", bound=ListedOutput, covariant=True)


class ListedSupply(SupplyDriver[O_co]):
    """A supply that takes ``(@1,2)`` at the end of a command or question."""

    def sample(self, numbers: Sequence[int]) -> Future[tuple[ChannelSample, ...]]:
        """Measure voltage (V), current (A) and trip state of channels in one message (range: as the channels')."""
        listed = self._listed(numbers)
        tripped = type(self.channel(numbers[0])).over_current_tripped
        trip_query = tripped.query.format(channel="").removesuffix(" (@)")

        def parse(reply: str) -> tuple[ChannelSample, ...]:
            voltages, currents, trips = (part.split(",") for part in reply.split(";"))
            return tuple(
                ChannelSample(number, parse_number(voltage), parse_number(current), tripped.parse(trip))
                for number, voltage, current, trip in zip(numbers, voltages, currents, trips, strict=True)
            )

        return self.session.submit(f"MEAS:VOLT? {listed};:MEAS:CURR? {listed};:{trip_query} {listed}", parse)

    def _switched(self, ask: Ask, outputs: Sequence[SupplyOutput], *, on: bool) -> list[bool]:
        listed = self._listed([output.number for output in outputs])
        question = f"OUTP {switch_text(on)},{listed};:OUTP? {listed}"
        reply = ask(question)
        return [type(outputs[0]).output.understand(outputs[0], question, state) for state in reply.split(",")]

    def _listed(self, numbers: Sequence[int]) -> str:
        return f"(@{','.join(str(self.channel(number).number) for number in numbers)})"
