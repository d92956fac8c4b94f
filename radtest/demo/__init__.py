"""The whole chain on real input: upsets in RTL, a rehearsed beam campaign, fits, rates, a payload, one report."""

from radtest.demo.chain import DemoResult, Narrator, StageResult, run_demo
from radtest.demo.folder import prepare_folder
from radtest.demo.sources import DemoSources, find_sources

__all__ = [
    "DemoResult",
    "DemoSources",
    "Narrator",
    "StageResult",
    "find_sources",
    "prepare_folder",
    "run_demo",
]
