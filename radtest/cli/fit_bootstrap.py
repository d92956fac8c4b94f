"""Simulated campaigns behind ``radtest fit``: a p-value where counts are low, intervals on request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from radtest.analysis import FitBootstrap, LimitFit, WeibullFit

__all__ = ["bootstrap_document", "bootstrap_notes", "bootstrap_of", "goodness_words", "show_bootstrap"]

_BY_RULE = 499
_DOUBTFUL = 0.05


def bootstrap_of(fit: WeibullFit | LimitFit, replicates: int | None, seed: int) -> FitBootstrap | None:
    """Return the bootstrap of a fit; None where none was asked for and χ² is good enough, or nothing was fitted."""
    import numpy as np

    from radtest.analysis import WeibullFit, bootstrap_fit, chi_squared_is_poor
    from radtest.core import ConfigurationError

    if not isinstance(fit, WeibullFit):
        return None
    if fit.overdispersion is not None or fit.outlier_probability or fit.priors:
        # Campaigns of Poisson counts would not be like these.
        if replicates:
            raise ConfigurationError(
                "--bootstrap simulates Poisson counts, without outliers or priors",
                remedy="leave out --overdispersion, --robust and --prior, or --bootstrap.",
            )
        return None
    if replicates is None:
        expected = fit.likelihood.exposure_cm2 * fit.weibull.cross_section(fit.likelihood.let_mev_cm2_mg)
        replicates = _BY_RULE if fit.degrees_of_freedom and chi_squared_is_poor(expected) else 0
    return bootstrap_fit(fit, np.random.default_rng(seed), replicates) if replicates else None


def bootstrap_document(found: FitBootstrap | None, seed: int) -> dict[str, Any] | None:
    """Return a bootstrap as JSON."""
    from radtest.cli.output import estimate_fields

    if found is None:
        return None
    return {
        "replicates": found.replicates,
        "seed": seed,
        "converged": found.converged,
        "p_value": found.p_value,
        "intervals": {name: estimate_fields(estimate) for name, estimate in found.intervals.items()},
    }


def bootstrap_notes(fit: WeibullFit | LimitFit, found: FitBootstrap | None) -> list[str]:
    """Return what a reader has to know of a bootstrap."""
    if found is None:
        return []
    notes = []
    if found.converged < found.replicates:
        notes.append(
            f"{found.replicates - found.converged} of {found.replicates} simulated campaigns could not be fitted again "
            "(too few events): they are in no bootstrap interval."
        )
    if fit.p_value is not None and found.p_value is not None:
        by_chi, by_simulation = fit.p_value, found.p_value
        if (by_chi < _DOUBTFUL) is not (by_simulation < _DOUBTFUL):
            notes.append(
                f"counts are low: of the two p-values believe that of the simulations, {by_simulation:.2g}, "
                f"not that of χ², {by_chi:.2g}."
            )
    return notes


def goodness_words(fit: WeibullFit | LimitFit, found: FitBootstrap | None, seed: int) -> str:
    """Return deviance and p-values as a line."""
    words = f"deviance {fit.deviance:.3g} with {fit.degrees_of_freedom} degrees of freedom"
    if fit.p_value is not None:
        words += f", p = {fit.p_value:.3g}"
    if found is not None and found.p_value is not None:
        words += f" (χ²), {found.p_value:.3g} ({found.replicates} simulations, seed {seed})"
    return words


def show_bootstrap(fit: WeibullFit, found: FitBootstrap) -> None:
    """Print a table of bootstrap intervals."""
    from rich.console import Console
    from rich.table import Table

    from radtest.cli.output import interval

    table = Table(
        "parameter",
        "value",
        f"{fit.confidence:.0%} of {found.converged} refits",
        title="Parametric bootstrap",
    )
    words = {"sigma_sat_cm2": "saturation", "let0_mev_cm2_mg": "threshold", "width_mev_cm2_mg": "width"}
    for name, estimate in found.intervals.items():
        table.add_row(words.get(name, name), f"{estimate.value:.4g}", interval(estimate))
    Console().print(table)
