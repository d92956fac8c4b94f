"""The multimeter and the scanner of the station, as seen from outside."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from radtest import __version__
from radtest.instruments.station.mains import Outlet
from radtest.instruments.station.panels import Panel, Reply
from radtest.instruments.station.scpi import Handler, ScpiError, channel_list, flag, number
from radtest.instruments.station.surroundings_configuration import MeterModel, ScannerModel
from radtest.instruments.station.world import World

__all__ = ["LatePanel", "MultimeterPanel", "ScannerPanel", "word"]

_LINE_HZ = 50.0
_OVERLOAD = "+9.90000000E+37"
_INTEGRATION = (0.02, 0.2, 1.0, 10.0, 100.0)
_RELATIVE_NOISE = 2e-5
_CHANNELS = range(101, 321)

_Parse = Callable[[list[str]], str]


class LatePanel(Panel):
    """A SCPI instrument that takes its time to answer, and more to measure."""

    def __init__(self, world: World, identity: str, commands: dict[str, Handler], latency_s: float) -> None:
        super().__init__(world, identity, commands)
        self._latency_s = latency_s
        self._measuring_s = 0.0

    def answer(self, line: str) -> Reply:
        """Carry out one line; the answer comes later."""
        self._measuring_s = 0.0
        reply = super().answer(line)
        late_s = self._latency_s + self._measuring_s
        return reply if reply is None or late_s <= 0 else (late_s, lambda: reply)

    def measure_for(self, seconds: float) -> None:
        """Delay the answer to this line by a measurement."""
        self._measuring_s += seconds


def word(parameters: list[str], legal: dict[str, str]) -> str:
    """Return the first parameter in its short form.

    Raises
    ------
    ScpiError
        -109 missing, -224 none of the words.
    """
    if not parameters:
        raise ScpiError(-109, "Missing parameter")
    text = parameters[0].upper().strip("\"'")
    for short, long in legal.items():
        if text in (short, long):
            return short
    raise ScpiError(-224, "Illegal parameter value")


def reading(value: float, noise: float) -> str:
    """Write a reading as Keysight does; what cannot be measured is an overload."""
    return _OVERLOAD if math.isnan(value) else f"{value * (1 + noise) + noise * 1e-3:+.8E}"


_FUNCTIONS = {
    "VOLT": "VOLT:DC",
    "VOLT:AC": "VOLTAGE:AC",
    "CURR": "CURR:DC",
    "CURR:AC": "CURRENT:AC",
    "RES": "RESISTANCE",
    "FRES": "FRESISTANCE",
    "TEMP": "TEMPERATURE",
}


class MultimeterPanel(LatePanel):
    """A Keysight 34461A across one rail."""

    def __init__(self, world: World, model: MeterModel) -> None:
        self._rail = model.rail
        commands: dict[str, Handler] = {
            "[SENSe:]FUNCtion[:ON]": self._set_function,
            "[SENSe:]FUNCtion[:ON]?": lambda _: f'"{self._function}"',
            "[SENSe:]TEMPerature:TRANsducer:TYPE": self._set_probe,
            "[SENSe:]TEMPerature:TRANsducer:TYPE?": lambda _: self._probe,
            "ROUTe:TERMinals?": lambda _: "FRON",
            "READ?": lambda _: self._read(),
        }
        commands |= self._range_commands("VOLTage", 1000.0) | self._range_commands("CURRent", 3.0)
        identity = f"Keysight Technologies,34461A,{model.serial},sim-{__version__}"
        super().__init__(world, identity, commands, model.latency_s)
        self.reset()

    def reset(self) -> None:
        """Return to the settings of ``*RST``."""
        self._function, self._probe = "VOLT", "FRTD"
        self._ranges = {"VOLT": 10.0, "CURR": 1.0}
        self._auto = {"VOLT": True, "CURR": True}
        self._cycles = {"VOLT": 10.0, "CURR": 10.0}

    def _range_commands(self, quantity: str, highest: float) -> dict[str, Handler]:
        key = quantity[:4]
        head = f"[SENSe:]{quantity}[:DC]"

        def set_range(parameters: list[str]) -> None:
            self._ranges[key] = number(parameters, 0.0, highest)
            self._auto[key] = False

        def set_auto(parameters: list[str]) -> None:
            self._auto[key] = flag(parameters)

        def set_cycles(parameters: list[str]) -> None:
            self._cycles[key] = _cycles(parameters)

        return {
            f"{head}:RANGe[:UPPer]": set_range,
            f"{head}:RANGe[:UPPer]?": lambda _: f"{self._ranges[key]:+.8E}",
            f"{head}:RANGe:AUTO": set_auto,
            f"{head}:RANGe:AUTO?": lambda _: str(int(self._auto[key])),
            f"{head}:NPLCycles": set_cycles,
            f"{head}:NPLCycles?": lambda _: f"{self._cycles[key]:+.8E}",
        }

    def _set_function(self, parameters: list[str]) -> None:
        self._function = word(parameters, _FUNCTIONS)

    def _set_probe(self, parameters: list[str]) -> None:
        legal = {"RTD": "RTD", "FRTD": "FRTD", "THER": "THERMISTOR", "FTH": "FTHERMISTOR"}
        self._probe = word(parameters, legal)

    def _read(self) -> str:
        self.measure_for(self._cycles.get(self._function, 10.0) / _LINE_HZ)
        names = {"VOLT": f"rail{self._rail}_voltage", "CURR": f"rail{self._rail}_current", "TEMP": "device_temperature"}
        if self._function not in names:
            return _OVERLOAD
        value = self.world.surroundings.signal(names[self._function], self.world.channels, self.world.now_s)
        held = self._ranges.get(self._function)
        if held is not None and not self._auto[self._function] and abs(value) > 1.2 * held:
            return _OVERLOAD
        return reading(value, _RELATIVE_NOISE * float(self.world.rng.standard_normal()))


class ScannerPanel(LatePanel):
    """A Keysight DAQ970A: a DAQM901A in slot 1 and a DAQM903A in slot 2."""

    def __init__(self, world: World, model: ScannerModel) -> None:
        self._inputs = model.inputs
        self._functions: dict[int, str] = {}
        self._cycles: dict[int, str] = {}
        self._probes: dict[int, str] = {}
        self._couples: dict[int, str] = {}
        self._scan: list[int] = []
        self._relays = {
            number: Outlet(feeds=model.feeds.get(number, ""), stuck=number in model.stuck, says_on=False, live=False)
            for number in range(201, 221)
        }
        for relay in self._relays.values():
            if relay.feeds:  # what a relay feeds has power until it is opened: it is wired to the resting contact
                relay.says_on = relay.live = True
                world.surroundings.mains.outlets.append(relay)
        per_channel: dict[str, tuple[dict[int, str], _Parse, str, str]] = {
            "[SENSe:]FUNCtion[:ON]": (self._functions, lambda p: word(p, _FUNCTIONS), '"VOLT"', '"{}"'),
            "[SENSe:]VOLTage[:DC]:NPLCycles": (self._cycles, lambda p: f"{_cycles(p):+.8E}", "+1.00000000E+00", "{}"),
            "[SENSe:]TEMPerature:TRANsducer:TYPE": (self._probes, _probe, "TC", "{}"),
            "[SENSe:]TEMPerature:TRANsducer:TC:TYPE": (self._couples, _couple, "J", "{}"),
        }
        commands: dict[str, Handler] = {
            "ROUTe:SCAN": self._set_scan,
            "ROUTe:SCAN?": lambda _: self._scan_block(),
            "READ?": lambda _: self._read(),
            "ROUTe:CLOSe": lambda p: self._switch(p, on=True),
            "ROUTe:OPEN": lambda p: self._switch(p, on=False),
            "ROUTe:CLOSe?": self._closed,
        }
        for header, (table, parse, default, shape) in per_channel.items():

            def setter(
                parameters: list[str],
                table: dict[int, str] = table,
                parse: Callable[[list[str]], str] = parse,
                shape: str = shape,
            ) -> None:
                channels = self._listed(parameters)
                value = shape.format(parse(parameters))
                for channel in channels:
                    table[channel] = value

            def getter(parameters: list[str], table: dict[int, str] = table, default: str = default) -> str:
                return ",".join(table.get(channel, default) for channel in self._listed(parameters))

            commands |= {header: setter, header + "?": getter}
        identity = f"Keysight Technologies,DAQ970A,{model.serial},sim-{__version__}"
        super().__init__(world, identity, commands, model.latency_s)

    def reset(self) -> None:
        """Return to the settings of ``*RST``: an empty scan list; relays stay."""
        for table in (self._functions, self._cycles, self._probes, self._couples):
            table.clear()
        self._scan.clear()

    def _listed(self, parameters: list[str]) -> list[int]:
        return [number for number in channel_list(parameters, _CHANNELS[-1]) if self._exists(number)]

    def _exists(self, number: int) -> bool:
        if number not in range(101, 121) and number not in self._relays:
            raise ScpiError(-222, "Data out of range")
        return True

    def _set_scan(self, parameters: list[str]) -> None:
        self._scan[:] = self._listed(parameters)

    def _scan_block(self) -> str:
        listed = f"(@{','.join(map(str, self._scan))})"
        digits = str(len(listed))
        return f"#{len(digits)}{digits}{listed}"

    def _read(self) -> str:
        if not self._scan:
            raise ScpiError(-221, "Settings conflict; scan list empty")
        values = []
        for channel in self._scan:
            cycles = float(self._cycles.get(channel, "1"))
            self.measure_for(cycles / _LINE_HZ + 4e-3)
            name = self._inputs.get(channel, "")
            function = self._functions.get(channel, '"VOLT"').strip('"')
            fits = ("temperature" in name) == (function == "TEMP")
            value = (
                self.world.surroundings.signal(name, self.world.channels, self.world.now_s)
                if name and fits
                else math.nan
            )
            values.append(reading(value, _RELATIVE_NOISE * float(self.world.rng.standard_normal())))
        return ",".join(values)

    def _switch(self, parameters: list[str], *, on: bool) -> None:
        for channel in self._listed(parameters):
            if channel not in self._relays:
                raise ScpiError(-241, "Hardware missing")
            self.world.surroundings.mains.switch(self._relays[channel], self.world.now_s, on=on)

    def _closed(self, parameters: list[str]) -> str:
        listed = self._listed(parameters)
        return ",".join(str(int(channel in self._relays and self._relays[channel].says_on)) for channel in listed)


def _cycles(parameters: list[str]) -> float:
    wanted = number(parameters, 0.02, 100.0)
    return min(each for each in _INTEGRATION if each >= wanted * (1 - 1e-9))


def _probe(parameters: list[str]) -> str:
    return word(parameters, {"TC": "TCOUPLE", "RTD": "RTD", "FRTD": "FRTD", "THER": "THERMISTOR"})


def _couple(parameters: list[str]) -> str:
    if not parameters or not re.fullmatch("[BEJKNRSTbejknrst]", parameters[0]):
        raise ScpiError(-224, "Illegal parameter value")
    return parameters[0].upper()
