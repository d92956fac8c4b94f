"""The campaign file of an injection: what is wrong in it is named, with file, key, value and remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from injection_samples import write_project

from radtest.core import BusyError, ConfigurationError, Target, TargetKind
from radtest.inject import Campaign, RemovedBits, choose_targets, read_injection_configuration
from radtest.inject.configuration import CampaignSection
from radtest.inject.name_patterns import matches
from radtest.inject.work_folder import own_work_folder

TARGETS = (
    Target("cpu.reg_pc", "cpu", TargetKind.FLIP_FLOP, 32),
    Target("cpu.reg_op", "cpu", TargetKind.FLIP_FLOP, 32),
    Target("bank[0].q", "bank", TargetKind.FLIP_FLOP, 1),
    Target("bank[10].q", "bank", TargetKind.LATCH, 1),
    Target("ram", "soc", TargetKind.MEMORY, 8, words=4),
)
EVERY_KIND = (TargetKind.FLIP_FLOP, TargetKind.LATCH, TargetKind.MEMORY)


def choose(**keys: object) -> list[str]:
    section = CampaignSection.model_validate({"upsets": 1, "kinds": EVERY_KIND} | keys)
    return [TARGETS[index].name for index in choose_targets(TARGETS, section, Path("c.toml"))]


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        ({}, ["cpu.reg_pc", "cpu.reg_op", "bank[0].q", "bank[10].q", "ram"]),
        ({"kinds": ("flip_flop",)}, ["cpu.reg_pc", "cpu.reg_op", "bank[0].q"]),
        ({"kinds": ("memory", "latch")}, ["bank[10].q", "ram"]),
        ({"include": ("cpu.*",)}, ["cpu.reg_pc", "cpu.reg_op"]),
        ({"include": ("cpu.reg_p?", "ram")}, ["cpu.reg_pc", "ram"]),
        ({"exclude": ("cpu.*",)}, ["bank[0].q", "bank[10].q", "ram"]),
        ({"include": ("cpu.*",), "exclude": ("*_pc",)}, ["cpu.reg_op"]),
        ({"include": ("bank[0].q",)}, ["bank[0].q"]),
        ({"include": ("bank[*].q",)}, ["bank[0].q", "bank[10].q"]),
        ({"include": (r"re:cpu\..*_(pc|sp)",)}, ["cpu.reg_pc"]),
        ({"include": (r"re:bank\[\d\]\.q", "ram")}, ["bank[0].q", "ram"]),
        ({"include": ("re:.*reg.*",), "exclude": (r"re:.*_p.",)}, ["cpu.reg_op"]),
        ({"modules": ("cpu",)}, ["cpu.reg_pc", "cpu.reg_op"]),
        ({"modules": ("b*", "soc")}, ["bank[0].q", "bank[10].q", "ram"]),
        ({"modules": ("re:(bank|soc)",), "kinds": ("latch",)}, ["bank[10].q"]),
        ({"modules": ("cpu", "soc"), "include": ("*r*",), "exclude": ("*_op",)}, ["cpu.reg_pc", "ram"]),
    ],
)
def test_targets_are_chosen_by_name_module_and_kind(keys, names):
    assert choose(**keys) == names


def test_a_pattern_that_fits_only_what_is_no_target_is_an_error_with_the_reason():
    section = CampaignSection(upsets=1, include=("cpu.reg_*", "alu.o*"), kinds=EVERY_KIND)
    removed = [RemovedBits("alu.ones", "alu", 4, "read in the block that writes it")]

    with pytest.raises(ConfigurationError, match=r"'alu\.o\*': 'alu\.ones' is no target: read in the block"):
        choose_targets(TARGETS, section, Path("c.toml"), removed)


@pytest.mark.parametrize("key", ["include", "exclude"])
def test_a_pattern_that_matches_nothing_is_an_error(key):
    with pytest.raises(ConfigurationError, match=rf"c.toml: campaign.{key} = 'CPU.\*': no target matches"):
        choose(**{key: ("CPU.*",)})


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"include": ("cpu.reg_cp",)}, r"no target matches; the nearest are 'cpu.reg_pc', 'cpu.reg_op'"),
        ({"include": ("CPU.REG_PC",)}, r"no target matches; the nearest are 'cpu.reg_pc'"),
        (
            {"exclude": (r"re:cpu\.reg_po",)},
            r"campaign.exclude = 're:cpu.*no target matches; the nearest are 'cpu.reg_",
        ),
        ({"modules": ("cpus",)}, r"campaign.modules = 'cpus': no module matches; the nearest are 'cpu'"),
        ({"include": ("re:reg_pc",)}, r"no target matches; .*'cpu.reg_pc'"),
    ],
)
def test_what_was_probably_meant_is_named(keys, said):
    with pytest.raises(ConfigurationError, match=said):
        choose(**keys)


def test_an_expression_that_is_none_is_refused_with_its_place(tmp_path):
    path = write_project(tmp_path, campaign={"include": ["ram", "re:cpu["]})

    with pytest.raises(
        ConfigurationError, match=r"campaign.include.1 = 're:cpu\[': not a regular expression: unterminated"
    ):
        read_injection_configuration(path)


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ({"kinds": ("memory",), "modules": ("cpu",)}, r"campaign.modules = \['cpu'\]"),
        ({"modules": ("cpu",), "include": ("ram",)}, r"campaign.include = \['ram'\]"),
        ({"include": ("ram",), "exclude": ("r*",)}, r"campaign.exclude = \['r\*'\]"),
    ],
)
def test_the_key_that_leaves_nothing_is_named(keys, key):
    with pytest.raises(ConfigurationError, match=rf"c.toml: {key}: nothing is left to upset"):
        choose(**keys)


@given(st.text(alphabet="ab[]0.*?\\", min_size=1, max_size=12).filter(lambda name: "*" not in name and "?" not in name))
def test_a_name_without_wildcards_matches_itself_and_nothing_else(name):
    assert matches(name, name)
    assert not matches(name + "x", name)
    assert matches(name, "re:" + re.escape(name))


def test_a_choice_that_leaves_nothing_is_an_error_that_names_what_there_is():
    with pytest.raises(
        ConfigurationError, match=r"nothing is left to upset; the design holds flip_flop, latch, memory"
    ):
        choose(include=("ram",), kinds=("latch",))


def test_the_sample_campaign_is_right(tmp_path):
    configuration, text = read_injection_configuration(write_project(tmp_path))

    assert configuration.toplevel == "ledger"
    assert text == (tmp_path / "ledger.toml").read_text()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"campaign": {"upset": 3}}, r"campaign.upset: unknown key; did you mean 'upsets'\?"),
        ({"campaign": {"upsets": 0}}, r"campaign.upsets = 0"),
        ({"campaign": {"seed": -1}}, r"campaign.seed = -1"),
        ({"campaign": {"kinds": ["flipflop"]}}, r"campaign.kinds.0 = 'flipflop': .*'flip_flop'"),
        ({"campaign": {"include": []}}, r"campaign.include"),
        ({"campaign": {"timeout_factor": 1.0}}, r"campaign.timeout_factor = 1.0"),
        ({"campaign": {"first_cycle": 5, "last_cycle": 4}}, r"last_cycle \(4\) must not come before first_cycle \(5\)"),
        ({"design": {"top": "no name"}}, r"design.top = 'no name'"),
        ({"design": {"sources": []}}, r"design.sources"),
        ({"design": {"sources": ["gone.v"]}}, r"design.sources = 'gone.v': no such file: /"),
        ({"design": {"sources": ["python:no_such_package/a.v"]}}, r"package 'no_such_package' is not installed"),
        ({"design": {"sources": ["python:radtest/gone.v"]}}, r"no such file: /.*/radtest/gone.v"),
        ({"design": {"includes": ["gone"]}}, r"design.includes = 'gone': no such folder"),
        ({"design": {"includes": ["python:radtest/gone"]}}, r"design.includes = 'python:radtest/gone': no such folder"),
        ({"design": {"includes": ["python:no_such_thing/rtl"]}}, r"'no_such_thing' is not installed"),
        ({"design": {"data_files": ["gone.hex"]}}, r"design.data_files = 'gone.hex': no such file"),
        ({"design": {"data_files": ["ledger.sv", "../p/ledger.sv"]}}, r"2 files are called 'ledger.sv'"),
        ({"test": {"module": "gone_bench"}}, r"test.module = 'gone_bench': there is no .*gone_bench.py"),
        ({"test": {"sources": ["gone.v"]}}, r"test.sources = 'gone.v'"),
        (
            {"test": {"build_arguments": {"verilator": ["--threads", "4"]}}},
            r"a simulation with threads cannot be forked",
        ),
        ({"observe": {"clock": "a b"}}, r"observe.clock = 'a b'"),
        ({"observe": {"outputs": [{"signal": "a"}, {"signal": "a"}]}}, r"output 'a' is named 2 times"),
        ({"observe": {"outputs": [{"name": "a"}]}}, r"observe.outputs.0.name: unknown key"),
    ],
)
def test_a_mistake_is_named(tmp_path, changes, said):
    path = write_project(tmp_path / "p", **changes)

    with pytest.raises(ConfigurationError, match=said) as error:
        read_injection_configuration(path)
    assert str(path) in str(error.value)


def test_the_folder_of_a_record_is_busy(tmp_path):
    path = write_project(tmp_path)
    record = tmp_path / "out" / "run0001_icarus_ledger_seed3.h5"
    record.parent.mkdir()
    record.touch()

    with pytest.raises(BusyError, match=r"run0001_icarus_ledger_seed3\.h5: exists already"):
        Campaign(path, "icarus", tmp_path / "out")
    Campaign(path, "icarus", tmp_path / "out", seed=4)
    Campaign(path, "verilator", tmp_path / "out")


def test_the_journal_of_a_run_that_died_is_busy_and_can_be_recovered(tmp_path):
    path = write_project(tmp_path)
    (tmp_path / "run0001_icarus_ledger_seed3.journal").touch()

    with pytest.raises(BusyError, match="radtest log recover"):
        Campaign(path, "icarus", tmp_path)


def test_a_working_folder_that_someone_else_made_is_left_alone(tmp_path):
    precious = tmp_path / "out" / "icarus" / "precious"
    precious.parent.mkdir(parents=True)
    precious.touch()

    with pytest.raises(BusyError, match="was not made by radtest"):
        Campaign(write_project(tmp_path), "icarus", tmp_path / "out")
    assert precious.exists()


def test_a_working_folder_of_an_earlier_attempt_is_emptied(tmp_path):
    with own_work_folder(tmp_path / "work"):
        (tmp_path / "work" / "old").touch()

    with own_work_folder(tmp_path / "work"):
        assert list((tmp_path / "work").iterdir()) == []


def test_two_campaigns_cannot_share_a_working_folder(tmp_path):
    with (
        own_work_folder(tmp_path / "work"),
        pytest.raises(BusyError, match="another campaign is using it"),
        own_work_folder(tmp_path / "work"),
    ):
        pass
