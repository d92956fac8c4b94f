"""Figures of an injection campaign.

The functions that draw take matplotlib axes, so that a notebook can put the same pictures into figures of its own;
those that return a figure set them out as the report shows them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from radtest.core.outcome import Outcome
from radtest.inject import VULNERABLE, CycleBin, OutcomeRow
from radtest.report.style import (
    GREY,
    OUTCOME_COLOURS,
    count_label,
    figure_svg,
    fitting_name,
    legend_above,
    new_figure,
    percent_label,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.ticker import MaxNLocator

__all__ = [
    "draw_latencies",
    "draw_outcomes",
    "draw_over_time",
    "draw_shares",
    "draw_upsets_over_time",
    "latency_figure",
    "outcome_figure",
    "outcome_share_figure",
    "over_time_figure",
]

_DARK = "#1c2430"
_PALE = OUTCOME_COLOURS[Outcome.MASKED]
_NARROWEST = 0.022
"""Share of the axis that a digit needs, about."""
_POINTS = 400
"""Steps of a distribution that an eye can tell apart."""
_LONG = 50
"""Latencies beyond this many cycles are drawn on a logarithmic scale."""


def draw_outcomes(axis: Axes, parts: Mapping[str, Mapping[Outcome, int]]) -> None:
    """Draw the share of each outcome as one bar for each part of the design, with the number of upsets in it.

    Parameters
    ----------
    axis : Axes
        Where to.
    parts : mapping of str to mapping
        Counts of outcomes by part, from top to bottom. The shares are of all upsets, so that invalid ones are seen.
    """
    names = list(parts)
    places = np.arange(len(names))
    totals = np.array([max(1, sum(counts.values())) for counts in parts.values()], dtype=np.float64)
    left = np.zeros(len(names))
    for outcome in Outcome:
        counts = np.array([parts[name].get(outcome, 0) for name in names])
        if not counts.any():
            continue
        share = counts / totals
        invalid = outcome is Outcome.INVALID
        axis.barh(
            places,
            share,
            left=left,
            color=OUTCOME_COLOURS[outcome],
            edgecolor=GREY if invalid else "white",
            hatch="////" if invalid else None,
            linewidth=0.6,
            label=outcome.value,
            height=0.72,
        )
        for place, count, width, start in zip(places.tolist(), counts.tolist(), share, left, strict=True):
            if width > _NARROWEST * (len(f"{count:,}") + 0.5):
                text = axis.text(
                    start + width / 2.0, place, f"{count:,}", ha="center", va="center_baseline", fontsize=9
                )
                text.set_in_layout(False)
                if invalid:
                    text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1.0})
        left += share
    axis.set_yticks(places, [fitting_name(name) for name in names])
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.grid(visible=False)
    axis.set(xlim=(0, 1), xlabel="share of the upsets (numbers: upsets)")
    axis.xaxis.set_major_formatter(percent_label)
    legend_above(axis, 7)


def draw_shares(axis: Axes, rows: Sequence[OutcomeRow], shares: Mapping[str, Sequence[Outcome]]) -> None:
    """Draw shares of each row as points with their intervals, from top to bottom.

    Parameters
    ----------
    axis : Axes
        Where to. It reaches from 0 a little beyond the highest limit.
    rows : sequence of OutcomeRow
        Parts of the design. One without a valid upset has an interval from 0 to 1 and no point.
    shares : mapping of str to sequence of Outcome
        For each name in the legend the outcomes that it counts.
    """
    reach = 0.0
    for number, (label, outcomes) in enumerate(shares.items()):
        estimates = [row.share(*outcomes) for row in rows]
        places = np.arange(len(rows)) + 0.28 * (number - (len(shares) - 1) / 2)
        colour = OUTCOME_COLOURS[outcomes[0]] if len(outcomes) == 1 else _DARK
        axis.hlines(places, [e.low for e in estimates], [e.high for e in estimates], color=colour, linewidth=2.0)
        axis.plot([e.value for e in estimates], places, "o", color=colour, markersize=5, label=label)
        reach = max(reach, *(e.high for e in estimates))
    reach = min(1.0, 1.1 * reach)
    axis.set(xlim=(-0.02 * reach, 1.02 * reach), ylim=(len(rows) - 0.5, -0.5))
    axis.set_yticks(np.arange(len(rows)), [fitting_name(row.name) for row in rows])
    axis.xaxis.set_major_formatter(percent_label)
    axis.set_xlabel(f"share of the valid upsets, {100 * rows[0].confidence:g} % interval")
    axis.grid(visible=False, axis="y")
    legend_above(axis, len(shares))


def draw_over_time(axis: Axes, bins: Sequence[CycleBin]) -> None:
    """Draw the shares of what can be seen from outside against the clock cycle of the upset.

    Parameters
    ----------
    axis : Axes
        Where to.
    bins : sequence of CycleBin
        Stretches of cycles. The whisker is the interval of sdc, hang and detected together; a stretch without a valid
        upset is hatched.
    """
    left, width = _stretches(bins)
    valid = np.array([stretch.row.valid for stretch in bins])
    known = valid > 0
    base = np.zeros(len(bins))
    for outcome in (Outcome.SDC, Outcome.HANG, Outcome.DETECTED):
        share = np.array([stretch.row.counts[outcome] for stretch in bins]) / np.maximum(valid, 1)
        _bars(axis, left, share, width, OUTCOME_COLOURS[outcome], label=outcome.value, bottom=base)
        base += share
    shares = [stretch.row.vulnerable for stretch in bins if stretch.row.valid]
    if shares:
        axis.vlines(
            (left + width / 2.0)[known],
            [share.low for share in shares],
            [share.high for share in shares],
            color=_DARK,
            linewidth=1.3,
            label=f"{100 * bins[0].row.confidence:g} % interval of the three together",
        )
    if not known.all():
        axis.bar(
            left[~known],
            1.0,
            width[~known],
            align="edge",
            color="none",
            edgecolor=GREY,
            hatch="////",
            linewidth=0.0,
            label="no valid upset",
        )
    reach = min(1.0, 1.08 * max((share.high for share in shares), default=1.0))
    axis.set(xlim=(left[0], left[-1] + width[-1]), ylim=(0.0, reach), ylabel="share of the valid upsets")
    axis.yaxis.set_major_formatter(percent_label)
    axis.xaxis.set_major_formatter(count_label)
    legend_above(axis, 5)


def draw_upsets_over_time(axis: Axes, bins: Sequence[CycleBin]) -> None:
    """Draw how many valid upsets fell into each stretch of cycles, to be read below `draw_over_time`."""
    left, width = _stretches(bins)
    _bars(axis, left, np.array([stretch.row.valid for stretch in bins]), width, _PALE)
    axis.set(xlim=(left[0], left[-1] + width[-1]), xlabel="clock cycle of the upset", ylabel="valid upsets")
    axis.xaxis.set_major_formatter(count_label)
    axis.yaxis.set_major_formatter(count_label)
    axis.yaxis.set_major_locator(_whole_numbers())


def draw_latencies(axis: Axes, parts: Mapping[str, NDArray[np.int64]], *, of: str) -> None:
    """Draw after how many clock cycles upsets had been seen, as a cumulative share of each part.

    Parameters
    ----------
    axis : Axes
        Where to. Its scale is logarithmic from one cycle up where latencies reach beyond 50.
    parts : mapping of str to ndarray
        Latencies in growing order, as `radtest.inject.latencies` gives them; each part holds one or more. The legend
        says how many.
    of : str
        What the parts are, for the label: ``outcome``.
    """
    colours = {outcome.value: colour for outcome, colour in OUTCOME_COLOURS.items()}
    longest = max(int(values[-1]) for values in parts.values())
    for name, values in parts.items():
        cycles, first = np.unique(values, return_index=True)
        share = np.append(first[1:], len(values)) / len(values)
        kept = np.unique(np.geomspace(1, len(cycles), _POINTS).round().astype(np.int64)) - 1
        axis.step(
            np.concatenate([cycles[:1], cycles[kept], [longest]]),
            np.concatenate([[0.0], share[kept], [1.0]]),
            where="post",
            color=colours.get(name),
            linewidth=1.8,
            label=f"{fitting_name(name, 24)} ({len(values):,})",
        )
    if longest > _LONG:
        axis.set_xscale("symlog", linthresh=1.0, linscale=0.4)
        axis.set_xlim(-0.2, longest * 1.3)
        axis.minorticks_off()
    else:
        axis.set_xlim(-0.03 * longest - 0.1, 1.05 * longest + 0.5)
        axis.xaxis.set_major_locator(_whole_numbers())
    axis.xaxis.set_major_formatter(count_label)
    axis.set(ylim=(0.0, 1.03), xlabel=f"latency by {of}, clock cycles", ylabel="share seen by then")
    axis.yaxis.set_major_formatter(percent_label)
    legend_above(axis, 2 if len(parts) > 3 else 3)


def outcome_figure(parts: Mapping[str, Mapping[Outcome, int]]) -> str:
    """Return, as SVG, the share of each outcome as one bar for each part of the design (see `draw_outcomes`)."""
    figure, (axis,) = new_figure(1, 1, height=1.3 + 0.42 * len(parts))
    draw_outcomes(axis, parts)
    return figure_svg(figure)


def outcome_share_figure(rows: Sequence[OutcomeRow]) -> str:
    """Return, as SVG, outcomes beside the shares of sdc and of what is vulnerable, a line for each row."""
    height = 1.3 + 0.42 * len(rows)
    figure, (left, right) = new_figure(1, 2, height=height, sharey=True, width_ratios=(1.35, 1.0))
    draw_outcomes(left, {row.name: row.counts for row in rows})
    draw_shares(right, rows, {"vulnerable": VULNERABLE, "sdc": (Outcome.SDC,)})
    right.tick_params(axis="y", left=False, labelleft=False)
    return figure_svg(figure)


def over_time_figure(bins: Sequence[CycleBin]) -> str:
    """Return, as SVG, the shares seen from outside against the clock cycle of the upset, above the number of upsets."""
    figure, (above, below) = new_figure(2, 1, height=4.6, sharex=True, height_ratios=(3.2, 1.0))
    draw_over_time(above, bins)
    draw_upsets_over_time(below, bins)
    return figure_svg(figure)


def latency_figure(by_outcome: Mapping[str, NDArray[np.int64]], by_observer: Mapping[str, NDArray[np.int64]]) -> str:
    """Return, as SVG, the distribution of latencies by outcome and by the output or alarm that saw the upset first."""
    figure, (left, right) = new_figure(1, 2, height=4.0, sharey=True)
    draw_latencies(left, by_outcome, of="outcome")
    draw_latencies(right, by_observer, of="first observer")
    right.set_ylabel("")
    return figure_svg(figure)


def _stretches(bins: Sequence[CycleBin]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    left = np.array([stretch.first_cycle for stretch in bins], dtype=np.float64)
    return left, np.array([stretch.cycles for stretch in bins], dtype=np.float64)


def _bars(
    axis: Axes,
    left: NDArray[np.float64],
    height: NDArray[Any],
    width: NDArray[np.float64],
    colour: str,
    *,
    label: str = "",
    bottom: NDArray[np.float64] | float = 0.0,
) -> None:
    axis.bar(
        left, height, width, bottom=bottom, align="edge", color=colour, edgecolor="white", linewidth=0.6, label=label
    )


def _whole_numbers() -> MaxNLocator:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 (matplotlib is slow to import)

    return MaxNLocator(nbins=5, integer=True)
