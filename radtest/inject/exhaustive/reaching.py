"""What a wrong bit can ever be seen at, be it by way of others and after any time."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntFlag

from radtest.inject.exhaustive.gate_netlist import GateNetlist
from radtest.inject.exhaustive.watching import Role, WatchList

__all__ = ["Reach", "reached"]


class Reach(IntFlag):
    """What a bit can be seen at; numbered as in the engine."""

    ALARM = 1
    DONE = 2
    OUTPUT = 4


_REACH_OF = {
    Role.ALARM: Reach.ALARM,
    Role.DONE: Reach.DONE,
    Role.OUTPUT: Reach.OUTPUT,
    Role.VALID_OUTPUT: Reach.OUTPUT,
}


def reached(netlist: GateNetlist, watch_list: WatchList) -> tuple[list[int], list[int]]:
    """Return what each flip-flop or latch, and each memory, can ever be seen at.

    Parameters
    ----------
    netlist : GateNetlist
        The design.
    watch_list : WatchList
        What is looked at.

    Returns
    -------
    tuple of list of int
        Sums of numbers of `Reach`: of all that is stored, and of the memories.
    """
    nets = dict(zip(watch_list.signals, netlist.observed, strict=True))
    looked_at: dict[Reach, list[int]] = {}
    for watch in watch_list.watches:
        if watch.role in _REACH_OF:
            looked_at.setdefault(_REACH_OF[watch.role], []).extend(
                [*nets[watch.signal], *nets.get(watch.valid or "", ())]
            )
    of_stored, of_memories = [0] * len(netlist.all_stored), [0] * len(netlist.memories)
    for reach, roots in looked_at.items():
        stored, memories = _behind(netlist, roots)
        for number in stored:
            of_stored[number] |= reach
        for number in memories:
            of_memories[number] |= reach
    return of_stored, of_memories


def _behind(netlist: GateNetlist, nets: Iterable[int]) -> tuple[set[int], set[int]]:
    """Return the numbers of all that is stored, and of the memories, by which these nets may ever be changed."""
    stored, memories, known = set[int](), set[int](), {0, 1}
    wanted = list(nets)
    while wanted:
        net = wanted.pop()
        if net in known:
            continue
        known.add(net)
        wanted += netlist.net_needs(net)
        if net in netlist.stored:
            stored.add(netlist.stored[net])
            wanted.append(netlist.all_stored[netlist.stored[net]].d)
        port = netlist.driver.get(net, 0) - len(netlist.gates)
        if port < 0 or netlist.read_ports[port][0] in memories:
            continue
        memory = netlist.read_ports[port][0]
        memories.add(memory)
        for writer in netlist.memories[memory].writes:
            wanted += [*writer.enable, *writer.address, *writer.data]
    return stored, memories
