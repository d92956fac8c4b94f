"""A supply on a real socket whose device latches up on request, and that can misbehave in every way a supply can.

It speaks the part of the E36300's dialect that the driver uses, notes when what was on the wire, and needs nothing of
the simulated station.
"""

from __future__ import annotations

import contextlib
import math
import re
import socket
import threading
import time
from dataclasses import dataclass, field

IDENTITY = "Keysight Technologies,E36312A,{serial},1.0"
NOMINAL_A = {1: 0.1, 2: 0.03, 3: 0.0}
DECAY_S = 0.02


@dataclass
class Output:
    """One channel, and the device on it."""

    nominal_a: float
    voltage_v: float = 0.0
    limit_a: float = 0.1
    delay_s: float = 0.05
    protected: bool = False
    on: bool = False
    tripped: bool = False
    latch_a: float = 0.0
    sticky: bool = False
    limiting_since_s: float | None = None
    changed_s: float = -math.inf

    def wanted(self) -> float:
        return self.nominal_a + self.latch_a if self.on and self.voltage_v else 0.0

    def settle(self, now_s: float, *, silent: bool) -> None:
        if self.wanted() <= self.limit_a:
            self.limiting_since_s = None
        elif self.limiting_since_s is None:
            self.limiting_since_s = now_s
        elif self.protected and not silent and now_s - self.limiting_since_s >= self.delay_s:
            self.switch(now_s, on=False)
            self.tripped = True

    def switch(self, now_s: float, *, on: bool) -> None:
        if on != self.on and not (on and self.tripped):
            self.on, self.changed_s, self.limiting_since_s = on, now_s, None
            if not on and not self.sticky:
                self.latch_a = 0.0

    def measured(self, now_s: float) -> tuple[float, float]:
        if self.on:
            return self.voltage_v, min(self.wanted(), self.limit_a)
        return self.voltage_v * math.exp(-(now_s - self.changed_s) / DECAY_S), 0.0


@dataclass
class Wire:
    """What was on the wire, s of the monotonic clock."""

    over_current_s: list[float] = field(default_factory=list)
    off_s: list[float] = field(default_factory=list)


