"""Flips as a simulator shows them, on handles that behave well and badly."""

from __future__ import annotations

from typing import Any

import pytest
from cocotb.handle import Immediate
from cocotb.types import LogicArray
from hypothesis import given
from hypothesis import strategies as st

from radtest.core import Strike, Target, TargetKind
from radtest.inject.handles import Storage, find_handle


class Signal:
    """A signal of a simulator; `keep` says what it makes of a written value."""

    def __init__(self, bits: str, keep: Any = None) -> None:
        self._bits = bits
        self._keep = keep or (lambda new, old: new)

    @property
    def value(self) -> LogicArray:
        return LogicArray(self._bits)

    @value.setter
    def value(self, action: Immediate[LogicArray] | LogicArray) -> None:
        new = action.value if isinstance(action, Immediate) else action
        self._bits = self._keep(str(new), self._bits)

    def __len__(self) -> int:
        return len(self._bits)


class Scope(dict[str, Any]):
    _path = "top"


def storage(signal: Signal, **target: Any) -> Storage:
    given = {"name": "q", "module": "top", "kind": TargetKind.FLIP_FLOP, "width": len(signal)} | target
    return Storage(Scope(q=signal), [Target(**given)])


@given(bits=st.text("01", min_size=1, max_size=70), data=st.data())
def test_a_flip_changes_one_bit_and_another_flip_of_it_restores_the_word(bits, data):
    signal = Signal(bits)
    bit = data.draw(st.integers(0, len(bits) - 1))
    stored = storage(signal)

    before, after = stored.flip(0, 0, bit)

    assert (before, after) == (int(bits[-1 - bit]), 1 - int(bits[-1 - bit]))
    assert sum(a != b for a, b in zip(str(signal.value), bits, strict=True)) == 1
    assert stored.bit(0, 0, bit) == after
    stored.flip(0, 0, bit)
    assert str(signal.value) == bits


def test_bits_are_counted_from_the_lowest_bit_of_the_target():
    signal = Signal("0000")

    storage(signal, lsb=2, width=2).flip(0, 0, 1)

    assert str(signal.value) == "1000"


@pytest.mark.parametrize(
    "keep",
    [lambda new, old: old, lambda new, old: "1" * len(old), lambda new, old: new[::-1]],
    ids=["swallowed", "other bits too", "another bit"],
)
def test_anything_but_exactly_one_changed_bit_is_no_flip(keep):
    before, after = storage(Signal("0010", keep)).flip(0, 0, 0)

    assert before == after


@pytest.mark.parametrize(("bits", "before", "left"), [("x", 0, "1"), ("z", 0, "1"), ("1x", 0, "11"), ("x1", 1, "00")])
def test_an_undefined_bit_counts_as_zero(bits, before, left):
    signal = Signal(bits.upper())
    stored = storage(signal)

    assert stored.flip(0, 0, 0) == (before, 1 - before)
    assert str(signal.value) == left


def test_defining_replaces_undefined_bits_by_zero_and_leaves_the_others():
    signal = Signal("1X0Z")

    storage(signal).define()

    assert str(signal.value) == "1000"


def test_a_target_without_a_handle_is_missing_with_its_reason():
    stored = Storage(Scope(), [Target("cpu.q", "top", TargetKind.FLIP_FLOP, 1)])

    assert stored.missing == {0: "cpu.q: top has nothing named 'cpu'"}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("0", "q: the simulator shows 1 of its 4 bits"),
        ("Array([00, 11])", "q: the simulator shows no bits of it, but a value of several parts"),
    ],
    ids=["one bit of a structure", "an array"],
)
def test_a_handle_that_is_not_the_register_is_missing_with_its_reason(value, reason):
    class Odd(Signal):
        value = property(lambda self: value)

    stored = Storage(Scope(q=Odd("0000")), [Target("q", "top", TargetKind.FLIP_FLOP, 4)])

    assert stored.missing == {0: reason}


def test_snapshots_name_what_differs():
    stored = storage(Signal("0000"))
    golden = stored.snapshot()
    stored.flip(0, 0, 3)

    assert stored.differing(golden, stored.snapshot()) == ["q"]
    assert stored.differing(golden, golden) == []


def test_the_handle_at_a_path_with_indices_is_found():
    inner = Scope(q="here")

    assert find_handle(Scope(bank={1: {0: inner}}), "bank[1][0].q") == "here"


def test_a_wrong_path_names_the_key_and_the_part_that_is_wrong():
    with pytest.raises(LookupError, match=r"observe.clock = 'cpu.clk': top has nothing named 'clk'"):
        find_handle(Scope(cpu=Scope()), "cpu.clk", "observe.clock")


@given(bits=st.text("01", min_size=2, max_size=40), data=st.data())
def test_bits_flipped_together_change_at_once_and_nothing_else_does(bits, data):
    written = []
    signal = Signal(bits, lambda new, old: written.append(new) or new)
    places = data.draw(st.lists(st.integers(0, len(bits) - 1), min_size=2, unique=True))
    stored = storage(signal)

    befores = stored.flip_together([Strike(0, 0, place, 5) for place in places])

    assert befores == [int(bits[-1 - place]) for place in places]
    assert written == [str(signal.value)]
    changed = {len(bits) - 1 - at for at, (a, b) in enumerate(zip(written[0], bits, strict=True)) if a != b}
    assert changed == set(places)


def test_targets_that_share_a_signal_are_flipped_in_one_write():
    signal = Signal("00000000")
    halves = [Target("q", "top", TargetKind.FLIP_FLOP, 3, lsb=lsb) for lsb in (0, 5)]
    stored = Storage(Scope(q=signal), halves)

    stored.flip_together([Strike(0, 0, 1, 5), Strike(1, 0, 2, 5)])

    assert str(signal.value) == "10000010"
