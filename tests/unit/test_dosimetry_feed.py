"""Feeds of facilities: rows by a column map, and a file that is followed through rotation, halves and garbage."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radtest.campaign import CHIPIR, ColumnMap, FeedTail, parse_row
from radtest.core import ConfigurationError, InstrumentError, RecordError

ROW = "18/05/2021 13:45:01 0.250 1200 1890 1543 77213 3.141 38.2"
SIMPLE = ColumnMap(values={"counts": 1}, columns=2, time_format="epoch", separator=",")


def test_a_row_of_chipir():
    row = parse_row(ROW, CHIPIR)
    assert row.time_ns == 1_621_345_501_250_000_000
    assert row.values == {
        "diamond_40mv": 1200, "diamond_20mv": 1890, "diamond_30mv": 1543, "fission": 77213, "charge_uah": 3.141,
        "current_ua": 38.2,
    }  # fmt: skip
    assert parse_row(ROW.replace(" ", ";"), replace(CHIPIR, separator=";")) == row


def test_a_feed_has_its_own_time_zone():
    summer = replace(CHIPIR, zone=timezone(timedelta(hours=1)))
    assert parse_row(ROW, CHIPIR).time_ns - parse_row(ROW, summer).time_ns == 3600 * 10**9


def test_a_value_the_feed_does_not_have_is_not_a_number():
    assert math.isnan(parse_row(ROW.replace("77213", "N/A"), CHIPIR).values["fission"])


@pytest.mark.parametrize("line", ["", "   ", "# heading"])
def test_empty_lines_and_comments_are_no_rows(line):
    assert parse_row(line, CHIPIR) is None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("18/05/2021 13:45:01", "3 columns|2 columns; the map needs 9"),
        (ROW.replace("18/05", "32/05"), "time '32/05/2021 13:45:01'"),
        (ROW.replace("13:45:01", "13:45"), "does not match format"),
        (ROW.replace("0.250", "1.250"), "fraction of the second 1.25: legal is 0 to below 1"),
        (ROW.replace("77213", "77k"), "fission = '77k' is no number"),
        (ROW.replace("77213", "1e999"), "fission = '1e999' is no number"),
        (ROW.replace("77213", "nan"), "is no number"),
        ("1 " * 4000, "at most 4096"),
    ],
)
def test_what_is_no_row_is_refused_with_its_reason(line, message):
    with pytest.raises(RecordError, match=message):
        parse_row(line, CHIPIR)


def test_a_map_that_points_beyond_its_columns_is_refused():
    with pytest.raises(ConfigurationError, match="counts is column 2; legal is 0 to 1"):
        ColumnMap(values={"counts": 2}, columns=2)
    with pytest.raises(ConfigurationError, match="no column is wanted"):
        ColumnMap(values={}, columns=2)


@pytest.fixture
def feed(tmp_path):
    path = tmp_path / "counts.txt"
    path.write_text("0,1\n")
    return path


def counts(rows) -> list[float]:
    return [row.values["counts"] for row in rows]


def append(path, text: str | bytes) -> None:
    with path.open("ab") as file:
        file.write(text if isinstance(text, bytes) else text.encode())


def test_rows_are_read_as_they_come_and_halves_wait(feed):
    tail = FeedTail(feed, SIMPLE)
    assert counts(tail.read()) == [1]
    assert tail.read() == []
    append(feed, "1,2\n2,")
    assert counts(tail.read()) == [2]
    append(feed, "3")
    assert tail.read() == []
    append(feed, "4\n")
    assert counts(tail.read()) == [34]
    assert (tail.rows, tail.refused, tail.rotations) == (3, 0, 0)


def test_what_was_there_can_be_passed_over(feed):
    append(feed, "1,2\n5,6")
    tail = FeedTail(feed, SIMPLE, from_end=True)
    assert tail.read() == []
    append(feed, "7\n8,9\n")
    assert counts(tail.read()) == [9]


def test_garbage_is_counted_and_told(feed):
    append(feed, b"\xff\xfe\x00\n1,x\n2\n3,4\n")
    tail = FeedTail(feed, SIMPLE)
    assert counts(tail.read()) == [1, 4]
    assert tail.refused == 3
    assert "no text" in tail.troubles[0]
    assert "counts = 'x' is no number" in tail.troubles[1]
    assert "1 columns; the map needs 2" in tail.troubles[2]


def test_a_line_without_an_end_does_not_fill_memory(feed):
    tail = FeedTail(feed, SIMPLE)
    for _ in range(40):
        append(feed, b"x" * 10_000)
        tail.read()
    append(feed, "\n8,9\n")
    assert counts(tail.read()) == [9]
    assert len(tail._partial) == 0
    assert tail.refused == 5


def test_a_file_that_is_replaced_is_read_to_its_end_and_then_the_new_one(feed):
    tail = FeedTail(feed, SIMPLE)
    tail.read()
    append(feed, "1,2\n")
    feed.rename(feed.with_suffix(".1"))
    append(feed.with_suffix(".1"), "2,3\n")
    feed.write_text("3,4\n")
    assert counts(tail.read()) == [2, 3, 4]
    assert tail.rotations == 1
    append(feed, "4,5\n")
    assert counts(tail.read()) == [5]


def test_a_file_that_is_renamed_and_not_there_yet_goes_on(feed):
    tail = FeedTail(feed, SIMPLE)
    tail.read()
    feed.rename(feed.with_suffix(".1"))
    append(feed.with_suffix(".1"), "1,2\n")
    assert counts(tail.read()) == [2]
    feed.write_text("2,3\n")
    assert counts(tail.read()) == [3]


def test_a_file_that_is_deleted_and_made_anew(feed):
    tail = FeedTail(feed, SIMPLE)
    tail.read()
    feed.unlink()
    assert tail.read() == []
    assert tail.read() == []
    feed.write_text("5,6\n")
    assert counts(tail.read()) == [6]


def test_a_file_that_is_cut_short_is_read_from_its_beginning(feed):
    append(feed, "1,2\n2,3\n4,")
    tail = FeedTail(feed, SIMPLE)
    tail.read()
    feed.write_text("9,9\n")
    assert counts(tail.read()) == [9]
    assert tail.rotations == 1
    assert "in the middle of a line: b'4,'" in tail.troubles[0]


def test_a_file_that_is_not_there_yet_has_no_rows(tmp_path):
    tail = FeedTail(tmp_path / "later.txt", SIMPLE, from_end=True)
    assert tail.read() == []
    (tmp_path / "later.txt").write_text("1,2\n")
    tail.read()
    append(tmp_path / "later.txt", "2,3\n")
    assert counts(tail.read()) == [3]
    tail.close()


def test_a_feed_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(InstrumentError, match="the dosimetry feed cannot be read"):
        FeedTail(tmp_path, SIMPLE).read()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 99), min_size=1, max_size=30), st.data())
def test_whatever_the_portions_every_row_comes_once(tmp_path_factory, values, data):
    path = tmp_path_factory.mktemp("feed") / "counts.txt"
    stream = "".join(f"{n},{value}\n" for n, value in enumerate(values)).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    tail, found = FeedTail(path, SIMPLE), []
    for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        append(path, stream[start:stop])
        if stream[:stop].endswith(b"\n") and data.draw(st.booleans()):
            found += tail.read()
            if path.exists():
                path.rename(path.with_suffix(".1"))
        found += tail.read()
    found += tail.read()
    tail.close()
    assert counts(found) == values
