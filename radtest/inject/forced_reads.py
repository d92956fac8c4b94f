"""Whether all that reads a signal in a Verilator simulation sees it as it is forced: a look at the program it wrote.

Verilator keeps, beside a signal that can be forced, what readers are to see of it, ``signal__VforceRd``. Some of its
versions leave readers out; 5.048 an index of an array that is nothing but the signal. Such a reader would go on as if
nothing were forced, and the upset would pass for masked. So the C++ sources are searched for places that read the
signal itself, apart from those that make its forced value and those that keep or compare an old value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

__all__ = ["read_unforced"]

_COMMENT = re.compile(r"//[^\n]*")
_STATEMENT = re.compile(r"[^;{}]*")
_VARIABLE = re.compile(r"\bvl(?:Self(?:Ref\.|->)|Symsp->[\w.]+?\.)(\w+)")
_ASSIGNMENT = re.compile(r"\s*vlSelf(?:Ref\.|->)(\w+)(?:\s*\[[^\]]*\])*\s*=(?!=)")
_CALL = re.compile(r"\s*(VL_\w+)\(")
_WRITTEN = re.compile(r"(?:vlSelf(?:Ref\.|->))?([A-Za-z_]\w*)(?:\[[^\]]*\])?")
_FORCED = re.compile(r"\b(\w+)__VforceRd\b")


def read_unforced(sources: Iterable[str], names: Sequence[str]) -> list[str]:
    """Return the signals that are read unforced somewhere.

    Parameters
    ----------
    sources : iterable of str
        The C++ sources that Verilator has written.
    names : sequence of str
        Hierarchical names of forceable signals, below the design.
    """
    read: set[str] = set()
    for source in sources:
        forced = set(_FORCED.findall(source))
        if forced:
            for statement in _STATEMENT.findall(_COMMENT.sub("", source)):
                read |= _reads(statement, forced)
    paths = {variable.removeprefix("__PVT__") for variable in read}
    return [name for name in names if any(_is_same(_mangled(name), path) for path in paths)]


def _reads(statement: str, forced: set[str]) -> set[str]:
    """Return the forceable signals that a statement reads as they are."""
    target, rest = _parted(statement)
    read = forced.intersection(_VARIABLE.findall(rest))
    return {name for name in read if not _is_machinery(name, target, statement)}


def _parted(statement: str) -> tuple[str, str]:
    """Return the variable that a statement gives a value, and the rest of the statement: indices are read too."""
    if assigned := _ASSIGNMENT.match(statement):
        return assigned[1], statement[assigned.end(1) :]
    called = _CALL.match(statement)
    if called is None:
        return "", statement
    arguments = list(_arguments(statement[called.end() :]))
    # Functions on wide values write into an argument: the first one that is a variable, but for parts of a variable.
    first = 3 if called[1].startswith("VL_ASSIGNSEL") else 0
    for place in range(first, len(arguments)):
        if written := _WRITTEN.fullmatch(arguments[place]):
            return written[1], ",".join(arguments[:place] + arguments[place + 1 :])
    return "", statement


def _arguments(text: str) -> Iterator[str]:
    """Yield the arguments of a call, from after its opening bracket."""
    depth, start = 0, 0
    for place, character in enumerate(text):
        if depth == 0 and character in ",)":
            yield text[start:place].strip()
            start = place + 1
            if character == ")":
                return
        depth += (character in "([") - (character in ")]")


def _is_machinery(name: str, target: str, statement: str) -> bool:
    """Tell whether a statement makes the forced value, or the value of the signal itself."""
    if target in (name, f"{name}__VforceRd", f"__Vdly__{name}") or target.startswith(f"{name}__VforceRHS"):
        return True
    # Whether the signal has changed.
    return re.search(rf"__Vtrigprevexpr_\w*_{name}__\d+\b", statement) is not None


def _mangled(name: str) -> str:
    """Return the name of a signal as it stands in C++."""
    name = name.replace("__", "___05F")
    return name.replace(".", "__DOT__").replace("[", "__BRA__").replace("]", "__KET__")


def _is_same(one: str, other: str) -> bool:
    """Tell whether two paths, either of which may begin further down, may lead to the same signal."""
    return one == other or one.endswith(f"__DOT__{other}") or other.endswith(f"__DOT__{one}")
