"""The golden run in the engine, checked against what the simulator showed, before any upset is tried."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radtest.core.errors import ConfigurationError, InjectionError
from radtest.core.injection import Target
from radtest.inject.exhaustive.engine import load_engine
from radtest.inject.exhaustive.gate_netlist import FlipFlop, GateNetlist
from radtest.inject.exhaustive.refusals import refusal
from radtest.inject.exhaustive.waveform import UNKNOWN, ClockCycles, ShownSignal, Waveform
from radtest.inject.exhaustive.workload import Workload

__all__ = ["Stimulus", "check_latches", "run_golden"]

_BLOCK = 65536
"""Cycles looked at together."""


@dataclass(frozen=True)
class Stimulus:
    """What a waveform shows of a run of the design.

    Parameters
    ----------
    waveform : Waveform
        The waveform.
    scope : str
        What the names of the design's signals begin with in it.
    clock : ClockCycles
        Its clock.
    end : int
        The cycle in which the test ended.
    """

    waveform: Waveform
    scope: str
    clock: ClockCycles
    end: int

    def signal(self, name: str) -> ShownSignal | None:
        """Return the changes of a signal of the design."""
        return self.waveform.signal(self.scope + name)

    def levels(self, name: str, cycle: int) -> NDArray[np.uint8]:
        """Return the bits of a signal of the design at the end of a cycle; none if the waveform does not show it."""
        levels = self.waveform.levels(self.scope + name, int(self.moments(cycle, cycle + 1)[0])) if name else None
        return np.zeros(0, np.uint8) if levels is None else levels

    def levels_after_edge(self, name: str, cycle: int) -> NDArray[np.uint8]:
        """Return the bits of a signal right after the rising edge that begins a cycle."""
        moment = self.clock.first_edge + cycle * self.clock.period
        levels = self.waveform.levels(self.scope + name, moment) if name else None
        return np.zeros(0, np.uint8) if levels is None else levels

    def moments(self, first: int, last: int) -> NDArray[np.int64]:
        """Return the last moments of cycles [first, last)."""
        return self.clock.ends(first, last)


def put_inputs(workload: Workload, netlist: GateNetlist, stimulus: Stimulus, clock: str, *, first: int) -> list[str]:
    """Write the inputs of all cycles; return the names of those that change from cycle `first` on.

    Raises
    ------
    ConfigurationError
        If the waveform misses an input, or one is undefined.
    """
    end, limit = workload.times["end"], workload.times["limit"]
    packed = workload.create("input", (limit + 1, workload.shapes.scalars["input_bytes"]), np.uint8)
    names = [name for name in netlist.inputs if name != clock]
    shown = {name: stimulus.signal(name) for name in names}
    missing = [name for name in names if shown[name] is None]
    if missing:
        raise ConfigurationError(
            f"{stimulus.waveform.path}: does not show the inputs {', '.join(map(repr, missing))} of the design in "
            f"{stimulus.scope.rstrip('.')!r}",
            remedy="record all ports of the design.",
        )
    changing: set[str] = set()
    last_row: NDArray[np.uint8] | None = None
    for low in range(0, end + 1, _BLOCK):
        high = min(end + 1, low + _BLOCK)
        moments = stimulus.moments(low, high)
        columns: list[NDArray[np.uint8]] = []
        for name, nets in netlist.inputs.items():
            signal = shown.get(name)
            if signal is None:
                columns.append(np.zeros((high - low, len(nets)), np.uint8))
                continue
            bits = signal.at(moments)
            undefined = (bits == UNKNOWN).any(axis=1)
            if undefined[max(0, first - low) :].any() if first < high else False:
                cycle = low + max(0, first - low) + int(np.argmax(undefined[max(0, first - low) :]))
                raise ConfigurationError(
                    f"{stimulus.waveform.path}: the input {name!r} is undefined in cycle {cycle}",
                    remedy="drive it, or begin later with campaign.first_cycle.",
                )
            bits = np.where(bits == UNKNOWN, 0, bits)
            begin = bits[max(0, first - low) :] if first < high else bits[:0]
            if len(begin) and (begin != begin[0]).any():
                changing.add(name)
            columns.append(bits)
        rows = np.packbits(np.concatenate(columns, axis=1), axis=1, bitorder="little")
        if last_row is not None and low > first and (rows[0] != last_row).any():
            changing.update(_different(netlist, rows[0], last_row))
        last_row = rows[-1]
        packed[low:high, : rows.shape[1]] = rows
    packed[end + 1 :] = packed[end]
    return sorted(changing)


def _different(netlist: GateNetlist, one: NDArray[np.uint8], other: NDArray[np.uint8]) -> Iterator[str]:
    bits = np.unpackbits(one ^ other, bitorder="little")
    place = 0
    for name, nets in netlist.inputs.items():
        if bits[place : place + len(nets)].any():
            yield name
        place += len(nets)


def run_golden(
    workload: Workload,
    netlist: GateNetlist,
    stimulus: Stimulus,
    library: Path,
    targets: Iterable[Target],
    where: str,
) -> int:
    """Run the golden machine over all cycles, from the state that the waveform shows in cycle 0.

    Returns
    -------
    int
        How many stored bits the waveform shows, all of which agree in every cycle.

    Raises
    ------
    InjectionError
        If engine and waveform differ; the message names the first signal and cycle.
    """
    scalars, times = workload.shapes.scalars, workload.times
    limit, end, first = times["limit"], times["end"], times["first"]
    state = workload.create("state", (limit + 2, scalars["state_bytes"]), np.uint8)
    shown = workload.create("shown", (limit + 1, scalars["shown_bytes"]), np.uint8)
    port = workload.create("port", (limit + 1, scalars["port_words"]), np.uint64)
    inputs = workload.array("input")
    registers = [(name, list(some)) for name, some in groupby(enumerate(netlist.flip_flops), _register)]
    initial = np.array([one.initial for one in netlist.flip_flops] + [0] * len(netlist.latches) or [0], np.uint8)
    for number, latch in enumerate(netlist.latches, start=len(netlist.flip_flops)):
        held = stimulus.levels(latch.name, 0)
        if latch.bit < len(held):
            initial[number] = held[latch.bit] == 1
    for name, members in registers:
        later = any(flip_flop.shown for _, flip_flop in members)
        bits = stimulus.levels_after_edge(name, 0) if later else stimulus.levels(name, 0)
        for number, flip_flop in members:
            if flip_flop.bit < len(bits) and bits[flip_flop.bit] != UNKNOWN:
                initial[number] = bits[flip_flop.bit]
    packed = np.packbits(initial, bitorder="little")
    state[0, : len(packed)] = packed
    engine = load_engine(library)
    content = workload.initial_content(netlist)
    _write_at_first_edge(workload, netlist, stimulus, library, content)
    design, kept = workload.design({"content": content})
    machine = engine.radtest_machine(ctypes.byref(design))
    at = 0
    for stop, saved in ((first, "first_content"), (end, "end_content"), (limit + 1, "")):
        arrays = (array[at:].ctypes.data for array in (state, inputs, shown, port))
        engine.radtest_golden(machine, stop - at, *arrays)
        if saved:
            workload.put(saved, content, np.uint64)
        at = stop
    del kept
    agreeing = 0
    judged = {target.name for target in targets}
    mismatches: list[tuple[int, str, int, int]] = []
    for name, members in registers:
        signal = _signal(stimulus, name)
        if signal is None:
            continue
        agreeing += len(members)
        found = _first_mismatch(state, signal, members, stimulus, end, first if name in judged else end + 1, where)
        if found is not None:
            mismatches.append(found)
    if mismatches:
        cycle, what, own, other = min(mismatches)
        raise InjectionError(
            f"{where}: the engine and the simulator part at {what} in cycle {cycle}: the engine has {own}, the "
            f"waveform {other}",
            remedy="if something in the design is undefined until it is first written, give it a reset; "
            "otherwise this is a fault of radtest: please report it.",
        )
    return agreeing


def check_latches(where: str, netlist: GateNetlist, workload: Workload) -> None:
    """Check that no latch holds a level of its own in the golden run, as one does that is made by leaving out a case.

    One that only an upset can close, since the source promised that its cases are all there are, is simulated.

    Raises
    ------
    InjectionError
        If one does.
    """
    first, limit = workload.times["first"], workload.times["limit"]
    closed: dict[tuple[int, int], int] = {}
    for number, (enable, level) in enumerate(netlist.enables):
        open_ = shown_column(workload, workload.shapes.scalars["first_enable"] + number)[first : limit + 1] == level
        if not open_.all():
            closed[enable, level] = first + int(np.argmin(open_))
    if not closed:
        return
    latches = [latch for latch in netlist.latches if (latch.enable, latch.level) in closed]
    reasons = {
        f"{latch.src}: {latch.name!r} is a latch, which holds its level in cycle {closed[latch.enable, latch.level]}"
        for latch in latches
    }
    raise refusal(where, sorted(reasons))


def first_levels(signal: ShownSignal, stimulus: Stimulus) -> NDArray[np.uint8]:
    """Return what rising edge 0 finds at an input: where that is undefined, what is driven at the same time."""
    before, after = signal.at(stimulus.moments(-1, 1))
    levels: NDArray[np.uint8] = np.where(before == UNKNOWN, after, before)
    return levels


def _write_at_first_edge(
    workload: Workload, netlist: GateNetlist, stimulus: Stimulus, library: Path, content: NDArray[np.uint64]
) -> None:
    """Let rising edge 0 write to the memories what it finds; of the flip-flops is known what they hold after it.

    An input that is undefined then decides nothing: where the writes depend on one, there are none.
    """
    scalars = workload.shapes.scalars
    stored = np.array([getattr(one, "initial", 0) for one in netlist.all_stored] or [0], np.uint8)
    for number, one in enumerate(netlist.all_stored):
        known = stimulus.levels(one.name, -1)
        if one.bit < len(known) and known[one.bit] != UNKNOWN:
            stored[number] = known[one.bit]
    given = [np.zeros(0, np.uint8)]
    for name, nets in netlist.inputs.items():
        shown_input = stimulus.signal(name)
        given.append(
            np.full(len(nets), UNKNOWN, np.uint8) if shown_input is None else first_levels(shown_input, stimulus)
        )
    inputs = np.concatenate(given)
    engine = load_engine(library)
    tried: list[NDArray[np.uint64]] = []
    for unknown in (0, 1):
        changed = content.copy()
        design, kept = workload.design({"content": changed})
        machine = engine.radtest_machine(ctypes.byref(design))
        state = np.zeros((2, scalars["state_bytes"]), np.uint8)
        played = np.zeros((1, scalars["input_bytes"]), np.uint8)
        for array, bits in ((state, stored), (played, np.where(inputs == UNKNOWN, unknown, inputs))):
            packed = np.packbits(bits.astype(np.uint8), bitorder="little")
            array[0, : len(packed)] = packed
        shown = np.zeros((1, scalars["shown_bytes"]), np.uint8)
        port = np.zeros((1, scalars["port_words"]), np.uint64)
        engine.radtest_golden(machine, 1, *(array.ctypes.data for array in (state, played, shown, port)))
        tried.append(changed)
        del kept
    if (tried[0] == tried[1]).all():
        content[:] = tried[0]


def _register(item: tuple[int, FlipFlop]) -> str:
    return item[1].name


def _signal(stimulus: Stimulus, name: str) -> ShownSignal | None:
    return stimulus.signal(name) if name else None


def _first_mismatch(
    state: NDArray[np.uint8],
    signal: ShownSignal,
    members: list[tuple[int, FlipFlop]],
    stimulus: Stimulus,
    end: int,
    first: int,
    where: str,
) -> tuple[int, str, int, int] | None:
    numbers = np.array([number for number, _ in members])
    bits = np.array([flip_flop.bit for _, flip_flop in members])
    if bits.max() >= signal.width:
        return None
    later = int(any(flip_flop.shown for _, flip_flop in members))
    # Nor is it known of these what they would have shown at the end of the last cycle.
    end -= later
    for low in range(0, end + 1, _BLOCK):
        high = min(end + 1, low + _BLOCK)
        # What one of the falling edge shows at the end of a cycle, it is stored as in the next.
        rows = slice(low + later, high + later)
        own = (np.asarray(state[rows, numbers // 8]) >> (numbers % 8).astype(np.uint8)) & 1
        other = signal.at(stimulus.moments(low, high))[:, bits]
        undefined = other == UNKNOWN
        late = undefined.any(axis=1) & (np.arange(low, high) >= first)
        if late.any():
            cycle = int(np.argmax(late))
            flip_flop = members[int(np.argmax(undefined[cycle]))][1]
            raise ConfigurationError(
                f"{where}: {flip_flop.src}: {flip_flop.name}[{flip_flop.bit}] is still undefined (X) in cycle "
                f"{low + cycle} of the golden run, and no upset of an undefined bit can be judged",
                remedy="reset or initialise it, or begin later with campaign.first_cycle.",
            )
        wrong = (own != other) & ~undefined
        if wrong.any():
            row = int(np.argmax(wrong.any(axis=1)))
            place = int(np.argmax(wrong[row]))
            flip_flop = members[place][1]
            what = f"{flip_flop.src}: {flip_flop.name}[{flip_flop.bit}]"
            return low + row, what, int(own[row, place]), int(other[row, place])
    return None


def shown_column(workload: Workload, place: int) -> NDArray[Any]:
    """Return what the golden run showed on one observed bit, cycle by cycle."""
    shown = workload.array("shown")
    return (np.asarray(shown[:, place // 8]) >> (place % 8)) & 1
