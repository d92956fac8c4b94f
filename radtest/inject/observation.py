"""What a run shows to the outside: functional outputs, alarms and corrections. Runs inside the simulation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cocotb
from cocotb.simtime import get_sim_time
from cocotb.triggers import Event, ReadOnly, ValueChange

from radtest.inject.handles import find_handle, read_bits

__all__ = ["Difference", "Observation"]

_UNDEFINED = frozenset("XxZzUuWw-")


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that an upset showed to the outside."""

    time: int
    observer: str
    detail: str


@dataclass(slots=True)
class _Trace:
    """The values an output showed, in order; with the time of each where time matters."""

    name: str
    signal: Any
    valid: Any
    values: list[str] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    shown: str | None = None


class Observation:
    """Follows the outputs, alarms and corrected-signals of a run, and compares outputs to those of the golden run.

    An output with a `valid` signal is the sequence of values it shows while `valid` is high: when they come does not
    matter, what they are does. An output without one must change to the same values at the same times.

    Parameters
    ----------
    top : cocotb handle
        The instance below which the signals are named.
    outputs : list of dict
        ``signal`` and, optionally, ``valid``.
    alarms, corrected : list of str
        Signals that are high when the design knows of an error, or has corrected one.
    golden : dict, optional
        The traces of the golden run, to compare with.
    """

    def __init__(
        self,
        top: Any,
        outputs: list[dict[str, str]],
        alarms: list[str],
        corrected: list[str],
        golden: dict[str, Any] | None = None,
    ) -> None:
        self.alarm: Difference | None = None
        self.correction: Difference | None = None
        self.difference: Difference | None = None
        self.on_alarm: Any = None
        self._golden = golden
        self._alarms = {name: find_handle(top, name) for name in alarms}
        self._traces = [
            _Trace(
                output["signal"],
                find_handle(top, output["signal"]),
                find_handle(top, output["valid"]) if output.get("valid") else None,
            )
            for output in outputs
        ]
        for trace in self._traces:
            cocotb.start_soon(self._follow(trace))
        for name, handle in self._alarms.items():
            cocotb.start_soon(self._wait_high(name, handle, "alarm"))
        for name in corrected:
            cocotb.start_soon(self._wait_high(name, find_handle(top, name), "correction"))

    def traces(self) -> dict[str, Any]:
        """Return what the outputs showed, for the golden record."""
        return {trace.name: {"values": trace.values, "times": trace.times} for trace in self._traces}

    def settle(self) -> None:
        """At the end of a run: take in what the last time step brought, and note outputs that showed too little."""
        for name, handle in self._alarms.items():
            if self.alarm is None and "1" in read_bits(handle):
                self.alarm = Difference(get_sim_time("step"), name, f"{name} is high")
        for trace in self._traces:
            self._sample(trace)
        if self._golden is None or self.difference is not None:
            return
        for trace in self._traces:
            expected = self._golden[trace.name]["values"]
            if len(trace.values) < len(expected):
                missing = f"{trace.name} showed {len(trace.values)} of {len(expected)} values"
                self.difference = Difference(get_sim_time("step"), trace.name, missing)
                return

    async def _wait_high(self, name: str, handle: Any, kind: str) -> None:
        while "1" not in read_bits(handle):
            await ValueChange(handle)
        seen = Difference(get_sim_time("step"), name, f"{name} is high")
        if kind == "correction":
            self.correction = self.correction or seen
            return
        self.alarm = self.alarm or seen
        if self.on_alarm is not None:
            self.on_alarm()

    async def _follow(self, trace: _Trace) -> None:
        changed = Event()
        for handle in (trace.signal, trace.valid):
            if handle is not None:
                cocotb.start_soon(_notice(handle, changed))
        while True:
            # Within one time step signals may change several times; only what remains counts.
            await ReadOnly()
            changed.clear()
            self._sample(trace)
            await changed.wait()

    def _sample(self, trace: _Trace) -> None:
        value = read_bits(trace.signal) if trace.valid is None or read_bits(trace.valid) == "1" else None
        if value is not None and value != trace.shown:
            self._show(trace, value)
        trace.shown = value

    def _show(self, trace: _Trace, value: str) -> None:
        name = trace.name
        now = get_sim_time("step")
        place = len(trace.values)
        trace.values.append(value)
        trace.times.append(now)
        if self._golden is None or self.difference is not None:
            return
        expected = self._golden[name]
        undefined = " (undefined bits reached it)" if _UNDEFINED & set(value) else ""
        if place >= len(expected["values"]):
            what = f"{name} showed {_brief(value)} where nothing was expected{undefined}"
        elif value != expected["values"][place]:
            what = f"{name} is {_brief(value)}, expected {_brief(expected['values'][place])}{undefined}"
        elif trace.valid is None and now != expected["times"][place]:
            what = f"{name} showed {_brief(value)} at another time than expected"
        else:
            return
        self.difference = Difference(now, name, what)


async def _notice(handle: Any, changed: Event) -> None:
    # One task for each signal: an upset of a watched register calls back at once, and Icarus does not survive that a
    # call-back takes away another, as waiting for the first of several triggers would.
    change = ValueChange(handle)
    while True:
        await change
        changed.set()


def _brief(bits: str) -> str:
    """Return bits as people read them: hexadecimal where defined and wide."""
    if len(bits) > 4 and not _UNDEFINED & set(bits):
        return f"0x{int(bits, 2):0{(len(bits) + 3) // 4}x}"
    return bits
