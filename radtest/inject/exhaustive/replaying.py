"""A campaign whose test is a recording: the inputs of a map, played to the design alone."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w

from radtest.core.errors import RecordError
from radtest.inject.configuration import InjectionConfiguration, include_folders, resolve_source
from radtest.inject.exhaustive.map_file import UpsetMap

__all__ = ["replay_campaign"]

_MODULE = "radtest_replay"


def replay_campaign(
    upset_map: UpsetMap, configuration: InjectionConfiguration, campaign_file: Path, folder: Path
) -> tuple[Path, str]:
    """Write the test that replays the inputs of a map into a folder.

    Returns
    -------
    tuple of Path and str
        Name and text of a campaign file that uses it.
    """
    stimulus = upset_map.stimulus
    if stimulus is None:
        raise RecordError(f"{upset_map.path}: holds no recorded inputs", remedy="make the map again.")
    bench = files("radtest.inject.exhaustive").joinpath("replay_bench.py").read_text()
    (folder / f"{_MODULE}.py").write_text(bench)
    np.savez_compressed(
        folder / f"{_MODULE}.npz",
        clock=np.array(configuration.observe.clock),
        period_ps=np.array(stimulus.period_ps),
        begins_high=np.array(stimulus.begins_high),
        names=np.array(stimulus.names),
        widths=np.array(stimulus.widths),
        rows=stimulus.rows,
        registers=np.array(list(stimulus.registers), dtype=str),
        levels=np.array(list(stimulus.registers.values()), dtype=str),
    )
    design = configuration.design
    document: dict[str, Any] = configuration.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    document["design"] |= {
        "sources": [str(resolve_source(name, campaign_file, "design.sources")) for name in design.sources],
        "includes": [str(path) for path in include_folders(design, campaign_file)],
        "data_files": [str(resolve_source(name, campaign_file, "design.data_files")) for name in design.data_files],
    }
    arguments = (
        {"build_arguments": document["test"]["build_arguments"]} if "build_arguments" in document["test"] else {}
    )
    document["test"] = {"module": _MODULE, "name": "replay"} | arguments
    cluster = document.setdefault("campaign", {}).get("cluster", {})
    if "placement" in cluster:
        path = resolve_source(cluster["placement"], campaign_file, "campaign.cluster.placement")
        cluster["placement"] = str(path)
    return folder / f"{_MODULE}.toml", tomli_w.dumps(document)
