"""One VISA resource, owned by one I/O thread."""

from __future__ import annotations

import queue
import re
import select
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import pyvisa
from pyvisa.constants import StatusCode
from pyvisa.errors import VisaIOError
from pyvisa.resources import MessageBasedResource

from radtest.core import InstrumentError
from radtest.instruments.errors import AddressError
from radtest.instruments.visa_resource import Resolvable, open_resource

__all__ = ["Ask", "AskBlock", "Session"]

T = TypeVar("T")

Ask = Callable[[str], str]
"""Sends one line and returns the line that answers it; valid only inside a transaction."""

AskBlock = Callable[[str], bytes]
"""Sends one line and returns the content of the binary block that answers it; valid only inside a transaction."""

_LONGEST_REPLY_BYTES = 1 << 20
_LONGEST_BLOCK_BYTES = 1 << 28
_SETTINGS_NAMED = 4


@dataclass(slots=True)
class _Call(Generic[T]):
    work: Callable[[], T]
    future: Future[T]


@dataclass(frozen=True, slots=True)
class _Remembered:
    """A setting that was read back: its value in words, and how to ask for it again."""

    value: str
    question: str | None
    agrees: Callable[[str], bool]


class Session:
    """A line-oriented conversation with one instrument.

    All input and output happens in one thread that belongs to the session. Calls from any thread are queued, executed
    in order, and answered through futures, so replies cannot be swapped between callers. After a timeout or a lost
    connection the session refuses to go on (a late reply would be taken for the answer to the next question) until
    `reconnect` succeeds.

    Parameters
    ----------
    instrument : str
        What the instrument is called in messages: ``supply (Keysight E36300)``.
    address : str
        VISA resource name, such as ``TCPIP::192.168.0.11::5025::SOCKET``, or a `SerialAddress`, which is resolved each
        time the session connects.
    timeout_s : float
        Longest wait for a reply and for a connection, s of real time.
    library : str
        VISA library as PyVISA names it; ``@py`` is pyvisa-py.

    Raises
    ------
    AddressError
        If the address is no VISA resource name or nothing answers there.
    """

    def __init__(self, instrument: str, address: str, *, timeout_s: float = 2.0, library: str = "@py") -> None:
        self.instrument = instrument
        self.address = address
        self._resolved = ""
        self.timeout_s = timeout_s
        self._library = library
        self._resource: MessageBasedResource | None = None
        self._socket: socket.socket | None = None
        self._failure: str | None = None
        self._last_set: dict[str, _Remembered] = {}
        self._calls: queue.SimpleQueue[_Call[Any] | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name=f"I/O {address}", daemon=True)
        self._thread.start()
        try:
            self._enqueue(self._connect).result()
        except BaseException:
            self.close()
            raise

    def submit(self, command: str, parse: Callable[[str], T]) -> Future[T]:
        """Queue a question; the future holds its parsed reply or an `InstrumentError`.

        `parse` runs in the I/O thread and raises ValueError where the reply makes no sense.
        """

        def work() -> T:
            reply = self._ask(command)
            try:
                return parse(reply)
            except ValueError as error:
                raise InstrumentError(
                    f"{self.place}: the reply to {command!r} makes no sense: {_shortened(reply)} ({error})",
                    remedy="check that the address belongs to this model and that nobody else talks to it.",
                ) from error

        return self._enqueue(work)

    def transact(self, conversation: Callable[[Ask], T]) -> Future[T]:
        """Queue several questions that belong together; nothing else is said to the instrument in between."""
        return self._enqueue(lambda: conversation(self._ask))

    def transact_blocks(self, conversation: Callable[[Ask, AskBlock], T]) -> Future[T]:
        """Queue questions that belong together, some of them answered by a block of definite length (IEEE 488.2)."""
        return self._enqueue(lambda: conversation(self._ask, self._ask_block))

    def listen(self) -> str:
        """Wait for a line that the instrument says unasked, such as a greeting."""
        return self._enqueue(lambda: self._line("the greeting")).result()

    def query(self, command: str) -> str:
        """Ask and wait for the reply (one line, without its end)."""
        return self.submit(command, str).result()

    def confide(self, command: str, shown: str) -> str:
        """Ask something secret: messages give `shown` instead of the command."""
        return self._enqueue(lambda: self._ask(command, shown)).result()

    def write(self, command: str) -> None:
        """Send a command that has no reply and wait until it is sent."""
        self._enqueue(lambda: self._send(command)).result()

    def reconnect(self) -> None:
        """Close the connection, open it again and clear the instrument's buffers, forgetting a failure.

        Raises
        ------
        AddressError
            If nothing answers at the address.
        """
        self._enqueue(self._reconnect).result()

    def remember(
        self,
        setting: str,
        value: str,
        *,
        question: str | None = None,
        agrees: Callable[[str], bool] | None = None,
    ) -> None:
        """Note a setting that was read back, for messages about a lost instrument and for `verify`.

        Parameters
        ----------
        setting, value : str
            What was set to what, in words.
        question : str, optional
            What asks for it; without one it cannot be verified.
        agrees : callable, optional
            Given a reply, tells whether the setting still is as it was; raises ValueError where the reply makes no
            sense. Equality with `value` where omitted.
        """
        self._last_set.pop(setting, None)
        self._last_set[setting] = _Remembered(value, question, agrees or (lambda reply: reply == value))

    def verify(self) -> None:
        """Ask for every setting that is remembered with its question, and compare.

        Raises
        ------
        InstrumentError
            If the instrument holds other values than were set; all are named, with both values.
        """
        remembered = [(setting, entry, entry.question) for setting, entry in self._last_set.items()]
        questions = [(setting, entry, question) for setting, entry, question in remembered if question is not None]

        def conversation(ask: Ask) -> list[str]:
            replies = [(setting, entry, ask(question)) for setting, entry, question in questions]
            return [
                f"{setting} was set to {entry.value} and is {reply}"
                for setting, entry, reply in replies
                if not _agrees(entry, reply)
            ]

        differences = self.transact(conversation).result()
        if differences:
            raise InstrumentError(
                f"{self.place}: does not hold what was set: {'; '.join(differences)}",
                remedy="it was switched off, reset or operated by hand meanwhile: check it before going on.",
            )

    @property
    def place(self) -> str:
        """Name and address, as messages give them."""
        found = f" ({self._resolved})" if self._resolved not in {"", self.address} else ""
        return f"{self.instrument} at {self.address}{found}"

    @property
    def lost(self) -> bool:
        """Whether the session refuses because a reply was late or the connection broke."""
        return self._failure is not None

    @property
    def last_set(self) -> str:
        """The settings that were read back last, newest first, for messages."""
        newest = list(reversed(self._last_set.items()))[:_SETTINGS_NAMED]
        return "; ".join(f"{setting} = {entry.value}" for setting, entry in newest) or "nothing yet"

    def close(self) -> None:
        """Finish what is queued, close the resource and end the thread; may be called twice."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._calls.put(None)
        self._thread.join()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _enqueue(self, work: Callable[[], T]) -> Future[T]:
        call = _Call(work, Future())
        with self._closing:
            if self._closed:
                raise InstrumentError(f"{self.place}: the session is closed")
            self._calls.put(call)
        return call.future

    def _serve(self) -> None:
        while (call := self._calls.get()) is not None:
            if not call.future.set_running_or_notify_cancel():
                continue
            try:
                result = call.work()
            except BaseException as error:  # noqa: BLE001 (the caller gets it through the future)
                call.future.set_exception(error)
            else:
                call.future.set_result(result)
            del call
        self._disconnect()

    def _connect(self) -> None:
        self._disconnect()
        address = self.address
        self._resolved = address.resolve(self.timeout_s, self._library) if isinstance(address, Resolvable) else address
        self._resource, self._socket = open_resource(self._resolved, self.timeout_s, self._library, self.place)
        self._failure = None

    def _reconnect(self) -> None:
        self._connect()
        resource = self._resource
        if self._socket is None and resource is not None:
            # A reply that came late still waits in the instrument; a socket that was opened anew has none.
            try:
                resource.clear()
            except (VisaIOError, NotImplementedError, OSError) as error:
                self._disconnect()
                raise AddressError(
                    f"{self.place}: cannot be cleared: {error}", remedy="switch the instrument off and on."
                ) from error

    def _disconnect(self) -> None:
        resource, self._resource, self._socket = self._resource, None, None
        if resource is not None:
            resource.close()

    def _send(self, command: str, shown: str | None = None) -> None:
        resource = self._usable(shown or command)
        try:
            resource.write_raw(command.encode("ascii") + b"\n")
        except VisaIOError as error:
            raise self._lose(shown or command, str(error)) from error
        except OSError as error:
            raise self._lose(shown or command, f"the connection broke ({error.strerror})") from error

    def _ask(self, command: str, shown: str | None = None) -> str:
        self._send(command, shown)
        return self._line(shown or command)

    def _line(self, command: str) -> str:
        reply = self._receive(command, lambda got: 0 if got.endswith(b"\n") else _LONGEST_REPLY_BYTES)
        try:
            return reply.decode("ascii").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise self._lose(command, f"the reply is not text: {_shortened(repr(bytes(reply)))}") from error

    def _ask_block(self, command: str) -> bytes:
        """Ask for ``#<digits><length><content>`` and return the content."""
        self._send(command)
        start = self._exactly(command, 2)
        if not re.fullmatch(rb"#[1-9]", start):
            raise self._lose(command, f"the reply is no block of definite length, it begins with {start!r}")
        digits = self._exactly(command, int(start[1:]))
        if not digits.isdigit() or int(digits) > _LONGEST_BLOCK_BYTES:
            raise self._lose(command, f"{digits!r} is no length of a block; legal: up to {_LONGEST_BLOCK_BYTES}")
        content = self._exactly(command, int(digits))
        after = self._line(command)
        if after:
            raise self._lose(command, f"the block goes on after its length: {_shortened(after)}")
        return content

    def _exactly(self, command: str, size: int) -> bytes:
        enabled = pyvisa.constants.ResourceAttribute.termchar_enabled
        self._usable(command).set_visa_attribute(enabled, False)
        content = self._receive(command, lambda got: size - len(got), progress_suffices=True)
        self._usable(command).set_visa_attribute(enabled, True)
        return bytes(content)

    def _receive(
        self, command: str, missing: Callable[[bytearray], int], *, progress_suffices: bool = False
    ) -> bytearray:
        """Read until `missing` says that no byte is; with `progress_suffices`, silence alone is a failure."""
        resource = self._usable(command)
        reply = bytearray()
        deadline = time.monotonic() + self.timeout_s
        try:
            while wanted := missing(reply):
                if time.monotonic() > deadline:
                    raise self._lose(command, f"no complete reply within {self.timeout_s:g} s")
                if not progress_suffices and len(reply) >= _LONGEST_REPLY_BYTES:
                    raise self._lose(command, f"a reply of more than {_LONGEST_REPLY_BYTES} bytes without an end")
                self._wait_for_reply(command)
                with resource.ignore_warning(StatusCode.success_max_count_read):
                    chunk, _ = resource.visalib.read(resource.session, wanted)
                reply += chunk
                if progress_suffices and chunk:
                    deadline = time.monotonic() + self.timeout_s
        except VisaIOError as error:
            if error.error_code == StatusCode.error_timeout:
                raise self._lose(command, f"no reply within {self.timeout_s:g} s") from error
            raise self._lose(command, str(error)) from error
        except OSError as error:
            raise self._lose(command, f"the connection broke ({error.strerror})") from error
        return reply

    def _wait_for_reply(self, command: str) -> None:
        """Wait for the first bytes on a socket; pyvisa-py itself would spin on a connection that was closed."""
        if self._socket is None or self._pending():
            return
        readable, _, _ = select.select([self._socket], [], [], self.timeout_s)
        if not readable:
            raise self._lose(command, f"no reply within {self.timeout_s:g} s")
        if self._socket.recv(1, socket.MSG_PEEK) == b"":
            raise self._lose(command, "the instrument closed the connection")

    def _pending(self) -> bool:
        """Tell whether pyvisa-py holds bytes that arrived after the end of the last reply."""
        resource = cast("MessageBasedResource", self._resource)
        sessions = getattr(resource.visalib, "sessions", {})
        return bool(getattr(sessions.get(resource.session), "_pending_buffer", bytearray()))

    def _usable(self, command: str) -> MessageBasedResource:
        if self._failure is not None:
            raise InstrumentError(
                f"{self.place}: refuses {command!r}, because {self._failure}; last set: {self.last_set}",
                remedy="check the instrument, then connect again.",
            )
        if self._resource is None:
            raise InstrumentError(f"{self.place}: refuses {command!r}, because it is not connected")
        return self._resource

    def _lose(self, command: str, what: str) -> InstrumentError:
        self._failure = f"after {command!r}: {what}"
        self._disconnect()
        return InstrumentError(
            f"{self.place}: {what}, asked {command!r}; last set: {self.last_set}",
            remedy="check power and cable; what the instrument does now is unknown until it answers again.",
        )


def _agrees(entry: _Remembered, reply: str) -> bool:
    try:
        return entry.agrees(reply)
    except ValueError:
        return False


def _shortened(text: str, longest: int = 80) -> str:
    return repr(text) if len(text) <= longest else f"{text[:longest]!r}... ({len(text)} characters)"
