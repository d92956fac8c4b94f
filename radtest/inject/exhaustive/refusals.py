"""Designs that the engine cannot simulate, named with their lines."""

from __future__ import annotations

from radtest.core.errors import InjectionError
from radtest.inject.exhaustive.gate_netlist import GateLoopError, GateNetlist

__all__ = ["check_clocks", "loop_refusal", "refusal"]

_OTHERWISE = "sample it with radtest inject, which simulates whatever the simulator does."


def refusal(where: str, reasons: list[str]) -> InjectionError:
    """Return the error for a design in which something is that the engine does not know."""
    shown = "; ".join(reasons[:5]) + (f"; and {len(reasons) - 5} more" if len(reasons) > 5 else "")
    return InjectionError(f"{where}: the exhaustive engine cannot simulate the design: {shown}", remedy=_OTHERWISE)


def loop_refusal(where: str, netlist: GateNetlist, error: GateLoopError) -> InjectionError:
    """Return the error for a combinational loop."""
    named = [netlist.names[net] for net in error.gates if net in netlist.names]
    sources = {gate.output: gate.src for gate in netlist.gates}
    lines = sorted({sources[net] for net in error.gates if sources.get(net)})
    what = ", ".join(map(repr, named[:6])) or "signals without names"
    at = f" ({', '.join(lines[:6])})" if lines else ""
    return InjectionError(
        f"{where}: the design has a combinational loop through {what}{at}",
        remedy=f"break it with a flip-flop; or {_OTHERWISE}",
    )


def check_clocks(where: str, netlist: GateNetlist, clock: str) -> None:
    """Check that everything is clocked by the rising edge of the one clock, and that the clock is nothing else.

    Raises
    ------
    InjectionError
        If not.
    """
    nets = netlist.inputs.get(clock)
    if nets is None or len(nets) != 1:
        raise refusal(where, [f"observe.clock = {clock!r} is no input port of the design"])
    net = nets[0]
    reasons = []
    for flip_flop in netlist.flip_flops:
        name = f"{flip_flop.src}: {flip_flop.name or 'a flip-flop without a name'}"
        if flip_flop.clock != net:
            other = netlist.names.get(flip_flop.clock, "a gated or made clock")
            reasons.append(f"{name} is clocked by {other!r}, not by {clock!r}")
        elif not flip_flop.rising:
            reasons.append(f"{name} takes its input at the falling edge of {clock!r}")
    for number, port in netlist.write_ports:
        memory = netlist.memories[number]
        if port.clock != net or not port.rising:
            other = netlist.names.get(port.clock, "a gated or made clock")
            edge = "rising" if port.rising else "falling"
            reasons.append(f"{memory.src}: {memory.name!r} is written at the {edge} edge of {other!r}")
    for gate in netlist.gates:
        if net in gate.inputs:
            at = f"{gate.src}: " if gate.src else ""
            made = netlist.names.get(gate.output)
            reasons.append(f"{at}the clock {clock!r} is used as data" + (f" for {made!r}" if made else ""))
            break
    if reasons:
        raise refusal(where, list(dict.fromkeys(reasons)))
