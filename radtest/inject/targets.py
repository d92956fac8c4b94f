"""What can be upset in a design: the list from the netlist."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from radtest.core.errors import InjectionError, ToolMissingError
from radtest.core.injection import Target, TargetKind
from radtest.inject.configuration import DesignSection, include_folders, resolve_source
from radtest.inject.vhdl.targets import read_vhdl

__all__ = ["RemovedBits", "TargetList", "ask_yosys", "list_targets", "netlist_request"]


@dataclass(frozen=True, slots=True)
class RemovedBits:
    """Stored bits of the RTL that no synthesis keeps, or nets that cannot be forced, and why."""

    name: str
    module: str
    bits: int
    reason: str


@dataclass(frozen=True, slots=True)
class TargetList:
    """The targets of a design.

    Parameters
    ----------
    targets : tuple of Target
        What can be hit: flip-flops first, nets last, each group in alphabetical order.
    removed : tuple of RemovedBits
        What the RTL declares but the netlist does not need.
    outputs : tuple of str
        The output ports of the design.
    nameless_bits : int
        Stored bits of the netlist that have no name in the RTL, hence no handle in a simulator.
    unflippable : tuple of RemovedBits
        Targets of a VHDL design that GHDL cannot flip, and why; Icarus and Verilator can.
    ranges : mapping of str to (int, int)
        Left and right bound of variables of Verilog that are declared otherwise than ``[n:0]``. Bits of targets are
        counted from the right, whatever their range; files of other tools number them as declared.
    """

    targets: tuple[Target, ...]
    removed: tuple[RemovedBits, ...]
    outputs: tuple[str, ...]
    nameless_bits: int
    unflippable: tuple[RemovedBits, ...] = ()
    ranges: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def list_targets(
    design: DesignSection,
    campaign_file: Path,
    folder: Path,
    ghdl_arguments: Sequence[str] = (),
    *,
    nets: bool = False,
) -> TargetList:
    """Elaborate the design with Yosys and list its flip-flops, latches and memories.

    A VHDL design is synthesised by GHDL first. Its instrumented sources, in which bits can be flipped, are then in the
    folder too (see `radtest.inject.vhdl`).

    Parameters
    ----------
    design : DesignSection
        The RTL.
    campaign_file : Path
        The file whose folder sources are relative to.
    folder : Path
        Working folder that holds the data files of the design.
    ghdl_arguments : sequence of str
        More arguments for GHDL, if the design is VHDL.
    nets : bool
        Whether the combinational nets are listed too, after all that is stored; of a VHDL design there are none.

    Raises
    ------
    ToolMissingError
        If pyosys is not installed, or GHDL for a VHDL design.
    InjectionError
        If Yosys, or GHDL, does not accept the sources.
    """
    sources = [resolve_source(source, campaign_file, "design.sources") for source in design.sources]
    if design.is_vhdl:
        vhdl = read_vhdl(sources, design.top, design.parameters, ghdl_arguments, folder, str(campaign_file))
        return _target_list(vhdl.targets(ask_yosys(vhdl.request, campaign_file, folder)))
    request = netlist_request(design, campaign_file) | {"nets": nets}
    return _target_list(ask_yosys(request, campaign_file, folder))


def netlist_request(design: DesignSection, campaign_file: Path) -> dict[str, Any]:
    """Return what a program that reads a Verilog design into Yosys is told of it."""
    sources = [resolve_source(source, campaign_file, "design.sources") for source in design.sources]
    return {
        "sources": [str(source) for source in sources],
        "includes": [str(folder) for folder in include_folders(design, campaign_file)],
        "defines": design.defines,
        "parameters": {name: verilog_literal(value) for name, value in design.parameters.items()},
        "top": design.top,
        "frontend": design.yosys_frontend,
    }


def ask_yosys(
    request: dict[str, Any], campaign_file: Path, folder: Path, program: str = "radtest.inject.netlist"
) -> dict[str, Any]:
    """Return what a program that uses Yosys answers to a request.

    Raises
    ------
    ToolMissingError
        If pyosys is not installed.
    InjectionError
        If Yosys does not accept the sources.
    """
    process = subprocess.run(
        [sys.executable, "-m", program],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )
    if process.returncode != 0 or not process.stdout:
        if "No module named 'pyosys'" in process.stderr:
            raise ToolMissingError(
                "pyosys, which lists the flip-flops of a design, is not installed",
                remedy="pip install 'radtest[hdl]'",
            )
        other = {"slang": "verilog"}.get(request["frontend"], "slang")
        raise InjectionError(
            f"{campaign_file}: Yosys does not accept the design: {_errors(process, folder)}",
            remedy="correct the source it names, or design.top, design.sources, design.parameters; "
            f'or let it be read in another way, with design.frontend = "{other}".',
        )
    return json.loads(process.stdout)  # type: ignore[no-any-return]


def _target_list(answer: dict[str, Any]) -> TargetList:
    return TargetList(
        targets=tuple(Target(**{**row, "kind": TargetKind(row["kind"])}) for row in answer["targets"]),
        removed=tuple(RemovedBits(**row) for row in answer["removed"]),
        outputs=tuple(answer["outputs"]),
        nameless_bits=answer["nameless_bits"],
        unflippable=tuple(RemovedBits(**row) for row in answer.get("unflippable", ())),
        ranges={name: (left, right) for name, (left, right) in answer.get("ranges", {}).items()},
    )


def _errors(process: subprocess.CompletedProcess[str], folder: Path, most: int = 6) -> str:
    """Return what Yosys has against the design, with whole paths."""
    said = [line for line in process.stderr.splitlines() if line.strip()]
    errors = [line for line in said if "ERROR:" in line or "Error:" in line]
    # Slang ends with a line that points to a log which nobody keeps.
    errors = [line for line in errors if "Design elaboration failed" not in line] or errors or said[-3:]
    if not errors:
        return f"it ended with status {process.returncode}, without a word"
    for number, error in enumerate(errors):
        named, colon, rest = error.partition(":")
        if named.startswith("..") and (folder / named).exists():
            errors[number] = f"{(folder / named).resolve()}{colon}{rest}"
    more = [f"and {len(errors) - most} more"] if len(errors) > most else []
    return " ".join(errors[:most] + more)


def verilog_literal(value: str | int | bool) -> str:
    """Return a parameter value as Verilog writes it."""
    if isinstance(value, bool):
        return str(int(value))
    return json.dumps(value) if isinstance(value, str) else str(value)
