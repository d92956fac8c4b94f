"""What the motion drivers share: an axis that knows its travel."""

from __future__ import annotations

from typing import cast

from radtest.instruments.properties import Legal, Subject, number_in
from radtest.instruments.session import Session

__all__ = ["LinearAxis", "within_travel"]


class LinearAxis:
    """One axis of a motion controller; each dialect derives its own.

    Parameters
    ----------
    session : Session
        Conversation with the controller.
    number : int
        Axis, from 1.
    travel_mm : tuple of float
        Lowest and highest position, mm.
    """

    def __init__(self, session: Session, number: int, travel_mm: tuple[float, float]) -> None:
        self.number = number
        self._travel_mm = travel_mm
        self._session = session

    @property
    def session(self) -> Session:
        """The conversation with the controller."""
        return self._session

    @property
    def label(self) -> str:
        """``axis 1``, for messages."""
        return f"axis {self.number}"

    @property
    def fields(self) -> dict[str, object]:
        """What the placeholders of the command templates stand for."""
        return {"axis": self.number}

    @property
    def travel_mm(self) -> tuple[float, float]:
        """Lowest and highest position, as the controller said when it was opened, mm."""
        return self._travel_mm


def within_travel(subject: Subject) -> Legal[float]:
    """Return the rule of positions: within the travel of the axis."""
    return number_in(*cast("LinearAxis", subject).travel_mm, "mm")
