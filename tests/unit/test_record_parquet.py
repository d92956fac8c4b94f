"""Tables of a record as Parquet: the same numbers, null where nothing was recorded."""

from __future__ import annotations

import json
import math
import sys

import pytest
from click.testing import CliRunner
from record_samples import BEAM_HEADER, END, write_beam_run, write_rtl_run

from radtest.cli.log import command
from radtest.core import BusyError, ConfigurationError, Effect, Event, ToolMissingError
from radtest.log import Journal, amend, export_parquet, open_record, seal

parquet = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def sealed(tmp_path):
    return seal(write_beam_run(tmp_path / "run.journal"))


def test_events_come_back_with_their_types_and_nulls(tmp_path):
    with Journal.create(tmp_path / "run.journal", BEAM_HEADER) as journal:
        journal.event(Event(5, Effect.SEU, address=2**64 - 1, bit=0, expected=0, fluence_cm2=1.5, detail="µ"))
        journal.event(Event(6, Effect.SEL))
        journal.end(END)
    with open_record(seal(tmp_path / "run.journal")) as record:
        assert export_parquet(record, "events", tmp_path / "events.parquet") == 2
    table = parquet.read_table(tmp_path / "events.parquet")
    first, second = table.to_pylist()
    assert first == {
        "sequence": 1, "time_ns": 5, "kind": "seu", "outcome": "", "address": 2**64 - 1, "bit": 0, "expected": 0,
        "observed": None, "fluence_cm2": 1.5, "channel": "", "detail": "µ",
    }  # fmt: skip
    assert [name for name, value in second.items() if value is None] == [
        "address", "bit", "expected", "observed", "fluence_cm2"
    ]  # fmt: skip
    assert table.schema.field("address").type == "uint64"
    assert table.schema.metadata[b"run_number"] == b"12"


@pytest.mark.parametrize("table", ["events", "quality", "amendments", "targets", "outcomes", "fluence", "telemetry"])
def test_every_table_has_the_rows_of_the_csv(tmp_path, sealed, table):
    amend(sealed, "note", "x", why="a", who="b")
    record_file = sealed if table not in {"targets", "outcomes"} else seal(write_rtl_run(tmp_path / "rtl.journal"))
    target = tmp_path / "out.parquet"
    result = CliRunner().invoke(command, ["export", str(record_file), "--table", table, "--to", str(target), "--json"])
    rows = json.loads(result.output)["rows"]
    assert parquet.read_table(target).num_rows == rows > 0


def test_it_is_written_in_groups(tmp_path, sealed, monkeypatch):
    monkeypatch.setattr("radtest.log.parquet._GROUP_ROWS", 30)
    with open_record(sealed) as record:
        assert export_parquet(record, "events", tmp_path / "e.parquet") == 100
        assert export_parquet(record, "telemetry", tmp_path / "t.parquet") == 4
    file = parquet.ParquetFile(tmp_path / "e.parquet")
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [30, 30, 30, 10]
    assert file.read()["sequence"].to_pylist() == list(range(1, 101))
    rows = parquet.read_table(tmp_path / "t.parquet").to_pylist()
    assert rows[2] == {"channel": "psu.ch1_current", "unit": "A", "time_ns": 2_000_000, "value": 0.35}


def test_a_reading_that_failed_is_null(tmp_path):
    with Journal.create(tmp_path / "run.journal", BEAM_HEADER) as journal:
        journal.telemetry("psu.ch1", "A", [0, 1], [math.nan, 1.0])
        journal.end(END)
    with open_record(seal(tmp_path / "run.journal")) as record:
        export_parquet(record, "telemetry", tmp_path / "t.parquet")
    assert parquet.read_table(tmp_path / "t.parquet")["value"].to_pylist() == [None, 1.0]


def test_only_a_parquet_file_is_replaced(tmp_path, sealed):
    target = tmp_path / "events.parquet"
    with open_record(sealed) as record:
        export_parquet(record, "events", target)
        export_parquet(record, "events", target)
        target.write_text("notes")
        with pytest.raises(BusyError, match="is a text file, and would be replaced"):
            export_parquet(record, "events", target)
        with pytest.raises(ConfigurationError, match="no table of a record is called 'summary'"):
            export_parquet(record, "summary", tmp_path / "s.parquet")
    assert target.read_text() == "notes"


def test_without_pyarrow_the_message_says_what_to_install(tmp_path, sealed, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with open_record(sealed) as record, pytest.raises(ToolMissingError, match=r"pip install 'radtest\[export\]'"):
        export_parquet(record, "events", tmp_path / "e.parquet")
    assert not (tmp_path / "e.parquet").exists()
