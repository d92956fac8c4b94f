"""Datagrams of libLogHelper: those of existing benchmarks are understood, and others are refused and counted."""

from __future__ import annotations

import socket

import pytest

from radtest.core import InstrumentError
from radtest.instruments import LogHelperKind, LogHelperListener, LogHelperMessage, parse_log_helper

RUN = [
    "#HEADER size:2097152 repetition:100",
    "#BEGIN Y:2026 M:11 D:22 Time:09:04:41",
    "#IT 5 KerTime:0.1714281 AccTime:1.0425766",
    "#ERR position 333 val 7",
    "#SDC Ite:21 KerTime:0.1732431 AccTime:3.6592631 KerErr:1 AccErr:2",
    "#INF cooling",
    "#ABORT too many errors",
    "#END",
]


def test_a_run_is_read_line_by_line():
    messages = [parse_log_helper(b"\x0e" + line.encode() + b"\n") for line in RUN]
    assert [message.kind for message in messages] == list(LogHelperKind)
    assert all(message.ecc for message in messages)
    assert (messages[2].iteration, messages[2].numbers) == (5, {"KerTime": 0.1714281, "AccTime": 1.0425766})
    assert messages[4].iteration == 21
    assert messages[4].numbers["KerErr"] == 1.0
    assert messages[3].text == "position 333 val 7"
    assert messages[7] == LogHelperMessage(LogHelperKind.END, True, "")


def test_the_first_byte_tells_whether_memory_is_protected():
    assert not parse_log_helper(b"\x0d#END\n").ecc


@pytest.mark.parametrize(
    ("datagram", "message"),
    [
        (b"", "0 bytes that begin with nothing; legal are 2 to 1024"),
        (b"\x0e", "legal are 2 to 1024"),
        (b"#END\n", "begin with 0e"),
        (b"\x0e" + b"x" * 1024, "1025 bytes"),
        (b"\x0e#END \xff\n", "byte 6 is not ASCII"),
        (b"\x0eEND\n", "no line of libLogHelper"),
        (b"\x0e#STOP\n", "legal begin with #HEADER, #BEGIN"),
        (b"\x0e#INF a\nb\n", "no line"),
        (b"\x0e#IT five\n", r"legal is #IT <iteration> <name>:<number>"),
        (b"\x0e#IT 5 KerTime:fast\n", "legal is #IT"),
        (b"\x0e#SDC Ite:1 KerErr:1e999\n", "a number too large"),
    ],
)
def test_anything_else_is_refused(datagram, message):
    with pytest.raises(InstrumentError, match=message):
        parse_log_helper(datagram, "10.0.0.7")


def test_datagrams_are_received_and_those_of_others_counted():
    with (
        LogHelperListener(0) as listener,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as board,
    ):
        for datagram in (b"\x0e#IT 1 KerTime:0.5\n", b"nonsense", b"\x0d#END\n"):
            board.sendto(datagram, ("127.0.0.1", listener.port))
        messages = listener.read(5.0)
        while len(messages) < 2:
            messages += listener.read(5.0)
        assert [message.kind.value for message in messages] == ["IT", "END"]
        assert messages[0].sender == "127.0.0.1"
        assert (listener.received, listener.refused) == (2, 1)
        assert "begin with 6e 6f 6e 73" in listener.troubles[0]
        assert listener.read(0.01) == []
        assert listener._socket.getsockname()[0] == "127.0.0.1"


def test_only_the_senders_named_are_heard():
    with (
        LogHelperListener(0, senders=frozenset({"127.0.0.2"})) as listener,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as board,
    ):
        board.sendto(b"\x0e#END\n", ("127.0.0.1", listener.port))
        assert listener.read(5.0) == []
        assert "datagram from 127.0.0.1: not one of 127.0.0.2" in listener.troubles[0]


def test_a_port_in_use_is_named():
    with LogHelperListener(0) as listener, pytest.raises(InstrumentError, match="cannot be listened on"):
        LogHelperListener(listener.port)
