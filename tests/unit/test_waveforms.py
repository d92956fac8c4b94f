"""Captures of oscilloscopes in journal and sealed file."""

from __future__ import annotations

import math
from pathlib import Path

import h5py
import numpy as np
import pytest

from radtest.core import Beam, Device, RecordError, RunEnd, RunHeader, StopReason
from radtest.log import Journal, captures_of, open_record, recover, seal, verify

HEADER = RunHeader(1, "captures", 0, Beam("Kr", 78, 1226.0, 25.0), Device("X"), "", "test")


def journal(folder: Path, captures: list[tuple[str, int, list[float]]], *, ended: bool = True) -> Path:
    path = folder / "a.journal"
    with Journal.create(path, HEADER) as writer:
        for channel, time_ns, volts in captures:
            writer.waveform(channel, time_ns, -1e-9, 2e-9, volts)
        if ended:
            writer.end(RunEnd(10**9, StopReason.COMPLETED, valid=True))
        else:
            writer.flush()
    return path


def test_captures_of_several_channels_come_back_as_they_were(tmp_path):
    made = [("scope.1", 5, [1.0, 2.0, 3.0]), ("scope.2", 6, [0.5]), ("scope.1", 7, [4.0, 5.0, 6.0])]
    path = seal(journal(tmp_path, made))
    assert verify(path).ok
    with open_record(path) as record:
        found = captures_of(record)
    assert list(found) == ["scope.1", "scope.2"]
    first = found["scope.1"]
    np.testing.assert_array_equal(first.volts, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    np.testing.assert_array_equal(first.time_ns, [5, 7])
    np.testing.assert_allclose(first.times_s(1), [-1e-9, 1e-9, 3e-9])


def test_captures_of_different_length_are_filled_up_and_say_how_long_they_are(tmp_path):
    path = seal(journal(tmp_path, [("scope.1", 5, [1.0]), ("scope.1", 6, [1.0, 2.0])]))
    with open_record(path) as record:
        captures = captures_of(record)["scope.1"]
    np.testing.assert_array_equal(captures.samples, [1, 2])
    np.testing.assert_array_equal(captures.volts, [[1.0, np.nan], [1.0, 2.0]])
    assert len(captures.times_s(0)) == 1


def test_the_sealed_group_is_drawn_by_viewers_of_nexus(tmp_path):
    path = seal(journal(tmp_path, [("scope.1", 5, [1.0, 2.0])]))
    with h5py.File(path) as file:
        group = file["entry/waveforms/scope.1"]
        assert (group.attrs["NX_class"], group.attrs["signal"]) == ("NXdata", "volts")
        assert {name: group[name].dtype.str for name in group} == {
            "captured": "<i8",
            "interval": "<f8",
            "samples": "<i8",
            "start": "<f8",
            "volts": "<f4",
        }
        assert {name: group[name].attrs["units"] for name in group} == {
            "captured": "ns",
            "interval": "s",
            "samples": "1",
            "start": "s",
            "volts": "V",
        }


def test_a_run_without_captures_has_no_group_for_them(tmp_path):
    path = seal(journal(tmp_path, []))
    with open_record(path) as record:
        assert captures_of(record) == {}
        assert "/entry/waveforms" not in record.file


def test_captures_of_a_run_that_died_are_recovered(tmp_path):
    recovered = recover(journal(tmp_path, [("scope.1", 5, [1.0, 2.0])], ended=False))
    with open_record(recovered) as record:
        np.testing.assert_array_equal(captures_of(record)["scope.1"].volts, [[1.0, 2.0]])


@pytest.mark.parametrize(
    ("channel", "time_ns", "start", "interval", "volts"),
    [
        ("scope/1", 0, 0.0, 1e-9, [1.0]),
        ("scope.1", -1, 0.0, 1e-9, [1.0]),
        ("scope.1", 0, math.nan, 1e-9, [1.0]),
        ("scope.1", 0, 0.0, 0.0, [1.0]),
        ("scope.1", 0, 0.0, 1e-9, []),
        ("scope.1", 0, 0.0, 1e-9, [[1.0]]),
        ("scope.1", 0, 0.0, 1e-9, [math.inf]),
    ],
)
def test_what_is_no_capture_is_refused(tmp_path, channel, time_ns, start, interval, volts):
    with Journal.create(tmp_path / "a.journal", HEADER) as writer:
        with pytest.raises(RecordError):
            writer.waveform(channel, time_ns, start, interval, volts)
        writer.end(RunEnd(1, StopReason.COMPLETED, valid=True))
    with open_record(seal(tmp_path / "a.journal")) as record:
        assert captures_of(record) == {}


def test_a_changed_sample_is_found(tmp_path):
    path = seal(journal(tmp_path, [("scope.1", 5, [1.0, 2.0])]))
    with h5py.File(path, "r+") as file:
        file["entry/waveforms/scope.1/volts"][0, 0] = 9.0
    assert not verify(path).ok


def test_columns_of_another_length_are_an_error_of_the_file(tmp_path):
    path = seal(journal(tmp_path, [("scope.1", 5, [1.0, 2.0])]))
    with h5py.File(path, "r+") as file:
        del file["entry/waveforms/scope.1/start"]
        file["entry/waveforms/scope.1/start"] = np.zeros(3)
    messages = [finding.message for finding in verify(path).findings]
    assert any("columns differ in length" in message for message in messages)
