"""The types of a VHDL design, as GHDL's syntax tree has them."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from radtest.inject.vhdl.elements import child, reference
from radtest.inject.vhdl.types import Array, Bit, Enumeration, Integer, Record, Type, Unsupported

__all__ = ["TypeReader"]


class TypeReader:
    """Reads the types of declarations, each once.

    Parameters
    ----------
    root : Element
        The tree.
    by_id : mapping
        Its elements by their identities.
    """

    def __init__(self, root: Element, by_id: Mapping[str, Element]) -> None:
        self._by_id = by_id
        self._parents = {child: parent for parent in root.iter() for child in parent}
        self._types: dict[str, Type] = {}

    def of(self, declaration: Element) -> Type:
        """Return the type of what is declared."""
        return self._type(child(declaration, "type").get("ref", ""))

    def _type(self, identity: str) -> Type:
        if identity not in self._types:
            self._types[identity] = self._read(self._by_id[identity])
        return self._types[identity]

    def _read(self, element: Element) -> Type:
        kind, parent = element.get("kind", ""), reference(element, "parent_type")
        if kind == "enumeration_type_definition":
            return self._enumeration(element)
        if kind in {"integer_type_definition", "integer_subtype_definition"}:
            return Integer()
        if kind == "array_type_definition":
            return self._array(element)
        if kind == "array_subtype_definition" and parent:
            whole, own = self._type(parent), reference(element, "element_subtype")
            return Array(self._type(own), whole.base) if isinstance(whole, Array) and own else whole
        if kind == "record_type_definition":
            rows = next(element.iter("elements_declaration_list"), ())
            return Record(tuple((row.get("identifier", ""), self.of(row)) for row in rows))
        if kind.endswith("_subtype_definition") and parent:
            return self._type(parent)
        return Unsupported(f"is of a type ({kind.replace('_', ' ')}) that radtest does not take apart")

    def _enumeration(self, element: Element) -> Type:
        declaration = self._parents[element]
        name = declaration.get("identifier", "")
        file = (declaration.get("file") or "").rsplit("/", 1)[-1]
        values = len(list(child(element, "enumeration_literal_list")))
        if name == "std_ulogic" and values == 9 and file.startswith("std_logic_1164"):
            return Bit(undefined=True)
        return Bit(undefined=False) if name in {"bit", "boolean"} and file == "*std_standard*" else Enumeration(values)

    def _array(self, element: Element) -> Type:
        indices = list(child(element, "index_subtype_definition_list"))
        if len(indices) != 1:
            return Unsupported(f"is an array of {len(indices)} dimensions")
        if not isinstance(self.of(indices[0]), Integer):
            return Unsupported("is an array whose indices are no integers")
        return Array(self._type(reference(element, "element_subtype")), self._parents[element].get("identifier", ""))
