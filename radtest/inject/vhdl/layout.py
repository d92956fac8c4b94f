"""How the bits of an object are laid out, once the bounds in its type are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from radtest.inject.vhdl.types import Array, Bit, Enumeration, Integer, Record, Type

__all__ = ["Leaf", "Words", "leaves", "words_of"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part of an object that is not taken apart further: bits, a vector, an enumerated value or an integer.

    Parameters
    ----------
    suffix : str
        What follows the name of the object in its own name.
    place : int
        Its lowest bit in the object.
    width : int
        Its bits.
    legal : tuple of (int, int) or None
        For an enumeration or an integer the codes that have a value, first and last; others VHDL cannot express.
    """

    suffix: str
    place: int
    width: int
    legal: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """An array whose elements are the words of a memory.

    Parameters
    ----------
    first : int
        Lowest index.
    count, width : int
        How many words, and how many bits in each.
    ascending : bool
        Whether the word with the lowest index stands left, where the highest bits are.
    """

    first: int
    count: int
    width: int
    ascending: bool

    def place(self, word: int) -> int:
        """Return the lowest bit of a word, counted from the one with the lowest index."""
        return (self.count - 1 - word if self.ascending else word) * self.width


def leaves(type_: Type, bounds: list[int]) -> list[Leaf]:
    """Return the leaves of an object, lowest bits first.

    Parameters
    ----------
    type_ : Type
        Its type.
    bounds : list of int
        The values of `radtest.inject.vhdl.code.bounds`.
    """
    found, _ = _leaves(type_, iter(bounds), "", 0)
    return sorted(found, key=lambda leaf: leaf.place)


def words_of(type_: Type, bounds: list[int]) -> Words | None:
    """Return an array as the words of a memory; None for what is no array of more than bits."""
    if not isinstance(type_, Array) or isinstance(type_.element, Bit):
        return None
    left, right = bounds[:2]
    width = sum(leaf.width for leaf in leaves(type_.element, bounds[2:]))
    return Words(min(left, right), abs(left - right) + 1, width, left < right)


def _leaves(type_: Type, bounds: Iterator[int], suffix: str, place: int) -> tuple[list[Leaf], int]:
    """Return the leaves and the number of bits."""
    match type_:
        case Enumeration(values):
            return [Leaf(suffix, place, type_.width, (0, values - 1))], type_.width
        case Integer():
            low, high = next(bounds), next(bounds)
            width = _integer_width(low, high)
            return [Leaf(suffix, place, width, (low, high))], width
        case Array(Bit()):
            width = abs(next(bounds) - next(bounds)) + 1
            return [Leaf(suffix, place, width)], width
        case Array(element):
            left, right = next(bounds), next(bounds)
            inner, width = _leaves(element, bounds, "", 0)
            found = []
            for index in range(min(left, right), max(left, right) + 1):
                low = place + (right - index if left <= right else index - right) * width
                found += [Leaf(f"{suffix}({index}){i.suffix}", low + i.place, i.width, i.legal) for i in inner]
            return found, width * (abs(left - right) + 1)
        case Record(fields):
            found, total = [], 0
            for name, field_type in fields:
                inner, width = _leaves(field_type, bounds, f"{suffix}.{name}", place + total)
                found += inner
                total += width
            return found, total
    return [Leaf(suffix, place, 1)], 1


def _integer_width(low: int, high: int) -> int:
    most = max(high, -(low + 1)) if low < 0 else high
    return most.bit_length() + (1 if low < 0 else 0)
