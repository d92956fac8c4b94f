"""What a run shows to the outside: functional outputs, alarms and corrections. Runs inside the simulation."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cocotb.simtime import get_sim_time

from radtest.inject.handles import find_handle, read_bits
from radtest.inject.rest import look_at_rest

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
    clocked : bool
        Whether signals are looked at only when `look` is called, instead of whenever they change.
    """

    def __init__(
        self,
        top: Any,
        outputs: list[dict[str, str]],
        alarms: list[str],
        corrected: list[str],
        golden: dict[str, Any] | None = None,
        *,
        clocked: bool = False,
    ) -> None:
        self.alarm: Difference | None = None
        self.correction: Difference | None = None
        self.difference: Difference | None = None
        self.on_alarm: Any = None
        self._golden = golden
        self._alarms = {name: find_handle(top, name, "observe.alarms") for name in alarms}
        self._corrections = {name: find_handle(top, name, "observe.corrected") for name in corrected}
        self._traces = [
            _Trace(
                output["signal"],
                find_handle(top, output["signal"], "observe.outputs.signal"),
                find_handle(top, output["valid"], "observe.outputs.valid") if output.get("valid") else None,
            )
            for output in outputs
        ]
        if clocked:
            return
        for trace in self._traces:
            handles = [handle for handle in (trace.signal, trace.valid) if handle is not None]
            look_at_rest(handles, partial(self._sample, trace), now_too=True)
        for name, handle in self._alarms.items():
            look_at_rest([handle], partial(self._look_for_alarm, name, handle), now_too=True)
        for name, handle in self._corrections.items():
            look_at_rest([handle], partial(self._look_for_correction, name, handle), now_too=True)

    def traces(self) -> dict[str, Any]:
        """Return what the outputs showed, for the golden record."""
        return {trace.name: {"values": trace.values, "times": trace.times} for trace in self._traces}

    def look(self) -> None:
        """Look at all signals now."""
        for trace in self._traces:
            self._sample(trace)
        for name, handle in self._corrections.items():
            self._look_for_correction(name, handle)
        for name, handle in self._alarms.items():
            self._look_for_alarm(name, handle)

    def settle(self) -> None:
        """At the end of a run: take in what the last time step brought, and note outputs that showed too little."""
        self.look()
        if self._golden is None or self.difference is not None:
            return
        for trace in self._traces:
            expected = self._golden[trace.name]["values"]
            if len(trace.values) < len(expected):
                missing = f"{trace.name} showed {len(trace.values)} of {len(expected)} values"
                self.difference = Difference(get_sim_time("step"), trace.name, missing)
                return

    def _look_for_alarm(self, name: str, handle: Any) -> None:
        if self.alarm is None and "1" in read_bits(handle):
            self.alarm = Difference(get_sim_time("step"), name, f"{name} is high")
            if self.on_alarm is not None:
                self.on_alarm()

    def _look_for_correction(self, name: str, handle: Any) -> None:
        if self.correction is None and "1" in read_bits(handle):
            self.correction = Difference(get_sim_time("step"), name, f"{name} is high")

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


def _brief(bits: str) -> str:
    """Return bits as people read them: hexadecimal where defined and wide."""
    if len(bits) > 4 and not _UNDEFINED & set(bits):
        return f"0x{int(bits, 2):0{(len(bits) + 3) // 4}x}"
    return bits
