"""Copies of VHDL sources in which every register can be flipped from outside.

In each region that declares registers (an architecture, a block, a generate body) the copy has three signals more:
``radtest_strike_n``, whose change is the upset, and ``radtest_target_n`` and ``radtest_bit_n``, which say what is hit.
The processes that drive the registers listen to the first, and flip the bit in an assignment of their own. The flipped
value is then the register's, in every sense of the language: it stays until the process assigns another, be it the very
value that it held before. Undefined bits are made 0 in the same place.

What GHDL does not show (arrays of more than bits, records, variables) is copied into vectors that it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from radtest.inject.vhdl.code import bounds, define, defined, flip, flipped, show, size
from radtest.inject.vhdl.text import SourceText
from radtest.inject.vhdl.tree import Driver, Object, Process, Region, Step
from radtest.inject.vhdl.types import Array, Bit, Integer, Type, first_unsupported, is_shown

__all__ = ["DEFINE", "CannotFlipError", "Hook", "Instrumentation"]

DEFINE = 0
"""The number that stands for all objects at once: their undefined bits become 0."""


_STATELESS = {"concurrent_simple_signal_assignment", "concurrent_selected_signal_assignment"}
"""What drives, but never holds."""


class CannotFlipError(Exception):
    """An object cannot be flipped in GHDL; the message says why."""


@dataclass(frozen=True, slots=True)
class Hook:
    """Where an object is flipped and read.

    Parameters
    ----------
    region : Region
        The region that declares it, and the signals that control it.
    number : int
        What the target signal says to hit it.
    view : str
        The signal to read it by, in the same region: its own, or a vector of radtest's.
    """

    region: Region
    number: int
    view: str


@dataclass(slots=True)
class _Part:
    """What one process drives of an object: all of it, or a static part with a name of its own."""

    process: Process
    driver: Driver
    steps: tuple[Step, ...] = ()
    text: str = ""


@dataclass(slots=True)
class _Processes:
    """What is to be put into one process: flips by region, and what keeps registers defined."""

    flips: dict[int, list[str]] = field(default_factory=dict)
    defines: list[str] = field(default_factory=list)
    keeps: list[str] = field(default_factory=list)
    shows: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)


class Instrumentation:
    """The copies, in the making.

    Parameters
    ----------
    sources : mapping
        The texts of the design, by the names that GHDL has for their files.
    """

    def __init__(self, sources: Mapping[str, SourceText]) -> None:
        self._sources = sources
        self._numbers: dict[int, int] = {}
        self._controlled: dict[int, Region] = {}
        self._declarations: dict[int, list[str]] = {}
        self._statements: dict[int, list[str]] = {}
        self._processes: dict[int, tuple[Process, _Processes]] = {}
        self._names = 0

    def add(self, thing: Object, width: int | None, *, is_memory: bool) -> Hook:
        """Make an object one that can be flipped.

        Parameters
        ----------
        thing : Object
            A register.
        width : int or None
            Its bits, where they are the same in all instances.
        is_memory : bool
            Whether it is a memory, which is made defined once and then left alone.

        Raises
        ------
        CannotFlipError
            If it is none that this works for.
        """
        reason = first_unsupported(thing.type)
        if reason:
            raise CannotFlipError(reason)
        parts = self._parts(thing)
        for part in parts:
            self._check(part, thing)
        view = self._view(thing, width)
        region = thing.region
        self._controlled[region.number] = region
        number = self._numbers[region.number] = self._numbers.get(region.number, DEFINE) + 1
        for part in parts:
            self._hook(thing, part, number, is_memory=is_memory)
        return Hook(region, number, view)

    def show(self, thing: Object) -> str:
        """Return the name of a signal that shows an object which GHDL does not show."""
        self._controlled[thing.region.number] = thing.region
        return self._view(thing, None)

    def probe(self, region: Region, number: int, thing: Object) -> None:
        """Have the simulation report at time 0 which bounds an object has."""
        what = [f"integer'image({bound})" for bound in bounds(thing.name, thing.type)]
        self._report(region, f'"{number}"', what)

    def probe_direction(self, region: Region) -> None:
        """Have the simulation report at time 0 whether the rounds of a generate statement ascend."""
        ascending = self._ascending(region)
        if ascending is not None:
            self._report(region, '"rounds"', [f"integer'image(boolean'pos({ascending}))"])

    def _report(self, region: Region, what: str, values: list[str]) -> None:
        text = ' & " " & '.join(
            [f'"radtest {region.number}"', what, f"radtest_strike_{region.number}'path_name", *values]
        )
        self._controlled[region.number] = region
        self._add(
            self._statements,
            region,
            f"radtest_probe_{self._new()} : if work.radtest_upset.probing generate "
            f"process begin report {text}; wait; end process; end generate;",
        )

    def write(self, folder: Path) -> list[Path]:
        """Write the copies into a folder and return them, in the order of the sources."""
        for process, change in self._processes.values():
            self._change_process(process, change)
        for region in self._controlled.values():
            self._change_region(region)
        copies = []
        for number, source in enumerate(self._sources.values()):
            copies.append(folder / f"{number:03d}_{source.path.name}")
            source.write_copy(copies[-1])
        return copies

    def _parts(self, thing: Object) -> list[_Part]:
        """Return what each process drives of an object."""
        if not thing.drivers:
            raise CannotFlipError("no process that GHDL's syntax tree shows assigns it")
        if thing.kind == "variable":
            return [_Part(thing.drivers[0].process, thing.drivers[0])]
        processes = {id(driver.process): driver.process for driver in thing.drivers}
        if len(processes) == 1 and not thing.by_instances and not _repeated(thing):
            return [_Part(thing.drivers[0].process, thing.drivers[0])]
        parts: dict[tuple[int, str], _Part] = {}
        for driver in thing.drivers:
            if driver.process.kind in _STATELESS:
                continue
            steps = _static(driver.steps)
            if len(steps) == 1:
                raise CannotFlipError("several processes or instances drive it, and one of them as a whole")
            text = self._text_of(driver, len(steps))
            parts[id(driver.process), text] = _Part(driver.process, driver, steps, text)
        return list(parts.values())

    def _text_of(self, driver: Driver, steps: int) -> str:
        """Return the name that a driver assigns, up to a number of steps, as it stands in the source."""
        source = self._sources[driver.process.region.file]
        first = number = source.at(driver.place)
        for _ in range(steps - 1):
            if source.tokens[number + 1].text == "(":
                number = _closing(source, number + 1)
            else:
                number += 2
        return source.between(first, number)

    def _check(self, part: _Part, thing: Object) -> None:
        process = part.process
        if process.kind == "process":
            if not process.sensitive and len(process.waits) != 1:
                raise CannotFlipError(f"the process that drives it waits in {len(process.waits)} places")
            if not process.sensitive and not self._waits_until(process):
                raise CannotFlipError("the process that drives it waits in another way than 'wait until ...;'")
        elif process.kind == "concurrent_conditional_signal_assignment":
            if self._concurrent_flip(part, thing) is None:
                raise CannotFlipError(
                    "a concurrent assignment drives it, and it is of a type of its own: use a process"
                )
        else:
            raise CannotFlipError(f"it is driven by a {process.kind.replace('_', ' ')}, not by a process")

    def _waits_until(self, process: Process) -> bool:
        source = self._sources[process.region.file]
        first = source.at(process.waits[0])
        words = [token.text for token in source.tokens[first : source.following(first, ";")]]
        return words[:2] == ["wait", "until"] and "for" not in words

    def _view(self, thing: Object, width: int | None) -> str:
        if thing.kind == "variable":
            if width is None:
                raise CannotFlipError("it is a variable whose width differs between instances; GHDL shows no variables")
            view = f"radtest_view_{self._new()}"
            self._declare(thing.region, f"signal {view} : work.radtest_upset.bits({width - 1} downto 0);")
            assert thing.process is not None  # noqa: S101 (a variable is one of a process)
            self._process(thing.process).shows.append(show(thing.name, thing.type, view))
            return view
        if is_shown(thing.type):
            return thing.name
        view = f"radtest_view_{self._new()}"
        name = thing.name
        vector = "work.radtest_upset.bits"
        self._declare(thing.region, f"signal {view} : {vector}({size(name, thing.type)} - 1 downto 0);")
        if not isinstance(thing.type, Array):
            self._add(
                self._statements, thing.region, f"process ({name}) begin {show(name, thing.type, view)} end process;"
            )
            return view
        # An array is shown element by element: when one changes, the others need no look.
        element, label = thing.type.element, f"radtest_words_{self._new()}"
        place = f"work.radtest_upset.place({name}'left, {name}'right, radtest_i) * radtest_word'length"
        self._add(
            self._statements,
            thing.region,
            f"{label} : for radtest_i in {name}'range generate "
            f"signal radtest_word : {vector}({size(f'{name}(radtest_i)', element)} - 1 downto 0); begin "
            f"process ({name}(radtest_i)) begin {show(f'{name}(radtest_i)', element, 'radtest_word')} end process; "
            f"{view}({place} + radtest_word'length - 1 downto {place}) <= radtest_word; end generate;",
        )
        return view

    def _hook(self, thing: Object, part: _Part, number: int, *, is_memory: bool) -> None:
        process, region = part.process, thing.region.number
        change = self._process(process)
        if process.kind != "process":
            self._hook_assignment(part, thing, number)
            return
        assign = ":=" if thing.kind == "variable" else "<="
        name, type_, place = thing.name, thing.type, f"radtest_bit_{region}"
        flips = change.flips.setdefault(region, [])
        if part.steps:
            name = f"radtest_part_{self._new()}"
            change.aliases.append(f"alias {name} is {part.text};")
            low, type_ = self._offset(part, thing)
            place = f"(radtest_bit_{region} - ({low}))"
            inside = f"{place} >= 0 and {place} < {size(name, type_)}"
            flips.append(f"if radtest_target_{region} = {number} and {inside} then {flip(name, type_, place)} end if;")
        else:
            flips.append(f"if radtest_target_{region} = {number} then {flip(name, type_, place, assign)} end if;")
        once = define(name, type_, assign)
        if once:
            flips.append(f"if radtest_target_{region} = {DEFINE} then {once} end if;")
            if not is_memory:
                change.keeps.append(once)

    def _offset(self, part: _Part, thing: Object) -> tuple[str, Type]:
        """Return an expression for the lowest bit of a static part of an object, and its type."""
        source = self._sources[part.process.region.file]
        number = source.at(part.driver.place)
        name, type_, low = thing.name, thing.type, "0"
        for step in part.steps[1:]:
            if step.kind == "field":
                number += 2
                fields = type_.fields if not isinstance(type_, Bit) and hasattr(type_, "fields") else ()
                for field_name, inner in fields:
                    if field_name == step.field:
                        name, type_ = f"{name}.{field_name}", inner
                        break
                    low += f" + {size(f'{name}.{field_name}', inner)}"
                continue
            last = _closing(source, number + 1)
            inside = source.between(number + 2, last - 1)
            if not isinstance(type_, Array):
                raise CannotFlipError(f"radtest cannot tell which part of it {part.text} is")
            element = type_.element
            if step.kind == "index":
                one = f"{name}({inside})"
                low += f" + work.radtest_upset.place({name}'left, {name}'right, {inside}) * {size(one, element)}"
                name, type_ = one, element
            else:
                right = self._right_bound(source, number + 2, last - 1, part)
                one = f"{name}({name}'left)"
                low += f" + work.radtest_upset.place({name}'left, {name}'right, {right}) * {size(one, element)}"
                name = f"{name}({inside})"
            number = last
        return low, type_

    def _right_bound(self, source: SourceText, first: int, last: int, part: _Part) -> str:
        depth = 0
        for number in range(first, last + 1):
            text = source.tokens[number].text
            depth += (text == "(") - (text == ")")
            if depth == 0 and text in {"to", "downto"}:
                return source.between(number + 1, last)
        raise CannotFlipError(f"radtest cannot tell which part of it {part.text} is")

    def _concurrent_flip(self, part: _Part, thing: Object) -> str | None:
        """Return what a concurrent assignment has to assign in an upset; None if it cannot be said."""
        region = thing.region.number
        if part.steps:
            _, type_ = self._offset(part, thing)
            if not isinstance(type_, Bit) or len(part.steps) != len(part.driver.steps):
                return None
            return flipped(part.text, type_, "0") or None
        if len(part.driver.steps) != 1:
            return None
        return flipped(thing.name, thing.type, f"radtest_bit_{region}")

    def _hook_assignment(self, part: _Part, thing: Object, number: int) -> None:
        region = thing.region.number
        source = self._sources[part.process.region.file]
        arrow = source.following(source.at(part.driver.place), "<=")
        name, type_, here = thing.name, thing.type, ""
        if part.steps:
            low, type_ = self._offset(part, thing)
            name, here = part.text, f" and radtest_bit_{region} = {low}"
        struck = f"radtest_strike_{region}'event and radtest_target_{region} ="
        value = self._concurrent_flip(part, thing)
        text = f" {value} when {struck} {number}{here} else"
        if not isinstance(type_, Integer):
            text += f" {defined(name, type_)} when {struck} {DEFINE} else"
        source.insert(source.tokens[arrow].end, text)

    def _process(self, process: Process) -> _Processes:
        return self._processes.setdefault(id(process), (process, _Processes()))[1]

    def _change_process(self, process: Process, change: _Processes) -> None:
        if process.kind != "process" or process.first is None or process.last is None:
            return
        source = self._sources[process.region.file]
        begin = source.preceding(source.at(process.first), "begin")
        keyword = source.following(source.at(process.place), "process")
        for alias in change.aliases:
            source.insert(source.tokens[begin].start, f"{alias} ")
        strikes = [
            f"if radtest_strike_{region}'event then {' '.join(flips)} end if;" for region, flips in change.flips.items()
        ]
        end = self._end(source, process)
        listened = [f"radtest_strike_{region}" for region in change.flips]
        if process.sensitive:
            opening = source.tokens[keyword + 1]
            if source.tokens[keyword + 2].text != "all":
                source.insert(opening.end, "".join(f"{signal}, " for signal in listened))
            source.insert(source.tokens[begin].end, " " + " ".join(change.keeps))
            source.insert(source.tokens[end].start, " ".join([*strikes, *change.shows]) + " ")
            return
        wait = source.at(process.waits[0])
        stop = source.following(wait, ";")
        events = " or ".join(f"{signal}'event" for signal in listened)
        source.insert(source.tokens[wait].start, "loop ")
        source.insert(source.tokens[wait + 1].end, f" {events} or (")
        source.insert(source.tokens[stop].start, ")")
        again = " ".join([*change.keeps, f"exit when not ({events});", *strikes, *change.shows, "end loop;"])
        source.insert(source.tokens[stop].end, " " + again)
        source.insert(source.tokens[end].start, " ".join(change.shows) + " ")

    def _end(self, source: SourceText, process: Process) -> int:
        """Return the number of the word `end` that closes a process."""
        number = source.at(process.last or process.place)
        while True:
            number = source.following(number, "end")
            after = [token.text for token in source.tokens[number + 1 : number + 3]]
            if after[:1] == ["process"] or after == ["postponed", "process"]:
                return number
            number += 1

    def _change_region(self, region: Region) -> None:
        source = self._sources[region.file]
        n = region.number
        controls = (
            f" signal radtest_strike_{n}, radtest_bit_{n} : integer := 0; signal radtest_target_{n} : integer := -1;"
        )
        declarations = " ".join(self._declarations.get(n, ()))
        statements = " ".join(self._statements.get(n, ()))
        opening = self._opening(source, region)
        if not region.has_begin:
            source.insert(source.tokens[opening].end, f"{controls} {declarations} begin {statements}")
            return
        source.insert(source.tokens[opening].end, controls)
        begin = self._begin(source, region, opening)
        source.insert(source.tokens[begin].start, f"{declarations} ")
        source.insert(source.tokens[begin].end, f" {statements}")

    def _opening(self, source: SourceText, region: Region) -> int:
        """Return the number of the token after which the declarations of a region begin."""
        if region.kind == "architecture":
            return source.following(source.at(region.place), "is")
        inside = region.first_declaration or region.first_statement
        if region.kind in {"for", "if"}:
            if inside is not None:
                return source.preceding(source.at(inside), "generate")
            return source.following(source.at(region.place), "generate")
        number = source.following(source.at(region.place), "block")
        if source.tokens[number + 1].text == "(":
            number = _closing(source, number + 1)
        return number + 1 if source.tokens[number + 1].text == "is" else number

    def _begin(self, source: SourceText, region: Region, opening: int) -> int:
        if region.first_statement is not None:
            return source.preceding(source.at(region.first_statement), "begin")
        return source.following(opening, "begin")

    def _ascending(self, region: Region) -> str | None:
        """Return an expression for the direction of a generate statement, or None where it shows in the text."""
        source = self._sources[region.file]
        first = source.following(source.at(region.place), "in") + 1
        last = source.following(first, "generate") - 1
        words = [token.text for token in source.tokens[first : last + 1]]
        if words[-2:] == ["'", "range"]:
            return f"{source.between(first, last - 2)}'ascending"
        if words[-2:] == ["'", "reverse_range"]:
            return f"not {source.between(first, last - 2)}'ascending"
        depth = 0
        for word in words:
            depth += (word == "(") - (word == ")")
            if depth == 0 and word in {"to", "downto"}:
                return "true" if word == "to" else "false"
        return "true"

    def _declare(self, region: Region, text: str) -> None:
        self._add(self._declarations, region, text)

    def _add(self, texts: dict[int, list[str]], region: Region, text: str) -> None:
        texts.setdefault(region.number, []).append(text)

    def _new(self) -> int:
        self._names += 1
        return self._names


def _static(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return the longest static part of a name."""
    taken: list[Step] = []
    for step in steps:
        if not step.static:
            break
        taken.append(step)
    return tuple(taken)


def _repeated(thing: Object) -> bool:
    """Say whether a generate statement makes several processes of the one that drives an object."""
    for driver in thing.drivers:
        inner = driver.process.region.path
        if any(region.kind == "for" for region in inner[len(thing.region.path) :]):
            return True
    return False


def _closing(source: SourceText, opening: int) -> int:
    """Return the number of the parenthesis that closes the one at `opening`."""
    depth = 0
    for number in range(opening, len(source.tokens)):
        text = source.tokens[number].text
        depth += (text == "(") - (text == ")")
        if depth == 0:
            return number
    raise LookupError(f"{source.path}: a parenthesis is not closed")
