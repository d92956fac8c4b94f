"""The look of every figure: colours, settings, names that fit, and SVG text."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radtest.core.errors import ConfigurationError, StorageError
from radtest.core.outcome import Outcome

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "ORANGE",
    "OUTCOME_COLOURS",
    "PINK",
    "RED",
    "SETTINGS",
    "SKY",
    "WIDTH_INCHES",
    "count_label",
    "figure_svg",
    "fitting_name",
    "legend_above",
    "new_figure",
    "percent_label",
    "write_figure",
]

# The palette of Okabe and Ito, which colour-blind readers can tell apart.
BLUE, ORANGE, GREEN, RED, SKY, PINK, GREY = (
    *("#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#8a929c"),
)
OUTCOME_COLOURS = {
    Outcome.MASKED: "#c9d1da",
    Outcome.LATENT: SKY,
    Outcome.CORRECTED: GREEN,
    Outcome.DETECTED: ORANGE,
    Outcome.SDC: RED,
    Outcome.HANG: PINK,
    Outcome.INVALID: "#ffffff",
}
WIDTH_INCHES = 10.4
SETTINGS: Any = {
    "font.size": 11.0,
    "font.family": "sans-serif",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6eaef",
    "axes.axisbelow": True,
    "legend.frameon": False,
    "hatch.linewidth": 0.6,
    "svg.hashsalt": "radtest",
}


def new_figure(rows: int, columns: int, *, height: float, **subplots: Any) -> tuple[Figure, list[Axes]]:
    """Return a figure as wide as a page and its axes, row by row.

    Parameters
    ----------
    rows, columns : int
        Number of axes.
    height : float
        Height of the figure, inches.
    **subplots
        Passed on to ``Figure.subplots``.
    """
    import matplotlib as mpl  # noqa: PLC0415 (slow to import)
    from matplotlib.figure import Figure  # noqa: PLC0415 (as above)

    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(WIDTH_INCHES, height), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False, **subplots)
    return figure, list(axes.flat)


def figure_svg(figure: Figure) -> str:
    """Return a figure as SVG text, the same for the same data."""
    import matplotlib as mpl  # noqa: PLC0415 (slow to import)

    text = io.StringIO()
    with mpl.rc_context(SETTINGS):
        # Without a date two runs on the same data give the same bytes.
        figure.savefig(text, format="svg", metadata={"Date": None})
    svg = text.getvalue()
    return svg[svg.index("<svg") :]


def write_figure(figure: Figure, path: str | Path) -> Path:
    """Write a figure as PNG, SVG or PDF, as the ending of the name says; its folder is made where it is missing.

    Raises
    ------
    ConfigurationError
        If the ending is another.
    StorageError
        If it cannot be written.
    """
    import matplotlib as mpl  # noqa: PLC0415 (slow to import)

    path = Path(path)
    kind = path.suffix.lower()
    if kind not in {".png", ".svg", ".pdf"}:
        raise ConfigurationError(f"{path}: no kind of figure", remedy="let the name end with .png, .svg or .pdf.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with mpl.rc_context(SETTINGS):
            figure.savefig(path, format=kind[1:], dpi=150)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror}", remedy="name another file.") from None
    return path


def fitting_name(name: str, width: int = 34) -> str:
    r"""Return the name of a register or module for an axis, the middle left out where it is long.

    The end of a hierarchical name tells most. A dollar sign, legal in Verilog, is escaped: two would be a formula.
    """
    if len(name) > width:
        head = width // 3
        name = f"{name[:head]} … {name[head + 3 - width :]}"
    return name.replace("$", r"\$")


def legend_above(axis: Axes, columns: int) -> None:
    """Set the legend in so many columns above the axes, so that it hides nothing."""
    handles, labels = axis.get_legend_handles_labels()
    # matplotlib lists lines before bars; here what is drawn over the bars comes after them.
    order = sorted(range(len(labels)), key=lambda n: "interval" in labels[n])
    axis.legend(
        [handles[n] for n in order],
        [labels[n] for n in order],
        ncols=columns,
        loc="lower left",
        bbox_to_anchor=(-0.01, 1.0),
        frameon=False,
        fontsize=9,
        handlelength=1.0,
        handletextpad=0.5,
        columnspacing=1.1,
        borderaxespad=0.2,
    )


def percent_label(value: float, _: float) -> str:
    """Return a share as matplotlib's formatter of an axis: ``12.5%``."""
    return f"{round(100.0 * value, 6):g}%"


def count_label(value: float, _: float) -> str:
    """Return a count as matplotlib's formatter of an axis: ``12,000``, ``3 M``; nothing between whole numbers."""
    for unit, letter in ((1e9, "G"), (1e6, "M")):
        if abs(value) >= unit:
            return f"{value / unit:g} {letter}"
    return f"{value:,.0f}" if value == round(value) else ""
