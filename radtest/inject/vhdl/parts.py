"""What each process drives of an object: all of it, or static parts that have names of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from radtest.inject.vhdl.code import size
from radtest.inject.vhdl.errors import CannotFlipError
from radtest.inject.vhdl.text import SourceText
from radtest.inject.vhdl.tree import Driver, Object, Process, Step
from radtest.inject.vhdl.types import Array, Record, Type

__all__ = ["Part", "parts_of"]

_STATELESS = {"concurrent_simple_signal_assignment", "concurrent_selected_signal_assignment"}
"""What drives, but never holds."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one process drives of an object.

    Parameters
    ----------
    process : Process
        The process.
    driver : Driver
        One of its assignments to the object.
    steps : tuple of Step
        The static part of the name that is assigned; empty where the process drives the whole object.
    text : str
        That part of the name, as it stands in the source.
    """

    process: Process
    driver: Driver
    steps: tuple[Step, ...] = ()
    text: str = ""

    @property
    def whole_name(self) -> bool:
        """Whether the assignment names just this part, and nothing within it."""
        return len(self.driver.steps) == max(1, len(self.steps))

    def offset(self, thing: Object, source: SourceText) -> tuple[str, Type]:
        """Return an expression for the lowest bit of the part in the object, and its type.

        Raises
        ------
        CannotFlipError
            If that cannot be told from the name.
        """
        number = source.at(self.driver.place)
        name, type_, low = thing.name, thing.type, "0"
        for step in self.steps[1:]:
            if step.kind == "field" and isinstance(type_, Record):
                number += 2
                for field_name, inner in type_.fields:
                    if field_name == step.field:
                        name, type_ = f"{name}.{field_name}", inner
                        break
                    low += f" + {size(f'{name}.{field_name}', inner)}"
            elif step.kind != "field" and isinstance(type_, Array):
                last = source.closing(number + 1)
                inside = source.between(number + 2, last - 1)
                right = inside if step.kind == "index" else self._right_bound(source, number + 2, last - 1)
                one = f"{name}({inside})" if step.kind == "index" else f"{name}({name}'left)"
                place = f"work.radtest_upset.place({name}'left, {name}'right, {right})"
                low += f" + {place} * {size(one, type_.element)}"
                name, type_ = f"{name}({inside})", type_.element if step.kind == "index" else type_
                number = last
            else:
                raise CannotFlipError(f"radtest cannot tell which part of it {self.text} is")
        return low, type_

    def _right_bound(self, source: SourceText, first: int, last: int) -> str:
        """Return the right bound of a slice, whose range stands between two tokens."""
        depth = 0
        for number in range(first, last + 1):
            text = source.tokens[number].text
            depth += (text == "(") - (text == ")")
            if depth == 0 and text in {"to", "downto"}:
                return source.between(number + 1, last)
        raise CannotFlipError(f"radtest cannot tell which part of it {self.text} is")


def parts_of(thing: Object, sources: dict[str, SourceText]) -> list[Part]:
    """Return what each process drives of an object, as far as it can be held there.

    An assignment to a whole object drives all of it, one to an element that is the same at all times only that element:
    an upset must be made within the same bounds, or the process would drive what it did not drive before.

    Raises
    ------
    CannotFlipError
        If nothing that holds a value drives it.
    """
    holding = [driver for driver in thing.drivers if driver.process.kind not in _STATELESS]
    if not holding:
        raise CannotFlipError("no process or conditional assignment that GHDL's syntax tree shows drives it")
    alone = len({id(driver.process) for driver in thing.drivers}) == 1 and not thing.by_instances
    if thing.kind == "variable" or (alone and not _repeated(thing)):
        return [Part(holding[0].process, holding[0])]
    parts: dict[int, dict[str, Part]] = {}
    for driver in holding:
        steps = _static(driver.steps)
        source = sources[driver.process.region.file]
        text = _text_of(driver, len(steps), source)
        part = Part(driver.process, driver, steps if len(steps) > 1 else (), text)
        parts.setdefault(id(driver.process), {})[text if part.steps else ""] = part
    # Where a process drives the whole object, parts of it need no mention.
    return [part for own in parts.values() for part in ([own[""]] if "" in own else own.values())]


def _text_of(driver: Driver, steps: int, source: SourceText) -> str:
    """Return the name that a driver assigns, up to a number of steps, as it stands in the source."""
    first = number = source.at(driver.place)
    for _ in range(steps - 1):
        number = source.closing(number + 1) if source.tokens[number + 1].text == "(" else number + 2
    return source.between(first, number)


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
    below = len(thing.region.path)
    return any(region.kind == "for" for driver in thing.drivers for region in driver.process.region.path[below:])
