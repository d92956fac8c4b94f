"""The wire between engine and guard: what was said arrives, and nothing that arrives can do harm."""

from __future__ import annotations

import contextlib
import json
import random
import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from radtest.guard.plan import GuardPlan
from radtest.guard.wire import LONGEST_LINE_BYTES, Wire, WireClosedError, WireError

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""On a busy machine."""


def pair() -> tuple[Wire, Wire]:
    first, second = socket.socketpair()
    return Wire(first), Wire(second)


def taken_from(raw: bytes) -> list[dict[str, object]]:
    """Let a wire take bytes as another process might send them; everything it makes of them."""
    first, second = socket.socketpair()
    wire = Wire(second)
    try:
        first.sendall(raw)
        first.close()
        messages: list[dict[str, object]] = []
        while True:
            try:
                messages += wire.take()
            except WireClosedError:
                return messages
    finally:
        first.close()
        wire.close()


@PATIENT
@given(st.lists(st.dictionaries(st.text(), JSON, max_size=4), max_size=8))
def test_what_was_put_is_taken(messages):
    ours, theirs = pair()
    for message in messages:
        ours.put(message)
    assert theirs.take() == messages
    ours.close()
    with pytest.raises(WireClosedError):
        theirs.take()
    theirs.close()


@PATIENT
@given(st.binary(max_size=300))
def test_any_bytes_are_messages_or_refused(raw):
    try:
        messages = taken_from(raw)
    except WireError:
        return
    assert all(isinstance(message, dict) for message in messages)


@pytest.mark.parametrize(
    "line", [b"[1]\n", b"7\n", b"\xff\n", b"{\n", b"{} {}\n", b"[" * 50_000 + b"\n", b"9" * 50_000 + b"\n", b"\n"]
)
def test_a_line_that_is_no_object_is_refused(line):
    with pytest.raises(WireError, match=r"not JSON|no object"):
        taken_from(line)


def test_a_line_without_an_end_is_refused_before_it_fills_the_memory():
    first, second = socket.socketpair()
    wire = Wire(second)
    first.setblocking(False)

    def pour() -> None:
        for _ in range(100):
            with contextlib.suppress(BlockingIOError):
                first.send(b"a" * 65536)
            wire.take()

    with pytest.raises(WireError, match="more than"):
        pour()
    first.close()
    wire.close()


def test_a_message_too_long_is_not_sent():
    ours, theirs = pair()
    with pytest.raises(WireError, match="legal"):
        ours.put({"text": "x" * LONGEST_LINE_BYTES})
    assert theirs.take() == []
    ours.close()
    theirs.close()


def test_an_end_that_reads_nothing_costs_samples_but_no_latch_up():
    ours, theirs = pair()
    said = 0
    for number in range(20_000):
        ours.offer({"is": "sample", "number": number, "text": "x" * 200})
        if number % 5000 == 0:
            ours.put({"is": "latch_up", "number": number})
            said += 1
    assert ours.dropped > 0
    heard = []
    while ours.waiting:
        heard += theirs.take()
        ours.flush()
    heard += theirs.take()
    assert [message["number"] for message in heard if message["is"] == "latch_up"] == [0, 5000, 10_000, 15_000]
    assert len(heard) == 20_000 - ours.dropped + said
    ours.close()
    theirs.close()


@PATIENT
@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_what_is_no_plan_is_refused(message):
    with pytest.raises(WireError, match="no plan"):
        GuardPlan.from_message(message)


@pytest.mark.slow
def test_a_hundred_thousand_mutilated_streams():
    """Streams of real messages, with bytes changed, cut out, doubled and inserted."""
    rng = random.Random(1)
    stream = b"".join(
        json.dumps(message).encode() + b"\n"
        for message in ({"do": "beat"}, {"is": "sample", "rows": [[1, 1.2, 0.1, False]]}, {"do": "arm", "id": 3})
    )
    refused = 0
    for _ in range(100_000):
        raw = bytearray(stream)
        for _ in range(rng.randint(1, 4)):
            start, length = rng.randrange(len(raw)), rng.randint(0, 6)
            raw[start : start + length] = rng.choice(
                (b"", rng.randbytes(length), bytes(raw[:length]), b"\n", b'"', b"{")
            )
            if not raw:
                break
        try:
            taken_from(bytes(raw))
        except WireError:
            refused += 1
    assert 10_000 < refused < 100_000
