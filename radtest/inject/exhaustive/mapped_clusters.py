"""The clusters of a map: for each bit that is chosen, those that flip together with it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radtest.core.outcome import FaultModel
from radtest.inject.configuration import CampaignSection
from radtest.inject.exhaustive.workload import Workload
from radtest.inject.further_bits import FurtherBits
from radtest.inject.selection import choose_targets
from radtest.inject.targets import TargetList
from radtest.inject.upset_list import STRIKE, UpsetList

__all__ = ["MappedClusters", "place_clusters"]


@dataclass(frozen=True, slots=True)
class MappedClusters:
    """The clusters of a map, one for each row.

    Parameters
    ----------
    numbers : ndarray
        The engine's row of each; of a cluster that was cut to one bit that of this bit, and the same one for clusters
        of the same bits.
    sizes : ndarray
        How many bits each has.
    """

    numbers: NDArray[np.int32]
    sizes: NDArray[np.int32]


def place_clusters(
    section: CampaignSection,
    campaign_file: Path,
    targets: TargetList,
    workload: Workload,
    numbers: NDArray[np.int32],
    rows: NDArray[np.void],
) -> MappedClusters:
    """Give the engine the clusters whose first bits are the rows of a map, the same as `radtest inject` makes.

    Parameters
    ----------
    section : CampaignSection
        The campaign, with a shape of clusters that leaves nothing to chance.
    campaign_file : Path
        The file it was read from.
    targets : TargetList
        The targets of the design.
    workload : Workload
        What the engine has of it, and where the clusters are kept.
    numbers : ndarray
        The engine's row of each bit.
    rows : ndarray
        Target, word and bit of each.

    Raises
    ------
    ConfigurationError
        If no cluster has more than one bit, or the placement cannot be read.
    """
    chosen = choose_targets(targets.targets, section, campaign_file, targets.removed)
    firsts = np.zeros(len(rows), STRIKE)
    firsts["upset"] = np.arange(len(rows))
    for name in ("target", "word", "bit"):
        firsts[name] = rows[name]
    planned = FurtherBits(section, campaign_file, targets, chosen).plan(
        UpsetList(firsts, FaultModel.MCU), range(1), clock_period_ps=1
    )
    strikes = planned.upsets.strikes
    number_of = dict(zip(rows.tolist(), numbers.tolist(), strict=True))
    bits = [number_of[place] for place in strikes[["target", "word", "bit"]].tolist()]
    starts = np.flatnonzero(np.diff(strikes["upset"], prepend=-1)).tolist()
    clusters: dict[tuple[int, ...], int] = {}
    first_cluster = workload.shapes.scalars["first_cluster"]
    mapped: list[int] = []
    for start, end in pairwise([*starts, len(bits)]):
        members = tuple(sorted(bits[start:end]))
        mapped.append(members[0] if len(members) == 1 else first_cluster + clusters.setdefault(members, len(clusters)))
    workload.put_clusters(list(clusters))
    sizes = np.diff([*starts, len(bits)]).astype(np.int32)
    return MappedClusters(np.array(mapped, np.int32), sizes)
