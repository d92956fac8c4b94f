"""Datagrams of libLogHelper, by which many benchmarks for GPUs and accelerators report over UDP.

A datagram has at most 1,024 bytes: 0x0E (ECC on) or 0x0D (ECC off), then one line of ASCII that begins with ``#`` and
its kind. The fields are those that existing setups write.
"""

from __future__ import annotations

import math
import re
import selectors
import socket
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType

from radtest.core import InstrumentError

__all__ = ["LogHelperKind", "LogHelperListener", "LogHelperMessage", "parse_log_helper"]

_LONGEST = 1024
_ECC = {0x0E: True, 0x0D: False}
_LINE = re.compile(r"#([A-Z]+)(?: (.*))?")
_PAIR = re.compile(r"([A-Za-z]+):([0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?)")
_TROUBLES_KEPT = 100


class LogHelperKind(StrEnum):
    """What a datagram reports."""

    HEADER = "HEADER"
    BEGIN = "BEGIN"
    IT = "IT"
    """An iteration is done: the heartbeat."""
    ERR = "ERR"
    """One value of the output is wrong."""
    SDC = "SDC"
    """The iteration had silent data corruption; comes after its errors."""
    INF = "INF"
    ABORT = "ABORT"
    END = "END"


@dataclass(frozen=True, slots=True)
class LogHelperMessage:
    """One datagram.

    Parameters
    ----------
    kind : LogHelperKind
        What it reports.
    ecc : bool
        Whether the memory of the device is protected.
    text : str
        The line without its kind.
    iteration : int, optional
        Of ``IT`` and ``SDC``.
    numbers : dict
        The ``name:number`` pairs of ``IT`` and ``SDC``: ``KerTime`` and ``AccTime`` (s), ``KerErr`` and ``AccErr``.
    sender : str
        Address it came from.
    """

    kind: LogHelperKind
    ecc: bool
    text: str
    iteration: int | None = None
    numbers: dict[str, float] = field(default_factory=dict)
    sender: str = ""


def parse_log_helper(datagram: bytes, sender: str = "") -> LogHelperMessage:
    """Read a datagram.

    Raises
    ------
    InstrumentError
        If it is none of libLogHelper's.
    """
    place = f"datagram from {sender}" if sender else "datagram"
    if not 2 <= len(datagram) <= _LONGEST or datagram[0] not in _ECC:
        raise InstrumentError(
            f"{place}: {len(datagram)} bytes that begin with {datagram[:4].hex(' ') or 'nothing'}; legal are 2 to "
            f"{_LONGEST} that begin with 0e (ECC on) or 0d (ECC off)"
        )
    try:
        line = datagram[1:].decode("ascii")
    except UnicodeDecodeError as error:
        raise InstrumentError(f"{place}: byte {error.start + 1} is not ASCII") from None
    line = line.removesuffix("\0").removesuffix("\n").removesuffix("\r")
    match = _LINE.fullmatch(line)
    if match is None or not line.isprintable() or match[1] not in LogHelperKind.__members__:
        raise InstrumentError(
            f"{place}: {line[:80]!r} is no line of libLogHelper; legal begin with "
            f"{', '.join('#' + kind for kind in LogHelperKind)}"
        )
    kind, text = LogHelperKind(match[1]), match[2] or ""
    iteration: int | None = None
    numbers: dict[str, float] = {}
    if kind in {LogHelperKind.IT, LogHelperKind.SDC}:
        words = text.split(" ")
        first = words.pop(0).removeprefix("Ite:")
        pairs = [_PAIR.fullmatch(word) for word in words]
        if not re.fullmatch(r"[0-9]{1,18}", first) or not all(pairs):
            raise InstrumentError(f"{place}: {line[:80]!r}: legal is #{kind} <iteration> <name>:<number> ...")
        iteration = int(first)
        numbers = {pair[1]: float(pair[2]) for pair in pairs if pair}
        if not all(math.isfinite(number) for number in numbers.values()):
            raise InstrumentError(f"{place}: {line[:80]!r}: a number too large")
    return LogHelperMessage(kind, _ECC[datagram[0]], text, iteration, numbers, sender)


class LogHelperListener:
    """Receives libLogHelper's datagrams; a context manager.

    Parameters
    ----------
    port : int
        UDP port; 0 takes any free one.
    host : str
        Which of this computer's addresses to listen on; by default only this computer itself (loopback) is heard.
    senders : collection of str, optional
        Addresses that are listened to; all where omitted.

    Attributes
    ----------
    received, refused : int
        Datagrams understood, and those that were not or came from somebody else.
    troubles : list of str
        What was wrong with the first hundred of those.
    """

    def __init__(self, port: int = 1024, host: str = "127.0.0.1", senders: frozenset[str] | None = None) -> None:
        self.received = 0
        self.refused = 0
        self.troubles: list[str] = []
        self._senders = senders
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind((host, port))
        except (OSError, OverflowError) as error:
            self._socket.close()
            raise InstrumentError(
                f"UDP port {port} of {host}: cannot be listened on: {error}",
                remedy="name a free port, and an address of this computer.",
            ) from None
        self._socket.setblocking(False)

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._socket.getsockname()[1])

    def read(self, timeout_s: float) -> list[LogHelperMessage]:
        """Wait up to `timeout_s` for a datagram; return what has come, without those that were refused."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            if not selector.select(timeout_s):
                return []
        messages: list[LogHelperMessage] = []
        while True:
            try:
                datagram, (sender, _) = self._socket.recvfrom(65_536)
            except BlockingIOError:
                return messages
            try:
                if self._senders is not None and sender not in self._senders:
                    raise InstrumentError(f"datagram from {sender}: not one of {', '.join(sorted(self._senders))}")
                messages.append(parse_log_helper(datagram, sender))
                self.received += 1
            except InstrumentError as error:
                self.refused += 1
                if len(self.troubles) < _TROUBLES_KEPT:
                    self.troubles.append(error.message)

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()

    def __enter__(self) -> LogHelperListener:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
