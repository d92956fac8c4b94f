"""Exhaustive upset maps: the outcome of every upset of a workload, by a simulator made for the design."""

from radtest.inject.exhaustive.map_file import MAP_OUTCOMES, NO_OBSERVER, MapWriter, UpsetMap, is_upset_map, open_map
from radtest.inject.exhaustive.map_summary import Concentration, CycleStretch, MapPart, MapSummary, summarise_map

__all__ = [
    "MAP_OUTCOMES",
    "NO_OBSERVER",
    "Concentration",
    "CycleStretch",
    "MapPart",
    "MapSummary",
    "MapWriter",
    "UpsetMap",
    "is_upset_map",
    "open_map",
    "summarise_map",
]
