"""The combinational nets of a design that a transient can hit, or a defect hold, and those that cannot be forced.

A part of `radtest.inject.netlist`, in whose process it runs. One electrical net has many names in the RTL: each module
that it passes through gives it another. A simulator that forces one of them reaches what lies behind it, seen from the
driver, so a net goes by the name that is nearest to its driver. Where not all that reads the net lies behind that name,
the net is refused, with the reason.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radtest.inject.blocks import SourceModule, read_modules

if TYPE_CHECKING:
    from radtest.inject.frontends import Frontend

__all__ = ["list_nets"]

Bit = tuple[str, int]
"""A bit of a wire: its name in the netlist and its place; an empty name stands for a constant."""

_MODULE = "radtest_net_module"
_CONSTANT: Bit = ("", 0)
_IDENTITY = frozenset({"$buf", "$_BUF_"})
_CLOCKS = ("CLK", "C")
_CHECKS = ("$print", "$check", "$assert", "$assume", "$cover", "$live", "$fair", "$scopeinfo")
_EXPRESSIBLE = re.compile(r"\\[A-Za-z_]\w*(\[-?\d+\])*(\.[A-Za-z_]\w*(\[-?\d+\])*)*")

_IS_CONSTANT = "constant"
_UNSEEN = "drives nothing that can be observed"
_IS_CLOCK = "a clock: a pulse on it is an edge"
_IN_ARRAY = "an element of an unpacked array, of which simulators cannot force a bit"
_FED_BACK = "read in the block that writes it: a force would change how it is computed"
_SHARED = "part of what reads it goes by another name"


def list_nets(
    frontend: Frontend, top: str, name_of: Callable[[Any], str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """List the nets of a design that combinational logic drives.

    Parameters
    ----------
    frontend : Frontend
        What reads the sources.
    top : str
        The top module.
    name_of : callable
        Name of a module of the netlist, as declared.

    Returns
    -------
    nets, refused : list of dict
        Rows with the fields of `radtest.core.Target`, and rows ``name, module, bits, reason``.
    """
    from pyosys import libyosys as yosys  # noqa: PLC0415 (a second to import, and only one process needs it)

    design = yosys.Design()

    def run(*command: str) -> None:
        design.run_pass(yosys.StringVector(command))

    frontend.read(design)
    run("hierarchy", "-check", "-top", top)
    # Once simplified, gates read what drives a net and no longer the name that they read in the RTL.
    run("proc", "-noopt")
    run("delete", *(f"t:{kind}" for kind in _CHECKS))
    mark = _id(_MODULE)
    names: set[tuple[str, ...]] = set()
    for module in design.modules_.values():
        declared = name_of(module)
        for wire in module.wires_.values():
            if _EXPRESSIBLE.fullmatch(_text(wire.name)):
                wire.set_string_attribute(mark, declared)
                names.add(tuple(_text(wire.name)[1:].split(".")))
    declarations = frontend.declarations(sorted(names))
    run("setattr", "-mod", "-unset", "keep_hierarchy")
    run("setattr", "-unset", "keep_hierarchy")
    run("flatten")
    module = design.top_module()
    wires = {_text(wire.name): _Wire.of(wire) for wire in module.wires_.values()}
    written = _Graph.of(module)
    _connect_buffers(module)
    for command in ("opt_expr", "opt_muxtree", "opt_expr"):
        run(command)
    survey = _Survey(wires, written, _Graph.of(module), set(declarations.arrays))
    return survey.rows(declarations.module if declarations.modules else None)


def _connect_buffers(module: Any) -> None:
    """Put connections in the place of buffers, through which constants would not be followed."""
    for cell in list(module.cells_.values()):
        if _text(cell.type) in _IDENTITY:
            module.connect(cell.getPort(_id("Y")), cell.getPort(_id("A")))
            module.remove(cell)


@dataclass(frozen=True, slots=True)
class _Wire:
    width: int
    is_input: bool
    is_output: bool
    module: str
    file: str
    line: int
    last_name: str

    @classmethod
    def of(cls, wire: Any) -> _Wire:
        mark = _id(_MODULE)
        module = str(wire.get_string_attribute(mark)) if wire.has_attribute(mark) else ""
        declared = re.match(r"([^|]*?):(\d+)", str(wire.get_src_attribute()))
        file, line = (declared[1], int(declared[2])) if declared else ("", 0)
        last = _text(wire.name).lstrip("\\").rpartition(".")[2]
        return cls(int(wire.width), bool(wire.port_input), bool(wire.port_output), module, file, line, last)


@dataclass(slots=True)
class _Graph:
    """Who drives what in a flat netlist.

    `source` leads from a bit that is a mere copy to the one it copies; `driver` from a bit to the cell that drives it.
    """

    source: dict[Bit, Bit] = field(default_factory=dict)
    driver: dict[Bit, int] = field(default_factory=dict)
    inputs: list[list[Bit]] = field(default_factory=list)
    registers: set[int] = field(default_factory=set)
    clocks: set[Bit] = field(default_factory=set)

    @classmethod
    def of(cls, module: Any) -> _Graph:
        graph = cls()
        memories: dict[str, int] = {}
        for left, right in module.connections_:
            graph.source.update(zip(_bits(left), _bits(right), strict=True))
        for cell in module.cells_.values():
            ports = {_text(port)[1:]: (port, _bits(signal)) for port, signal in cell.connections_.items()}
            if _text(cell.type) in _IDENTITY:
                graph.source.update(zip(ports["Y"][1], ports["A"][1], strict=True))
                continue
            place = len(graph.inputs)
            if cell.is_mem_cell():
                # Its ports are cells of their own: all that is written may be read.
                place = memories.setdefault(str(cell.getParam(_id("MEMID")).decode_string()), place)
            if place == len(graph.inputs):
                graph.inputs.append([])
            graph.inputs[place] += [bit for port, bits in ports.values() if cell.input(port) for bit in bits if bit[0]]
            for port, bits in ports.values():
                if cell.output(port):
                    graph.driver.update((bit, place) for bit in bits if bit[0])
            if cell.is_builtin_ff():
                graph.registers.add(place)
            if cell.is_builtin_ff() or cell.is_mem_cell():
                graph.clocks.update(bit for name in _CLOCKS if name in ports for bit in ports[name][1])
        return graph

    def path(self, bit: Bit) -> Iterator[Bit]:
        """Yield a bit and what it copies, up to what is no copy."""
        yield bit
        while bit in self.source:
            bit = self.source[bit]
            yield bit

    def root(self, bit: Bit) -> Bit:
        """Return the bit that this one is a copy of in the end."""
        *_, root = self.path(bit)
        return root

    def is_gate(self, root: Bit) -> bool:
        """Say if combinational logic drives a bit (a memory that is read counts)."""
        return root in self.driver and self.driver[root] not in self.registers

    def readers(self, outputs: Iterable[Bit]) -> dict[Bit, list[Bit]]:
        """Return, by root, the bits that are read on a way that leads to an output in the end."""
        found: dict[Bit, list[Bit]] = {}
        waiting = list(outputs)
        seen = set(waiting)
        while waiting:
            bit = waiting.pop()
            root = self.root(bit)
            found.setdefault(root, []).append(bit)
            cell = self.driver.get(root)
            if cell is not None:
                new = {*self.inputs[cell]} - seen
                seen |= new
                waiting += new
        return found


class _Survey:
    """The nets of a design, and what is wrong with some.

    Parameters
    ----------
    wires : dict
        The wires, by their names in the netlist.
    written, simplified : _Graph
        The design as it is written, and without what is constant.
    arrays : set of str
        Hierarchical names of unpacked arrays that are one wire in the netlist.
    """

    def __init__(self, wires: dict[str, _Wire], written: _Graph, simplified: _Graph, arrays: set[str]) -> None:
        self._wires = wires
        self._written = written
        self._simplified = simplified
        self._arrays = arrays
        outputs = [(name, i) for name, wire in wires.items() if wire.is_output for i in range(wire.width)]
        self._readers = written.readers(outputs)
        self._left = simplified.readers(outputs).keys()
        self._clocks = {written.root(bit) for bit in written.clocks}

    def rows(self, module_of: Callable[[str], str] | None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return the rows of `list_nets`; without `module_of` a wire says itself in which module it is."""
        found: dict[str, list[Bit]] = {}
        for bit in self._nearest_names():
            found.setdefault(self._objection(bit), []).append(bit)

        def module(name: str) -> str:
            return module_of(name[1:]) if module_of is not None else self._wires[name].module

        nets = []
        for run in _runs(found.pop("", [])):
            name, first = run[0]
            wire = self._wires[name]
            src = f"{os.path.basename(wire.file)}:{wire.line}" if wire.file else ""  # noqa: PTH119 (a text, not a file)
            row = {"name": name[1:], "module": module(name), "kind": "net", "width": len(run), "lsb": first, "src": src}
            nets.append(row)
        refused = [
            {"name": run[0][0][1:], "module": module(run[0][0]), "bits": len(run), "reason": reason}
            for reason in sorted(found)
            for run in _runs(found[reason])
        ]
        return nets, refused

    def _nearest_names(self) -> Iterator[Bit]:
        """Yield for each net that a gate drives the name that is nearest to the gate."""
        named: dict[Bit, list[Bit]] = {}
        for name, wire in self._wires.items():
            if _EXPRESSIBLE.fullmatch(name) and not wire.is_input:
                for bit in ((name, place) for place in range(wire.width)):
                    root = self._written.root(bit)
                    if self._written.is_gate(root):
                        named.setdefault(root, []).append(bit)
        for root, names in named.items():
            simple = self._simplified.root(root)
            if simple != _CONSTANT and not self._simplified.is_gate(simple):
                continue
            if simple == _CONSTANT or not self._is_named_before(root, simple, named, {root}):
                yield min(names, key=lambda bit: (len(list(self._written.path(bit))), bit[0].count("."), bit))

    def _is_named_before(self, root: Bit, simple: Bit, named: Container[Bit], seen: set[Bit]) -> bool:
        """Say if, before gates that do nothing, the same net has a name already."""
        for bit in self._written.inputs[self._written.driver[root]]:
            before = self._written.root(bit)
            if before not in seen and self._simplified.root(bit) == simple and self._written.is_gate(before):
                seen.add(before)
                return before in named or self._is_named_before(before, simple, named, seen)
        return False

    def _objection(self, bit: Bit) -> str:
        """Return why a net cannot be forced, or an empty text."""
        name, _ = bit
        root = self._written.root(bit)
        simple = self._simplified.root(bit)
        wire = self._wires[name]
        if simple == _CONSTANT:
            return _IS_CONSTANT
        if root not in self._readers or simple not in self._left:
            return _UNSEEN
        if root in self._clocks:
            return _IS_CLOCK
        if name.endswith("]") or name[1:] in self._arrays:
            return _IN_ARRAY
        if wire.last_name in _fed_back(wire.file, wire.line):
            return _FED_BACK
        # A reader without a name of its own is a gate of the expression, or a flip-flop whose input Yosys has traced.
        if any(r[0].startswith("\\") and bit not in self._written.path(r) for r in self._readers[root]):
            return _SHARED
        return ""


def _id(name: str) -> Any:
    from pyosys import libyosys as yosys  # noqa: PLC0415 (see list_nets)

    return yosys.IdString("\\" + name)


def _bits(signal: Any) -> list[Bit]:
    return [(_text(bit.wire.name), int(bit.offset)) if bit.is_wire() else _CONSTANT for bit in signal.bits()]


def _text(name: Any) -> str:
    return str(name.str())


@cache
def _modules_of(file: str) -> Sequence[SourceModule]:
    return read_modules(Path(file).read_text(errors="replace"))


def _fed_back(file: str, line: int) -> frozenset[str]:
    """Return the variables that are fed back in the module which declares something on this line of a file."""
    for module in _modules_of(file) if file else ():
        if module.first_line <= line <= module.last_line:
            return module.fed_back
    return frozenset()


def _runs(bits: Iterable[Bit]) -> Iterator[list[Bit]]:
    """Yield unbroken ranges of bits of one wire."""
    run: list[Bit] = []
    for name, place in sorted(bits):
        if run and (name, place) != (run[-1][0], run[-1][1] + 1):
            yield run
            run = []
        run.append((name, place))
    if run:
        yield run
