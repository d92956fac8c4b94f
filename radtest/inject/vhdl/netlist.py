"""Which flip-flop of GHDL's netlist is which VHDL object.

GHDL names a flip-flop by a number, and the signal it drives by the VHDL name. Its dump of the netlist says which
belong together; the same names, with underscores between their parts, stand in the Verilog that it writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Instance", "Module", "NetlistObject", "Piece", "read_netlist", "verilog_name"]

Name = tuple[str, ...]
"""A name in its parts: VHDL names, and ``%n`` for the n-th round of a generate statement or what has no name."""

_LIBRARY = re.compile(r"^  module \{m\d+\} \$")
_MODULE = re.compile(r"^  module \{m\d+\} (\S+)$")
_INSTANCE = re.compile(r"^    instance (\S+)\{i\d+\}: (\S+)$")
_INPUT = re.compile(r"^      input (\S+)\{p\d+\} <- (\S+)\{n(\d+)w(\d+)\}$")
_OUTPUT = re.compile(r"(\S+)\{n(\d+)w(\d+)\}")
_PORT = re.compile(r"^    (?:input|output|inout) \\(\w+)(?:\[\d+:\d+\])?;$")
_PARAMETER = re.compile(r"(\S+)=(\S+)")
_FLIP_FLOPS = {"$dff", "$idff", "$adff", "$iadff", "$mdff", "$midff", "$dlatch", "$latch"}
_LEVELS = {(0, 0): "0", (1, 0): "1", (0, 1): "z", (1, 1): "x"}
_NAMED = {"$signal", "$isignal", "$output", "$ioutput", "$port", "$inout", "$iinout"}


@dataclass(frozen=True, slots=True)
class Piece:
    """Bits of a flip-flop that are bits of an object.

    Parameters
    ----------
    flip_flop : str
        Its name in the Verilog.
    first : int
        Lowest bit of the flip-flop.
    place : int
        Bit of the object that it is.
    width : int
        How many bits.
    """

    flip_flop: str
    first: int
    place: int
    width: int


@dataclass(frozen=True, slots=True)
class NetlistObject:
    """A named object of a module that flip-flops drive.

    Parameters
    ----------
    name : tuple of str
        Its VHDL name below the module.
    width : int
        Its bits.
    pieces : tuple of Piece
        The flip-flops.
    """

    name: Name
    width: int
    pieces: tuple[Piece, ...]


@dataclass(slots=True)
class Module:
    """An entity with the values of its generics.

    Parameters
    ----------
    entity : str
        Place of the entity, ``file:line:column``, or empty.
    ports : list of str
        Its ports, as declared.
    tables : set of str
        Names in the Verilog of memories that nothing writes: tables of constants.
    turned : set of str
        Names in the Verilog of memories whose words are counted from the last index down.
    undefined : list of tuple of str
        Signals that the synthesis has made X of.
    combinational : list of (tuple of str, int)
        Signals and their widths that are neither registers nor constant.
    defaults : dict
        For each net of the Verilog that a choice is made for, what it is when no choice applies.
    """

    name: str
    entity: str = ""
    ports: list[str] = field(default_factory=list)
    objects: list[NetlistObject] = field(default_factory=list)
    memories: list[Name] = field(default_factory=list)
    tables: set[str] = field(default_factory=set)
    turned: set[str] = field(default_factory=set)
    undefined: list[Name] = field(default_factory=list)
    combinational: list[tuple[Name, int]] = field(default_factory=list)
    defaults: dict[str, str] = field(default_factory=dict)
    instances: list[Instance] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance of a module in another."""

    name: Name
    module: str


@dataclass(slots=True)
class _Cell:
    name: str
    kind: str
    place: str
    inputs: list[tuple[int, int]] = field(default_factory=list)
    ports: list[str] = field(default_factory=list)
    outputs: list[tuple[str, int, int]] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)
    values: list[str] = field(default_factory=list)


def verilog_name(name: Name) -> str:
    """Return the identifier that GHDL's Verilog has for a name."""
    return "_".join(f"n{part[1:]}" if part.startswith("%") else part for part in name)


def read_netlist(dump: str) -> dict[str, Module]:
    """Return the modules of a dump by name, the top module first."""
    modules: dict[str, Module] = {}
    cells: list[_Cell] = []
    name, place, reading, ports = "", "", False, list[str]()
    for line in dump.splitlines():
        if line.startswith("  module "):
            if reading:
                modules[name] = _module(name, ports, cells)
            found = _MODULE.match(line)
            reading = found is not None and not _LIBRARY.match(line)
            name, cells, place, ports = (found[1].lstrip("\\") if found else ""), [], "", []
        elif not reading:
            continue
        elif line.startswith("    # "):
            place = line[6:]
        elif found := _PORT.match(line):
            ports.append(found[1])
        elif found := _INSTANCE.match(line):
            cells.append(_Cell(found[1], found[2], place))
            place = ""
        elif found := _INPUT.match(line):
            cells[-1].ports.append(found[1])
            cells[-1].inputs.append((int(found[3]), int(found[4])))
        elif line.startswith("      outputs "):
            cells[-1].outputs = [(n, int(net), int(width)) for n, net, width in _OUTPUT.findall(line[14:])]
        elif line.startswith("      parameters "):
            cells[-1].parameters = dict(_PARAMETER.findall(line[17:]))
            cells[-1].values = re.findall(r"(?:^|[ =])(-?\d+)\b", line[16:])
    if reading:
        modules[name] = _module(name, ports, cells)
    return modules


