"""Keysight DAQ970A and DAQ973A data acquisition systems: a meter behind multiplexers, and relays.

Commands as in Keysight's DAQ970A/DAQ973A Programming Guide. Channels are numbered slot × 100 + channel: 101 to 120
measure voltage, resistance and temperature on a DAQM901A in slot 1; 201 to 220 are the relays of a DAQM903A in slot 2.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import Future
from typing import ClassVar

from radtest.core import ConfigurationError, InstrumentError
from radtest.instruments.driver import Driver
from radtest.instruments.numbered_part import NumberedPart
from radtest.instruments.properties import Setting, number_of, one_of, parse_flag, parse_number
from radtest.instruments.session import Ask, AskBlock

__all__ = ["DAQ970AChannel", "KeysightDAQ970A", "KeysightDAQ970ARelays"]

_FUNCTIONS = ("VOLT", "VOLT:AC", "RES", "FRES", "TEMP")
_THERMOCOUPLES = ("B", "E", "J", "K", "N", "R", "S", "T")
_SLOTS = (1, 2, 3)
_CHANNELS_OF_A_SLOT = 20


def _parse_word(reply: str) -> str:
    return reply.strip().strip('"')


class DAQ970AChannel(NumberedPart):
    """One multiplexer channel of a `KeysightDAQ970A`.

    Parameters
    ----------
    session : Session
        Conversation with the mainframe.
    number : int
        Slot × 100 + channel.
    """

    function = Setting(
        "Control what the channel measures (no unit, range VOLT, VOLT:AC, RES, FRES, TEMP).",
        command='SENS:FUNC "{value}",(@{channel})',
        query="SENS:FUNC? (@{channel})",
        parse=_parse_word,
        text=str,
        legal=lambda _: one_of(_FUNCTIONS),
        unit="",
    )
    integration_cycles = Setting(
        "Control how many power-line cycles voltage is integrated over (cycles, range 0.02, 0.2, 1, 10 or 100).",
        command="SENS:VOLT:DC:NPLC {value},(@{channel})",
        query="SENS:VOLT:DC:NPLC? (@{channel})",
        parse=parse_number,
        text=lambda value: f"{value:.6g}",
        legal=lambda _: number_of((0.02, 0.2, 1.0, 10.0, 100.0), "cycles"),
        unit="cycles",
        agrees=lambda wanted, got: abs(wanted - got) <= 1e-6,
    )
    temperature_probe = Setting(
        "Control the probe for temperature (no unit, range TC, RTD, FRTD, THER).",
        command="SENS:TEMP:TRAN:TYPE {value},(@{channel})",
        query="SENS:TEMP:TRAN:TYPE? (@{channel})",
        parse=_parse_word,
        text=str,
        legal=lambda _: one_of(("TC", "RTD", "FRTD", "THER")),
        unit="",
    )
    thermocouple = Setting(
        "Control the type of thermocouple (no unit, range B, E, J, K, N, R, S, T).",
        command="SENS:TEMP:TRAN:TC:TYPE {value},(@{channel})",
        query="SENS:TEMP:TRAN:TC:TYPE? (@{channel})",
        parse=_parse_word,
        text=str,
        legal=lambda _: one_of(_THERMOCOUPLES),
        unit="",
    )


class _Mainframe(Driver):
    models = ("DAQ970A", "DAQ973A")

    def _checked(self, number: int) -> int:
        slot, channel = divmod(number, 100)
        if isinstance(number, bool) or slot not in _SLOTS or not 1 <= channel <= _CHANNELS_OF_A_SLOT:
            raise ConfigurationError(
                f"{self.place}: has no channel {number!r}; legal: 101 to 120, 201 to 220, 301 to 320",
                remedy="write slot × 100 + channel; nothing was sent.",
            )
        return number

    def _listed(self, numbers: Sequence[int]) -> str:
        return f"(@{','.join(str(self._checked(number)) for number in numbers)})"


class KeysightDAQ970A(_Mainframe):
    """A DAQ970A or DAQ973A as a scanner.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`. It listens on port 5025; a scan of 20 channels takes seconds, so allow them.
    """

    title: ClassVar[str] = "Keysight DAQ970A"

    def _opened(self) -> None:
        self._scanned: tuple[int, ...] = ()

    def channel(self, number: int) -> DAQ970AChannel:
        """Return a channel: slot × 100 + channel.

        Raises
        ------
        ConfigurationError
            If no slot can hold such a channel.
        """
        return DAQ970AChannel(self.session, self._checked(number))

    def scan_list(self, channels: Sequence[int]) -> None:
        """Choose the channels that a scan visits (range 101 to 320), and read them back.

        Raises
        ------
        ConfigurationError
            If there is no such channel; nothing was sent.
        InstrumentError
            If the scan list reads back otherwise.
        """
        listed = self._listed(channels)

        def conversation(_: Ask, ask_block: AskBlock) -> str:
            return ask_block(f"ROUT:SCAN {listed};:ROUT:SCAN?").decode("ascii", errors="replace")

        answer = self.session.transact_blocks(conversation).result()
        got = tuple(int(number) for number in re.findall(r"\d+", answer))
        if got != tuple(channels):
            raise InstrumentError(
                f"{self.place}: the scan list was set to {listed} but reads back {answer!r}; last set: "
                f"{self.session.last_set}",
                remedy="check which modules are in which slot.",
            )
        self._scanned = got
        self.session.remember("scan list", listed)

    def scan(self) -> Future[tuple[float, ...]]:
        """Measure all channels of the scan list, in its order (unit and range of each channel's function)."""
        expected = len(self._scanned)

        def parse(reply: str) -> tuple[float, ...]:
            values = tuple(parse_number(value) for value in reply.split(","))
            if len(values) != expected:
                raise ValueError(f"{expected} channels are in the scan list")
            return values

        return self.session.submit("READ?", parse)


class KeysightDAQ970ARelays(_Mainframe):
    """A DAQM903A actuator card in a DAQ970A, as outlets: closing a relay switches what it feeds on.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`.
    slot : int
        Slot of the card, 1 to 3.
    """

    title: ClassVar[str] = "Keysight DAQM903A"

    def __init__(self, address: str, *, name: str = "", timeout_s: float = 2.0, slot: int = 1) -> None:
        if slot not in _SLOTS:
            raise ConfigurationError(f"{name or self.title}: slot = {slot!r} is out of range; legal: 1, 2, 3")
        self._slot = slot
        super().__init__(address, name=name, timeout_s=timeout_s)

    @property
    def outlets(self) -> tuple[int, ...]:
        """Channels of the card: slot × 100 + 1 to 20."""
        return tuple(self._slot * 100 + relay for relay in range(1, _CHANNELS_OF_A_SLOT + 1))

    def switch_on(self, numbers: Sequence[int]) -> None:
        """Close relays (range slot × 100 + 1 to 20).

        Raises
        ------
        ConfigurationError
            If the card has no such relay; nothing was sent.
        InstrumentError
            If one reads back open.
        """
        self._switch(numbers, on=True)

    def switch_off(self, numbers: Sequence[int]) -> None:
        """Open relays (range slot × 100 + 1 to 20).

        Raises
        ------
        ConfigurationError
            If the card has no such relay; nothing was sent.
        InstrumentError
            If one reads back closed.
        """
        self._switch(numbers, on=False)

    def states(self) -> Future[dict[int, bool]]:
        """Return which relays are closed (no unit, range True or False each)."""
        outlets = self.outlets

        def parse(reply: str) -> dict[int, bool]:
            return dict(zip(outlets, [parse_flag(state) for state in reply.split(",")], strict=True))

        return self.session.submit(f"ROUT:CLOS? {self._listed(outlets)}", parse)

    def _switch(self, numbers: Sequence[int], *, on: bool) -> None:
        foreign = [number for number in numbers if number not in self.outlets]
        if foreign:
            raise ConfigurationError(
                f"{self.place}: has no outlet {foreign[0]!r}; legal: {self.outlets[0]} to {self.outlets[-1]}",
                remedy="write slot × 100 + relay; nothing was sent.",
            )
        listed = self._listed(numbers)

        def parse(reply: str) -> list[bool]:
            return [parse_flag(state) for state in reply.split(",")]

        verb = "CLOS" if on else "OPEN"
        states = self.session.submit(f"ROUT:{verb} {listed};:ROUT:CLOS? {listed}", parse).result()
        if states != [on] * len(numbers):
            raise InstrumentError(
                f"{self.place}: relays {listed} were told to {'close' if on else 'open'} but read back {states}; "
                f"last set: {self.session.last_set}",
                remedy="check that the slot holds a DAQM903A; what the relays feed keeps its power.",
            )
        for number in numbers:
            self.session.remember(f"relay {number}", "closed" if on else "open")
