"""A design as gates, flip-flops and memories, and the order in which its gates can be evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

__all__ = ["FlipFlop", "Gate", "GateLoopError", "GateNetlist", "Latch", "Memory", "Pulse", "ReadPort", "WritePort"]


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate: ``and or xor andnot mux not``; of ``mux`` the inputs are the one taken at 0, that at 1, the choice.

    One of kind ``pulse`` shows its input, and the inverse of it where a transient hits the net behind it.
    """

    kind: str
    output: int
    inputs: tuple[int, ...]
    src: str


@dataclass(frozen=True, slots=True)
class FlipFlop:
    """A flip-flop: a bit of a register of the RTL.

    Parameters
    ----------
    name, bit : str, int
        Register and place of the bit, counted from the least significant bit of the declaration.
    src : str
        File and line of the declaration.
    q, d, clock : int
        Nets.
    rising : bool
        Whether it takes its input at the rising edge.
    reset : int
        Net of its asynchronous reset or set, 0 for none.
    reset_level, reset_value : int
        When that acts, and what it stores.
    initial : int
        What it holds at power-up.
    shown, taken : int
        For one that took its input at the falling edge: the net that shows it from there on, and the one that it takes.
        `q` then shows it before, and `d` is `shown`.
    """

    name: str
    bit: int
    src: str
    q: int
    d: int
    clock: int
    rising: bool
    reset: int
    reset_level: int
    reset_value: int
    initial: int
    shown: int = 0
    taken: int = 0


@dataclass(frozen=True, slots=True)
class Latch:
    """A latch, be it meant or not: it shows `d` while `enable` is at `level`, and what it showed last otherwise."""

    name: str
    bit: int
    src: str
    q: int
    d: int
    enable: int
    level: int


@dataclass(frozen=True, slots=True)
class Pulse:
    """A place where a transient can come: a net of the RTL, one bit of it, and the number that it has here."""

    name: str
    bit: int
    net: int


@dataclass(frozen=True, slots=True)
class ReadPort:
    """A port that shows a word of a memory: nets of its address and its data."""

    address: tuple[int, ...]
    data: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class WritePort:
    """A port that changes a word of a memory at an edge of its clock; `enable` has a net for each bit of the word."""

    clock: int
    rising: bool
    enable: tuple[int, ...]
    address: tuple[int, ...]
    data: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """A memory, with what its words hold at power-up (none given: 0)."""

    name: str
    src: str
    width: int
    words: int
    first_word: int
    initial: tuple[int, ...]
    reads: tuple[ReadPort, ...]
    writes: tuple[WritePort, ...]


class GateLoopError(Exception):
    """Gates that drive each other in a circle; holds their numbers."""

    def __init__(self, gates: Sequence[int]) -> None:
        super().__init__(f"a loop of {len(gates)} gates")
        self.gates = tuple(gates)


