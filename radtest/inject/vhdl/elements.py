"""Elements of GHDL's syntax tree in XML: children, chains, places."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from radtest.inject.vhdl.text import Place

__all__ = ["chain", "child", "place", "reference"]


def chain(element: Element | None, tag: str) -> Iterator[Element]:
    """Return what a chain of an element holds: nothing where there is no such chain."""
    found = element.find(tag) if element is not None else None
    return iter(found if found is not None else ())


def child(element: Element, tag: str) -> Element:
    """Return a child that has to be there.

    Raises
    ------
    LookupError
        If it is not: the tree is none that radtest knows.
    """
    found = element.find(tag)
    if found is None:
        raise LookupError(f"GHDL's syntax tree has a {element.get('kind')} without {tag}")
    return found


def place(element: Element) -> Place:
    """Return where in the source an element stands."""
    return int(element.get("line", "0")), int(element.get("col", "0"))


def reference(element: Element, tag: str) -> str:
    """Return the identity of what a child refers to, or an empty text."""
    found = element.find(tag)
    return found.get("ref", "") if found is not None else ""
