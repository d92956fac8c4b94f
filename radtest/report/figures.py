"""Figures fit for a test report, as SVG text."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from radtest.analysis import Band, ModelledEstimate, Payload, WeibullFit, cross_section, heat_cases
from radtest.report.style import BLUE, GREEN, GREY, PINK, RED, figure_svg, new_figure

__all__ = ["cross_section_figure", "current_figure", "rate_figure", "temperature_figure"]

_KELVIN = 273.15


def cross_section_figure(curves: Sequence[tuple[str, WeibullFit, Band]]) -> str:
    """Draw cross sections against LET: points with their intervals, fits with their bands.

    Parameters
    ----------
    curves : sequence of (name, fit, band)
        What was fitted; the legend says per what the cross section is. A point without events is an upper limit.
    """
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter  # noqa: PLC0415 (matplotlib is slow to import)

    figure, axes = new_figure(1, len(curves), height=4.3)
    for axis, (name, fit, band), colour in zip(axes, curves, (BLUE, RED, GREEN, PINK), strict=False):
        lowest = np.inf
        for point in fit.points:
            bits = point.bits if fit.per == "bit" else None
            seen = cross_section(point.count, point.fluence_cm2, bits, fit.confidence)
            let = point.let_mev_cm2_mg
            if point.count == 0:
                axis.errorbar(let, seen.high, yerr=[[0.6 * seen.high], [0.0]], uplims=True, color="black", capsize=3)
                axis.plot(let, seen.high, "v", color="black", markersize=5)
                lowest = min(lowest, 0.4 * seen.high)
            else:
                spread = [[seen.value - seen.low], [seen.high - seen.value]]
                axis.errorbar(let, seen.value, yerr=spread, fmt="o", color="black", markersize=5, capsize=3)
                lowest = min(lowest, seen.low)
        axis.fill_between(
            band.let_mev_cm2_mg,
            band.low,
            band.high,
            color=colour,
            alpha=0.25,
            linewidth=0,
            label=f"{band.confidence:.0%} band",
        )
        axis.plot(band.let_mev_cm2_mg, band.value, color=colour, label="Weibull fit")
        axis.set(
            xscale="log",
            yscale="log",
            xlabel="LET, MeV·cm²/mg",
            ylabel=f"cross section, cm²/{fit.per}",
            title=name,
            ylim=(lowest / 3.0, max(p for p in band.high) * 3.0),
        )
        axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.xaxis.set_minor_formatter(NullFormatter())
        axis.legend(loc="lower right")
    return figure_svg(figure)


def current_figure(
    time_s: NDArray[np.float64],
    current_a: NDArray[np.float64],
    latch_ups_s: Sequence[float],
    *,
    channel: str,
    close_up_s: float | None = None,
) -> str:
    """Draw a supply current over a run, and one latch-up close up.

    Parameters
    ----------
    time_s, current_a : ndarray, shape (n,)
        Samples, s and A.
    latch_ups_s : sequence of float
        When latch-ups were detected, s.
    channel : str
        Name of the channel.
    close_up_s : float, optional
        The latch-up to show close up, s.
    """
    figure, axes = new_figure(1, 1 if close_up_s is None else 2, height=3.4)
    windows = [(float(time_s[0]), float(time_s[-1]))]
    if close_up_s is not None:
        windows.append((close_up_s - 3.0, close_up_s + 7.0))
    for axis, (low, high) in zip(axes, windows, strict=True):
        shown = (time_s >= low) & (time_s <= high)
        axis.plot(time_s[shown], current_a[shown], color=BLUE, linewidth=1.2)
        for when in latch_ups_s:
            if low <= when <= high:
                axis.axvline(when, color=RED, linewidth=1.0, linestyle="--")
        axis.set(xlabel="time in the run, s", ylabel=f"current of {channel}, A", xlim=(low, high))
    axes[0].set_title(f"whole run, {len(latch_ups_s)} latch-up{'s' if len(latch_ups_s) != 1 else ''}")
    if close_up_s is not None:
        axes[1].set_title("one latch-up: detected, cut, held off, restored")
    return figure_svg(figure)


def temperature_figure(payload: Payload, points: int = 60) -> str:
    """Draw radiator and junction temperature, and the throughput left, against the area of the radiator.

    Parameters
    ----------
    payload : Payload
        The payload; its own area is marked.
    points : int
        Number of areas.
    """
    own = payload.radiator.area_m2
    areas = np.geomspace(own / 3.0, own * 4.0, points)
    cases = [
        heat_cases(
            payload.chip,
            payload.chips,
            payload.overhead_w,
            dataclasses.replace(payload.radiator, area_m2=float(area)),
            payload.orbit,
        )
        for area in areas
    ]
    figure, (left, right) = new_figure(1, 2, height=3.9)
    for index, (name, colour) in enumerate((("hot case", RED), ("orbit mean", GREEN), ("cold case", BLUE))):
        left.plot(areas, [c[index].junction_k - _KELVIN for c in cases], color=colour, label=f"junction, {name}")
        left.plot(
            areas,
            [c[index].radiator_k - _KELVIN for c in cases],
            color=colour,
            linestyle=":",
            label=f"radiator, {name}",
        )
        right.plot(areas, [100.0 * c[index].throughput for c in cases], color=colour, label=name)
    left.axhline(payload.chip.throttle.start_k - _KELVIN, color=GREY, linewidth=1.0)
    left.text(areas[-1], payload.chip.throttle.start_k - _KELVIN + 1.5, "throttling starts", ha="right", fontsize=9)
    left.set(ylabel="temperature, °C")
    right.set(ylabel="throughput after throttling, %", ylim=(0, 105))
    for axis in (left, right):
        axis.axvline(own, color="black", linewidth=1.0, linestyle="--", label="this payload")
        axis.set(xlabel="radiator area, m²")
        axis.legend(fontsize=8.5, loc="best")
    return figure_svg(figure)


def rate_figure(conditions: Mapping[str, Mapping[str, ModelledEstimate]]) -> str:
    """Draw rates per day on a logarithmic scale, one above the other, in one colour for each condition.

    Parameters
    ----------
    conditions : mapping of str to mapping of str to ModelledEstimate
        Rates by name, by condition; the same names in each. Thick bars are the intervals, thin ones the model.
    """
    names = list(next(iter(conditions.values())))
    figure, (axis,) = new_figure(1, 1, height=1.4 + 0.42 * len(names) * len(conditions))
    apart = 0.8 / len(conditions)
    for number, ((condition, rates), colour) in enumerate(zip(conditions.items(), (BLUE, RED), strict=False)):
        for place, rate in enumerate(rates.values()):
            height = place + (number - (len(conditions) - 1) / 2) * apart
            if rate.high <= 0:
                continue
            least = max(rate.high / 1e6, 1e-30)
            axis.hlines(height, max(rate.low, least), rate.high, color=colour, linewidth=5, alpha=0.35)
            if rate.value > 0:
                axis.hlines(height, rate.model_low, rate.model_high, color=colour, linewidth=1.2)
                axis.plot(rate.value, height, "o", color=colour, markersize=6)
            axis.annotate(
                f"{rate.value:.3g}",
                (max(rate.value, least), height),
                xytext=(0, 6),
                textcoords="offset points",
                ha="center",
                fontsize=9,
            )
        axis.plot([], [], "o-", color=colour, label=condition)
    axis.set_yticks(range(len(names)), names)
    axis.set(xscale="log", xlabel="per day, whole payload", ylim=(len(names) - 0.4, -0.7))
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, fontsize=9)
    return figure_svg(figure)
