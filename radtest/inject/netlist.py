"""The flip-flops, latches and memories of a design, read from its netlist by Yosys.

Run as a program of its own (``python -m radtest.inject.netlist``), since Yosys ends the process when a source is
wrong: a request comes in on standard input as JSON, the answer goes out the same way, messages of Yosys go to
standard error.

How sources are read is up to a frontend (see `radtest.inject.frontends`).

A name walk in a simulator is no list of flip-flops: nets, copies of ports and aliases appear in it, and registers that
no synthesis would keep. Yosys elaborates the sources; each flip-flop is then split into bits and numbered, and only
constants and logic that drives nothing are removed. Nothing is ever merged, so that the copies of a triplicated
register stay apart. The numbers that survive are the targets; those that do not are listed with the reason.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from radtest.inject.frontends import Declarations, frontend_of
from radtest.inject.nets import list_nets

__all__ = [
    "CHECKS",
    "WORD_LEVEL",
    "extract",
    "hierarchical_name",
    "memory_name",
    "part_registers",
    "parts_of",
    "storage_cells",
    "stored_things",
]

_ID = "radtest_id"
_MODULE = "radtest_module"
_REGISTERS = "radtest_registers"
_CHANGED = "opt.did_something"


@dataclass(frozen=True, slots=True)
class _Bit:
    """One stored bit of the elaborated design, before anything was removed."""

    name: str
    module: str
    kind: str
    position: int
    src: str


def extract(request: dict[str, Any]) -> dict[str, Any]:
    """Return the targets of a design.

    Parameters
    ----------
    request : dict
        ``frontend`` (``verilog`` or ``slang``), ``sources`` (paths), ``includes``, ``defines``, ``parameters``
        (Verilog literals) and ``top``; ``nets``, true if combinational nets are asked for.

    Returns
    -------
    dict
        ``targets``: rows with the fields of `radtest.core.Target`; ``removed``: rows ``name, module, bits, reason``;
        ``outputs``: the output ports; ``nameless_bits``: how many stored bits have no name in the RTL; ``ranges``:
        left and right bound of each variable that is declared otherwise than ``[n:0]``.
    """
    from pyosys import libyosys as yosys  # noqa: PLC0415 (a second to import, and only this process needs it)

    design = yosys.Design()

    def run(*command: str) -> None:
        # As a list of words, so that there may be spaces in a path.
        design.run_pass(yosys.StringVector(command))

    frontend = frontend_of(request)
    frontend.read(design)
    run("hierarchy", "-check", "-top", request["top"])
    run("proc")
    run("memory_collect")
    # What is printed or asserted is no function of the silicon, and must keep no register alive.
    run("delete", *(f"t:{kind}" for kind in CHECKS))
    declarations = frontend.declarations(sorted({parts_of(thing) for thing in stored_things(design)}))
    part_registers(run, design, declarations)
    for module in list(design.modules_.values()):
        for cell in storage_cells(module):
            cell.set_string_attribute(yosys.IdString("\\" + _MODULE), _module_of(module, cell, declarations))
    run("simplemap", *(f"t:{kind}" for kind in WORD_LEVEL))
    # Copies of hardened logic are often kept apart so; nothing is merged here, and what is not flat would not be seen.
    run("setattr", "-mod", "-unset", "keep_hierarchy")
    run("setattr", "-unset", "keep_hierarchy")
    run("flatten")
    top = design.top_module()
    bits: dict[int, _Bit] = {}
    memories: dict[int, Any] = {}
    for number, cell in enumerate(storage_cells(top)):
        cell.set_string_attribute(yosys.IdString("\\" + _ID), str(number))
        if cell.is_mem_cell():
            memories[number] = _memory(yosys, cell)
        elif cell.getPort(yosys.IdString("\\Q")).as_bit().is_wire():
            bits[number] = _stored_bit(yosys, cell, declarations)
    reasons = _prune(run, design, yosys)
    left = sorted(_numbers(top, yosys))
    registers = _registers(bits[n] for n in left if n in bits and bits[n].name)
    nets, unforceable = list_nets(frontend, request["top"], _declared_name) if request.get("nets") else ([], [])
    return {
        "targets": [
            *registers,
            *(row for n in left if n in memories and memories[n]["name"] for row in _words(memories[n], declarations)),
            *nets,
        ],
        "removed": [*_removed(bits, memories, reasons), *unforceable],
        "outputs": sorted(hierarchical_name(wire) for wire in top.wires_.values() if wire.port_output),
        "nameless_bits": sum(not bits[n].name for n in left if n in bits),
        "ranges": _unusual_ranges(top),
    }


CHECKS = ("$print", "$check", "$assert", "$assume", "$cover", "$live", "$fair")
WORD_LEVEL = (
    *("$dff", "$dffe", "$sdff", "$sdffe", "$sdffce", "$adff", "$adffe", "$aldff", "$aldffe", "$dffsr", "$dffsre"),
    *("$dlatch", "$adlatch", "$dlatchsr", "$sr"),
)


def _declared_name(module: Any) -> str:
    """Return the name a module was declared with, without what Yosys adds for its parameters."""
    if module.has_attribute(_id("hdlname")):
        return str(module.get_string_attribute(_id("hdlname"))).lstrip("\\")
    return str(module.name.str()).rsplit("\\", 1)[-1]


def _id(name: str) -> Any:
    from pyosys import libyosys as yosys  # noqa: PLC0415 (see extract)

    return yosys.IdString("\\" + name)


def storage_cells(module: Any) -> list[Any]:
    """Return the cells of a module that store bits, in a stable order."""
    cells = [cell for cell in module.cells_.values() if cell.is_builtin_ff() or cell.is_mem_cell()]
    return sorted(cells, key=lambda cell: str(cell.name.str()))


def stored_things(design: Any) -> Iterator[Any]:
    """Yield what has a name and stores: the memories, and the wires that flip-flops and latches drive."""
    for module in design.modules_.values():
        for cell in storage_cells(module):
            if cell.is_mem_cell():
                yield cell
            else:
                yield from _driven(cell)


def _driven(cell: Any) -> Iterator[Any]:
    """Yield the wires that a flip-flop or latch drives, those without a name in the RTL left out."""
    for bit in cell.getPort(_id("Q")).bits():
        if bit.is_wire() and hierarchical_name(bit.wire):
            yield bit.wire


def parts_of(thing: Any) -> tuple[str, ...]:
    """Return the name of a wire or memory in its parts, from the top module down."""
    if thing.has_attribute(_id("hdlname")):
        return tuple(str(thing.get_string_attribute(_id("hdlname"))).split(" "))
    return tuple(str(thing.name.str()).lstrip("\\").split("."))


def part_registers(run: Any, design: Any, declarations: Declarations) -> None:
    """Make registers of memories that are none: arrays whose elements are all written by constant indices."""
    for module in list(design.modules_.values()):
        sources: dict[str, str] = {}
        for cell in storage_cells(module):
            if cell.is_mem_cell() and _writes_are_constant(cell):
                cell.set_bool_attribute(_id(_REGISTERS), True)
                name = memory_name(cell)
                declarations.split(name)
                sources[name] = str(cell.get_src_attribute())
        run("memory_map", f"{module.name.str()}/a:{_REGISTERS}")
        for name, source in sources.items():
            for wire in module.wires_.values():
                if str(wire.name.str()).rpartition("[")[0] == f"\\{name}":
                    wire.set_src_attribute(source)


def _writes_are_constant(memory: Any) -> bool:
    ports = int(memory.getParam(_id("WR_PORTS")).as_int())
    return ports > 0 and bool(memory.getPort(_id("WR_ADDR")).is_fully_const())


def _module_of(module: Any, cell: Any, declarations: Declarations) -> str:
    """Return the name of the module, as declared, in which a cell of the netlist is."""
    if not declarations.modules:
        return _declared_name(module)
    if cell.is_mem_cell():
        return declarations.module(memory_name(cell))
    wire = next(_driven(cell), None)
    return declarations.module(hierarchical_name(wire) if wire else "")


def _stored_bit(yosys: Any, cell: Any, declarations: Declarations) -> _Bit:
    bit = cell.getPort(yosys.IdString("\\Q")).as_bit()
    wire = bit.wire
    kind = "latch" if "LATCH" in cell.type.str().upper() else "flip_flop"
    module = cell.get_string_attribute(yosys.IdString("\\" + _MODULE))
    name, position = declarations.place(hierarchical_name(wire), bit.offset, wire.width)
    return _Bit(name, module, kind, position, _source_of(wire))


def _unusual_ranges(top: Any) -> dict[str, list[int]]:
    """Return the bounds, left and right, of what is declared otherwise than ``[n:0]``, by name."""
    return {
        hierarchical_name(wire): [wire.start_offset, wire.start_offset + wire.width - 1][:: 1 if wire.upto else -1]
        for wire in top.wires_.values()
        if (wire.start_offset or (wire.upto and wire.width > 1)) and hierarchical_name(wire)
    }


def hierarchical_name(thing: Any) -> str:
    """Return the RTL name of a wire or memory of the flattened design, or an empty text for names Yosys made."""
    name = str(thing.name.str())
    return name[1:] if name.startswith("\\") else ""


def _source_of(thing: Any) -> str:
    """Return ``file:line`` of a declaration."""
    match = re.match(r"(.*?):(\d+)", str(thing.get_src_attribute()))
    return f"{os.path.basename(match[1])}:{match[2]}" if match else ""  # noqa: PTH119 (a text, not a file)


def memory_name(cell: Any) -> str:
    """Return the RTL name of a memory, or an empty text for one that Yosys made."""
    name = str(cell.getParam(_id("MEMID")).decode_string())
    return name[1:] if name.startswith("\\") else ""


def _memory(yosys: Any, cell: Any) -> dict[str, Any]:
    def number(parameter: str) -> int:
        return int(cell.getParam(yosys.IdString("\\" + parameter)).as_int())

    return {
        "name": memory_name(cell),
        "module": cell.get_string_attribute(yosys.IdString("\\" + _MODULE)),
        "kind": "memory",
        "width": number("WIDTH"),
        "words": number("SIZE"),
        "first_word": number("OFFSET"),
        "src": _source_of(cell),
    }


def _words(memory: dict[str, Any], declarations: Declarations) -> Iterator[dict[str, Any]]:
    """Yield a memory as simulators show it: where its words are arrays again, a row for each array of elements."""
    declaration = declarations.arrays.get(memory["name"])
    if declaration is None or len(declaration.ranges) == 1:
        yield memory
        return
    width = memory["width"] * memory["words"] // declaration.elements
    for indices, first_word, words in declaration.rows():
        name = memory["name"] + indices
        yield memory | {"name": name, "width": width, "words": words, "first_word": first_word}


def _numbers(top: Any, yosys: Any) -> list[int]:
    return [int(cell.get_string_attribute(yosys.IdString("\\" + _ID))) for cell in storage_cells(top)]


def _prune(run: Any, design: Any, yosys: Any) -> dict[int, str]:
    """Remove what is constant and what drives nothing, until nothing changes; return why each bit went."""
    top = design.top_module()
    reasons: dict[int, str] = {}
    left = set(_numbers(top, yosys))
    changed = True
    while changed:
        before = len(left)
        design.scratchpad_set_bool(_CHANGED, False)
        for passes, reason in (
            (("opt_clean",), "drives nothing that can be observed"),
            (("opt_expr", "opt_muxtree", "opt_reduce", "opt_dff"), "constant"),
        ):
            for command in passes:
                run(command)
            still = set(_numbers(top, yosys))
            reasons.update(dict.fromkeys(left - still, reason))
            left = still
        changed = len(left) != before or design.scratchpad_get_bool(_CHANGED)
    return reasons


def _registers(bits: Iterable[_Bit]) -> Iterator[dict[str, Any]]:
    """Join bits into registers: one row for each unbroken range of bits of one declaration."""
    for run in _runs(bits):
        first = run[0]
        yield {
            "name": first.name,
            "module": first.module,
            "kind": first.kind,
            "width": len(run),
            "lsb": first.position,
            "src": first.src,
        }


def _runs(bits: Iterable[_Bit]) -> Iterator[list[_Bit]]:
    run: list[_Bit] = []
    for bit in sorted(bits, key=lambda b: (b.name, b.position)):
        if run and (bit.name, bit.position) != (run[-1].name, run[-1].position + 1):
            yield run
            run = []
        run.append(bit)
    if run:
        yield run


def _removed(bits: dict[int, _Bit], memories: dict[int, Any], reasons: dict[int, str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for reason in sorted(set(reasons.values())):
        gone = (bits[n] for n in reasons if n in bits and bits[n].name and reasons[n] == reason)
        rows.extend(
            {"name": run[0].name, "module": run[0].module, "bits": len(run), "reason": reason} for run in _runs(gone)
        )
    for number, reason in reasons.items():
        if number in memories:
            memory = memories[number]
            bits_of_memory = memory["width"] * memory["words"]
            rows.append({"name": memory["name"], "module": memory["module"], "bits": bits_of_memory, "reason": reason})
    return rows


if __name__ == "__main__":
    # Yosys writes to file descriptor 1 as it pleases; the answer must have standard output to itself.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    json.dump(extract(json.load(sys.stdin)), answer)
    answer.close()
