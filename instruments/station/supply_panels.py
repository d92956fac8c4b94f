"""The supplies of the station that speak SCPI, each in its own dialect, on the same physics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from radtest import __version__
from radtest.instruments.station.panels import Panel, Reply, real
from radtest.instruments.station.scpi import Handler, ScpiError, channel_list, flag, number
from radtest.instruments.station.supply import SupplyChannel
from radtest.instruments.station.supply_models import SUPPLY_MODELS
from radtest.instruments.station.world import World

__all__ = [
    "ARMING",
    "GatewayPanel",
    "Getter",
    "KeysightModularPanel",
    "KeysightPanel",
    "Number",
    "RigolPanel",
    "Setter",
    "SupplyPanel",
    "bit",
    "by_name",
    "current",
    "fixed_point",
    "measured",
    "voltage",
]

Getter = Callable[[SupplyChannel], str]
Setter = Callable[[SupplyChannel, list[str]], None]
Format = Callable[[float], str]


def fixed_point(places: int, *, sign: bool = False) -> Format:
    """Return what writes a number with so many places."""
    return lambda value: f"{value:{'+' if sign else ''}.{places}f}"


def bit(value: bool) -> str:
    """Write a switch as 0 or 1."""
    return str(int(value))


def measured(world: World, channel: SupplyChannel) -> tuple[float, float]:
    """Return voltage (V) and current (A) of a channel as the supply measures them, with its noise."""
    model, noise = world.configuration.supply, world.rng.standard_normal
    voltage_v = channel.voltage(world.now_s) + model.voltage_noise_v * float(noise())
    return voltage_v, channel.current(world.now_s) + model.current_noise_a * float(noise())


@dataclass(frozen=True, slots=True)
class Number:
    """A setpoint of a channel: its attribute, its limits, how it is written, and the dialect's unit in ours."""

    attribute: str
    limits: Callable[[SupplyChannel], tuple[float, float]]
    form: Format
    unit: float = 1.0

    def set(self, channel: SupplyChannel, parameters: list[str]) -> None:
        """Take a value within the limits."""
        low, high = self.limits(channel)
        setattr(channel, self.attribute, self.unit * number(parameters, low, high))

    def get(self, channel: SupplyChannel, parameters: list[str]) -> str:
        """Write the value, or with MIN or MAX a limit."""
        low, high = self.limits(channel)
        asked = {"MIN": low, "MAX": high}.get(parameters[0].upper()) if parameters else None
        return self.form(getattr(channel, self.attribute) / self.unit if asked is None else asked)


def voltage(form: Format) -> Number:
    """Return the voltage setpoint."""
    return Number("voltage_v", lambda channel: (0.0, channel.highest_voltage_v), form)


def current(form: Format) -> Number:
    """Return the current limit."""
    return Number("current_limit_a", lambda channel: (0.0, channel.highest_current_a), form)


class SupplyPanel(Panel):
    """What all SCPI supplies share.

    `targets` takes what addresses a channel out of the parameters; setpoints, switches and readings are given by their
    headers, without question mark.
    """

    prefix: ClassVar[str] = ""

    def __init__(
        self,
        world: World,
        *,
        numbers: Mapping[str, Number],
        switches: Mapping[str, tuple[Setter, Getter]],
        readings: Mapping[str, Getter],
        actions: Mapping[str, Setter],
        others: Mapping[str, Handler] | None = None,
    ) -> None:
        commands: dict[str, Handler] = dict(others or {})
        for header, quantity in numbers.items():
            commands[header] = self._command(quantity.set)
            commands[header + "?"] = self._question(quantity.get)
        for header, (setter, getter) in switches.items():
            commands[header] = self._command(setter)
            commands[header + "?"] = self._question(_whatever(getter))
        for header, getter in readings.items():
            commands[header + "?"] = self._question(_whatever(getter))
        for header, action in actions.items():
            commands[header] = self._command(action)
        model = world.configuration.supply
        identity = SUPPLY_MODELS[model.model].identity.format(serial=model.serial, version=__version__)
        super().__init__(world, identity, commands)

    def reset(self) -> None:
        """Switch all outputs off and return to the settings of ``*RST``."""
        for channel in self.world.channels.values():
            channel.reset(self.world.now_s)
        self.world.settle()

    def targets(self, parameters: list[str]) -> list[SupplyChannel]:  # noqa: ARG002 (those that address by parameter)
        """Return the channels that a command is for; the only one here."""
        return [self.world.channels[1]]

    def volts(self, form: Format) -> Getter:
        """Return the reading of the voltage."""
        return lambda channel: form(measured(self.world, channel)[0])

    def amperes(self, form: Format) -> Getter:
        """Return the reading of the current."""
        return lambda channel: form(measured(self.world, channel)[1])

    def switch_output(self, channel: SupplyChannel, parameters: list[str]) -> None:
        """Switch an output."""
        channel.switch(self.world.now_s, on=flag(parameters))

    def _command(self, setter: Setter) -> Handler:
        def handler(parameters: list[str]) -> None:
            for channel in self.targets(parameters):
                setter(channel, parameters)
            self.world.settle()

        return handler

    def _question(self, getter: Callable[[SupplyChannel, list[str]], str]) -> Handler:
        def handler(parameters: list[str]) -> str:
            return ",".join(getter(channel, parameters) for channel in self.targets(parameters))

        return handler


