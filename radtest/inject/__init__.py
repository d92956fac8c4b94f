"""Upsets in RTL: targets from the netlist, a campaign around an existing cocotb test, and what the upsets did.

Names are imported when they are asked for: the half of this package that runs inside a simulator must not load the
half that does not.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from radtest.inject.accumulation import MEAN_UPSETS, draw_accumulated, per_run_probabilities
    from radtest.inject.agreement import Agreement, compare_outcomes
    from radtest.inject.api import CampaignResult, run
    from radtest.inject.campaign import Campaign
    from radtest.inject.clusters import Clusters, draw_clusters
    from radtest.inject.configuration import InjectionConfiguration, Simulator, Strategy, read_injection_configuration
    from radtest.inject.device import DeviceCrossSection, device_cross_section
    from radtest.inject.export import bit_name, export_outcomes, export_summary
    from radtest.inject.fault_configuration import AccumulateSection, ClusterSection
    from radtest.inject.further_bits import CLUSTER_BITS, CUT_CLUSTERS, UNPLACED_BITS
    from radtest.inject.golden_run import GoldenRun
    from radtest.inject.hardening import HardeningRow, compare_hardening
    from radtest.inject.in_bench import inject_upsets
    from radtest.inject.iso26262 import FAULT_CLASS_REASONS, FAULT_CLASSES, FaultClass, fault_class
    from radtest.inject.observer import InjectionObserver
    from radtest.inject.over_time import CycleBin, latencies, outcomes_over_time
    from radtest.inject.placed_bits import PlacedBits
    from radtest.inject.placement import place_bits, read_placement
    from radtest.inject.sampling import draw_stratified, draw_upsets
    from radtest.inject.sampling_design import SamplingDesign, Stratum, read_sampling_design
    from radtest.inject.selection import choose_targets
    from radtest.inject.simulation import SIMULATORS
    from radtest.inject.summary import (
        VULNERABLE,
        InjectionSummary,
        IntervalMethod,
        OutcomeRow,
        invalid_reasons,
        summarise,
    )
    from radtest.inject.targets import RemovedBits, TargetList, list_targets

__all__ = [
    "CLUSTER_BITS",
    "CUT_CLUSTERS",
    "FAULT_CLASSES",
    "FAULT_CLASS_REASONS",
    "MEAN_UPSETS",
    "SIMULATORS",
    "UNPLACED_BITS",
    "VULNERABLE",
    "AccumulateSection",
    "Agreement",
    "Campaign",
    "CampaignResult",
    "ClusterSection",
    "Clusters",
    "CycleBin",
    "DeviceCrossSection",
    "FaultClass",
    "GoldenRun",
    "HardeningRow",
    "InjectionConfiguration",
    "InjectionObserver",
    "InjectionSummary",
    "IntervalMethod",
    "OutcomeRow",
    "PlacedBits",
    "RemovedBits",
    "SamplingDesign",
    "Simulator",
    "Strategy",
    "Stratum",
    "TargetList",
    "bit_name",
    "choose_targets",
    "compare_hardening",
    "compare_outcomes",
    "device_cross_section",
    "draw_accumulated",
    "draw_clusters",
    "draw_stratified",
    "draw_upsets",
    "export_outcomes",
    "export_summary",
    "fault_class",
    "inject_upsets",
    "invalid_reasons",
    "latencies",
    "list_targets",
    "outcomes_over_time",
    "per_run_probabilities",
    "place_bits",
    "read_injection_configuration",
    "read_placement",
    "read_sampling_design",
    "run",
    "summarise",
]

_HOME = {
    "CLUSTER_BITS": "further_bits",
    "CUT_CLUSTERS": "further_bits",
    "FAULT_CLASSES": "iso26262",
    "FAULT_CLASS_REASONS": "iso26262",
    "MEAN_UPSETS": "accumulation",
    "SIMULATORS": "simulation",
    "UNPLACED_BITS": "further_bits",
    "VULNERABLE": "summary",
    "AccumulateSection": "fault_configuration",
    "Agreement": "agreement",
    "Campaign": "campaign",
    "CampaignResult": "api",
    "ClusterSection": "fault_configuration",
    "Clusters": "clusters",
    "CycleBin": "over_time",
    "DeviceCrossSection": "device",
    "FaultClass": "iso26262",
    "GoldenRun": "golden_run",
    "HardeningRow": "hardening",
    "InjectionConfiguration": "configuration",
    "InjectionObserver": "observer",
    "InjectionSummary": "summary",
    "IntervalMethod": "summary",
    "OutcomeRow": "summary",
    "PlacedBits": "placed_bits",
    "RemovedBits": "targets",
    "SamplingDesign": "sampling_design",
    "Simulator": "configuration",
    "Strategy": "configuration",
    "Stratum": "sampling_design",
    "TargetList": "targets",
    "bit_name": "export",
    "choose_targets": "selection",
    "compare_hardening": "hardening",
    "compare_outcomes": "agreement",
    "device_cross_section": "device",
    "draw_accumulated": "accumulation",
    "draw_clusters": "clusters",
    "draw_stratified": "sampling",
    "draw_upsets": "sampling",
    "export_outcomes": "export",
    "export_summary": "export",
    "fault_class": "iso26262",
    "inject_upsets": "in_bench",
    "invalid_reasons": "summary",
    "latencies": "over_time",
    "list_targets": "targets",
    "outcomes_over_time": "over_time",
    "per_run_probabilities": "accumulation",
    "place_bits": "placement",
    "read_injection_configuration": "configuration",
    "read_placement": "placement",
    "read_sampling_design": "sampling_design",
    "run": "api",
    "summarise": "summary",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"radtest.inject.{_HOME[name]}"), name)
