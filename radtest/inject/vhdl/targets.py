"""The registers of a VHDL design: what synthesis keeps, with VHDL names, and how GHDL can flip each of them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from radtest.core.errors import InjectionError
from radtest.inject.vhdl.access import ACCESS_FILE, Access, Cell, TargetAccess
from radtest.inject.vhdl.code import PACKAGE, package_source
from radtest.inject.vhdl.ghdl import LIBRARY, Ghdl
from radtest.inject.vhdl.instrument import CannotFlipError, Hook, Instrumentation
from radtest.inject.vhdl.layout import Leaf, leaves, words_of
from radtest.inject.vhdl.netlist import Module, Name, Piece, read_netlist, verilog_name
from radtest.inject.vhdl.text import SourceText
from radtest.inject.vhdl.tree import Object, Region, Tree
from radtest.inject.vhdl.types import is_shown
from radtest.inject.vhdl.verilog import escape_keywords

__all__ = ["INSTRUMENTED", "VhdlDesign", "read_vhdl"]

INSTRUMENTED = "vhdl"
"""Folder of the instrumented sources, below the working folder."""

_REPORT = re.compile(r"\(report note\): radtest (\d+) (\w+) :(\S+?):radtest_strike_\d+((?: -?\d+)*)\s*$")

Row = dict[str, Any]
"""A row of `radtest.inject.netlist`."""


@dataclass(frozen=True, slots=True)
class _Found:
    """An object of an instance.

    Parameters
    ----------
    thing : Object
        The object, as declared.
    path : tuple
        From the top entity down: regions, each with the round of its generate statement (0 elsewhere), instances as
        labels.
    """

    thing: Object
    path: tuple[tuple[Region, int] | str, ...]


@dataclass(slots=True)
class _Stored:
    """What rows of the netlist say of an object: which of its bits are stored, and in what."""

    found: _Found
    kind: str
    bits: set[int] = field(default_factory=set)
    words: int = 1
    width: int = 0
    pieces: list[tuple[int, int, Piece]] = field(default_factory=list)
    row: int = -1

    def cells(self, first: int, width: int) -> tuple[Cell, ...]:
        """Return what `width` bits from `first` on are in the netlist."""
        cells = []
        for row, lowest, piece in self.pieces:
            low, high = max(first, piece.place), min(first + width, piece.place + piece.width)
            if low < high:
                cells.append(Cell(row, piece.first - lowest + low - piece.place, low - first, high - low))
        return tuple(cells)


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
    verilog : Path
        The synthesised design.
    """

    def __init__(self, ghdl: Ghdl, sources: Sequence[Path]) -> None:
        self._ghdl = ghdl
        self._folder = ghdl.folder
        ordered = ghdl.ordered(sources)
        self._tree = Tree(ghdl.syntax_tree(ordered), {str(path) for path in ordered})
        self._modules = read_netlist(ghdl.synthesise(ordered, "dump"))
        self._top = next(name for name in self._modules if name.lower() == ghdl.top.lower())
        self.verilog = self._folder / f"{self._top}.v"
        self.verilog.write_text(escape_keywords(ghdl.synthesise(ordered, "verilog")), encoding="latin-1")
        self._texts = {str(path): SourceText(path) for path in ordered}

    @property
    def request(self) -> dict[str, Any]:
        """What to ask `radtest.inject.netlist`."""
        return {
            "frontend": "verilog",
            "sources": [str(self.verilog)],
            "includes": [],
            "defines": {},
            "parameters": {},
            "top": self._top,
        }

    def targets(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Return the answer of the netlist with VHDL names, and prepare the instrumented sources.

        Parameters
        ----------
        answer : dict
            What `radtest.inject.netlist` says of the Verilog.
        """
        stored, nameless = self._stored(answer["targets"])
        removed = [self._removed(row) for row in answer["removed"]]
        instrumentation = Instrumentation(self._texts)
        hooks, reasons = self._instrument(instrumentation, stored)
        gone = [found for _, found in removed if found is not None]
        self._probe(instrumentation, stored, gone, hooks)
        ports = self._ports(instrumentation, answer["outputs"])
        reports = self._build(instrumentation)
        names = _Names(reports, self._ghdl.top)
        rows: list[tuple[Row, TargetAccess]] = []
        for one in stored:
            hook = hooks.get(id(one.found.thing))
            reason = reasons.get(id(one.found.thing), "")
            rows += self._rows(one, hook, reason, names, reports)
        rows.sort(key=lambda pair: (pair[0]["kind"] == "memory", pair[0]["name"], pair[0]["lsb"]))
        regions = sorted({(access.path, access.region) for _, access in rows if not access.reason})
        Access(
            top=self._top,
            names={name.lower(): name for name in self._modules[self._top].ports},
            outputs=tuple(port.lower() for port in answer["outputs"]),
            ports=tuple(ports),
            netlist=tuple(answer["targets"]),
            regions=tuple(regions),
            targets=tuple(access for _, access in rows),
        ).write(self._folder / ACCESS_FILE)
        return {
            "targets": [row for row, _ in rows],
            "unflippable": [
                {"name": row["name"], "module": row["module"], "bits": _bits(row), "reason": access.reason}
                for row, access in rows
                if access.reason
            ],
            "removed": [*(self._renamed(row, found, names) for row, found in removed), *nameless],
            "outputs": [port.lower() for port in answer["outputs"]],
            "nameless_bits": answer["nameless_bits"] + sum(row["bits"] for row in nameless),
        }

    def _stored(self, rows: Sequence[Row]) -> tuple[list[_Stored], list[Row]]:
        """Join rows of the netlist to objects; return also those that belong to none."""
        joined: dict[Any, _Stored] = {}
        nameless: list[Row] = []
        for number, row in enumerate(rows):
            matches = list(self._matches(row["name"]))
            for found, piece in matches:
                key = (id(found.thing), found.path)
                one = joined.setdefault(key, _Stored(found, row["kind"]))
                one.kind = row["kind"]
                if piece is None:
                    one.words, one.width, one.row = row["words"], row["width"], number
                    continue
                low = max(row["lsb"], piece.first)
                high = min(row["lsb"] + row["width"], piece.first + piece.width)
                if low < high:
                    stored = Piece(piece.flip_flop, low, piece.place + low - piece.first, high - low)
                    one.bits |= set(range(stored.place, stored.place + stored.width))
                    one.pieces.append((number, row["lsb"], stored))
            if not matches:
                reason = "belongs to no VHDL signal or variable that radtest could find"
                nameless.append({"name": row["name"], "module": row["module"], "bits": _bits(row), "reason": reason})
        return [one for one in joined.values() if one.bits or one.width], nameless

    def _matches(self, name: str) -> Iterator[tuple[_Found, Piece | None]]:
        """Yield the objects behind a name of the Verilog; without a piece where it is a memory."""
        *instances, last = name.split(".")
        module = self._modules[self._top]
        scope: list[tuple[Module, Name]] = []
        for part in instances:
            instance = next((i for i in module.instances if verilog_name(i.name) == part), None)
            if instance is None or instance.module not in self._modules:
                return
            scope.append((module, instance.name))
            module = self._modules[instance.module]
        path = self._scope_path(scope)
        if path is None:
            return
        for memory in module.memories:
            if verilog_name(memory) == last and (found := self._find(module, memory, path)) is not None:
                yield found, None
                return
        for thing in module.objects:
            pieces = [piece for piece in thing.pieces if piece.flip_flop == last]
            found = self._find(module, thing.name, path) if pieces else None
            if found is not None:
                for piece in pieces:
                    yield found, piece
                return

    def _scope_path(self, scope: list[tuple[Module, Name]]) -> tuple[Any, ...] | None:
        path: tuple[Any, ...] = ()
        for module, name in scope:
            for region in self._tree.architectures(self._entity(module)):
                steps = _walk(region, name[:-1])
                if steps is not None:
                    path = (*path, *steps[1:], name[-1].lower())
                    break
            else:
                return None
        return path

    def _entity(self, module: Module) -> str:
        file, line, column = module.entity.rsplit(":", 2)
        return self._tree.entities.get((file, (int(line), int(column))), module.name.lower())

    def _find(self, module: Module, name: Name, path: tuple[Any, ...]) -> _Found | None:
        for region in self._tree.architectures(self._entity(module)):
            found = _find_object(region, name)
            if found is not None:
                thing, steps = found
                return _Found(thing, (*path, *steps[1:]))
        return None

    def _instrument(
        self, instrumentation: Instrumentation, stored: list[_Stored]
    ) -> tuple[dict[int, Hook], dict[int, str]]:
        things = {id(one.found.thing): one.found.thing for one in stored}
        memories = {id(one.found.thing) for one in stored if one.kind == "memory"}
        widths = self._widths()
        hooks, reasons = {}, {}
        for key, thing in things.items():
            try:
                own = widths.get(key, set())
                width = next(iter(own)) if len(own) == 1 else None
                hooks[key] = instrumentation.add(thing, width, is_memory=key in memories)
            except CannotFlipError as why:
                reasons[key] = str(why)
        return hooks, reasons

    def _widths(self) -> dict[int, set[int]]:
        """Return the widths that each object has in the netlist."""
        widths: dict[int, set[int]] = {}
        for module in self._modules.values():
            for thing in module.objects:
                found = self._find(module, thing.name, ())
                if found is not None:
                    widths.setdefault(id(found.thing), set()).add(thing.width)
        return widths

    def _probe(
        self,
        instrumentation: Instrumentation,
        stored: list[_Stored],
        removed: list[_Found],
        hooks: dict[int, Hook],
    ) -> None:
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

    def _ports(self, instrumentation: Instrumentation, outputs: Sequence[str]) -> list[str]:
        """Return the signals by which the output ports of the design are seen."""
        regions = self._tree.architectures(self._ghdl.top)
        ports = {thing.name: thing for region in regions[:1] for thing in region.objects if thing.kind == "port"}
        seen = []
        for name in (output.lower() for output in outputs):
            port = ports.get(name)
            seen.append(name if port is None or is_shown(port.type) else instrumentation.show(port))
        return seen

    def _build(self, instrumentation: Instrumentation) -> _Reports:
        """Write the instrumented sources, compile them, and hear which bounds they have."""
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
        return _Reports(printed)

    def _rows(
        self, one: _Stored, hook: Hook | None, reason: str, names: _Names, reports: _Reports
    ) -> Iterator[tuple[Row, TargetAccess]]:
        """Yield targets and how they are accessed."""
        thing = one.found.thing
        region_path, name = names.of(one.found)
        source = f"{thing.region.file.rsplit('/', 1)[-1]}:{thing.place[0]}"
        common = {"module": thing.region.entity, "kind": one.kind, "src": source}
        bounds = reports.bounds(hook, region_path) if hook else None
        access = TargetAccess(region_path, reason=reason)
        if hook is not None:
            access = TargetAccess(region_path, hook.region.number, hook.number, hook.view)
        if one.kind == "memory":
            words = words_of(thing.type, bounds) if bounds is not None else None
            if words is not None and (words.count, words.width) != (one.words, one.width):
                stored_as = f"GHDL's netlist stores it as {one.words} words of {one.width} bits"
                access, words = TargetAccess(region_path, reason=stored_as), None
            row = common | {"name": name, "lsb": 0, "width": one.width, "words": one.words}
            row["first_word"] = words.first if words else 0
            if words is not None:
                step = words.place(1) - words.place(0)
                access = dataclasses.replace(access, place=words.place(0), step=step)
            ascending = words is not None and words.ascending
            yield row, dataclasses.replace(access, cells=(Cell(one.row, reversed=ascending),))
            return
        parts = leaves(thing.type, bounds) if bounds is not None else [Leaf("", 0, max(one.bits) + 1)]
        for leaf in parts:
            inside = sorted(bit for bit in one.bits if leaf.place <= bit < leaf.place + leaf.width)
            for first, width in _runs(inside):
                row = common | {"name": name + leaf.suffix, "lsb": first - leaf.place, "width": width}
                legal = None if leaf.legal is None else (leaf.place, leaf.width, *leaf.legal)
                cells = one.cells(first, width)
                yield row, dataclasses.replace(access, place=first, legal=legal, cells=cells)

    def _removed(self, row: Row) -> tuple[Row, _Found | None]:
        return row, next((found for found, _ in self._matches(row["name"])), None)

    def _renamed(self, row: Row, found: _Found | None, names: _Names) -> Row:
        if found is None:
            return row
        _, name = names.of(found)
        return row | {"name": name, "module": found.thing.region.entity}


class _Reports:
    """What the instrumented design reported at time 0."""

    def __init__(self, printed: str) -> None:
        self.lines: list[tuple[int, str, str, list[int]]] = []
        for line in printed.splitlines():
            found = _REPORT.search(line)
            if found:
                # The first part of the path is the top entity.
                path = ".".join(found[3].split(":")[1:])
                self.lines.append((int(found[1]), found[2], path, [int(number) for number in found[4].split()]))
        self._bounds = {(region, what, path): values for region, what, path, values in self.lines}

    def bounds(self, hook: Hook, path: str) -> list[int] | None:
        """Return the bounds of an object; None if it has none to report."""
        return self._bounds.get((hook.region.number, str(hook.number), path))


class _Names:
    """Names of instances, with the indices that the rounds of generate statements have."""

    def __init__(self, reports: _Reports, top: str) -> None:
        self._top = top
        self._rounds: dict[tuple[int, str], list[int]] = {}
        for region, what, path, values in reports.lines:
            if what == "rounds":
                outer, _, last = path.rpartition(".")
                index = re.fullmatch(r".*\((-?\d+)\)", last)
                if index:
                    indices = self._rounds.setdefault((region, outer), [])
                    indices.append(int(index[1]))
                    indices.sort(reverse=not values[0])

    def of(self, found: _Found) -> tuple[str, str]:
        """Return the path of the region that declares an object, and its whole name, both below the top entity."""
        path = ""
        for step in found.path:
            if isinstance(step, str):
                label = step
            else:
                region, round_ = step
                label = region.label
                if round_:
                    indices = self._rounds.get((region.number, path), [])
                    label += f"({indices[round_ - 1]})" if round_ <= len(indices) else f"(round {round_})"
            path = f"{path}.{label}" if path else label
        process = found.thing.process
        inner = [path, process.label if process else "", found.thing.name]
        return path, ".".join(filter(None, inner))


def _bits(row: Row) -> int:
    return int(row["width"] * row.get("words", 1))


def _walk(region: Region, name: Name) -> list[tuple[Region, int]] | None:
    """Return the regions along a name below a region, that one first, each with its round; None if it leads nowhere."""
    steps: list[tuple[Region, int]] = [(region, 0)]
    parts = list(name)
    while parts:
        label = parts.pop(0).lower()
        inner = [r for r in steps[-1][0].regions if r.label == label]
        if not inner:
            return None
        if inner[0].kind == "for":
            if not parts or not parts[0].startswith("%"):
                return None
            steps.append((inner[0], int(parts.pop(0)[1:])))
        elif parts and len(inner) > 1:
            # Alternatives of one statement have the same label.
            for alternative in inner:
                rest = _walk(alternative, tuple(parts))
                if rest is not None:
                    return [*steps, *rest]
            return None
        else:
            steps.append((inner[0], 0))
    return steps


def _find_object(region: Region, name: Name) -> tuple[Object, list[tuple[Region, int]]] | None:
    """Return the object that a name of the netlist leads to, and the regions on the way."""
    last = name[-1].lower()
    for regions in _alternatives(region, name[:-1]):
        for thing in regions[-1][0].objects:
            if thing.name == last:
                return thing, regions
    if len(name) < 2:
        return None
    label = "" if name[-2].startswith("%") else name[-2].lower()
    for regions in _alternatives(region, name[:-2]):
        for process in regions[-1][0].processes:
            for thing in process.objects if process.label == label else ():
                if thing.name == last:
                    return thing, regions
    return None


def _alternatives(region: Region, name: Name) -> Iterator[list[tuple[Region, int]]]:
    """Yield the ways along a name, one for each alternative of the statement it ends in."""
    steps = _walk(region, name)
    if steps is None:
        return
    yield steps
    last = steps[-1][0]
    if last.parent is not None and len(steps) > 1:
        for other in last.parent.regions:
            if other is not last and other.label == last.label:
                yield [*steps[:-1], (other, steps[-1][1])]


def _runs(bits: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the unbroken runs of sorted bits: first bit and length."""
    start = 0
    for number in range(1, len(bits) + 1):
        if number == len(bits) or bits[number] != bits[number - 1] + 1:
            yield bits[start], number - start
            start = number


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
