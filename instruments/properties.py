"""Declarative properties: what an instrument can be told and asked, with unit and legal range."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, overload

from radtest.core import ConfigurationError, InstrumentError
from radtest.instruments.session import Ask, Session

__all__ = [
    "Exchange",
    "Legal",
    "Property",
    "Reading",
    "Refusal",
    "Setting",
    "Subject",
    "number_in",
    "number_of",
    "one_of",
    "parse_flag",
    "parse_number",
    "same_line",
    "switch",
    "switch_text",
    "two_lines",
    "within",
]

T = TypeVar("T")

Exchange = Callable[[Ask, str, str], str]
"""Says a command and asks the question that reads it back, as the dialect wants it; returns the answer.

It raises `Refusal` with the instrument's own words where the command is refused.
"""


class Refusal(Exception):  # noqa: N818 (becomes an InstrumentError that names the instrument)
    """What an instrument said instead of carrying a command out."""


class Subject(Protocol):
    """What a property belongs to: an instrument, or one channel of it."""

    @property
    def session(self) -> Session:
        """The conversation with the instrument."""
        ...

    @property
    def label(self) -> str:
        """The part of the instrument, for messages: ``channel 1``."""
        ...

    @property
    def fields(self) -> dict[str, object]:
        """What the placeholders of the command templates stand for."""
        ...


@dataclass(frozen=True, slots=True)
class Legal(Generic[T]):
    """What may be set: a test, and the words for it."""

    allows: Callable[[T], bool]
    words: str


class Property(Generic[T]):
    """What settings and readings share.

    Parameters
    ----------
    doc : str
        Docstring: ``Control`` or ``Measure``, what, and in parentheses the unit and the range.
    query : str
        Question, with placeholders such as ``{channel}``.
    parse : callable
        Turns the reply into a value; raises ValueError where it cannot.
    unit : str
        Unit, for messages.
    """

    def __init__(self, doc: str, *, query: str, parse: Callable[[str], T], unit: str) -> None:
        self.__doc__ = doc
        self.query = query
        self.parse = parse
        self.unit = unit
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, subject: None, owner: type) -> Property[T]: ...
    @overload
    def __get__(self, subject: Subject, owner: type | None = None) -> T: ...
    def __get__(self, subject: Subject | None, owner: type | None = None) -> Property[T] | T:
        if subject is None:
            return self
        return subject.session.submit(self.query.format(**subject.fields), self.parse).result()

    def within(self, subject: Subject, ask: Ask) -> T:
        """Ask for the value inside a transaction."""
        question = self.query.format(**subject.fields)
        return self.understand(subject, question, ask(question))

    def understand(self, subject: Subject, question: str, reply: str) -> T:
        """Parse a reply.

        Raises
        ------
        InstrumentError
            If it makes no sense.
        """
        try:
            return self.parse(reply)
        except ValueError as error:
            raise InstrumentError(
                f"{_place(subject)}: the reply to {question!r} makes no sense: {reply[:80]!r} ({error})",
                remedy="check that the address belongs to this model and that nobody else talks to it.",
            ) from error


class Reading(Property[T]):
    """A property that can only be asked for."""

    def __set__(self, subject: Subject, value: object) -> None:
        raise AttributeError(f"{subject.session.place}: {self.name} can only be read")


class Setting(Property[T]):
    """A property that can be set; every setting is read back and compared.

    Parameters
    ----------
    doc, query, parse, unit
        As for `Property`.
    command : str
        Command template; ``{value}`` stands for the formatted value.
    text : callable
        Turns a value into what the instrument reads.
    legal : callable
        Given the instrument or channel, returns what it accepts.
    agrees : callable, optional
        Given the value set and the value read back, tells whether they agree; equality where omitted.
    exchange : callable, optional
        How command and question are said where the instrument does not take both in one SCPI message.
    """

    def __init__(
        self,
        doc: str,
        *,
        command: str,
        query: str,
        parse: Callable[[str], T],
        text: Callable[[T], str],
        legal: Callable[[Subject], Legal[T]],
        unit: str,
        agrees: Callable[[T, T], bool] | None = None,
        exchange: Exchange | None = None,
    ) -> None:
        super().__init__(doc, query=query, parse=parse, unit=unit)
        self.exchange = exchange
        self.command = command
        self.text = text
        self.legal = legal
        self.agrees = agrees or (lambda wanted, got: wanted == got)

    def __set__(self, subject: Subject, value: T) -> None:
        legal = self.legal(subject)
        place = _place(subject)
        if not legal.allows(value):
            raise ConfigurationError(
                f"{place}: {self.name} = {value!r} is out of range; legal: {legal.words}",
                remedy="choose a legal value; nothing was sent.",
            )
        command = self.command.format(value=self.text(value), **subject.fields)
        question = self.query.format(**subject.fields)
        if self.exchange is None:
            # One message, so that the setting and its check cannot be separated.
            got = subject.session.submit(f"{command};:{question}", self.parse).result()
        else:
            exchange = self.exchange

            def conversation(ask: Ask) -> T:
                try:
                    answer = exchange(ask, command, question)
                except Refusal as refusal:
                    raise InstrumentError(
                        f"{place}: refuses {command!r} with {str(refusal)[:80]!r}",
                        remedy="look at its front panel: it must allow remote control and have no alarm.",
                    ) from refusal
                return self.understand(subject, question, answer)

            got = subject.session.transact(conversation).result()
        if not self.agrees(value, got):
            raise InstrumentError(
                f"{place}: {self.name} was set to {value!r} but reads back {got!r}; last set: "
                f"{subject.session.last_set}",
                remedy="look at the instrument's front panel and error queue (SYST:ERR?).",
            )
        subject.session.remember(
            f"{subject.label} {self.name}".strip(),
            f"{value} {self.unit}".strip(),
            question=question,
            agrees=lambda reply: self.agrees(value, self.parse(reply)),
        )


def _place(subject: Subject) -> str:
    return f"{subject.session.place}{', ' + subject.label if subject.label else ''}"


def two_lines(ask: Ask, command: str, question: str) -> str:
    """Say a command that is not answered, and in a line of its own the question."""
    return ask(f"{command}\n{question}")


def same_line(separator: str) -> Exchange:
    """Return the exchange of a dialect that takes a command and a question in one line, so separated."""
    return lambda ask, command, question: ask(f"{command}{separator}{question}")


def within(resolution: float) -> Callable[[float, float], bool]:
    """Return the agreement of numbers that an instrument rounds to a resolution."""
    return lambda wanted, got: abs(wanted - got) <= resolution * (1 + 1e-9)


def number_in(low: float, high: float, unit: str, *, or_infinite: bool = False, whole: bool = False) -> Legal[float]:
    """Return the rule of a closed range of numbers, whole ones where `whole` is set."""

    def allows(value: float) -> bool:
        if isinstance(value, bool) or math.isnan(value) or (whole and not float(value).is_integer()):
            return False
        return low <= value <= high or (or_infinite and value == math.inf)

    words = f"{'whole numbers ' if whole else ''}{low:g} to {high:g} {unit}".rstrip()
    return Legal(allows, f"{words}{', or inf' if or_infinite else ''}")


def number_of(values: Iterable[float], unit: str) -> Legal[float]:
    """Return the rule of a list of numbers."""
    allowed = tuple(values)

    def allows(value: float) -> bool:
        return not isinstance(value, bool) and any(math.isclose(value, each, rel_tol=1e-9) for each in allowed)

    return Legal(allows, f"{', '.join(f'{each:g}' for each in allowed)} {unit}".strip())


def one_of(values: Iterable[str]) -> Legal[str]:
    """Return the rule of a list of words."""
    allowed = tuple(values)
    return Legal(lambda value: value in allowed, ", ".join(allowed))


def switch() -> Legal[bool]:
    """Return the rule of a switch."""
    return Legal(lambda value: value is True or value is False, "True, False")


def parse_number(reply: str) -> float:
    """Read a finite number as SCPI writes it; 9.9E37 and beyond is SCPI's infinity."""
    number = float(reply)
    if math.isnan(number) or number == 9.91e37:
        raise ValueError("not a number")
    return math.copysign(math.inf, number) if abs(number) >= 9.9e37 else number


def parse_flag(reply: str) -> bool:
    """Read a switch as SCPI writes it."""
    try:
        return {"0": False, "1": True, "OFF": False, "ON": True}[reply.strip().upper()]
    except KeyError:
        raise ValueError("neither 0 nor 1") from None


def switch_text(value: bool) -> str:
    """Write a switch as SCPI reads it."""
    return "ON" if value else "OFF"
