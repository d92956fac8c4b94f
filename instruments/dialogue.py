"""An instrument that follows a script: how a driver's every word is tested without the instrument."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

__all__ = ["DialogueError", "expected_dialogue"]

_POLL_S = 0.01


class DialogueError(AssertionError):
    """What was said differs from the script."""


@contextmanager
def expected_dialogue(
    script: Sequence[tuple[str, str | bytes | None]], *, greeting: str | None = None
) -> Iterator[str]:
    """Listen on a free local port and follow a script of ``(line expected, reply)``.

    Parameters
    ----------
    script : sequence of pairs
        Lines the instrument is to receive, in their order, each with its reply: text, to which an end of line is added;
        bytes, sent as they are; or None where nothing is answered. A line that is not the next one of the script is
        answered by closing the connection.
    greeting : str, optional
        Line that is said to whoever connects.

    Yields
    ------
    str
        VISA address to connect to.

    Raises
    ------
    DialogueError
        At the end, if another line came than the script says, or lines of the script were never said.

    Examples
    --------
    >>> with expected_dialogue([("*IDN?", "Keysight Technologies,E36312A,MY1,1.0")]) as address:
    ...     KeysightE36300(address).close()
    """
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(_POLL_S)
    finished = threading.Event()
    left = list(script)
    wrong: list[str] = []

    def converse(connection: socket.socket) -> None:
        connection.settimeout(_POLL_S)
        if greeting is not None:
            connection.sendall(greeting.encode("ascii") + b"\n")
        received = b""
        while not finished.is_set():
            try:
                data = connection.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                return
            if not data:
                return
            *lines, received = (received + data).split(b"\n")
            for raw in lines:
                line = raw.decode("ascii", errors="replace")
                if not left or left[0][0] != line:
                    wrong.append(f"{line!r} came, {repr(left[0][0]) if left else 'nothing more'} was expected")
                    return
                reply = left.pop(0)[1]
                if reply is not None:
                    connection.sendall(reply if isinstance(reply, bytes) else reply.encode("ascii") + b"\n")

    def serve() -> None:
        while not finished.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            with connection:
                converse(connection)

    thread = threading.Thread(target=serve, name="scripted instrument", daemon=True)
    thread.start()
    try:
        yield f"TCPIP::127.0.0.1::{listener.getsockname()[1]}::SOCKET"
    finally:
        finished.set()
        thread.join()
        listener.close()
    if wrong or left:
        unsaid = [f"{line!r} was never said" for line, _ in left]
        raise DialogueError("; ".join(wrong + unsaid))
