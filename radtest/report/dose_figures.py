"""Pictures of dose against depth of shielding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from radtest.report.style import BLUE, GREEN, GREY, ORANGE, PINK, RED, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from radtest.analysis.mission_dose import MissionDose

__all__ = ["draw_dose"]

_TICKS_MM = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)


def draw_dose(dose: MissionDose, title: str = "") -> Figure:
    """Draw ionising dose by source and non-ionising dose against aluminium, with the part and what it withstands.

    Parameters
    ----------
    dose : MissionDose
        The dose.
    title : str
        Of the figure.
    """
    figure, (left, right) = new_figure(1, 2, height=4.6, gridspec_kw={"width_ratios": [3, 2]})
    curve, part = dose.curve, dose.at_part
    mm, at = curve.aluminium_mm, float(part.aluminium_mm[0])
    left.plot(mm, curve.total, color="black", linewidth=2, label="all")
    for name, values, colour in (
        ("trapped protons", curve.trapped_protons, BLUE),
        ("trapped electrons", curve.trapped_electrons, ORANGE),
        ("their bremsstrahlung", curve.bremsstrahlung, PINK),
        ("solar protons", curve.solar_protons, GREEN),
    ):
        if np.any(values > 0):
            left.plot(mm, np.where(values > 0, values, np.nan), color=colour, label=name)
    left.plot(at, part.total[0], "o", color=RED, label=f"part: {part.total[0] / 1e3:.3g} krad behind {at:.3g} mm")
    if dose.margin is not None:
        left.axhline(
            dose.margin.limit_krad * 1e3,
            color=GREY,
            linestyle="--",
            label=f"withstands {dose.margin.limit_krad:.3g} krad, margin {dose.margin.margin:.3g}",
        )
    left.set(
        xscale="log",
        yscale="log",
        ylim=(float(curve.total.min()) / 5, 2.0 * float(curve.total.max())),
        xlabel="aluminium, mm",
        ylabel=f"ionising dose of {dose.years:g} years, rad(Si)",
    )
    left.legend(fontsize=9)
    right.plot(mm, curve.tnid, color="black", linewidth=2, label="all")
    for name, values, colour in (("protons", curve.proton_tnid, BLUE), ("electrons", curve.electron_tnid, ORANGE)):
        if np.any(values > 0):
            right.plot(mm, np.where(values > 0, values, np.nan), color=colour, label=name)
    right.plot(at, dose.tnid_mev_g, "o", color=RED, label=f"part: {dose.tnid_mev_g:.3g} MeV/g")
    right.set(
        xscale="log",
        yscale="log",
        ylim=(float(curve.tnid.min()) / 5, 2.0 * float(curve.tnid.max())),
        xlabel="aluminium, mm",
        ylabel="non-ionising dose, MeV/g",
    )
    right.legend(fontsize=9)
    for axes in (left, right):
        axes.set_xticks(_TICKS_MM, [f"{tick:g}" for tick in _TICKS_MM])
    if title:
        figure.suptitle(title)
    return figure
