"""Physik Instrumente controllers with the General Command Set 2: C-863 Mercury, C-884, E-870 and kin.

Commands as in PI's GCS 2.0 manuals (for example C-863 Mercury, MS249E). A reply names its axis (``1=10.5``); commands
are one to a line, and an error is kept until ``ERR?`` reads it. Controllers on a network listen on port 50000.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, TypeVar

from radtest.core import InstrumentError
from radtest.instruments.motion import AxisController, LinearAxis, micrometre, within_travel
from radtest.instruments.properties import (
    Reading,
    Setting,
    number_in,
    parse_flag,
    parse_number,
    switch,
    two_lines,
)

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
        agrees=micrometre,
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
        agrees=micrometre,
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


class PIController(AxisController[GCS2Axis]):
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
    axis_type = GCS2Axis
    axis_numbers = range(1, 17)
    axis_numbers_legal = "1 to 16"
    travel_queries = ("TMN? {axis}", "TMX? {axis}")
    position_query = "POS? {axis}"
    parse_number = staticmethod(_of_axis(parse_number))

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
