"""Pictures of cross sections against LET or energy: counts with exact bars, upper limits, fitted curves with bands."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from radtest.analysis import Band, LimitFit, WeibullFit, cross_section, effective_beam
from radtest.core.estimate import Estimate
from radtest.report.style import BLUE, GREEN, GREY, ORANGE, PINK, RED, SKY, fitting_name, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "PlottedCurve",
    "PlottedPoint",
    "draw_cross_sections",
    "draw_fit",
    "draw_fits",
    "draw_points",
    "weibull_caption",
]

_COLOURS = (BLUE, RED, GREEN, ORANGE, PINK, SKY, GREY, "black")
_MARKERS = "osD^vP*X"
# Devices at the same LET stand side by side, this far apart.
_BESIDE = 1.012
LET_AXIS = "LET, MeV·cm²/mg"


@dataclass(frozen=True, slots=True)
class PlottedPoint:
    """A count as it is drawn.

    Parameters
    ----------
    place : float
        Effective LET, MeV·cm²/mg, or energy, MeV.
    sigma_cm2 : Estimate
        Cross section with its exact Poisson interval, cm².
    count : int
        Events; 0 makes it an upper limit.
    device : str
        Name of the device; each has a marker of its own.
    tilted : bool
        Whether the place is an effective LET; drawn hollow.
    """

    place: float
    sigma_cm2: Estimate
    count: int
    device: str = ""
    tilted: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class PlottedCurve:
    """A fitted curve as it is drawn.

    Parameters
    ----------
    name : str
        Words of the legend.
    place, value, low, high : ndarray, shape (n,)
        LET or energy, cross section and its band, cm².
    confidence : float
        Confidence level of the band at each place.
    """

    name: str
    place: NDArray[np.float64]
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    confidence: float


def draw_fit(fit: WeibullFit | LimitFit, band: Band, *, title: str = "") -> Figure:
    """Draw a fit against effective LET as a figure of a test report, its parameters written below.

    Parameters
    ----------
    fit : WeibullFit
        The fit; its points are drawn with exact Poisson intervals, those without events as upper limits, each device
        with a marker of its own, tilted ones hollow.
    band : Band
        The curve and its band; see `WeibullFit.band`.
    title : str
        Title of the figure.
    """
    curve = PlottedCurve("Weibull fit", band.let_mev_cm2_mg, band.value, band.low, band.high, band.confidence)
    points = draw_points(fit)
    tilted = any(point.tilted for point in points)
    return draw_cross_sections(
        points,
        [curve],
        place=f"effective {LET_AXIS}" if tilted else LET_AXIS,
        per=fit.per,
        title=title,
        caption=weibull_caption(fit),
    )


def draw_fits(fits: Sequence[tuple[str, WeibullFit | LimitFit, Band]], *, title: str = "") -> Figure:
    """Draw two or more data sets in one figure, each with its fit and band in a colour of its own.

    Parameters
    ----------
    fits : sequence of (str, WeibullFit or LimitFit, Band)
        Name, fit and band of each set, all per bit or all per device. Devices of a set are drawn alike.
    title : str
        Title of the figure.
    """
    points = [replace(point, device=name) for name, fit, _ in fits for point in draw_points(fit)]
    curves = [
        PlottedCurve(
            f"{fitting_name(name)}: {'fit' if fit.converged else 'limits, no fit'} and {band.confidence:.0%} band",
            *(band.let_mev_cm2_mg, band.value, band.low, band.high, band.confidence),
        )
        for name, fit, band in fits
    ]
    tilted = any(point.tilted for point in points)
    caption = "\n".join(f"{fitting_name(name)}: {_short_caption(fit)}" for name, fit, _ in fits)
    place = f"effective {LET_AXIS}" if tilted else LET_AXIS
    return draw_cross_sections(points, curves, place=place, per=fits[0][1].per, title=title, caption=caption)


def _short_caption(fit: WeibullFit | LimitFit) -> str:
    events = f"{sum(point.count for point in fit.points):,} events at {len(fit.points)} points"
    if not fit.converged:
        return f"no curve can be fitted; {events}"
    return (
        rf"$\sigma_\mathrm{{sat}}$ = {_with_interval(fit.sigma_sat_cm2)} cm²/{fit.per};  "
        f"$L_0$ = {_with_interval(fit.let0_mev_cm2_mg)} MeV·cm²/mg;  {events}"
    )


def draw_points(fit: WeibullFit | LimitFit) -> list[PlottedPoint]:
    """Return the points of a fit as they are drawn."""
    drawn = []
    for point in fit.points:
        let, fluence = effective_beam(point)
        bits = point.bits if fit.per == "bit" else None
        sigma = cross_section(point.count, fluence, bits, fit.confidence)
        drawn.append(PlottedPoint(let, sigma, point.count, point.device, bool(point.tilt_deg)))
    return drawn


def draw_cross_sections(
    points: Sequence[PlottedPoint],
    curves: Sequence[PlottedCurve],
    *,
    place: str,
    per: str,
    title: str = "",
    caption: str = "",
) -> Figure:
    """Draw counts and curves against LET or energy, both axes logarithmic.

    Parameters
    ----------
    points : sequence of PlottedPoint
        Counts.
    curves : sequence of PlottedCurve
        Fits; none where there is only a table of cross sections.
    place, per : str
        What the horizontal axis shows with its unit, and what the cross section is per.
    title, caption : str
        Above and below the axes.
    """
    lines = caption.splitlines()
    figure, (axis,) = new_figure(1, 1, height=5.4 + 0.22 * len(lines))
    _draw_curves(axis, curves, alone=len(curves) == 1)
    devices = list(dict.fromkeys(point.device for point in points))
    for number, device in enumerate(devices):
        colour = "black" if len(devices) == 1 else _COLOURS[number % len(_COLOURS)]
        marker = _MARKERS[number % len(_MARKERS)]
        beside = _BESIDE ** (number - (len(devices) - 1) / 2.0)
        _draw_device(
            axis, [p for p in points if p.device == device], colour, marker, fitting_name(device or "counts"), beside
        )
    if any(not p.count for p in points):
        label = f"no events: upper end of the {points[0].sigma_cm2.confidence:.0%} interval"
        axis.plot([], [], linestyle="none", marker=r"$\downarrow$", color=GREY, markersize=10, label=label)
    _set_axes(axis, points, curves)
    axis.set(xlabel=place, ylabel=f"cross section, cm²/{per}", title=title)
    handles, labels = axis.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda n: _rank(labels[n]))
    axis.legend([handles[n] for n in order], [labels[n] for n in order], loc="best", fontsize=9)
    if caption:
        figure.supxlabel(caption, x=0.06, ha="left", fontsize=9, linespacing=1.4)
    return figure


def weibull_caption(fit: WeibullFit | LimitFit) -> str:
    """Return the parameters of a fit with their intervals, and how well it fits, as lines under a figure."""
    if not fit.converged:
        return "\n".join(textwrap.wrap(fit.notes[0], 100))
    names = (
        (r"$\sigma_\mathrm{sat}$", fit.sigma_sat_cm2, f" cm²/{fit.per}"),
        ("$L_0$", fit.let0_mev_cm2_mg, " MeV·cm²/mg"),
        ("$W$", fit.width_mev_cm2_mg, " MeV·cm²/mg"),
        ("$s$", fit.shape, ""),
    )
    words = [f"{name} = {_with_interval(estimate)}{unit}" for name, estimate, unit in names]
    goodness = "" if fit.p_value is None else f", p = {fit.p_value:.2g}"
    events = sum(point.count for point in fit.points)
    return "\n".join(
        [
            ";  ".join(words[:2]),
            ";  ".join(words[2:]),
            f"{fit.confidence:.0%} profile-likelihood intervals;  deviance {fit.deviance:.3g} with "
            f"{fit.degrees_of_freedom} degrees of freedom{goodness};  {events:,} events at {len(fit.points)} points",
        ]
    )


def _with_interval(estimate: Estimate) -> str:
    high = "∞" if np.isinf(estimate.high) else f"{estimate.high:.3g}"
    return f"{estimate.value:.3g} ({estimate.low:.3g} … {high})"


def _draw_curves(axis: Axes, curves: Sequence[PlottedCurve], *, alone: bool) -> None:
    for number, curve in enumerate(curves):
        colour = _COLOURS[number % len(_COLOURS)]
        # A limit of 0 cannot be drawn on a logarithmic axis; the axis is cut far above this.
        low = np.maximum(curve.low, 1e-300)
        band = f"{curve.confidence:.0%} band" if alone else None
        axis.fill_between(curve.place, low, curve.high, color=colour, alpha=0.2, linewidth=0, label=band)
        value = np.asarray(curve.value, dtype=float)
        if np.any(value > 0):
            axis.plot(curve.place, np.where(value > 0, value, np.nan), color=colour, linewidth=1.8, label=curve.name)


def _draw_device(axis: Axes, points: list[PlottedPoint], colour: str, marker: str, name: str, beside: float) -> None:
    for tilted in (False, True):
        shown = [p for p in points if p.count and p.tilted is tilted]
        if not shown:
            continue
        value = np.array([p.sigma_cm2.value for p in shown])
        spread = [value - [p.sigma_cm2.low for p in shown], np.array([p.sigma_cm2.high for p in shown]) - value]
        axis.errorbar(
            [p.place * beside for p in shown],
            value,
            yerr=spread,
            fmt=marker,
            color=colour,
            markerfacecolor="white" if tilted else colour,
            markersize=5.5,
            capsize=3,
            linewidth=1.2,
            zorder=3,
            label=f"{name}, tilted" if tilted else f"{name}, {points[0].sigma_cm2.confidence:.0%} Poisson",
        )
    limits = [p for p in points if not p.count]
    if limits:
        high = np.array([p.sigma_cm2.high for p in limits])
        axis.errorbar(
            [p.place * beside for p in limits],
            high,
            yerr=[0.55 * high, 0.0 * high],
            uplims=True,
            fmt="_",
            color=colour,
            markersize=9,
            capsize=3,
            linewidth=1.2,
            zorder=3,
        )


def _rank(label: str) -> int:
    return 0 if "fit" in label or "band" in label else 2 if "no events" in label else 1


def _set_axes(axis: Axes, points: Sequence[PlottedPoint], curves: Sequence[PlottedCurve]) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter  # noqa: PLC0415 (matplotlib is slow to import)

    lowest = min(p.sigma_cm2.low if p.count else 0.4 * p.sigma_cm2.high for p in points)
    highest = max(p.sigma_cm2.high for p in points)
    if curves:
        tops = [float(high) for curve in curves for high in curve.high if np.isfinite(high)]
        highest = min(max([highest, *tops]), 30.0 * highest)
    places = [p.place for p in points] + [x for curve in curves for x in (min(curve.place), max(curve.place))]
    axis.set(
        xscale="log",
        yscale="log",
        xlim=(0.9 * min(places), 1.1 * max(places)),
        ylim=(lowest / 2.0, highest * 2.0),
    )
    wide = max(places) / min(places) > 20.0
    axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if wide else (1.0, 2.0, 3.0, 5.0, 7.0)))
    axis.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.xaxis.set_minor_formatter(NullFormatter())
