"""Which bits and cycles a map covers, and where the engine has those bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radtest.core.errors import ConfigurationError
from radtest.core.injection import Target, TargetKind
from radtest.core.outcome import FaultModel
from radtest.inject.configuration import CampaignSection
from radtest.inject.exhaustive.gate_netlist import GateNetlist
from radtest.inject.exhaustive.recorded_run import RecordedRun
from radtest.inject.exhaustive.refusals import refusal
from radtest.inject.exhaustive.workload import Workload
from radtest.inject.selection import choose_targets
from radtest.inject.vhdl.access import Access

__all__ = ["place_rows", "upset_cycles"]


def upset_cycles(workload: Workload, section: CampaignSection, campaign_file: Path) -> range:
    """Return the cycles of a workload in which the campaign wants upsets.

    Raises
    ------
    ConfigurationError
        If the campaign wants more than there are.
    """
    first, end = workload.times["first"], workload.times["end"]
    if section.model is FaultModel.SET:
        # The last pulse would not be over when the test is.
        end -= 1
    last = section.last_cycle
    if last is not None and last >= end:
        raise ConfigurationError(
            f"{campaign_file}: campaign.last_cycle = {last}: the test lasts {workload.times['end']} cycles",
            remedy=f"choose a cycle from 0 to {end - 1}.",
        )
    return range(first, end if last is None else last + 1)


def place_rows(
    section: CampaignSection,
    campaign_file: Path,
    netlist: GateNetlist,
    workload: Workload,
    recorded: RecordedRun,
    access: Access | None,
) -> tuple[NDArray[np.int32], NDArray[np.void]]:
    """Return the engine's numbers of the bits that the campaign chooses, and what they are.

    Parameters
    ----------
    section : CampaignSection
        What it chooses.
    campaign_file : Path
        The campaign file, for messages.
    netlist : GateNetlist
        The design.
    workload : Workload
        What the engine has of it.
    recorded : RecordedRun
        The targets.
    access : Access, optional
        Of a VHDL design, where its targets are in the Verilog made of it.

    Returns
    -------
    tuple of ndarray
        The engine's row of each bit; target, word and bit of each.

    Raises
    ------
    ConfigurationError, InjectionError
        If nothing is chosen, or the gates do not have it.
    """
    targets = recorded.targets.targets
    chosen = choose_targets(targets, section, campaign_file, recorded.targets.removed)
    bits = {(flip_flop.name, flip_flop.bit): number for number, flip_flop in enumerate(netlist.flip_flops)}
    first_net = workload.shapes.scalars["first_cluster"]
    nets = {(pulse.name, pulse.bit): first_net + number for number, pulse in enumerate(netlist.pulses)}
    memories = {memory.name: number for number, memory in enumerate(netlist.memories)}
    numbers: list[int] = []
    rows: list[tuple[int, int, int]] = []
    lost: list[str] = []
    for index in chosen:
        for word in range(targets[index].words):
            for bit in range(targets[index].width):
                stored, place, offset = _place(recorded, access, index, word, bit)
                memory = memories.get(stored.name) if stored.kind is TargetKind.MEMORY else None
                if stored.kind is TargetKind.NET:
                    number: int | None = nets.get((stored.name, stored.lsb + offset))
                elif memory is not None:
                    shape = workload.shapes.memories[memory]
                    number = shape["first_row"] + place * shape["width"] + offset
                else:
                    number = bits.get((stored.name, stored.lsb + offset))
                if number is None:
                    lost.append(f"{stored.src}: {stored.name}[{stored.lsb + bit}]")
                    continue
                numbers.append(number)
                rows.append((index, word, bit))
    if lost:
        raise refusal(str(campaign_file), [f"{name} is not among the flip-flops of its gates" for name in lost])
    table = np.array(rows, dtype=[("target", "<u4"), ("word", "<u4"), ("bit", "<u4")])
    return np.array(numbers, np.int32), table


def _place(recorded: RecordedRun, access: Access | None, index: int, word: int, bit: int) -> tuple[Target, int, int]:
    """Return where a bit of a target is in the netlist: register or memory, word and bit of it."""
    if access is None:
        return recorded.stored[index], word, bit
    cells, target = access.targets[index].cells, recorded.targets.targets[index]
    if target.kind is TargetKind.MEMORY:
        (cell,) = cells
        return recorded.stored[cell.row], target.words - 1 - word if cell.reversed else word, bit
    cell = next(c for c in cells if c.place <= bit < c.place + c.width)
    return recorded.stored[cell.row], 0, cell.first + bit - cell.place
