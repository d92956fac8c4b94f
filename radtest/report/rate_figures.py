"""Pictures of rates: against the shield, by LET, by proton energy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.device_rate import EffectRate
from radtest.report.style import BLUE, GREEN, GREY, ORANGE, RED, SKY, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["PlottedIntegrand", "draw_rate"]

Array = NDArray[np.float64]

_SOURCES = {
    "gcr": ("galactic cosmic rays", GREEN, "--"),
    "solar": ("solar event", ORANGE, "-."),
    "trapped": ("trapped protons", RED, ":"),
}
_DECADES = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class PlottedIntegrand:
    """What makes a rate, as it is drawn.

    Parameters
    ----------
    place : ndarray, shape (n,)
        LET, MeV·cm²/mg, or energy, MeV.
    total : ndarray, shape (n,)
        dR/d ln of that, per day.
    sources : mapping of str to ndarray
        The same by source.
    axis : str
        Words along the axis.
    """

    place: Array
    total: Array
    sources: Mapping[str, Array]
    axis: str


def draw_rate(
    title: str,
    unit: str,
    integrands: Sequence[PlottedIntegrand],
    shield: Mapping[float, EffectRate] | None = None,
    actual_g_cm2: float | None = None,
) -> Figure:
    """Draw a rate against the thickness of the shield with its interval, and what makes it.

    Parameters
    ----------
    title : str
        Above the figure.
    unit : str
        What the rate is per, such as ``bit``.
    integrands : sequence of PlottedIntegrand
        By LET, by proton energy.
    shield : mapping of float to EffectRate, optional
        Rates by thickness of aluminium, g/cm².
    actual_g_cm2 : float, optional
        The thickness of the orbit file, marked.
    """
    count = len(integrands) + (shield is not None)
    figure, axes = new_figure(1, count, height=4.6)
    left = list(axes)
    if shield is not None:
        _shield(left.pop(0), unit, shield, actual_g_cm2)
    for axis, integrand in zip(left, integrands, strict=True):
        _integrand(axis, integrand, unit)
    figure.suptitle(title)
    named = {words: handle for axis in axes for handle, words in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend(named.values(), named.keys(), loc="outside lower center", ncols=len(named), frameon=False)
    return figure


def _shield(axis: Axes, unit: str, shield: Mapping[float, EffectRate], actual: float | None) -> None:
    rates = {thickness: rate for thickness, rate in sorted(shield.items()) if rate.total is not None}
    thickness = list(rates)
    totals = [rate.total for rate in rates.values() if rate.total is not None]
    model = [[total.model_low for total in totals], [total.model_high for total in totals]]
    axis.fill_between(thickness, model[0], model[1], color=GREY, alpha=0.18, linewidth=0, label="model")
    bounds = [total.geometry for total in totals if total.geometry is not None]
    if bounds and len(bounds) == len(totals):
        low, high = ([bound[side] for bound in bounds] for side in (0, 1))
        axis.fill_between(thickness, low, high, color=ORANGE, alpha=0.18, linewidth=0, label="geometry")
    level = totals[0].estimate.confidence if totals else 0.95
    limits = [[total.estimate.low for total in totals], [total.estimate.high for total in totals]]
    axis.fill_between(thickness, limits[0], limits[1], color=SKY, alpha=0.5, linewidth=0, label=f"{level:.0%} interval")
    axis.plot(thickness, [total.value for total in totals], color=BLUE, linewidth=2, label="total")
    names = next(iter(rates.values())).sources if rates else {}
    for name in names:
        words, colour, style = _SOURCES.get(name, (name, GREY, "-"))
        parts = [rate.sources[name].total for rate in rates.values()]
        axis.plot(thickness, [0.0 if p is None else p.value for p in parts], color=colour, linestyle=style, label=words)
    if actual is not None:
        axis.axvline(actual, color=GREY, linewidth=1, linestyle="--")
    largest = max([*(total.model_high for total in totals), *(high for _, high in bounds)], default=0.0)
    if largest > 0:
        lowest = min(total.model_low for total in totals)
        axis.set_yscale("log")
        axis.set_ylim(max(lowest / 3, largest * 10**-_DECADES), largest * 2)
    axis.set(xscale="log", xlabel="aluminium, g/cm²", ylabel=f"events per {unit} and day")
    _plain_ticks(axis)


def _integrand(axis: Axes, integrand: PlottedIntegrand, unit: str) -> None:
    axis.fill_between(integrand.place, integrand.total, color=SKY, alpha=0.35, linewidth=0)
    axis.plot(integrand.place, integrand.total, color=BLUE, linewidth=2, label="total")
    for name, part in integrand.sources.items():
        words, colour, style = _SOURCES.get(name, (name, GREY, "-"))
        axis.plot(integrand.place, part, color=colour, linestyle=style, label=words)
    peak = float(integrand.total.max(initial=0.0))
    if peak > 0:
        seen = integrand.place[integrand.total > 1e-3 * peak]
        axis.set_xlim(float(seen[0]) / 1.3, float(seen[-1]) * 1.3)
        axis.set_ylim(0.0, 1.08 * peak)
    axis.set(xscale="log", xlabel=integrand.axis, ylabel=f"events per {unit} and day, per e-fold")
    axis.ticklabel_format(axis="y", style="sci", scilimits=(-2, 3))
    _plain_ticks(axis)


def _plain_ticks(axis: Axes) -> None:
    """Label a logarithmic axis by plain numbers, at 1, 2 and 5 where it is short."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter  # noqa: PLC0415 (slow to import)

    low, high = axis.get_xlim()
    axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high < 150.0 * low else (1.0,)))
    axis.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.xaxis.set_minor_formatter(NullFormatter())
