"""The gates of a design, made by Yosys for the engine that simulates them.

Run as a program of its own (``python -m radtest.inject.exhaustive.gates``), as `radtest.inject.netlist` is and for the
same reasons: a request comes in on standard input as JSON, the answer goes out the same way.

The logic is mapped to gates of at most three inputs; flip-flops stay one for one with the RTL, with enables and
synchronous resets made logic before their input, and memories stay memories. What is undefined in the RTL is 0, as it
is in the simulations that radtest makes.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from radtest.inject.exhaustive.promises import without_promises
from radtest.inject.exhaustive.pulse_cells import PULSE_CELL, PULSE_NUMBER, cut_nets, keep_pulses
from radtest.inject.frontends import Declarations, frontend_of
from radtest.inject.netlist import (
    CHECKS,
    WORD_LEVEL,
    hierarchical_name,
    memory_name,
    part_registers,
    parts_of,
    storage_cells,
    stored_things,
)

__all__ = ["extract_gates"]

_ID = "radtest_id"
_GATES = {"$_AND_": "and", "$_OR_": "or", "$_XOR_": "xor", "$_ANDNOT_": "andnot", "$_MUX_": "mux", "$_NOT_": "not"}
_PORTS = {"mux": ("A", "B", "S"), "not": ("A",)}
_LATCH = re.compile(r"\$_DLATCH_(?P<level>[PN])_")
_FLIP_FLOP = re.compile(r"\$_DFF_(?P<edge>[PN])(?:(?P<level>[PN])(?P<value>[01]))?_")
_REFUSED = {
    "$_ALDFF_??_": "loads a value that is no constant asynchronously",
    "$_DFFSR_???_": "has both an asynchronous set and an asynchronous reset",
    "$_SR_??_": "is a latch of set and reset",
}
"""Storage that the engine does not know, and what it does."""
_LEGAL = (
    "$_DFF_?_",
    "$_DFF_?" + "P0_",
    "$_DFF_?" + "P1_",
    "$_DFF_?" + "N0_",
    "$_DFF_?" + "N1_",
    "$_DLATCH_?_",
    *_REFUSED,
)


def _yosys() -> Any:
    from pyosys import libyosys  # noqa: PLC0415 (a second to import, and only one process needs it)

    return libyosys


def _id(name: str) -> Any:
    return _yosys().IdString("\\" + name)


def extract_gates(request: dict[str, Any]) -> dict[str, Any]:
    """Return the gates of a design.

    Parameters
    ----------
    request : dict
        As for `radtest.inject.netlist.extract`; besides ``observe``, the names of the signals that must be visible, and
        ``nets``, rows ``name, place`` of the bits of nets that transients hit.

    Returns
    -------
    dict
        ``gates``: rows ``kind, output, inputs...`` of nets, which are numbers from 2 on (0 and 1 are the constants), in
        an order in which each comes after what drives it; ``pulses``, which of them stand for transients on the nets,
        in their order; ``flip_flops``, ``memories``, ``inputs``, ``observed``;
        ``names`` of nets that have one in the RTL, and the ``lines`` that declare those;
        ``refused``, instead of all the rest, where the engine cannot simulate the design: why, each with a source line;
        ``unwritten``, likewise, where the disk of a folder is full: that folder.
    """
    yosys = _yosys()
    design = yosys.Design()

    def run(*command: str) -> None:
        design.run_pass(yosys.StringVector(command))

    frontend = frontend_of(without_promises(request, Path("without_promises").resolve()))
    frontend.read(design)
    run("hierarchy", "-check", "-top", request["top"])
    run("proc", "-noopt")
    _define(run, design)
    nets = [(name, place) for name, place in request.get("nets", [])]
    cut_nets(design, nets)
    run("opt_expr")
    run("memory_collect")
    run("delete", *(f"t:{kind}" for kind in CHECKS))
    declarations = frontend.declarations(sorted({parts_of(thing) for thing in stored_things(design)}))
    part_registers(run, design, declarations)
    run("simplemap", *(f"t:{kind}" for kind in WORD_LEVEL))
    run("setattr", "-mod", "-unset", "keep_hierarchy")
    run("setattr", "-unset", "keep_hierarchy")
    run("flatten")
    top = design.top_module()
    lost = keep_pulses(top, nets)
    if lost:
        return {"refused": [f"{name}[{place}] is no net of its gates" for name, place in lost]}
    missing = _expose(top, request["observe"])
    if missing:
        return {"refused": [f"observe: the design has no signal {name!r}" for name in missing]}
    places = _number(top, declarations)
    # What is loaded asynchronously may be a constant, once all modules are one.
    run("opt_expr")
    run("opt_dff", "t:$_ALDFF*")
    _keep(top)
    _map_to_gates(run)
    try:
        module = _written(run, request["top"])
    except json.JSONDecodeError:
        # Yosys does not notice.
        return {"unwritten": tempfile.gettempdir()}
    return _Reader(module, places).read()


def _written(run: Callable[..., None], top: str) -> dict[str, Any]:
    """Return a module as Yosys writes it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "gates.json")
        run("write_json", str(path))
        modules: dict[str, Any] = json.loads(path.read_text())["modules"]
    return next(module for name, module in modules.items() if "top" in module["attributes"] or name == top)


