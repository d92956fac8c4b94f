"""The instruments of the station that speak lines of their own: thermal head, chamber, outlets."""

from __future__ import annotations

import hmac
import re

from radtest import __version__
from radtest.instruments.station.mains import Outlet
from radtest.instruments.station.panels import Reply
from radtest.instruments.station.surroundings_configuration import ChamberModel, HeadModel, OutletsModel
from radtest.instruments.station.thermal import Air
from radtest.instruments.station.world import World

__all__ = ["ChamberPanel", "HeadPanel", "LinePanel", "OutletsPanel", "plain_number"]


class LinePanel:
    """An instrument that answers each line after a while."""

    def __init__(self, world: World, latency_s: float) -> None:
        self.world = world
        self._latency_s = latency_s

    def answer(self, line: str) -> Reply:
        """Carry out one line; the answer comes later."""
        self.world.advance()
        reply = self._carry_out(line.strip())
        return reply if reply is None or self._latency_s <= 0 else (self._latency_s, lambda: reply)

    def too_long(self) -> str | None:
        """Ignore a line longer than the input buffer."""
        return None

    def _carry_out(self, line: str) -> str | None:
        raise NotImplementedError


def plain_number(text: str) -> float | None:
    """Return a finite number, or None."""
    if not re.fullmatch(r"[+-]?(\d{1,9}\.?\d{0,9}|\.\d{1,9})([eE][+-]?\d{1,2})?", text.strip()):
        return None
    return float(text)


class _Settled:
    """Whether a temperature has stayed near its set point long enough."""

    def __init__(self) -> None:
        self._since_s: float | None = None

    def look(self, deviation_k: float, window_k: float, now_s: float) -> None:
        """Take note of the deviation at this moment."""
        if abs(deviation_k) > window_k:
            self._since_s = None
        elif self._since_s is None:
            self._since_s = now_s

    def for_s(self, now_s: float) -> float | None:
        """Return for how long, s; None where it is not there."""
        return None if self._since_s is None else now_s - self._since_s


class HeadPanel(LinePanel):
    """A Temptronic ATS-545. A set point beyond the limits of its slot is ignored, and noted as an error."""

    def __init__(self, world: World, model: HeadModel) -> None:
        super().__init__(world, model.latency_s)
        self._model = model
        self._air = Air(world.surroundings.thermal.model.ambient_c, model.air_time_s)
        world.surroundings.thermal.head = self._air
        world.watchers.append(self._look)
        self._settled = _Settled()
        self._identity = f"Temptronic,ATS-545,{model.serial},sim-{__version__}"
        self.reset()

    def reset(self) -> None:
        """Return to how it is switched on: head up, no air."""
        self._values = {
            "SETN": 1.0,
            "SOAK": 10.0,
            "WNDW": 1.0,
            "DUTM": 0.0,
            "HEAD": 0.0,
            "FLOW": 0.0,
            "LLIM": self._model.lower_limit_c,
            "ULIM": self._model.upper_limit_c,
        }
        self._set_points = {0: 85.0, 1: 25.0, 2: -10.0}
        self._error = 0
        self._force()

    def _carry_out(self, line: str) -> str | None:
        head, _, rest = line.upper().partition(" ")
        if head == "*IDN?":
            return self._identity
        if head == "TEMP?":
            return f"{self._controlled_c():.1f}"
        if head == "SETP?":
            return f"{self._set_point_c:.1f}"
        if head == "TECR?":
            soaked_s = self._settled.for_s(self.world.now_s)
            return "1" if soaked_s is not None and soaked_s >= self._values["SOAK"] else "2"
        if head == "EROR?":
            error, self._error = self._error, 0
            return str(error)
        if head.endswith("?") and head[:-1] in self._values:
            value = self._values[head[:-1]]
            return f"{value:.1f}" if head[:-1] in {"WNDW", "LLIM", "ULIM"} else f"{value:.0f}"
        value_or_none = plain_number(rest)
        if value_or_none is None or not self._set(head, value_or_none):
            self._error |= 1
        return None

    def _set(self, head: str, value: float) -> bool:
        ranges = {
            "SETN": (0, 2),
            "SOAK": (0, 9999),
            "WNDW": (0.1, 9.9),
            "DUTM": (0, 1),
            "HEAD": (0, 1),
            "FLOW": (0, 1),
            "LLIM": (-99.9, 25),
            "ULIM": (25, 225),
        }
        if head == "SETP":
            low, high = self._slot_limits()
            if not low <= value <= high:
                return False
            self._set_points[int(self._values["SETN"])] = value
        elif head in ranges and ranges[head][0] <= value <= ranges[head][1]:
            if head == "FLOW" and value and not self._values["HEAD"]:
                return False
            self._values[head] = value
        else:
            return False
        self._force()
        return True

    def _slot_limits(self) -> tuple[float, float]:
        lowest, highest = self._values["LLIM"], self._values["ULIM"]
        return {0: (30.0, highest), 1: (20.0, 30.0), 2: (lowest, 20.0)}[int(self._values["SETN"])]

    @property
    def _set_point_c(self) -> float:
        return self._set_points[int(self._values["SETN"])]

    def _force(self) -> None:
        blows = self._values["FLOW"] and self._values["HEAD"]
        if not blows:
            self._air.set_point_c = None
            return
        goal = self._set_point_c
        if self._values["DUTM"]:
            thermal = self.world.surroundings.thermal
            goal -= thermal.model.kelvin_per_watt * self.world.power_w()
            goal = min(max(goal, self._values["LLIM"]), self._values["ULIM"])
        self._air.set_point_c = goal

    def _controlled_c(self) -> float:
        thermal = self.world.surroundings.thermal
        return thermal.device_c if self._values["DUTM"] else self._air.temperature_c

    def _look(self) -> None:
        self._force()
        self._settled.look(self._controlled_c() - self._set_point_c, self._values["WNDW"], self.world.now_s)


