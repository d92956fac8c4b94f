"""The look of every figure: colours, settings, names that fit, and SVG text."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from radtest.core.outcome import Outcome

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "OUTCOME_COLOURS",
    "PINK",
    "RED",
    "SETTINGS",
    "WIDTH_INCHES",
    "figure_svg",
    "fitting_name",
    "new_figure",
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


def fitting_name(name: str, width: int = 34) -> str:
    r"""Return the name of a register or module for an axis, the middle left out where it is long.

    The end of a hierarchical name tells most. A dollar sign, legal in Verilog, is escaped: two would be a formula.
    """
    if len(name) > width:
        head = width // 3
        name = f"{name[:head]} … {name[head + 3 - width :]}"
    return name.replace("$", r"\$")
