"""What a simulation is told to do: the plan that `radtest.inject.bench` reads."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from radtest.inject.configuration import InjectionConfiguration
from radtest.inject.golden_run import GoldenRun
from radtest.inject.targets import TargetList

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
    # What has no name cannot be compared, so nobody could tell that an upset is over.
    ends_early = configuration.campaign.end_early and not targets.nameless_bits
    return {
        "mode": "golden",
        "module": test.module,
        "test": test.name,
        "root": root,
        "instance": test.instance,
        "clock": observe.clock,
        "targets": [dataclasses.asdict(target) for target in targets.targets],
        "observe": {
            "outputs": [output.model_dump() for output in observe.outputs],
            "alarms": observe.alarms,
            "corrected": observe.corrected,
        },
        "golden": str(work / "golden_run.json"),
        "course": str(work / "course") if ends_early else "",
        "ports": targets.outputs,
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
    }


def _stride(targets: TargetList) -> int:
    """Return the cycles between two looks at the whole state: the more words it has, the fewer looks."""
    words = sum(target.words for target in targets.targets)
    return max(16, 1 << (words // 32).bit_length())
