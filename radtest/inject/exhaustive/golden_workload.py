"""The workload of a map: its golden run in the engine, and whether upsets can be judged by it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from radtest.core.errors import ConfigurationError
from radtest.core.injection import TargetKind
from radtest.core.outcome import FaultModel
from radtest.inject.configuration import InjectionConfiguration, ObserveSection
from radtest.inject.exhaustive.gate_netlist import GateNetlist
from radtest.inject.exhaustive.golden import Stimulus, check_latches, first_levels, put_inputs, run_golden, shown_column
from radtest.inject.exhaustive.map_file import MapStimulus
from radtest.inject.exhaustive.mapped_models import HELD_LEVELS
from radtest.inject.exhaustive.recorded_run import RecordedRun
from radtest.inject.exhaustive.refusals import refusal
from radtest.inject.exhaustive.watching import Role, WatchList
from radtest.inject.exhaustive.waveform import UNKNOWN
from radtest.inject.exhaustive.workload import Shapes, Workload
from radtest.inject.strike_times import offset_before_edge_ps

__all__ = ["golden_workload", "kept_inputs"]


def golden_workload(
    configuration: InjectionConfiguration,
    campaign_file: Path,
    observe: ObserveSection,
    netlist: GateNetlist,
    library: Path,
    recorded: RecordedRun,
    folder: Path,
) -> tuple[Workload, Stimulus, int]:
    """Make the golden run in the engine, compare it with the recorded one, and keep in a folder what the upsets need.

    Parameters
    ----------
    configuration : InjectionConfiguration
        The campaign.
    campaign_file : Path
        The file it was read from.
    observe : ObserveSection
        What is looked at, as the netlist names it.
    netlist : GateNetlist
        The design.
    library : Path
        Its engine.
    recorded : RecordedRun
        What the simulator showed.
    folder : Path
        The folder.

    Returns
    -------
    tuple of Workload, Stimulus and int
        The workload, what the waveform shows, and how many stored bits agree with it in each cycle.

    Raises
    ------
    ConfigurationError, InjectionError
        If the run cannot be played, differs from the recorded one, or does not come to an end as the file says.
    """
    where, section = str(campaign_file), configuration.campaign
    watch_list = WatchList.of(observe)
    stimulus = recorded.stimulus(netlist, observe.clock, configuration.test.instance)
    end = stimulus.end
    if section.first_cycle >= end:
        raise ConfigurationError(
            f"{where}: campaign.first_cycle = {section.first_cycle}: the test lasts {end} cycles",
            remedy=f"choose a cycle from 0 to {end - 1}.",
        )
    memory_rows = TargetKind.MEMORY in section.kinds
    counted = {
        (target.name, target.lsb + bit)
        for target in recorded.stored
        if target.kind not in (TargetKind.MEMORY, TargetKind.NET)
        for bit in range(target.width)
    }
    if netlist.shown_later and recorded.ends_late():
        one = netlist.flip_flops[next(iter(netlist.shown_later.values()))]
        reason = f"{one.src}: {one.name!r} takes its input at the falling edge, and the test ends after one"
        raise refusal(where, [f"{reason}: let it end at a rising edge"])
    if section.model is FaultModel.SET and recorded.golden is not None:
        offset_before_edge_ps(recorded.golden, section, where)
    rest = observe.look == "rest" and section.model is not FaultModel.SET
    shapes = Shapes.of(
        netlist,
        watch_list,
        rest=rest,
        memory_rows=memory_rows,
        held_level=HELD_LEVELS.get(section.model),
        counted=counted,
    )
    limit = end
    if observe.done:
        limit = recorded.limit(stimulus, section.timeout_factor)
    workload = Workload(
        folder,
        shapes,
        first=section.first_cycle,
        end=end,
        limit=limit,
        tail=-1,
        sdc_ends=not observe.done and not observe.alarms,
    )
    changing = put_inputs(workload, netlist, stimulus, observe.clock, first=section.first_cycle)
    if observe.done and changing:
        raise ConfigurationError(
            f"{where}: observe.done = {observe.done!r}: the end of the test can be left to the design only if all "
            f"that the design does comes from itself, but its inputs {', '.join(map(repr, changing[:5]))} change "
            f"after cycle {section.first_cycle}",
            remedy="leave observe.done out: the recorded inputs are then replayed to the end of the recording; "
            "or raise campaign.first_cycle.",
        )
    agreeing = run_golden(workload, netlist, stimulus, library, recorded.stored, where)
    check_latches(where, netlist, workload)
    if observe.done:
        workload.times["tail"] = _tail(workload, watch_list, where)
    _check_quiet(workload, watch_list, where)
    workload.list_accesses()
    workload.list_traces()
    workload.put_clusters([])
    workload.save()
    return workload, stimulus, agreeing


def _tail(workload: Workload, watch_list: WatchList, where: str) -> int:
    """Return how many cycles the test goes on after the design is done."""
    number = next(i for i, watch in enumerate(watch_list.watches) if watch.role is Role.DONE)
    first, end = workload.times["first"], workload.times["end"]
    done = shown_column(workload, workload.shapes.watches[number]["first"])[: end + 1]
    rises = np.flatnonzero(done)
    if not len(rises):
        raise ConfigurationError(
            f"{where}: observe.done = {watch_list.watches[number].signal!r} never goes high in the golden run, "
            f"which ends in cycle {end}",
            remedy="name the signal that the test waits for.",
        )
    if rises[0] < first:
        raise ConfigurationError(
            f"{where}: observe.done = {watch_list.watches[number].signal!r} is high in cycle {rises[0]}, before "
            f"campaign.first_cycle = {first}",
            remedy="name a signal that goes high when the design is done.",
        )
    return int(end - rises[0])


def _check_quiet(workload: Workload, watch_list: WatchList, where: str) -> None:
    first, end = workload.times["first"], workload.times["end"]
    for watch, shape in zip(watch_list.watches, workload.shapes.watches, strict=True):
        if watch.role not in (Role.ALARM, Role.CORRECTION):
            continue
        for place in range(shape["first"], shape["first"] + shape["width"]):
            high = np.flatnonzero(shown_column(workload, place)[first : end + 1])
            if len(high):
                key = "alarms" if watch.role is Role.ALARM else "corrected"
                raise ConfigurationError(
                    f"{where}: observe.{key}: {watch.signal!r} is high in cycle {first + int(high[0])} without "
                    "any upset",
                    remedy="name only signals that stay low in a run that is right, or raise campaign.first_cycle.",
                )


def kept_inputs(workload: Workload, netlist: GateNetlist, stimulus: Stimulus, clock: str) -> MapStimulus:
    """Return the inputs of a workload as its map keeps them, so that a check can replay them."""
    end = workload.times["end"]
    before = [np.zeros(len(nets), np.uint8) for nets in netlist.inputs.values()]
    for place, name in enumerate(netlist.inputs):
        signal = stimulus.signal(name) if name != clock else None
        if signal is not None:
            bits = first_levels(signal, stimulus)
            before[place] = np.where(bits == UNKNOWN, 0, bits).astype(np.uint8)
    rows = np.array(workload.array("input")[: end + 1])
    first = np.packbits(np.concatenate(before), bitorder="little")
    packed = np.concatenate([np.pad(first, (0, rows.shape[1] - len(first)))[None], rows])
    kept = [name for name in netlist.inputs if name != clock]
    bits = np.unpackbits(packed, axis=1, bitorder="little")
    ends = np.cumsum([len(nets) for nets in netlist.inputs.values()])
    parts = dict(zip(netlist.inputs, np.split(bits[:, : ends[-1]], ends[:-1], axis=1), strict=True))
    columns = [parts[name] for name in kept] or [np.zeros((len(packed), 0), np.uint8)]
    period = round(stimulus.clock.period * stimulus.waveform.step_ps)
    return MapStimulus(
        period,
        stimulus.clock.first_edge == 0,
        tuple(kept),
        tuple(len(netlist.inputs[name]) for name in kept),
        np.packbits(np.concatenate(columns, axis=1), axis=1, bitorder="little"),
        _registers_in_cycle_0(workload, netlist),
    )


def _registers_in_cycle_0(workload: Workload, netlist: GateNetlist) -> dict[str, str]:
    levels = np.unpackbits(np.asarray(workload.array("state")[0]), bitorder="little")
    bits: dict[str, dict[int, int]] = {}
    for number, flip_flop in enumerate(netlist.flip_flops):
        if flip_flop.name:
            bits.setdefault(flip_flop.name, {})[flip_flop.bit] = int(levels[number])
    return {
        name: "".join(str(some.get(place, "-")) for place in reversed(range(max(some) + 1)))
        for name, some in bits.items()
    }
