"""Exhaustive upset maps: the outcome of every upset of a workload, by a simulator made for the design."""

from radtest.inject.exhaustive.map_file import MAP_OUTCOMES, NO_OBSERVER, MapWriter, UpsetMap, open_map

__all__ = ["MAP_OUTCOMES", "NO_OBSERVER", "MapWriter", "UpsetMap", "open_map"]
