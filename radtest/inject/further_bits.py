"""What a planned upset hits besides its first bit: the rest of a cluster, or upsets that accumulate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from radtest.inject.accumulation import MEAN_UPSETS, draw_accumulated, mean_upsets
from radtest.inject.clusters import draw_clusters
from radtest.inject.configuration import CampaignSection, resolve_source
from radtest.inject.placed_bits import PlacedBits
from radtest.inject.placement import place_bits, read_placement
from radtest.inject.targets import TargetList
from radtest.inject.upset_list import UpsetList

__all__ = ["CLUSTER_BITS", "CUT_CLUSTERS", "GIVEN_UPSETS", "UNPLACED_BITS", "Figure", "FurtherBits", "PlannedUpsets"]

Figure = tuple[str, float, str, str]
"""A figure of quality: name, value, unit and detail, as `radtest.log.Journal.quality` takes it."""

CLUSTER_BITS = "cluster_bits_mean"
"""The figure of quality that says how many bits clusters have on average."""
CUT_CLUSTERS = "clusters_cut"
"""The figure of quality that says how many clusters have fewer bits than asked for."""
GIVEN_UPSETS = "upsets_given"
"""The figure of quality that says how many upsets were given as a list, instead of being drawn."""
UNPLACED_BITS = "bits_not_placed"
"""The figure of quality that says how many bits the placement does not know, and names them."""
_STREAM = 1
"""The random numbers for further bits are none of those for the first ones, so that the first ones stay as they are."""
_NAMES_BYTES = 900


@dataclass(frozen=True, slots=True)
class PlannedUpsets:
    """Upsets with all their bits, and what the record is to say about them."""

    upsets: UpsetList
    figures: tuple[Figure, ...] = ()


class FurtherBits:
    """Plans what upsets hit besides their first bit.

    Parameters
    ----------
    section : CampaignSection
        The campaign; without ``cluster`` and ``accumulate`` upsets stay as they are.
    campaign_file : Path
        The file it was read from.
    targets : TargetList
        The targets of the design.
    chosen : sequence of int
        Indices of the targets that take part.

    Raises
    ------
    ConfigurationError
        If there is a placement that cannot be read or holds no bit of the chosen targets.
    """

    def __init__(
        self, section: CampaignSection, campaign_file: Path, targets: TargetList, chosen: Sequence[int]
    ) -> None:
        self._section = section
        self._targets = targets.targets
        self._chosen = chosen
        self._placed: PlacedBits | None = None
        if section.cluster is not None and section.cluster.placement is not None:
            path = resolve_source(section.cluster.placement, campaign_file, "campaign.cluster.placement")
            self._placed = place_bits(read_placement(path), targets.targets, chosen, path, targets.ranges)

    def plan(
        self, upsets: UpsetList, cycles: range, clock_period_ps: int, *, may_be_single: bool = False
    ) -> PlannedUpsets:
        """Add what else is hit to a list of single upsets.

        Parameters
        ----------
        upsets : UpsetList
            Upsets of one bit each.
        cycles : range
            Clock cycles in which upsets may fall.
        clock_period_ps : int
            Period of the clock, ps.
        may_be_single : bool
            Whether it is right that none of them has a second bit, as where a few upsets are made again.

        Raises
        ------
        ConfigurationError
            If none of the upsets would have a second bit, or more than there are.
        """
        rng = np.random.default_rng(np.random.SeedSequence(self._section.seed, spawn_key=(_STREAM,)))
        if self._section.cluster is not None:
            clusters = draw_clusters(
                upsets, self._targets, self._section.cluster, rng, self._placed, may_be_single=may_be_single
            )
            return PlannedUpsets(clusters.upsets, self._cluster_figures(clusters.mean_bits, clusters.cut))
        if self._section.accumulate is not None:
            bits = sum(self._targets[index].bits for index in self._chosen)
            mean = mean_upsets(self._section.accumulate, bits, len(cycles) * clock_period_ps * 1e-12)
            planned = draw_accumulated(upsets, self._targets, self._chosen, cycles, mean, rng)
            detail = "of a run of the window, those without any included; a run that was simulated has at least one"
            return PlannedUpsets(planned, ((MEAN_UPSETS, mean, "upsets", detail),))
        return PlannedUpsets(upsets)

    def _cluster_figures(self, mean_bits: float, cut: int) -> tuple[Figure, ...]:
        figures: tuple[Figure, ...] = (
            (CLUSTER_BITS, mean_bits, "bits", "of the planned clusters"),
            (CUT_CLUSTERS, float(cut), "clusters", "smaller than asked for: no more bits lay beside the first"),
        )
        if self._placed is not None:
            unplaced = float(self._placed.unplaced_bits)
            figures += ((UNPLACED_BITS, unplaced, "bits", _listed(self._placed.unplaced)),)
        return figures


def _listed(names: Sequence[str]) -> str:
    """Return names as one line, as many as there is room for."""
    shown = 0
    room = _NAMES_BYTES
    while shown < len(names) and (room := room - len(names[shown].encode()) - 2) >= 0:
        shown += 1
    line = ", ".join(names[:shown])
    return line if shown == len(names) else f"{line} and {len(names) - shown} more"
