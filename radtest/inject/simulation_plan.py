"""What a simulation is told to do: the plan that `radtest.inject.bench` reads."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from radtest.core.injection import TargetKind
from radtest.core.outcome import FaultModel
from radtest.inject.configuration import InjectionConfiguration
from radtest.inject.golden_run import GoldenRun
from radtest.inject.targets import TargetList
from radtest.inject.vhdl.access import ACCESS_FILE

__all__ = ["golden_plan", "upset_plan"]


def golden_plan(configuration: InjectionConfiguration, targets: TargetList, root: str, work: Path) -> dict[str, Any]:
    """Return the plan of the golden run.

    Parameters
    ----------
    configuration : InjectionConfiguration
        The campaign.
    targets : TargetList
        The targets of the design.
    root : str
        Path of the test's `dut` below the top module of the simulation.
    work : Path
        Working folder.
    """
    observe, test = configuration.observe, configuration.test
    # VHDL does not tell upper from lower case; GHDL shows lower case.
    named = str.lower if configuration.design.is_vhdl else str
    # What has no name cannot be compared, so nobody could tell that an upset is over.
    ends_early = configuration.campaign.end_early and not targets.nameless_bits
    return {
        "mode": "golden",
        "module": test.module,
        "test": test.name,
        "root": root,
        "instance": named(test.instance),
        "clock": named(observe.clock),
        "targets": [dataclasses.asdict(target) for target in targets.targets if target.kind is not TargetKind.NET],
        "nets": [dataclasses.asdict(target) for target in targets.targets if target.kind is TargetKind.NET],
        "observe": {
            "outputs": [
                {key: name and named(name) for key, name in output.model_dump().items()} for output in observe.outputs
            ],
            "alarms": [named(name) for name in observe.alarms],
            "corrected": [named(name) for name in observe.corrected],
        },
        # A pulse that no edge of the clock catches would be none, however far it is to be seen.
        "clocked": observe.look == "clock" or configuration.campaign.model is FaultModel.SET,
        "golden": str(work / "golden_run.json"),
        "course": str(work / "course") if ends_early else "",
        "ports": targets.outputs,
        "vhdl": str(work / ACCESS_FILE) if configuration.design.is_vhdl else "",
        "stride": _stride(targets),
    }


def upset_plan(
    configuration: InjectionConfiguration, targets: TargetList, golden: GoldenRun, root: str, work: Path, jobs: int
) -> dict[str, Any]:
    """Return the plan of a simulation that makes upsets, `jobs` of them followed at the same time."""
    section = configuration.campaign
    run_length = json.loads(golden.path.read_text())["end"]
    return golden_plan(configuration, targets, root, work) | {
        "mode": "campaign",
        "upsets": str(work / "upsets.list"),
        "report": str(work / "report.pipe"),
        "jobs": jobs,
        "timeout": round(run_length * section.timeout_factor),
        "wall_timeout_s": section.wall_timeout_s,
        "strategy": section.strategy,
        "model": section.model,
        "set_width_ps": section.set_width_ps,
    }


def _stride(targets: TargetList) -> int:
    """Return the cycles between two looks at the whole state: the more words it has, the fewer looks."""
    words = sum(target.words for target in targets.targets if target.kind is not TargetKind.NET)
    return max(16, 1 << (words // 32).bit_length())
