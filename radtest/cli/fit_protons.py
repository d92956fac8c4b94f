"""``radtest fit --particle proton``: a cross section against proton energy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from radtest.analysis.proton_fit import ProtonFit
    from radtest.core import Effect

__all__ = ["fit_proton_files", "refuse_ion_options"]


def refuse_ion_options(**given: object) -> None:
    """Refuse options that are for ions only.

    Raises
    ------
    ConfigurationError
        If one was given.
    """
    from radtest.core import ConfigurationError

    for name, value in given.items():
        if value:
            raise ConfigurationError(f"--{name} is not for --particle proton", remedy="leave it out.")


def fit_proton_files(
    files: tuple[Path, ...],
    model: Any,
    effect: Effect,
    *,
    per: Any,
    fluence_uncertainty: float,
    common_fluence_uncertainty: float,
    confidence: float,
    plot: Path | None,
    seed: int,
    as_json: bool,
) -> None:
    """Fit, draw and print."""
    from radtest.analysis.proton_fit import fit_protons
    from radtest.analysis.proton_points import proton_suspicions, read_proton_points
    from radtest.cli.output import estimate_fields, interval, print_json

    points = [point for path in files for point in read_proton_points(path)]
    notes = proton_suspicions(points)
    per = per or (None if effect.value in {"seu", "mbu"} else "device")
    fit = fit_protons(
        points,
        model,
        per=per,
        fluence_uncertainty=fluence_uncertainty,
        common_fluence_uncertainty=common_fluence_uncertainty,
        confidence=confidence,
    )
    if plot is not None:
        from radtest.report import write_figure

        write_figure(_figure(fit, f"{effect.value.upper()}: {', '.join(path.stem for path in files)}"[:90], seed), plot)
    if as_json:
        document = {
            **{name: estimate_fields(estimate) for name, estimate in fit.parameters.items()},
            "model": fit.model,
            "particle": "proton",
            "deviance": fit.deviance,
            "degrees_of_freedom": fit.degrees_of_freedom,
            "p_value": fit.p_value,
            "converged": True,
            "effect": effect.value,
            "per": fit.per,
            "confidence": fit.confidence,
            "points": len(fit.points),
            "events": sum(point.count for point in fit.points),
            "notes": [*notes, *fit.notes],
            "plot": None if plot is None else str(plot),
        }
        print_json(document)
        return
    click.echo(f"{fit.model} in proton energy, {effect.value.upper()}, cm²/{fit.per}")
    for name, estimate in fit.parameters.items():
        click.echo(f"  {name} = {estimate.value:.4g} ({interval(estimate)})")
    goodness = "" if fit.p_value is None else f", p = {fit.p_value:.3g}"
    click.echo(f"deviance {fit.deviance:.3g} with {fit.degrees_of_freedom} degrees of freedom{goodness}")
    for note in (*notes, *fit.notes):
        click.echo(f"note: {note}")
    if plot is not None:
        click.echo(f"drawn: {plot}")


def _figure(fit: ProtonFit, title: str, seed: int) -> Figure:
    import numpy as np

    from radtest.analysis import cross_section
    from radtest.analysis.proton import bendel_one, bendel_two, proton_weibull
    from radtest.analysis.proton_points import fit_proton_points
    from radtest.cli.output import interval
    from radtest.report import PlottedCurve, PlottedPoint, draw_cross_sections

    energies = np.array([point.energy_mev for point in fit.points])
    grid = np.geomspace(0.8 * energies.min(), 1.3 * energies.max(), 240)
    drawn = fit_proton_points(
        fit.points,
        fit.model,
        per_bit=fit.per == "bit",
        rng=np.random.default_rng(seed),
        draws=2000,
        common_fluence_uncertainty=fit.common_fluence_uncertainty,
    ).draws
    forms: dict[str, Any] = {"bendel1": bendel_one, "bendel2": bendel_two, "weibull": proton_weibull}
    tail = (1.0 - fit.confidence) / 2.0
    low, high = np.quantile(
        forms[fit.model](grid, *(column[:, None] for column in drawn.T)), [tail, 1.0 - tail], axis=0
    )
    points = [
        PlottedPoint(
            point.energy_mev,
            cross_section(point.count, point.fluence_cm2, point.bits if fit.per == "bit" else None, fit.confidence),
            point.count,
        )
        for point in fit.points
    ]
    goodness = "" if fit.p_value is None else f", p = {fit.p_value:.2g}"
    words = (f"{name} = {one.value:.4g} ({interval(one)})" for name, one in fit.parameters.items())
    caption = (
        f"{';  '.join(words)}\n{fit.confidence:.0%} profile-likelihood intervals;  deviance {fit.deviance:.3g} with "
        f"{fit.degrees_of_freedom} degrees of freedom{goodness}"
    )
    curve = PlottedCurve(f"{fit.model} fit", grid, fit.cross_section(grid), low, high, fit.confidence)
    return draw_cross_sections(points, [curve], place="proton energy, MeV", per=fit.per, title=title, caption=caption)
