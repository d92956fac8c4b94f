"""NETIO 4 network power sockets, through their KSHELL.

Commands as in NETIO's Telnet (KSHELL) API description for NETIO 4, 4C and 4All, port 1234. On connecting the strip
greets with ``100 HELLO``; ``login`` must follow. Each command is answered by a number and text: 2xx done, 5xx refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import Future
from typing import ClassVar

from radtest.core import ConfigurationError, InstrumentError
from radtest.instruments.driver import Driver
from radtest.instruments.errors import AddressError
from radtest.instruments.identity import Identity
from radtest.instruments.session import Ask

__all__ = ["NetioKshell"]

_DONE = "250 "


def _parse_states(reply: str, outlets: Sequence[int]) -> dict[int, bool]:
    if not re.fullmatch(rf"250 [01]{{{len(outlets)}}}", reply.strip()):
        raise ValueError(f"250 and {len(outlets)} digits were expected")
    return {outlet: digit == "1" for outlet, digit in zip(outlets, reply.strip()[len(_DONE) :], strict=True)}


class NetioKshell(Driver):
    """A NETIO 4 strip of four switched outlets.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`. The strip listens on port 1234 once KSHELL is enabled in its menu.
    user, password : str
        Account with the right to write; a password does not belong into a campaign file.
    """

    models = ("NETIO 4",)
    title: ClassVar[str] = "NETIO 4"
    outlets: ClassVar[tuple[int, ...]] = (1, 2, 3, 4)

    def __init__(
        self, address: str, *, name: str = "", timeout_s: float = 2.0, user: str = "admin", password: str
    ) -> None:
        if not all(re.fullmatch(r"[!-~]{1,64}", word) for word in (user, password)):
            raise ConfigurationError(
                f"{name or self.title}: user and password must be 1 to 64 printable characters without blanks"
            )
        self._user, self._password = user, password
        super().__init__(address, name=name, timeout_s=timeout_s)

    def _introduce(self) -> Identity:
        try:
            greeting = self.session.listen()
            if not greeting.startswith("100 HELLO"):
                raise AddressError(
                    f"{self.place}: greets with {greeting[:80]!r}; a NETIO greets with '100 HELLO'",
                    remedy="check the address, the port (1234) and that KSHELL is enabled.",
                )
            answer = self.session.confide(f"login {self._user} {self._password}", f"login {self._user} ...")
            if not answer.startswith(_DONE):
                raise AddressError(
                    f"{self.place}: refuses the login of {self._user!r} with {answer[:80]!r}",
                    remedy="give the name and password of an account that may switch.",
                )
            version = self.session.query("version")
        except InstrumentError as error:
            if isinstance(error, AddressError):
                raise
            raise AddressError(f"{self.place}: does not introduce itself as a NETIO: {error.message}") from error
        return Identity("NETIO", self.models[0], "", version.removeprefix(_DONE).strip())

    def states(self) -> Future[dict[int, bool]]:
        """Return which outlets are on (no unit, range True or False each)."""
        return self.session.submit("port list", lambda reply: _parse_states(reply, self.outlets))

    def switch_on(self, numbers: Sequence[int]) -> None:
        """Switch outlets on (range 1 to 4).

        Raises
        ------
        ConfigurationError
            If there is no such outlet; nothing was sent.
        InstrumentError
            If one reads back off.
        """
        self._switch(numbers, on=True)

    def switch_off(self, numbers: Sequence[int]) -> None:
        """Switch outlets off (range 1 to 4).

        Raises
        ------
        ConfigurationError
            If there is no such outlet; nothing was sent.
        InstrumentError
            If one reads back on.
        """
        self._switch(numbers, on=False)

    def _switch(self, numbers: Sequence[int], *, on: bool) -> None:
        foreign = [number for number in numbers if number not in self.outlets]
        if foreign:
            raise ConfigurationError(
                f"{self.place}: has no outlet {foreign[0]!r}; legal: {', '.join(map(str, self.outlets))}",
                remedy="choose a legal outlet; nothing was sent.",
            )

        def conversation(ask: Ask) -> dict[int, bool]:
            for number in numbers:
                answer = ask(f"port {number} {int(on)}")
                if not answer.startswith(_DONE):
                    raise InstrumentError(
                        f"{self.place}: refuses to switch outlet {number} {'on' if on else 'off'}: {answer[:80]!r}",
                        remedy="check that the account may write, and that no schedule or watchdog holds the outlet.",
                    )
            reply = ask("port list")
            try:
                return _parse_states(reply, self.outlets)
            except ValueError as error:
                raise InstrumentError(
                    f"{self.place}: the reply to 'port list' makes no sense: {reply[:80]!r} ({error})"
                ) from error

        states = self.session.transact(conversation).result()
        stuck = [number for number in numbers if states[number] is not on]
        if stuck:
            raise InstrumentError(
                f"{self.place}: outlets {', '.join(map(str, stuck))} were switched {'on' if on else 'off'} but read "
                f"back {'off' if on else 'on'}; last set: {self.session.last_set}",
                remedy="pull the plug: the relay of the outlet may be welded.",
            )
        for number in numbers:
            self.session.remember(f"outlet {number}", "on" if on else "off")