def arm(channel: SupplyChannel, parameters: list[str]) -> None:
    """Switch the over-current trip."""
    channel.protection = flag(parameters)


def rearm(channel: SupplyChannel, _: list[str]) -> None:
    """Forget a trip."""
    channel.clear()


ARMING: tuple[Setter, Getter] = (arm, lambda channel: bit(channel.protection))
DELAY = Number("delay_s", lambda _: (0.0, 3600.0), real)


class KeysightPanel(SupplyPanel):
    """A Keysight E36312A: channel lists."""

    longest_delay_s: ClassVar[float] = 3600.0

    def __init__(self, world: World, others: Mapping[str, Handler] | None = None) -> None:
        super().__init__(
            world,
            numbers={
                "[SOURce:]VOLTage[:LEVel][:IMMediate][:AMPLitude]": voltage(real),
                "[SOURce:]CURRent[:LEVel][:IMMediate][:AMPLitude]": current(real),
                "[SOURce:]VOLTage:PROTection[:LEVel]": Number(
                    "over_voltage_v", lambda channel: (0.0, round(1.068 * channel.highest_voltage_v, 1)), real
                ),
                "[SOURce:]CURRent:PROTection:DELay[:TIME]": Number(
                    "delay_s", lambda _: (0.0, self.longest_delay_s), real
                ),
            },
            switches={
                "[SOURce:]CURRent:PROTection:STATe": ARMING,
                "OUTPut[:STATe]": (self.switch_output, lambda channel: bit(channel.output)),
            },
            readings=self.states()
            | {
                "MEASure[:SCALar]:VOLTage[:DC]": self.volts(real),
                "MEASure[:SCALar]:CURRent[:DC]": self.amperes(real),
            },
            actions={"[SOURce:]CURRent:PROTection:CLEar": rearm, "OUTPut:PROTection:CLEar": rearm},
            others=others,
        )

    def states(self) -> dict[str, Getter]:
        """Return what tells of a trip."""
        return {"[SOURce:]CURRent:PROTection:TRIPped": lambda channel: bit(channel.tripped)}

    def targets(self, parameters: list[str]) -> list[SupplyChannel]:
        """Take the channel list off the end."""
        return [self.world.channels[one] for one in channel_list(parameters, len(self.world.channels))]


class KeysightModularPanel(KeysightPanel):
    """A Keysight N6705C: trips in the questionable status, a delay of up to 255 ms, and a watchdog.

    The watchdog minds the silence of a computer, whose time is not accelerated: it counts real time.
    """

    longest_delay_s = 0.255

    def __init__(self, world: World) -> None:
        self._watchdog = False
        self._silence_s = 60.0
        others: dict[str, Handler] = {
            "SYSTem:CHANnel[:COUNt]?": lambda _: str(len(world.channels)),
            "OUTPut:PROTection:WDOG[:STATe]": self._switch_watchdog,
            "OUTPut:PROTection:WDOG[:STATe]?": lambda _: bit(self._watchdog),
            "OUTPut:PROTection:WDOG:DELay": self._set_silence,
            "OUTPut:PROTection:WDOG:DELay?": lambda _: f"{self._silence_s:.0f}",
        }
        super().__init__(world, others)

    def answer(self, line: str) -> Reply:
        """Carry out one line, and start the watchdog's time anew."""
        reply = super().answer(line)
        speed = getattr(self.world.clock, "speed", 1.0)
        self.world.watchdog_s = self.world.now_s + self._silence_s * speed if self._watchdog else float("inf")
        return reply

    def reset(self) -> None:
        """Return to the settings of ``*RST``, the watchdog off."""
        super().reset()
        self._watchdog = False

    def states(self) -> dict[str, Getter]:
        """Return the questionable status: 2 for over-current, 2048 for another protection."""
        return {"STATus:QUEStionable:CONDition": lambda channel: f"{2 * channel.tripped + 2048 * channel.shut:+d}"}

    def _switch_watchdog(self, parameters: list[str]) -> None:
        self._watchdog = flag(parameters)

    def _set_silence(self, parameters: list[str]) -> None:
        self._silence_s = round(number(parameters, 1.0, 3600.0))


