"""GHDL as a program: order of the sources, syntax tree, synthesis, a run at time 0."""

from __future__ import annotations

import os
import re
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from radtest.core.errors import InjectionError
from radtest.tools import require_tool

__all__ = ["LIBRARY", "STANDARD", "Ghdl", "generic_literal"]

STANDARD = "--std=08"
"""The VHDL that everything is read as. Instrumented sources read output ports, which VHDL-93 does not allow."""

LIBRARY = "ghdl"
"""Folder of the compiled sources, below the one in which GHDL runs."""


def generic_literal(value: str | int | bool) -> str:
    """Return a value of a generic as GHDL takes it on the command line."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True)
class Ghdl:
    """GHDL at work on one design.

    Parameters
    ----------
    folder : Path
        Where it runs; its library goes into a folder in it.
    top : str
        The top entity.
    generics : mapping
        Values of the generics of the top entity.
    arguments : sequence of str
        More arguments, such as ``-fsynopsys`` or ``-P`` with a folder of libraries.
    blame : str
        What messages begin with: the campaign file.
    """

    folder: Path
    top: str
    generics: Mapping[str, str | int | bool]
    arguments: Sequence[str]
    blame: str

    def ordered(self, sources: Sequence[Path]) -> list[Path]:
        """Return the sources that the top entity needs, each after those that it needs itself.

        Raises
        ------
        InjectionError
            If one of them is not VHDL, or something is missing.
        """
        # Of absolute paths GHDL takes the order for settled, and says nothing.
        self._run("-i", *(os.path.relpath(source, self.folder) for source in sources))
        printed = self._run("--elab-order", self.top)
        return [(self.folder / line).resolve() for line in printed.splitlines() if line.strip()]

    def syntax_tree(self, sources: Sequence[Path]) -> ET.Element:
        """Return the analysed sources, libraries included, as GHDL writes them in XML."""
        return ET.fromstring(self._run("--file-to-xml", *map(str, sources)))  # noqa: S314 (GHDL has just written it)

    def synthesise(self, sources: Sequence[Path], form: str) -> str:
        """Return the netlist of the design in a form of GHDL: ``verilog`` or ``dump``."""
        return self._run(
            "--synth",
            "--no-formal",
            f"--out={form}",
            *self._generics(),
            *map(str, sources),
            "-e",
            self.top,
        )

    def analyse(self, sources: Sequence[Path]) -> None:
        """Compile sources into the library, in the order given."""
        self._run("-a", *map(str, sources))

    def reports(self) -> str:
        """Return what the compiled design reports at time 0."""
        return self._run("-r", self.top, "--stop-time=1fs", "--assert-level=none", *self._generics(), both=True)

    def _generics(self) -> list[str]:
        return [f"-g{name}={generic_literal(value)}" for name, value in self.generics.items()]

    def _run(self, command: str, *arguments: str, both: bool = False) -> str:
        program = require_tool("ghdl").path
        done = subprocess.run(
            [str(program), command, STANDARD, f"--workdir={LIBRARY}", *self.arguments, *arguments],
            capture_output=True,
            cwd=self.folder,
            check=False,
        )
        printed = done.stdout.decode("latin-1")
        said = done.stderr.decode("latin-1")
        # A tree that it could not make it leaves out, and says that all went well.
        if done.returncode != 0 or (command == "--file-to-xml" and not printed):
            raise self._refusal(command, said + printed)
        return printed + said if both else printed

    def _whole_path(self, path: re.Match[str]) -> str:
        return str((self.folder / path[0]).resolve())

    def _refusal(self, command: str, said: str) -> InjectionError:
        crashed = "GHDL Bug occurred" in said
        lines = [re.sub(r"^(\.\./.+?)(?=:\d+:\d+:)", self._whole_path, line) for line in _errors(said)[:8]]
        what = {"--synth": "cannot synthesise the design", "-r": "cannot elaborate the design"}
        message = f"{self.blame}: GHDL {what.get(command, 'does not accept the sources')}:\n"
        remedy = "correct what it names; check design.top, design.sources and design.parameters."
        if command == "--synth":
            remedy = "correct what it names; only VHDL that can be synthesised has flip-flops to upset."
        if "no generic" in said:
            remedy = "name generics of the top entity in design.parameters."
        if "latch infer" in said:
            remedy = "assign it in every branch, or at an edge of a clock."
        if crashed:
            remedy = (
                "find what it stumbles over by leaving parts of the design out, or try a newer GHDL: this is a fault "
                "of GHDL's own."
            )
        return InjectionError(message + "\n".join(f"    {line}" for line in lines), remedy=remedy)


def _errors(said: str) -> list[str]:
    """Return what GHDL has against a design, without its warnings and what it quotes of the sources for them."""
    lines, wanted = [], True
    for line in said.partition("******")[0].splitlines():
        if re.match(r".+?:\d+:\d+:", line):
            wanted = not re.search(r":\d+:(warning|note):", line)
        if wanted and line.strip():
            lines.append(line)
    crash = [line for line in said.splitlines() if line.startswith("raised ")]
    return lines or crash or [line for line in said.splitlines() if line.strip()][-4:]
