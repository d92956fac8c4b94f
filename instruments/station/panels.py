"""The SCPI instruments of the station as seen from outside: supply and counter."""

from __future__ import annotations

import math
from collections.abc import Callable

from radtest import __version__
from radtest.instruments.station.scpi import Handler, ScpiDialect, ScpiError, channel_list, flag, number
from radtest.instruments.station.supply import RATINGS, SupplyChannel
from radtest.instruments.station.world import World

__all__ = ["CounterPanel", "Panel", "Reply", "SupplyPanel"]

Reply = str | bytes | None | tuple[float, Callable[[], "Reply"]]
"""A line; bytes, which may be any; nothing; or a time to wait (s, simulated) and what to do then."""


class Panel:
    """One SCPI instrument: answers lines."""

    def __init__(self, world: World, identity: str, commands: dict[str, Handler]) -> None:
        self.world = world
        self._dialect = ScpiDialect(
            {
                "*IDN?": lambda _: identity,
                "*RST": self._reset,
                "*CLS": self._clear,
                "*OPC?": lambda _: "1",
                "*ESR?": lambda _: "0",
                "*TST?": lambda _: "0",
                "SYSTem:ERRor[:NEXT]?": lambda _: self._dialect.next_error(),
                "SYSTem:VERSion?": lambda _: "1999.0",
                **commands,
            }
        )

    def answer(self, line: str) -> Reply:
        """Carry out one line."""
        self.world.advance()
        return self._dialect.execute(line)

    def too_long(self) -> str | None:
        """Note that a line was longer than the input buffer."""
        self._dialect.report(ScpiError(-363, "Input buffer overrun"))
        return None

    def reset(self) -> None:
        """Return to the settings of ``*RST``."""

    def _reset(self, _: list[str]) -> None:
        self.reset()

    def _clear(self, _: list[str]) -> None:
        self._dialect.clear()


class SupplyPanel(Panel):
    """A Keysight E36312A."""

    def __init__(self, world: World) -> None:
        model = world.configuration.supply
        listed: dict[str, tuple[Callable[[SupplyChannel, list[str]], None], Callable[[SupplyChannel], str]]] = {
            "[SOURce:]VOLTage[:LEVel][:IMMediate][:AMPLitude]": (self._set_voltage, lambda c: _real(c.voltage_v)),
            "[SOURce:]CURRent[:LEVel][:IMMediate][:AMPLitude]": (self._set_limit, lambda c: _real(c.current_limit_a)),
            "[SOURce:]VOLTage:PROTection[:LEVel]": (self._set_over_voltage, lambda c: _real(c.over_voltage_v)),
            "[SOURce:]CURRent:PROTection:STATe": (self._set_protection, lambda c: str(int(c.protection))),
            "[SOURce:]CURRent:PROTection:DELay[:TIME]": (self._set_delay, lambda c: _real(c.delay_s)),
            "OUTPut[:STATe]": (self._set_output, lambda c: str(int(c.output))),
        }
        commands: dict[str, Handler] = {}
        for header, (setter, getter) in listed.items():
            commands[header] = self._command(setter)
            commands[header + "?"] = self._question(getter)
        commands["[SOURce:]CURRent:PROTection:TRIPped?"] = self._question(lambda c: str(int(c.tripped)))
        commands["[SOURce:]CURRent:PROTection:CLEar"] = self._command(lambda c, _: c.clear())
        commands["OUTPut:PROTection:CLEar"] = self._command(lambda c, _: c.clear())
        commands["MEASure[:SCALar]:VOLTage[:DC]?"] = self._question(
            lambda c: _real(c.voltage(world.now_s) + model.voltage_noise_v * float(world.rng.standard_normal()))
        )
        commands["MEASure[:SCALar]:CURRent[:DC]?"] = self._question(
            lambda c: _real(c.current(world.now_s) + model.current_noise_a * float(world.rng.standard_normal()))
        )
        super().__init__(world, f"Keysight Technologies,E36312A,{model.serial},sim-{__version__}", commands)

    def reset(self) -> None:
        """Switch all outputs off and return to the settings of ``*RST``."""
        for channel in self.world.channels.values():
            channel.switch(self.world.now_s, on=False)
            channel.voltage_v, channel.current_limit_a = 0.0, 0.1
            channel.protection, channel.tripped, channel.delay_s = False, False, 0.05
        self.world.settle()

    def _command(self, setter: Callable[[SupplyChannel, list[str]], None]) -> Handler:
        def handler(parameters: list[str]) -> None:
            for channel in channel_list(parameters, len(RATINGS)):
                setter(self.world.channels[channel], parameters)
            self.world.settle()

        return handler

    def _question(self, getter: Callable[[SupplyChannel], str]) -> Handler:
        def handler(parameters: list[str]) -> str:
            channels = channel_list(parameters, len(RATINGS))
            return ",".join(getter(self.world.channels[channel]) for channel in channels)

        return handler

    def _set_voltage(self, channel: SupplyChannel, parameters: list[str]) -> None:
        channel.voltage_v = number(parameters, 0.0, RATINGS[channel.number][0])

    def _set_limit(self, channel: SupplyChannel, parameters: list[str]) -> None:
        channel.current_limit_a = number(parameters, 0.0, RATINGS[channel.number][1])

    def _set_over_voltage(self, channel: SupplyChannel, parameters: list[str]) -> None:
        channel.over_voltage_v = number(parameters, 0.0, 6.6 if channel.number == 1 else 27.5)

    def _set_protection(self, channel: SupplyChannel, parameters: list[str]) -> None:
        channel.protection = flag(parameters)

    def _set_delay(self, channel: SupplyChannel, parameters: list[str]) -> None:
        channel.delay_s = number(parameters, 0.0, 3600.0)

    def _set_output(self, channel: SupplyChannel, parameters: list[str]) -> None:
        channel.switch(self.world.now_s, on=flag(parameters))


