"""Exhaustive upset maps: the outcome of every upset of a workload, by a simulator made for the design.

Names are imported when they are asked for, so that a program loads no more than it uses.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_HOME = {
    "MAP_OUTCOMES": "map_file",
    "NO_OBSERVER": "map_file",
    "Concentration": "map_summary",
    "CycleStretch": "map_summary",
    "MapCheck": "checking",
    "MapDisagreement": "checking",
    "MapObserver": "map_observer",
    "MapPart": "map_summary",
    "MapStimulus": "map_file",
    "MapSummary": "map_summary",
    "MapWriter": "map_file",
    "SilentMapObserver": "map_observer",
    "UpsetMap": "map_file",
    "check_map": "checking",
    "draw_from_map": "checking",
    "is_upset_map": "map_file",
    "map_upsets": "mapping",
    "open_map": "map_file",
    "parse_upset": "checking",
    "reproduction": "checking",
    "summarise_map": "map_summary",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"radtest.inject.exhaustive.{_HOME[name]}"), name)
