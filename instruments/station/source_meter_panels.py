"""The source meters of the station: a 2400 in SCPI, a 2450 and a 2602B in TSP, that is, in lines of Lua."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from functools import partial

from radtest import __version__
from radtest.instruments.station.panels import Reply
from radtest.instruments.station.scpi import Handler, ScpiError
from radtest.instruments.station.supply import SupplyChannel
from radtest.instruments.station.supply_models import SUPPLY_MODELS
from radtest.instruments.station.supply_panels import SupplyPanel, bit, current, measured, voltage
from radtest.instruments.station.world import World

__all__ = ["ScpiSourceMeterPanel", "TouchSourceMeterPanel", "TwinSourceMeterPanel"]

_QUEUE_LENGTH = 20
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_ASSIGNMENT = re.compile(r"([A-Za-z_][\w.]*)\s*=\s*([^\s;]+)")
_CALL = re.compile(r"([A-Za-z_][\w.]*)\(\)")


class ScpiSourceMeterPanel(SupplyPanel):
    """A Keithley 2400; with its output off it measures nothing and reports error 803."""

    def __init__(self, world: World) -> None:
        self._words = {"SOUR:FUNC": "VOLT", "SENS:FUNC": '"CURR:DC"', "OUTP:SMOD": "NORM"}
        others: dict[str, Handler] = {"READ?": self._read, "SYSTem:ERRor:COUNt?": lambda _: "0"}
        for header, key in (
            ("SOURce:FUNCtion[:MODE]", "SOUR:FUNC"),
            ("SENSe:FUNCtion[:ON]", "SENS:FUNC"),
            ("OUTPut:SMODe", "OUTP:SMOD"),
        ):
            others[header] = partial(self._note, key)
            others[header + "?"] = partial(self._noted, key)
        super().__init__(
            world,
            numbers={
                "[SOURce:]VOLTage[:LEVel][:IMMediate][:AMPLitude]": voltage(_six_places),
                "[SENSe:]CURRent:PROTection[:LEVel]": current(_six_places),
            },
            switches={"OUTPut[:STATe]": (self.switch_output, lambda channel: bit(channel.output))},
            readings={"[SENSe:]CURRent:PROTection:TRIPped": lambda channel: bit(channel.limiting(world.now_s))},
            actions={},
            others=others,
        )

    def _note(self, key: str, parameters: list[str]) -> None:
        if not parameters:
            raise ScpiError(-109, "Missing parameter")
        self._words[key] = ",".join(parameters)

    def _noted(self, key: str, _: list[str]) -> str:
        return self._words[key]

    def _read(self, _: list[str]) -> str:
        channel = self.world.channels[1]
        if not channel.output:
            raise ScpiError(803, "Not permitted with OUTPUT off")
        voltage_v, current_a = measured(self.world, channel)
        return f"{voltage_v:+.6E},{current_a:+.6E},+9.910000E+37,{self.world.now_s:+.6E},+2.150800E+04"


def _six_places(value: float) -> str:
    return f"{value:+.6E}"


class _LuaPanel:
    """What answers lines of Lua as far as drivers need it: assignments, calls without arguments, and ``print``."""

    def __init__(self, world: World) -> None:
        self.world = world
        model = world.configuration.supply
        self._identity = SUPPLY_MODELS[model.model].identity.format(serial=model.serial, version=__version__)
        self._values: dict[str, Callable[[], str]] = {}
        self._takes: dict[str, Callable[[str], None]] = {}
        self._calls: dict[str, Callable[[], None]] = {"reset": self.reset}
        self._words: dict[str, str] = {}
        self._errors: deque[str] = deque()

    def answer(self, line: str) -> Reply:
        """Carry out one line."""
        self.world.advance()
        match line.strip():
            case "*IDN?":
                return self._identity
            case "*LANG?":
                return "TSP"
            case "*RST":
                self.reset()
                return None
            case "*CLS":
                self._errors.clear()
                return None
        replies: list[str] = []
        try:
            self._execute(line.strip(), replies)
        except ValueError as error:
            if len(self._errors) < _QUEUE_LENGTH:
                self._errors.append(str(error))
        self.world.settle()
        return "\n".join(replies) if replies else None

    def too_long(self) -> str | None:
        """Note that a line was longer than the input buffer."""
        self._errors.append("-363\tInput buffer overrun")
        return None

    def reset(self) -> None:
        """Switch all outputs off and return to the settings of ``*RST``."""
        for channel in self.world.channels.values():
            channel.reset(self.world.now_s)
        self.world.settle()

    def next_error(self) -> str:
        """Take the oldest error out of the queue."""
        return self._errors.popleft() if self._errors else "0\tNo error\t0\t0"

    def _execute(self, text: str, replies: list[str]) -> None:
        while text := text.lstrip(" \t;"):
            if text.startswith("print("):
                inside, text = _in_parentheses(text[5:])
                replies.append("\t".join(self._value(part.strip()) for part in _arguments(inside)))
            elif assignment := _ASSIGNMENT.match(text):
                self._assign(assignment[1], assignment[2])
                text = text[assignment.end() :]
            elif call := _CALL.match(text):
                self._call(call[1])
                text = text[call.end() :]
            else:
                raise ValueError("-285\tTSP Syntax error\t20\t1")

    def _value(self, expression: str) -> str:
        if expression in self._words:
            return self._words[expression]
        if expression not in self._values:
            raise ValueError("-286\tTSP Runtime error\t20\t1")
        return self._values[expression]()

    def _assign(self, name: str, value: str) -> None:
        if name in self._words:
            self._words[name] = self._written(value)
        elif name in self._takes:
            self._takes[name](value)
        else:
            raise ValueError("-286\tTSP Runtime error\t20\t1")

    def _written(self, value: str) -> str:
        """Return a word as ``print`` will show it."""
        return value

    def _call(self, name: str) -> None:
        if name not in self._calls:
            raise ValueError("-286\tTSP Runtime error\t20\t1")
        self._calls[name]()

    def _number(
        self, path: str, channel: SupplyChannel, attribute: str, high: float, form: Callable[[float], str]
    ) -> None:
        def take(text: str) -> None:
            if not _NUMBER.fullmatch(text) or len(text) > 40:
                raise ValueError("-286\tTSP Runtime error\t20\t1")
            value = float(text)
            if not 0.0 <= value <= high:
                raise ValueError("1102\tParameter too big\t20\t1")
            setattr(channel, attribute, value)

        self._takes[path] = take
        self._values[path] = lambda: form(getattr(channel, attribute))

    def _switch(self, path: str, channel: SupplyChannel, words: dict[str, bool], form: Callable[[bool], str]) -> None:
        def take(text: str) -> None:
            if text not in words:
                raise ValueError("-286\tTSP Runtime error\t20\t1")
            channel.switch(self.world.now_s, on=words[text])

        self._takes[path] = take
        self._values[path] = lambda: form(channel.output)


class TouchSourceMeterPanel(_LuaPanel):
    """A Keithley 2450."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        channel = world.channels[1]
        self._sourced = "nil"
        self._words = {
            "smu.source.func": "smu.FUNC_DC_CURRENT",
            "smu.measure.func": "smu.FUNC_DC_CURRENT",
            "smu.source.readback": "smu.ON",
            "smu.source.offmode": "smu.OFFMODE_NORMAL",
        }
        self._number("smu.source.level", channel, "voltage_v", channel.highest_voltage_v, _short)
        self._number("smu.source.ilimit.level", channel, "current_limit_a", channel.highest_current_a, _short)
        words = {"smu.ON": True, "1": True, "smu.OFF": False, "0": False}
        self._switch("smu.source.output", channel, words, _smu_word)
        self._values |= {
            "smu.source.ilimit.tripped": lambda: _smu_word(channel.limiting(world.now_s)),
            "smu.measure.read()": self._read,
            "defbuffer1.sourcevalues[defbuffer1.n]": lambda: self._sourced,
            "eventlog.next(eventlog.SEV_ERROR)": self.next_error,
        }
        self._calls["smu.measure.read"] = self._take_reading

    def _take_reading(self) -> None:
        self._read()

    def _read(self) -> str:
        channel = self.world.channels[1]
        if not channel.output:
            raise ValueError("5078\tOutput must be on to measure\t20\t1")
        voltage_v, current_a = measured(self.world, channel)
        self._sourced = _short(voltage_v)
        return _short(current_a)


