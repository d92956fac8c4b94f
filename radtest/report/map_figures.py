"""Figures of an upset map: the map itself, outcomes over time, and in how few bits the silent data corruption lies.

The functions that draw take matplotlib axes, so that a notebook can put the same pictures into figures of its own;
those that return a figure set them out as the report shows them. Bars by module and register are those of
`radtest.report.outcome_figure`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from radtest.core.errors import BusyError, ConfigurationError, StorageError
from radtest.core.outcome import Outcome
from radtest.inject.exhaustive.map_summary import Concentration, MapSummary
from radtest.log.identify import identify
from radtest.report.map_picture import PALEST, SEVERITY, MapBand, MapPicture
from radtest.report.style import (
    GREY,
    OUTCOME_COLOURS,
    SETTINGS,
    count_label,
    figure_svg,
    fitting_name,
    legend_above,
    new_figure,
    percent_label,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "concentration_figure",
    "draw_concentration",
    "draw_map",
    "draw_map_over_time",
    "map_figure",
    "map_over_time_figure",
    "write_map_png",
]

_DARK = "#1c2430"
_STRETCHES = 240
_LINES, _COLUMNS = 900, 1100
"""Cells that a figure as wide as a page can show one by one."""
_MARKED_SHARES = (0.5, 0.9, 0.99)
_SEEN = (Outcome.SDC, Outcome.HANG, Outcome.DETECTED)
_REPLACEABLE = {"a PNG image", "an empty file"}


def draw_map(axis: Axes, picture: MapPicture) -> None:
    """Draw the map: bits from top to bottom, cycles from left to right, outcomes as colours.

    Parameters
    ----------
    axis : Axes
        Where to.
    picture : MapPicture
        The map, in no more cells than the axes have dots (see `MapPicture.reduced`): what is finer is lost on the way.
        A cell has the colour of its worst outcome, the paler the fewer of its upsets came to that.
    """
    from matplotlib.patches import Patch  # noqa: PLC0415 (matplotlib is slow to import)

    lines, columns = picture.severity.shape
    left = picture.first_cycle
    axis.imshow(
        _colours(picture),
        interpolation="none",
        aspect="auto",
        extent=(left, left + columns * picture.cycles_per_column, lines * picture.bits_per_line, 0),
    )
    axis.set(xlim=(left, left + picture.cycles), ylim=(picture.bits, 0), xlabel="clock cycle of the upset")
    axis.grid(visible=False)
    axis.xaxis.set_major_formatter(count_label)
    shown = _readable(picture.registers, picture.bits / max(1.0, _height_in_labels(axis)))
    axis.set_yticks([band.first_bit + band.bits / 2 for band in shown], [fitting_name(band.name) for band in shown])
    axis.tick_params(axis="y", labelsize=8, length=2)
    for band in picture.modules[1:]:
        axis.axhline(band.first_bit, color=_DARK, linewidth=1.0)
    if len(picture.modules) > 1:
        for band in _readable(picture.modules, picture.bits / max(1.0, _height_in_labels(axis))):
            axis.annotate(
                fitting_name(band.name, 22),
                (1.008, band.first_bit + band.bits / 2),
                xycoords=("axes fraction", "data"),
                rotation=270,
                ha="left",
                va="center",
                fontsize=8.5,
                annotation_clip=False,
            )
    present = np.unique(picture.severity)
    axis.legend(
        handles=[Patch(facecolor=OUTCOME_COLOURS[SEVERITY[n]], label=SEVERITY[n].value) for n in present.tolist()],
        ncols=len(SEVERITY),
        loc="lower left",
        bbox_to_anchor=(-0.01, 1.0),
        frameon=False,
        fontsize=9,
        handlelength=1.0,
        handletextpad=0.5,
        columnspacing=1.1,
        borderaxespad=0.2,
    )


def draw_map_over_time(axis: Axes, summary: MapSummary, outcomes: Sequence[Outcome] = _SEEN) -> None:
    """Draw the shares of outcomes against the clock cycle of the upset, one upon the other.

    Parameters
    ----------
    axis : Axes
        Where to. It reaches a little beyond the highest sum.
    summary : MapSummary
        The counts. Long workloads are drawn in stretches of cycles, each with the share of all of its upsets.
    outcomes : sequence of Outcome
        Which, from the bottom to the top.
    """
    stretches = summary.stretches(_STRETCHES)
    edges = np.array([stretch.first_cycle for stretch in stretches] + [stretches[-1].last_cycle + 1], dtype=np.float64)
    base = np.zeros(len(stretches))
    for outcome in outcomes:
        share = np.array([stretch.part.share(outcome) for stretch in stretches])
        if not share.any():
            continue
        colour = OUTCOME_COLOURS[outcome]
        axis.stairs(base + share, edges, baseline=base, fill=True, color=colour, linewidth=0, label=outcome.value)
        base = base + share
    reach = min(1.0, 1.08 * float(base.max())) or 1.0
    axis.set(xlim=(edges[0], edges[-1]), ylim=(0.0, reach), ylabel="share of all upsets")
    axis.yaxis.set_major_formatter(percent_label)
    axis.xaxis.set_major_formatter(count_label)
    if axis.get_legend_handles_labels()[1]:
        legend_above(axis, len(SEVERITY))


def draw_concentration(axis: Axes, concentration: Concentration, *, of: str = "silent data corruption") -> None:
    """Draw which share of an outcome lies in which share of the bits, the worst bits first.

    Parameters
    ----------
    axis : Axes
        Where to.
    concentration : Concentration
        The curve. The bits that hold 50, 90 and 99 % are marked.
    of : str
        The outcome in words.
    """
    axis.plot([0, 1], [0, 1], color=GREY, linewidth=1.0, linestyle=(0, (4, 3)), label="if all bits were alike")
    colour = OUTCOME_COLOURS[Outcome.SDC]
    axis.plot(concentration.bit_shares, concentration.upset_shares, color=colour, linewidth=2.2, label=of)
    for share in _MARKED_SHARES if concentration.upsets else ():
        bits = concentration.bits_holding(share)
        place = (concentration.share_holding(share), share)
        axis.plot(*place, "o", color=_DARK, markersize=5)
        axis.annotate(
            f"{100 * share:g} % of it in {bits:,} of {len(concentration.counts):,} bits",
            place,
            xytext=(8, -12),
            textcoords="offset points",
            fontsize=9,
        )
    axis.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="share of the bits, the worst first", ylabel=f"share of the {of}")
    axis.xaxis.set_major_formatter(percent_label)
    axis.yaxis.set_major_formatter(percent_label)
    legend_above(axis, 2)


def map_figure(picture: MapPicture) -> str:
    """Return the map as SVG, in cells that a page can show (see `draw_map`)."""
    return figure_svg(_map_still(picture))


def map_over_time_figure(summary: MapSummary) -> str:
    """Return, as SVG, what is seen from outside against the clock cycle of the upset, above all outcomes."""
    figure, (above, below) = new_figure(2, 1, height=5.2, sharex=True, height_ratios=(1.5, 1.0))
    draw_map_over_time(above, summary)
    draw_map_over_time(below, summary, SEVERITY[::-1])
    above.set_ylabel("share of all upsets:\nsdc, hang, detected")
    below.set(xlabel="clock cycle of the upset", ylabel="all outcomes", ylim=(0, 1))
    return figure_svg(figure)


def concentration_figure(concentration: Concentration) -> str:
    """Return, as SVG, which share of the silent data corruption lies in which share of the bits."""
    figure, (axis,) = new_figure(1, 1, height=4.4)
    draw_concentration(axis, concentration)
    return figure_svg(figure)


def write_map_png(picture: MapPicture, path: str | Path, *, dots_per_inch: int = 150) -> Path:
    """Write the map as a PNG image, whole or not at all.

    Parameters
    ----------
    picture : MapPicture
        The map, in any number of cells; it is reduced to what the image can show.
    path : str or Path
        The file; a PNG image of that name is replaced.
    dots_per_inch : int
        Resolution; the image is 10.4 inches wide.

    Raises
    ------
    BusyError
        If there is something else than a PNG image.
    ConfigurationError, StorageError
        If its folder does not exist, or it cannot be written.
    """
    import matplotlib as mpl  # noqa: PLC0415 (slow to import)

    path = Path(path)
    if not path.parent.is_dir():
        raise ConfigurationError(f"{path}: there is no folder {path.parent}", remedy="make it, or name another file.")
    if path.exists():
        found = "a folder" if path.is_dir() else identify(path)
        if found not in _REPLACEABLE:
            raise BusyError(f"{path}: is {found}, and would be replaced by an image", remedy="name another file.")
    figure = _map_still(picture)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
            image = Path(folder) / "map.png"
            with mpl.rc_context(SETTINGS):
                figure.savefig(image, format="png", dpi=dots_per_inch, metadata={"Software": "radtest"})
            image.replace(path)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror}", remedy="free some space.") from error
    return path


def _map_still(picture: MapPicture) -> Figure:
    reduced = picture.reduced(_LINES, _COLUMNS)
    figure, (axis,) = new_figure(1, 1, height=min(9.0, 2.0 + 0.16 * picture.bits))
    draw_map(axis, reduced)
    return figure


def _colours(picture: MapPicture) -> NDArray[np.uint8]:
    """Return the colour of each cell: that of its worst outcome, mixed with that of masked where it is not all."""
    from matplotlib.colors import to_rgb  # noqa: PLC0415 (matplotlib is slow to import)

    pure = np.array([to_rgb(OUTCOME_COLOURS[outcome]) for outcome in SEVERITY])
    strength = PALEST + (1.0 - PALEST) * np.arange(256)[:, None, None] / 255
    mixed = np.round(255 * (strength * pure + (1.0 - strength) * pure[0])).astype(np.uint8)
    colours: NDArray[np.uint8] = mixed[picture.worst_share, picture.severity]
    return colours


def _height_in_labels(axis: Axes) -> float:
    """Return how many small labels fit one above the other, about."""
    figure = axis.get_figure(root=True)
    if figure is None:
        return 1.0
    return float(axis.get_position().height * figure.get_size_inches()[1] / 0.145)


def _readable(bands: Sequence[MapBand], spacing: float) -> list[MapBand]:
    """Choose bands whose labels do not overlap, the widest first."""
    chosen: list[MapBand] = []
    for band in sorted(bands, key=lambda band: (-band.bits, band.first_bit)):
        middle = band.first_bit + band.bits / 2
        if all(abs(middle - other.first_bit - other.bits / 2) >= spacing for other in chosen):
            chosen.append(band)
    return sorted(chosen, key=lambda band: band.first_bit)
