"""What a reader has to know of a fit: limits that are missing, a poor fit, what was assumed."""

from __future__ import annotations

from collections.abc import Sequence

from radtest.analysis.overdispersion import Overdispersion
from radtest.analysis.priors import Prior

__all__ = ["notes_of_fit"]


def notes_of_fit(
    below: frozenset[str],
    above: frozenset[str],
    p_value: float | None,
    confidence: float,
    *,
    overdispersion: Overdispersion | None = None,
    priors: Sequence[Prior] = (),
) -> tuple[str, ...]:
    """Return the notes of a Weibull fit.

    Parameters
    ----------
    below, above : frozenset of str
        Parameters whose lower, upper limit was set by the data.
    p_value : float or None
        Probability of a larger deviance were the counts Poisson.
    confidence : float
        Confidence level of the limits.
    overdispersion : Overdispersion, optional
        What was found of it, where it was asked for.
    priors : sequence of Prior
        The priors.
    """
    notes = []
    if "sigma_sat_cm2" not in above:
        notes.append("the data do not reach saturation: sigma_sat has no upper limit; add points at higher LET.")
    elif "width_mev_cm2_mg" not in above:
        notes.append("the data do not bound the width from above.")
    if "let0_mev_cm2_mg" not in below:
        notes.append(f"the data allow a threshold of 0 at {confidence:.0%} confidence: let0 has an upper limit only.")
    if "width_mev_cm2_mg" not in below or "shape" not in above:
        notes.append(
            "the data allow a step: add points between the highest LET without and the lowest with saturation."
        )
    if overdispersion is not None:
        notes.append(_words_of(overdispersion))
    elif p_value is not None and p_value < 0.01:
        notes.append(
            f"p = {p_value:.2g}: the points scatter more than counting allows. The intervals are too narrow; "
            "look for an outlier, a fluence error or a curve that is no Weibull, or fit with over-dispersion."
        )
    if priors:
        names = ", ".join(prior.parameter for prior in priors)
        notes.append(f"with priors of {names}: the intervals are as good as these, and no longer what the counts say.")
    return tuple(notes)


def _words_of(found: Overdispersion) -> str:
    amount = found.amount
    if found.known:
        return f"the variance of the counts is taken as {amount.value:g} times that of Poisson's law."
    what = (
        f"from run to run the cross section scatters by {amount.value:.2%} ({amount.low:.2%} to {amount.high:.2%})"
        if found.kind == "runs"
        else f"the variance of the counts is {amount.value:.3g} ({amount.low:.3g} to {amount.high:.3g}) times Poisson's"
    )
    needed = "" if found.p_value is None else f"; p = {found.p_value:.2g} for counts that are plain Poisson"
    return f"{what}, found with {found.degrees_of_freedom:.2g} degrees of freedom{needed}."