class TwinSourceMeterPanel(_LuaPanel):
    """A Keithley 2602B: smua and smub, which measure with the output off, too."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        for number, smu in ((1, "smua"), (2, "smub")):
            channel = world.channels[number]
            self._words |= {f"{smu}.source.func": _long(1), f"{smu}.source.offmode": _long(0)}
            self._number(f"{smu}.source.levelv", channel, "voltage_v", channel.highest_voltage_v, _long)
            self._number(f"{smu}.source.limiti", channel, "current_limit_a", channel.highest_current_a, _long)
            self._switch(f"{smu}.source.output", channel, {"1": True, "0": False}, lambda on: _long(float(on)))
            self._values |= {
                f"{smu}.source.compliance": partial(self._compliance, channel),
                f"{smu}.measure.v()": partial(self._measure, channel, "v"),
                f"{smu}.measure.i()": partial(self._measure, channel, "i"),
                f"{smu}.measure.iv()": partial(self._measure, channel, "iv"),
            }
        self._values["errorqueue.next()"] = self.next_error

    def _compliance(self, channel: SupplyChannel) -> str:
        return str(channel.limiting(self.world.now_s)).lower()

    def _measure(self, channel: SupplyChannel, what: str) -> str:
        voltage_v, current_a = measured(self.world, channel)
        values = {"v": voltage_v, "i": current_a}
        return "\t".join(_long(values[one]) for one in what)

    def _written(self, value: str) -> str:
        return _long(float(value)) if _NUMBER.fullmatch(value) else value


def _short(value: float) -> str:
    return f"{value:.7g}"


def _long(value: float) -> str:
    return f"{value:.5e}"


def _smu_word(on: bool) -> str:
    return "smu.ON" if on else "smu.OFF"


def _in_parentheses(text: str) -> tuple[str, str]:
    """Split ``(inside) rest``."""
    depth = 0
    for index, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0:
            return text[1:index], text[index + 1 :]
    raise ValueError("-285\tTSP Syntax error\t20\t1")


def _arguments(text: str) -> list[str]:
    """Split at commas outside parentheses and brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts
