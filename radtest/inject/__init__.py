"""Upsets in RTL: targets from the netlist, a campaign around an existing cocotb test, and what the upsets did.

Names are imported when they are asked for: the half of this package that runs inside a simulator must not load the
half that does not.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from radtest.inject.agreement import Agreement, compare_outcomes
    from radtest.inject.campaign import Campaign, InjectionObserver
    from radtest.inject.configuration import InjectionConfiguration, Simulator, Strategy, read_injection_configuration
    from radtest.inject.golden_run import GoldenRun
    from radtest.inject.hardening import HardeningRow, compare_hardening
    from radtest.inject.sampling import draw_upsets
    from radtest.inject.simulation import SIMULATORS
    from radtest.inject.summary import InjectionSummary, OutcomeRow, summarise
    from radtest.inject.targets import RemovedBits, TargetList, choose_targets, list_targets

__all__ = [
    "SIMULATORS",
    "Agreement",
    "Campaign",
    "GoldenRun",
    "HardeningRow",
    "InjectionConfiguration",
    "InjectionObserver",
    "InjectionSummary",
    "OutcomeRow",
    "RemovedBits",
    "Simulator",
    "Strategy",
    "TargetList",
    "choose_targets",
    "compare_hardening",
    "compare_outcomes",
    "draw_upsets",
    "list_targets",
    "read_injection_configuration",
    "summarise",
]

_HOME = {
    "SIMULATORS": "simulation",
    "Agreement": "agreement",
    "Campaign": "campaign",
    "InjectionObserver": "campaign",
    "GoldenRun": "golden_run",
    "HardeningRow": "hardening",
    "InjectionConfiguration": "configuration",
    "InjectionSummary": "summary",
    "OutcomeRow": "summary",
    "RemovedBits": "targets",
    "Simulator": "configuration",
    "Strategy": "configuration",
    "TargetList": "targets",
    "choose_targets": "targets",
    "compare_hardening": "hardening",
    "compare_outcomes": "agreement",
    "draw_upsets": "sampling",
    "list_targets": "targets",
    "read_injection_configuration": "configuration",
    "summarise": "summary",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"radtest.inject.{_HOME[name]}"), name)
