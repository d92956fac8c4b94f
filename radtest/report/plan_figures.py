"""The picture of a plan: where its runs lie on the expected curve, and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from radtest.analysis import BeamPlan, PlannedRun, Weibull
from radtest.report.style import BLUE, GREEN, GREY, RED, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_plan"]


def draw_plan(plan: BeamPlan) -> Figure:
    """Draw a plan: expected cross section with the planned points, fluence and time of each run.

    Without a prior cross section the first part shows LET and range instead.
    """
    from matplotlib.ticker import NullFormatter  # noqa: PLC0415 (slow to import)

    height = max(4.2, 1.6 + 0.22 * len(plan.runs))
    figure, (curve, fluence, time) = new_figure(1, 3, height=height, width_ratios=[1.5, 1.0, 1.25])
    if plan.conditions.prior is None:
        _draw_ranges(curve, plan.runs)
    else:
        _draw_curve(curve, plan, plan.conditions.prior)
    places = [-run.number for run in plan.runs]
    names = [_name(run) for run in plan.runs]
    colours = [RED if run.warnings else BLUE for run in plan.runs]
    fluence.barh(places, [run.fluence_cm2 for run in plan.runs], color=colours, height=0.7)
    fluence.set(xscale="log", xlabel="fluence, cm⁻²", yticks=places)
    planned = [run.fluence_cm2 for run in plan.runs]
    fluence.set_xlim(10 ** np.floor(np.log10(0.9 * min(planned))), 10 ** np.ceil(np.log10(1.1 * max(planned))))
    fluence.xaxis.set_minor_formatter(NullFormatter())
    if RED in colours:
        fluence.set_title("red: see the warnings", fontsize=10)
    fluence.set_yticklabels(names, fontsize=8)
    fluence.grid(visible=False, axis="y")
    starts = np.array([run.start_s for run in plan.runs]) / 60.0
    for share, colour, label in (
        ([run.change_s for run in plan.runs], GREY, "changeover"),
        ([run.beam_s for run in plan.runs], GREEN, "beam"),
        ([run.dead_s for run in plan.runs], RED, "latch-ups"),
    ):
        widths = np.array(share) / 60.0
        time.barh(places, widths, left=starts, color=colour, height=0.7, label=label)
        starts = starts + widths
    time.set(xlabel="time, min", yticks=places)
    time.set_yticklabels([str(run.number) for run in plan.runs], fontsize=8)
    time.grid(visible=False, axis="y")
    time.legend(loc="lower left", fontsize=8)
    time.set_title(f"{plan.total_s / 3600:.1f} h, {plan.dose_rad / 1e3:.3g} krad(Si)", fontsize=10)
    return figure


def _draw_curve(axis: Axes, plan: BeamPlan, prior: Weibull) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter  # noqa: PLC0415 (matplotlib is slow to import)

    lets = np.array([run.at_die.effective_let_mev_cm2_mg for run in plan.runs])
    grid = np.geomspace(max(prior.let0_mev_cm2_mg * 1.01, 0.3 * lets.min()), max(1.6 * lets.max(), 60.0), 400)
    sigma = prior.cross_section(grid)
    shown = grid[sigma > 0]
    axis.plot(shown, sigma[sigma > 0], color=GREY, label="prior")
    hit = [run for run in plan.runs if run.cross_section_cm2 and run.precision is not None and run.precision < 1]
    axis.errorbar(
        [run.at_die.effective_let_mev_cm2_mg for run in hit],
        [run.cross_section_cm2 or 0.0 for run in hit],
        yerr=[(run.precision or 0.0) * (run.cross_section_cm2 or 0.0) for run in hit],
        fmt="o",
        color=BLUE,
        markersize=5,
        capsize=3,
        label=f"planned, {plan.conditions.confidence:.0%} interval",
    )
    blind = [run for run in plan.runs if run not in hit]
    if blind:
        # What a run without events can show: its upper limit.
        exposure = np.array([run.fluence_cm2 * run.at_die.cosine for run in blind]) * plan.conditions.bits
        axis.plot(
            [run.at_die.effective_let_mev_cm2_mg for run in blind],
            3.689 / exposure,
            "v",
            color=RED,
            label="hardly an event: upper limit",
        )
    axis.set(xscale="log", yscale="log", xlabel="effective LET, MeV·cm²/mg", ylabel="expected cross section, cm²/bit")
    axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
    axis.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.xaxis.set_minor_formatter(NullFormatter())
    for run in {run.at_die.beam.ion.symbol: run for run in reversed(hit)}.values():
        axis.annotate(
            run.at_die.beam.ion.symbol,
            (run.at_die.effective_let_mev_cm2_mg, run.cross_section_cm2 or 0.0),
            xytext=(-7, 6),
            textcoords="offset points",
            fontsize=9,
            ha="right",
        )
    axis.legend(loc="lower right", fontsize=9)


def _draw_ranges(axis: Axes, runs: tuple[PlannedRun, ...]) -> None:
    axis.plot(
        [run.at_die.effective_let_mev_cm2_mg for run in runs],
        [run.at_die.penetration_um for run in runs],
        "o",
        color=BLUE,
    )
    for run in runs:
        axis.annotate(
            run.at_die.beam.ion.symbol,
            (run.at_die.effective_let_mev_cm2_mg, run.at_die.penetration_um),
            xytext=(4, 4),
            textcoords="offset points",
            fontsize=8,
        )
    axis.set(xscale="log", xlabel="effective LET, MeV·cm²/mg", ylabel="depth reached, µm", ylim=(0, None))


def _name(run: PlannedRun) -> str:
    tilt = f" {run.at_die.tilt_deg:g}°" if run.at_die.tilt_deg else ""
    degrader = run.request.degrader
    behind = f" +{degrader.thickness_um:g}" if degrader is not None else ""
    return f"{run.number} {run.at_die.beam.ion.symbol}{tilt}{behind}"
