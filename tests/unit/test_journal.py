"""The journal: what it accepts, what it refuses, and what it says when the disk does not take it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import record_samples
from record_samples import BEAM_HEADER, END, RTL_HEADER, write_beam_run

from radtest.core import (
    BusyError,
    Effect,
    Event,
    InjectionResult,
    Outcome,
    RadtestError,
    RecordError,
    StorageError,
    Upset,
)
from radtest.log import EVENTS, Journal, open_journal

SEU = Event(time_ns=1, kind=Effect.SEU)


def test_events_are_numbered_from_one_and_flush_returns_the_last_durable_one(tmp_path):
    with Journal.create(tmp_path / "run.journal", BEAM_HEADER) as journal:
        assert [journal.event(SEU) for _ in range(3)] == [1, 2, 3]
        assert journal.flush() == 3
        assert journal.outcome(InjectionResult(Upset(0, 0, 0, 0, 0), Outcome.SDC, 0, 0, 1)) == 1


def test_flush_of_an_empty_journal_returns_zero(tmp_path):
    with Journal.create(tmp_path / "run.journal", BEAM_HEADER) as journal:
        assert journal.flush() == 0


def test_acknowledged_events_are_already_visible_to_another_connection(tmp_path):
    path = tmp_path / "run.journal"
    visible: list[tuple[int, int]] = []

    def acknowledged(sequence: int) -> None:
        with sqlite3.connect(path) as connection:
            visible.append((sequence, connection.execute("SELECT max(sequence) FROM event").fetchone()[0]))
        connection.close()

    with Journal.create(path, BEAM_HEADER, acknowledged=acknowledged) as journal:
        for _ in range(1000):
            journal.event(SEU)
    assert visible[-1][0] == 1000
    assert all(seen >= sequence for sequence, seen in visible)


def test_events_from_many_threads_are_all_recorded_once(tmp_path):
    path = tmp_path / "run.journal"
    with Journal.create(path, BEAM_HEADER, capacity=64) as journal:
        threads = [threading.Thread(target=lambda: [journal.event(SEU) for _ in range(500)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert journal.flush() == 2000
    with open_journal(path) as reader:
        numbers = np.concatenate([block["sequence"] for block in reader.blocks(EVENTS)])
    assert np.array_equal(numbers, np.arange(1, 2001))


def test_a_live_journal_can_be_read_and_followed(tmp_path):
    path = tmp_path / "run.journal"
    with Journal.create(path, BEAM_HEADER) as journal, open_journal(path) as reader:
        journal.event(SEU)
        journal.flush()
        assert reader.count(EVENTS) == 1
        journal.event(replace(SEU, time_ns=7))
        journal.flush()
        (new,) = reader.blocks(EVENTS, after=1)
        assert new["time_ns"].tolist() == [7]
        assert reader.end is None
        assert reader.header == BEAM_HEADER


def test_a_closed_journal_is_one_file_and_reading_it_leaves_none_beside_it(tmp_path):
    path = write_beam_run(tmp_path / "run.journal")
    with open_journal(path) as reader:
        assert reader.end == END
        assert reader.counts()["events"] == 100
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.journal"]


@pytest.mark.parametrize("header", [BEAM_HEADER, RTL_HEADER], ids=["beam", "rtl"])
def test_the_header_reads_back_as_written(tmp_path, header):
    Journal.create(tmp_path / "run.journal", header).close()
    with open_journal(tmp_path / "run.journal") as reader:
        assert reader.header == header


def test_an_existing_journal_is_never_overwritten(tmp_path):
    path = write_beam_run(tmp_path / "run.journal")
    before = path.read_bytes()
    with pytest.raises(BusyError, match="exists already"):
        Journal.create(path, BEAM_HEADER)
    assert path.read_bytes() == before
    assert not (tmp_path / "run.journal.lock").exists()


def test_a_journal_being_written_cannot_be_taken_by_another(tmp_path):
    path = tmp_path / "run.journal"
    with Journal.create(path, BEAM_HEADER), pytest.raises(BusyError, match="is being written by process"):
        Journal.create(path, BEAM_HEADER)


def test_a_folder_that_does_not_exist_is_an_error_that_names_it(tmp_path):
    with pytest.raises(StorageError, match="absent"):
        Journal.create(tmp_path / "absent" / "run.journal", BEAM_HEADER)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (replace(SEU, channel="x" * 256), r"256 bytes in UTF-8; at most 255 fit"),
        (replace(SEU, detail="µ" * 512), r"1024 bytes in UTF-8; at most 1023 fit"),
        (replace(SEU, detail="a\0b"), "NUL"),
        (replace(SEU, detail="\ud800"), "not valid Unicode"),
        (replace(SEU, address=-1), r"events.address = -1"),
        (replace(SEU, expected=2**64), r"events.expected = 18446744073709551616: legal is 0 to 2\^64 - 1"),
        (replace(SEU, bit=2**32), "events.bit"),
        (replace(SEU, time_ns=-1), "events.time_ns = -1"),
        (replace(SEU, fluence_cm2=float("nan")), "events.fluence_cm2 = nan"),
        (replace(SEU, fluence_cm2=-1.0), "events.fluence_cm2"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_queued(tmp_path, event, message):
    with Journal.create(tmp_path / "run.journal", BEAM_HEADER) as journal:
        with pytest.raises(RecordError, match=message):
            journal.event(event)
        assert journal.event(SEU) == 1


@pytest.mark.parametrize(
    ("channel", "unit", "times", "values", "message"),
    [
        ("a/b", "V", [0], [1.0], "not a legal name"),
        ("", "V", [0], [1.0], "not a legal name"),
        ("psu.ch1", "V", [0, 1], [1.0], "times for"),
        ("psu.ch1", "V", [-1], [1.0], "legal is 0 and up"),
        ("psu.ch1", "A" * 64, [0], [1.0], "at most 63 fit"),
    ],
)
def test_telemetry_that_does_not_fit_is_refused(tmp_path, channel, unit, times, values, message):
    with Journal.create(tmp_path / "run.journal", BEAM_HEADER) as journal, pytest.raises(RecordError, match=message):
        journal.telemetry(channel, unit, times, values)


def test_a_channel_keeps_its_unit(tmp_path):
    with Journal.create(tmp_path / "run.journal", BEAM_HEADER) as journal:
        journal.telemetry("psu.ch1", "V", [0], [1.0])
        with pytest.raises(RecordError, match="unit 'mV' after 'V'"):
            journal.telemetry("psu.ch1", "mV", [1], [1000.0])


def test_a_header_that_does_not_fit_leaves_no_file(tmp_path):
    with pytest.raises(RecordError, match=r"header\.title"):
        Journal.create(tmp_path / "run.journal", replace(BEAM_HEADER, title="a\0b"))
    assert list(tmp_path.iterdir()) == []


def test_a_run_ends_once(tmp_path):
    with Journal.create(tmp_path / "run.journal", BEAM_HEADER) as journal:
        journal.end(END)
        with pytest.raises(RecordError, match="ended already"):
            journal.end(END)


def test_a_closed_journal_refuses(tmp_path):
    journal = Journal.create(tmp_path / "run.journal", BEAM_HEADER)
    journal.close()
    journal.close()
    with pytest.raises(StorageError, match="closed"):
        journal.event(SEU)


def limit_pages(journal: Journal, pages: int) -> None:
    """Let SQLite believe that the disk is full at that many pages; 0 frees it again."""
    journal._commits.connection.execute(f"PRAGMA max_page_count = {pages or 1 << 30}")


def test_a_full_disk_is_loud_and_loses_nothing_once_there_is_room(tmp_path):
    path = tmp_path / "run.journal"
    with Journal.create(path, BEAM_HEADER) as journal:
        durable = journal.event(SEU)
        journal.flush()
        limit_pages(journal, 20)
        queued: list[int] = []
        with pytest.raises(StorageError, match="full"):
            queued.extend(journal.event(replace(SEU, detail="x" * 1000)) for _ in range(100_000))
        with pytest.raises(StorageError, match="full"):
            journal.flush()
        with sqlite3.connect(path) as connection:
            assert connection.execute("SELECT max(sequence) FROM event").fetchone()[0] >= durable
        connection.close()
        limit_pages(journal, 0)
        assert journal.flush() == queued[-1] > durable
        assert journal.event(SEU) == queued[-1] + 1


def test_a_full_disk_is_loud_at_close_and_the_lock_is_given_up(tmp_path):
    path = tmp_path / "run.journal"
    journal = Journal.create(path, BEAM_HEADER)
    limit_pages(journal, 20)
    for _ in range(200):
        journal.event(replace(SEU, detail="x" * 1000))
    with pytest.raises(StorageError, match="full"):
        journal.close()
    assert not path.with_name("run.journal.lock").exists()


def test_an_error_in_the_callers_function_surfaces_and_the_events_are_kept(tmp_path):
    def acknowledged(sequence: int) -> None:
        raise ZeroDivisionError(sequence)

    path = tmp_path / "run.journal"
    journal = Journal.create(path, BEAM_HEADER, acknowledged=acknowledged)
    journal.event(SEU)
    with pytest.raises(RadtestError, match=r"acknowledged\(\) raised ZeroDivisionError: 1") as caught:
        journal.flush()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    with pytest.raises(RadtestError, match="acknowledged"):
        journal.close()
    with open_journal(path) as reader:
        assert reader.count(EVENTS) == 1


def test_a_program_that_forgets_to_close_still_writes_what_it_queued(tmp_path):
    code = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from record_samples import BEAM_HEADER\n"
        "from radtest.core import Effect, Event\n"
        "from radtest.log import Journal\n"
        "journal = Journal.create(sys.argv[1], BEAM_HEADER)\n"
        "for i in range(5000): journal.event(Event(i, Effect.SEU))\n"
    )
    path = tmp_path / "run.journal"
    subprocess.run([sys.executable, "-c", code, path, Path(record_samples.__file__).parent], check=True, timeout=60)
    with open_journal(path) as reader:
        assert reader.count(EVENTS) == 5000
