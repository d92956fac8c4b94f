"""The engine's end of the guard: starts the process, speaks to it, and notices when it dies."""

from __future__ import annotations

import contextlib
import os
import queue
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from radtest.core import BusyError, ConfigurationError, InstrumentError, RadtestError
from radtest.guard.plan import GuardPlan
from radtest.guard.wire import Message, Wire, WireClosedError, WireError
from radtest.instruments import AddressError

__all__ = ["GuardLink", "GuardLostError", "as_error"]

_BEAT_S = 0.1
_SILENCE_S = 1.0
_START_S = 30.0
_END_S = 5.0
_KINDS: dict[str, type[RadtestError]] = {
    "AddressError": AddressError,
    "BusyError": BusyError,
    "ConfigurationError": ConfigurationError,
}


class GuardLostError(InstrumentError):
    """The guard's process died or hangs; power and beam were cut without it."""


class GuardLink:
    """A guard process, and the conversation with it.

    A thread keeps the conversation up whatever the engine is busy with: it takes what the guard says, tells the guard
    that the engine lives, and acts at once if the guard does not.

    Parameters
    ----------
    plan : GuardPlan
        What the guard is to do.

    Attributes
    ----------
    on_loss : callable or None
        Called in that thread the moment the guard is lost; returns what could not be made safe.
    """

    def __init__(self, plan: GuardPlan) -> None:
        self.plan = plan
        self.place = f"supply ({plan.driver}) at {plan.address}"
        self.identity = ""
        self.on_loss: Callable[[], list[str]] | None = None
        ours, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "radtest.guard", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        theirs.close()
        self._wire = Wire(ours)
        self._messages: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._loss: str | None = None
        self._closing = False
        self._heard_s = time.monotonic()
        # While it waits for the supply, which may take two timeouts, the guard is silent.
        self._silence_s = _SILENCE_S + 2 * plan.timeout_s
        self._patience_s = _START_S
        self._next_id = 0
        with contextlib.suppress(WireClosedError):  # noticed by the thread
            self._wire.put({"do": "plan", "plan": plan.to_message()})
        self._thread = threading.Thread(target=self._converse, name="guard", daemon=True)
        self._thread.start()

    @property
    def process_id(self) -> int:
        """The guard's process."""
        return self._process.pid

    @property
    def lost(self) -> bool:
        """Whether the guard has died or was given up."""
        return self._loss is not None

    def wait_until_ready(self) -> None:
        """Wait until the guard has opened the supply.

        Raises
        ------
        AddressError, BusyError, ConfigurationError
            If it could not.
        GuardLostError
            If its process did not come up.
        """
        message = self.next()
        if message["is"] == "refused":
            raise as_error(message)
        self.place, self.identity = message["place"], message["identity"]

    def say(self, what: str, **details: object) -> int:
        """Give a command and return its number, which the guard's ``done`` will carry."""
        self._next_id += 1
        with contextlib.suppress(WireClosedError):  # `next` will say so
            self._wire.put({"do": what, "id": self._next_id, **details})
        return self._next_id

    def next(self, timeout_s: float | None = None) -> Message:
        """Wait for the next message of the guard.

        Raises
        ------
        GuardLostError
            If the guard is lost.
        TimeoutError
            If none comes in time, s of real time.
        """
        try:
            message = self._messages.get(timeout=timeout_s)
        except queue.Empty:
            raise TimeoutError from None
        if message is None:
            self._messages.put(None)
            raise GuardLostError(
                f"{self.place}: THE GUARD IS LOST: {self._loss}",
                remedy="check the machine (memory, load); nothing watches the current until a run is started anew.",
            )
        return message

    def make_safe(self) -> str | None:
        """Have the guard switch the device off; return what stands against it, or None.

        Raises
        ------
        GuardLostError
            If the guard is lost, or does not answer in time.
        """
        self.say("safe")
        until_s = time.monotonic() + 4 * (self.plan.timeout_s + 1.0)
        while True:
            try:
                message = self.next(max(0.0, until_s - time.monotonic()))
            except TimeoutError:
                self.give_up("it did not answer")
                continue
            if message["is"] == "safe":
                problem: str | None = message["problem"]
                return problem

    def give_up(self, why: str) -> None:
        """End a guard that hangs."""
        self._process.kill()
        self._note_loss(why)

    def close(self) -> None:
        """Let the guard go; it leaves the device without power."""
        if not self._closing:
            self._closing = True
            self.say("bye")
            try:
                self._process.wait(_END_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._thread.join()
            if self._process.stderr is not None:
                self._process.stderr.close()
            self._wire.close()

    def _converse(self) -> None:
        beaten_s = 0.0
        try:
            while True:
                waiting = [self._wire] if self._wire.waiting else []
                select.select([self._wire], waiting, [], _BEAT_S)
                now_s = time.monotonic()
                for message in self._wire.take():
                    self._heard_s = now_s
                    self._hear(message)
                if now_s - beaten_s >= _BEAT_S:
                    beaten_s = now_s
                    self._wire.put({"do": "beat"})
                else:
                    self._wire.flush()
                if now_s - self._heard_s > self._patience_s:
                    self.give_up(f"silent for {now_s - self._heard_s:.1f} s")
                    return
        except WireError as error:
            if self._closing:
                return
            if not isinstance(error, WireClosedError):
                self._process.kill()
            self._note_loss(self._how_it_ended(error))

    def _hear(self, message: Message) -> None:
        kind = message.get("is")
        self._patience_s = float(message["for_s"]) if kind == "busy" else self._silence_s
        if kind not in {"beat", "busy"}:
            self._messages.put(message)

    def _how_it_ended(self, error: WireError) -> str:
        try:
            status = self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return error.message
        ended = (
            f"its process was ended by signal {-status}" if status < 0 else f"its process ended with status {status}"
        )
        said = self._process.stderr.read().decode(errors="replace").strip() if self._process.stderr else ""
        return f"{ended}: {said[-500:]}" if said else ended

    def _note_loss(self, why: str) -> None:
        if self._loss is not None:
            return
        self._loss = why
        if self.on_loss is not None:
            problems = self.on_loss()
            self._loss += "; " + (
                "; ".join(f"COULD NOT BE MADE SAFE, {problem}" for problem in problems)
                if problems
                else "beam and device power were cut at once, without it"
            )
        self._messages.put(None)


def as_error(message: Message) -> RadtestError:
    """Return the error that the guard tells of."""
    return _KINDS.get(message["kind"], InstrumentError)(message["message"], remedy=message["remedy"])