def _define(run: Callable[..., None], design: Any) -> None:
    """Make 0 of all that the RTL leaves undefined."""
    yosys = _yosys()
    run("setundef", "-zero")
    for module in design.modules_.values():
        for cell in module.cells_.values():
            is_read = str(cell.type.str()) in ("$memrd", "$memrd_v2")
            if is_read and not cell.getParam(_id("CLK_ENABLE")).as_int():
                cell.setPort(_id("EN"), yosys.SigSpec(yosys.Const(yosys.State.S1, 1)))


def _expose(top: Any, names: list[str]) -> list[str]:
    """Make output ports of signals, numbered; return the names of those that are none."""
    yosys = _yosys()
    wires = {hierarchical_name(wire): wire for wire in list(top.wires_.values()) if hierarchical_name(wire)}
    missing = []
    for number, name in enumerate(names):
        if name not in wires:
            missing.append(name)
            continue
        port = top.addWire(_id(f"radtest_observed_{number}"), wires[name].width)
        port.port_output = True
        top.connect(yosys.SigSpec(port), yosys.SigSpec(wires[name]))
    top.fixup_ports()
    return missing


def _number(top: Any, declarations: Declarations) -> dict[int, dict[str, Any]]:
    """Number what stores; return by number what it is called in the RTL."""
    places: dict[int, dict[str, Any]] = {}
    for number, cell in enumerate(storage_cells(top)):
        cell.set_string_attribute(_id(_ID), str(number))
        if cell.is_mem_cell():
            places[number] = {"name": memory_name(cell), "src": _source(cell)}
            continue
        bit = cell.getPort(_id("Q")).as_bit()
        if bit.is_wire():
            wire = bit.wire
            name, position = declarations.place(hierarchical_name(wire), bit.offset, wire.width)
            places[number] = {"name": name, "bit": position, "src": _source(wire) or _source(cell)}
    return places


def _keep(top: Any) -> None:
    """Keep all that stores: a bit that nothing takes is stored all the same."""
    for cell in storage_cells(top):
        cell.set_bool_attribute(_id("keep"), True)


def _source(thing: Any) -> str:
    return _short(str(thing.get_src_attribute()))


def _short(source: str) -> str:
    match = re.match(r"(.*?):(\d+)", source)
    return f"{os.path.basename(match[1])}:{match[2]}" if match else ""  # noqa: PTH119 (a text, not a file)