class RigolPanel(SupplyPanel):
    """A Rigol DP832: channels are named ``CHn``, over-current has a level of its own."""

    def __init__(self, world: World) -> None:
        for channel in world.channels.values():
            channel.trip_level_a = 3.3
        numbers: dict[str, Number] = {
            "OUTPut:OCP:VALue": Number("trip_level_a", lambda _: (0.001, 3.3), fixed_point(3)),
            "OUTPut:OVP:VALue": Number("over_voltage_v", lambda _: (0.001, 33.0), fixed_point(3)),
        }
        others: dict[str, Handler] = {}
        for one, channel in world.channels.items():
            for node, quantity in (("VOLTage", voltage(fixed_point(3))), ("CURRent", current(fixed_point(3)))):
                header = f"SOURce{one}:{node}[:LEVel][:IMMediate][:AMPLitude]"
                others[header] = partial(self._set, quantity, channel)
                others[header + "?"] = partial(quantity.get, channel)
        word = {True: "ON", False: "OFF"}
        super().__init__(
            world,
            numbers=numbers,
            switches={
                "OUTPut[:STATe]": (self.switch_output, lambda channel: word[channel.output]),
                "OUTPut:OCP[:STATe]": (arm, lambda channel: word[channel.protection]),
            },
            readings={
                "OUTPut:OCP:ALAR": lambda channel: "YES" if channel.tripped else "NO",
                "MEASure[:SCALar]:ALL[:DC]": self._all,
                "MEASure[:SCALar]:VOLTage[:DC]": self.volts(fixed_point(4)),
                "MEASure[:SCALar]:CURRent[:DC]": self.amperes(fixed_point(4)),
            },
            actions={"OUTPut:OCP:CLEAR": rearm},
            others=others,
        )

    def targets(self, parameters: list[str]) -> list[SupplyChannel]:
        """Take ``CHn`` off the front; channel 1 where none is named."""
        return by_name(self.world, parameters) or [self.world.channels[1]]

    def _all(self, channel: SupplyChannel) -> str:
        voltage_v, current_a = measured(self.world, channel)
        return f"{voltage_v:.4f},{current_a:.4f},{voltage_v * current_a:.3f}"

    def _set(self, quantity: Number, channel: SupplyChannel, parameters: list[str]) -> None:
        quantity.set(channel, parameters)
        self.world.settle()


class GatewayPanel(SupplyPanel):
    """A Keithley 2260B: one output, over-current with a level of its own and a delay."""

    def __init__(self, world: World) -> None:
        only = world.channels[1]
        only.trip_level_a = 1.1 * only.highest_current_a
        rated_a = only.highest_current_a / 1.05
        form = fixed_point(3, sign=True)
        super().__init__(
            world,
            numbers={
                "[SOURce:]VOLTage[:LEVel][:IMMediate][:AMPLitude]": voltage(form),
                "[SOURce:]CURRent[:LEVel][:IMMediate][:AMPLitude]": current(form),
                "[SOURce:]CURRent:PROTection[:LEVel]": Number(
                    "trip_level_a", lambda _: (0.1 * rated_a, 1.1 * rated_a), form
                ),
                "[SOURce:]CURRent:PROTection:DELay": Number(
                    "delay_s", lambda _: (0.05, 2.5), fixed_point(2, sign=True)
                ),
                "[SOURce:]VOLTage:PROTection[:LEVel]": Number("over_voltage_v", lambda _: (0.0, 275.0), form),
            },
            switches={
                "[SOURce:]CURRent:PROTection:STATe": ARMING,
                "OUTPut[:STATe]": (self.switch_output, lambda channel: bit(channel.output)),
            },
            readings={
                "[SOURce:]CURRent:PROTection:TRIPped": lambda channel: bit(channel.tripped),
                "MEASure[:SCALar]:VOLTage[:DC]": self.volts(form),
                "MEASure[:SCALar]:CURRent[:DC]": self.amperes(form),
            },
            actions={"OUTPut:PROTection:CLEar": rearm},
        )


def by_name(world: World, parameters: list[str]) -> list[SupplyChannel]:
    """Take ``CHn`` off the front of the parameters."""
    if not parameters or not parameters[0].upper().startswith("CH"):
        return []
    name = parameters.pop(0)[2:]
    if not (name.isascii() and name.isdecimal() and len(name) == 1 and int(name) in world.channels):
        raise ScpiError(-222, "Data out of range")
    return [world.channels[int(name)]]


def _whatever(getter: Getter) -> Callable[[SupplyChannel, list[str]], str]:
    """Return a question that takes no parameters but those that address a channel."""
    return lambda channel, _: getter(channel)
