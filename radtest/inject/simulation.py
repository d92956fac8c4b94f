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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from radtest.core.errors import InjectionError
from radtest.core.injection import Target, TargetKind
from radtest.inject.configuration import InjectionConfiguration, Simulator, include_folders, resolve_source
from radtest.inject.definition import DEFINITION_MODULE, Objections, definition_source, find_objections
from radtest.inject.forced_reads import read_unforced
from radtest.inject.forcing_sources import (
    FORCING_MODULE,
    declared_names,
    forceable_configuration,
    forcing_source,
    link_forcing,
    unbound_names,
)
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
    waves : bool
        Whether runs write a waveform of all signals (see `waveform`).

    Attributes
    ----------
    forced : list of str
        Signals of which bits can be forced, in the order of their numbers.
    unforced : dict
        Why others, by name, cannot.
    written_besides : list of str
        Registers that have to be written, besides being forced, since the simulator does not read them as forced
        everywhere.
    """

    simulator: Simulator
    configuration: InjectionConfiguration
    campaign_file: Path
    folder: Path
    waves: bool = False
    version: str = ""
    forced: list[str] = field(default_factory=list)
    unforced: dict[str, str] = field(default_factory=dict)
    written_besides: list[str] = field(default_factory=list)
    _accepted: bool = False

    def build(self, targets: Sequence[Target], held: Sequence[Target] = ()) -> None:
        """Compile the simulation.

        Parameters
        ----------
        targets : sequence of Target
            The targets of the design, whose bits are kept defined.
        held : sequence of Target
            Those of which bits must be forced.

        Raises
        ------
        ToolMissingError
            If the simulator is absent or too old.
        InjectionError
            If it does not accept the sources.
        """
        self.version = require_tool(SIMULATORS[self.simulator]).version or ""
        self.forced = declared_names(held)
        if self.simulator == "icarus":
            self._build_defined(targets, held)
        else:
            self._compile(self._forceable(held), [])
            self._look_for_unforced_reads(held)
        if not self._accepted:
            known = self.simulator == "icarus" and self.configuration.design.yosys_frontend == "slang"
            raise InjectionError(
                f"{self.campaign_file}: {self.simulator} does not accept the design:\n{_last_lines(self._log)}",
                remedy=f"correct what it names; the whole message is in {self._log}"
                + ("; or take -s verilator: Icarus knows only part of SystemVerilog." if known else ""),
            )

    def _forceable(self, held: Sequence[Target]) -> list[Path]:
        """Tell Verilator what must be forced; return the file that says so."""
        if not held:
            return []
        path = self.folder / f"{FORCING_MODULE}.vlt"
        path.write_text(forceable_configuration(held))
        return [path]

    def _look_for_unforced_reads(self, held: Sequence[Target]) -> None:
        sources = (path for path in sorted((self.folder / "build").glob("*.cpp")) if "__Syms" not in path.name)
        found = read_unforced((path.read_text(errors="replace") for path in sources), self.forced) if held else []
        nets = {target.name for target in held if target.kind is TargetKind.NET}
        self.unforced = dict.fromkeys(
            (name for name in found if name in nets), f"Verilator {self.version} reads it unforced in places"
        )
        self.written_besides = [name for name in found if name not in nets]

    def _build_defined(self, targets: Sequence[Target], held: Sequence[Target]) -> None:
        """Compile with the modules that keep bits defined and force them, where Icarus may object to some signals."""
        design = ".".join(filter(None, (self.configuration.toplevel, self.configuration.test.instance)))
        definition, forcing = (self.folder / f"{name}.sv" for name in (DEFINITION_MODULE, FORCING_MODULE))
        arguments = ["-s", DEFINITION_MODULE, *(["-s", FORCING_MODULE] if held else [])]
        stored = [target for target in targets if target.kind is not TargetKind.NET]
        objections, heard = Objections(), None
        unbound: set[str] = set()
        while not self._accepted and (objections, len(unbound)) != heard:
            heard = objections, len(unbound)
            source = definition_source(stored, design, objections)
            definition.write_text(source)
            self.forced = [name for name in self.forced if name not in unbound]
            forcing.write_text(forcing_source(held, self.forced, design))
            self._compile([definition, forcing] if held else [definition], arguments)
            log = self._log.read_text(errors="replace")
            objections |= find_objections(log, source)
            unbound |= unbound_names(log, design)
        self.unforced = dict.fromkeys(unbound, "Icarus does not find it by its name")
        if self._accepted and held:
            program = self.folder / "build" / "sim.vvp"
            linked, missed = link_forcing(program.read_text(), self.forced)
            program.write_text(linked)
            self.unforced |= dict.fromkeys(missed, "Icarus keeps it in a form that cannot be forced")

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
    def waveform(self) -> Path:
        """Where a run writes its waveform."""
        if self.simulator == "verilator":
            return self.folder / "dump.vcd"
        return self.folder / "build" / f"{self._top}.fst"

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
            "includes": [str(folder) for folder in include_folders(design, self.campaign_file)],
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
            "waves": self.waves,
            "campaign": os.getpid(),
        }
        path = log.with_suffix(".json")
        path.write_text(json.dumps(request))
        # The bench imports its own folder's modules, and radtest from where this process has it.
        bench = self.campaign_file.parent / self.configuration.test.folder
        search = [str(bench.resolve()), *filter(None, sys.path)]
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
    # The first errors of a compiler are the causes of those that follow.
    return "\n".join(f"    {line}" for line in (telling[:count] or lines[-count:]))
