"""Exhaustive upset maps: the outcome of every upset of a workload, by a simulator made for the design."""

from radtest.inject.exhaustive.checking import (
    MapCheck,
    MapDisagreement,
    check_map,
    draw_from_map,
    parse_upset,
    reproduction,
)
from radtest.inject.exhaustive.map_file import (
    MAP_OUTCOMES,
    NO_OBSERVER,
    MapStimulus,
    MapWriter,
    UpsetMap,
    is_upset_map,
    open_map,
)
from radtest.inject.exhaustive.map_observer import MapObserver, SilentMapObserver
from radtest.inject.exhaustive.map_summary import Concentration, CycleStretch, MapPart, MapSummary, summarise_map
from radtest.inject.exhaustive.mapping import map_upsets

__all__ = [
    "MAP_OUTCOMES",
    "NO_OBSERVER",
    "Concentration",
    "CycleStretch",
    "MapCheck",
    "MapDisagreement",
    "MapObserver",
    "MapPart",
    "MapStimulus",
    "MapSummary",
    "MapWriter",
    "SilentMapObserver",
    "UpsetMap",
    "check_map",
    "draw_from_map",
    "is_upset_map",
    "map_upsets",
    "open_map",
    "parse_upset",
    "reproduction",
    "summarise_map",
]