def _map_to_gates(run: Callable[..., None]) -> None:
    # Flip-flops are bits by now, so that only the logic between them gets narrower: Verilog multiplies two bytes in
    # the 32 bits of the sum that they go to.
    for command in ("opt_clean", "opt_expr", "opt_muxtree", "opt_reduce", "opt_clean", "wreduce", "opt_clean"):
        run(command)
    run("simplemap")
    run("techmap")
    run("simplemap")
    run("dfflegalize", *(word for cell in _LEGAL for word in ("-cell", cell, "01")))
    run("opt_expr")
    run("opt_clean")
    # The usual scripts make logic shallow, which is nothing to the engine, and take minutes over multipliers.
    run("abc", "-g", "AND,OR,XOR,ANDNOT,MUX", "-script", "+strash;drwsat;map")
    run("opt_clean")


class _Reader:
    """Reads a netlist of gates, as Yosys writes it in JSON."""

    def __init__(self, module: dict[str, Any], places: dict[int, dict[str, Any]]) -> None:
        self._module = module
        self._places = places
        self._refused: list[str] = []
        self._initial: dict[int, int] = {}
        self._names: dict[int, str] = {}
        self._lines: dict[int, str] = {}
        for name, net in module["netnames"].items():
            for place, bit in enumerate(net["bits"]):
                if isinstance(bit, int) and not net["hide_name"]:
                    self._names.setdefault(bit, f"{name}[{place}]" if len(net["bits"]) > 1 else name)
                    self._lines.setdefault(bit, _source_of(net))
            for bit, value in zip(net["bits"], reversed(net["attributes"].get("init", "")), strict=False):
                if isinstance(bit, int) and value == "1":
                    self._initial[bit] = 1

    def read(self) -> dict[str, Any]:
        gates: list[list[Any]] = []
        sources: list[str] = []
        pulses: dict[int, int] = {}
        flip_flops: list[dict[str, Any]] = []
        memories: list[dict[str, Any]] = []
        latches: list[dict[str, Any]] = []
        for name, cell in self._module["cells"].items():
            kind, ports = cell["type"], cell["connections"]
            if kind in _GATES:
                gate = _GATES[kind]
                inputs = [self._net(ports[port]) for port in _PORTS.get(gate, ("A", "B"))]
                gates.append([gate, self._net(ports["Y"]), *inputs])
                sources.append(_source_of(cell))
            elif kind == PULSE_CELL:
                gates.append(["pulse", self._net(ports["Y"]), self._net(ports["A"])])
                sources.append(_source_of(cell))
                pulses[int(cell["attributes"][PULSE_NUMBER])] = self._net(ports["Y"])
            elif kind in ("$mem_v2", "$mem"):
                memories.append(self._memory(cell))
            elif found := _FLIP_FLOP.fullmatch(kind):
                flip_flops.append(self._flip_flop(cell, found))
            elif found := _LATCH.fullmatch(kind):
                latches.append(self._latch(cell, found))
            elif kind != "$scopeinfo":
                self._refuse_cell(name, cell)
        ports = self._module["ports"].items()
        if self._refused:
            return {"refused": self._refused}
        return {
            "nets": 1 + max(bit for net in self._module["netnames"].values() for bit in self._bits(net["bits"])),
            "gates": gates,
            "sources": sources,
            "pulses": [pulses[number] for number in sorted(pulses)],
            "names": self._names,
            "lines": self._lines,
            "flip_flops": flip_flops,
            "latches": latches,
            "memories": memories,
            "inputs": {name: self._bits(port["bits"]) for name, port in ports if port["direction"] == "input"},
            "observed": {
                name: self._bits(port["bits"]) for name, port in ports if name.startswith("radtest_observed_")
            },
            "outputs": {
                name: self._bits(port["bits"])
                for name, port in ports
                if port["direction"] == "output" and not name.startswith("radtest_observed_")
            },
        }

    def _bits(self, bits: list[int | str]) -> list[int]:
        return [bit if isinstance(bit, int) else int(bit == "1") for bit in bits]

    def _net(self, bits: list[int | str]) -> int:
        return self._bits(bits)[0]

    def _place(self, cell: dict[str, Any]) -> dict[str, Any]:
        number = int(cell["attributes"].get(_ID, -1))
        return self._places.get(number, {"name": "", "bit": 0, "src": _source_of(cell)})

    def _refuse_cell(self, name: str, cell: dict[str, Any]) -> None:
        kind, place = cell["type"], self._place(cell)
        what = next((what for kinds, what in _REFUSED.items() if fnmatchcase(kind, kinds)), f"is a cell of kind {kind}")
        self._refused.append(f"{place['src']}: {place['name'] or name!r} {what}")

    def _flip_flop(self, cell: dict[str, Any], found: re.Match[str]) -> dict[str, Any]:
        ports = cell["connections"]
        output = self._net(ports["Q"])
        return self._place(cell) | {
            "q": output,
            "d": self._net(ports["D"]),
            "clock": self._net(ports["C"]),
            "rising": found["edge"] == "P",
            "reset": self._net(ports["R"]) if found["level"] else 0,
            "reset_level": int(found["level"] == "P"),
            "reset_value": int(found["value"] or 0),
            "initial": self._initial.get(output, 0),
        }

    def _latch(self, cell: dict[str, Any], found: re.Match[str]) -> dict[str, Any]:
        ports = cell["connections"]
        return self._place(cell) | {
            "q": self._net(ports["Q"]),
            "d": self._net(ports["D"]),
            "enable": self._net(ports["E"]),
            "level": int(found["level"] == "P"),
        }

    def _memory(self, cell: dict[str, Any]) -> dict[str, Any]:
        place, parameters = self._place(cell), cell["parameters"]
        ports = {name: self._bits(bits) for name, bits in cell["connections"].items()}
        width, words, address = (int(parameters[name], 2) for name in ("WIDTH", "SIZE", "ABITS"))
        reads, writes = (int(parameters[name], 2) for name in ("RD_PORTS", "WR_PORTS"))
        # The lowest bit of a parameter is the last one of its text.
        if "1" in parameters["RD_CLK_ENABLE"][::-1][:reads]:
            self._refused.append(f"{place['src']}: {place['name']!r} is a memory with a clocked read port")
        if "0" in parameters["WR_CLK_ENABLE"][::-1][:writes]:
            self._refused.append(f"{place['src']}: {place['name']!r} is a memory that is written without a clock")
        rising = parameters["WR_CLK_POLARITY"][::-1]
        return {
            "name": place["name"],
            "src": place["src"],
            "width": width,
            "words": words,
            "first_word": int(parameters["OFFSET"], 2),
            "initial": _words_of(parameters["INIT"], width, words),
            "reads": [
                {"address": place, "data": data}
                for place, data in zip(
                    _parts(ports["RD_ADDR"], address, reads), _parts(ports["RD_DATA"], width, reads), strict=True
                )
            ],
            "writes": [
                {"clock": ports["WR_CLK"][port], "rising": rising[port] == "1", "enable": e, "address": a, "data": d}
                for port, (e, a, d) in enumerate(
                    zip(
                        _parts(ports["WR_EN"], width, writes),
                        _parts(ports["WR_ADDR"], address, writes),
                        _parts(ports["WR_DATA"], width, writes),
                        strict=True,
                    )
                )
            ],
        }


def _source_of(thing: dict[str, Any]) -> str:
    return _short(thing["attributes"].get("src", ""))


def _parts(bits: list[int], width: int, count: int) -> Iterator[list[int]]:
    for number in range(count):
        yield bits[number * width : (number + 1) * width]


def _words_of(text: str, width: int, words: int) -> list[str]:
    """Return the words of a memory from its bits, the last one first, in hexadecimal."""
    text = re.sub("[^01]", "0", text)
    if set(text) <= {"0"}:
        return []
    text = text.rjust(width * words, "0")[-width * words :]
    return [f"{int(text[len(text) - (n + 1) * width : len(text) - n * width], 2):x}" for n in range(words)]


if __name__ == "__main__":
    # Yosys writes to file descriptor 1 as it pleases; the answer must have standard output to itself.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    json.dump(extract_gates(json.load(sys.stdin)), answer)
    answer.close()
