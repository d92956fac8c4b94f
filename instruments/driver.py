"""What all drivers have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import ClassVar

from radtest.core import InstrumentError, SystemClock
from radtest.instruments.errors import AddressError
from radtest.instruments.identity import Identity, identify
from radtest.instruments.session import Session

__all__ = ["Driver"]

_PAUSE_S = 0.1


class Driver:
    """One instrument: a session, and who answered in it.

    Parameters
    ----------
    address : str
        VISA resource name, such as ``TCPIP::192.168.0.11::5025::SOCKET``.
    name : str
        What the campaign calls the instrument (``supply``); leads its messages.
    timeout_s : float
        Longest wait for a reply, s of real time.

    Raises
    ------
    AddressError
        If nothing answers, or another model than the driver is for.
    """

    models: ClassVar[Collection[str]] = ()
    title: ClassVar[str] = ""
    error_question: ClassVar[str] = "SYST:ERR?"
    """What takes the oldest error out of the instrument's queue."""
    no_error: ClassVar[str] = r"\+?0,"
    """How the answer begins when the queue is empty, as a regular expression."""

    def __init__(self, address: str, *, name: str = "", timeout_s: float = 2.0) -> None:
        instrument = f"{name} ({self.title})" if name else self.title
        self._session = Session(instrument, address, timeout_s=timeout_s)
        try:
            self._identity = self._introduce()
            self._opened()
        except BaseException:
            self._session.close()
            raise

    def _introduce(self) -> Identity:
        """Find out who answers, and refuse any but the models of this driver."""
        return identify(self._session, self.models)

    def _opened(self) -> None:
        """Read what the driver needs to know, once the identity is checked."""

    @property
    def session(self) -> Session:
        """The conversation with the instrument."""
        return self._session

    @property
    def label(self) -> str:
        """The part of the instrument, for messages; the whole of it here."""
        return ""

    @property
    def fields(self) -> dict[str, object]:
        """What the placeholders of the command templates stand for."""
        return {}

    @property
    def identity(self) -> Identity:
        """Who answered ``*IDN?``."""
        return self._identity

    @property
    def place(self) -> str:
        """Name and address, for messages."""
        return self._session.place

    @property
    def lost(self) -> bool:
        """Whether the connection broke or a reply was late, so that the driver refuses to go on."""
        return self._session.lost

    def reconnect(self) -> None:
        """Open the connection again and check that the same instrument answers.

        Raises
        ------
        AddressError
            If nothing, or another instrument, answers.
        """
        self._session.reconnect()
        again = self._introduce()
        if again != self._identity:
            raise AddressError(f"{self.place}: was {self._identity}, now {again} answers")

    def heal(self, attempts: int = 3, said: Callable[[str], None] | None = None) -> None:
        """Get over a lost connection: connect again, clear, check who answers, and that it still holds what was set.

        Parameters
        ----------
        attempts : int
            How often to try to connect; the pause between two tries doubles each time.
        said : callable, optional
            Receives a line about each try that failed and the one that did not.

        Raises
        ------
        AddressError
            If no try succeeds, or another instrument answers.
        InstrumentError
            If it holds other values than were set (`Session.verify`).
        """
        say = said or (lambda _: None)
        for attempt in range(1, attempts + 1):
            try:
                self.reconnect()
                break
            except AddressError as error:
                say(f"{self.place}: attempt {attempt} of {attempts} to connect again failed: {error.message}")
                if attempt == attempts:
                    raise
            SystemClock().sleep(_PAUSE_S * 2 ** (attempt - 1))
        self._session.verify()
        say(f"{self.place}: connected again, and it holds what was set")

    def close(self) -> None:
        """End the conversation; the instrument keeps its state."""
        self._session.close()

    def error_queue(self) -> list[str]:
        """Read and empty the instrument's error queue.

        Raises
        ------
        InstrumentError
            If the queue does not come to an end.
        """
        errors: list[str] = []
        while len(errors) < 100:
            reply = self._session.query(self.error_question)
            if re.match(self.no_error, reply):
                return errors
            errors.append(reply)
        raise InstrumentError(f"{self.place}: the error queue does not end; last entry {errors[-1]!r}")
