"""What flip-flops and voters cost in the cells of a Liberty file, found by Yosys.

Run as a program of its own (``python -m radtest.inject.exhaustive.cell_areas``), as `radtest.inject.netlist` is and for
the same reasons: a request comes in on standard input as JSON, the answer goes out the same way.

Each kind of flip-flop in the design (edge, resets) is mapped to the cells of the library by itself, with the inverters
that it needs, and so is a voter: to triplicate a flip-flop costs two of its kind and one voter. An enable is not part
of it, since the copies share one (see `radtest.inject.exhaustive.triplicate`).
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from radtest.inject.exhaustive.triplicate import flat_design, majority, stored_wires

__all__ = ["cell_areas"]

_PRICE = "radtest_price_"
_VOTER = f"{_PRICE}voter"


def _yosys() -> Any:
    from pyosys import libyosys  # noqa: PLC0415 (a second to import, and only one process needs it)

    return libyosys


def _id(name: str) -> Any:
    return _yosys().IdString("\\" + name)


def cell_areas(request: dict[str, Any]) -> dict[str, Any]:
    """Return the areas.

    Parameters
    ----------
    request : dict
        As for `radtest.inject.netlist.extract`; besides ``liberty``, a file.

    Returns
    -------
    dict
        ``design``: area of the mapped design without its memories; ``voter``; ``kinds``: area of a flip-flop by its
        kind; ``flip_flops``: rows ``name, bit, kind``.
    """
    yosys = _yosys()
    design = yosys.Design()

    def run(*command: str) -> None:
        design.run_pass(yosys.StringVector(command))

    _, declarations = flat_design(design, request)
    top = design.top_module()
    # The whole design is mapped as it is, the flip-flops are counted without enables: on a copy.
    run("design", "-save", "radtest_whole")
    run("dffunmap", "-ce-only")
    run("simplemap")
    flip_flops = []
    kinds: dict[str, Any] = {}
    top = design.top_module()
    for wire in stored_wires(top, declarations):
        for at, place in sorted(wire.flip_flops.items()):
            kind = str(wire.cells[at].type.str())
            kinds[kind] = wire.cells[at]
            flip_flops.append([*place, kind])
    for kind, cell in kinds.items():
        _alone(design, f"{_PRICE}{kind}", cell)
    _voter(design)
    run("delete", top.name.str())
    areas = _mapped(run, request["liberty"])
    run("design", "-load", "radtest_whole")
    run("techmap")
    run("simplemap")
    whole = _mapped(run, request["liberty"])
    return {
        "design": whole[request["top"]],
        "voter": areas[_VOTER],
        "kinds": {kind: areas[f"{_PRICE}{kind}"] for kind in kinds},
        "flip_flops": flip_flops,
    }


def _alone(design: Any, name: str, cell: Any) -> None:
    """Add a module with nothing but such a flip-flop."""
    yosys = _yosys()
    module = design.addModule(_id(name))
    copy = module.addCell(yosys.IdString("$flip_flop"), cell.type)
    for port in cell.connections_:
        wire = module.addWire(port, 1)
        wire.port_output = str(port.str()) == "\\Q"
        wire.port_input = not wire.port_output
        copy.setPort(port, yosys.SigSpec(wire))
    module.fixup_ports()


def _voter(design: Any) -> None:
    yosys = _yosys()
    module = design.addModule(_id(_VOTER))
    inputs = []
    for name in "ABC":
        wire = module.addWire(_id(name), 1)
        wire.port_input = True
        inputs.append(yosys.SigSpec(wire))
    output = module.addWire(_id("Y"), 1)
    output.port_output = True
    module.connect(yosys.SigSpec(output), majority(module, "price", inputs))
    module.fixup_ports()


def _mapped(run: Callable[..., None], liberty: str) -> dict[str, float]:
    """Map all modules to the library and return their areas; Yosys ends where it has no flip-flop of a kind."""
    run("simplemap")
    run("dfflibmap", "-liberty", liberty)
    run("abc", "-liberty", liberty)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "areas.json")
        run("tee", "-q", "-o", str(path), "stat", "-json", "-liberty", liberty)
        modules = json.loads(path.read_text())["modules"]
    return {name.removeprefix("\\"): float(module.get("area", 0.0)) for name, module in modules.items()}


if __name__ == "__main__":
    # Yosys writes to file descriptor 1 as it pleases; the answer must have standard output to itself.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    json.dump(cell_areas(json.load(sys.stdin)), answer)
    answer.close()
