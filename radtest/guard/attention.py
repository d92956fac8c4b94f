"""What the guard attends to besides the supply: the engine's commands, its heartbeat, and signals."""

from __future__ import annotations

import select
import signal
import socket
import time
from collections import deque
from types import FrameType

from radtest.guard.wire import Message, Wire, WireClosedError, WireError

__all__ = ["Aside", "Attention", "EngineLost"]

_BEAT_S = 0.1
_URGENT = {"down", "safe", "bye"}


class Aside(Exception):  # noqa: N818 (a command that interrupts a sequence, not an error)
    """A command that must not wait for what goes on."""

    def __init__(self, command: Message) -> None:
        super().__init__(command["do"])
        self.command = command


class EngineLost(Exception):  # noqa: N818 (an event that ends the guard's work, not an error)
    """The engine is gone or silent, or the guard itself was told to end: time to make the device safe.

    Attributes
    ----------
    final : bool
        Whether the guard ends afterwards.
    """

    def __init__(self, why: str, *, final: bool) -> None:
        super().__init__(why)
        self.final = final


class Attention:
    """Commands, heartbeat and signals, looked at whenever the guard waits.

    Parameters
    ----------
    wire : Wire
        The channel to the engine.
    engine_silence_s : float
        How long the engine may be silent while `watchful`, s of real time.

    Attributes
    ----------
    commands : deque
        Commands that wait their turn.
    watchful : bool
        Whether the silence of a living engine matters: while the device has power.
    """

    def __init__(self, wire: Wire, engine_silence_s: float) -> None:
        self._wire = wire
        self._silence_s = engine_silence_s
        self._heard_s = time.monotonic()
        self._beaten_s = 0.0
        self._ended_by: str | None = None
        self._wake, self._waker = socket.socketpair()
        for end in (self._wake, self._waker):
            end.setblocking(False)
        self.commands: deque[Message] = deque()
        self.watchful = False

    def listen_for_signals(self) -> None:
        """Ignore the terminal's Ctrl-C, which is the engine's to answer; end safely on SIGTERM and SIGHUP."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._end)

    def look(self) -> None:
        """Take what has come in.

        Raises
        ------
        Aside
            If it is a command that must not wait.
        EngineLost
            If the engine is gone or silent, or a signal asks to end.
        """
        try:
            messages = self._wire.take()
            now_s = time.monotonic()
            if now_s - self._beaten_s >= _BEAT_S:
                self._beaten_s = now_s
                self._wire.put({"is": "beat"})
            else:
                self._wire.flush()
        except WireClosedError:
            raise EngineLost("the engine is gone", final=True) from None
        except WireError as error:
            raise EngineLost(f"the engine talks nonsense: {error.message}", final=True) from error
        if self._ended_by is not None:
            raise EngineLost(f"{self._ended_by} asked the guard to end", final=True)
        aside: Message | None = None
        for message in messages:
            if message.get("do") in _URGENT:
                self.commands.clear()
                aside = message
            elif "do" in message and message["do"] != "beat":
                self.commands.append(message)
        if messages:
            self._heard_s = now_s
        elif self.watchful and now_s - self._heard_s > self._silence_s:
            self.watchful = False
            raise EngineLost(f"the engine was silent for {now_s - self._heard_s:.2f} s", final=False)
        if aside is not None:
            raise Aside(aside)

    def wait(self, seconds: float) -> None:
        """Wait, s of real time, no longer than until something comes in, and take it; raises as `look`."""
        wire, wake = self._wire.fileno(), self._wake.fileno()
        waiting_to_send = [wire] if self._wire.waiting else []
        readable, _, _ = select.select([wire, wake], waiting_to_send, [], max(0.0, min(seconds, _BEAT_S)))
        if wake in readable:
            self._wake.recv(4096)
        self.look()

    def take(self, name: str) -> bool:
        """Tell whether this command waits, dropping it and all that waits before it."""
        while self.commands:
            if self.commands.popleft()["do"] == name:
                return True
        return False

    def _end(self, number: int, _: FrameType | None) -> None:
        self._ended_by = signal.Signals(number).name
