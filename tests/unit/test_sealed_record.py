"""The sealed file: what goes in comes out, other programs understand it, and it never replaces anything."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from record_samples import (
    BEAM_HEADER,
    END,
    EVENTS,
    RESULTS,
    RTL_HEADER,
    TARGETS,
    write_beam_run,
    write_rtl_run,
)

from radtest.core import BusyError, CrossSectionPoint, Effect, RecordError, RunEnd, StopReason, StorageError
from radtest.log import Journal, cross_section_point, journal_name, open_record, record_name, seal, verify


@pytest.fixture
def beam(tmp_path):
    return seal(write_beam_run(tmp_path / "run.journal"))


@pytest.fixture
def rtl(tmp_path):
    return seal(write_rtl_run(tmp_path / "rtl.journal"))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    events=st.lists(EVENTS, max_size=20),
    results=st.lists(RESULTS, max_size=10, unique_by=lambda result: result.upset.index),
    samples=st.lists(st.tuples(st.integers(0, 2**62), st.floats()), max_size=10),
)
def test_any_run_comes_back_exactly(tmp_path_factory, events, results, samples):
    folder = tmp_path_factory.mktemp("run")
    with Journal.create(folder / "run.journal", RTL_HEADER) as journal:
        journal.targets(TARGETS)
        for event in events:
            journal.event(event)
        for result in results:
            journal.outcome(result)
        journal.telemetry("psu.ch1", "A", [time for time, _ in samples], [value for _, value in samples])
        journal.end(END)
    with open_record(seal(folder / "run.journal")) as record:
        assert record.header == RTL_HEADER
        assert record.end == END
        assert list(record.iter_events()) == events
        assert record.target_list() == TARGETS
        assert list(record.injection_results()) == results
        if samples:
            assert record.telemetry["psu.ch1"]["time_ns"].tolist() == [time for time, _ in samples]
            assert record.telemetry["psu.ch1"]["value"].tobytes() == np.array([v for _, v in samples]).tobytes()


def test_a_beam_run_reads_back_as_arrays(beam):
    with open_record(beam) as record:
        assert record.header == BEAM_HEADER
        assert record.end == END
        assert (record.events["kind"] == "seu").sum() == 90
        assert (record.events["kind"] == Effect.SEL).sum() == 10
        assert record.count(Effect.SEU) == 90
        assert record.fluence["fluence_cm2"][-1] == 100_000.0
        assert dict(record.telemetry_units) == {"psu.ch1_current": "A", "psu.ch1_voltage": "V"}
        assert record.telemetry["psu.ch1_current"]["value"].tolist() == [0.1, 0.1, 0.35]
        assert record.quality_value("live_fluence_cm2") == 90_000.0
        assert record.quality_value("never_measured") is None
        assert len(record.targets) == len(record.outcomes) == 0


def test_an_amendment_is_a_new_row_and_the_latest_counts(tmp_path):
    with Journal.create(tmp_path / "run.journal", BEAM_HEADER) as journal:
        journal.quality("dead_time_s", 1.0, "s")
        journal.end(END)
        journal.quality("dead_time_s", 2.0, "s", "stop watch was late")
    with open_record(seal(tmp_path / "run.journal")) as record:
        assert record.quality["value"].tolist() == [1.0, 2.0]
        assert record.quality_value("dead_time_s") == 2.0


def test_arrays_outlive_the_file_but_reading_does_not(beam):
    with open_record(beam) as record:
        events = record.events
    assert len(events) == 100
    with pytest.raises(RecordError, match="closed"):
        record.quality  # noqa: B018


def test_a_run_without_events_is_data(tmp_path):
    with Journal.create(tmp_path / "run.journal", BEAM_HEADER) as journal:
        journal.fluence(1, 1e7)
        journal.quality("live_fluence_cm2", 1e7, "1/cm2")
        journal.end(END)
    path = seal(tmp_path / "run.journal")
    with open_record(path) as record:
        assert record.events.shape == (0,)
        assert record.count(Effect.SEU) == 0
        assert cross_section_point(record).count == 0
    with h5py.File(path) as file:
        assert file["entry/upsets/fluence"][:].tolist() == [0.0, 1e7]


READ_WITHOUT_RADTEST = """
import sys, h5py
with h5py.File(sys.argv[1]) as file:
    group = file
    while "default" in group.attrs:
        group = group[group.attrs["default"]]
    assert group.attrs["NX_class"] == "NXdata"
    signal, axis = group[group.attrs["signal"]], group[group.attrs["axes"]]
    assert signal.shape == axis.shape, (signal.shape, axis.shape)
    print(group.name, signal[...].tolist(), axis.attrs["units"], sep="|")
