"""Where the bytes of a device under test come from: a serial port or pseudo-terminal, or a TCP connection."""

from __future__ import annotations

import os
import re
import selectors
import socket
import termios
import tty
from pathlib import Path
from types import TracebackType

from radtest.core import ConfigurationError, InstrumentError
from radtest.instruments.dut_protocol import DutLine, DutLineReader

__all__ = ["DutLink"]

_PORTION = 1 << 16


class DutLink:
    """Reads what a device under test reports; a context manager.

    Parameters
    ----------
    address : str
        ``serial:/dev/ttyUSB0:115200``, ``tcp:host:port`` to connect to the board, or ``listen:port`` to wait for one
        board to connect.
    host : str
        For ``listen``: which of this computer's addresses to listen on; by default only this computer itself
        (loopback) can connect. Give the address of the network of the test.
    timeout_s : float
        Longest wait for a connection that is made, s.

    Raises
    ------
    ConfigurationError
        If the address has none of these forms.
    InstrumentError
        If the port cannot be opened.
    """

    def __init__(self, address: str, *, host: str = "127.0.0.1", timeout_s: float = 5.0) -> None:
        self.address = address
        self.lines = DutLineReader()
        self._listener: socket.socket | None = None
        self._socket: socket.socket | None = None
        self._descriptor = -1
        self.ended = False
        kind, _, rest = address.partition(":")
        try:
            if kind == "serial":
                path, _, rate = rest.rpartition(":")
                self._descriptor = _open_serial(path or rest, rate if path else "115200")
            elif kind == "tcp":
                there, _, port = rest.rpartition(":")
                self._take(socket.create_connection((there, _port(port, address)), timeout=timeout_s))
            elif kind == "listen":
                self._listener = socket.create_server((host, _port(rest, address)))
                self._listener.setblocking(False)
            else:
                raise _illegal(address)
        except (OSError, termios.error) as error:
            self.close()
            raise InstrumentError(
                f"{address}: cannot be opened: {error}", remedy="check the address, the cable and the board's power."
            ) from None

    @property
    def port(self) -> int:
        """The port that is listened on, for ``listen:0``, which takes any free one."""
        return int(self._listener.getsockname()[1]) if self._listener else 0

    def read(self, timeout_s: float) -> list[DutLine]:
        """Wait up to `timeout_s` for bytes and return the lines that they complete; none is no error.

        Raises
        ------
        InstrumentError
            If the connection broke. `ended` tells whether the board closed it in order.
        """
        waiting = self._listener if self._descriptor < 0 else self._descriptor
        if waiting is None or self.ended:
            return []
        with selectors.DefaultSelector() as selector:
            selector.register(waiting, selectors.EVENT_READ)
            if not selector.select(timeout_s):
                return []
        try:
            if self._descriptor < 0 and self._listener is not None:
                connection, _ = self._listener.accept()
                self._take(connection)
                return []
            data = os.read(self._descriptor, _PORTION)
        except OSError as error:
            self.ended = True
            raise InstrumentError(
                f"{self.address}: the connection broke: {error.strerror or error}",
                remedy="check the cable and the board's power.",
            ) from None
        if not data:
            self.ended = True
        return self.lines.feed(data)

    def _take(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._socket, self._descriptor = connection, connection.fileno()

    def close(self) -> None:
        """Close the port."""
        if self._listener is not None:
            self._listener.close()
        if self._socket is not None:
            self._socket.close()
        elif self._descriptor >= 0:
            os.close(self._descriptor)
        self._listener = self._socket = None
        self._descriptor = -1

    def __enter__(self) -> DutLink:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _illegal(address: str) -> ConfigurationError:
    return ConfigurationError(
        f"{address!r}: no address of a device; legal: serial:PATH[:BAUD], tcp:HOST:PORT, listen:PORT"
    )


def _port(text: str, address: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > 65535:
        raise _illegal(address)
    return int(text)


def _open_serial(path: str, rate: str) -> int:
    speed = getattr(termios, f"B{rate}", None)
    if speed is None:
        raise ConfigurationError(f"{path}: no rate of {rate!r} baud; legal are the standard ones, such as 115200")
    descriptor = os.open(Path(path), os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        tty.setraw(descriptor)
        settings = termios.tcgetattr(descriptor)
        settings[4] = settings[5] = speed
        termios.tcsetattr(descriptor, termios.TCSANOW, settings)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
