"""Newport ESP300 and ESP301 motion controllers.

Commands as in Newport's ESP301 Integrated 3-Axis Motion Controller/Driver User's Manual, section 3. Commands are joined
by semicolons; ``*IDN?`` is not answered in the form of IEEE 488.2 and ``VE?`` gives model and firmware.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import ClassVar

from radtest.core import ConfigurationError, InstrumentError
from radtest.instruments.driver import Driver
from radtest.instruments.errors import AddressError
from radtest.instruments.identity import Identity
from radtest.instruments.linear_axis import LinearAxis, within_travel
from radtest.instruments.properties import Reading, Setting, number_in, parse_flag, parse_number, same_line, switch
from radtest.instruments.session import Ask

__all__ = ["ESP301Axis", "NewportESP301"]

_AXES = (1, 2, 3)
_NO_ERROR = "0"


_one_line = same_line(";")


def _micrometre(wanted: float, got: float) -> bool:
    return abs(wanted - got) <= 1e-3


class ESP301Axis(LinearAxis):
    """One axis of a `NewportESP301`."""

    target_mm = Setting(
        "Control the position to move to (mm, range of the software limits of the axis).",
        command="{axis}PA{value}",
        query="{axis}PA?",
        parse=parse_number,
        text=lambda value: f"{value:.6g}",
        legal=within_travel,
        unit="mm",
        agrees=_micrometre,
        exchange=_one_line,
    )
    velocity_mm_s = Setting(
        "Control the velocity (mm/s, range 1e-4 to 100).",
        command="{axis}VA{value}",
        query="{axis}VA?",
        parse=parse_number,
        text=lambda value: f"{value:.6g}",
        legal=lambda _: number_in(1e-4, 100.0, "mm/s"),
        unit="mm/s",
        agrees=_micrometre,
        exchange=_one_line,
    )
    motor_on = Setting(
        "Control whether the motor is powered (no unit, range True or False).",
        command="{axis}{value}",
        query="{axis}MO?",
        parse=parse_flag,
        text=lambda value: "MO" if value else "MF",
        legal=lambda _: switch(),
        unit="",
        exchange=_one_line,
    )
    position_mm = Reading(
        "Measure the position (mm, range of the software limits of the axis).",
        query="{axis}TP?",
        parse=parse_number,
        unit="mm",
    )
    settled = Reading(
        "Measure whether the motion is done (no unit, range True or False).",
        query="{axis}MD?",
        parse=parse_flag,
        unit="",
    )


class NewportESP301(Driver):
    """A Newport ESP300 or ESP301.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`; a serial line or a serial server.
    axes : sequence of int
        Axes that carry a stage.
    """

    models = ("ESP300", "ESP301")
    title: ClassVar[str] = "Newport ESP301"

    def __init__(self, address: str, *, name: str = "", timeout_s: float = 2.0, axes: Sequence[int] = (1,)) -> None:
        if not axes or len(set(axes)) != len(axes) or not set(axes) <= set(_AXES):
            raise ConfigurationError(f"{name or self.title}: axes = {axes!r}; legal: 1, 2, 3, each once")
        self._numbers = tuple(axes)
        super().__init__(address, name=name, timeout_s=timeout_s)

    def _introduce(self) -> Identity:
        try:
            reply = self.session.query("VE?")
        except InstrumentError as error:
            raise AddressError(
                f"{self.place}: something listens but does not answer 'VE?': {error.message}",
                remedy="check that the address and the port belong to this instrument.",
            ) from error
        model, _, firmware = reply.partition(" Version ")
        if model not in self.models:
            raise AddressError(
                f"{self.place}: answers 'VE?' with {reply[:120]!r}, which is none of {', '.join(self.models)}",
                remedy="correct the address, or name the driver that belongs to this instrument.",
            )
        return Identity("Newport", model, "", firmware.strip())

    def _opened(self) -> None:
        def travel(number: int) -> tuple[float, float]:
            low, high = (self.session.submit(f"{number}{word}?", parse_number).result() for word in ("SL", "SR"))
            return low, high

        self._axes = {number: ESP301Axis(self.session, number, travel(number)) for number in self._numbers}

    def axis(self, number: int) -> ESP301Axis:
        """Return an axis.

        Raises
        ------
        ConfigurationError
            If it carries no stage.
        """
        try:
            return self._axes[number]
        except KeyError:
            raise ConfigurationError(
                f"{self.place}: has no axis {number!r}; legal: {', '.join(map(str, self._axes))}"
            ) from None

    def positions(self, numbers: Sequence[int]) -> Future[tuple[float, ...]]:
        """Return where axes are (mm, range of their software limits)."""
        questions = [f"{self.axis(number).number}TP?" for number in numbers]

        def conversation(ask: Ask) -> tuple[float, ...]:
            replies = [ask(question) for question in questions]
            try:
                return tuple(parse_number(reply) for reply in replies)
            except ValueError as error:
                raise InstrumentError(f"{self.place}: the replies to {questions} make no sense: {replies}") from error

        return self.session.transact(conversation)

    def reference(self, number: int) -> None:
        """Begin to find the origin of an axis.

        Raises
        ------
        InstrumentError
            If the controller notes an error.
        """
        self.session.write(f"{self.axis(number).number}OR1")
        self.check()

    def stop(self) -> None:
        """Stop all axes.

        Raises
        ------
        InstrumentError
            If the controller notes an error.
        """
        self.session.write(";".join(f"{number}ST" for number in self._axes))
        self.check()

    def check(self) -> None:
        """Read the controller's error, and raise it.

        Raises
        ------
        InstrumentError
            If there is one.
        """
        reply = self.session.query("TB?")
        if reply.split(",")[0].strip() != _NO_ERROR:
            raise InstrumentError(f"{self.place}: reports {reply[:120]!r}; last set: {self.session.last_set}")
