"""VHDL or Verilog: what goes together, and what is refused with a word on what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from injection_samples import write_project
from vhdl_samples import write_vhdl_project

from radtest.core import ConfigurationError
from radtest.inject import Campaign, Simulator, read_injection_configuration


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        pytest.param(
            {"design": {"sources": ["shapes.vhd", "other.v"]}},
            "design.sources = 'other.v': Verilog, but 'shapes.vhd' is VHDL, and none of the simulators reads both",
            id="mixed",
        ),
        pytest.param(
            {"test": {"sources": ["other.v"]}},
            "test.sources = 'other.v': Verilog, but 'shapes.vhd' is VHDL",
            id="bench in the other language",
        ),
        pytest.param(
            {"design": {"defines": {"FAST": 1}}}, "design.defines: 'shapes.vhd' is VHDL, which has none", id="macros"
        ),
        pytest.param({"design": {"includes": ["."]}}, "design.includes: 'shapes.vhd' is VHDL", id="includes"),
        pytest.param({"design": {"frontend": "slang"}}, "design.frontend = 'slang'", id="frontend"),
        pytest.param(
            {"test": {"build_arguments": {"ghdl": ["--std=93"]}}},
            "test.build_arguments.ghdl: '--std=93': all sources are read as VHDL-2008",
            id="standard",
        ),
    ],
)
def test_what_does_not_go_with_vhdl_is_refused(tmp_path: Path, changes: dict[str, Any], complaint: str) -> None:
    (tmp_path / "other.v").write_text("module other; endmodule\n")
    project = write_vhdl_project(tmp_path, **changes)

    with pytest.raises(ConfigurationError) as refused:
        read_injection_configuration(project)

    assert complaint in str(refused.value)


def test_verilog_is_refused_in_ghdl(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"'ledger.sv': Verilog, which GHDL does not read") as refused:
        Campaign(write_project(tmp_path), "ghdl", tmp_path / "records")

    assert "--simulator icarus" in str(refused.value)


@pytest.mark.parametrize("simulator", ["ghdl", "icarus", "verilator"])
def test_bits_of_vhdl_are_flipped_and_not_held(tmp_path: Path, simulator: Simulator) -> None:
    project = write_vhdl_project(tmp_path, campaign={"model": "stuck0"})

    with pytest.raises(ConfigurationError, match=r"campaign\.model = 'stuck0'"):
        Campaign(project, simulator, tmp_path / "records")


def test_names_of_vhdl_may_have_parentheses(tmp_path: Path) -> None:
    project = write_vhdl_project(tmp_path, observe={"alarms": ["row(1).cell.q"]})

    configuration, _ = read_injection_configuration(project)

    assert configuration.observe.alarms == ("row(1).cell.q",)
