"""The motion controllers of the station, as seen from outside; axis 1 carries the ladder of degraders."""

from __future__ import annotations

import re

from radtest import __version__
from radtest.instruments.station.line_panels import LinePanel, plain_number
from radtest.instruments.station.surroundings_configuration import MotionModel
from radtest.instruments.station.world import World

__all__ = ["ESP301Panel", "GCS2Panel"]


class ESP301Panel(LinePanel):
    """A Newport ESP301 whose axis 1 carries the ladder. It keeps its last error until ``TB?`` asks for it."""

    def __init__(self, world: World, model: MotionModel) -> None:
        super().__init__(world, model.latency_s)
        self._travel_mm = model.travel_mm
        self._error = (0, "NO ERROR DETECTED")
        self._motor_on = True

    def _carry_out(self, line: str) -> str | None:
        replies = [reply for part in line.split(";") if part.strip() and (reply := self._one(part.strip())) is not None]
        return "\r\n".join(replies) if replies else None

    def _one(self, text: str) -> str | None:
        if text in {"VE?", "*IDN?"}:
            return f"ESP301 Version sim-{__version__}"
        if text == "TB?":
            (number, words), self._error = self._error, (0, "NO ERROR DETECTED")
            return f"{number}, {round(self.world.now_s * 1000)}, {words}"
        match = re.fullmatch(r"1([A-Z]{2})(\?|[+-]?[\d.eE+-]{0,20})", text)
        ladder = self.world.surroundings.ladder
        if match is None or ladder is None:
            self._error = (6, "COMMAND DOES NOT EXIST")
            return None
        now = self.world.now_s
        asked = {
            "PA": f"{ladder.target_mm:.5f}",
            "TP": f"{ladder.position_mm(now):.5f}",
            "MD": str(int(ladder.settled(now))),
            "MO": str(int(self._motor_on)),
            "VA": f"{ladder.velocity_mm_s:.5f}",
            "SL": f"{self._travel_mm[0]:.5f}",
            "SR": f"{self._travel_mm[1]:.5f}",
        }
        verb, value = match[1], match[2]
        if verb in asked and (value == "?" or (verb == "TP" and not value)):
            return asked[verb]
        self._act(verb, value, now)
        return None

    def _act(self, verb: str, value: str, now_s: float) -> None:
        ladder = self.world.surroundings.ladder
        number = plain_number(value) if value else None
        if ladder is None:
            return
        match verb:
            case "PA" if number is not None and not self._travel_mm[0] <= number <= self._travel_mm[1]:
                self._error = (108, "AXIS-1 MOTION EXCEEDS SOFTWARE LIMIT")
            case "PA" if number is not None and not self._motor_on:
                self._error = (113, "AXIS-1 MOTOR NOT ENABLED")
            case "PA" if number is not None:
                ladder.move(number, now_s)
            case "VA" if number is not None and 0 < number <= 100:
                ladder.pace(number, now_s)
            case "OR":
                ladder.move(max(0.0, self._travel_mm[0]), now_s)
            case "ST":
                ladder.stop(now_s)
            case "MO" | "MF":
                self._motor_on = verb == "MO"
            case _:
                self._error = (7, "PARAMETER OUT OF RANGE")


class GCS2Panel(LinePanel):
    """A PI C-863 whose axis 1 carries the ladder. It moves only once its origin is known."""

    def __init__(self, world: World, model: MotionModel) -> None:
        super().__init__(world, model.latency_s)
        self._travel_mm = model.travel_mm
        self._identity = f"(c)2015 Physik Instrumente (PI) GmbH & Co. KG, C-863.11, {model.serial}, sim-{__version__}"
        self._error = 0
        self._servo = False
        self._referenced = False

    def reset(self) -> None:
        """Forget the origin, as at power-on."""
        self._servo = self._referenced = False

    def _carry_out(self, line: str) -> str | None:
        ladder = self.world.surroundings.ladder
        words = line.split()
        now = self.world.now_s
        if ladder is None or not words:
            return None
        asked = {
            "MOV?": f"{ladder.target_mm:.4f}",
            "POS?": f"{ladder.position_mm(now):.4f}",
            "ONT?": str(int(ladder.settled(now))),
            "VEL?": f"{ladder.velocity_mm_s:.4f}",
            "SVO?": str(int(self._servo)),
            "FRF?": str(int(self._referenced)),
            "TMN?": f"{self._travel_mm[0]:.4f}",
            "TMX?": f"{self._travel_mm[1]:.4f}",
        }
        match words:
            case ["*IDN?"]:
                return self._identity
            case ["ERR?"]:
                error, self._error = self._error, 0
                return str(error)
            case [question, "1"] if question in asked:
                return f"1={asked[question]}"
            case ["SVO", "1", "0" | "1" as state]:
                self._servo = state == "1"
            case ["FRF", "1"] if self._servo:
                self._referenced = True
                ladder.move(max(0.0, self._travel_mm[0]), now)
            case ["FRF", "1"]:
                self._error = 5
            case ["STP"]:
                ladder.stop(now)
                self._error = 10
            case ["MOV" | "VEL", "1", text]:
                self._move(words[0], plain_number(text), now)
            case _:
                self._error = 2
        return None

    def _move(self, verb: str, value: float | None, now_s: float) -> None:
        ladder = self.world.surroundings.ladder
        if ladder is None:
            return
        if value is None:
            self._error = 1
        elif verb == "VEL":
            if 0 < value <= 100:
                ladder.pace(value, now_s)
            else:
                self._error = 8
        elif not (self._servo and self._referenced):
            self._error = 5
        elif not self._travel_mm[0] <= value <= self._travel_mm[1]:
            self._error = 7
        else:
            ladder.move(value, now_s)
