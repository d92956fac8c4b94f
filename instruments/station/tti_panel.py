"""The station's TTi QL355TP, which speaks no SCPI."""

from __future__ import annotations

import re
from collections.abc import Callable

from radtest import __version__
from radtest.instruments.station.panels import Reply
from radtest.instruments.station.supply import SupplyChannel
from radtest.instruments.station.supply_models import SUPPLY_MODELS
from radtest.instruments.station.supply_panels import measured
from radtest.instruments.station.world import World

__all__ = ["TTiPanel"]

_UNIT = re.compile(r"(OCP|OVP|OP|LSR|RANGE|V|I)([12])(O?)(\?| +(\S+))")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_UNKNOWN, _OUT_OF_RANGE = 101, 120


class _ExecutionError(Exception):
    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class TTiPanel:
    """A QL355TP with both outputs in the 15 V / 5 A range; its over-current trip is always armed."""

    def __init__(self, world: World) -> None:
        self.world = world
        model = world.configuration.supply
        self._identity = SUPPLY_MODELS[model.model].identity.format(serial=model.serial, version=__version__)
        self._error = 0
        self._told: set[int] = set()
        self._arm()

    def answer(self, line: str) -> Reply:
        """Carry out one line: units between semicolons, each question answered in a line of its own."""
        self.world.advance()
        replies: list[str] = []
        for unit in line.split(";"):
            try:
                reply = self._unit(unit.strip().upper())
            except _ExecutionError as error:
                self._error = error.number
                continue
            if reply is not None:
                replies.append(reply + "\r")
        self.world.settle()
        return "\n".join(replies) if replies else None

    def too_long(self) -> str | None:
        """Note that a line was longer than the input buffer."""
        self._error = _UNKNOWN
        return None

    def reset(self) -> None:
        """Return to the settings of ``*RST``."""
        for channel in self.world.channels.values():
            channel.reset(self.world.now_s)
        self._arm()
        self.world.settle()

    def _arm(self) -> None:
        for channel in self.world.channels.values():
            channel.protection, channel.trip_level_a = True, 5.5

    def _unit(self, text: str) -> str | None:
        match text:
            case "":
                return None
            case "*IDN?":
                return self._identity
            case "*RST":
                self.reset()
                return None
            case "*CLS":
                self._error = 0
                return None
            case "EER?":
                number, self._error = self._error, 0
                return str(number)
            case "TRIPRST":
                for channel in self.world.channels.values():
                    channel.clear()
                self._told.clear()
                return None
            case "OPALL 0" | "OPALL 1":
                for channel in self.world.channels.values():
                    channel.switch(self.world.now_s, on=text.endswith("1"))
                return None
        known = _UNIT.fullmatch(text)
        if known is None:
            raise _ExecutionError(_UNKNOWN)
        name, output, argument = known[1] + known[3], known[2], known[5]
        channel = self.world.channels[int(output)]
        if argument is not None:
            self._set(name, channel, argument)
            return None
        return self._get(name, channel)

    def _set(self, name: str, channel: SupplyChannel, argument: str) -> None:
        limits = {
            "V": ("voltage_v", 0.0, channel.highest_voltage_v),
            "I": ("current_limit_a", 0.0, channel.highest_current_a),
            "OCP": ("trip_level_a", 0.01, 5.5),
            "OVP": ("over_voltage_v", 1.0, 40.0),
        }
        if name == "OP" and argument in {"0", "1"}:
            channel.switch(self.world.now_s, on=argument == "1")
            return
        if name not in limits or not _NUMBER.fullmatch(argument) or len(argument) > 40:
            raise _ExecutionError(_UNKNOWN)
        attribute, low, high = limits[name]
        value = float(argument)
        if not low <= value <= high:
            raise _ExecutionError(_OUT_OF_RANGE)
        setattr(channel, attribute, value)

    def _get(self, name: str, channel: SupplyChannel) -> str:
        number = channel.number
        answers: dict[str, Callable[[], str]] = {
            "V": lambda: f"V{number} {channel.voltage_v:.3f}",
            "I": lambda: f"I{number} {channel.current_limit_a:.4f}",
            "VO": lambda: f"{measured(self.world, channel)[0]:.3f}V",
            "IO": lambda: f"{measured(self.world, channel)[1]:.4f}A",
            "OP": lambda: str(int(channel.output)),
            "OCP": lambda: f"CP{number} {channel.trip_level_a:.2f}",
            "OVP": lambda: f"VP{number} {channel.over_voltage_v:.2f}",
            "RANGE": lambda: f"R{number} 0",
            "LSR": lambda: self._limit_status(channel),
        }
        if name not in answers:
            raise _ExecutionError(_UNKNOWN)
        return answers[name]()

    def _limit_status(self, channel: SupplyChannel) -> str:
        """Tell of a trip once: reading the register clears it."""
        limiting = channel.limiting(self.world.now_s)
        status = 2 * limiting + (1 if channel.output and not limiting else 0)
        if channel.tripped and channel.number not in self._told:
            self._told.add(channel.number)
            status |= 8
        return str(status)
