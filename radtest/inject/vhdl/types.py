"""The types of VHDL objects as far as their bits are concerned."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Array", "Bit", "Enumeration", "Integer", "Record", "Type", "Unsupported", "first_unsupported", "is_shown"]


@dataclass(frozen=True, slots=True)
class Bit:
    """One bit: ``std_ulogic`` and its subtypes, or a type with two values only.

    Parameters
    ----------
    undefined : bool
        Whether it can be undefined.
    """

    undefined: bool


@dataclass(frozen=True, slots=True)
class Enumeration:
    """An enumerated type.

    Parameters
    ----------
    values : int
        How many values it has.
    """

    values: int

    @property
    def width(self) -> int:
        """Bits in which synthesis stores it."""
        return max(1, (self.values - 1).bit_length())


@dataclass(frozen=True, slots=True)
class Integer:
    """A range of integers, whose bounds may depend on generics."""


@dataclass(frozen=True, slots=True)
class Array:
    """An array of one dimension, whose bounds may depend on generics.

    Parameters
    ----------
    element : Type
        What it consists of.
    base : str
        Name of the array type, where it has one.
    """

    element: Type
    base: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A record.

    Parameters
    ----------
    fields : tuple of (str, Type)
        Its elements in the order of declaration.
    """

    fields: tuple[tuple[str, Type], ...]


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A type whose bits are not taken apart.

    Parameters
    ----------
    reason : str
        What it is.
    """

    reason: str


Type = Bit | Enumeration | Integer | Array | Record | Unsupported


def is_shown(type_: Type) -> bool:
    """Say whether GHDL shows a signal of this type to cocotb; arrays of more than bits, and records, it does not."""
    return isinstance(type_, Bit | Enumeration | Integer) or (
        isinstance(type_, Array) and isinstance(type_.element, Bit)
    )


def first_unsupported(type_: Type) -> str:
    """Return why a type cannot be taken apart, or an empty text if it can."""
    match type_:
        case Unsupported(reason):
            return reason
        case Array(element):
            return first_unsupported(element)
        case Record(fields):
            return next(filter(None, (first_unsupported(field) for _, field in fields)), "")
    return ""
