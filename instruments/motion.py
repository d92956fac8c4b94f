"""What the motion drivers share: an axis that knows its travel, and a controller of axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import ClassVar, Generic, TypeVar, cast

from radtest.core import ConfigurationError, InstrumentError
from radtest.instruments.driver import Driver
from radtest.instruments.numbered_part import NumberedPart
from radtest.instruments.properties import Legal, Subject, number_in
from radtest.instruments.session import Ask, Session

__all__ = ["AxisController", "LinearAxis", "micrometre", "within_travel"]


class LinearAxis(NumberedPart):
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

    word = "axis"

    def __init__(self, session: Session, number: int, travel_mm: tuple[float, float]) -> None:
        super().__init__(session, number)
        self._travel_mm = travel_mm

    @property
    def travel_mm(self) -> tuple[float, float]:
        """Lowest and highest position, as the controller said when it was opened, mm."""
        return self._travel_mm


def within_travel(subject: Subject) -> Legal[float]:
    """Return the rule of positions: within the travel of the axis."""
    return number_in(*cast("LinearAxis", subject).travel_mm, "mm")


def micrometre(wanted: float, got: float) -> bool:
    """Return whether two positions in mm, or velocities in mm/s, agree to a thousandth."""
    return abs(wanted - got) <= 1e-3


A = TypeVar("A", bound=LinearAxis)


class AxisController(Driver, Generic[A]):
    """A controller of axes; a driver says how its dialect asks.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`.
    axes : sequence of int
        Axes that carry a stage.
    """

    axis_type: type[A]
    axis_numbers: ClassVar[Sequence[int]]
    axis_numbers_legal: ClassVar[str]
    travel_queries: ClassVar[tuple[str, str]]
    position_query: ClassVar[str]
    parse_number: Callable[[str], float]

    def __init__(self, address: str, *, name: str = "", timeout_s: float = 2.0, axes: Sequence[int] = (1,)) -> None:
        if not axes or len(set(axes)) != len(axes) or not set(axes) <= set(self.axis_numbers):
            raise ConfigurationError(
                f"{name or self.title}: axes = {axes!r}; legal: {self.axis_numbers_legal}, each once"
            )
        self._numbers = tuple(axes)
        super().__init__(address, name=name, timeout_s=timeout_s)

    def _opened(self) -> None:
        def limit(query: str, number: int) -> float:
            return self.session.submit(query.format(axis=number), self.parse_number).result()

        low, high = self.travel_queries
        self._axes = {
            number: self.axis_type(self.session, number, (limit(low, number), limit(high, number)))
            for number in self._numbers
        }

    def axis(self, number: int) -> A:
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
        questions = [self.position_query.format(axis=self.axis(number).number) for number in numbers]

        def conversation(ask: Ask) -> tuple[float, ...]:
            replies = [ask(question) for question in questions]
            try:
                return tuple(self.parse_number(reply) for reply in replies)
            except ValueError as error:
                raise InstrumentError(f"{self.place}: the replies to {questions} make no sense: {replies}") from error

        return self.session.transact(conversation)
