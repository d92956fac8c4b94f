"""VHDL that flips, defines and shows the bits of an object, whatever its type.

Every function returns text. The bits of an object are counted as GHDL's synthesis counts them: the rightmost element of
an array is the lowest, and so is the first element of a record. Bounds may depend on generics, so places are worked
out by the simulation itself, from attributes.
"""

from __future__ import annotations

from pathlib import Path

from radtest.inject.vhdl.types import Array, Bit, Enumeration, Integer, Record, Type

__all__ = ["PACKAGE", "bounds", "define", "defined", "flip", "flipped", "package_source", "show", "size"]

PACKAGE = "radtest_upset"
_P = f"work.{PACKAGE}."
_PROBING = "constant probing : boolean := {};"

_LOGIC_VECTORS = {"std_ulogic_vector", "unresolved_unsigned", "unresolved_signed"}
_WHOLE_VECTORS = {*_LOGIC_VECTORS, "bit_vector"}
"""Arrays of bits that the package has functions for, so that not every bit costs a call."""


def size(name: str, type_: Type) -> str:
    """Return an expression for the number of bits of an object."""
    match type_:
        case Enumeration():
            return str(type_.width)
        case Integer():
            return f"{_P}width({name}'subtype'low, {name}'subtype'high)"
        case Array(Bit()):
            return f"{name}'length"
        case Array(element):
            return f"({name}'length * {size(_some_element(name), element)})"
        case Record(fields):
            return "(" + " + ".join(size(f"{name}.{field}", inner) for field, inner in fields) + ")"
    return "1"


def flip(name: str, type_: Type, place: str, assign: str = "<=") -> str:
    """Return statements that flip the bit at `place`, an expression, of an object."""
    match type_:
        case Array(element):
            width = size(_some_element(name), element)
            inner = f"{name}({_P}index({name}'left, {name}'right, ({place}) / {width}))"
            return flip(inner, element, "0" if isinstance(element, Bit) else f"({place}) mod {width}", assign)
        case Record(fields):
            parts, low = [], "0"
            for field, inner_type in fields:
                inner = f"{name}.{field}"
                high = f"{low} + {size(inner, inner_type)}"
                parts.append(f"if {place} < {high} then {flip(inner, inner_type, f'{place} - ({low})', assign)}")
                low = high
            return " els".join(parts) + " end if;"
    return f"{name} {assign} {_flipped_scalar(name, type_, place)};"


def flipped(name: str, type_: Type, place: str) -> str | None:
    """Return an expression for the object with one bit flipped; None where there is none."""
    if isinstance(type_, Array):
        return f"{_P}flip({name}, {place})" if type_.base in _WHOLE_VECTORS else None
    return None if isinstance(type_, Record) else _flipped_scalar(name, type_, place)


def defined(name: str, type_: Type) -> str:
    """Return an expression for an object that `flipped` has one for, undefined bits as 0."""
    whole = isinstance(type_, Bit | Array)
    return f"{_P}defined({name})" if whole else name


def _flipped_scalar(name: str, type_: Type, place: str) -> str:
    match type_:
        case Enumeration(values):
            position = f"{name}'subtype'pos({name})"
            return f"{name}'subtype'val({_P}flip({position}, {place}, {type_.width + 1}, 0, {values - 1}))"
        case Integer():
            low, high = f"{name}'subtype'low", f"{name}'subtype'high"
            return f"{_P}flip({name}, {place}, {_P}width({low}, {high}), {low}, {high})"
    return f"{_P}flip({name})"


def define(name: str, type_: Type, assign: str = "<=", depth: int = 0) -> str:
    """Return statements that make undefined bits 0; empty where none can be undefined."""
    match type_:
        case Bit(undefined=True):
            return f"if {_P}undefined({name}) then {name} {assign} {_P}defined({name}); end if;"
        case Array(base=base) if base in _LOGIC_VECTORS:
            return f"if {_P}undefined({name}) then {name} {assign} {_P}defined({name}); end if;"
        case Array(element):
            index = f"radtest_i{depth}"
            inner = define(f"{name}({index})", element, assign, depth + 1)
            return f"for {index} in {name}'range loop {inner} end loop;" if inner else ""
        case Record(fields):
            return " ".join(filter(None, (define(f"{name}.{field}", inner, assign, depth) for field, inner in fields)))
    return ""


def show(name: str, type_: Type, view: str, place: str = "0", depth: int = 0) -> str:
    """Return statements that copy the bits of an object into a vector from `place`, an expression, on."""
    match type_:
        case Enumeration():
            code = f"{_P}code({name}'subtype'pos({name}), {type_.width})"
            return f"{view}({place} + {type_.width - 1} downto {place}) <= {code};"
        case Integer():
            width = size(name, type_)
            return f"{view}({place} + {width} - 1 downto {place}) <= {_P}code({name}, {width});"
        case Array(base=base) if base in _WHOLE_VECTORS:
            return f"{view}({place} + {name}'length - 1 downto {place}) <= {_P}level({name});"
        case Array(element):
            index = f"radtest_i{depth}"
            inner = f"{name}({index})"
            at = f"{place} + {_P}place({name}'left, {name}'right, {index})"
            if not isinstance(element, Bit):
                at += f" * {size(inner, element)}"
            return f"for {index} in {name}'range loop {show(inner, element, view, at, depth + 1)} end loop;"
        case Record(fields):
            parts = []
            for field, inner_type in fields:
                inner = f"{name}.{field}"
                parts.append(show(inner, inner_type, view, place, depth))
                place = f"{place} + {size(inner, inner_type)}"
            return " ".join(parts)
    return f"{view}({place}) <= {_P}level({name});"


def bounds(name: str, type_: Type) -> list[str]:
    """Return expressions for all bounds in a type, in a fixed order: see `radtest.inject.vhdl.layout`."""
    match type_:
        case Integer():
            return [f"{name}'subtype'low", f"{name}'subtype'high"]
        case Array(element):
            return [f"{name}'left", f"{name}'right", *bounds(_some_element(name), element)]
        case Record(fields):
            return [bound for field, inner in fields for bound in bounds(f"{name}.{field}", inner)]
    return []


def _some_element(name: str) -> str:
    return f"{name}({name}'left)"


def package_source(*, probing: bool) -> str:
    """Return the package that the instrumented sources use; `probing` has them report their bounds at time 0."""
    source = Path(__file__).with_name(f"{PACKAGE}.vhd").read_text()
    return source.replace(_PROBING.format("false"), _PROBING.format(str(probing).lower()))
