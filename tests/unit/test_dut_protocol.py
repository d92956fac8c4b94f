"""The DUT protocol: every message as its client writes it, and everything a bad line makes of it."""

from __future__ import annotations

import binascii

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radtest.core import ConfigurationError, Effect, Event, InstrumentError
from radtest.instruments import (
    DutBeat,
    DutBye,
    DutEvent,
    DutHello,
    DutInfo,
    DutLine,
    DutLineReader,
    DutLink,
    DutMismatch,
    DutReady,
    DutScan,
    upset_events,
)
from radtest.instruments.dut_client.radtest_dut import LONGEST_LINE, RadtestDut

MESSAGES = [
    DutHello("SRAM-16M", "A3", 65536, 32),
    DutReady("checkerboard"),
    DutBeat(3, 2**32 - 1),
    DutMismatch(0x1F, 0, 2**64 - 1),
    DutScan(4, 2**40, 1),
    DutEvent(Effect.SEFI, "watchdog reset"),
    DutInfo("core at 31 C"),
    DutBye("end of test"),
]


def say(dut: RadtestDut, message) -> None:
    match message:
        case DutHello(part, serial, words, word_bits):
            dut.hello(part, serial, words, word_bits)
        case DutReady(pattern):
            dut.ready(pattern)
        case DutBeat(scans, mismatches):
            dut.beat(scans, mismatches)
        case DutMismatch(address, expected, observed):
            dut.mismatch(address, expected, observed)
        case DutScan(number, words, mismatches):
            dut.scan(number, words, mismatches)
        case DutEvent(kind, text):
            dut.event(kind.value, text)
        case DutInfo(text):
            dut.info(text)
        case DutBye(reason):
            dut.bye(reason)


def said(messages) -> list[bytes]:
    lines: list[bytes] = []
    dut = RadtestDut(lines.append, time_ms=lambda: 7)
    for message in messages:
        say(dut, message)
    return lines


def line(body: bytes) -> bytes:
    return b"$%s*%04X\n" % (body, binascii.crc_hqx(body, 0xFFFF))


def test_the_checksum_is_that_of_the_specification():
    assert binascii.crc_hqx(b"123456789", 0xFFFF) == 0x29B1
    assert said([DutBeat(3, 1)]) == [b"$0,7,BEAT,3,1*C8FE\n"]


def test_every_message_is_read_as_it_was_said():
    reader = DutLineReader()
    assert reader.feed(b"".join(said(MESSAGES))) == [DutLine(n, 7, message) for n, message in enumerate(MESSAGES)]
    assert (reader.lines, reader.lost, reader.refused, reader.garbage_bytes, reader.restarts) == (8, 0, 0, 0, 0)


def test_lines_may_end_as_terminals_end_them():
    (found,) = DutLineReader().feed(said([DutInfo("x")])[0].replace(b"\n", b"\r\n"))
    assert found.message == DutInfo("x")


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_whatever_the_portions_the_lines_are_the_same(data):
    stream = b"".join(said(MESSAGES))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    reader = DutLineReader()
    found = [item for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True) for item in reader.feed(stream[a:b])]
    assert [item.message for item in found] == MESSAGES


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 7))
def test_after_any_garbage_the_next_whole_line_is_found(garbage, which):
    """At most the line that the garbage runs into is lost."""
    lines = said(MESSAGES)
    reader = DutLineReader()
    found = reader.feed(b"".join(lines[:which]) + garbage + b"\n" + b"".join(lines[which:]))
    assert [item.message for item in found][-(8 - which) :] == MESSAGES[which:]
    assert [item.message for item in found][:which] == MESSAGES[:which]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 7), st.integers(0, 10_000), st.integers(0, 7))
def test_one_flipped_bit_never_makes_another_message(which, position, bit):
    lines = said(MESSAGES)
    changed = bytearray(lines[which])
    changed[position % len(changed)] ^= 1 << bit
    lines[which] = bytes(changed)
    found = DutLineReader().feed(b"".join(lines))
    others = [m for n, m in enumerate(MESSAGES) if n not in {which, which + 1}]
    assert all(item.message in MESSAGES for item in found)
    assert [item.message for item in found if item.message in others] == others


def test_a_line_that_is_missing_is_counted():
    lines = said(MESSAGES)
    reader = DutLineReader()
    found = reader.feed(lines[0] + lines[3] + lines[4])
    assert [item.lost for item in found] == [0, 2, 0]
    assert reader.lost == 2


def test_a_line_cut_off_by_the_next_costs_itself_only():
    lines = said(MESSAGES)
    reader = DutLineReader()
    found = reader.feed(lines[0] + lines[1][:9] + lines[2])
    assert [item.message for item in found] == [MESSAGES[0], MESSAGES[2]]
    assert (reader.lost, reader.garbage_bytes) == (1, 9)


