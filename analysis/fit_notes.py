"""What a reader has to know of a fit: limits that are missing, a poor fit, what was assumed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.counting import poisson_upper
from radtest.analysis.likelihood import PoissonCurve
from radtest.analysis.overdispersion import Overdispersion
from radtest.analysis.priors import Prior
from radtest.core.counts import CrossSectionPoint
from radtest.core.errors import FitError

__all__ = ["notes_of_fit", "notes_of_outliers", "refuse_too_little"]

Array = NDArray[np.float64]

_PARAMETERS = 4
_LIKELY = 0.5


def notes_of_fit(
    below: frozenset[str],
    above: frozenset[str],
    p_value: float | None,
    confidence: float,
    *,
    overdispersion: Overdispersion | None = None,
    priors: Sequence[Prior] = (),
    robust: bool = False,
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
    robust : bool
        Whether points may be wrong.
    """
    notes = []
    if "sigma_sat_cm2" not in above:
        notes.append(
            "the data do not reach saturation: sigma_sat has no upper limit, and its value, like that of the width, "
            "is one of many that fit. Take the lower limit and the curve within the data; add points at higher LETs."
        )
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
    elif p_value is not None and p_value < 0.01 and not robust:
        notes.append(
            f"p = {p_value:.2g}: the points scatter more than counting allows. The intervals are too narrow; "
            "look for an outlier, a fluence error or a curve that is no Weibull, or fit with over-dispersion or robust."
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


def notes_of_outliers(
    points: Sequence[CrossSectionPoint], likelihood: PoissonCurve, theta: Array, wrong: Sequence[float]
) -> tuple[str, ...]:
    """Return a note for each point that is rather wrong than right, given the probabilities; none without them."""
    expected = likelihood.exposure_cm2 * np.exp(theta[0] + likelihood.log_fraction(theta)[0])
    notes = (
        [
            f"{point.label or f'the point at {point.let_mev_cm2_mg:g} MeV·cm²/mg'}: counted {point.count}, expected "
            f"{mean:.3g}; an outlier with a probability of {share:.0%}, it hardly counts in the fit."
            for point, mean, share in zip(points, expected.tolist(), wrong, strict=True)
            if share > _LIKELY
        ]
        if wrong
        else []
    )
    if wrong and not notes:
        notes.append("no point is taken for an outlier.")
    return tuple(notes)


def refuse_too_little(likelihood: PoissonCurve, per: str, confidence: float, priors: int) -> None:
    """Refuse points that carry no four parameters.

    Raises
    ------
    FitError
        Which says what can be stated instead.
    """
    lets = np.unique(likelihood.let_mev_cm2_mg)
    if likelihood.count.sum() == 0:
        upper = float(poisson_upper(0, confidence)) / likelihood.exposure_cm2.sum()
        raise FitError(
            f"no events at any of {len(lets)} LETs: nothing to fit. Were the cross section the same at all of "
            f"them, it would be below {upper:.3g} cm²/{per} at {confidence:.0%} confidence",
            remedy="state that upper limit, per LET if it differs, or add fluence or LET until there are events.",
        )
    seen = np.unique(likelihood.let_mev_cm2_mg[likelihood.count > 0])
    if len(seen) < 2:
        raise FitError(
            f"events at one LET only ({seen[0]:g} MeV·cm²/mg): four parameters cannot be fitted",
            remedy="state the cross section there and upper limits elsewhere, or add runs with events at other LETs.",
        )
    if len(lets) + priors < _PARAMETERS:
        raise FitError(
            f"{len(lets)} different LETs cannot constrain the four parameters of a Weibull",
            remedy="add runs at other LETs (zero counts count too) or priors, or state cross sections per LET.",
        )
