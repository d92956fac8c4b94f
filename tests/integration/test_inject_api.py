"""Campaigns from Python: the keys of the campaign file, and an answer that assertions can be made on."""

from __future__ import annotations

import pytest
from injection_samples import BENCH, PLAIN_DESIGN, write_project

from radtest.core import ConfigurationError, Outcome
from radtest.core.configuration import parse_configuration
from radtest.inject import CampaignResult, InjectionConfiguration, run
from radtest.log import open_record

DESCRIPTION = {
    "design": {"top": "ledger", "sources": ["ledger.sv"]},
    "test": {"module": "ledger_bench", "name": "adds_up"},
    "observe": {
        "clock": "clk",
        "outputs": [{"signal": "total", "valid": "done"}, {"signal": "code", "valid": None}],
        "alarms": ["alarm"],
        "corrected": ["corrected"],
    },
    "campaign": {"upsets": 30, "first_cycle": 6, "include": ["copy_*", "total", "sealed"]},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    (folder / "ledger.sv").write_text(PLAIN_DESIGN)
    (folder / "ledger_bench.py").write_text(BENCH)
    return folder


@pytest.fixture(scope="module")
def result(folder) -> CampaignResult:
    return run(DESCRIPTION, "icarus", folder / "out", base=folder)


@pytest.mark.icarus
def test_a_mapping_is_as_good_as_a_file(folder, result, tmp_path):
    from_file = run(write_project(tmp_path, campaign=DESCRIPTION["campaign"] | {"seed": 1}), "icarus", tmp_path)

    assert {r.upset: r.outcome for r in from_file.results()} == {r.upset: r.outcome for r in result.results()}


@pytest.mark.icarus
def test_the_record_holds_the_description_as_a_campaign_file(result):
    with open_record(result.record) as record:
        configuration = parse_configuration(record.header.configuration, InjectionConfiguration, "record")

    assert configuration.campaign.include == ("copy_*", "total", "sealed")
    assert configuration.observe.outputs[1].valid is None


@pytest.mark.icarus
def test_counts_and_probabilities_are_at_hand(result):
    assert result.count(*Outcome) == 30
    assert result.count(Outcome.SDC) == len(list(result.results(Outcome.SDC))) > 0
    assert result.probability(Outcome.CORRECTED).low > 0
    assert all(r.outcome is Outcome.DETECTED for r in result.results(Outcome.DETECTED))


@pytest.mark.icarus
def test_each_upset_can_be_named_in_the_message_of_an_assertion(result):
    lines = result.describe(Outcome.SDC).splitlines()

    assert len(lines) == result.count(Outcome.SDC)
    assert all(": total[" in line and ": sdc " in line for line in lines)


def test_a_mistake_in_a_mapping_names_the_key(folder):
    wrong = DESCRIPTION | {"campaign": {"upsets": 3, "sede": 1}}

    with pytest.raises(ConfigurationError, match=r"campaign.sede: unknown key; did you mean 'seed'"):
        run(wrong, "icarus", folder / "wrong", base=folder)

    assert not (folder / "wrong").exists()


def test_paths_begin_at_the_calling_file_unless_told_otherwise(tmp_path):
    with pytest.raises(ConfigurationError, match=r"test_inject_api.py: design.sources = 'ledger.sv': no such file"):
        run(DESCRIPTION, "icarus", tmp_path / "out")
