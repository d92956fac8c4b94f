"""The channel between engine and guard: JSON lines of limited length over a local pair of sockets.

Nothing listens anywhere, and nothing that arrives is executed: a line is one JSON object, or the wire is refused.
"""

from __future__ import annotations

import json
import socket
import threading
from typing import Any

from radtest.core import InstrumentError

__all__ = ["LONGEST_LINE_BYTES", "Message", "Wire", "WireClosedError", "WireError"]

Message = dict[str, Any]
"""One line: what it ``is``, and what belongs to that."""

LONGEST_LINE_BYTES = 1 << 16
_CHUNK_BYTES = 1 << 16
_MOST_WAITING_BYTES = 1 << 20


class WireError(InstrumentError):
    """What arrived is no line of the protocol."""


class WireClosedError(WireError):
    """The process at the other end is gone."""


class Wire:
    """One end of the channel; never blocks, and may be written to from several threads.

    Parameters
    ----------
    connection : socket.socket
        One of a pair; the wire owns it from now on.

    Attributes
    ----------
    dropped : int
        Messages that could wait no longer, see `offer`.
    """

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._connection = connection
        self._in = bytearray()
        self._out = bytearray()
        self._sending = threading.Lock()
        self.dropped = 0

    def fileno(self) -> int:
        """Return the descriptor, for `select`."""
        return self._connection.fileno()

    @property
    def waiting(self) -> bool:
        """Whether bytes wait to be sent."""
        return bool(self._out)

    def put(self, message: Message) -> None:
        """Send a message, now or as soon as the other end takes it; it is never dropped.

        Raises
        ------
        WireClosedError
            If the other end is gone.
        WireError
            If the message is too long.
        """
        line = json.dumps(message, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        if len(line) > LONGEST_LINE_BYTES:
            raise WireError(f"a message of {len(line)} bytes to the other process; legal: {LONGEST_LINE_BYTES}")
        with self._sending:
            self._out += line
            self._flush()

    def offer(self, message: Message) -> bool:
        """Send a message that may be dropped where the other end is a megabyte behind; tell whether it was taken."""
        if len(self._out) > _MOST_WAITING_BYTES:
            self.dropped += 1
            self.flush()
            return False
        self.put(message)
        return True

    def flush(self) -> None:
        """Send what waits, as far as the other end takes it.

        Raises
        ------
        WireClosedError
            If the other end is gone.
        """
        with self._sending:
            self._flush()

    def take(self) -> list[Message]:
        """Return what has arrived, without waiting.

        Raises
        ------
        WireClosedError
            If the other end is gone and everything it had said was taken.
        WireError
            If what arrived is no line of the protocol.
        """
        closed = False
        while True:
            try:
                chunk = self._connection.recv(_CHUNK_BYTES)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                chunk = b""
            if not chunk:
                closed = True
                break
            self._in += chunk
            if len(chunk) < _CHUNK_BYTES:
                break
        *lines, rest = bytes(self._in).split(b"\n") if self._in else (b"",)
        self._in = bytearray(rest)
        if len(rest) > LONGEST_LINE_BYTES or any(len(line) > LONGEST_LINE_BYTES for line in lines):
            raise WireError(f"a line of more than {LONGEST_LINE_BYTES} bytes came from the other process")
        messages = [_message(line) for line in lines]
        if closed and not messages:
            raise WireClosedError("the other process is gone")
        return messages

    def close(self) -> None:
        """Close this end."""
        self._connection.close()

    def _flush(self) -> None:
        while self._out:
            try:
                sent = self._connection.send(self._out)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                raise WireClosedError(f"the other process is gone ({error.strerror})") from error
            del self._out[:sent]


def _message(line: bytes) -> Message:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise WireError(f"a line from the other process is not JSON: {line[:80]!r}") from error
    if not isinstance(message, dict):
        raise WireError(f"a line from the other process is no object: {line[:80]!r}")
    return message
