"""How ``radtest fit`` prints a fit: for machines and for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from radtest.analysis import Band, LimitFit, WeibullFit
    from radtest.core import Effect, Estimate

__all__ = ["device_document", "fit_document", "fit_in_words", "show_fit"]


def fit_document(fit: WeibullFit | LimitFit, effect: Effect, band: Band | None) -> dict[str, Any]:
    """Return a fit, and the curve at the LETs of a band, as JSON."""
    from radtest.cli.fit_scatter import overdispersion_document, priors_document, robust_document
    from radtest.cli.output import estimate_fields

    names = ("sigma_sat_cm2", "let0_mev_cm2_mg", "width_mev_cm2_mg", "shape")
    return {
        **{name: estimate_fields(getattr(fit, name)) for name in names},
        "deviance": fit.deviance,
        "degrees_of_freedom": fit.degrees_of_freedom,
        "p_value": fit.p_value,
        "converged": fit.converged,
        "effect": effect.value,
        "per": fit.per,
        "at": []
        if band is None
        else [{"let_mev_cm2_mg": let, **estimate_fields(e, "sigma_cm2")} for let, e in _at(band)],
        "confidence": fit.confidence,
        "constrained": sorted(fit.constrained),
        "overdispersion": overdispersion_document(fit),
        "robust": robust_document(fit),
        "priors": priors_document(fit),
        "points": len(fit.points),
        "events": sum(point.count for point in fit.points),
        "notes": list(fit.notes),
    }


def _at(band: Band) -> list[tuple[float, Estimate]]:
    """Return the LETs of a band, and the cross section at each."""
    from radtest.core.estimate import Estimate

    columns = (band.let_mev_cm2_mg, band.value, band.low, band.high)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [(let, Estimate(value, low, high, band.confidence)) for let, value, low, high in rows]


def show_fit(fit: WeibullFit | LimitFit, effect: Effect, band: Band | None, goodness: str) -> None:
    """Print points, parameters and the curve at the LETs of a band as tables."""
    from rich.console import Console
    from rich.table import Table

    from radtest.analysis import cross_section
    from radtest.cli.output import interval

    console = Console()
    level = f"{fit.confidence:.0%} interval"
    points = Table(
        "LET", "events", "fluence", f"σ, cm²/{fit.per}", level, "fit", title=f"{effect.value.upper()} points"
    )
    for point, expected in zip(fit.points, fit.weibull.cross_section(fit.likelihood.let_mev_cm2_mg), strict=True):
        bits = point.bits if fit.per == "bit" else None
        seen = cross_section(point.count, point.fluence_cm2, bits, fit.confidence)
        cells = (f"{point.let_mev_cm2_mg:g}", str(point.count), f"{point.fluence_cm2:.3g}", f"{seen.value:.3g}")
        points.add_row(*cells, interval(seen), f"{expected:.3g}" if fit.converged else "–")
    console.print(points)
    table = Table("parameter", "value", level, "unit", title="Weibull fit, profile likelihood")
    for name, words, unit in (
        ("sigma_sat_cm2", "saturation", f"cm²/{fit.per}"),
        ("let0_mev_cm2_mg", "threshold", "MeV·cm²/mg"),
        ("width_mev_cm2_mg", "width", "MeV·cm²/mg"),
        ("shape", "shape", ""),
    ):
        estimate = getattr(fit, name)
        table.add_row(words, f"{estimate.value:.4g}" if fit.converged else "not fitted", interval(estimate), unit)
    console.print(table)
    if band is not None:
        fitted = Table("LET", f"σ, cm²/{fit.per}", level, title="Fitted cross section")
        for let, sigma in _at(band):
            fitted.add_row(f"{let:g}", f"{sigma.value:.4g}", interval(sigma))
        console.print(fitted)
    if fit.converged:
        console.print(goodness)
    for note in fit.notes:
        console.print(f"note: {note}", markup=False)


def device_document(name: str, fit: WeibullFit | str, effect: Effect) -> dict[str, Any]:
    """Return the fit of one device, or why there is none, as JSON."""
    if isinstance(fit, str):
        return {"device": name, "refused": fit}
    return {"device": name, "refused": None, **fit_document(fit, effect, None)}


def fit_in_words(fit: WeibullFit) -> str:
    """Return the parameters of a fit as a line."""
    from radtest.cli.output import interval

    names = ("sigma_sat_cm2", "let0_mev_cm2_mg", "width_mev_cm2_mg", "shape")
    return "; ".join(f"{name} {getattr(fit, name).value:.4g} ({interval(getattr(fit, name))})" for name in names)
