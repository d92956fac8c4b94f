"""Whether tilted points obey the cosine law: LET / cos θ and fluence · cos θ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, chdtri

from radtest.analysis.covariate_fit import CovariateFit, CovariateSearch
from radtest.analysis.homogeneity import HomogeneityTest, homogeneity_of
from radtest.analysis.weibull_fit import WeibullFit
from radtest.core.estimate import Estimate

__all__ = ["CosineLaw", "check_cosine_law"]

# So near each other have effective LETs of different tilts to be; the fitted curve makes up for the rest.
_SAME_EFFECTIVE_LET = 0.03


@dataclass(frozen=True, slots=True)
class CosineLaw:
    """What tilted points say of the cosine law.

    Parameters
    ----------
    exponent : Estimate
        c of an extra factor (cos θ)^c on the cross section at effective LET, with profile-likelihood interval; 0 is the
        cosine law. Above 0 tilted points count too little.
    statistic : float
        Deviance without the factor less that with it, one degree of freedom.
    p_value : float
        Probability of a larger one were the law true (χ²).
    matched : HomogeneityTest or None
        Points of different tilt at the same effective LET, exact; None where there are none.
    """

    exponent: Estimate
    statistic: float
    p_value: float
    matched: HomogeneityTest | None


def check_cosine_law(
    fit: WeibullFit, rng: np.random.Generator, *, fluence_uncertainty: float | Sequence[float] = 0.0
) -> CosineLaw | None:
    """Test whether the tilted points of a fit obey the cosine law.

    Parameters
    ----------
    fit : WeibullFit
        The fit, at effective LET and fluence.
    rng : numpy.random.Generator
        Source of randomness of the exact test.
    fluence_uncertainty : float or sequence of float
        Relative standard uncertainty of each fluence, for the exact test.

    Returns
    -------
    CosineLaw or None
        None where all points have one tilt: there is nothing to compare.

    Raises
    ------
    FitError
        If the fit with the extra parameter does not converge.

    Notes
    -----
    The law holds for sensitive volumes that are thin compared with their width [1]_; charge from the sides of a thick
    one, or overlayers and packages that cut the beam, break it.

    References
    ----------
    .. [1] E. L. Petersen, J. C. Pickel, J. H. Adams and E. C. Smith, IEEE Trans. Nucl. Sci. 39, 1577 (1992).
    """
    log_cosine = np.log(np.cos(np.radians([point.tilt_deg for point in fit.points])))
    if np.ptp(log_cosine) < 1e-6:
        return None
    search = CovariateSearch(fit.likelihood, log_cosine[:, None])
    best = fit.weibull
    theta = np.array(
        [math.log(best.sigma_sat_cm2), best.let0_mev_cm2_mg, math.log(best.width_mev_cm2_mg), math.log(best.shape)]
    )
    found = search.best([CovariateFit(theta, np.zeros(1), fit.deviance)])
    low, high = search.limits(found, 0, float(chdtri(1.0, 1.0 - fit.confidence)))
    statistic = max(fit.deviance - found.deviance, 0.0)
    fitted = np.maximum(best.cross_section(fit.likelihood.let_mev_cm2_mg), 1e-300)
    return CosineLaw(
        exponent=Estimate(float(found.coefficients[0]), low, high, fit.confidence),
        statistic=statistic,
        p_value=float(chdtrc(1.0, statistic)),
        matched=homogeneity_of(
            fit.points,
            lambda _, point: f"{abs(point.tilt_deg):g}°",
            rng,
            per=fit.per,
            fluence_uncertainty=fluence_uncertainty,
            weight=fitted,
            same_let=_SAME_EFFECTIVE_LET,
        ),
    )
