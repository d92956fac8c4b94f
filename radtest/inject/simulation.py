"""Building and running a simulation, in a process of its own that can be stopped."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radtest.core.errors import InjectionError
from radtest.core.injection import Target
from radtest.inject.configuration import InjectionConfiguration, Simulator, resolve_source
from radtest.inject.definition import DEFINITION_MODULE, Objections, definition_source, find_objections
from radtest.inject.targets import verilog_literal
from radtest.inject.vhdl.ghdl import STANDARD, generic_literal
from radtest.inject.vhdl.targets import INSTRUMENTED
from radtest.tools import require_tool, verilator_environment

__all__ = ["SIMULATORS", "Simulation", "design_sha256"]

SIMULATORS: dict[Simulator, str] = {"icarus": "iverilog", "verilator": "verilator", "ghdl": "ghdl"}
"""The simulators, by the names of cocotb, and the tool that each needs."""

_BUILD_ARGUMENTS: dict[Simulator, list[str]] = {
    "icarus": [],
    "ghdl": [STANDARD],
    # Undefined bits are 0 in both simulators; delays in a bench need --timing; warnings are the user's own affair.
    "verilator": [
        "--x-assign",
        "0",
        "--x-initial",
        "0",
        "--timing",
        "-CFLAGS",
        "-std=gnu++20 -fcoroutines",
        "-Wno-fatal",
        # Split output needs precompiled headers, which the makefiles of the PyPI wheel name wrongly.
        "--output-split",
        "0",
    ],
}


_WRAPPER = "radtest_top"


@dataclass(slots=True)
class Simulation:
    """One simulator, one design, one test, in one working folder.

    Parameters
    ----------
    simulator : str
        ``icarus``, ``verilator`` or ``ghdl``.
    configuration : InjectionConfiguration
        The campaign.
    campaign_file : Path
        The file it was read from.
    folder : Path
        Working folder; it exists and holds the data files.
    """

    simulator: Simulator
    configuration: InjectionConfiguration
    campaign_file: Path
    folder: Path
    version: str = ""
    _accepted: bool = False

    def build(self, targets: Sequence[Target]) -> None:
        """Compile the simulation.

        Parameters
        ----------
        targets : sequence of Target
            The targets of the design, whose bits are kept defined.

        Raises
        ------
        ToolMissingError
            If the simulator is absent or too old.
        InjectionError
            If it does not accept the sources.
        """
        self.version = require_tool(SIMULATORS[self.simulator]).version or ""
        if self.simulator == "icarus":
            self._build_defined(targets)
        else:
            self._compile([], [])
        if not self._accepted:
            known = self.simulator == "icarus" and self.configuration.design.yosys_frontend == "slang"
            raise InjectionError(
                f"{self.campaign_file}: {self.simulator} does not accept the design:\n{_last_lines(self._log)}",
                remedy=f"correct what it names; the whole message is in {self._log}"
                + ("; or take -s verilator: Icarus knows only part of SystemVerilog." if known else ""),
            )

    def _build_defined(self, targets: Sequence[Target]) -> None:
        """Compile with the module that keeps bits defined, in which Icarus may object to some registers."""
        design = ".".join(filter(None, (self.configuration.toplevel, self.configuration.test.instance)))
        clock = self.configuration.observe.clock
        path = self.folder / f"{DEFINITION_MODULE}.sv"
        objections, heard = Objections(), None
        while not self._accepted and objections != heard:
            heard = objections
            source = definition_source(targets, design, clock, objections)
            path.write_text(source)
            self._compile([path], ["-s", DEFINITION_MODULE])
            objections |= find_objections(self._log.read_text(errors="replace"), source)
            if f"{design}.{clock}" in objections.unbound:
                # The golden run will say which key is wrong, in the same words for every simulator.
                self._compile([], [])
                return

    @property
    def root(self) -> str:
        """Path of the test's `dut` below the top module of the simulation; empty where they are the same.

        Verilator shows the ports of its top module, and for a register that is such a port a copy: what is written to
        it is lost. So a design that would be the top module is put into an empty one; the test gets its instance.
        """
        return self.configuration.design.top if self.simulator == "verilator" and self._design_is_top else ""

    @property
    def _design_is_top(self) -> bool:
        return self.configuration.toplevel == self.configuration.design.top

    @property
    def _top(self) -> str:
        # GHDL shows all names in lower case.
        toplevel = self.configuration.toplevel.lower() if self.simulator == "ghdl" else self.configuration.toplevel
        return _WRAPPER if self.root else toplevel

    @property
    def _build_arguments(self) -> list[str]:
        return [*_BUILD_ARGUMENTS[self.simulator], *self.configuration.test.build_arguments.get(self.simulator, ())]

    @property
    def _parameters(self) -> dict[str, str]:
        """The parameters of the top module of the simulation, which is the design unless the bench has its own."""
        literal = generic_literal if self.simulator == "ghdl" else verilog_literal
        given = self.configuration.design.parameters if self._design_is_top and not self.root else {}
        return {name: literal(value) for name, value in given.items()}

    def _wrapper(self) -> Path:
        design = self.configuration.design
        values = ", ".join(f".{name}({verilog_literal(value)})" for name, value in design.parameters.items())
        parameters = f"#({values}) " if values else ""
        path = self.folder / f"{_WRAPPER}.sv"
        path.write_text(f"module {_WRAPPER};\n    {design.top} {parameters}{design.top} ();\nendmodule\n")
        return path

    def _compile(self, more_sources: Sequence[Path], more_arguments: Sequence[str]) -> None:
        design, test = self.configuration.design, self.configuration.test
        sources = [*more_sources]
        if self.simulator == "ghdl":
            sources += sorted((self.folder / INSTRUMENTED).iterdir())
        else:
            sources += [resolve_source(source, self.campaign_file, "design.sources") for source in design.sources]
        sources += [resolve_source(source, self.campaign_file, "test.sources") for source in test.sources]
        if self.root:
            sources.append(self._wrapper())
        request = {
            "step": "build",
            "sources": [str(source) for source in sources],
            "includes": [str((self.campaign_file.parent / folder).resolve()) for folder in design.includes],
            "defines": {name: "" if value is None else value for name, value in design.defines.items()},
            "parameters": self._parameters,
            "build_args": [*self._build_arguments, *more_arguments],
        }
        with self._start(request, self._log) as process:
            self._accepted = process.wait() == 0

    @property
    def _log(self) -> Path:
        return self.folder / "build.log"

    @contextlib.contextmanager
    def run(self, plan: dict[str, Any], name: str) -> Iterator[subprocess.Popen[bytes]]:
        """Start the simulation with a plan; on leaving, whatever still runs of it is ended.

        Its files in the working folder are named after `name`.
        """
        path = self.folder / f"{name}_plan.json"
        path.write_text(json.dumps(plan))
        request = {
            "step": "test",
            "build_args": self._build_arguments,
            "parameters": self._parameters,
            "environment": {
                "RADTEST_PLAN": str(path),
                # The same random numbers in the user's test, run after run.
                "COCOTB_RANDOM_SEED": str(self.configuration.campaign.seed),
            },
            "results": str(self.folder / f"{name}_results.xml"),
        }
        with self._start(request, self.folder / f"{name}.log") as process:
            yield process

    @contextlib.contextmanager
    def _start(self, request: dict[str, Any], log: Path) -> Iterator[subprocess.Popen[bytes]]:
        request |= {
            "simulator": self.simulator,
            "toplevel": self._top,
            "folder": str(self.folder),
        }
        path = log.with_suffix(".json")
        path.write_text(json.dumps(request))
        # The bench imports its own folder's modules, and radtest from where this process has it.
        search = [str(self.campaign_file.parent.resolve()), *filter(None, sys.path)]
        # What the user's shell says to cocotb (another test, another seed) is not meant for this run; and sets of texts
        # have an order of their own in each process unless Python is told otherwise.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("COCOTB_", "GPI_"))}
        environment = inherited | verilator_environment()
        environment |= {"PYTHONPATH": os.pathsep.join(search), "PYTHONHASHSEED": "0"}
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "radtest.inject.cocotb_process", str(path)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=self.folder,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            # The group holds the simulator and its forked copies too.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def design_sha256(configuration: InjectionConfiguration, campaign_file: Path) -> str:
    """Return a SHA-256 over the sources, data files, defines and parameters of the design."""
    digest = hashlib.sha256()
    design = configuration.design
    for key, names in (("design.sources", design.sources), ("design.data_files", design.data_files)):
        for name in names:
            content = resolve_source(name, campaign_file, key).read_bytes()
            digest.update(f"{name}\n{len(content)}\n".encode())
            digest.update(content)
    digest.update(json.dumps([design.top, design.defines, design.parameters], sort_keys=True).encode())
    return digest.hexdigest()


def _last_lines(log: Path, count: int = 12) -> str:
    text = log.read_text(errors="replace")
    # After the compiler's own words cocotb's runner adds that the command has failed.
    said = text.partition("Traceback (most recent call last)")[0]
    lines = [line for line in (said if said.strip() else text).splitlines() if line.strip()]
    telling = [line for line in lines if "rror" in line or "***" in line or "sorry:" in line]
    return "\n".join(f"    {line}" for line in (telling or lines)[-count:])