def _module(name: str, ports: list[str], cells: list[_Cell]) -> Module:
    module = Module(name, ports=ports)
    drivers = {net: (cell, output) for cell in cells for output, net, _ in cell.outputs}
    for cell in cells:
        parts = _parts(cell.name)
        if cell.kind == f"\\{name}" and cell.name == f"\\{name}":
            module.entity = cell.place
            for port, (net, width) in zip(cell.ports, cell.inputs, strict=True):
                _add(module, _parts(port)[1:], net, width, drivers)
        elif cell.kind in _NAMED:
            if not parts[-1].startswith("%") and cell.inputs:
                net, width = cell.inputs[0]
                is_stored = _add(module, parts, net, width, drivers)
                source = drivers[net][0].kind if net in drivers else ""
                if source == "$const_X":
                    module.undefined.append(parts)
                elif not is_stored and not source.startswith("$const"):
                    module.combinational.append((parts, width))
        elif cell.kind in {"$memory", "$memory_init"}:
            module.memories.append(parts)
            accesses = list(_memory_ports(cell, drivers))
            if not any(access.kind.startswith("$mem_wr") for access in accesses):
                module.tables.add(verilog_name(parts))
            if all(_counts_down(access, drivers) for access in accesses):
                module.turned.add(verilog_name(parts))
        elif cell.kind == "$pmux":
            default = next(i for i, port in enumerate(cell.ports) if port.endswith(".$def"))
            module.defaults[_output_name(cell, "o")] = _expression(*cell.inputs[default], drivers)
        elif cell.kind.startswith("\\"):
            module.instances.append(Instance(parts, cell.kind.lstrip("\\")))
    return module


def _memory_ports(memory: _Cell, drivers: dict[int, tuple[_Cell, str]]) -> Iterator[_Cell]:
    """Yield the ports of a memory, which stand in a ring with it."""
    cell, _ = drivers[memory.inputs[0][0]]
    while cell is not memory:
        yield cell
        cell, _ = drivers[cell.inputs[0][0]]


def _counts_down(port: _Cell, drivers: dict[int, tuple[_Cell, str]]) -> bool:
    """Say whether the address at a port of a memory is a constant less something."""
    address = next(net for name, (net, _) in zip(port.ports, port.inputs, strict=True) if name.endswith(".$addr"))
    cell, _ = drivers.get(address, (None, ""))
    if cell is None or cell.kind != "$sub":
        return False
    first, _ = drivers.get(cell.inputs[0][0], (None, ""))
    return first is not None and first.kind.startswith("$const")


def _add(module: Module, name: Name, net: int, width: int, drivers: dict[int, tuple[_Cell, str]]) -> bool:
    """Add an object if flip-flops drive it; say whether they do."""
    pieces = tuple(_pieces(net, width, 0, 0, drivers))
    if pieces:
        module.objects.append(NetlistObject(name, width, pieces))
    return bool(pieces)


def _output_name(cell: _Cell, port: str) -> str:
    """Return the name in the Verilog of an output of a cell."""
    parts = _parts(cell.name)
    return verilog_name(parts) if not parts[-1].startswith("%") else f"{verilog_name(parts)}_{port}"


def _expression(net: int, width: int, drivers: dict[int, tuple[_Cell, str]]) -> str:
    """Return what a net is in the Verilog."""
    cell, output = drivers[net]
    if not cell.kind.startswith("$const"):
        port = output.rsplit(".", 1)[-1]
        # A port of the module itself, an output of an instance, and one of any other cell.
        if cell.name == cell.kind:
            return port.lstrip("\\")
        if cell.kind.startswith("\\"):
            return verilog_name((*_parts(cell.name), port.lstrip("\\")))
        return _output_name(cell, port.lstrip("$"))
    words = [int(word) for word in cell.values]
    value = sum(word << 32 * place for place, word in enumerate(words))
    if cell.kind == "$const_UL32":
        value, unknown = words
        return f"{width}'b" + "".join(_LEVELS[value >> i & 1, unknown >> i & 1] for i in reversed(range(width)))
    if cell.kind == "$const_SB32" and words[0] >= 1 << 31:
        value -= 1 << 32
    if cell.kind in {"$const_UB32", "$const_SB32", "$const_bit"}:
        return f"{width}'b{value & (1 << width) - 1:0{width}b}"
    return "'bz" if cell.kind == "$const_Z" else "'bx"


def _pieces(net: int, width: int, first: int, place: int, drivers: dict[int, tuple[_Cell, str]]) -> list[Piece]:
    """Return the flip-flops behind `width` bits of a net, from bit `first` on; in the object they are at `place`."""
    if net not in drivers:
        return []
    cell, output = drivers[net]
    # The register behind a memory that is read at the edge of a clock belongs to the port of the memory.
    if cell.kind in _FLIP_FLOPS or (cell.kind == "$mem_rd_sync" and output.endswith("$data")):
        return [Piece(_output_name(cell, output.rsplit(".", 1)[-1].lstrip("$")), first, place, width)]
    if cell.kind in _NAMED and _parts(cell.name)[-1].startswith("%"):
        return _pieces(cell.inputs[0][0], width, first, place, drivers)
    if cell.kind == "$extract":
        offset = int(cell.parameters.get("$offset", "0"))
        return _pieces(cell.inputs[0][0], width, first + offset, place, drivers)
    if cell.kind.startswith("$concat"):
        pieces, low = [], 0
        # The first input is the most significant.
        for inner, inner_width in reversed(cell.inputs):
            start, end = max(first, low), min(first + width, low + inner_width)
            if start < end:
                pieces += _pieces(inner, end - start, start - low, place + start - first, drivers)
            low += inner_width
        return pieces
    return []


def _parts(name: str) -> Name:
    r"""Return the parts of a name of the dump: ``\g.%1.\cell`` is g, %1, cell."""
    return tuple(part.lstrip("\\") if part.startswith("\\") else part for part in name.split("."))
