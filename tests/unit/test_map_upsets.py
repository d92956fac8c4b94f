"""Upsets drawn from a map, and upsets named by people."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from map_samples import outcomes, write_map

from radtest.core import ConfigurationError
from radtest.inject.exhaustive import draw_from_map, open_map, parse_upset
from radtest.inject.exhaustive.checking import _shares

LINES = ("mmmms", "ssslm", "hdmcs")
"""flag, core.count[0], core.count[1], in cycles 4 to 8: 6 masked, 5 SDC, one of each other outcome"""


@pytest.fixture
def upset_map(tmp_path):
    with open_map(write_map(tmp_path / "map.h5", outcomes(*LINES))) as opened:
        yield opened


@given(st.lists(st.integers(0, 50), min_size=1, max_size=6), st.integers(0, 400))
def test_shares_are_as_even_as_there_is_something_to_take(counts, upsets):

    shares = _shares(np.array(counts), upsets)

    assert sum(shares) == min(upsets, sum(counts))
    assert all(0 <= share <= count for share, count in zip(shares, counts, strict=True))
    short = [share for share, count in zip(shares, counts, strict=True) if share < count]
    if short:
        assert max(shares) - min(short) <= 1


def drawn_letters(upset_map, upsets, seed=1):
    return sorted(LINES[row][column] for row, column in draw_from_map(upset_map, upsets, seed))


def test_every_outcome_gets_its_share(upset_map):
    assert drawn_letters(upset_map, 6) == sorted("mlcshd")
    assert drawn_letters(upset_map, 8) == sorted("mlcshd" + "ms")


def test_no_upset_is_drawn_twice_and_no_more_than_there_are(upset_map):
    drawn = draw_from_map(upset_map, 1000, 1)

    assert sorted(drawn) == [(row, column) for row in range(3) for column in range(5)]


def test_the_seed_decides(upset_map):
    assert draw_from_map(upset_map, 7, 3) == draw_from_map(upset_map, 7, 3)
    assert len({tuple(draw_from_map(upset_map, 7, seed)) for seed in range(20)}) > 5


def test_none_are_drawn_where_none_are_asked_for(upset_map):
    assert draw_from_map(upset_map, 0, 1) == []


@pytest.mark.parametrize(
    ("text", "place"), [("flag@4", (0, 0)), ("core.count[0]@8", (1, 4)), ("core.count[1]@6", (2, 2))]
)
def test_an_upset_is_named_by_bit_and_cycle(upset_map, text, place):
    assert parse_upset(upset_map, text) == place


@pytest.mark.parametrize(
    ("text", "said", "way_out"),
    [
        ("flag", "'flag' is no upset", "NAME@CYCLE"),
        ("flag@", "'flag@' is no upset", "NAME@CYCLE"),
        ("flag@-1", "'flag@-1' is no upset", "NAME@CYCLE"),
        ("", "'' is no upset", "NAME@CYCLE"),
        (
            "core.count@5",
            r"map.h5: holds no bit 'core.count'; there are core.count\[0\], core.count\[1\]",
            "name a bit",
        ),
        ("core.count[2]@5", r"holds no bit 'core.count\[2\]'; there are core.count\[0\]", "name a bit"),
        ("nothing@5", "holds no bit 'nothing'\n", "name a bit"),
        ("flag@3", "map.h5: cycle 3 is not in the map", "give one from 4 to 8"),
        ("flag@9", "map.h5: cycle 9 is not in the map", "give one from 4 to 8"),
    ],
)
def test_what_is_no_upset_of_the_map_is_refused(upset_map, text, said, way_out):
    with pytest.raises(ConfigurationError, match=said) as error:
        parse_upset(upset_map, text)

    assert way_out in error.value.remedy
