"""The SCPI instruments of the station as seen from outside: what they share, and the counter."""

from __future__ import annotations

import math
from collections.abc import Callable

from radtest import __version__
from radtest.instruments.station.scpi import Handler, ScpiDialect, ScpiError, channel_list, number
from radtest.instruments.station.world import World

__all__ = ["CounterPanel", "Panel", "Reply", "real"]

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
            "[SENSe:]TOTalize:GATE:TIME?": lambda _: real(self._gate_s),
            "INPut[1]:LEVel[:ABSolute]": self._set_level,
            "INPut[1]:LEVel[:ABSolute]?": lambda _: real(self._level_v),
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


def real(value: float) -> str:
    """Write a number as Keysight's instruments do."""
    return "+9.90000000E+37" if math.isinf(value) else f"{value:+.8E}"
