"""The likelihood of counts whose fluences share a factor that is known to an uncertainty only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.likelihood import PoissonCurve

__all__ = ["CalibratedCurve"]

Array = NDArray[np.float64]

_NEWTON_STEPS = 60


@dataclass(frozen=True, slots=True, eq=False)
class CalibratedCurve:
    """Counts, and a factor common to all their fluences.

    Parameters
    ----------
    likelihood : PoissonCurve
        The counts.
    uncertainty : float
        Relative standard uncertainty of the factor; 0 for none.
    """

    likelihood: PoissonCurve
    uncertainty: float

    def deviance(self, log_sigma: Array) -> Array:
        """Return the deviance minimised over the factor f, with ((f − 1)/u)² for it.

        Parameters
        ----------
        log_sigma : ndarray, shape (..., points)
            Logarithms of the cross section at the points.

        Returns
        -------
        ndarray, shape (...)
        """
        if not self.uncertainty:
            return self.likelihood.deviance(log_sigma)
        shift = np.zeros(log_sigma.shape[:-1])
        for _ in range(_NEWTON_STEPS):
            moved, factor = log_sigma + shift[..., None], np.exp(shift)
            slope = self.likelihood.slope(moved).sum(axis=-1) + 2.0 * (factor - 1.0) * factor / self.uncertainty**2
            bend = 2.0 * self.likelihood.curvature(moved).sum(axis=-1) + 2.0 * (factor / self.uncertainty) ** 2
            step = np.clip(slope / bend, -1.0, 1.0)
            shift = shift - step
            if np.all(np.abs(step) < 1e-9):
                break
        return self.likelihood.deviance(log_sigma + shift[..., None]) + (np.expm1(shift) / self.uncertainty) ** 2
