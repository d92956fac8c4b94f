"""Over-dispersion, outliers and priors of a fit, as ``radtest fit`` takes and tells them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from radtest.analysis import LimitFit, WeibullFit

__all__ = ["overdispersion_document", "priors_document", "robust_document"]


def overdispersion_document(fit: WeibullFit | LimitFit) -> dict[str, Any] | None:
    """Return what scatters the counts, for JSON; None where it was not asked for."""
    from radtest.cli.output import estimate_fields

    found = fit.overdispersion
    if found is None:
        return None
    name = "relative_scatter" if found.kind == "runs" else "variance_ratio"
    return {
        "kind": found.kind,
        name: estimate_fields(found.amount),
        "known": found.known,
        "pearson": found.pearson,
        "degrees_of_freedom": found.degrees_of_freedom,
        "p_value": found.p_value,
        "rise_of_deviance": found.rise(fit.confidence),
    }


def robust_document(fit: WeibullFit | LimitFit) -> dict[str, Any] | None:
    """Return which points may be wrong, for JSON; None where it was not asked for."""
    from radtest.analysis.outliers import OUTLIER_SCATTER, OUTLIER_SHARE

    if not fit.outlier_probability:
        return None
    expected = fit.likelihood.exposure_cm2 * fit.weibull.cross_section(fit.likelihood.let_mev_cm2_mg)
    return {
        "outlier_share": OUTLIER_SHARE,
        "outlier_scatter": OUTLIER_SCATTER,
        "points": [
            {
                "let_mev_cm2_mg": point.let_mev_cm2_mg,
                "count": point.count,
                "expected": mean,
                "label": point.label,
                "outlier_probability": share,
            }
            for point, mean, share in zip(fit.points, expected.tolist(), fit.outlier_probability, strict=True)
        ],
    }


def priors_document(fit: WeibullFit | LimitFit) -> list[dict[str, Any]]:
    """Return the priors of a fit for JSON."""
    return [asdict(prior) for prior in fit.priors]
