"""The station's sockets: one port per instrument, one line in, one line out."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol, cast

from radtest.core import BusyError
from radtest.instruments.station.configuration import FaultKind
from radtest.instruments.station.faults import Faults
from radtest.instruments.station.panels import Reply

__all__ = ["Answers", "LineServer", "listen"]

_LONGEST_LINE = 4096
_MOST_WAITING = 1000


class Answers(Protocol):
    """An instrument as seen from a socket."""

    def answer(self, line: str) -> Reply:
        """Carry out one line."""
        ...

    def too_long(self) -> str | None:
        """Deal with a line longer than the input buffer."""
        ...


class LineServer(asyncio.Protocol):
    """One connection: carries out lines in their order, waiting where an answer takes time.

    Parameters
    ----------
    instrument : Answers
        What answers.
    speed : float
        Simulated seconds per second.
    faults : Faults
        What goes wrong with it.
    powered : callable, optional
        Whether the instrument has power; without it, every connection breaks.
    """

    def __init__(
        self, instrument: Answers, speed: float, faults: Faults, powered: Callable[[], bool] = lambda: True
    ) -> None:
        self._instrument = instrument
        self._speed = speed
        self._faults = faults
        self._powered = powered
        self._buffer = b""
        self._discarding = False
        self._lines: deque[str | None] = deque()
        self._waiting = False
        self._full = False
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start (called by asyncio)."""
        self._transport = cast("asyncio.Transport", transport)
        if self._faults.unplugged or not self._powered():
            self._transport.abort()
            return
        self._say(getattr(self._instrument, "greeting", None))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        """Stop (called by asyncio)."""
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()
        self._lines.clear()

    def pause_writing(self) -> None:
        """Carry out nothing more until the client has read its replies (called by asyncio)."""
        self._full = True

    def resume_writing(self) -> None:
        """Go on (called by asyncio)."""
        self._full = False
        self._work()

    def data_received(self, data: bytes) -> None:
        """Take bytes in (called by asyncio)."""
        *complete, self._buffer = (self._buffer + data).split(b"\n")
        for raw in complete:
            if self._discarding or len(raw) > _LONGEST_LINE:
                self._discarding = False
                self._lines.append(None)
            else:
                self._lines.append(raw.decode("ascii", errors="replace").rstrip("\r"))
        if len(self._buffer) > _LONGEST_LINE:
            self._buffer = b""
            self._discarding = True
        if len(self._lines) > _MOST_WAITING and self._transport is not None:
            self._transport.pause_reading()
        self._work()

    def _work(self) -> None:
        while self._lines and not self._waiting and not self._full and self._transport is not None:
            if self._faults.unplugged or not self._powered():
                self._transport.abort()
                return
            line = self._lines.popleft()
            if line is None:
                self._say(self._instrument.too_long())
            elif line.strip():
                self._give(self._instrument.answer(line))
        if len(self._lines) <= _MOST_WAITING and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def _give(self, reply: Reply) -> None:
        if isinstance(reply, tuple):
            delay_s, go_on = reply
            self._waiting = True
            self._timer = asyncio.get_running_loop().call_later(delay_s / self._speed, self._go_on, go_on)
        else:
            self._say(reply)

    def _go_on(self, go_on: Callable[[], Reply]) -> None:
        self._waiting = False
        self._timer = None
        self._give(go_on())
        self._work()

    def _say(self, reply: str | bytes | None) -> None:
        if reply is None or self._transport is None:
            return
        text = (reply if isinstance(reply, bytes) else reply.encode("ascii", errors="replace")) + b"\n"
        fault = self._faults.of_reply()
        if fault is None:
            self._transport.write(text)
            return
        match fault.kind:
            case FaultKind.DROP:
                self._transport.write(text[: len(text) // 2])
                self._transport.close()
            case FaultKind.GARBAGE:
                self._transport.write(b"\xff\x00\xfe#" + text)
            case FaultKind.TRUNCATE:
                self._transport.write(text[: len(text) // 2])
            case FaultKind.SLOW:
                self._waiting = True
                delay_s = (fault.lasts_s or 0.0) / self._speed
                self._timer = asyncio.get_running_loop().call_later(delay_s, self._go_on, lambda: reply)
            case _:
                pass


async def listen(host: str, port: int, name: str, make: Callable[[], asyncio.Protocol]) -> asyncio.Server:
    """Listen on a port.

    Raises
    ------
    BusyError
        If the port is in use or may not be used.
    """
    loop = asyncio.get_running_loop()
    try:
        return await loop.create_server(make, host, port)
    except OSError as error:
        raise BusyError(
            f"port {port} on {host}, for the {name}, cannot be used: {error.strerror or error}",
            remedy=f"stop what uses it, or set ports.{name} = 0 to take any free port.",
        ) from error
