"""Other forms of a cross section and the influence of each point, as ``radtest fit`` tells them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from radtest.analysis import WeibullFit
    from radtest.analysis.form_fit import FormFit, Influence

__all__ = ["forms_document", "influence_document", "influence_of", "show_forms", "show_influence"]


def influence_of(fit: WeibullFit) -> list[Influence]:
    """Return what the fit would be without each of its points."""
    import numpy as np

    from radtest.analysis import point_influence
    from radtest.analysis.dispersed_fit import curve_deviance

    best = fit.weibull
    theta = np.array(
        [np.log(best.sigma_sat_cm2), best.let0_mev_cm2_mg, np.log(best.width_mev_cm2_mg), np.log(best.shape)]
    )
    deviance = curve_deviance(fit.likelihood, theta, fit.pulls)
    return point_influence(fit.likelihood, theta, deviance, fit.pulls)


def forms_document(forms: Sequence[FormFit]) -> list[dict[str, Any]]:
    """Return fitted forms for JSON, the best first."""
    from radtest.cli.output import estimate_fields

    best = min(form.akaike for form in forms)
    return [
        {
            "form": form.form.name,
            "parameters": {name: estimate_fields(estimate) for name, estimate in form.estimates.items()},
            "deviance": form.deviance,
            "degrees_of_freedom": form.degrees_of_freedom,
            "akaike_difference": form.akaike - best,
        }
        for form in forms
    ]


def influence_document(fit: WeibullFit, influence: Sequence[Influence]) -> list[dict[str, Any]]:
    """Return the influence of points for JSON, the largest first."""
    import math

    rows = []
    for one in sorted(influence, key=lambda each: -each.deviance_change):
        point, change = fit.points[one.point], one.theta_change.tolist()
        rows.append(
            {
                "let_mev_cm2_mg": point.let_mev_cm2_mg,
                "count": point.count,
                "label": point.label,
                "deviance_change": one.deviance_change,
                "sigma_sat_factor": math.exp(change[0]),
                "let0_change_mev_cm2_mg": change[1],
                "width_factor": math.exp(change[2]),
                "shape_factor": math.exp(change[3]),
            }
        )
    return rows


def show_forms(forms: Sequence[FormFit]) -> None:
    """Print a table of forms."""
    from rich.console import Console
    from rich.table import Table

    table = Table("form", "parameters", "deviance", "freedom", "Akaike, above the best", title="Other forms")
    for row, form in zip(forms_document(forms), forms, strict=True):
        parameters = ", ".join(f"{name} {estimate.value:.4g}" for name, estimate in form.estimates.items())
        figures = (f"{form.deviance:.3g}", str(form.degrees_of_freedom), f"{row['akaike_difference']:.3g}")
        table.add_row(form.form.name.replace("_", " "), parameters, *figures)
    Console().print(table)


def show_influence(fit: WeibullFit, influence: Sequence[Influence]) -> None:
    """Print what each point does to the fit."""
    from rich.console import Console
    from rich.table import Table

    table = Table(
        "LET", "events", "deviance less", "σ_sat ×", "let0 +", "width ×", "shape ×", title="Without one point"
    )
    for row in influence_document(fit, influence):
        changes = (row[key] for key in ("sigma_sat_factor", "let0_change_mev_cm2_mg", "width_factor", "shape_factor"))
        numbers = [f"{value:.3g}" for value in changes]
        table.add_row(f"{row['let_mev_cm2_mg']:g}", str(row["count"]), f"{row['deviance_change']:.3g}", *numbers)
    Console().print(table)
