"""What can be upset in a design: the list from the netlist, and the choice from it."""

from __future__ import annotations

import fnmatch
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from radtest.core.errors import ConfigurationError, InjectionError, ToolMissingError
from radtest.core.injection import Target, TargetKind
from radtest.inject.configuration import CampaignSection, DesignSection, resolve_source

__all__ = ["RemovedBits", "TargetList", "choose_targets", "list_targets"]


@dataclass(frozen=True, slots=True)
class RemovedBits:
    """Stored bits of the RTL that no synthesis keeps, and why."""

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
        What can be upset, flip-flops first, each group in alphabetical order.
    removed : tuple of RemovedBits
        What the RTL declares but the netlist does not need.
    outputs : tuple of str
        The output ports of the design.
    nameless_bits : int
        Stored bits of the netlist that have no name in the RTL, hence no handle in a simulator.
    """

    targets: tuple[Target, ...]
    removed: tuple[RemovedBits, ...]
    outputs: tuple[str, ...]
    nameless_bits: int


def list_targets(design: DesignSection, campaign_file: Path, folder: Path) -> TargetList:
    """Elaborate the design with Yosys and list its flip-flops, latches and memories.

    Parameters
    ----------
    design : DesignSection
        The RTL.
    campaign_file : Path
        The file whose folder sources are relative to.
    folder : Path
        Working folder that holds the data files of the design.

    Raises
    ------
    ToolMissingError
        If pyosys is not installed.
    InjectionError
        If Yosys does not accept the sources.
    """
    request = {
        "sources": [str(resolve_source(source, campaign_file, "design.sources")) for source in design.sources],
        "includes": [str((campaign_file.parent / folder_).resolve()) for folder_ in design.includes],
        "defines": design.defines,
        "parameters": {name: verilog_literal(value) for name, value in design.parameters.items()},
        "top": design.top,
    }
    process = subprocess.run(
        [sys.executable, "-m", "radtest.inject.netlist"],
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
        said = [line for line in process.stderr.splitlines() if line.strip()]
        errors = [line for line in said if "ERROR:" in line or "Error:" in line] or said[-3:]
        errors = errors or [f"it ended with status {process.returncode}, without a word"]
        raise InjectionError(
            f"{campaign_file}: Yosys does not accept the design: {' '.join(errors)}",
            remedy="correct the source it names, or design.top, design.sources, design.parameters.",
        )
    answer = json.loads(process.stdout)
    return TargetList(
        targets=tuple(Target(**{**row, "kind": TargetKind(row["kind"])}) for row in answer["targets"]),
        removed=tuple(RemovedBits(**row) for row in answer["removed"]),
        outputs=tuple(answer["outputs"]),
        nameless_bits=answer["nameless_bits"],
    )


def _matches(name: str, pattern: str) -> bool:
    # In names of hardware brackets hold indices, so that in a pattern they stand for themselves.
    return fnmatch.fnmatchcase(name, pattern.replace("[", "[[]"))


def verilog_literal(value: str | int | bool) -> str:
    """Return a parameter value as Verilog writes it."""
    if isinstance(value, bool):
        return str(int(value))
    return json.dumps(value) if isinstance(value, str) else str(value)


def choose_targets(targets: Sequence[Target], section: CampaignSection, campaign_file: Path) -> list[int]:
    """Return the indices of the targets that a campaign hits.

    Raises
    ------
    ConfigurationError
        If a pattern, or all of them together, match nothing.
    """
    for key, patterns in (("include", section.include), ("exclude", section.exclude)):
        for pattern in patterns:
            if not any(_matches(target.name, pattern) for target in targets):
                raise ConfigurationError(
                    f"{campaign_file}: campaign.{key} = {pattern!r}: no target matches",
                    remedy="patterns are hierarchical names such as 'cpu.reg_*', with * and ? as wildcards; "
                    "'radtest inject --list' shows the names.",
                )
    chosen = [
        index
        for index, target in enumerate(targets)
        if target.kind in section.kinds
        and any(_matches(target.name, pattern) for pattern in section.include)
        and not any(_matches(target.name, pattern) for pattern in section.exclude)
    ]
    if not chosen:
        present = ", ".join(sorted({target.kind.value for target in targets})) or "nothing"
        raise ConfigurationError(
            f"{campaign_file}: campaign.kinds = {[kind.value for kind in section.kinds]}: nothing is left to upset; "
            f"the design holds {present}",
            remedy="widen campaign.kinds, campaign.include or campaign.exclude.",
        )
    return chosen
