"""The list of upsets as arrays: what goes in comes out, in the list and in the file that a simulation reads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radtest.core import FaultModel, Outcome, Strike, Upset
from radtest.inject.decided import Decided
from radtest.inject.list_file import read_upsets
from radtest.inject.upset_list import STRIKE, UpsetList

strikes = st.builds(Strike, st.integers(0, 9), st.integers(0, 9), st.integers(0, 63), st.integers(0, 99))


@st.composite
def upsets(draw: st.DrawFn) -> list[Upset]:
    places = draw(st.lists(st.lists(strikes, min_size=1, max_size=4), min_size=1, max_size=20))
    result = []
    for index, of_one in enumerate(places):
        first, *others = sorted(of_one, key=lambda strike: strike.cycle)
        offset = draw(st.sampled_from([-1, 0, 1234]))
        result.append(
            Upset(index, first.target, first.word, first.bit, first.cycle, FaultModel.MCU, offset, tuple(others))
        )
    return result


def as_list(planned: list[Upset]) -> UpsetList:
    rows = [
        (upset.index, strike.target, strike.word, strike.bit, strike.cycle, upset.offset_ps)
        for upset in planned
        for strike in upset.strikes
    ]
    return UpsetList(np.array(rows, dtype=STRIKE), FaultModel.MCU)


@given(upsets())
def test_what_is_planned_is_in_the_list(planned):
    assert list(as_list(planned)) == planned


@given(upsets(), st.data())
def test_a_part_of_a_list_keeps_the_indices(planned, data):
    start = data.draw(st.integers(0, len(planned)))
    stop = data.draw(st.integers(start, len(planned)))

    part = as_list(planned)[start:stop]

    assert list(part) == planned[start:stop]
    assert all(part.of_index(upset.index) == upset for upset in planned[start:stop])


@given(upsets(), st.data())
def test_chosen_upsets_keep_their_order(planned, data):
    chosen = data.draw(st.sets(st.integers(0, len(planned) - 1)))

    assert list(as_list(planned).part(np.array(sorted(chosen), dtype=int))) == [planned[i] for i in sorted(chosen)]


@given(planned=upsets())
def test_a_simulation_reads_the_list_in_order_of_time(tmp_path_factory, planned):
    path = tmp_path_factory.mktemp("list") / "upsets.list"

    as_list(planned).write(path)

    assert list(read_upsets(path, FaultModel.MCU)) == sorted(planned, key=lambda u: (u.cycle, u.offset_ps, u.index))


def test_a_place_beyond_the_list_is_an_error():
    with pytest.raises(IndexError):
        as_list([Upset(0, 0, 0, 0, 0)])[1]


@given(upsets(), st.data())
def test_a_list_has_the_fingerprint_of_its_content(planned, data):
    other = data.draw(upsets())

    assert as_list(planned).sha256() == as_list(planned).sha256()
    assert (as_list(planned).sha256() == as_list(other).sha256()) == (planned == other)


@given(upsets(), st.data())
def test_what_is_left_of_a_list_is_what_is_not_decided(planned, data):
    decided = Decided(len(planned))
    known = data.draw(st.dictionaries(st.integers(0, len(planned) - 1), st.sampled_from(Outcome)))
    for index, outcome in known.items():
        decided.note(index, outcome)

    assert decided.count == len(known)
    assert list(decided.left(as_list(planned))) == [upset for upset in planned if upset.index not in known]
    first = data.draw(st.integers(0, len(planned)))
    among_first = [outcome for index, outcome in known.items() if index < first]
    assert decided.counts(first).tolist() == [among_first.count(outcome) for outcome in Outcome]
