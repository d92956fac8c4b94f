"""Events in a journal lie in blocks: any events, any cuts, and what is read is what was recorded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_samples import BEAM_HEADER, END
from record_samples import EVENTS as ANY_EVENT

from radtest.core import Effect, Event, Outcome, RecordError
from radtest.log import EVENTS, Journal, open_journal, open_record, seal
from radtest.log.event_blocks import (
    EFFECT_CODES,
    EVENT_ENTRY,
    OUTCOME_CODES,
    EventBlock,
    block_checksum,
    event_table_dtype,
    event_tables,
    pack_event,
    pack_events,
    unpack_block,
)
from radtest.log.record_rows import decoded, event_from_row


def test_every_effect_and_outcome_has_a_code_that_never_changes():
    assert [effect.value for effect in EFFECT_CODES] == ["seu", "mbu", "set", "sel", "sefi", "seb", "segr", "dd", "tid"]
    assert [outcome.value for outcome in OUTCOME_CODES] == [
        "masked",
        "latent",
        "corrected",
        "detected",
        "sdc",
        "hang",
        "invalid",
    ]
    assert set(EFFECT_CODES) == set(Effect)
    assert set(OUTCOME_CODES) == set(Outcome)


def as_blocks(events: list[Event], sizes: list[int]) -> list[EventBlock]:
    blocks, first = [], 0
    for size in sizes:
        packed = [pack_event(event) for event in events[first : first + size]]
        entries, text = b"".join(entry for entry, _ in packed), b"".join(text for _, text in packed)
        if packed:
            first += len(packed)
            blocks.append(unpack_block(first, len(packed), block_checksum(entries, text), entries, text))
    return blocks


@settings(max_examples=60, deadline=None)
@given(st.lists(ANY_EVENT, max_size=12), st.lists(st.integers(1, 5), min_size=12, max_size=12), st.integers(1, 7))
def test_any_events_in_any_blocks_read_back_in_portions_of_any_size(events, sizes, rows):
    blocks = as_blocks(events, sizes)
    for kind in (None, event_table_dtype(blocks)):
        tables = list(event_tables(blocks, rows, kind))
        assert all(len(table) == rows for table in tables[:-1])
        read = [event_from_row(row) for table in tables for row in decoded(table)]
        assert read == events
        assert [n for table in tables for n in table["sequence"].tolist()] == list(range(1, len(events) + 1))


@settings(max_examples=40, deadline=None)
@given(st.lists(ANY_EVENT, min_size=1, max_size=8), st.integers(0, 9))
def test_what_comes_after_a_number_keeps_its_own_text(events, after):
    (block,) = as_blocks(events, [len(events)])
    if after >= len(events):
        return
    (table,) = event_tables([block.after(after)], 100)
    assert [event_from_row(row) for row in decoded(table)] == events[after:]


def test_a_changed_byte_anywhere_in_a_block_is_found():
    entry, text = pack_event(Event(5, Effect.SEU, address=7, channel="memory", detail="x"))
    checksum = block_checksum(entry, text)
    for position in range(len(entry) + len(text)):
        changed = bytearray(entry + text)
        changed[position] ^= 1
        with pytest.raises(ValueError, match="is damaged"):
            unpack_block(1, 1, checksum, bytes(changed[: len(entry)]), bytes(changed[len(entry) :]))


def test_many_events_from_arrays_are_those_one_by_one(tmp_path):
    path = tmp_path / "run.journal"
    addresses = np.arange(1000, dtype=np.uint64) + 2**63
    acknowledged: list[int] = []
    with Journal.create(path, BEAM_HEADER, acknowledged=acknowledged.append) as journal:
        assert journal.event(Event(1, Effect.SEL)) == 1
        last = journal.events(
            Effect.SEU, 10 * np.arange(1000), address=addresses, bit=3, expected=0, observed=8, channel="memory"
        )
        assert last == 1001
        assert journal.event(Event(10_001, Effect.SEFI, detail="end")) == 1002
        journal.end(END)
    assert acknowledged[-1] == 1002
    with open_record(seal(path)) as record:
        events = list(record.iter_events())
    assert events[0] == Event(1, Effect.SEL)
    assert events[1:-1] == [
        Event(10 * n, Effect.SEU, address=2**63 + n, bit=3, expected=0, observed=8, channel="memory")
        for n in range(1000)
    ]
    assert events[-1].detail == "end"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"time_ns": [-1, 2]}, r"events\.time_ns: legal are whole numbers from 0"),
        ({"time_ns": [1.5]}, "not an array of float64"),
        ({"time_ns": [1, 2], "address": [1]}, r"events\.address: values of shape \(1,\) for 2 events"),
        ({"time_ns": [1], "bit": 2**32}, r"events\.bit"),
        ({"time_ns": [1], "fluence_cm2": float("nan")}, r"events\.fluence_cm2"),
        ({"time_ns": [1], "detail": "x" * 1024}, "at most 1023 fit"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_and_nothing_is_queued(tmp_path, arguments, message):
    with Journal.create(tmp_path / "run.journal", BEAM_HEADER) as journal:
        with pytest.raises(RecordError, match=message):
            journal.events(Effect.SEU, **arguments)
        assert journal.event(Event(1, Effect.SEU)) == 1


def test_a_whole_number_is_asked_for():
    with pytest.raises(RecordError, match="whole number"):
        pack_event(replace(Event(1, Effect.SEU), time_ns=1.0))
    with pytest.raises(RecordError, match=r"events\.address"):
        pack_event(Event(1, Effect.SEU, address=1.5))


def test_blocks_hold_at_most_256_events_however_they_come(tmp_path):
    path = tmp_path / "run.journal"
    with Journal.create(path, BEAM_HEADER, linger_s=0.05) as journal:
        journal.events(Effect.SEU, np.arange(700))
        for number in range(300):
            journal.event(Event(number, Effect.SEU))
        journal.events(Effect.SEU, np.arange(5))
    with open_journal(path) as reader:
        sizes = [len(block.entries) for block in reader.event_blocks()]
        assert sum(sizes) == reader.count(EVENTS) == 1005
        assert max(sizes) <= 256
        assert len(sizes) < 12
    assert len(list(pack_events(Effect.SEU, np.arange(700)))) == 3
    assert EVENT_ENTRY.itemsize == 52