@dataclass(frozen=True)
class GateNetlist:
    """A design as the engine simulates it.

    Nets are numbers; 0 and 1 are the constants.

    Parameters
    ----------
    gates : tuple of Gate
        The combinational logic.
    flip_flops : tuple of FlipFlop
        What is clocked, ordered by name and bit.
    latches : tuple of Latch
        What holds its level in between; stored with the flip-flops, after them.
    memories : tuple of Memory
        The memories.
    inputs : dict
        Nets of the input ports, from the least significant bit on.
    observed : tuple of tuple of int
        Nets of the signals that were asked for, in that order.
    names : dict
        Names of nets in the RTL, where they have one.
    pulses : tuple of Pulse
        The nets that transients hit; a gate of kind ``pulse`` drives each.
    """

    gates: tuple[Gate, ...]
    flip_flops: tuple[FlipFlop, ...]
    latches: tuple[Latch, ...]
    memories: tuple[Memory, ...]
    inputs: dict[str, tuple[int, ...]]
    observed: tuple[tuple[int, ...], ...]
    names: dict[int, str]
    pulses: tuple[Pulse, ...] = ()

    @classmethod
    def from_answer(cls, answer: dict[str, Any], nets: Sequence[tuple[str, int]] = ()) -> GateNetlist:
        """Return the netlist that `radtest.inject.exhaustive.gates` has answered with, asked for pulses on `nets`."""
        flip_flops = (FlipFlop(**row) for row in answer["flip_flops"])
        observed = sorted(answer["observed"].items(), key=lambda item: int(item[0].rpartition("_")[2]))
        return cls(
            gates=tuple(
                Gate(kind, output, tuple(inputs), src)
                for (kind, output, *inputs), src in zip(answer["gates"], answer["sources"], strict=True)
            ),
            flip_flops=tuple(sorted(flip_flops, key=lambda f: (f.name, f.bit, f.q))),
            latches=tuple(
                sorted((Latch(**row) for row in answer["latches"]), key=lambda latch: (latch.name, latch.bit))
            ),
            memories=tuple(
                Memory(
                    row["name"],
                    row["src"],
                    row["width"],
                    row["words"],
                    row["first_word"],
                    tuple(int(word, 16) for word in row["initial"]),
                    tuple(ReadPort(tuple(port["address"]), tuple(port["data"])) for port in row["reads"]),
                    tuple(
                        WritePort(
                            port["clock"],
                            port["rising"],
                            tuple(port["enable"]),
                            tuple(port["address"]),
                            tuple(port["data"]),
                        )
                        for port in row["writes"]
                    ),
                )
                for row in answer["memories"]
            ),
            inputs={name: tuple(bits) for name, bits in answer["inputs"].items()},
            observed=tuple(tuple(bits) for _, bits in observed),
            names={int(net): name for net, name in answer["names"].items()},
            pulses=tuple(Pulse(*place, net) for place, net in zip(nets, answer["pulses"], strict=True)),
        )

    @cached_property
    def driver(self) -> dict[int, int]:
        """The gate that drives a net; read ports come after the gates, in the order of the memories."""
        driven = {gate.output: number for number, gate in enumerate(self.gates)}
        for number, (_, port) in enumerate(self.read_ports):
            driven.update(dict.fromkeys(port.data, len(self.gates) + number))
        return driven

    @cached_property
    def read_ports(self) -> tuple[tuple[int, ReadPort], ...]:
        """All read ports, each with the number of its memory."""
        return tuple((number, port) for number, memory in enumerate(self.memories) for port in memory.reads)

    @cached_property
    def write_ports(self) -> tuple[tuple[int, WritePort], ...]:
        """All write ports, each with the number of its memory."""
        return tuple((number, port) for number, memory in enumerate(self.memories) for port in memory.writes)

    @property
    def all_stored(self) -> tuple[FlipFlop | Latch, ...]:
        """The flip-flops and, after them, the latches."""
        return (*self.flip_flops, *self.latches)

    @cached_property
    def stored(self) -> dict[int, int]:
        """The flip-flop that drives a net, or the latch: those are numbered after all flip-flops."""
        return {one.q: number for number, one in enumerate(self.all_stored)}

    @cached_property
    def shown_later(self) -> dict[int, int]:
        """The flip-flop that a net shows from the falling edge on."""
        return {one.shown: number for number, one in enumerate(self.flip_flops) if one.shown}

    @cached_property
    def enables(self) -> tuple[tuple[int, int], ...]:
        """What opens the latches: each net and level once."""
        return tuple(dict.fromkeys((latch.enable, latch.level) for latch in self.latches))

    @cached_property
    def resets(self) -> tuple[tuple[int, int], ...]:
        """What resets flip-flops at once: each net and level once."""
        return tuple(dict.fromkeys((one.reset, one.reset_level) for one in self.flip_flops if one.reset))

    def needs(self, number: int) -> tuple[int, ...]:
        """Return the nets that a gate, or a read port, needs."""
        if number < len(self.gates):
            return self.gates[number].inputs
        return self.read_ports[number - len(self.gates)][1].address

    def net_needs(self, net: int) -> tuple[int, ...]:
        """Return the nets that must be known before this one is: those of its gate, or the reset of its flip-flop."""
        number = self.driver.get(net)
        if number is not None:
            return self.needs(number)
        if net in self.shown_later:
            return (self.flip_flops[self.shown_later[net]].taken,)
        stored = self.stored.get(net)
        if stored is None:
            return ()
        if stored < len(self.flip_flops):
            return (self.flip_flops[stored].reset,)
        latch = self.latches[stored - len(self.flip_flops)]
        return latch.enable, latch.d

    def ordered(self, nets: Iterable[int], known: set[int]) -> Iterator[int]:
        """Yield nets, each after those it needs, until all that are asked for are known.

        Parameters
        ----------
        nets : iterable of int
            What is asked for.
        known : set of int
            What is known already; it grows.

        Raises
        ------
        GateLoopError
            If there is no such order.
        """
        for wanted in nets:
            if wanted < 2 or wanted in known:
                continue
            path = [(wanted, iter(self.net_needs(wanted)))]
            open_nets = {wanted}
            while path:
                net, left = path[-1]
                for need in left:
                    if need < 2 or need in known:
                        continue
                    if need in open_nets:
                        raise GateLoopError(self._loop([step for step, _ in path], need))
                    path.append((need, iter(self.net_needs(need))))
                    open_nets.add(need)
                    break
                else:
                    path.pop()
                    open_nets.discard(net)
                    known.add(net)
                    yield net

    def without_the_unneeded(self, kept: Iterable[tuple[str, int]]) -> GateNetlist:
        """Return the netlist without the flip-flops and latches on which nothing depends, such as those for debuggers.

        Parameters
        ----------
        kept : iterable of (str, int)
            Names and bits that are needed for their own sake, besides what is observed and the memories.
        """
        kept = set(kept)
        wanted = [net for nets in self.observed for net in nets]
        for _, port in self.write_ports:
            wanted += [*port.enable, *port.address, *port.data]
        wanted += [net for _, reader in self.read_ports for net in reader.address]
        wanted += [one.q for one in self.all_stored if (one.name, one.bit) in kept]
        needed = {0, 1}
        while wanted:
            net = wanted.pop()
            if net in needed:
                continue
            needed.add(net)
            wanted += self.net_needs(net)
            number = self.stored.get(net, len(self.flip_flops))
            if number < len(self.flip_flops):
                wanted.append(self.flip_flops[number].d)
        return replace(
            self,
            flip_flops=tuple(one for one in self.flip_flops if one.q in needed),
            latches=tuple(one for one in self.latches if one.q in needed),
        )

    def _loop(self, path: list[int], closing: int) -> list[int]:
        return path[path.index(closing) :]

    def memories_behind(self, nets: Iterable[int]) -> set[int]:
        """Return the numbers of the memories that these nets show something of within the same cycle."""
        ports = (self.driver.get(net, 0) - len(self.gates) for net in self.ordered(nets, set()))
        return {self.read_ports[port][0] for port in ports if port >= 0}

    def cone(self, nets: Iterable[int]) -> set[int]:
        """Return the numbers of the flip-flops whose level these nets depend on within the same cycle."""
        numbers = {self.stored[net] for net in self.ordered(nets, set()) if net in self.stored}
        return {number for number in numbers if number < len(self.flip_flops)}
