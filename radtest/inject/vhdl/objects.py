"""From names of GHDL's netlist to the objects of the sources, instance by instance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from radtest.inject.vhdl.netlist import Instance, Module, Name, Piece, verilog_name
from radtest.inject.vhdl.tree import Object, Region, Tree

__all__ = ["Found", "Objects", "Step"]

Step = tuple[Region, int] | str
"""A step of a path: a region with the round of its generate statement (0 where there is none), or an instance."""


@dataclass(frozen=True, slots=True)
class Found:
    """An object of an instance.

    Parameters
    ----------
    thing : Object
        The object, as declared.
    path : tuple of Step
        From the top entity down to the region that declares it.
    """

    thing: Object
    path: tuple[Step, ...]


class Objects:
    """The objects of a design, by the names that its netlist has for them.

    Parameters
    ----------
    tree : Tree
        The sources.
    modules : mapping
        The netlist.
    top : str
        Its top module.
    """

    def __init__(self, tree: Tree, modules: Mapping[str, Module], top: str) -> None:
        self._tree = tree
        self._modules = modules
        self._top = top
        self._entities = {name: self._entity(module) for name, module in modules.items()}

    def behind(self, name: str) -> list[tuple[Found, Piece | None]]:
        """Return the objects behind a register or memory of the Verilog; without a piece where it is a memory."""
        *instances, last = name.split(".")
        located = self._located(instances)
        return list(self._behind(*located, last)) if located is not None else []

    def is_table(self, name: str) -> bool:
        """Say whether a memory of the Verilog is one that nothing writes."""
        *instances, last = name.split(".")
        located = self._located(instances)
        return located is not None and last in located[0].tables

    def is_turned(self, name: str) -> bool:
        """Say whether a memory of the Verilog has its words in the order that an ascending array is stored in."""
        *instances, last = name.split(".")
        located = self._located(instances)
        return located is not None and last in located[0].turned

    def undefined(self) -> list[Object]:
        """Return the signals that processes drive, and that the synthesis has made X of all the same."""
        found = (self._find(module, name, ()) for module in self._modules.values() for name in module.undefined)
        return [one.thing for one in found if one and any(d.process.kind == "process" for d in one.thing.drivers)]

    def unclocked(self) -> Iterator[tuple[Found, int]]:
        """Yield the registers, in their instances and with their widths, that the synthesis has made none of."""
        for module, path in self._instances(self._modules[self._top], ()):
            for name, width in module.combinational:
                found = self._find(module, name, path)
                if found is not None and found.thing.is_register:
                    yield found, width

    def _instances(self, module: Module, path: tuple[Step, ...]) -> Iterator[tuple[Module, tuple[Step, ...]]]:
        yield module, path
        for instance in module.instances:
            way = self._way(module, instance)
            if way is not None:
                yield from self._instances(self._modules[instance.module], (*path, *way))

    def _way(self, module: Module, instance: Instance) -> tuple[Step, ...] | None:
        """Return the path from a module to an instance in it; None if the sources have no such way."""
        if instance.module not in self._modules:
            return None
        regions = self._tree.architectures(self._entities[module.name])
        ways = (way for region in regions if (way := _walk(region, instance.name[:-1])) is not None)
        way = next(ways, None)
        return None if way is None else (*way[1:], instance.name[-1].lower())

    def widths(self) -> dict[int, set[int]]:
        """Return the widths that each object, by its identity, has in the instances of the netlist."""
        widths: dict[int, set[int]] = {}
        for module in self._modules.values():
            for thing in module.objects:
                found = self._find(module, thing.name, ())
                if found is not None:
                    widths.setdefault(id(found.thing), set()).add(thing.width)
        return widths

    def _behind(self, module: Module, path: tuple[Step, ...], last: str) -> Iterator[tuple[Found, Piece | None]]:
        for memory in module.memories:
            if verilog_name(memory) == last and (found := self._find(module, memory, path)) is not None:
                yield found, None
                return
        for thing in module.objects:
            pieces = [piece for piece in thing.pieces if piece.flip_flop == last]
            found = self._find(module, thing.name, path) if pieces else None
            if found is not None:
                yield from ((found, piece) for piece in pieces)
                return

    def _located(self, instances: list[str]) -> tuple[Module, tuple[Step, ...]] | None:
        """Return the module at the end of a path of instances of the Verilog, and the same path in the sources."""
        module, path = self._modules[self._top], tuple[Step, ...]()
        for part in instances:
            instance = next((i for i in module.instances if verilog_name(i.name) == part), None)
            way = self._way(module, instance) if instance is not None else None
            if instance is None or way is None:
                return None
            path = (*path, *way)
            module = self._modules[instance.module]
        return module, path

    def _entity(self, module: Module) -> str:
        file, line, column = module.entity.rsplit(":", 2)
        entities = self._tree.entities
        # The place is not always that of the entity; after its name come the values of generics.
        named = [e for e in entities.values() if module.name.lower() == e or module.name.lower().startswith(f"{e}_")]
        return entities.get((file, (int(line), int(column)))) or max(named, key=len)

    def _find(self, module: Module, name: Name, path: tuple[Step, ...]) -> Found | None:
        for region in self._tree.architectures(self._entities[module.name]):
            found = _find_object(region, name)
            if found is not None:
                thing, steps = found
                return Found(thing, (*path, *steps[1:]))
        return None


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
            ways = (way for alternative in inner if (way := _walk(alternative, tuple(parts))) is not None)
            rest = next(ways, None)
            return None if rest is None else [*steps, *rest]
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
