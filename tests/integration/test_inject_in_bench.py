"""Upsets from within a cocotb test, in a simulation that the bench's owner has built."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from cocotb_tools.runner import get_runner
from injection_samples import BENCH, PLAIN_DESIGN

from radtest.core import Outcome
from radtest.tools import verilator_environment

OWN_BENCH = (
    BENCH
    + r"""

import json
from pathlib import Path

import pytest

from radtest.core import ConfigurationError, InjectionError
from radtest.inject import inject_upsets

WATCHED = {"outputs": [("total", "done"), "code"], "alarms": ["alarm"], "corrected": ["corrected"], "clock": "clk"}


@cocotb.test()
async def upsets_of_some_registers(dut):
    registers = ["copy_a", "sealed", "total", "spare"]
    results = await inject_upsets(
        dut, adds_up, registers=registers, upsets=36, first_cycle=12, last_cycle=12, **WATCHED
    )
    rows = [[registers[r.upset.target], r.outcome, r.latency_cycles, r.before, r.after] for r in results]
    Path("rows.json").write_text(json.dumps(rows))


@cocotb.test()
async def upsets_after_something_else(dut):
    async def goes_on(dut):
        for _ in range(5):
            await RisingEdge(dut.clk)
        assert dut.running.value == 1

    await start(dut)
    results = await inject_upsets(dut, goes_on, registers=["running"], upsets=3, **WATCHED)
    assert [r.outcome for r in results] == ["sdc"] * 3, results
    await with_timeout(RisingEdge(dut.done), 500, "ns")
    assert dut.total.value == 20 * 0x5A


@cocotb.test()
async def upsets_of_a_register_that_is_not_there(dut):
    with pytest.raises(ConfigurationError, match="ledger has nothing named 'totla'"):
        await inject_upsets(dut, adds_up, registers=["totla"], **WATCHED)


@cocotb.test()
async def upsets_of_a_workload_that_fails(dut):
    with pytest.raises(InjectionError, match="does not pass without any upset[\\s\\S]*the books do not balance"):
        await inject_upsets(dut, fails, registers=["total"], **WATCHED)
"""
)
CASES = [
    "upsets_of_some_registers",
    "upsets_after_something_else",
    "upsets_of_a_register_that_is_not_there",
    "upsets_of_a_workload_that_fails",
]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("icarus", marks=pytest.mark.icarus),
        pytest.param("verilator", marks=[pytest.mark.verilator, pytest.mark.slow]),
    ],
)
def folder(request, tmp_path_factory, monkeypatch_module) -> Path:
    """Build and run the bench as its owner would; return where it ran."""
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "ledger.sv").write_text(PLAIN_DESIGN)
    (folder / "own_bench.py").write_text(OWN_BENCH)
    for name, value in verilator_environment().items():
        monkeypatch_module.setenv(name, value)
    monkeypatch_module.syspath_prepend(str(folder))
    runner = get_runner(request.param)
    lazy = ["--timing", "-Wno-fatal", "--output-split", "0", "-CFLAGS", "-O0 -std=gnu++20 -fcoroutines"]
    runner.build(
        sources=[folder / "ledger.sv"],
        hdl_toplevel="ledger",
        build_dir=folder / "build",
        build_args=lazy if request.param == "verilator" else [],
        timescale=("1ns", "1ps"),
    )
    runner.test(
        hdl_toplevel="ledger",
        test_module="own_bench",
        test_filter="upsets_",
        test_dir=folder,
        results_xml=str(folder / "results.xml"),
    )
    return folder


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def verdicts(folder: Path) -> dict[str, str]:
    """Return what cocotb says of each test; nothing for one that passed."""
    cases = ET.parse(folder / "results.xml").iter("testcase")  # noqa: S314 (written by cocotb here)
    wrong = {"failure", "error", "skipped"}
    return {c.attrib["name"]: " ".join(str(part.attrib) for part in c if part.tag in wrong) for c in cases}


def test_a_bench_gets_the_outcome_of_each_upset(folder):
    rows = json.loads((folder / "rows.json").read_text())
    # Verilator shows copies of registers that are ports of its top module; what is written there is lost.
    of_a_port = Outcome.INVALID if folder.name.startswith("verilator") else Outcome.SDC

    assert len(rows) == 36
    assert {(name, outcome) for name, outcome, *_ in rows} == {
        ("copy_a", Outcome.CORRECTED),
        ("sealed", Outcome.DETECTED),
        ("total", of_a_port),
        ("spare", Outcome.MASKED),
    }
    assert all(before + after == 1 for *_, before, after in rows)


@pytest.mark.parametrize("case", CASES)
def test_the_simulation_goes_on_as_if_there_had_been_no_upset_and_mistakes_are_errors_of_the_test(folder, case):
    assert verdicts(folder)[case] == ""
