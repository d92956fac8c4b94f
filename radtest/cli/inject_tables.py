"""How the outcomes of a campaign are shown: tables for people, fields for machines."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radtest.cli.output import estimate_fields
from radtest.core.estimate import Estimate
from radtest.core.outcome import Outcome
from radtest.core.source import Simulation
from radtest.inject import VULNERABLE, fault_class

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from radtest.inject import InjectionSummary, OutcomeRow
    from radtest.log import Record

__all__ = ["show_summary", "summary_fields"]

_METHODS = {"clopper-pearson": "Clopper–Pearson", "wilson": "Wilson"}
_MODULES = 20


def show_summary(console: Console, summary: InjectionSummary, record: Record, *, registers: int = 10) -> None:
    """Print a summary: outcomes, then what they were by module, register, kind of storage and fault model.

    Parameters
    ----------
    console : rich.console.Console
        Where to.
    summary : InjectionSummary
        The summary.
    record : Record
        The record it is of.
    registers : int
        How many of the most vulnerable registers to show.
    """
    total = summary.total
    console.print(str(record.path), soft_wrap=True, highlight=False)
    console.print(_headline(summary, record), soft_wrap=True, highlight=False, markup=False)
    console.print(_outcomes(total))
    if len(summary.models) > 1:
        console.print(_parts("fault model", summary.models))
    if len(summary.kinds) > 1:
        console.print(_parts("kind", summary.kinds))
    console.print(_parts("module", summary.modules[:_MODULES]))
    if len(summary.modules) > _MODULES:
        console.print(f"{len(summary.modules) - _MODULES} modules with fewer upsets are not shown.")
    worst = summary.most_vulnerable(registers)
    if worst:
        console.print(_parts("register", worst))
        more = len(summary.most_vulnerable()) - len(worst)
        console.print(
            f"Registers by the lower limit of their vulnerable share{f', {more} more not shown' if more else ''}. "
            "Vulnerable: detected, sdc or hang."
        )
    console.print(_iso_line(total), soft_wrap=True, highlight=False)


def _headline(summary: InjectionSummary, record: Record) -> str:
    total, source, end = summary.total, record.header.source, record.end
    simulator = f" under {source.simulator} {source.simulator_version}" if isinstance(source, Simulation) else ""
    invalid = total.counts[Outcome.INVALID]
    parts = [
        f"{_number(total.upsets, 'upset')} in {_number(len(summary.registers), 'register')}{simulator}",
        f"{invalid} invalid" if invalid else "",
        "" if end.stop_reason.value == "completed" else f"stopped by {end.stop_reason.value}",
        "" if end.valid else "NOT VALID",
    ]
    return ", ".join(part for part in parts if part)


def _outcomes(total: OutcomeRow) -> Any:
    from rich.table import Table

    table = Table("outcome", "ISO 26262", "upsets", f"probability ({_level(total)})")
    for outcome in Outcome:
        word = fault_class(outcome)
        probability = "" if outcome is Outcome.INVALID else _estimate(total.share(outcome))
        table.add_row(outcome.value, word.value if word else "", str(total.counts[outcome]), probability)
    return table


def _parts(what: str, rows: Sequence[OutcomeRow]) -> Any:
    from rich.table import Table

    level = f"({100 * rows[0].confidence:g} %)"
    table = Table(what, "bits", "upsets", "sdc", f"probability of sdc {level}", f"vulnerable share {level}")
    for row in rows:
        counts = (str(row.bits), str(row.upsets), str(row.counts[Outcome.SDC]))
        table.add_row(row.name, *counts, _estimate(row.sdc), _estimate(row.vulnerable))
    return table


def _iso_line(total: OutcomeRow) -> str:
    shares = ", ".join(f"{word.value} {_estimate(share)}" for word, share in total.fault_classes.items())
    return f"ISO 26262: {shares}"


def _level(row: OutcomeRow) -> str:
    return f"{100 * row.confidence:g} %, {_METHODS.get(row.interval, row.interval)}"


def _estimate(estimate: Estimate) -> str:
    if math.isnan(estimate.value):
        return "no valid upset"
    return f"{estimate.value:.4f} ({estimate.low:.4f} … {estimate.high:.4f})"


def _number(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def summary_fields(summary: InjectionSummary, record: Path) -> dict[str, Any]:
    """Return a summary as JSON fields: all upsets, then rows by module, register, kind of storage and fault model."""
    return {
        "record": str(record),
        "confidence": summary.total.confidence,
        "interval": summary.total.interval,
        **_row_fields(summary.total),
        "modules": [_named_fields(row) for row in summary.modules],
        "registers": [
            _named_fields(row) | {"module": row.module, "kind": row.kind, "src": row.src} for row in summary.registers
        ],
        "kinds": [_named_fields(row) for row in summary.kinds],
        "models": [_named_fields(row) for row in summary.models],
    }


def _named_fields(row: OutcomeRow) -> dict[str, Any]:
    return {"name": row.name, **_row_fields(row)}


def _row_fields(row: OutcomeRow) -> dict[str, Any]:
    classes = row.fault_class_counts
    return {
        "bits": row.bits,
        "upsets": row.upsets,
        "valid": row.valid,
        "counts": {outcome.value: count for outcome, count in row.counts.items()},
        "probabilities": {outcome.value: estimate_fields(share) for outcome, share in row.probabilities.items()},
        "vulnerable": {"count": row.count(*VULNERABLE), **estimate_fields(row.vulnerable)},
        "iso26262": {
            word.value: {"count": classes[word], **estimate_fields(share)} for word, share in row.fault_classes.items()
        },
    }
