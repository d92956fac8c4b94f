"""Parsers of bytes from outside: whatever comes, an error of ours is all that happens, and soon.

The slow campaigns give each parser 100,000 inputs, half of them near what is legal.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from radtest.analysis import AdjacencyMap
from radtest.campaign import CHIPIR, BeamCampaignConfiguration, ColumnMap, FeedTail, manual_fluence, parse_row
from radtest.core import RadtestError
from radtest.core.configuration import parse_configuration
from radtest.instruments import DutLineReader, LogHelperMessage, parse_log_helper
from radtest.log.event_blocks import EVENT_ENTRY, block_checksum, event_tables, unpack_block

DUT_BODIES = st.builds(
    lambda number, time, kind, fields: ",".join([str(number), str(time), kind, *fields]).encode("latin-1"),
    st.integers(-1, 2**33),
    st.integers(-1, 2**33),
    st.sampled_from(["HELLO", "READY", "BEAT", "ERR", "SCAN", "EVENT", "INFO", "BYE", "err", ""]),
    st.lists(st.text(st.characters(max_codepoint=255), max_size=20) | st.from_regex(r"[0-9a-f]{1,17}", fullmatch=True)),
)
DUT_STREAMS = st.lists(
    st.binary(max_size=300)
    | DUT_BODIES.map(lambda body: b"$%s*%04X\n" % (body, binascii.crc_hqx(body, 0xFFFF)))
    | st.sampled_from([b"$", b"\n", b"$$", b"*", b"\r\n", b"x" * 500]),
    max_size=6,
)
DATAGRAMS = st.binary(max_size=1100) | st.builds(
    lambda first, kind, text: bytes([first]) + f"#{kind} {text}\n".encode("latin-1"),
    st.sampled_from([0x0E, 0x0D, 0x0F]),
    st.sampled_from(["HEADER", "BEGIN", "IT", "ERR", "SDC", "INF", "ABORT", "END", "X"]),
    st.text(st.characters(max_codepoint=255), max_size=60)
    | st.from_regex(r"(Ite:)?[0-9]{1,30}( [A-Za-z]{1,8}:[0-9.eE+-]{1,12}){0,4}", fullmatch=True),
)
ROWS = st.text(max_size=200) | st.builds(
    lambda date, time, fraction, rest: " ".join([date, time, fraction, *rest]),
    st.from_regex(r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{1,4}", fullmatch=True),
    st.from_regex(r"[0-9]{2}:[0-9]{2}:[0-9]{2}", fullmatch=True),
    st.from_regex(r"-?[0-9.]{1,6}", fullmatch=True),
    st.lists(st.from_regex(r"[0-9.eE+-]{1,25}|N/A|nan|inf", fullmatch=True), min_size=5, max_size=8),
)
EPOCH = ColumnMap(values={"counts": 1}, columns=2, time_format="epoch", separator=",")


def read_dut(portions: list[bytes]) -> None:
    reader, lines = DutLineReader(), 0
    for portion in portions:
        for line in reader.feed(portion):
            lines += 1
            assert 0 <= line.number < 2**32
    assert reader.lines == lines
    assert len(reader._buffer) < 240
    assert 0 <= reader.garbage_bytes <= sum(map(len, portions))


def read_datagram(datagram: bytes) -> None:
    message = parse_log_helper(datagram)
    assert isinstance(message, LogHelperMessage)
    assert (message.iteration is not None) == (message.kind in {"IT", "SDC"})


def read_row(line: str) -> None:
    for columns in (CHIPIR, replace(CHIPIR, separator=";"), EPOCH):
        try:
            row = parse_row(line, columns)
        except RadtestError:
            continue
        assert row is None or set(row.values) == set(columns.values)


def read_fluence(text: str) -> None:
    found = manual_fluence(text, who="A")
    assert 0 <= found.fluence_cm2 < float("inf")


def read_block(content: tuple[int, bytes, bytes]) -> None:
    events, entries, text = content
    try:
        block = unpack_block(events, events, block_checksum(entries, text), entries, text)
    except ValueError:
        return
    assert sum(len(table) for table in event_tables([block], 3)) == events


CAMPAIGN = (Path(__file__).parents[2] / "fixtures" / "campaigns" / "heavy_ion.toml").read_text(encoding="utf-8")
SHORT_CAMPAIGN = "[[ions]]".join(CAMPAIGN.split("[[ions]]")[:2])
WORDS = [
    *["", "0", "-1", "1e999", "nan", "-inf", "99999999999999999999", "true", "''", '"x"', "[]", "{}", "[1, [2]]"],
    *[
        "1979-05-27",
        "07:32:00",
        '"\\u0000"',
        "'" * 3,
        "=",
        "[a]\n",
        "[[ions]]\n",
        "\x00",
        "é",
        "[" * 3000,
        "{a=" * 3000,
    ],
]
EDITS = st.lists(
    st.tuples(st.integers(0, len(SHORT_CAMPAIGN)), st.integers(0, 30), st.sampled_from(WORDS) | st.text(max_size=8)),
    max_size=4,
)
VALUES = st.lists(st.tuples(st.integers(0, SHORT_CAMPAIGN.count("= ") - 1), st.sampled_from(WORDS)), max_size=3)


def read_campaign(changes: tuple[list[tuple[int, int, str]], list[tuple[int, str]]]) -> None:
    """Read a campaign file of which some values are others, and after that some characters."""
    edits, values = changes
    parts = SHORT_CAMPAIGN.split("= ")
    for place, value in values:
        parts[place + 1] = value + "\n" + parts[place + 1].partition("\n")[2]
    text = "= ".join(parts)
    for place, length, instead in edits:
        text = text[:place] + instead + text[place + length :]
    configuration = parse_configuration(text, BeamCampaignConfiguration, "fuzz.toml")
    assert configuration.ions


BLOCKS = st.integers(0, 4).flatmap(
    lambda events: st.tuples(
        st.just(events),
        st.binary(min_size=events * EVENT_ENTRY.itemsize, max_size=events * EVENT_ENTRY.itemsize) | st.binary(),
        st.binary(max_size=20),
    )
)
FLUENCES = st.text(max_size=40) | st.from_regex(r"[0-9.eE+-]{1,8} ?(\+-|±) ?[0-9.eE+-]{1,8}%?", fullmatch=True)
PARSERS: dict[str, tuple[Callable[..., None], st.SearchStrategy[object]]] = {
    "dut lines": (read_dut, DUT_STREAMS),
    "datagrams": (read_datagram, DATAGRAMS),
    "feed rows": (read_row, ROWS),
    "fluences by hand": (read_fluence, FLUENCES),
    "blocks of a journal": (read_block, BLOCKS),
    "campaign files": (read_campaign, st.tuples(EDITS, VALUES)),
}


def campaign(name: str, examples: int) -> None:
    read, inputs = PARSERS[name]

    @settings(max_examples=examples, deadline=2000, database=None, suppress_health_check=list(HealthCheck))
    @given(inputs)
    def reading(value):
        try:
            read(value)
        except RadtestError as error:
            refusals.add(error.message)

    refusals: set[str] = set()
    reading()
    assert "" not in refusals


@pytest.mark.parametrize("name", PARSERS)
def test_whatever_comes_is_read_or_refused(name):
    campaign(name, 300)


@pytest.mark.slow
@pytest.mark.parametrize("name", PARSERS)
def test_a_hundred_thousand_inputs(name):
    campaign(name, 100_000)


def files(examples: int, folder) -> None:
    @settings(max_examples=examples, deadline=2000, database=None, suppress_health_check=list(HealthCheck))
    @given(st.binary(max_size=400) | st.lists(ROWS, max_size=5).map(lambda rows: "\n".join(rows).encode()), st.binary())
    def reading(first, second):
        path = folder / "feed.txt"
        path.write_bytes(first)
        tail = FeedTail(path, CHIPIR)
        tail.read()
        with path.open("ab") as file:
            file.write(second)
        tail.read()
        path.write_bytes(second)
        tail.read()
        tail.close()
        path.write_bytes(b"address,bit,row,column\n" + first)
        with suppress(RadtestError):
            AdjacencyMap.from_csv(path)

    reading()


def test_files_of_any_content_are_read_or_refused(tmp_path):
    files(200, tmp_path)


@pytest.mark.slow
def test_a_hundred_thousand_files(tmp_path):
    files(100_000, tmp_path)
