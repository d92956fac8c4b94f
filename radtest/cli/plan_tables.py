"""A plan as rows: for JSON, for CSV and for people."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radtest.core.errors import StorageError

if TYPE_CHECKING:
    from rich.table import Table

    from radtest.analysis import BeamPlan, PlannedRun

__all__ = ["plan_document", "plan_table", "run_row", "write_plan_csv"]


def run_row(run: PlannedRun) -> dict[str, Any]:
    """Return a run as named values."""
    at_die, degrader = run.at_die, run.request.degrader
    return {
        "run": run.number,
        "particle": at_die.beam.ion.symbol,
        "mass_number": at_die.beam.ion.mass_number,
        "tilt_deg": at_die.tilt_deg,
        "degrader_um": degrader.thickness_um if degrader else 0.0,
        "energy_mev": at_die.energy_mev,
        "let_mev_cm2_mg": at_die.let_mev_cm2_mg,
        "let_source": at_die.let_source,
        "effective_let_mev_cm2_mg": at_die.effective_let_mev_cm2_mg,
        "range_um": at_die.range_um,
        "depth_reached_um": at_die.penetration_um,
        "flux_cm2_s": run.flux_cm2_s,
        "fluence_cm2": run.fluence_cm2,
        "ends_by": run.ends_by,
        "cross_section_cm2_bit": run.cross_section_cm2,
        "expected_events": run.events,
        "precision": run.precision,
        "upsets_per_scan": run.upsets_per_scan,
        "expected_latch_ups": run.latch_ups,
        "dose_rad": run.dose_rad,
        "cumulative_dose_rad": run.cumulative_dose_rad,
        "change_s": run.change_s,
        "beam_s": run.beam_s,
        "dead_s": run.dead_s,
        "start_s": run.start_s,
        "warnings": list(run.warnings),
    }


def plan_document(plan: BeamPlan) -> dict[str, Any]:
    """Return a plan as one JSON object."""
    conditions = plan.conditions
    return {
        "runs": [run_row(run) for run in plan.runs],
        "total": {
            "runs": len(plan.runs),
            "time_s": plan.total_s,
            "beam_s": sum(run.beam_s for run in plan.runs),
            "dose_rad": plan.dose_rad,
            "expected_events": None if conditions.prior is None else sum(run.events or 0.0 for run in plan.runs),
            "expected_latch_ups": (
                None if conditions.prior_latch_up is None else sum(run.latch_ups or 0.0 for run in plan.runs)
            ),
        },
        "warnings": list(plan.warnings),
    }


def write_plan_csv(plan: BeamPlan, path: Path) -> None:
    """Write the runs of a plan as CSV; the warnings of a run are joined by semicolons."""
    rows = [{**run_row(run), "warnings": "; ".join(run.warnings)} for run in plan.runs]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror}", remedy="name another file.") from None


def plan_table(plan: BeamPlan, title: str) -> Table:
    """Return a plan as a table for people."""
    from rich.table import Table

    table = Table(title=title, pad_edge=False)
    for name in ("run", "ion", "tilt", "LET", "eff.", "depth\nµm", "flux\ncm⁻²s⁻¹", "fluence\ncm⁻²"):
        table.add_column(name, justify="left" if name == "ion" else "right", no_wrap=True)
    for name in ("upsets", "±", "per\nscan", "latch-\nups", "dose\nrad", "sum\nrad", "beam\ns", "over at\nh:min"):
        table.add_column(name, justify="right", no_wrap=True)
    for run in plan.runs:
        degrader = run.request.degrader
        behind = f" +{degrader.thickness_um:g} µm {degrader.material.name}" if degrader else ""
        minutes = round(run.end_s / 60)
        table.add_row(
            f"{run.number}{'!' if run.warnings else ''}",
            f"{run.at_die.beam.ion}{behind}",
            f"{run.at_die.tilt_deg:g}°",
            f"{run.at_die.let_mev_cm2_mg:.3g}",
            f"{run.at_die.effective_let_mev_cm2_mg:.3g}",
            f"{run.at_die.penetration_um:.0f}",
            f"{run.flux_cm2_s:.2g}",
            f"{run.fluence_cm2:.2g}",
            _count(run.events),
            "" if run.precision is None else f"{100 * run.precision:.0f} %" if run.precision < 10 else "–",
            _count(run.upsets_per_scan),
            _count(run.latch_ups),
            f"{run.dose_rad:.3g}",
            f"{run.cumulative_dose_rad:.3g}",
            f"{run.beam_s:.0f}",
            f"{minutes // 60}:{minutes % 60:02d}",
        )
    return table


def _count(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"
