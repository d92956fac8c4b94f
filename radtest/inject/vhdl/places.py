"""Where in the text of a source the parts of regions and processes begin and end."""

from __future__ import annotations

from radtest.inject.vhdl.text import SourceText
from radtest.inject.vhdl.tree import Process, Region

__all__ = ["ascending", "begin_of_process", "begin_of_region", "end_of_process", "opening_of_region"]


def opening_of_region(source: SourceText, region: Region) -> int:
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
        number = source.closing(number + 1)
    return number + 1 if source.tokens[number + 1].text == "is" else number


def begin_of_region(source: SourceText, region: Region) -> int:
    """Return the number of the word `begin` of a region that has one."""
    if region.first_statement is not None:
        return source.preceding(source.at(region.first_statement), "begin")
    return source.following(opening_of_region(source, region), "begin")


def begin_of_process(source: SourceText, process: Process) -> int:
    """Return the number of the word `begin` of a process."""
    return source.preceding(source.at(process.first or process.place), "begin")


def end_of_process(source: SourceText, process: Process) -> int:
    """Return the number of the word `end` that closes a process."""
    number = source.at(process.last or process.place)
    while True:
        number = source.following(number, "end")
        after = [token.text for token in source.tokens[number + 1 : number + 3]]
        if after[:1] == ["process"] or after == ["postponed", "process"]:
            return number
        number += 1


def ascending(source: SourceText, region: Region) -> str:
    """Return an expression that says whether the rounds of a generate statement ascend."""
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
    # A type or subtype, then.
    return "true"