class ChamberPanel(LinePanel):
    """An ESPEC chamber with a P-300: acknowledges what it does, and refuses with ``NA:``."""

    def __init__(self, world: World, model: ChamberModel) -> None:
        super().__init__(world, model.latency_s)
        self._air = Air(world.surroundings.thermal.model.ambient_c, model.air_time_s)
        world.surroundings.thermal.chamber = self._air
        self._high_c, self._low_c, self._set_point_c = model.high_limit_c, model.low_limit_c, 25.0
        self._mode = "STANDBY"

    def reset(self) -> None:
        """Return to how it is switched on: standing by."""
        self._mode = "STANDBY"
        self._force()

    def _carry_out(self, line: str) -> str:
        head, _, rest = line.partition(",")
        word = rest.strip().upper()
        match head.strip().upper(), word:
            case "TYPE?", "":
                return "T,T,P-300,180.0"
            case "ROM?", "":
                return f"P3HV-sim-{__version__}"
            case "TEMP?", "":
                numbers = (self._air.temperature_c, self._set_point_c, self._high_c, self._low_c)
                return ",".join(f"{number:.1f}" for number in numbers)
            case "MODE?", "":
                return self._mode
            case "POWER?", "":
                return "ON" if self._mode == "CONSTANT" else "OFF"
            case "ALARM?", "":
                return "0"
            case "TEMP", _ if word[:1] in {"S", "H", "L"}:
                return self._set_temperature(line, word)
            case "MODE", "OFF" | "STANDBY" | "CONSTANT":
                self._mode = word
            case "POWER", "ON" | "OFF":
                self._mode = "CONSTANT" if word == "ON" else "STANDBY"
            case _:
                return "NA:CMD ERR"
        self._force()
        return f"OK:{line}"

    def _set_temperature(self, line: str, word: str) -> str:
        value = plain_number(word[1:])
        if value is None:
            return "NA:DATA ERR"
        if word[0] == "S":
            if not self._low_c <= value <= self._high_c:
                return "NA:DATA OUT OF RANGE"
            self._set_point_c = value
        elif word[0] == "H":
            self._high_c = value
        else:
            self._low_c = value
        self._force()
        return f"OK:{line}"

    def _force(self) -> None:
        self._air.set_point_c = self._set_point_c if self._mode == "CONSTANT" else None


class OutletsPanel(LinePanel):
    """A NETIO 4: greets, wants a login, then switches; one instance per connection.

    Parameters
    ----------
    world : World
        The physics.
    model : OutletsModel
        What the outlets feed.
    outlets : dict of Outlet
        The outlets, which all connections share.
    """

    greeting = "100 HELLO 00000000 - KSHELL V1.5"

    def __init__(self, world: World, model: OutletsModel, outlets: dict[int, Outlet]) -> None:
        super().__init__(world, model.latency_s)
        self._password = model.password
        self._outlets = outlets
        self._entitled = False

    def _carry_out(self, line: str) -> str:
        words = line.split()
        match words:
            case ["login", "admin", password]:
                self._entitled = hmac.compare_digest(password.encode(), self._password.encode())
                return "250 OK" if self._entitled else "501 INVALID LOGIN"
            case ["version"]:
                return f"250 sim-{__version__}"
            case ["port", *_] if not self._entitled:
                return "505 FORBIDDEN"
            case ["port", "list"]:
                return "250 " + "".join(str(int(outlet.says_on)) for outlet in self._outlets.values())
            case ["port", "1" | "2" | "3" | "4" as number]:
                return f"250 {int(self._outlets[int(number)].says_on)}"
            case ["port", "1" | "2" | "3" | "4" as number, "0" | "1" as state]:
                self.world.surroundings.mains.switch(self._outlets[int(number)], self.world.now_s, on=state == "1")
                return "250 OK"
            case ["port", *_]:
                return "501 INVALID PARAMETER"
            case _:
                return "502 UNKNOWN COMMAND"
