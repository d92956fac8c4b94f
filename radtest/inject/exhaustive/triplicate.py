"""A design as one flat Verilog module in which chosen flip-flops are triplicated, made by Yosys.

Run as a program of its own (``python -m radtest.inject.exhaustive.triplicate``), as `radtest.inject.netlist` is and for
the same reasons: a request comes in on standard input as JSON, the answer goes out the same way.

Each chosen flip-flop ``x`` becomes three, ``x_tmr_a``, ``x_tmr_b`` and ``x_tmr_c``, with the same inputs, and a
majority voter that drives ``x`` and with it all that the flip-flop drove. An enable becomes logic before the inputs
which takes the voted value where nothing is loaded: so a copy that was upset is mended at the next edge of the clock,
and two upsets far apart in time never meet. Nothing is merged and nothing else is changed; the copies are marked
``keep``.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from radtest.inject.exhaustive.promises import without_promises
from radtest.inject.frontends import Declarations, frontend_of
from radtest.inject.netlist import (
    CHECKS,
    hierarchical_name,
    memory_name,
    part_registers,
    parts_of,
    storage_cells,
    stored_things,
)

__all__ = ["COPIES", "StoredWire", "flat_design", "majority", "stored_wires", "triplicate"]

COPIES = ("_tmr_a", "_tmr_b", "_tmr_c")
"""What the names of the three copies of a flip-flop end in."""

_TOUCHED = "radtest_touched"
_COPIED = "without_promises"
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")


def _yosys() -> Any:
    from pyosys import libyosys  # noqa: PLC0415 (a second to import, and only one process needs it)

    return libyosys


def _id(name: str) -> Any:
    return _yosys().IdString("\\" + name)


def triplicate(request: dict[str, Any]) -> dict[str, Any]:
    """Write the hardened netlist of a design.

    Parameters
    ----------
    request : dict
        As for `radtest.inject.netlist.extract`; besides ``protect``, rows ``name, bit`` of flip-flops as targets name
        them; ``observe``, names of signals that are to stay; and ``netlist``, the file to be written.

    Returns
    -------
    dict
        ``names``: what each signal and memory of the RTL is called in the netlist; ``memories``: the same for memories
        alone; ``stored``: rows
        ``name, bit, places`` of all that flip-flops and latches store, with the places that store it in the netlist;
        ``missing``: rows of `protect` that the design has no flip-flop for (nothing was written then).
    """
    yosys = _yosys()
    design = yosys.Design()

    def run(*command: str) -> None:
        design.run_pass(yosys.StringVector(command))

    parameters, declarations = flat_design(design, request)
    top = design.top_module()
    chosen = {(str(name), int(bit)) for name, bit in request["protect"]}
    registers = list(stored_wires(top, declarations))
    known = {place for register in registers for place in register.flip_flops.values()}
    if not chosen <= known:
        return {"missing": sorted(chosen - known)}
    touched = [register for register in registers if register.must_be_split(chosen)]
    for cell in {str(cell.name.str()): cell for register in touched for cell in register.cells.values()}.values():
        cell.set_bool_attribute(_id(_TOUCHED), True)
    run("dffunmap", "-ce-only", f"a:{_TOUCHED}")
    run("simplemap", f"a:{_TOUCHED}")
    drivers = _drivers(top)
    names = _Names(top)
    stored: list[tuple[str, int, list[tuple[str, int]]]] = []
    for register in registers:
        if register in touched:
            stored += _split(top, register, chosen, names, drivers)
        else:
            stored += [(*place, [(register.name, offset)]) for offset, place in sorted(register.places.items())]
    renamed = names.make_plain()
    run("setattr", "-unset", _TOUCHED, "-unset", "full_case", "-unset", "parallel_case")
    run("setattr", "-unset", "radtest_parallel_case")
    run("write_verilog", request["netlist"])
    _finish(Path(request["netlist"]), request, parameters)
    return {
        "names": renamed,
        "memories": {name: renamed[name] for name in names.memories},
        "stored": [[name, bit, [[renamed[new], at] for new, at in places]] for name, bit, places in stored],
        "missing": [],
    }


def flat_design(design: Any, request: dict[str, Any]) -> tuple[dict[str, str], Declarations]:
    """Read a design and make it flat; nothing is merged, and memories stay memories.

    Parameters
    ----------
    design : pyosys.Design
        An empty design.
    request : dict
        As for `radtest.inject.netlist.extract`.

    Returns
    -------
    parameters : dict
        Those of the top module, with their values as Verilog writes them.
    declarations : Declarations
        What the netlist does not say of its names.
    """
    yosys = _yosys()

    def run(*command: str) -> None:
        design.run_pass(yosys.StringVector(command))

    plain = without_promises(request, Path(_COPIED).resolve(), ("parallel_case",))
    frontend = frontend_of(plain)
    frontend.read(design)
    parameters = _parameters(design, request)
    run("hierarchy", "-check", "-top", request["top"])
    run("proc", "-noopt")
    _define(design)
    run("opt_expr")
    run("memory_collect")
    run("delete", *(f"t:{kind}" for kind in CHECKS))
    declarations = frontend.declarations(sorted({parts_of(thing) for thing in stored_things(design)}))
    part_registers(run, design, declarations)
    run("setattr", "-mod", "-unset", "keep_hierarchy", "-unset", "dynports")
    run("setattr", "-unset", "keep_hierarchy")
    run("flatten")
    # What is observed may drive nothing else.
    observed = set(request.get("observe", ()))
    for wire in design.top_module().wires_.values():
        if hierarchical_name(wire) in observed:
            wire.set_bool_attribute(_id("keep"), True)
    run("opt_clean")
    run("rename", "-top", request["top"])
    return parameters, declarations


def _define(design: Any) -> None:
    """Make 0 of all that the RTL leaves undefined, as the map does and the simulations that radtest makes."""
    yosys = _yosys()
    design.run_pass(yosys.StringVector(("setundef", "-zero")))
    for module in design.modules_.values():
        for cell in module.cells_.values():
            is_read = str(cell.type.str()) in ("$memrd", "$memrd_v2")
            if is_read and not cell.getParam(_id("CLK_ENABLE")).as_int():
                # Of what is read without a clock, the enable has no meaning, but must be 1.
                cell.setPort(_id("EN"), yosys.SigSpec(yosys.Const(yosys.State.S1, 1)))


@dataclass(eq=False, slots=True)
class StoredWire:
    """A wire of the flat design that flip-flops or latches drive, all of it or in part.

    Parameters
    ----------
    wire : pyosys.Wire
        The wire.
    name : str
        Its name.
    cells : dict
        What drives a bit, by its place in the wire.
    places : dict
        Name and bit in the RTL, by the place in the wire.
    flip_flops : dict
        Those of them that flip-flops drive.
    """

    wire: Any
    name: str
    cells: dict[int, Any] = field(default_factory=dict)
    places: dict[int, tuple[str, int]] = field(default_factory=dict)
    flip_flops: dict[int, tuple[str, int]] = field(default_factory=dict)

    def must_be_split(self, chosen: set[tuple[str, int]]) -> bool:
        """Say whether it cannot be one register of the netlist: of one that is a register in part, the name is lost."""
        return len(self.cells) < int(self.wire.width) or any(p in chosen for p in self.flip_flops.values())

    def runs(self, chosen: set[tuple[str, int]]) -> Iterator[tuple[int, int, bool]]:
        """Yield the unbroken ranges of stored bits that are all protected or all not: first place, width, which."""
        statuses = [(at in self.cells, self.flip_flops.get(at) in chosen) for at in range(int(self.wire.width))]
        first = 0
        for (is_stored, protected), group in itertools.groupby(statuses):
            width = len(list(group))
            if is_stored:
                yield first, width, protected
            first += width


def stored_wires(top: Any, declarations: Declarations) -> Iterator[StoredWire]:
    """Yield the named wires of a flat design that flip-flops or latches drive, in the order of their names."""
    found: dict[str, StoredWire] = {}
    for cell in storage_cells(top):
        if cell.is_mem_cell():
            continue
        is_latch = "LATCH" in str(cell.type.str()).upper() or str(cell.type.str()) == "$sr"
        for bit in cell.getPort(_id("Q")).bits():
            name = hierarchical_name(bit.wire) if bit.is_wire() else ""
            if not name:
                continue
            register = found.setdefault(name, StoredWire(bit.wire, name))
            register.cells[bit.offset] = cell
            place = declarations.place(name, bit.offset, bit.wire.width)
            register.places[bit.offset] = place
            if not is_latch:
                register.flip_flops[bit.offset] = place
    yield from (found[name] for name in sorted(found))


def _drivers(top: Any) -> dict[tuple[str, int], Any]:
    """Return the flip-flops and latches of one bit that were touched, by what they drive."""
    drivers = {}
    for cell in storage_cells(top):
        if not cell.is_mem_cell() and cell.get_bool_attribute(_id(_TOUCHED)):
            bit = cell.getPort(_id("Q")).as_bit()
            if bit.is_wire():
                drivers[hierarchical_name(bit.wire), bit.offset] = cell
    return drivers


def _split(
    top: Any,
    register: StoredWire,
    chosen: set[tuple[str, int]],
    names: _Names,
    drivers: dict[tuple[str, int], Any],
) -> Iterator[tuple[str, int, list[tuple[str, int]]]]:
    """Make registers of its own of each range of a wire, three of those that are protected; yield what is where."""
    yosys = _yosys()
    wire, width = register.wire, int(register.wire.width)
    key = yosys.IdString("\\init")
    initial = str(wire.attributes[key].as_string()).rjust(width, "x") if wire.has_attribute(key) else ""
    for first, size, protected in list(register.runs(chosen)):
        last = first + size - 1
        place = "" if size == width else f"_{first}" if size == 1 else f"_{last}_{first}"
        copies = []
        for ending in COPIES if protected else ("_stored",):
            copy = top.addWire(_id(names.free(register.name + place + ending)), size)
            copy.set_src_attribute(wire.get_src_attribute())
            if protected:
                copy.set_bool_attribute(_id("keep"), True)
            if initial:
                copy.attributes[key] = yosys.Const.from_string(initial[width - 1 - last : width - first])
            names.note(copy)
            copies.append(copy)
        for at in range(first, last + 1):
            cell = drivers[register.name, at]
            for number, copy in enumerate(copies):
                twin = top.addCell(yosys.IdString(f"{cell.name.str()}{COPIES[number]}"), cell) if number else cell
                twin.setPort(_id("Q"), yosys.SigSpec(copy, at - first, 1))
                if protected:
                    # Yosys merges equal flip-flops unless they themselves are to be kept; others look at wires.
                    twin.set_bool_attribute(_id("keep"), True)
            yield *register.places[at], [(hierarchical_name(copy), at - first) for copy in copies]
        signals = [yosys.SigSpec(copy) for copy in copies]
        voted = majority(top, f"{register.name}{place}", signals) if protected else signals[0]
        top.connect(yosys.SigSpec(wire, first, size), voted)
    if initial:
        del wire.attributes[key]


def majority(top: Any, name: str, signals: list[Any]) -> Any:
    """Add a voter of three signals to a module and return its output."""
    identifier = _yosys().IdString
    pairs = [
        top.And(identifier(f"$radtest_voter${name}${number}"), one, other)
        for number, (one, other) in enumerate(itertools.combinations(signals, 2))
    ]
    either = top.Or(identifier(f"$radtest_voter${name}$3"), pairs[0], pairs[1])
    return top.Or(identifier(f"$radtest_voter${name}$4"), either, pairs[2])


class _Names:
    """The names of the flat design: none twice, and in the end all plain identifiers.

    Parameters
    ----------
    top : pyosys.Module
        The flat design.
    """

    def __init__(self, top: Any) -> None:
        self._top = top
        self._wires = {name: wire for wire in list(top.wires_.values()) if (name := hierarchical_name(wire))}
        self.memories = {memory_name(cell): cell for cell in storage_cells(top) if cell.is_mem_cell()}
        self.memories.pop("", None)
        self._taken = {*self._wires, *self.memories}

    def free(self, name: str) -> str:
        """Return the name, or one like it that nothing has yet; nothing else will get it."""
        numbered = (f"{name}_{number}" for number in itertools.count(2))
        found = next(each for each in itertools.chain([name], numbered) if each not in self._taken)
        self._taken.add(found)
        return found

    def note(self, wire: Any) -> None:
        """Note a wire that was added."""
        self._wires[hierarchical_name(wire)] = wire

    def make_plain(self) -> dict[str, str]:
        """Replace what is no plain identifier of Verilog, such as ``cpu.reg_pc``; return all new names by the old."""
        renamed = {}
        for name, wire in self._wires.items():
            renamed[name] = self._plain(name)
            if renamed[name] != name:
                self._top.rename(wire, _id(renamed[name]))
        for name, cell in self.memories.items():
            renamed[name] = self._plain(name)
            cell.setParam(_id("MEMID"), _yosys().Const(f"\\{renamed[name]}"))
        return renamed

    def _plain(self, name: str) -> str:
        if _PLAIN.fullmatch(name):
            return name
        words = re.sub(r"[^A-Za-z0-9_$]+", "_", name).strip("_")
        return self.free(words if _PLAIN.fullmatch(words) else f"_{words}")


def _parameters(design: Any, request: dict[str, Any]) -> dict[str, str]:
    """Return the parameters of the top module with their values, as Verilog writes them."""
    declared = design.module(_id(request["top"]))
    values: dict[str, str] = {}
    if declared:
        defaults = {str(name.str())[1:]: value for name, value in declared.parameter_default_values.items()}
        for name in (str(parameter.str())[1:] for parameter in declared.avail_parameters):
            values[name] = _literal(defaults[name]) if name in defaults else "0"
    return values | {name: str(value) for name, value in request["parameters"].items()}


def _literal(value: Any) -> str:
    is_text = int(value.flags) & 1
    return json.dumps(str(value.decode_string())) if is_text else f"{value.size()}'b{value.as_string()}"


def _finish(netlist: Path, request: dict[str, Any], parameters: dict[str, str]) -> None:
    """Give the parameters that the module had to the netlist, so that a bench may go on naming them.

    And name sources for what they are, not for the copies that were read.
    """
    top, text = request["top"], netlist.read_text()
    copied = re.escape(f"{Path(_COPIED).resolve()}/")
    text = re.sub(rf"{copied}(\d+)/[^/:|\"]+", lambda found: str(request["sources"][int(found[1])]), text)
    head = re.search(rf"^module {re.escape(top)}\(.*?\);\n", text, re.MULTILINE | re.DOTALL)
    if head is None:
        sys.exit(f"ERROR: the netlist of {top!r} has no head")
    lines = [f"  parameter {name} = {value};\n" for name, value in parameters.items()]
    if lines:
        lines.insert(0, "  // Elaborated already: these say with what values, and change nothing.\n")
    netlist.write_text(text[: head.end()] + "".join(lines) + text[head.end() :])


if __name__ == "__main__":
    # Yosys writes to file descriptor 1 as it pleases; the answer must have standard output to itself.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    json.dump(triplicate(json.load(sys.stdin)), answer)
    answer.close()