class SupplyOnTheWire:
    """A context: a listening supply, and the levers of its misbehaviour.

    Attributes
    ----------
    silent_protection : bool
        The over-current protection claims to be armed and does not trip.
    stuck : bool
        Outputs do not go off.
    latency_s : float
        Time before each reply.
    """

    def __init__(self, serial: str = "MY1", alarm_a: float = 0.2) -> None:
        self.serial = serial
        self.outputs = {number: Output(nominal) for number, nominal in NOMINAL_A.items()}
        self.wire = Wire()
        self.silent_protection = False
        self.stuck = False
        self.latency_s = 0.0
        self.connections = 0
        self._alarm_a = alarm_a
        self._next_reply: bytes | None = None
        self._over = False
        self._lock = threading.RLock()
        self._clients: list[socket.socket] = []
        self._listener: socket.socket | None = None
        self.port = 0
        self.plug_in()

    # -- levers --------------------------------------------------------------------------------------------------------

    def latch(self, *numbers: int, current_a: float = 1.0, sticky: bool = False) -> None:
        """Let the device latch up on these channels at one moment; `sticky` survives a power cycle."""
        with self._lock:
            for number in numbers:
                self.outputs[number].latch_a, self.outputs[number].sticky = current_a, sticky
            self._settle()

    def answer_next_with(self, raw: bytes) -> None:
        """Send this instead of the next reply and, unless it is a whole line, drop the connection in its middle."""
        with self._lock:
            self._next_reply = raw

    def unplug(self, *, lose_settings: bool = True) -> None:
        """Pull the mains: the connection is gone, nothing listens, outputs are off."""
        with self._lock:
            listener, self._listener = self._listener, None
            if listener is not None:
                listener.shutdown(socket.SHUT_RDWR)
                listener.close()
            self._drop_clients()
            for number in self.outputs if lose_settings else ():
                self.outputs[number] = Output(NOMINAL_A[number])

    def plug_in(self) -> None:
        """Listen, on the same port as before."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def drop_connection(self) -> None:
        """Cut the cable for a moment: the supply itself goes on."""
        with self._lock:
            self._drop_clients()

    @property
    def address(self) -> str:
        return f"TCPIP::127.0.0.1::{self.port}::SOCKET"

    @property
    def on(self) -> list[bool]:
        """Whether channels 1 and 2 are on."""
        with self._lock:
            self._settle()
            return [self.outputs[1].on, self.outputs[2].on]

    def wait_until(self, on: list[bool], seconds: float = 10.0) -> float:
        """Wait for a state of the outputs; return how long it took, s."""
        start_s = time.monotonic()
        while self.on != on:
            assert time.monotonic() - start_s < seconds, f"outputs are {self.on}, not {on}"
            time.sleep(0.001)
        return time.monotonic() - start_s

    def __enter__(self) -> SupplyOnTheWire:
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    # -- the instrument ------------------------------------------------------------------------------------------------

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._clients.append(client)
                self.connections += 1
            threading.Thread(target=self._converse, args=(client,), daemon=True).start()

    def _converse(self, client: socket.socket) -> None:
        received = b""
        while True:
            try:
                data = client.recv(4096)
            except OSError:
                return
            if not data:
                return
            *lines, received = (received + data).split(b"\n")
            for line in lines:
                if self.latency_s:
                    time.sleep(self.latency_s)
                with self._lock:
                    if line.startswith(b"OUTP OFF"):
                        self.wire.off_s.append(time.monotonic())
                        self._over = False
                    reply = self._answer(line.decode("ascii"))
                    raw, self._next_reply = self._next_reply, None
                    if raw is not None:
                        reply = raw
                    if reply:
                        self._note(line, reply)
                        with contextlib.suppress(OSError):
                            client.sendall(reply)
                        if not reply.endswith(b"\n"):
                            self._drop_clients()
                            return

    def _note(self, line: bytes, reply: bytes) -> None:
        """Note the first reply that shows too much current."""
        if line.startswith(b"MEAS") and not self._over:
            currents = reply.decode("ascii", "replace").strip().split(";")[1:2]
            if any(float(text) > self._alarm_a for item in currents for text in item.split(",")):
                self._over = True
                self.wire.over_current_s.append(time.monotonic())

    def _answer(self, line: str) -> bytes:
        self._settle()
        replies: list[str] = []
        for unit in line.split(";"):
            header, _, rest = unit.removeprefix(":").partition(" ")
            if header == "*IDN?":
                replies.append(IDENTITY.format(serial=self.serial))
                continue
            match = re.search(r"\(@([\d,]+)\)", rest)
            outputs = [self.outputs[int(number)] for number in match[1].split(",")] if match else []
            value = rest.split(",(")[0]
            if header.endswith("?"):
                replies.append(",".join(self._value(header, output) for output in outputs))
            else:
                for output in outputs:
                    self._set(header, value, output)
        self._settle()
        return ";".join(replies).encode() + b"\n" if replies else b""

    def _value(self, header: str, output: Output) -> str:
        voltage, current = output.measured(time.monotonic())
        return {
            "OUTP?": f"{output.on:d}",
            "VOLT?": f"{output.voltage_v:.6E}",
            "CURR?": f"{output.limit_a:.6E}",
            "CURR:PROT:STAT?": f"{output.protected:d}",
            "CURR:PROT:DEL?": f"{output.delay_s:.6E}",
            "CURR:PROT:TRIP?": f"{output.tripped:d}",
            "MEAS:VOLT?": f"{voltage:.6E}",
            "MEAS:CURR?": f"{current:.6E}",
        }[header]

    def _set(self, header: str, value: str, output: Output) -> None:
        match header:
            case "OUTP":
                if value == "ON" or not self.stuck:
                    output.switch(time.monotonic(), on=value == "ON")
            case "VOLT":
                output.voltage_v = float(value)
            case "CURR":
                output.limit_a = float(value)
            case "CURR:PROT:STAT":
                output.protected = value == "ON"
            case "CURR:PROT:DEL":
                output.delay_s = float(value)
            case "CURR:PROT:CLE":
                output.tripped = False

    def _settle(self) -> None:
        for output in self.outputs.values():
            output.settle(time.monotonic(), silent=self.silent_protection)

    def _drop_clients(self) -> None:
        for client in self._clients:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
            client.close()
        self._clients.clear()
