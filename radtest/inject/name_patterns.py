"""Patterns of hierarchical names in a campaign file: with wildcards, or regular expressions."""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator

__all__ = ["NamePattern", "matches", "matches_any", "nearest_names"]

_EXPRESSION = "re:"


def _checked(pattern: str) -> str:
    if pattern.startswith(_EXPRESSION):
        try:
            re.compile(pattern.removeprefix(_EXPRESSION))
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from None
    elif not pattern:
        raise ValueError("an empty pattern matches no name; leave it out")
    return pattern


NamePattern = Annotated[str, AfterValidator(_checked)]
"""A name with ``*`` and ``?`` as wildcards, in which brackets stand for themselves, since in names of hardware they
hold indices; or ``re:`` and a regular expression in the syntax of Python, for the whole name."""


def matches(name: str, pattern: str) -> bool:
    """Tell whether a name fits a pattern, letter for letter in case."""
    return _compiled(pattern).fullmatch(name) is not None


def matches_any(name: str, patterns: Sequence[str]) -> bool:
    """Tell whether a name fits one of several patterns."""
    return any(matches(name, pattern) for pattern in patterns)


def nearest_names(pattern: str, names: Collection[str], count: int = 3) -> list[str]:
    """Return the names that look most like a pattern that matched none, the nearest first."""
    plain = re.sub(r"[*?\\^$()|+]", "", pattern.removeprefix(_EXPRESSION)).lower()
    by_lower: dict[str, str] = {}
    for name in names:
        by_lower.setdefault(name.lower(), name)
    return [by_lower[near] for near in difflib.get_close_matches(plain, by_lower, n=count, cutoff=0.5)]


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    if pattern.startswith(_EXPRESSION):
        return re.compile(pattern.removeprefix(_EXPRESSION))
    return re.compile(fnmatch.translate(pattern.replace("[", "[[]")))
