"""One owner at a time, and going on where a campaign stopped."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from radtest.campaign import BeamCampaignConfiguration, CampaignFolder
from radtest.core import BusyError, ConfigurationError, Effect, Event, RunEnd, RunHeader, StopReason
from radtest.core.configuration import read_configuration
from radtest.log import Journal, journal_name, open_record, seal

CAMPAIGN = Path(__file__).parents[2] / "fixtures" / "campaigns" / "heavy_ion.toml"
CONFIGURATION, TEXT = read_configuration(CAMPAIGN, BeamCampaignConfiguration)
START_NS = 1_700_000_000_000_000_000


def header(number: int, ion: int) -> RunHeader:
    device = CONFIGURATION.device.device()
    return RunHeader(number, "test", START_NS, CONFIGURATION.ions[ion].beam(), device, TEXT, "radtest")


def leave(folder: Path, number: int, ion: int, reason: StopReason | None, *, valid: bool = True) -> Path:
    """Leave a sealed run, or, without a reason, the journal of a dead process."""
    head = header(number, ion)
    path = folder / journal_name(head)
    with Journal.create(path, head) as journal:
        journal.event(Event(1, Effect.SEU, address=1, bit=2, expected=0, observed=4))
        if reason is not None:
            journal.end(RunEnd(START_NS + 10, reason, valid))
    return path if reason is None else seal(path, remove_journal=True)


def remaining(folder: Path) -> list[str]:
    with CampaignFolder(folder, resume=True) as home:
        return [ion.particle for ion in home.remaining(CONFIGURATION)]


def test_a_new_folder_is_made_and_left_empty(tmp_path):
    with CampaignFolder(tmp_path / "a" / "b") as home:
        assert home.next_run_number() == 1
        assert [ion.particle for ion in home.remaining(CONFIGURATION)] == ["N", "Ne", "Ar", "Cu", "Kr", "Xe"]
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_folder_that_holds_something_is_refused_and_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(BusyError, match=r"is not empty: it holds notes\.txt") as caught:
        CampaignFolder(tmp_path)
    assert "--resume" in str(caught.value)
    assert [item.name for item in tmp_path.iterdir()] == ["notes.txt"]


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="is a file"):
        CampaignFolder(tmp_path / "file", resume=True)


def test_a_folder_has_one_owner(tmp_path):
    with CampaignFolder(tmp_path), pytest.raises(BusyError, match=r"process \d+ runs a campaign in it"):
        CampaignFolder(tmp_path, resume=True)


def test_finished_runs_are_skipped(tmp_path):
    leave(tmp_path, 1, 0, StopReason.EVENTS)
    leave(tmp_path, 2, 1, StopReason.TIME)
    assert remaining(tmp_path) == ["Ar", "Cu", "Kr", "Xe"]


def test_a_run_at_another_temperature_is_another_run(tmp_path):
    ion = CONFIGURATION.ions[0]
    hot = ion.model_copy(update={"temperature_c": 85.0})
    configuration = CONFIGURATION.model_copy(update={"ions": (ion, hot)})
    head = dataclasses.replace(header(1, 0), device=configuration.device_of(hot))
    path = tmp_path / journal_name(head)
    with Journal.create(path, head) as journal:
        journal.end(RunEnd(START_NS + 10, StopReason.TIME, valid=True))
    seal(path, remove_journal=True)
    with CampaignFolder(tmp_path, resume=True) as home:
        assert home.remaining(configuration) == [ion]


@pytest.mark.parametrize(
    ("reason", "valid"), [(StopReason.OPERATOR, True), (StopReason.FAULT, False), (StopReason.EVENTS, False)]
)
def test_a_run_that_was_cut_short_is_repeated_under_the_next_number(tmp_path, reason, valid):
    leave(tmp_path, 7, 0, reason, valid=valid)
    assert remaining(tmp_path) == ["N", "Ne", "Ar", "Cu", "Kr", "Xe"]
    with CampaignFolder(tmp_path, resume=True) as home:
        assert home.next_run_number() == 8


def test_the_journal_of_a_dead_process_is_sealed_as_lost_and_its_ion_repeated(tmp_path):
    journal = leave(tmp_path, 1, 0, None)
    with CampaignFolder(tmp_path, resume=True) as home:
        (sealed,) = home.seal_dead_runs()
        assert home.next_run_number() == 2
    assert not journal.exists()
    with open_record(sealed) as record:
        assert record.end.stop_reason is StopReason.LOST
        assert len(record.events) == 1
    assert remaining(tmp_path)[0] == "N"


def test_a_journal_whose_run_was_sealed_already_is_removed(tmp_path):
    head = header(1, 0)
    path = tmp_path / journal_name(head)
    with Journal.create(path, head) as journal:
        journal.end(RunEnd(START_NS + 10, StopReason.TIME, valid=True))
    sealed = seal(path)
    with CampaignFolder(tmp_path, resume=True) as home:
        assert home.seal_dead_runs() == []
    assert [item.name for item in tmp_path.iterdir()] == [sealed.name]


def test_a_run_of_another_device_is_not_taken_for_one_of_ours(tmp_path):
    leave(tmp_path, 1, 0, StopReason.TIME)
    device = CONFIGURATION.device.model_copy(update={"serial": "B7"})
    with (
        CampaignFolder(tmp_path, resume=True) as home,
        pytest.raises(ConfigurationError, match="belongs to device SRAM16M A3"),
    ):
        home.remaining(CONFIGURATION.model_copy(update={"device": device}))


def test_a_run_of_an_ion_that_is_not_in_the_campaign_is_refused(tmp_path):
    leave(tmp_path, 1, 0, StopReason.TIME)
    with (
        CampaignFolder(tmp_path, resume=True) as home,
        pytest.raises(ConfigurationError, match="belongs to no ion that is left"),
    ):
        home.remaining(CONFIGURATION.model_copy(update={"ions": CONFIGURATION.ions[1:]}))


def test_what_the_guard_of_a_dead_engine_left_is_told_once(tmp_path):
    with CampaignFolder(tmp_path) as home:
        home.guard_log(7).write_text(
            '{"is": "latch_up", "detections": [{"channel": "core"}]}\n'
            '{"is": "made_safe", "why": "the engine is gone", "device_had_power": true, "took_s": 0.01}\n{"is": "torn'
        )
        assert home.guards_words() == [
            "The guard cut a latch-up on core that the record may lack.",
            "The guard found that the engine is gone: it switched the device off and read that back within 0.01 s.",
        ]
        assert home.guards_words() == []


def test_a_folder_in_use_is_refused_before_anything_is_connected(tmp_path):
    with CampaignFolder(tmp_path), pytest.raises(BusyError, match=r"process \d+ runs a campaign in it"):
        CampaignFolder.refuse_if_busy(tmp_path, resume=True)
