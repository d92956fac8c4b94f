"""Outcomes in the words of ISO 26262, the standard for the functional safety of road vehicles.

The words are those of ISO 26262-1:2018; how the faults of a hardware element are classed is the flow of
ISO 26262-5:2018, annex B. That flow asks two things of a fault: could it violate the safety goal if nothing guarded
against it, and does a safety mechanism control it. A campaign answers for upsets, with the declared outputs and the
user's test in the place of the safety goal and the declared alarm and corrected-signals in that of the mechanisms. It
classes single transient faults under one workload. It says nothing about permanent faults, and shares are not yet the
metrics of clause 8 (SPFM, LFM), which weigh every fault of every element with its failure rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from radtest.core.outcome import Outcome

__all__ = ["FAULT_CLASSES", "FAULT_CLASS_REASONS", "FaultClass", "fault_class", "outcomes_of"]


class FaultClass(StrEnum):
    """What ISO 26262 calls an upset with a certain outcome."""

    SAFE = "safe"
    """A fault that does not significantly raise the probability of violating the safety goal."""
    DETECTED = "detected"
    """A multiple-point fault that a safety mechanism detects within the prescribed time."""
    LATENT = "latent"
    """A multiple-point fault that no mechanism has detected and nobody has perceived."""
    RESIDUAL = "residual"
    """A fault that violates the safety goal and is not controlled by a mechanism.

    Where the element has no mechanism at all the standard says single-point fault. Which of the two it is depends on
    the element and not on the upset, so a campaign cannot tell them apart.
    """


FAULT_CLASSES: Mapping[Outcome, FaultClass] = MappingProxyType(
    {
        Outcome.MASKED: FaultClass.SAFE,
        Outcome.LATENT: FaultClass.LATENT,
        Outcome.CORRECTED: FaultClass.DETECTED,
        Outcome.DETECTED: FaultClass.DETECTED,
        Outcome.SDC: FaultClass.RESIDUAL,
        Outcome.HANG: FaultClass.RESIDUAL,
    }
)
"""The word for each outcome. `invalid` has none: it was no fault of the design, and counts in no share."""

FAULT_CLASS_REASONS: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.MASKED: "no output was ever wrong and nothing is left of it: without effect, under this workload.",
        Outcome.LATENT: "no output was wrong and no mechanism spoke, but the wrong bit is still there, ready to meet a "
        "second fault.",
        Outcome.CORRECTED: "a mechanism caught it, said so and took it away. It is not called safe: that is for faults "
        "that do no harm without a mechanism.",
        Outcome.DETECTED: "a mechanism raised its alarm, which is taken to lead to the safe state in time.",
        Outcome.SDC: "an output was wrong and no mechanism spoke.",
        Outcome.HANG: "the outputs did not come and no mechanism spoke; a watchdog among the alarms would have.",
    }
)
"""Why each outcome has its word."""


def fault_class(outcome: Outcome) -> FaultClass | None:
    """Return the word of ISO 26262 for an outcome; None for `invalid`."""
    return FAULT_CLASSES.get(outcome)


def outcomes_of(word: FaultClass) -> tuple[Outcome, ...]:
    """Return the outcomes that ISO 26262 calls by this word."""
    return tuple(outcome for outcome, its in FAULT_CLASSES.items() if its is word)
