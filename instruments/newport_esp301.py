"""Newport ESP300 and ESP301 motion controllers.

Commands as in Newport's ESP301 Integrated 3-Axis Motion Controller/Driver User's Manual, section 3. Commands are joined
by semicolons; ``*IDN?`` is not answered in the form of IEEE 488.2 and ``VE?`` gives model and firmware.
"""

from __future__ import annotations

from typing import ClassVar

from radtest.core import InstrumentError
from radtest.instruments.errors import AddressError
from radtest.instruments.identity import Identity
from radtest.instruments.motion import AxisController, LinearAxis, micrometre, within_travel
from radtest.instruments.properties import Reading, Setting, number_in, parse_flag, parse_number, same_line, switch

__all__ = ["ESP301Axis", "NewportESP301"]

_NO_ERROR = "0"


_one_line = same_line(";")


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
        agrees=micrometre,
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
        agrees=micrometre,
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


class NewportESP301(AxisController[ESP301Axis]):
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
    axis_type = ESP301Axis
    axis_numbers = (1, 2, 3)
    axis_numbers_legal = "1, 2, 3"
    travel_queries = ("{axis}SL?", "{axis}SR?")
    position_query = "{axis}TP?"
    parse_number = staticmethod(parse_number)

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
