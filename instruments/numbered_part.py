"""A part of an instrument that has a number in its commands: a channel, an axis."""

from __future__ import annotations

from typing import ClassVar

from radtest.instruments.session import Session

__all__ = ["NumberedPart"]


class NumberedPart:
    """One channel or axis of an instrument; its settings and readings are what derives from it.

    Parameters
    ----------
    session : Session
        Conversation with the instrument.
    number : int
        Of the part, as the instrument counts.
    """

    word: ClassVar[str] = "channel"

    def __init__(self, session: Session, number: int) -> None:
        self.number = number
        self._session = session

    @property
    def session(self) -> Session:
        """The conversation with the instrument."""
        return self._session

    @property
    def label(self) -> str:
        """``channel 1``, for messages."""
        return f"{self.word} {self.number}"

    @property
    def fields(self) -> dict[str, object]:
        """What the placeholders of the command templates stand for."""
        return {self.word: self.number}