def test_a_program_that_starts_again_is_told_from_lines_lost():
    reader = DutLineReader()
    first = reader.feed(b"".join(said(MESSAGES)))
    second = reader.feed(b"".join(said(MESSAGES[:2])))
    third = reader.feed(b"".join(said(MESSAGES[:3])[1:]))
    assert not any(item.restarted for item in first)
    assert [item.restarted for item in second] == [True, False]
    assert [(item.restarted, item.lost) for item in third] == [(True, 1), (False, 0)]
    assert reader.restarts == 2


def test_numbers_wrap():
    reader = DutLineReader()
    lines = [line(b"4294967295,0,INFO,a"), line(b"0,0,INFO,b"), line(b"2,0,INFO,c")]
    found = reader.feed(b"".join(lines))
    assert [(item.lost, item.restarted) for item in found] == [(0, False), (0, False), (1, False)]


@pytest.mark.parametrize(
    ("bytes_", "reason"),
    [
        (b"$0,1,BEAT,3,1*0000\n", "wrong checksum"),
        (b"$0,1,BEAT,3,1*c8fe\n", "no checksum"),
        (b"$0,1,BEAT,3,1\n", "no checksum"),
        (line(b"4294967296,1,BEAT,3,1"), "not <number>,<time>,<kind>"),
        (line(b"-1,1,BEAT,3,1"), "not <number>,<time>,<kind>"),
        (line(b"0,1,BEAT"), "0 fields; legal is scans,mismatches"),
        (line(b"0,1,BEAT,3,x"), "'x' is no whole number below 4294967296"),
        (line(b"0,1,BEAT,3,4294967296"), "is no whole number"),
        (line(b"0,1,SHOUT,3"), "no message is called 'SHOUT'; legal: HELLO, READY, BEAT, ERR"),
        (line(b"0,1,ERR,0x1,2,3"), "'0x1' is no hexadecimal"),
        (line(b"0,1,ERR,1,2,11112222333344445"), "is no hexadecimal number of up to 64 bits"),
        (line(b"0,1,ERR,1,2,2"), "words are equal"),
        (line(b"0,1,HELLO,2,A,B,1,1"), "version '2'; this radtest speaks 1"),
        (line(b"0,1,EVENT,boom,x"), "'boom' is not a valid Effect"),
        (line(b"0,1,INFO,a*b"), "not <number>"),
        (line(b"0,1,INFO," + b"x" * 230), "longer than 240 bytes"),
        (b"hello\n", "outside of a line"),
    ],
)
def test_what_is_no_line_is_refused_and_told(bytes_, reason):
    reader = DutLineReader()
    assert reader.feed(bytes_) == []
    assert reason in reader.troubles[0].reason
    assert reader.refused + bool(reader.garbage_bytes) == 1


def test_memory_does_not_grow_without_a_line_feed():
    reader = DutLineReader()
    for _ in range(1000):
        assert reader.feed(b"$" + b"x" * 1000) == []
    assert len(reader._buffer) < 240
    assert len(reader.troubles) == 100
    assert reader.feed(b"\n" + said([DutInfo("here")])[0])[0].message == DutInfo("here")


@pytest.mark.parametrize("text", ["a,b", "a$", "a*", "µ", "a\n"])
def test_the_client_refuses_what_no_line_can_hold(text):
    with pytest.raises(ValueError, match="printable ASCII"):
        RadtestDut(print).info(text)


def test_the_client_refuses_a_line_that_is_too_long_and_keeps_its_number():
    lines: list[bytes] = []
    dut = RadtestDut(lines.append)
    with pytest.raises(ValueError, match="at most 240"):
        dut.info("x" * 230)
    dut.info("x" * 200)
    assert lines[0].startswith(b"$0,")
    assert len(lines[0]) <= LONGEST_LINE


def test_the_client_compares_a_whole_array():
    lines: list[bytes] = []
    memory = [0x55555555] * 8
    memory[3] ^= 0b101
    assert RadtestDut(lines.append, time_ms=lambda: 0).compare(memory, lambda _: 0x55555555, 9) == 1
    assert memory[3] == 0x55555555
    messages = [item.message for item in DutLineReader().feed(b"".join(lines))]
    assert messages == [DutMismatch(3, 0x55555555, 0x55555550), DutScan(9, 8, 1)]
    assert list(upset_events(messages[0], 5, fluence_cm2=1.0)) == [
        Event(5, Effect.SEU, None, 3, bit, 0x55555555, 0x55555550, 1.0, "memory") for bit in (0, 2)
    ]


@pytest.mark.parametrize("address", ["usb:1", "tcp:here", "tcp:here:99999", "listen:x", "serial:/dev/null:12"])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(ConfigurationError, match="legal"):
        DutLink(address)


def test_a_port_that_is_not_there_is_named():
    with pytest.raises(InstrumentError, match=r"serial:/dev/absent: cannot be opened"):
        DutLink("serial:/dev/absent")
