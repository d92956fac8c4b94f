"""A journal whose process died is gone on with, as if nothing had happened."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from record_samples import BEAM_HEADER, END, RTL_HEADER, TARGETS

from radtest.core import BusyError, Effect, Event, InjectionResult, Outcome, RecordError, StorageError, Upset
from radtest.log import EVENTS, OUTCOMES, Journal, open_journal, open_record, seal, verify


def abandoned(path: Path, events: int = 3) -> Path:
    """Leave the journal of a process that died: what it had committed, in the write-ahead log, and no end."""
    living = path.with_name("living.journal")
    with Journal.create(living, BEAM_HEADER) as journal:
        for number in range(events):
            journal.event(Event(number, Effect.SEU, address=number))
        journal.telemetry("psu.ch1", "A", [0], [0.1])
        journal.flush()
        for suffix in ("", "-wal", "-shm"):
            shutil.copyfile(living.with_name(living.name + suffix), path.with_name(path.name + suffix))
    return path


def test_what_is_queued_comes_after_what_is_there(tmp_path):
    path = abandoned(tmp_path / "run.journal")
    acknowledged: list[int] = []

    with Journal.resume(path, acknowledged=acknowledged.append) as journal:
        assert journal.flush() == 3
        assert journal.event(Event(10, Effect.SEU, address=3)) == 4
        journal.telemetry("psu.ch1", "A", [5], [0.2])
        journal.telemetry("psu.ch2", "V", [5], [1.2])
        assert journal.flush() == 4
        journal.end(END)

    sealed = seal(path)
    assert verify(sealed).ok
    assert acknowledged == [4]
    with open_record(sealed) as record:
        assert record.events["sequence"].tolist() == [1, 2, 3, 4]
        assert record.events["address"].tolist() == [0, 1, 2, 3]
        assert record.telemetry["psu.ch1"]["value"].tolist() == [0.1, 0.2]
        assert record.telemetry["psu.ch2"]["value"].tolist() == [1.2]


def test_outcomes_are_numbered_on(tmp_path):
    path = tmp_path / "run.journal"
    with Journal.create(path, RTL_HEADER) as journal:
        journal.targets(TARGETS)
        for index in range(5):
            journal.outcome(InjectionResult(Upset(index, 0, 0, 0, 0), Outcome.SDC, 0, 0, 1))

    with Journal.resume(path) as journal:
        assert journal.outcome(InjectionResult(Upset(5, 0, 0, 0, 0), Outcome.SDC, 0, 0, 1)) == 6

    with open_journal(path) as reader:
        assert (reader.count(OUTCOMES), reader.last_sequence(OUTCOMES), reader.last_sequence(EVENTS)) == (6, 6, 0)


def test_a_channel_keeps_its_unit(tmp_path):
    with (
        Journal.resume(abandoned(tmp_path / "run.journal")) as journal,
        pytest.raises(RecordError, match="unit 'mA' after 'A'"),
    ):
        journal.telemetry("psu.ch1", "mA", [5], [0.2])


def test_it_is_as_durable_as_before(tmp_path):
    """synchronous = FULL is a setting of the connection, and the write-ahead log one of the file."""
    with Journal.resume(abandoned(tmp_path / "run.journal")) as journal:
        assert journal._commits.connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert journal._commits.connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_journal_that_is_being_written_is_refused(tmp_path):
    path = tmp_path / "run.journal"
    with (
        Journal.create(path, BEAM_HEADER),
        pytest.raises(BusyError, match=f"is being written by process {os.getpid()}"),
    ):
        Journal.resume(path)


def test_a_run_that_has_ended_is_refused(tmp_path):
    path = tmp_path / "run.journal"
    with Journal.create(path, BEAM_HEADER) as journal:
        journal.end(END)

    with pytest.raises(RecordError, match="run 12 has ended, by events"):
        Journal.resume(path)
    assert not path.with_name("run.journal.lock").exists()


@pytest.mark.parametrize("content", [b"", b"no journal\n", b"SQLite format 3\0" + bytes(100)])
def test_what_is_no_journal_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "run.journal"
    path.write_bytes(content)
    with pytest.raises(RecordError, match="not a radtest journal"):
        Journal.resume(path)
    assert path.read_bytes() == content
    assert [item.name for item in tmp_path.iterdir()] == ["run.journal"]


def test_a_journal_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(RecordError, match="no such file"):
        Journal.resume(tmp_path / "run.journal")


def test_a_damaged_journal_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "run.journal"
    with Journal.create(path, BEAM_HEADER) as journal:
        for number in range(2000):
            journal.event(Event(number, Effect.SEU, detail="x" * 100))
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * 8192)

    with pytest.raises(RecordError, match="the journal is damaged") as error:
        Journal.resume(path)
    assert "radtest log recover" in str(error.value)


def test_a_database_that_somebody_else_holds_cannot_be_written(tmp_path, monkeypatch):
    path = abandoned(tmp_path / "run.journal")
    monkeypatch.setattr(sqlite3, "connect", lambda *a, connect=sqlite3.connect, **k: connect(*a, timeout=0.0, **k))
    holder = sqlite3.connect(path)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="cannot be written: database is locked"):
        Journal.resume(path)
    holder.close()


def test_killed_again_and_again_it_loses_nothing_acknowledged(tmp_path):
    path = tmp_path / "run.journal"
    program = (
        "import os, signal, sys\n"
        f"sys.path.insert(0, {str(Path(__file__).parents[1])!r})\n"
        "from record_samples import BEAM_HEADER\n"
        "from radtest.core import Effect, Event\n"
        "from radtest.log import Journal\n"
        "def acknowledged(sequence):\n"
        "    if sequence >= int(sys.argv[2]):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "open_ = Journal.resume if sys.argv[3] == 'resume' else lambda p, **k: Journal.create(p, BEAM_HEADER, **k)\n"
        "journal = open_(sys.argv[1], acknowledged=acknowledged)\n"
        "while True:\n"
        "    journal.event(Event(1, Effect.SEU))\n"
    )
    for until, how in ((50, "create"), (300, "resume"), (900, "resume")):
        killed = subprocess.run([sys.executable, "-c", program, path, str(until), how], check=False)
        assert killed.returncode == -9
        with open_journal(path) as reader:
            assert reader.end is None
            assert reader.last_sequence(EVENTS) == reader.count(EVENTS) >= until
