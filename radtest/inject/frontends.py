"""How RTL gets into Yosys, and what its declarations say that the netlist no longer shows.

Two readers stand side by side. ``read_verilog``, Yosys' own, knows Verilog and the plainer part of SystemVerilog.
``read_slang`` knows SystemVerilog: packages, structures, interfaces, parameters that are types. It returns a design
that is flat already, in which an unpacked array is one long wire or one memory of long words. Where an element of an
array lies, and which module declares a register, is asked of slang in a second reading: together with a module that
holds nothing but ``$left`` and ``$right`` of the arrays in question.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, Protocol

__all__ = ["Declaration", "Declarations", "Frontend", "SlangFrontend", "VerilogFrontend", "frontend_of"]

Range = tuple[int, int]
"""Left and right bound of an unpacked dimension, as declared."""

_PROBE = "radtest_declarations"
_MOST_DIMENSIONS = 8
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*(\[-?\d+\])*")


@dataclass(frozen=True, slots=True)
class Declaration:
    """A variable with a name of its own in the netlist.

    Parameters
    ----------
    ranges : tuple of (int, int)
        Its unpacked dimensions; empty for a variable that is no array.
    """

    ranges: tuple[Range, ...] = ()

    @property
    def elements(self) -> int:
        """Number of elements."""
        count = 1
        for left, right in self.ranges:
            count *= abs(left - right) + 1
        return count

    def element(self, place: int) -> str:
        """Return the indices of an element, counted from the rightmost one, which holds the lowest bits."""
        text = ""
        for left, right in reversed(self.ranges):
            place, step = divmod(place, abs(left - right) + 1)
            text = f"[{right + (step if left > right else -step)}]{text}"
        return text

    def rows(self) -> Iterator[tuple[str, int, int]]:
        """Yield for each array of the innermost dimension its indices, its lowest index and its length."""
        *outer, (left, right) = self.ranges
        first, last = min(left, right), max(left, right)
        for indices in product(*(range(min(r), max(r) + 1) for r in outer)):
            yield "".join(f"[{index}]" for index in indices), first, last - first + 1


@dataclass(slots=True)
class Declarations:
    """What is declared where.

    Parameters
    ----------
    arrays : dict
        The unpacked arrays, by their names in the netlist; a name that is not in it belongs to no array.
    modules : dict
        Names of modules by the paths of their instances below the top module, where the netlist does not say.
    """

    arrays: dict[str, Declaration] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)

    def place(self, name: str, bit: int, width: int) -> tuple[str, int]:
        """Return the name of the element that holds a bit of a wire of this width, and the place of the bit in it."""
        declaration = self.arrays.get(name)
        if declaration is None:
            return name, bit
        element, bit = divmod(bit, width // declaration.elements)
        return name + declaration.element(element), bit

    def split(self, name: str) -> None:
        """Note that each word of a memory has become a wire of its own, ``name[index]``."""
        declaration = self.arrays.get(name)
        if declaration is not None:
            (left, right), *inner = declaration.ranges
            for index in range(min(left, right), max(left, right) + 1):
                if inner:
                    self.arrays[f"{name}[{index}]"] = Declaration(tuple(inner))

    def module(self, name: str) -> str:
        """Return the module that declares a name, the nearest one above it that is known."""
        path = name
        while path and path not in self.modules:
            path = path.rpartition(".")[0]
        return self.modules[path]


class Frontend(Protocol):
    """One way of reading RTL into Yosys."""

    def read(self, design: Any) -> None:
        """Read the sources into a design."""
        ...

    def declarations(self, names: Iterable[tuple[str, ...]]) -> Declarations:
        """Return what is to be known of registers and memories; each name comes in its parts, from the top down."""
        ...


def frontend_of(request: dict[str, Any]) -> Frontend:
    """Return the frontend that a request asks for."""
    return SlangFrontend(request) if request["frontend"] == "slang" else VerilogFrontend(request)


@dataclass(slots=True)
class VerilogFrontend:
    """``read_verilog -sv``: keeps the hierarchy, so that its modules tell their names themselves."""

    request: dict[str, Any]

    def read(self, design: Any) -> None:
        """Read the sources into a design."""
        from pyosys import libyosys as yosys  # noqa: PLC0415 (a second to import, and only one process needs it)

        request = self.request
        command = ["read_verilog", "-sv", "-noassert", "-noassume", *(f"-I{folder}" for folder in request["includes"])]
        command += [f"-D{name}" if value is None else f"-D{name}={value}" for name, value in request["defines"].items()]
        _run(design, *command, *request["sources"])
        top = request["top"]
        declared = design.module(yosys.IdString("\\" + top))
        known = [str(name.str()).lstrip("\\") for name in declared.avail_parameters] if declared else []
        for name, value in request["parameters"].items():
            if declared and name not in known:
                sys.exit(f"ERROR: module {top!r} has no parameter {name!r}; it has {', '.join(known) or 'none'}")
            _run(design, "chparam", "-set", name, value, top)

    def declarations(self, names: Iterable[tuple[str, ...]]) -> Declarations:  # noqa: ARG002 (it tells nothing more)
        """Return nothing: the names in the netlist are all there is."""
        return Declarations()


@dataclass(slots=True)
class SlangFrontend:
    """``read_slang``: all sources in one compilation unit, as the simulators read them."""

    request: dict[str, Any]

    def read(self, design: Any) -> None:
        """Read the sources into a design."""
        for folder in self.request["includes"]:
            if "," in folder:
                sys.exit(f"ERROR: slang takes the comma in the include folder {folder!r} for the end of its name")
        if self.request["parameters"]:
            self._check_parameters()
        _run(design, *self._command(self.request["top"]), *self._parameters(), *self.request["sources"])

    def declarations(self, names: Iterable[tuple[str, ...]]) -> Declarations:
        """Read the sources a second time, with questions about these names and with the hierarchy left as it is."""
        asked = list(names)
        while True:
            answer, said = _in_a_process_of_its_own(partial(self._ask, asked))
            if answer is not None:
                arrays = {name: Declaration(tuple((left, right) for left, right in r)) for name, r in answer["arrays"]}
                return Declarations(arrays, dict(answer["modules"]))
            # Of structures that are not packed nobody can ask for bounds; they are no arrays.
            objections = {int(line) - 1 for line in re.findall(rf"{_PROBE}\.sv:(\d+): ERROR", said)}
            if not objections:
                sys.exit(f"{said}\nERROR: slang reads the design, but ends when it is asked for its declarations")
            refused = {line // _MOST_DIMENSIONS for line in objections}
            asked = [name for number, name in enumerate(asked) if number not in refused]

    def _ask(self, names: Sequence[tuple[str, ...]]) -> dict[str, Any]:
        from pyosys import libyosys as yosys  # noqa: PLC0415 (see VerilogFrontend)

        top = self.request["top"]
        design = yosys.Design()
        keep = ("--best-effort-hierarchy", "--allow-hierarchical-const", "--allow-genblk-reference")
        probe = _own_source(_PROBE, _questions(top, names))
        _run(design, *self._command(top, _PROBE), *keep, *self._parameters(), *self.request["sources"], probe)
        answers = _answers(design.module(yosys.IdString("\\" + _PROBE)))
        arrays = []
        for number, name in enumerate(names):
            bounds = [answers.get((number, dimension)) for dimension in range(_MOST_DIMENSIONS)]
            ranges = [bound for bound in bounds if bound is not None]
            if ranges:
                arrays.append((".".join(name), ranges))
        return {"arrays": arrays, "modules": list(self._modules(design))}

    def _modules(self, design: Any) -> Iterator[tuple[str, str]]:
        top = self.request["top"]
        yield "", top
        for module in design.modules_.values():
            # A module of its own for each instance: leaf$top.bank[0].cell
            declared, found, path = str(module.name.str()).lstrip("\\").partition(f"${top}.")
            if found:
                yield path, declared

    def _command(self, *tops: str) -> list[str]:
        request = self.request
        command = ["read_slang", "--single-unit", "--error-limit", "0"]
        command += ["--ignore-timing", "--ignore-assertions", "--allow-use-before-declare", "--dfa-unique-priority"]
        for top in tops:
            command += ["--top", top]
        for folder in request["includes"]:
            command += ["-I", folder]
        for name, value in request["defines"].items():
            command += ["-D", f"{name}={'' if value is None else value}"]
        return command

    def _parameters(self) -> Iterator[str]:
        for name, value in self.request["parameters"].items():
            yield from ("-G", f"{name}={value}")

    def _check_parameters(self) -> None:
        """A parameter of the top module that does not exist is no error to slang; one of an instance is."""
        from pyosys import libyosys as yosys  # noqa: PLC0415 (see VerilogFrontend)

        top = self.request["top"]
        given = ", ".join(f".{name}({value})" for name, value in self.request["parameters"].items())
        source = _own_source(
            "design.parameters", f"module {_PROBE};\n    {top} #({given}) radtest_design ();\nendmodule\n"
        )
        command = self._command(_PROBE)
        _run(yosys.Design(), *command, "--ast-compilation-only", *self.request["sources"], source)


def _run(design: Any, *command: str) -> None:
    """Run a command of Yosys as a list of words, so that there may be spaces in a path."""
    from pyosys import libyosys as yosys  # noqa: PLC0415 (see VerilogFrontend)

    design.run_pass(yosys.StringVector(command))


def _in_a_process_of_its_own(work: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any] | None, str]:
    """Return what the work returned, or None where it ended the process, and what was written meanwhile."""
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as said:
        sys.stderr.flush()
        child = os.fork()
        if child == 0:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            try:
                answer.write(json.dumps(work()).encode())
                answer.flush()
                os._exit(0)
            finally:
                # Whatever happened, there must not be two of this process.
                traceback.print_exc()
                os._exit(1)
        _, status = os.waitpid(child, 0)
        said.seek(0)
        answer.seek(0)
        return json.load(answer) if status == 0 else None, said.read().decode(errors="replace")


def _questions(top: str, names: Sequence[tuple[str, ...]]) -> str:
    """Return a module that asks for the bounds of each dimension, a line for each.

    To ask for a dimension that is not there would be the end of slang.
    """
    lines = []
    for number, parts in enumerate(names):
        path = ".".join([top, *(part if _PLAIN.fullmatch(part) else f"\\{part} " for part in parts)])
        for dimension in range(_MOST_DIMENSIONS):
            bounds = ", ".join(f"{f} = ${f}({path}, {dimension + 1})" for f in ("left", "right"))
            asked = f"begin : radtest_{number}_{dimension} wire [31:0] {bounds}; end"
            lines.append(f"if ($unpacked_dimensions({path}) > {dimension}) {asked}")
    questions = "\n".join(lines)
    return f"module {_PROBE}; {questions}\nendmodule\n"


def _answers(probe: Any) -> dict[tuple[int, int], Range]:
    """Return the bounds by number of the name and number of the dimension."""
    from pyosys import libyosys as yosys  # noqa: PLC0415 (see VerilogFrontend)

    bounds: dict[tuple[int, int], dict[str, int]] = {}
    for cell in probe.cells_.values():
        wire = cell.getPort(yosys.IdString("\\Y")).as_wire()
        found = re.fullmatch(r"\\radtest_(\d+)_(\d+)\.(left|right)", str(wire.name.str()))
        value = cell.getPort(yosys.IdString("\\A")).as_const()
        if found:
            bounds.setdefault((int(found[1]), int(found[2])), {})[found[3]] = int(value.as_int(True))
    return {place: (bound["left"], bound["right"]) for place, bound in bounds.items()}


def _own_source(name: str, text: str) -> str:
    """Write a source of our own into the working folder, for a reader that wants a file."""
    path = Path(f"{name}.sv").resolve()
    path.write_text(text)
    return str(path)
