"""Pictures of ions that slow down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from radtest.analysis import Stopping
from radtest.report.style import BLUE, GREY, RED, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_stopping"]


def draw_stopping(result: Stopping) -> Figure:
    """Draw LET and remaining energy of an ion against depth in the target."""
    figure, (left, right) = new_figure(1, 2, height=4.0)
    depth = np.linspace(0.0, result.range_um, 600)
    unit = result.table.material.name
    left.plot(depth, result.let_at_depth(depth), color=BLUE)
    left.plot(result.peak_depth_um, result.peak_let_mev_cm2_mg, "o", color=RED, label="Bragg peak")
    left.axvline(result.range_um, color=GREY, linestyle="--", label=f"range {result.range_um:.4g} µm")
    left.set(xlabel=f"depth in {unit} along the track, µm", ylabel=f"LET in {unit}, MeV·cm²/mg", ylim=(0, None))
    left.legend(loc="lower left")
    right.plot(depth, result.energy_at_depth(depth), color=BLUE)
    right.set(xlabel=f"depth in {unit} along the track, µm", ylabel="energy left, MeV", ylim=(0, None))
    figure.suptitle(f"{result.ion}, {result.surface_energy_mev:.4g} MeV at the surface")
    return figure
