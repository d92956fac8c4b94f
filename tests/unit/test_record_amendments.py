"""Amendments: what is known better later is added to a sealed file, and what was sealed stays as it was."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import h5py
import pytest
from click.testing import CliRunner
from record_samples import BEAM_HEADER, RTL_HEADER, START_NS, write_beam_run, write_rtl_run

from radtest.cli.log import command
from radtest.core import BusyError, ConfigurationError, RecordError, StorageError
from radtest.log import amend, cross_section_point, open_record, seal, summarise, verify
from radtest.log.content import CONTENT_ATTRIBUTE, content_digest
from radtest.log.lock import JournalLock


@pytest.fixture
def sealed(tmp_path):
    return seal(write_beam_run(tmp_path / "run.journal"))


def test_an_amendment_is_a_new_row_and_the_original_is_untouched(sealed):
    with h5py.File(sealed) as file:
        before = {name: file[f"entry/{name}"][()].tobytes() for name in ("events", "quality", "title", "valid")}
        fingerprint = file.attrs[CONTENT_ATTRIBUTE]
    assert amend(sealed, "quality/live_fluence_cm2", "8.5e4", why="calibration", who="A. Lab", time_ns=START_NS) == 1
    assert amend(sealed, "valid", "false", why="wrong device", who="B. Lab, µ") == 2
    assert verify(sealed).findings == ()
    with open_record(sealed) as record:
        assert record.quality_value("live_fluence_cm2") == 90_000.0
        assert record.end.valid
        assert record.header == BEAM_HEADER
        assert record.amended("quality/live_fluence_cm2") == "85000.0"
        assert record.amendments[["field", "stated", "value", "who"]].tolist() == [
            ("quality/live_fluence_cm2", "90000.0", "85000.0", "A. Lab"),
            ("valid", "true", "false", "B. Lab, µ"),
        ]
        assert record.amendments["time"][0] == "2026-11-22T09:59:11.613267531Z"
    with h5py.File(sealed) as file:
        assert {name: file[f"entry/{name}"][()].tobytes() for name in before} == before
        assert content_digest(file, without="/entry/amendments") == fingerprint
        assert file["entry/amendments"].attrs["sealed_sha256"] == fingerprint
        assert file.attrs[CONTENT_ATTRIBUTE] != fingerprint
    assert sorted(path.name for path in sealed.parent.iterdir()) == ["run.journal", sealed.name]


def test_a_second_amendment_of_a_field_says_what_the_first_did(sealed):
    amend(sealed, "source/let", "26.1", why="a", who="b")
    amend(sealed, "source/let", "26.2", why="c", who="b")
    with open_record(sealed) as record:
        assert record.amendments["stated"].tolist() == ["25.0", "26.1"]
        assert record.amended("source/let") == "26.2"
        assert record.amended("source/tilt") is None


def test_a_cross_section_takes_what_is_known_better(sealed):
    amend(sealed, "quality/live_fluence_cm2", "85000", why="calibration", who="A")
    amend(sealed, "source/let", "26.1", why="degrader", who="A")
    amend(sealed, "dut/bits", "1024", why="half of it was masked", who="A")
    with open_record(sealed) as record:
        point = cross_section_point(record)
        assert (point.fluence_cm2, point.let_mev_cm2_mg, point.bits, point.tilt_deg) == (85_000.0, 26.1, 1024, 0.0)
    amend(sealed, "valid", "false", why="wrong device", who="A")
    with open_record(sealed) as record, pytest.raises(RecordError, match="not valid"):
        cross_section_point(record)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("entry/title", "x", r"no field 'entry/title' can be amended; legal: title, facility, operator, valid, note"),
        ("events", "x", "no field 'events'"),
        ("valid", "maybe", "valid = 'maybe': legal is true or false"),
        ("source/let", "high", "source/let = 'high': legal is a finite number"),
        ("source/let", "inf", "legal is a finite number"),
        ("dut/bits", "1.5", "dut/bits = '1.5': legal is a whole number"),
        ("quality/dead_time_s", "nan", "legal is a finite number"),
    ],
)
def test_what_is_no_field_or_no_value_of_it_is_refused(sealed, field, value, message):
    before = sealed.read_bytes()
    with pytest.raises(ConfigurationError, match=message):
        amend(sealed, field, value, why="x", who="y")
    assert sealed.read_bytes() == before


def test_a_reason_and_a_name_are_asked_for(sealed):
    with pytest.raises(ConfigurationError, match="without --why"):
        amend(sealed, "note", "x", why=" ", who="y")
    with pytest.raises(RecordError, match=r"amendments\.who"):
        amend(sealed, "note", "x", why="a", who="y" * 256)


def test_a_damaged_file_and_a_journal_are_not_amended(sealed):
    with pytest.raises(RecordError, match="is a journal"):
        amend(sealed.parent / "run.journal", "note", "x", why="a", who="b")
    content = bytearray(sealed.read_bytes())
    content[len(content) // 2] ^= 1
    sealed.write_bytes(bytes(content))
    with pytest.raises(RecordError, match=r"is not amended|damaged"):
        amend(sealed, "note", "x", why="a", who="b")
    assert sealed.read_bytes() == bytes(content)


def test_two_cannot_amend_a_file_at_once(sealed):
    with JournalLock(sealed), pytest.raises(BusyError, match="is being written by process"):
        amend(sealed, "note", "x", why="a", who="b")


def test_a_full_disk_leaves_the_file_as_it_was(sealed, monkeypatch):
    before = sealed.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("radtest.log.amendments.append_file_digest", full)
    with pytest.raises(StorageError, match="cannot be amended"):
        amend(sealed, "note", "x", why="a", who="b")
    assert sealed.read_bytes() == before
    assert sorted(path.name for path in sealed.parent.iterdir()) == ["run.journal", sealed.name]


def test_rights_of_the_file_stay(sealed):
    sealed.chmod(0o640)
    amend(sealed, "note", "x", why="a", who="b")
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o640


def test_an_edit_of_the_original_under_an_amendment_is_found(sealed):
    amend(sealed, "note", "x", why="a", who="b")
    with h5py.File(sealed, "r+") as file:
        row = file["entry/events"][50]
        row["observed"] = 7
        file["entry/events"][50] = row
        file.attrs[CONTENT_ATTRIBUTE] = content_digest(file)
    found = {finding.place: finding.message for finding in verify(sealed).findings}
    assert "without the amendments the SHA-256 is" in found["/entry/amendments"]


def test_a_simulation_can_be_amended(tmp_path):
    sealed = seal(write_rtl_run(tmp_path / "rtl.journal"))
    amend(sealed, "source/top", "soc", why="a", who="b")
    with open_record(sealed) as record:
        assert record.header == RTL_HEADER
        assert record.amended("source/top") == "soc"


def test_the_command_amends_and_show_tells(sealed):
    arguments = ["amend", str(sealed), "--field", "note", "--value", "beam trip at 10 s", "--why", "log book"]
    result = CliRunner().invoke(command, [*arguments, "--who", "A. Lab", "--json"])
    assert json.loads(result.output)["amendment"] == 1
    shown = CliRunner().invoke(command, ["show", str(sealed)]).output
    assert "note = beam trip at 10 s (was not stated): log book, A. Lab" in shown
    assert summarise(sealed)["amendments"][0]["who"] == "A. Lab"
    assert CliRunner().invoke(command, ["export", str(sealed), "--table", "amendments"]).output.count("\n") == 2


AMENDER = """
import os, signal, sys
import radtest.log.amendments as module
moment, path = sys.argv[1:]
def die(*arguments, **keywords):
    os.kill(os.getpid(), signal.SIGKILL)
owner, name = {"copy": (module.shutil, "copyfile"), "write": (module, "append_file_digest"),
               "check": (module, "_check"), "rename": (module.Path, "replace"),
               "after": (module, "sync_folder")}[moment]
setattr(owner, name, die)
module.amend(path, "note", "x", why="a", who="b")
"""


@pytest.mark.parametrize("moment", ["copy", "write", "check", "rename", "after"])
def test_killed_at_any_step_there_is_one_whole_file(sealed, moment):
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", AMENDER, moment, sealed], env=environment, check=False, timeout=60)
    assert done.returncode == -9
    assert verify(sealed).findings == ()
    with open_record(sealed) as record:
        assert len(record.amendments) == (1 if moment == "after" else 0)
    amend(sealed, "note", "again", why="a", who="b")
    assert verify(sealed).ok
