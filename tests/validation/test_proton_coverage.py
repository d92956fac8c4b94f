"""How often intervals of proton fits and of the rates they give hold the truth; docs/models.md has the long runs."""

from __future__ import annotations

import numpy as np
import pytest
from proton_campaign_samples import FORMS, LEO_MEV, LEO_WEIGHTS, proton_campaign

from radtest.analysis.proton_fit import fit_protons
from radtest.analysis.proton_points import fit_proton_points


def covered(form: str, campaigns: int, seed: int) -> tuple[np.ndarray, float]:
    """Return the shares of campaigns in which each parameter, and the rate, lies in its 95 % interval."""
    rng = np.random.default_rng(seed)
    parameters, rate = [], 0
    for _ in range(campaigns):
        campaign = proton_campaign(form, rng)
        fit = fit_protons(campaign.points, form)
        parameters.append([one.contains(t) for one, t in zip(fit.parameters.values(), campaign.truth, strict=True)])
        drawn = fit_proton_points(campaign.points, form, per_bit=True, rng=rng, draws=600)
        rates = FORMS[form](LEO_MEV, *(column[:, None] for column in drawn.draws.T)) @ LEO_WEIGHTS
        low, high = np.quantile(rates, [0.025, 0.975])
        rate += bool(low <= campaign.rate <= high)
    return np.mean(parameters, axis=0), rate / campaigns


def test_a_few_campaigns_are_covered() -> None:
    parameters, rate = covered("bendel2", 3, 7)
    assert parameters.min() > 0.5
    assert rate > 0.5


@pytest.mark.slow
@pytest.mark.parametrize("form", list(FORMS))
def test_intervals_of_parameters_and_rates_cover_as_often_as_stated(form: str) -> None:
    parameters, rate = covered(form, 120, 17)
    # Three standard errors of 120 campaigns are 6 %; limits at a bound cover more often.
    assert parameters.min() > 0.89
    assert rate > 0.89
