"""Radiation design margin: the dose that a part withstands over the dose it gets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri
from scipy.stats import nct

from radtest.core.errors import ConfigurationError

__all__ = ["DoseMargin", "dose_margin", "lot_dose_limit_krad", "tolerance_factor"]


@dataclass(frozen=True, slots=True)
class DoseMargin:
    """A radiation design margin.

    Parameters
    ----------
    limit_krad : float
        Dose that the part withstands, krad(Si).
    margin : float
        That over the dose it gets; infinite for none.
    required : float
        The margin asked for.
    source : str
        Where the limit comes from.
    """

    limit_krad: float
    margin: float
    required: float
    source: str

    @property
    def met(self) -> bool:
        """Whether the margin is what was asked for, or more."""
        return self.margin >= self.required


def tolerance_factor(samples: int, survival: float = 0.9, confidence: float = 0.9) -> float:
    """Return K of a one-sided tolerance limit: mean − K s lies below a share of all with a confidence.

    Parameters
    ----------
    samples : int
        Samples, 2 or more, of a normal distribution.
    survival : float
        The share.
    confidence : float
        The confidence.

    Raises
    ------
    ConfigurationError
        If there are fewer than 2 samples.

    Notes
    -----
    K = t'(C; n − 1, z_P √n)/√n with the noncentral t distribution [1]_: exact.

    References
    ----------
    .. [1] M. G. Natrella, Experimental Statistics, NBS Handbook 91 (1963), chapter 2; the K of MIL-HDBK-814 and of
       ECSS-Q-ST-60-15C.
    """
    if samples < 2:
        raise ConfigurationError(
            f"a tolerance limit from {samples} sample", remedy="test two samples or more of the lot."
        )
    root = math.sqrt(samples)
    return float(nct.ppf(confidence, samples - 1, float(ndtri(survival)) * root) / root)


def lot_dose_limit_krad(failure_krad: Sequence[float], survival: float = 0.9, confidence: float = 0.9) -> float:
    """Return the dose that a share of a lot survives with a confidence, from the failure doses of samples.

    Parameters
    ----------
    failure_krad : sequence of float
        Failure doses, krad(Si), above 0, two or more.
    survival, confidence : float
        Share and confidence.

    Raises
    ------
    ConfigurationError
        If there are too few, or one is not above 0.

    Notes
    -----
    exp(mean − K s) of the logarithms: failure doses of a lot are taken as lognormal, as in MIL-HDBK-814 (1994).
    """
    if any(not (dose > 0 and math.isfinite(dose)) for dose in failure_krad):
        raise ConfigurationError(
            f"failure doses {', '.join(f'{dose:g}' for dose in failure_krad)} krad: one is not above 0",
            remedy="give the dose at which each sample failed.",
        )
    factor = tolerance_factor(len(failure_krad), survival, confidence)
    logs = np.log(np.asarray(failure_krad, dtype=np.float64))
    return float(np.exp(logs.mean() - factor * logs.std(ddof=1)))


def dose_margin(
    dose_rad: float,
    *,
    limit_krad: float | None = None,
    failure_krad: Sequence[float] | None = None,
    survival: float = 0.9,
    confidence: float = 0.9,
    required: float = 2.0,
) -> DoseMargin:
    """Return the margin of a part against a dose; give its limit or the failure doses of samples.

    Raises
    ------
    ConfigurationError
        If neither or both are given, or the failure doses do not give a limit.
    """
    if (limit_krad is None) == (failure_krad is None):
        raise ConfigurationError("dose margin: needs either a limit or failure doses", remedy="give one of them.")
    if failure_krad is not None:
        limit = lot_dose_limit_krad(failure_krad, survival, confidence)
        factor = tolerance_factor(len(failure_krad), survival, confidence)
        source = (
            f"{len(failure_krad)} samples, lognormal, one-sided tolerance limit: {survival:.0%} survive with "
            f"{confidence:.0%} confidence, K = {factor:.3f}"
        )
    else:
        limit, source = float(limit_krad or 0.0), "limit as given"
    return DoseMargin(limit, limit * 1e3 / dose_rad if dose_rad > 0 else math.inf, required, source)
