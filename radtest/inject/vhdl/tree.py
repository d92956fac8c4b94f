"""What GHDL's syntax tree says of a design: where objects are declared, and which processes drive them."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from radtest.inject.vhdl.elements import chain, child, place, reference
from radtest.inject.vhdl.text import Place
from radtest.inject.vhdl.tree_types import TypeReader
from radtest.inject.vhdl.types import Type

__all__ = ["Driver", "Object", "Region", "Step", "Tree"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a name, outermost last: ``name``, ``index``, ``slice`` or ``field``.

    Parameters
    ----------
    kind : str
        Which of them.
    static : bool
        Whether the name up to here is the same whenever the process runs; a driver belongs to the longest static part.
    field : str
        Name of the record element.
    """

    kind: str
    static: bool
    field: str = ""


@dataclass(frozen=True, slots=True)
class Driver:
    """An assignment to a signal or variable, or the use of it as the output of a procedure.

    Parameters
    ----------
    process : Process
        Where it stands.
    steps : tuple of Step
        The name that is assigned.
    place : tuple of (int, int)
        Where the name begins.
    clocked : bool
        Whether it happens at an edge of a clock.
    """

    process: Process
    steps: tuple[Step, ...]
    place: Place
    clocked: bool


@dataclass(slots=True, eq=False)
class Object:
    """A signal, an output port or a variable of a process."""

    name: str
    kind: str
    type: Type
    place: Place
    region: Region
    process: Process | None = None
    drivers: list[Driver] = field(default_factory=list)
    by_instances: bool = False

    @property
    def is_register(self) -> bool:
        """Whether whatever drives it does so at an edge of a clock, among other times perhaps.

        Of the alternatives of a generate statement one may and another may not; it is none then, as far as is known.
        """
        processes = {id(driver.process) for driver in self.drivers}
        clocked = {id(driver.process) for driver in self.drivers if driver.clocked}
        return bool(clocked) and clocked == processes and not self.by_instances


@dataclass(slots=True, eq=False)
class Process:
    """A process, or the concurrent assignment that stands for one (`kind` is then that of the assignment)."""

    kind: str
    label: str
    place: Place
    region: Region
    sensitive: bool
    first: Place | None
    last: Place | None
    waits: list[Place] = field(default_factory=list)
    objects: list[Object] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Region:
    """An architecture, a block, or what a generate statement contains.

    Parameters
    ----------
    kind : str
        ``architecture``, ``block``, ``for`` or ``if``.
    label : str
        Its label; for an architecture the name of the entity.
    """

    number: int
    kind: str
    label: str
    entity: str
    file: str
    place: Place
    parent: Region | None
    iterator: str = ""
    has_begin: bool = True
    first_declaration: Place | None = None
    first_statement: Place | None = None
    objects: list[Object] = field(default_factory=list)
    processes: list[Process] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)

    @property
    def path(self) -> tuple[Region, ...]:
        """The regions from the architecture down to this one."""
        return (*(self.parent.path if self.parent else ()), self)


_ASSIGNMENTS = {
    "simple_signal_assignment_statement",
    "conditional_signal_assignment_statement",
    "selected_waveform_assignment_statement",
    "concurrent_simple_signal_assignment",
    "concurrent_conditional_signal_assignment",
    "concurrent_selected_signal_assignment",
    "variable_assignment_statement",
    "conditional_variable_assignment_statement",
}


_EXPRESSIONS = {"target", "condition", "expression", "waveform_chain", "parameter_association_chain", "type"}