assert not any(name.split(".")[0] == "radtest" for name in sys.modules)
"""


def read_default_plot(path: Path) -> list[str]:
    command = [sys.executable, "-c", READ_WITHOUT_RADTEST, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip().split("|")


def test_the_default_plot_of_a_beam_run_is_found_without_radtest(beam):
    name, signal, units = read_default_plot(beam)
    assert (name, units) == ("/entry/upsets", "1/cm2")
    assert signal == str([*range(91), 90])


def test_the_default_plot_of_an_injection_run_is_found_without_radtest(rtl):
    name, signal, _ = read_default_plot(rtl)
    assert name == "/entry/outcome_counts"
    assert signal == str([3] * 7)


def test_upsets_without_fluence_are_drawn_against_time(tmp_path):
    with Journal.create(tmp_path / "run.journal", BEAM_HEADER) as journal:
        journal.event(replace(next(iter_events(tmp_path)), fluence_cm2=None))
        journal.end(END)
    assert read_default_plot(seal(tmp_path / "run.journal"))[2] == "s"


def iter_events(folder: Path):
    with open_record(seal(write_beam_run(folder / "sample.journal"), folder / "sample.h5")) as record:
        yield from record.iter_events()


def test_the_plot_of_a_long_run_stays_small(tmp_path):
    path = seal(write_beam_run(tmp_path / "run.journal", events=20_000))
    with h5py.File(path) as file:
        assert 3000 < len(file["entry/upsets/upsets"]) < 5000
        assert file["entry/upsets/upsets"][-1] == 18_000


def test_every_dataset_has_a_fixed_width_and_every_group_a_nexus_class(beam, rtl):
    for path in (beam, rtl):
        with h5py.File(path) as file:
            items: list[h5py.Group | h5py.Dataset] = []
            file.visititems(lambda _, item, items=items: items.append(item))
            for item in items:
                if isinstance(item, h5py.Group):
                    assert item.attrs["NX_class"].startswith("NX")
                else:
                    kinds = [item.dtype[name] for name in item.dtype.names or ()] or [item.dtype]
                    assert not any(kind.hasobject for kind in kinds), item.name


def test_the_layout_is_the_documented_one(beam):
    with h5py.File(beam) as file:
        assert {key: file.attrs[key] for key in ("filetype", "version", "default")} == {
            "filetype": "radtest",
            "version": "1.1",
            "default": "entry",
        }
        entry = file["entry"]
        assert entry["title"][()].decode() == BEAM_HEADER.title
        assert entry["stop_reason"][()] == b"events"
        assert entry["valid"][()]
        assert entry["start_time"][()] == b"2026-11-22T09:59:11.613267531Z"
        assert (
            entry["configuration_sha256"][()].decode() == hashlib.sha256(BEAM_HEADER.configuration.encode()).hexdigest()
        )
        assert entry["source/kind"][()] == b"beam"
        assert (entry["source/let"][()], entry["source/let"].attrs["units"]) == (25.0, "MeV.cm2/mg")
        assert entry["source/beam/incident_energy"][()] == 1226.0
        assert entry["dut/temperature"].attrs["units"] == "K"
        assert entry["fluence/value"].attrs["units"] == "1/cm2"
        assert entry["events"]["outcome"][0] == b""
        assert entry["events"]["kind"][9] == b"sel"


def test_a_value_that_is_not_given_is_absent_not_a_default(tmp_path):
    header = replace(BEAM_HEADER, source=replace(BEAM_HEADER.source, range_um=None, flux_cm2_s=None))
    with Journal.create(tmp_path / "run.journal", header) as journal:
        journal.end(END)
    path = seal(tmp_path / "run.journal")
    with h5py.File(path) as file:
        assert "range" not in file["entry/source"]
        assert "flux" not in file["entry/source/beam"]
    with open_record(path) as record:
        assert record.header == header


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (BEAM_HEADER, "run0012_Kr_1226MeV_tilt00_DUT-A3.h5"),
        (RTL_HEADER, "run0001_icarus_picorv32_soc_seed42.h5"),
        (
            replace(BEAM_HEADER, device=replace(BEAM_HEADER.device, serial="DUT-A3")),
            "run0012_Kr_1226MeV_tilt00_DUT-A3.h5",
        ),
        (
            replace(BEAM_HEADER, device=replace(BEAM_HEADER.device, serial="../../x y")),
            "run0012_Kr_1226MeV_tilt00_DUT-x-y.h5",
        ),
        (
            replace(BEAM_HEADER, source=replace(BEAM_HEADER.source, tilt_deg=7.5, roll_deg=90)),
            "run0012_Kr_1226MeV_tilt07.5_roll90_DUT-A3.h5",
        ),
    ],
)
def test_files_are_named_for_people(header, name):
    assert record_name(header) == name
    assert journal_name(header) == name.replace(".h5", ".journal")


def test_sealing_leaves_the_journal_unless_asked(tmp_path):
    journal = write_beam_run(tmp_path / "run.journal")
    path = seal(journal)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["run.journal", path.name]
    seal(journal, tmp_path / "again.h5", remove_journal=True)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["again.h5", path.name]


def test_sealing_never_overwrites(tmp_path):
    journal = write_beam_run(tmp_path / "run.journal")
    precious = tmp_path / "precious.h5"
    precious.write_text("mine")
    with pytest.raises(BusyError, match=r"precious.h5: exists already"):
        seal(journal, precious, remove_journal=True)
    assert precious.read_text() == "mine"
    assert journal.exists()


def test_a_run_that_has_not_ended_is_not_sealed(tmp_path):
    Journal.create(tmp_path / "run.journal", BEAM_HEADER).close()
    with pytest.raises(RecordError, match=r"not ended[\s\S]*radtest log recover"):
        seal(tmp_path / "run.journal")


def test_a_living_journal_is_not_sealed(tmp_path):
    with Journal.create(tmp_path / "run.journal", BEAM_HEADER) as journal:
        journal.end(END)
        with pytest.raises(BusyError, match="is being written by process"):
            seal(tmp_path / "run.journal")


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, OSError("No space left on device")])
def test_an_interrupted_sealing_leaves_no_file(tmp_path, monkeypatch, interruption):
    journal = write_beam_run(tmp_path / "run.journal")

    def interrupted(path):
        raise interruption

    monkeypatch.setattr(sys.modules["radtest.log.seal"], "append_file_digest", interrupted)
    expected = StorageError if isinstance(interruption, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        seal(journal, remove_journal=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.journal"]


def test_what_was_written_wrong_is_not_published(tmp_path, monkeypatch):
    journal = write_beam_run(tmp_path / "run.journal")
    original = h5py.File.close

    def close_after_damage(file):
        if file.mode == "r+" and "events" in file["entry"]:
            row = file["entry/events"][3]
            row["bit"] ^= 1
            file["entry/events"][3] = row
        original(file)

    monkeypatch.setattr(h5py.File, "close", close_after_damage)
    monkeypatch.setattr(h5py.File, "__exit__", lambda file, *_: file.close() if file else None)
    with pytest.raises(StorageError, match="differs from the journal"):
        seal(journal)
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.journal"]


def test_the_sealed_file_follows_the_mask_of_the_user(beam):
    mask = os.umask(0)
    os.umask(mask)
    assert beam.stat().st_mode & 0o777 == 0o666 & ~mask


def test_the_point_of_a_cross_section_is_the_count_over_live_fluence(beam):
    with open_record(beam) as record:
        assert cross_section_point(record) == CrossSectionPoint(
            let_mev_cm2_mg=25.0, count=90, fluence_cm2=90_000.0, bits=1 << 24, device="A3", label=beam.name
        )
        assert cross_section_point(record, Effect.SEL).count == 10
        assert cross_section_point(record, Effect.SEFI).count == 0


def test_an_injection_run_has_no_cross_section(rtl):
    with open_record(rtl) as record, pytest.raises(RecordError, match="'rtl' has no cross section"):
        cross_section_point(record)


def test_a_run_without_live_fluence_has_no_cross_section(tmp_path):
    with Journal.create(tmp_path / "run.journal", BEAM_HEADER) as journal:
        journal.end(END)
    with open_record(seal(tmp_path / "run.journal")) as record, pytest.raises(RecordError, match="live_fluence_cm2"):
        cross_section_point(record)


def test_a_run_marked_not_valid_needs_a_word_to_be_used(tmp_path):
    with Journal.create(tmp_path / "run.journal", BEAM_HEADER) as journal:
        journal.quality("live_fluence_cm2", 1e6, "1/cm2")
        journal.end(RunEnd(END.end_time_ns, StopReason.FAULT, valid=False))
    with open_record(seal(tmp_path / "run.journal")) as record:
        with pytest.raises(RecordError, match="not valid"):
            cross_section_point(record)
        assert cross_section_point(record, accept_invalid=True).count == 0


def test_sealed_files_of_the_same_journal_have_the_same_content(tmp_path):
    journal = write_beam_run(tmp_path / "run.journal")
    stated = []
    for name in ("a.h5", "b.h5"):
        with h5py.File(seal(journal, tmp_path / name)) as file:
            stated.append(file.attrs["content_sha256"])
    assert stated[0] == stated[1]
    assert verify(tmp_path / "a.h5").ok


def test_readings_of_a_few_digits_take_a_third_of_their_size(tmp_path):
    rng = np.random.default_rng(1)
    times = np.arange(60_000) * 50_000_000
    readings = np.round(0.12 + 1e-4 * rng.standard_normal(60_000), 6)
    with Journal.create(tmp_path / "run.journal", BEAM_HEADER) as journal:
        journal.telemetry("psu.ch1_current", "A", times, readings)
        journal.end(END)
    sealed = seal(tmp_path / "run.journal")
    assert sealed.stat().st_size < 60_000 * 16 / 4
    with open_record(sealed) as record:
        assert np.array_equal(record.telemetry["psu.ch1_current"]["time_ns"], times)
        assert np.array_equal(record.telemetry["psu.ch1_current"]["value"], readings)


def test_channels_that_came_mixed_in_blocks_of_any_size_are_told_apart(tmp_path):
    rng = np.random.default_rng(2)
    sizes = rng.integers(0, 40, (200, 3))
    sizes[17] = 0, 70_000, 3
    parts: list[list[float]] = [[], [], []]
    with Journal.create(tmp_path / "run.journal", BEAM_HEADER) as journal:
        for row in sizes:
            for channel, size in enumerate(row):
                values = rng.standard_normal(size).tolist()
                times = range(len(parts[channel]), len(parts[channel]) + size)
                journal.telemetry(f"psu.ch{channel}", "V", list(times), values)
                parts[channel] += values
        journal.end(END)
    with open_record(seal(tmp_path / "run.journal")) as record:
        for channel, values in enumerate(parts):
            samples = record.telemetry[f"psu.ch{channel}"]
            assert samples["value"].tolist() == values
            assert samples["time_ns"].tolist() == list(range(len(values)))
        assert record.file["entry/upsets/time"][-1] == (len(parts[1]) - 1) / 1e9
