"""Designs that the engine cannot simulate, named with their lines."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from radtest.core.errors import ConfigurationError, InjectionError
from radtest.inject.exhaustive.gate_netlist import GateLoopError, GateNetlist

__all__ = ["check_clocks", "check_pulses", "loop_refusal", "refusal"]

_OTHERWISE = "sample it with radtest inject, which simulates whatever the simulator does."


def refusal(where: str, reasons: list[str]) -> InjectionError:
    """Return the error for a design in which something is that the engine does not know."""
    shown = "; ".join(reasons[:5]) + (f"; and {len(reasons) - 5} more" if len(reasons) > 5 else "")
    return InjectionError(f"{where}: the exhaustive engine cannot simulate the design: {shown}", remedy=_OTHERWISE)


def loop_refusal(where: str, netlist: GateNetlist, error: GateLoopError, lines: Mapping[int, str]) -> InjectionError:
    """Return the error for a combinational loop; `lines` has the source lines of nets with a name."""
    named = [_placed(net, netlist, lines) for net in error.gates if net in netlist.names]
    sources = {gate.output: gate.src for gate in netlist.gates}
    unnamed = sorted({sources[net] for net in error.gates if net not in netlist.names and sources.get(net)})
    what = ", ".join([*named[:6], *unnamed[:6]]) or "signals without names"
    return InjectionError(
        f"{where}: the design has a combinational loop through {what}",
        remedy=f"break it with a flip-flop; or {_OTHERWISE}",
    )


def _placed(net: int, netlist: GateNetlist, lines: Mapping[int, str]) -> str:
    """Return the name of a net, with the line where it is declared."""
    return repr(netlist.names[net]) + (f" ({lines[net]})" if lines.get(net) else "")


def check_clocks(where: str, netlist: GateNetlist, clock: str, lines: Mapping[int, str]) -> None:
    """Check that everything is clocked by the rising edge of the one clock, and that the clock is nothing else.

    Parameters
    ----------
    where : str
        The campaign file, for messages.
    netlist : GateNetlist
        The design.
    clock : str
        What ``observe.clock`` names.
    lines : mapping of int to str
        Source lines of nets with a name.

    Raises
    ------
    ConfigurationError
        If the clock is no input port of one bit.
    InjectionError
        If the design has other clocks, or uses this one otherwise.
    """
    nets = netlist.inputs.get(clock, ())
    if len(nets) != 1:
        ports = ", ".join(repr(name) for name, bits in netlist.inputs.items() if len(bits) == 1)
        said = f"has {len(nets)} bits" if nets else "is no input port of the design"
        raise ConfigurationError(
            f"{where}: observe.clock = {clock!r} {said}, and maps need the one input that clocks all of it",
            remedy=f"name that input; those of one bit are {ports or 'missing: give the design one'}.",
        )
    net = nets[0]
    reasons = []
    for flip_flop in netlist.flip_flops:
        name = f"{flip_flop.src}: {flip_flop.name or 'a flip-flop without a name'}"
        if flip_flop.clock != net:
            other = netlist.names.get(flip_flop.clock, "a gated or made clock")
            reasons.append(f"{name} is clocked by {other!r}, not by {clock!r}")
    for number, port in netlist.write_ports:
        memory = netlist.memories[number]
        if port.clock != net or not port.rising:
            other = netlist.names.get(port.clock, "a gated or made clock")
            edge = "rising" if port.rising else "falling"
            reasons.append(f"{memory.src}: {memory.name!r} is written at the {edge} edge of {other!r}")
    if _is_data(net, netlist):
        made = _made_of(net, netlist)
        uses = " for " + _placed(made, netlist, lines) if made is not None else ""
        reasons.append(f"the clock {clock!r} is used as data{uses}")
    if reasons:
        raise refusal(where, list(dict.fromkeys(reasons)))


def check_pulses(where: str, netlist: GateNetlist) -> None:
    """Check that no net that transients hit resets a flip-flop without a clock: that is an edge, and lasts.

    Raises
    ------
    ConfigurationError
        If one does.
    GateLoopError
        If gates drive each other in a circle.
    """
    behind = set(netlist.ordered([net for net, _ in netlist.resets], set()))
    found = list(dict.fromkeys(pulse.name for pulse in netlist.pulses if pulse.net in behind))
    if found:
        names = ", ".join(map(repr, found[:5])) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
        raise ConfigurationError(
            f"{where}: campaign.model = 'set': {names} can reset flip-flops asynchronously, at any time of a pulse; in "
            "a map a pulse acts at the rising edge only",
            remedy=f"leave them out, with campaign.exclude = {found!r}, and sample them with radtest inject.",
        )


def _is_data(net: int, netlist: GateNetlist) -> bool:
    """Whether a net goes anywhere but to clock inputs."""
    taken = {net for gate in netlist.gates for net in gate.inputs}
    taken.update(net for one in netlist.flip_flops for net in (one.d, one.reset))
    taken.update(net for latch in netlist.latches for net in (latch.d, latch.enable))
    taken.update(net for _, port in netlist.read_ports for net in port.address)
    taken.update(net for _, port in netlist.write_ports for net in (*port.enable, *port.address, *port.data))
    return net in taken


def _made_of(net: int, netlist: GateNetlist) -> int | None:
    """Return the first signal with a name that gates, or a register, make of a net."""
    takers: dict[int, list[int]] = {}
    for gate in netlist.gates:
        for one in gate.inputs:
            takers.setdefault(one, []).append(gate.output)
    for flip_flop in netlist.flip_flops:
        for one in (flip_flop.d, flip_flop.reset):
            takers.setdefault(one, []).append(flip_flop.q)
    reached = {net}
    waiting = deque(takers.get(net, ()))
    while waiting:
        made = waiting.popleft()
        if made in netlist.names:
            return made
        if made not in reached:
            reached.add(made)
            waiting.extend(takers.get(made, ()))
    return None