class CounterPanel(Panel):
    """A Keysight 53230A that totals the pulses of the dosimetry detector."""

    def __init__(self, world: World) -> None:
        self._gate_s = math.inf
        self._source = "TIME"
        self._level_v = 0.0
        self._inputs: dict[str, str] = {}
        commands: dict[str, Handler] = {
            "CONFigure:TOTalize:CONTinuous": self._configure,
            "INITiate[:IMMediate]": self._initiate,
            "ABORt": self._abort,
            "[SENSe:]TOTalize:DATA?": lambda _: str(world.pulses),
            "[SENSe:]TOTalize:GATE:SOURce": self._set_source,
            "[SENSe:]TOTalize:GATE:SOURce?": lambda _: self._source,
            "[SENSe:]TOTalize:GATE:TIME": self._set_gate,
            "[SENSe:]TOTalize:GATE:TIME?": lambda _: _real(self._gate_s),
            "INPut[1]:LEVel[:ABSolute]": self._set_level,
            "INPut[1]:LEVel[:ABSolute]?": lambda _: _real(self._level_v),
            "STATus:OPERation:CONDition?": lambda _: str(16 * int(world.counting)),
            **self._input_commands(),
        }
        serial = world.configuration.counter.serial
        super().__init__(world, f"Agilent Technologies,53230A,{serial},sim-{__version__}", commands)

    def reset(self) -> None:
        """Stop counting and return to the settings of ``*RST``."""
        self._abort([])
        self.world.pulses = 0
        self._gate_s, self._source, self._level_v = math.inf, "TIME", 0.0
        self._inputs.clear()

    def _input_commands(self) -> dict[str, Handler]:
        """Return the settings of the input that leave the count alone: its pulses are clean."""
        on_off = {"ON": "1", "OFF": "0", "1": "1", "0": "0"}
        legal = {
            "INPut[1]:COUPling": ({"AC": "AC", "DC": "DC"}, "AC"),
            "INPut[1]:SLOPe": ({"POS": "POS", "POSITIVE": "POS", "NEG": "NEG", "NEGATIVE": "NEG"}, "POS"),
            "INPut[1]:FILTer[:LPASs][:STATe]": (on_off, "0"),
            "INPut[1]:NREJect": (on_off, "0"),
            "INPut[1]:RANGe": ({"5": "+5.00000000E+00", "50": "+5.00000000E+01"}, "+5.00000000E+00"),
            "INPut[1]:IMPedance": ({"50": "+5.00000000E+01", "1E+06": "+1.00000000E+06"}, "+1.00000000E+06"),
        }
        commands: dict[str, Handler] = {}
        for header, (words, default) in legal.items():

            def setter(parameters: list[str], header: str = header, words: dict[str, str] = words) -> None:
                if not parameters:
                    raise ScpiError(-109, "Missing parameter")
                if parameters[0].upper() not in words:
                    raise ScpiError(-224, "Illegal parameter value")
                self._inputs[header] = words[parameters[0].upper()]

            def getter(_: list[str], header: str = header, default: str = default) -> str:
                return self._inputs.get(header, default)

            commands |= {header: setter, header + "?": getter}
        return commands

    def _configure(self, parameters: list[str]) -> None:
        channel_list(parameters, 1)
        self._abort([])
        self._gate_s, self._source = math.inf, "TIME"

    def _initiate(self, _: list[str]) -> None:
        if self.world.counting:
            raise ScpiError(-213, "Init ignored")
        self.world.pulses = 0
        self.world.counting = True
        self.world.gate_ends_s = self.world.now_s + self._gate_s

    def _abort(self, _: list[str]) -> None:
        self.world.counting = False

    def _set_source(self, parameters: list[str]) -> None:
        words = {"TIM": "TIME", "TIME": "TIME", "EXT": "EXT", "EXTERNAL": "EXT"}
        if not parameters:
            raise ScpiError(-109, "Missing parameter")
        if parameters[0].upper() not in words:
            raise ScpiError(-224, "Illegal parameter value")
        self._source = words[parameters[0].upper()]

    def _set_gate(self, parameters: list[str]) -> None:
        self._gate_s = number(parameters, 1e-6, 1000.0, infinite=True)

    def _set_level(self, parameters: list[str]) -> None:
        self._level_v = number(parameters, -5.125, 5.125)


def _real(value: float) -> str:
    return "+9.90000000E+37" if math.isinf(value) else f"{value:+.8E}"
