"""The registers of a VHDL design: what synthesis keeps, with VHDL names, and how each of them is flipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from radtest.core.errors import InjectionError
from radtest.inject.vhdl.access import ACCESS_FILE, Access, TargetAccess
from radtest.inject.vhdl.code import PACKAGE, package_source
from radtest.inject.vhdl.errors import CannotFlipError
from radtest.inject.vhdl.ghdl import LIBRARY, Ghdl
from radtest.inject.vhdl.instrument import Hook, Instrumentation
from radtest.inject.vhdl.netlist import read_netlist
from radtest.inject.vhdl.objects import Found, Objects
from radtest.inject.vhdl.probe import Names, Reports
from radtest.inject.vhdl.stored import Row, Stored, join, nameless_target, targets_of
from radtest.inject.vhdl.text import SourceText
from radtest.inject.vhdl.tree import Tree
from radtest.inject.vhdl.types import is_shown
from radtest.inject.vhdl.verilog import readable

__all__ = ["INSTRUMENTED", "VhdlDesign", "read_vhdl"]

INSTRUMENTED = "vhdl"
"""Folder of the instrumented sources, below the working folder."""


class VhdlDesign:
    """A VHDL design in the hands of GHDL.

    Parameters
    ----------
    ghdl : Ghdl
        GHDL, in the working folder.
    sources : sequence of Path
        The sources of the design, in any order.

    Attributes
    ----------
    request : dict
        What to ask `radtest.inject.netlist`, to have the registers of the synthesised design.
    """

    def __init__(self, ghdl: Ghdl, sources: Sequence[Path]) -> None:
        self._ghdl = ghdl
        self._folder = ghdl.folder
        ordered = ghdl.ordered(sources)
        self._texts = {str(path): SourceText(path) for path in ordered}
        self._tree = Tree(ghdl.syntax_tree(ordered), set(self._texts))
        modules = read_netlist(ghdl.synthesise(ordered, "dump"))
        self._top = next(name for name in modules if name.lower() == ghdl.top.lower())
        self._top_ports = modules[self._top].ports
        self._objects = Objects(self._tree, modules, self._top)
        self._check_undefined()
        defaults = {name: module.defaults for name, module in modules.items()}
        verilog = self._folder / f"{self._top}.v"
        verilog.write_text(readable(ghdl.synthesise(ordered, "verilog"), defaults), encoding="latin-1")
        self.request: dict[str, Any] = {
            "frontend": "verilog",
            "sources": [str(verilog)],
            "includes": [],
            "defines": {},
            "parameters": {},
            "top": self._top,
        }

    def targets(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Return the answer of the netlist with VHDL names, and prepare what simulations need.

        The instrumented sources go into a folder of the working folder, and into a file the access to each target.

        Parameters
        ----------
        answer : dict
            What `radtest.inject.netlist` says to `request`.
        """
        rows: list[Row] = answer["targets"]
        stored, nameless = join(rows, self._objects)
        stored += [Stored(found, "flip_flop", set(range(width))) for found, width in self._objects.unclocked()]
        removed = [(row, self._object_of(row)) for row in answer["removed"]]
        instrumentation = Instrumentation(self._texts)
        hooks, reasons = self._instrument(instrumentation, stored)
        self._probe(instrumentation, stored, [found for _, found in removed if found is not None], hooks)
        ports = self._ports(instrumentation)
        reports = self._build(instrumentation)
        names = Names(reports)
        targets = [nameless_target(rows[number], number) for number in nameless]
        for one in stored:
            path, name = names.of(one.found)
            hook = hooks.get(id(one.found.thing))
            bounds = reports.bounds(hook, path) if hook is not None else None
            targets += targets_of(one, path, name, hook, reasons.get(id(one.found.thing), ""), bounds)
        targets.sort(key=lambda target: (target[0]["kind"] == "memory", target[0]["name"], target[0]["lsb"]))
        self._write_access([access for _, access in targets], rows, answer["outputs"], ports)
        return {
            "targets": [row for row, _ in targets],
            "unflippable": [_without(row, access.reason) for row, access in targets if access.reason],
            "removed": [
                *(self._renamed(row, found, names) for row, found in removed),
                *(_without(row, "a table of constants") for row in rows if self._objects.is_table(row["name"])),
            ],
            "outputs": [port.lower() for port in answer["outputs"]],
            "nameless_bits": answer["nameless_bits"],
        }

    def _check_undefined(self) -> None:
        """Refuse a design that GHDL's synthesis does not do justice to: GHDL 2 makes X of latches, silently."""
        for thing in self._objects.undefined():
            raise InjectionError(
                f"{self._ghdl.blame}: {thing.region.file}:{thing.place[0]}: GHDL's synthesis makes X of "
                f"{thing.name!r}, which is what becomes of a latch",
                remedy="assign it in every branch, or at an edge of a clock.",
            )

    def _object_of(self, row: Row) -> Found | None:
        return next((found for found, _ in self._objects.behind(row["name"])), None)

    def _instrument(
        self, instrumentation: Instrumentation, stored: list[Stored]
    ) -> tuple[dict[int, Hook], dict[int, str]]:
        """Have every object flipped that can be; return how, and why others cannot, by their identities."""
        things = {id(one.found.thing): one.found.thing for one in stored}
        memories = {id(one.found.thing) for one in stored if one.kind == "memory"}
        widths = self._objects.widths()
        hooks, reasons = {}, {}
        for key, thing in things.items():
            own = widths.get(key, set())
            try:
                width = next(iter(own)) if len(own) == 1 else None
                hooks[key] = instrumentation.add(thing, width, is_memory=key in memories)
            except CannotFlipError as why:
                reasons[key] = str(why)
        return hooks, reasons

    def _probe(
        self,
        instrumentation: Instrumentation,
        stored: list[Stored],
        removed: list[Found],
        hooks: dict[int, Hook],
    ) -> None:
        """Have everything reported that depends on values of generics."""
        things = {id(one.found.thing): one.found.thing for one in stored}
        for key, hook in hooks.items():
            if things[key].kind != "variable":
                instrumentation.probe(hook.region, hook.number, things[key])
        repeated = {
            step[0].number: step[0]
            for found in [*(one.found for one in stored), *removed]
            for step in found.path
            if not isinstance(step, str) and step[1]
        }
        for region in repeated.values():
            instrumentation.probe_direction(region)

    def _ports(self, instrumentation: Instrumentation) -> list[str]:
        """Return the signals by which the output ports of the design are seen in GHDL."""
        (region, *_) = self._tree.architectures(self._ghdl.top)
        ports = [thing for thing in region.objects if thing.kind == "port"]
        return [port.name if is_shown(port.type) else instrumentation.show(port) for port in ports]

    def _build(self, instrumentation: Instrumentation) -> Reports:
        """Write the instrumented sources, compile them, and hear what they report."""
        folder = self._folder / INSTRUMENTED
        folder.mkdir()
        package = folder / f"{PACKAGE}.vhd"
        copies = instrumentation.write(folder)
        package.write_text(package_source(probing=True))
        try:
            self._ghdl.analyse([package, *copies])
            printed = self._ghdl.reports()
        except InjectionError as error:
            raise InjectionError(
                f"{error.message}\n    (in the copies of the sources that radtest has made in {folder})",
                remedy="if it is not about the sources as you wrote them, please report it: it is a fault of radtest.",
            ) from None
        package.write_text(package_source(probing=False))
        return Reports(printed)

    def _write_access(
        self, targets: list[TargetAccess], rows: Sequence[Row], outputs: Sequence[str], ports: Sequence[str]
    ) -> None:
        Access(
            top=self._top,
            names={name.lower(): name for name in self._top_ports},
            outputs=tuple(port.lower() for port in outputs),
            ports=tuple(ports),
            netlist=tuple(rows),
            regions=tuple(sorted({(access.path, access.region) for access in targets if not access.reason})),
            targets=tuple(targets),
        ).write(self._folder / ACCESS_FILE)

    def _renamed(self, row: Row, found: Found | None, names: Names) -> Row:
        if found is None:
            return row
        return row | {"name": names.of(found)[1], "module": found.thing.region.entity}


def _without(row: Row, reason: str) -> Row:
    """Return a row of what is no target, or none for GHDL."""
    bits = row["width"] * row.get("words", 1)
    return {"name": row["name"], "module": row["module"], "bits": bits, "reason": reason}


def read_vhdl(
    sources: Sequence[Path],
    top: str,
    generics: Mapping[str, str | int | bool],
    arguments: Sequence[str],
    folder: Path,
    blame: str,
) -> VhdlDesign:
    """Read a VHDL design with GHDL.

    Parameters
    ----------
    sources : sequence of Path
        Its files, in any order.
    top : str
        The top entity.
    generics : mapping
        Values of its generics.
    arguments : sequence of str
        More arguments for GHDL.
    folder : Path
        Working folder; GHDL's library goes into a folder in it.
    blame : str
        What messages begin with.

    Raises
    ------
    ToolMissingError
        If GHDL is absent or too old.
    InjectionError
        If GHDL does not accept the sources.
    """
    (folder / LIBRARY).mkdir()
    return VhdlDesign(Ghdl(folder, top, generics, arguments, blame), sources)
