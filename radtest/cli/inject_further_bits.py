"""How clusters and accumulated upsets of a campaign are shown."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from radtest.cli.output import estimate_fields, interval
from radtest.core.outcome import Outcome
from radtest.inject import CLUSTER_BITS, CUT_CLUSTERS, MEAN_UPSETS, UNPLACED_BITS, per_run_probabilities

if TYPE_CHECKING:
    from rich.console import Console

    from radtest.inject import IntervalMethod
    from radtest.log import Record

__all__ = ["further_bits_fields", "show_further_bits"]


def further_bits_fields(record: Record, confidence: float, method: IntervalMethod) -> dict[str, Any]:
    """Return ``clusters`` or ``accumulated``, whichever the campaign had, as JSON fields."""
    fields: dict[str, Any] = {}
    if (bits := record.quality_value(CLUSTER_BITS)) is not None:
        cut, unplaced = record.quality_value(CUT_CLUSTERS), record.quality_value(UNPLACED_BITS)
        fields["clusters"] = {
            "bits_mean": bits,
            "cut": None if cut is None else int(cut),
            "bits_not_placed": None if unplaced is None else int(unplaced),
        }
    if (mean := record.quality_value(MEAN_UPSETS)) is not None:
        per_run = per_run_probabilities(record, confidence, method=method)
        fields["accumulated"] = {
            "upsets_per_run_mean": mean,
            "per_run": {outcome.value: estimate_fields(estimate) for outcome, estimate in per_run.items()},
        }
    return fields


def show_further_bits(console: Console, record: Record, confidence: float, method: IntervalMethod) -> None:
    """Print how large the clusters were and what was not placed, or what a run with accumulated upsets shows."""
    lines = []
    if (bits := record.quality_value(CLUSTER_BITS)) is not None:
        cut = record.quality_value(CUT_CLUSTERS) or 0
        lines.append(f"Clusters: {bits:.3g} bits on average; {cut:.0f} cut, where no more bits lay beside the first.")
    if record.quality_value(UNPLACED_BITS):
        (*_, row) = record.quality[record.quality["name"] == UNPLACED_BITS]
        lines.append(f"{row['value']:.0f} bits have no place, and were hit alone: {row['detail']}")
    if (mean := record.quality_value(MEAN_UPSETS)) is not None:
        per_run = per_run_probabilities(record, confidence, method=method)
        shares = ", ".join(
            f"{outcome.value} {per_run[outcome].value:.3g} ({interval(per_run[outcome])})"
            for outcome in (Outcome.DETECTED, Outcome.SDC, Outcome.HANG)
        )
        lines.append(
            f"Accumulated: {mean:.4g} upsets in a run on average, so that a run has none with probability "
            f"{math.exp(-mean):.3g}. Probability per run: {shares}."
        )
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False, markup=False)
