"""Care for the record: wrong files, damage, verification and recovery."""

from __future__ import annotations

import json
import random
import sqlite3
from pathlib import Path

import h5py
import numpy as np
import pytest
from click.testing import CliRunner
from record_samples import BEAM_HEADER, END, write_beam_run, write_rtl_run

from radtest.cli.log import command
from radtest.core import BusyError, Effect, Event, RadtestError, RecordError, StopReason
from radtest.log import EVENTS, Journal, Severity, open_journal, open_record, recover, seal, summarise, verify
from radtest.log.salvage import _Reading

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@pytest.fixture
def journal(tmp_path):
    return write_beam_run(tmp_path / "run.journal")


@pytest.fixture
def sealed(journal):
    return seal(journal)


def other_hdf5(path: Path, **attributes: str) -> Path:
    with h5py.File(path, "w") as file:
        file.attrs.update(attributes)
    return path


def truncated(sealed: Path) -> Path:
    path = sealed.with_name("short.h5")
    path.write_bytes(sealed.read_bytes()[: sealed.stat().st_size // 2])
    return path


WRONG_FILES = {
    "png": (lambda folder, _: write(folder / "a.h5", PNG), r"a\.h5: a PNG image, not a sealed radtest record"),
    "csv": (lambda folder, _: write(folder / "a.csv", b"let,count\n1,2\n"), "a text file"),
    "empty": (lambda folder, _: write(folder / "a.h5", b""), "an empty file"),
    "binary": (
        lambda folder, _: write(folder / "a.h5", bytes(range(200, 256)) * 20),
        "unknown type .it starts with c8 c9",
    ),
    "folder": (lambda folder, _: folder, "is a folder"),
    "absent": (lambda folder, _: folder / "absent.h5", "no such file"),
    "journal": (lambda folder, _: folder / "run.journal", "an SQLite database, not a sealed record"),
    "other": (lambda folder, _: other_hdf5(folder / "a.h5"), "no attribute filetype; supported is filetype 'radtest'"),
    "foreign": (lambda folder, _: other_hdf5(folder / "a.h5", filetype="nexus"), "filetype 'nexus'"),
    "newer": (
        lambda folder, _: other_hdf5(folder / "a.h5", filetype="radtest", version="2.0"),
        r"version 2\.0; this radtest supports version 1\.x",
    ),
    "truncated": (lambda _, sealed: truncated(sealed), "damaged or truncated HDF5"),
}


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("case", WRONG_FILES)
def test_a_wrong_file_is_named_with_what_was_found(tmp_path, sealed, case):
    make, message = WRONG_FILES[case]
    path = make(tmp_path, sealed)
    with pytest.raises(RecordError, match=message) as caught:
        open_record(path)
    assert str(path) in str(caught.value)
    assert caught.value.exit_status == 2


def test_a_newer_minor_version_is_read(tmp_path, sealed):
    with h5py.File(sealed, "r+") as file:
        file.attrs["version"] = "1.7"
    with open_record(sealed) as record:
        assert record.header == BEAM_HEADER


def foreign_database(path: Path, application: int, version: int) -> Path:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA application_id = {application}")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.execute("CREATE TABLE t (a)")
    connection.close()
    return path


def test_a_foreign_database_is_no_journal(tmp_path):
    with pytest.raises(RecordError, match="application id 0x7, not a radtest journal"):
        open_journal(foreign_database(tmp_path / "a.db", 7, 1))


def test_a_journal_of_another_version_is_refused(tmp_path):
    with pytest.raises(RecordError, match="version 9; this radtest supports version 2"):
        open_journal(foreign_database(tmp_path / "a.db", 0x52414454, 9))


def test_what_was_sealed_is_intact(tmp_path, sealed):
    verification = verify(sealed)
    assert verification.ok
    assert verification.findings == ()
    assert verification.counts == {
        "events": 100,
        "targets": 0,
        "outcomes": 0,
        "strikes": 0,
        "quality": 2,
        "fluence": 100,
        "telemetry": 4,
    }
    assert verify(seal(write_rtl_run(tmp_path / "rtl.journal"))).findings == ()


def test_any_changed_byte_is_found(sealed):
    content = sealed.read_bytes()
    chooser = random.Random(2)
    for position in chooser.sample(range(len(content)), 60):
        changed = bytearray(content)
        changed[position] ^= 1 << chooser.randrange(8)
        sealed.write_bytes(bytes(changed))
        try:
            ok = verify(sealed).ok and not verify(sealed).findings
        except RecordError:
            continue
        assert not ok, f"byte {position}"


def edit(path: Path, change) -> None:
    with h5py.File(path, "r+") as file:
        change(file)


def set_event(column: str, value: object):
    def change(file: h5py.File) -> None:
        row = file["entry/events"][50]
        row[column] = value
        file["entry/events"][50] = row

    return change


def replace_text(place: str, value: bytes):
    def change(file: h5py.File) -> None:
        del file[place]
        file[place] = np.array(value, dtype=h5py.string_dtype("utf-8", len(value)))

    return change


@pytest.mark.parametrize(
    ("change", "place", "message"),
    [
        (set_event("observed", 7), "/", "content is not what was sealed"),
        (set_event("kind", b"xyz"), "/entry/events.kind", "'xyz' is not one of seu, mbu"),
        (set_event("time_ns", 0), "/entry/events.time_ns", "goes backwards"),
        (set_event("sequence", 77), "/entry/events.sequence", "row 50 has number 77, expected 51"),
        (replace_text("entry/configuration", b'title = "Xe"\n'), "/entry/configuration", "SHA-256"),
        (replace_text("entry/end_time", b"2020-01-01T00:00:00.000000000Z"), "/entry/end_time", "before the start"),
        (replace_text("entry/start_time", b"yesterday"), "/entry", "'yesterday': not a time"),
        (replace_text("entry/stop_reason", b"boredom"), "/entry", "boredom"),
        (lambda file: file.__delitem__("entry/quality"), "/entry/quality", "missing"),
        (lambda file: file["entry/dut"].attrs.__setitem__("NX_class", "NXfoo"), "/entry/dut", "'NXfoo' instead of"),
        (lambda file: file["entry"].create_dataset("note", data="free text"), "/entry/note", "variable-width"),
        (
            lambda file: (
                file.__delitem__("entry/upsets/upsets"),
                file["entry/upsets"].create_dataset("upsets", data=[1]),
            ),
            "/entry/upsets",
            "signal and axis differ in length",
        ),
    ],
)
def test_verification_names_the_place_and_what_was_found(sealed, change, place, message):
    edit(sealed, change)
    verification = verify(sealed)
    found = {finding.place: finding.message for finding in verification.findings}
    assert message in found[place]
    assert not verification.ok  # the content is not what was sealed


def test_a_file_repacked_with_the_same_content_is_intact_with_a_warning(sealed):
    edit(sealed, lambda file: file.attrs.__setitem__("default", "entry"))
    verification = verify(sealed)
    assert verification.ok
    assert [(f.severity, f.place) for f in verification.findings] == [(Severity.WARNING, "(file)")]


def test_a_time_that_goes_backwards_is_a_warning_the_file_is_what_was_recorded(tmp_path):
    with Journal.create(tmp_path / "run.journal", BEAM_HEADER) as journal:
        journal.event(Event(2, Effect.SEU))
        journal.event(Event(1, Effect.SEU))
        journal.fluence(0, 5.0)
        journal.fluence(1, 4.0)
        journal.end(END)
    verification = verify(seal(tmp_path / "run.journal"))
    assert verification.ok
    assert {finding.place for finding in verification.findings} == {"/entry/events.time_ns", "/entry/fluence/value"}


def test_a_journal_is_verified_too(journal):
    verification = verify(journal)
    assert (verification.kind, verification.ok, verification.findings) == ("journal", True, ())
    assert verification.counts["events"] == 100


def unfinished(path: Path, events: int = 3000) -> Path:
    with Journal.create(path, BEAM_HEADER) as journal:
        for number in range(events):
            journal.event(Event(number * 1000, Effect.SEU, detail="x" * 40))
            journal.fluence(number * 1000, float(number))
        journal.telemetry("psu.ch1", "A", range(9_000_000, 9_000_100), [0.1] * 100)
    return path


def test_a_run_that_died_is_sealed_as_lost_and_not_valid(tmp_path):
    path = recover(unfinished(tmp_path / "run.journal"))
    with open_record(path) as record:
        assert record.end.stop_reason is StopReason.LOST
        assert not record.end.valid
        assert record.end.end_time_ns == BEAM_HEADER.start_time_ns + 9_000_099
        assert len(record.events) == 3000
        assert record.quality_value("recovered") == 1.0
    assert verify(path).findings == ()
    assert (tmp_path / "run.journal").exists()


def test_recovery_keeps_the_end_of_a_run_that_had_ended(journal):
    with open_record(recover(journal)) as record:
        assert record.end == END
        assert record.quality["sequence"].tolist() == [1, 2, 3]


def test_recovery_refuses_a_living_journal(tmp_path):
    with Journal.create(tmp_path / "run.journal", BEAM_HEADER), pytest.raises(BusyError, match="is being written"):
        recover(tmp_path / "run.journal")


def test_recovery_never_overwrites(tmp_path, sealed):
    with pytest.raises(BusyError, match="exists already"):
        recover(tmp_path / "run.journal")


def test_a_truncated_journal_gives_what_can_be_read_and_says_what_was_lost(tmp_path):
    journal = unfinished(tmp_path / "run.journal")
    whole = journal.read_bytes()
    journal.write_bytes(whole[: len(whole) * 6 // 10])
    path = recover(journal)
    with open_record(path) as record:
        assert 1000 < len(record.events) < 3000
        assert record.quality_value("journal_damaged") == 1.0
        lost = {str(row["name"]): str(row["detail"]) for row in record.quality}
        assert "an unknown number at the end" in lost["lost_rows_event"]
    assert journal.stat().st_size == len(whole) * 6 // 10
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run.journal", path.name]


def test_a_damaged_page_costs_only_its_own_blocks(tmp_path):
    journal = unfinished(tmp_path / "run.journal")
    connection = sqlite3.connect(journal)
    page_size = connection.execute("PRAGMA page_size").fetchone()[0]
    sizes = [row[0] for row in connection.execute("SELECT events FROM event")]
    connection.close()
    content = bytearray(journal.read_bytes())
    (page,) = pages_holding_event(content, page_size, 1500)
    content[page * page_size : (page + 1) * page_size] = b"\xa5" * page_size
    journal.write_bytes(bytes(content))
    with pytest.raises(RecordError, match=r"damaged[\s\S]*radtest log recover"), open_journal(journal) as reader:
        list(reader.blocks(EVENTS))
    with open_record(recover(journal)) as record:
        lost = record.quality_value("lost_rows_event")
        assert 1 <= lost <= 2 * max(sizes)
        assert len(record.events) == 3000 - lost
        assert record.events["sequence"][[0, -1]].tolist() == [1, 3000]
        assert len(record.fluence) == 3000


def test_one_changed_bit_of_an_event_in_a_journal_is_found_and_costs_its_block(tmp_path):
    journal = unfinished(tmp_path / "run.journal")
    content = bytearray(journal.read_bytes())
    position = content.find((1_500_000).to_bytes(8, "little"))
    content[position + 8] ^= 1
    journal.write_bytes(bytes(content))
    assert [finding.message for finding in verify(journal).findings if "event" in finding.message]
    assert not verify(journal).ok
    with open_record(recover(journal)) as record:
        lost = record.quality_value("lost_rows_event")
        assert 1 <= lost <= 256
        assert len(record.events) == 3000 - lost
        assert 1501 not in record.events["sequence"]


def pages_holding_event(content: bytes, page_size: int, number: int) -> list[int]:
    needle = (number * 1000).to_bytes(8, "little")
    return sorted({position // page_size for position in find_all(content, needle)})[:1]


def find_all(content: bytes, needle: bytes):
    position = content.find(needle)
    while position >= 0:
        yield position
        position = content.find(needle, position + 1)


def test_a_journal_without_a_readable_header_cannot_be_recovered(tmp_path):
    journal = unfinished(tmp_path / "run.journal")
    content = journal.read_bytes()
    journal.write_bytes(content[:4096])
    with pytest.raises(RadtestError, match="damaged"):
        recover(journal)
    assert [p.name for p in tmp_path.iterdir()] == ["run.journal"]


@pytest.mark.parametrize(
    ("words", "instead"),
    [
        (
            b"CREATE TABLE event (\n    sequence INTEGER PRIMARY KEY",
            b"CREATE TABLE event (\n    sequence INTEGFR PRIMARY KEY",
        ),
        (b"CREATE TABLE fluence", b"CREATE TABXE fluence"),
        (b"CREATE TABLE telemetry", b"CREATE TABLE tel\xffmetry"),
    ],
    ids=["type of a key", "a word of the language", "a name"],
)
def test_a_damaged_schema_of_a_journal_costs_nothing(tmp_path, words, instead):
    journal = unfinished(tmp_path / "run.journal")
    content = journal.read_bytes()
    assert content.count(words) == 1
    journal.write_bytes(content.replace(words, instead))
    with open_record(recover(journal)) as record:
        assert record.quality_value("journal_damaged") == 1.0
        assert record.quality_value("lost_rows_event") is None
        assert record.events["sequence"].tolist() == list(range(1, 3001))
        assert len(record.fluence) == 3000


def test_a_table_that_sqlite_no_longer_knows_is_given_up_at_once(tmp_path):
    path = tmp_path / "run.journal"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE event (sequence TEXT PRIMARY KEY)")
    connection.execute("INSERT INTO event VALUES ('no number')")
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    for table in ("event", "telemetry"):
        reading = _Reading(connection, table, limit=10**9 if table == "telemetry" else 1000)
        assert list(reading.rows()) == []
        assert reading.tail
    connection.close()
    assert len(asked) < 100


def invoke(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(command, [str(argument) for argument in arguments], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.return_value or 0, result.output


def test_show_prints_one_json_object_for_both_kinds(journal, sealed):
    for path, kind in ((journal, "journal"), (sealed, "sealed")):
        status, output = invoke("show", path, "--json", "--events", 2)
        summary = json.loads(output)
        assert (status, summary["kind"]) == (0, kind)
        assert summary["events_by_kind"] == {"sel": 10, "seu": 90}
        assert [event["sequence"] for event in summary["first_events"]] == [1, 2]
        assert summary["source"]["let_mev_cm2_mg"] == 25.0


def test_a_journal_and_its_sealed_file_show_the_same(journal, sealed):
    from_journal, from_sealed = summarise(journal), summarise(sealed)
    for summary in (from_journal, from_sealed):
        del summary["file"], summary["kind"]
    assert from_journal == from_sealed


def test_show_is_for_people_without_the_option(sealed):
    _, output = invoke("show", sealed)
    assert "10 sel, 90 seu" in output
    assert "quality live_fluence_cm2: 90000 1/cm2 less dead time" in output


def test_verify_ends_with_one_for_a_damaged_file(sealed):
    edit(sealed, set_event("observed", 7))
    status, output = invoke("verify", sealed, "--json")
    assert status == 1
    assert json.loads(output)["ok"] is False


def test_recover_says_what_it_sealed(tmp_path):
    status, output = invoke("recover", unfinished(tmp_path / "run.journal"), "--remove-journal", "--json")
    result = json.loads(output)
    assert (status, result["stop_reason"], result["counts"]["events"]) == (0, "lost", 3000)
    assert [p.name for p in tmp_path.iterdir()] == [Path(result["file"]).name]
