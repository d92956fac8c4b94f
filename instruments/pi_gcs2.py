"""Physik Instrumente controllers with the General Command Set 2: C-863 Mercury, C-884, E-870 and kin.

Commands as in PI's GCS 2.0 manuals (for example C-863 Mercury, MS249E). A reply names its axis (``1=10.5``); commands
are one to a line, and an error is kept until ``ERR?`` reads it. Controllers on a network listen on port 50000.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import ClassVar, TypeVar

from radtest.core import ConfigurationError, InstrumentError
from radtest.instruments.driver import Driver
from radtest.instruments.linear_axis import LinearAxis, within_travel
from radtest.instruments.properties import (
    Reading,
    Setting,
    number_in,
    parse_flag,
    parse_number,
    switch,
    two_lines,
)
from radtest.instruments.session import Ask

__all__ = ["GCS2Axis", "PIController"]

T = TypeVar("T")


def _of_axis(parse: Callable[[str], T]) -> Callable[[str], T]:
    """Read the value behind the name of the axis."""

    def parsed(reply: str) -> T:
        name, equals, value = reply.partition("=")
        if not (equals and name.strip().isdecimal()):
            raise ValueError("<axis>=<value> was expected")
        return parse(value.strip())

    return parsed


def _micrometre(wanted: float, got: float) -> bool:
    return abs(wanted - got) <= 1e-3


class GCS2Axis(LinearAxis):
    """One axis of a `PIController`."""

    target_mm = Setting(
        "Control the position to move to (mm, range of the travel of the axis).",
        command="MOV {axis} {value}",
        query="MOV? {axis}",
        parse=_of_axis(parse_number),
        text=lambda value: f"{value:.6g}",
        legal=within_travel,
        unit="mm",
        agrees=_micrometre,
        exchange=two_lines,
    )
    velocity_mm_s = Setting(
        "Control the velocity (mm/s, range 1e-4 to 100).",
        command="VEL {axis} {value}",
        query="VEL? {axis}",
        parse=_of_axis(parse_number),
        text=lambda value: f"{value:.6g}",
        legal=lambda _: number_in(1e-4, 100.0, "mm/s"),
        unit="mm/s",
        agrees=_micrometre,
        exchange=two_lines,
    )
    servo = Setting(
        "Control whether the position is held in a closed loop (no unit, range True or False).",
        command="SVO {axis} {value}",
        query="SVO? {axis}",
        parse=_of_axis(parse_flag),
        text=lambda value: str(int(value)),
        legal=lambda _: switch(),
        unit="",
        exchange=two_lines,
    )
    position_mm = Reading(
        "Measure the position (mm, range of the travel of the axis).",
        query="POS? {axis}",
        parse=_of_axis(parse_number),
        unit="mm",
    )
    settled = Reading(
        "Measure whether the axis is on target (no unit, range True or False).",
        query="ONT? {axis}",
        parse=_of_axis(parse_flag),
        unit="",
    )
    referenced = Reading(
        "Measure whether the origin of the axis is known (no unit, range True or False).",
        query="FRF? {axis}",
        parse=_of_axis(parse_flag),
        unit="",
    )


class PIController(Driver):
    """A PI controller that speaks GCS 2.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`.
    axes : sequence of int
        Axes that carry a stage.
    """

    models = ("C-863.11", "C-863.12", "C-884.4DC", "C-884.6DC", "E-870.1G", "E-873.1AT")
    title: ClassVar[str] = "PI GCS 2"

    def __init__(self, address: str, *, name: str = "", timeout_s: float = 2.0, axes: Sequence[int] = (1,)) -> None:
        if not axes or len(set(axes)) != len(axes) or not set(axes) <= set(range(1, 17)):
            raise ConfigurationError(f"{name or self.title}: axes = {axes!r}; legal: 1 to 16, each once")
        self._numbers = tuple(axes)
        super().__init__(address, name=name, timeout_s=timeout_s)

    def _opened(self) -> None:
        def travel(number: int) -> tuple[float, float]:
            low, high = (
                self.session.submit(f"{word}? {number}", _of_axis(parse_number)).result() for word in ("TMN", "TMX")
            )
            return low, high

        self._axes = {number: GCS2Axis(self.session, number, travel(number)) for number in self._numbers}

    def axis(self, number: int) -> GCS2Axis:
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
        """Return where axes are (mm, range of their travel)."""
        questions = [f"POS? {self.axis(number).number}" for number in numbers]

        def conversation(ask: Ask) -> tuple[float, ...]:
            replies = [ask(question) for question in questions]
            try:
                return tuple(_of_axis(parse_number)(reply) for reply in replies)
            except ValueError as error:
                raise InstrumentError(f"{self.place}: the replies to {questions} make no sense: {replies}") from error

        return self.session.transact(conversation)

    def reference(self, number: int) -> None:
        """Begin to find the origin of an axis, with its servo on.

        Raises
        ------
        InstrumentError
            If the controller notes an error.
        """
        axis = self.axis(number)
        axis.servo = True
        self.session.write(f"FRF {axis.number}")
        self.check()

    def stop(self) -> None:
        """Stop all axes.

        Raises
        ------
        InstrumentError
            If the controller notes another error than the one (10) that says it was stopped.
        """
        self.session.write("STP")
        self.check(expected=10)

    def check(self, *, expected: int = 0) -> None:
        """Read the controller's error, and raise it unless it is the one expected.

        Raises
        ------
        InstrumentError
            If there is one.
        """
        error = self.session.submit("ERR?", int).result()
        if error not in (0, expected):
            raise InstrumentError(
                f"{self.place}: reports error {error}; last set: {self.session.last_set}",
                remedy="look the number up in the manual; 5 is an axis that has not found its origin.",
            )