class Tree:
    """The design.

    Parameters
    ----------
    root : Element
        What GHDL wrote.
    files : collection of str
        The files of the design, as GHDL names them; all others are libraries.

    Attributes
    ----------
    regions : list of Region
        Every region, outer ones before what they contain.
    entities : dict
        Names of the entities by file and place of their declaration.
    """

    def __init__(self, root: Element, files: set[str]) -> None:
        self._by_id = {element.get("id", ""): element for element in root.iter() if element.get("id")}
        self._types = TypeReader(root, self._by_id)
        self._objects: dict[str, Object] = {}
        self.regions: list[Region] = []
        self.entities = {
            (element.get("file", ""), place(element)): element.get("identifier", "")
            for element in root.iter()
            if element.get("kind") == "entity_declaration"
        }
        bodies = [
            element
            for element in root.iter()
            if element.get("kind") == "architecture_body" and element.get("file") in files
        ]
        for body in bodies:
            self._architecture(body)

    def architectures(self, entity: str) -> list[Region]:
        """Return the architectures of an entity, the last one analysed first."""
        found = [r for r in self.regions if r.kind == "architecture" and r.label == entity.lower()]
        return found[::-1]

    def _architecture(self, body: Element) -> None:
        entity = self._named(child(body, "entity_name"))
        region = self._region(body, "architecture", entity.get("identifier", ""), None)
        for port in chain(entity, "port_chain"):
            if port.get("mode") in {"out", "inout", "buffer"}:
                self._declare(port, "port", region)
        self._fill(body, region)

    def _region(self, element: Element, kind: str, label: str, parent: Region | None) -> Region:
        region = Region(
            number=len(self.regions),
            kind=kind,
            label=label,
            entity=parent.entity if parent else label,
            file=element.get("file", ""),
            place=place(element),
            parent=parent,
        )
        self.regions.append(region)
        if parent:
            parent.regions.append(region)
        return region

    def _fill(self, element: Element, region: Region) -> None:
        declarations = list(chain(element, "declaration_chain"))
        statements = list(chain(element, "concurrent_statement_chain"))
        region.first_declaration = place(declarations[0]) if declarations else None
        region.first_statement = place(statements[0]) if statements else None
        for declaration in declarations:
            if declaration.get("kind") == "signal_declaration":
                self._declare(declaration, "signal", region)
        for statement in statements:
            self._statement(statement, region)

    def _statement(self, element: Element, region: Region) -> None:
        kind, label = element.get("kind", ""), element.get("label", "")
        if kind in {"sensitized_process_statement", "process_statement"}:
            self._process(element, region)
        elif kind == "block_statement":
            self._fill(element, self._region(element, "block", label, region))
        elif kind == "for_generate_statement":
            body = child(element, "generate_statement_body")
            inner = self._region(body, "for", label, region)
            inner.place = place(element)
            inner.iterator = child(element, "parameter_specification").get("identifier", "")
            inner.has_begin = body.get("has_begin") == "true"
            self._fill(body, inner)
        elif kind == "if_generate_statement":
            clause: Element | None = element
            while clause is not None:
                body = child(clause, "generate_statement_body")
                inner = self._region(body, "if", label, region)
                inner.place = place(clause)
                inner.has_begin = body.get("has_begin") == "true"
                self._fill(body, inner)
                clause = clause.find("generate_else_clause")
        elif kind == "component_instantiation_statement":
            self._instance(element)

    def _instance(self, element: Element) -> None:
        """Note signals that the outputs of an instance drive."""
        for association in chain(element, "port_map_aspect_chain"):
            actual = association.find("actual")
            driven = self._object_of(actual) if actual is not None else None
            if driven is not None and self._may_drive(element, association):
                driven.by_instances = True

    def _may_drive(self, instance: Element, association: Element) -> bool:
        """Say whether the port of an association is an output, as far as the tree tells."""
        ports = self._ports_of(instance)
        formal = association.find("formal")
        if formal is not None:
            port = self._base(formal)
            return port is None or port.get("mode") != "in"
        place = list(chain(instance, "port_map_aspect_chain")).index(association)
        return place >= len(ports) or ports[place].get("mode") != "in"

    def _ports_of(self, instance: Element) -> list[Element]:
        unit = child(instance, "instantiated_unit")
        name = unit.find("entity_name")
        named = self._named(name if name is not None else unit)
        if named.get("kind") == "architecture_body":
            named = self._named(child(named, "entity_name"))
        return list(chain(named, "port_chain"))

    def _process(self, element: Element, region: Region) -> None:
        origin = element.find("process_origin")
        statements = list(chain(element, "sequential_statement_chain"))
        process = Process(
            kind=origin.get("kind", "") if origin is not None else "process",
            label=element.get("label", ""),
            place=place(element),
            region=region,
            sensitive=element.get("kind") == "sensitized_process_statement",
            first=place(statements[0]) if statements else None,
            last=place(statements[-1]) if statements else None,
        )
        region.processes.append(process)
        for declaration in chain(element, "declaration_chain"):
            if declaration.get("kind") == "variable_declaration":
                process.objects.append(self._declare(declaration, "variable", region, process))
        process.waits += [place(inner) for inner in element.iter() if inner.get("kind") == "wait_statement"]
        waits = any(
            _has_edge(inner.find("condition_clause"))
            for inner in element.iter()
            if inner.get("kind") == "wait_statement"
        )
        self._follow(element, process, clocked=waits or (origin is not None and _has_edge(element)))

    def _follow(self, element: Element, process: Process, *, clocked: bool) -> None:
        """Note what the statements in an element drive."""
        kind = element.get("kind")
        if kind in _ASSIGNMENTS:
            self._assigned(element.find("target"), process, clocked=clocked)
        elif kind == "procedure_call":
            self._called(element, process, clocked=clocked)
        within = clocked or (kind in {"if_statement", "elsif"} and _has_edge(element.find("condition")))
        for part in element:
            # Expressions assign nothing, and may be nested deeper than Python follows.
            if part.tag not in _EXPRESSIONS:
                self._follow(part, process, clocked=clocked if part.tag == "else_clause" else within)

    def _assigned(self, target: Element | None, process: Process, *, clocked: bool) -> None:
        if target is None:
            return
        for part in target.iter("associated_expr") if target.get("kind") == "aggregate" else [target]:
            self._drive(part, process, clocked=clocked)

    def _called(self, call: Element, process: Process, *, clocked: bool) -> None:
        """Note the signals and variables that a procedure writes."""
        procedure = self._by_id.get(reference(call, "implementation"))
        formals = list(chain(procedure, "interface_declaration_chain"))
        for number, association in enumerate(chain(call, "parameter_association_chain")):
            actual, formal = association.find("actual"), association.find("formal")
            if actual is None:
                continue
            by_place = formals[number] if number < len(formals) else None
            declared = by_place if formal is None else self._base(formal)
            if declared is None or declared.get("mode") != "in":
                self._drive(actual, process, clocked=clocked)

    def _drive(self, name: Element, process: Process, *, clocked: bool) -> None:
        driven = self._object_of(name)
        if driven is not None:
            steps, begin = _steps(name)
            driven.drivers.append(Driver(process, steps, begin, clocked))

    def _object_of(self, name: Element) -> Object | None:
        base = self._base(name)
        return self._objects.get(base.get("id", "")) if base is not None else None

    def _base(self, name: Element) -> Element | None:
        """Return the declaration of the object that a name is a part of."""
        while (prefix := name.find("prefix")) is not None and name.get("kind") != "selected_name":
            name = prefix
        return self._by_id.get(reference(name, "named_entity"))

    def _named(self, name: Element) -> Element:
        return self._by_id.get(reference(name, "named_entity"), name)

    def _declare(self, element: Element, kind: str, region: Region, process: Process | None = None) -> Object:
        declared = Object(
            name=element.get("identifier", ""),
            kind=kind,
            type=self._types.of(element),
            place=place(element),
            region=region,
            process=process,
        )
        self._objects[element.get("id", "")] = declared
        if process is None:
            region.objects.append(declared)
        return declared


def _steps(name: Element) -> tuple[tuple[Step, ...], Place]:
    """Return the steps of a name, and where its first word stands."""
    kinds = {"indexed_name": "index", "slice_name": "slice", "selected_element": "field"}
    steps: list[Step] = []
    while (kind := kinds.get(name.get("kind", ""))) is not None:
        steps.append(Step(kind, name.get("name_staticness") in {"local", "global"}, name.get("identifier", "")))
        name = child(name, "prefix")
    steps.append(Step("name", static=True))
    return tuple(reversed(steps)), place(name)


def _has_edge(element: Element | None) -> bool:
    """Say whether a condition asks for an edge of a signal."""
    edges = {"rising_edge", "falling_edge"}
    return element is not None and any(
        inner.get("kind") == "event_attribute" or (inner.tag == "prefix" and inner.get("identifier") in edges)
        for inner in element.iter()
    )
