"""Copies of VHDL sources in which every register can be flipped from outside.

In each region that declares registers (an architecture, a block, a generate body) the copy has three signals more:
``radtest_strike_n``, whose change is the upset, and ``radtest_target_n`` and ``radtest_bit_n``, which say what is hit.
The processes that drive the registers listen to the first, and flip the bit in an assignment of their own. The flipped
value is then the register's, in every sense of the language: it stays until the process assigns another, be it the very
value that it held before. Undefined bits are made 0 in the same place.

What GHDL does not show (arrays of more than bits, records, variables) is copied into vectors that it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from radtest.inject.vhdl.code import PACKAGE, bounds, define, defined, flip, flipped, show, size
from radtest.inject.vhdl.errors import CannotFlipError
from radtest.inject.vhdl.parts import Part, parts_of
from radtest.inject.vhdl.places import (
    ascending,
    begin_of_process,
    begin_of_region,
    end_of_process,
    opening_of_region,
)
from radtest.inject.vhdl.text import SourceText
from radtest.inject.vhdl.tree import Object, Process, Region
from radtest.inject.vhdl.types import Array, Bit, Type, first_unsupported, is_shown

__all__ = ["DEFINE", "Hook", "Instrumentation"]

DEFINE = 0
"""The number that stands for all objects at once: their undefined bits become 0."""
_VECTOR = f"work.{PACKAGE}.bits"


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
class _RegionChange:
    """What is to be put into one region."""

    region: Region
    objects: int = DEFINE
    declarations: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _ProcessChange:
    """What is to be put into one process: flips by region, and what keeps registers defined and shows them."""

    process: Process
    flips: dict[int, list[str]] = field(default_factory=dict)
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
        self._sources = dict(sources)
        self._regions: dict[int, _RegionChange] = {}
        self._processes: dict[int, _ProcessChange] = {}
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
        parts = parts_of(thing, self._sources)
        for part in parts:
            self._check(part, thing)
        view = self._view(thing, width)
        region = self._region(thing.region)
        region.objects += 1
        for part in parts:
            if part.process.kind == "process":
                self._hook(thing, part, region.objects, is_memory=is_memory)
            else:
                self._hook_assignment(thing, part, region.objects)
        return Hook(thing.region, region.objects, view)

    def show(self, thing: Object) -> str:
        """Return the name of a signal that shows an object which GHDL does not show."""
        return self._view(thing, None)

    def probe(self, region: Region, number: int, thing: Object) -> None:
        """Have the simulation report at time 0 which bounds an object has."""
        self._report(region, str(number), [f"integer'image({bound})" for bound in bounds(thing.name, thing.type)])

    def probe_direction(self, region: Region) -> None:
        """Have the simulation report at time 0 whether the rounds of a generate statement ascend."""
        direction = ascending(self._sources[region.file], region)
        self._report(region, "rounds", [f"integer'image(boolean'pos({direction}))"])

    def write(self, folder: Path) -> list[Path]:
        """Write the copies into a folder and return them, in the order of the sources."""
        for process in self._processes.values():
            self._change_process(process)
        for region in self._regions.values():
            self._change_region(region)
        copies = []
        for number, source in enumerate(self._sources.values()):
            copies.append(folder / f"{number:03d}_{source.path.name}")
            source.write_copy(copies[-1])
        return copies

    def _report(self, region: Region, what: str, values: list[str]) -> None:
        n = region.number
        text = ' & " " & '.join([f'"radtest {n} {what}"', f"radtest_strike_{n}'path_name", *values])
        self._region(region).statements.append(
            f"radtest_probe_{self._new()} : if work.{PACKAGE}.probing generate "
            f"process begin report {text}; wait; end process; end generate;"
        )

    def _check(self, part: Part, thing: Object) -> None:
        """Check that a part can be flipped where it is driven."""
        process = part.process
        if process.kind == "process":
            if not process.sensitive and not self._waits_once(process):
                raise CannotFlipError("the process that drives it waits otherwise than in one 'wait until ...;'")
        elif process.kind != "concurrent_conditional_signal_assignment":
            raise CannotFlipError(f"it is driven by a {process.kind.replace('_', ' ')}, not by a process")
        elif self._flipped_in_assignment(part, thing) is None:
            raise CannotFlipError("a concurrent assignment drives it, and radtest has none for its type: use a process")

    def _waits_once(self, process: Process) -> bool:
        if len(process.waits) != 1:
            return False
        source = self._sources[process.region.file]
        first = source.at(process.waits[0])
        words = [token.text for token in source.tokens[first : source.following(first, ";")]]
        return words[:2] == ["wait", "until"] and "for" not in words

    def _view(self, thing: Object, width: int | None) -> str:
        """Return the signal that shows an object, made for it if GHDL would not show it."""
        if thing.process is None and is_shown(thing.type):
            return thing.name
        region, view = self._region(thing.region), f"radtest_view_{self._new()}"
        if thing.process is not None:
            if width is None:
                raise CannotFlipError("it is a variable whose width differs between instances; GHDL shows no variables")
            region.declarations.append(f"signal {view} : {_VECTOR}({width - 1} downto 0);")
            self._process(thing.process).shows.append(show(thing.name, thing.type, view))
            return view
        region.declarations.append(f"signal {view} : {_VECTOR}({size(thing.name, thing.type)} - 1 downto 0);")
        if isinstance(thing.type, Array):
            region.statements.append(self._words_shown(thing.name, thing.type.element, view))
        else:
            region.statements.append(f"process ({thing.name}) begin {show(thing.name, thing.type, view)} end process;")
        return view

    def _words_shown(self, name: str, element: Type, view: str) -> str:
        """Return statements that show an array element by element: when one changes, the others need no look."""
        word = f"{name}(radtest_i)"
        place = f"work.{PACKAGE}.place({name}'left, {name}'right, radtest_i) * radtest_word'length"
        return (
            f"radtest_words_{self._new()} : for radtest_i in {name}'range generate "
            f"signal radtest_word : {_VECTOR}({size(word, element)} - 1 downto 0); begin "
            f"process ({word}) begin {show(word, element, 'radtest_word')} end process; "
            f"{view}({place} + radtest_word'length - 1 downto {place}) <= radtest_word; end generate;"
        )

    def _hook(self, thing: Object, part: Part, number: int, *, is_memory: bool) -> None:
        """Have a process flip what it drives of an object, and keep it defined."""
        region, change = thing.region.number, self._process(part.process)
        assign = ":=" if thing.kind == "variable" else "<="
        name, type_, place, hit = thing.name, thing.type, f"radtest_bit_{region}", f"radtest_target_{region} = {number}"
        if part.steps:
            low, type_ = part.offset(thing, self._sources[part.process.region.file])
            name, place = f"radtest_part_{self._new()}", f"({place} - ({low}))"
            change.aliases.append(f"alias {name} is {part.text};")
            hit += f" and {place} >= 0 and {place} < {size(name, type_)}"
        flips = change.flips.setdefault(region, [])
        flips.append(f"if {hit} then {flip(name, type_, place, assign)} end if;")
        once = define(name, type_, assign)
        if once:
            flips.append(f"if radtest_target_{region} = {DEFINE} then {once} end if;")
            if not is_memory:
                change.keeps.append(once)

    def _flipped_in_assignment(self, part: Part, thing: Object) -> str | None:
        """Return what a concurrent assignment has to assign in an upset; None if it cannot be said."""
        if not part.whole_name:
            return None
        if not part.steps:
            return flipped(thing.name, thing.type, f"radtest_bit_{thing.region.number}")
        _, type_ = part.offset(thing, self._sources[part.process.region.file])
        return flipped(part.text, type_, "0") if isinstance(type_, Bit) else None

    def _hook_assignment(self, thing: Object, part: Part, number: int) -> None:
        """Have a concurrent assignment flip what it drives of an object."""
        region = thing.region.number
        source = self._sources[part.process.region.file]
        name, type_, here = thing.name, thing.type, ""
        if part.steps:
            low, type_ = part.offset(thing, source)
            name, here = part.text, f" and radtest_bit_{region} = {low}"
        struck = f"radtest_strike_{region}'event and radtest_target_{region} ="
        text = f" {self._flipped_in_assignment(part, thing)} when {struck} {number}{here} else"
        if define(name, type_):
            text += f" {defined(name, type_)} when {struck} {DEFINE} else"
        arrow = source.following(source.at(part.driver.place), "<=")
        source.insert(source.tokens[arrow].end, text)

    def _change_process(self, change: _ProcessChange) -> None:
        process = change.process
        source = self._sources[process.region.file]
        begin, end = begin_of_process(source, process), end_of_process(source, process)
        for alias in change.aliases:
            source.insert(source.tokens[begin].start, f"{alias} ")
        strikes = [f"if radtest_strike_{n}'event then {' '.join(flips)} end if;" for n, flips in change.flips.items()]
        if process.sensitive:
            keyword = source.following(source.at(process.place), "process")
            if source.tokens[keyword + 2].text != "all":
                heard = "".join(f"radtest_strike_{n}, " for n in change.flips)
                source.insert(source.tokens[keyword + 1].end, heard)
            # Before all else, so that what the process assigns now comes last; and the flip after all else.
            source.insert(source.tokens[begin].end, " " + " ".join(change.keeps))
            source.insert(source.tokens[end].start, " ".join([*strikes, *change.shows]) + " ")
            return
        wait = source.at(process.waits[0])
        stop = source.following(wait, ";")
        events = " or ".join(f"radtest_strike_{n}'event" for n in change.flips)
        source.insert(source.tokens[wait].start, "loop ")
        source.insert(source.tokens[wait + 1].end, f" {events} or (")
        source.insert(source.tokens[stop].start, ")")
        again = [*change.keeps, f"exit when not ({events});", *strikes, *change.shows, "end loop;"]
        source.insert(source.tokens[stop].end, " " + " ".join(again))
        source.insert(source.tokens[end].start, " ".join(change.shows) + " ")

    def _change_region(self, change: _RegionChange) -> None:
        region, n = change.region, change.region.number
        source = self._sources[region.file]
        controls = (
            f" signal radtest_strike_{n}, radtest_bit_{n} : integer := 0; signal radtest_target_{n} : integer := -1;"
        )
        declarations, statements = " ".join(change.declarations), " ".join(change.statements)
        opening = source.tokens[opening_of_region(source, region)]
        if not region.has_begin:
            source.insert(opening.end, f"{controls} {declarations} begin {statements}")
            return
        begin = source.tokens[begin_of_region(source, region)]
        source.insert(opening.end, controls)
        source.insert(begin.start, f"{declarations} ")
        source.insert(begin.end, f" {statements}")

    def _region(self, region: Region) -> _RegionChange:
        return self._regions.setdefault(region.number, _RegionChange(region))

    def _process(self, process: Process) -> _ProcessChange:
        return self._processes.setdefault(id(process), _ProcessChange(process))

    def _new(self) -> int:
        self._names += 1
        return self._names
