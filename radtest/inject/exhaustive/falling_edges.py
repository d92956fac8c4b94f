"""Flip-flops that take their input at the falling edge, as ones that take it at the rising edge.

A cycle goes from one rising edge to the next. What such a flip-flop stores as the engine sees it is what it showed in
the first half of the cycle; what it shows in the second half is logic, made of that and of all else in the first half.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count

from radtest.inject.exhaustive.gate_netlist import FlipFlop, Gate, GateNetlist
from radtest.inject.exhaustive.refusals import refusal

__all__ = ["without_falling_edges"]


def without_falling_edges(netlist: GateNetlist, where: str) -> GateNetlist:
    """Return a netlist in which every flip-flop stores at the rising edge.

    Parameters
    ----------
    netlist : GateNetlist
        All on one clock.
    where : str
        The campaign file, for messages.

    Raises
    ------
    InjectionError
        If one of the falling edge is seen from outside without a flip-flop of the rising edge behind it, drives a reset
        or a latch, has a reset that acts at once, or takes what a memory or latch shows.
    """
    falling = {one.q: one for one in netlist.flip_flops if not one.rising}
    if not falling:
        return netlist
    _check(netlist, falling, where)
    numbers = count(1 + max(_all_nets(netlist)))
    # What the logic before such flip-flops is made of: in it, they are still as in the first half.
    earlier = {q: next(numbers) for q in falling}
    gates = list(netlist.gates)
    for net in netlist.ordered([one.d for one in falling.values()], set()):
        number = netlist.driver.get(net)
        if number is None:
            continue
        gate = netlist.gates[number]
        if gate.kind == "pulse":
            # It comes after the falling edge.
            earlier[net] = earlier.get(gate.inputs[0], gate.inputs[0])
            continue
        if not any(taken in earlier for taken in gate.inputs):
            continue
        earlier[net] = next(numbers)
        gates.append(Gate(gate.kind, earlier[net], tuple(earlier.get(one, one) for one in gate.inputs), gate.src))
    flip_flops = (
        one
        if one.rising
        else replace(one, q=earlier[one.q], d=one.q, rising=True, shown=one.q, taken=earlier.get(one.d, one.d))
        for one in netlist.flip_flops
    )
    return replace(netlist, gates=tuple(gates), flip_flops=tuple(flip_flops))


def _check(netlist: GateNetlist, falling: dict[int, FlipFlop], where: str) -> None:
    reasons = [
        f"{_named(one)} takes its input at the falling edge and has an asynchronous reset"
        for one in falling.values()
        if one.reset
    ]
    for net in netlist.ordered([one.d for one in falling.values()], set()):
        number = netlist.driver.get(net, -1)
        stored = netlist.stored.get(net, -1)
        if number >= len(netlist.gates):
            memory = netlist.memories[netlist.read_ports[number - len(netlist.gates)][0]]
            reasons.append(f"{memory.src}: {memory.name!r} is a memory that is read at the falling edge")
        elif stored >= len(netlist.flip_flops):
            latch = netlist.latches[stored - len(netlist.flip_flops)]
            reasons.append(f"{latch.src}: {latch.name!r} is a latch that is read at the falling edge")
    observed = [net for nets in netlist.observed for net in nets]
    opened = [net for net, _ in (*netlist.enables, *netlist.resets)]
    for nets, use in ((observed, "is looked at"), (opened, "drives a reset or a latch")):
        seen = [falling[net] for net in netlist.ordered(nets, set()) if net in falling]
        reasons += [f"{_named(one)} takes its input at the falling edge, and what it shows {use}" for one in seen]
    if reasons:
        raise refusal(where, list(dict.fromkeys(reasons)))


def _named(one: FlipFlop) -> str:
    return f"{one.src}: {one.name or 'a flip-flop without a name'}"


def _all_nets(netlist: GateNetlist) -> set[int]:
    nets = {one.output for one in netlist.gates} | {one for gate in netlist.gates for one in gate.inputs}
    for stored in netlist.all_stored:
        nets |= {stored.q, stored.d}
    for flip_flop in netlist.flip_flops:
        nets.add(flip_flop.reset)
    for _, reader in netlist.read_ports:
        nets |= {*reader.address, *reader.data}
    for _, writer in netlist.write_ports:
        nets |= {*writer.enable, *writer.address, *writer.data}
    for bits in (*netlist.inputs.values(), *netlist.observed):
        nets |= set(bits)
    return nets | set(netlist.names)
