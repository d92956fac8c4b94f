"""The four-parameter Weibull cross section, in the one parameterisation used everywhere in radtest."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.core.errors import ConfigurationError

__all__ = ["Weibull", "weibull_cross_section", "weibull_fraction"]

Array = NDArray[np.float64]


def weibull_fraction(let_mev_cm2_mg: ArrayLike, let0: ArrayLike, width: ArrayLike, shape: ArrayLike) -> Array:
    """Fraction of the saturation cross section reached at a LET.

    Parameters
    ----------
    let_mev_cm2_mg : array_like
        LET, MeV·cm²/mg.
    let0, width : array_like
        Threshold and width, MeV·cm²/mg; `width` above 0.
    shape : array_like
        Shape, above 0. All four shapes broadcast.

    Returns
    -------
    ndarray
        1 − exp(−((L − let0)/width)^shape) for L > let0, else 0; also the distribution of critical LET over the
        sensitive volumes of a device in the integral-RPP model [1]_.

    References
    ----------
    .. [1] E. L. Petersen, J. C. Pickel, J. H. Adams and E. C. Smith, Rate prediction for single event effects,
       IEEE Trans. Nucl. Sci. 39, 1577 (1992).
    """
    excess = (np.asarray(let_mev_cm2_mg, dtype=np.float64) - np.asarray(let0)) / np.asarray(width)
    # A steep shape far above threshold overflows to infinity, whose fraction is 1: that is the answer.
    with np.errstate(over="ignore"):
        exponent = np.where(excess > 0, excess, 0.0) ** np.asarray(shape)
    return np.asarray(-np.expm1(-exponent), dtype=np.float64)


def weibull_cross_section(
    let_mev_cm2_mg: ArrayLike, sigma_sat_cm2: ArrayLike, let0: ArrayLike, width: ArrayLike, shape: ArrayLike
) -> Array:
    """Cross section at a LET: `sigma_sat_cm2` (per bit or per device) times `weibull_fraction`."""
    return np.asarray(sigma_sat_cm2) * weibull_fraction(let_mev_cm2_mg, let0, width, shape)


@dataclass(frozen=True, slots=True)
class Weibull:
    """A cross section as four numbers.

    Parameters
    ----------
    sigma_sat_cm2 : float
        Saturation cross section, cm²/bit or cm²/device as the owner says; 0 or more.
    let0_mev_cm2_mg : float
        Threshold, 0 or more.
    width_mev_cm2_mg : float
        Width, above 0.
    shape : float
        Shape, above 0.

    Raises
    ------
    ConfigurationError
        If a parameter is outside its range.
    """

    sigma_sat_cm2: float
    let0_mev_cm2_mg: float
    width_mev_cm2_mg: float
    shape: float

    def __post_init__(self) -> None:
        legal = {
            "sigma_sat_cm2": self.sigma_sat_cm2 >= 0,
            "let0_mev_cm2_mg": self.let0_mev_cm2_mg >= 0,
            "width_mev_cm2_mg": self.width_mev_cm2_mg > 0,
            "shape": self.shape > 0,
        }
        for name, right in legal.items():
            value = getattr(self, name)
            if not (right and math.isfinite(value)):
                bound = "0 or more" if name in {"sigma_sat_cm2", "let0_mev_cm2_mg"} else "above 0"
                raise ConfigurationError(f"Weibull {name}: got {value!r}", remedy=f"give a finite number, {bound}.")

    def cross_section(self, let_mev_cm2_mg: ArrayLike) -> Array:
        """Return the cross section at LETs of any shape, in the unit of `sigma_sat_cm2`."""
        return weibull_cross_section(
            let_mev_cm2_mg, self.sigma_sat_cm2, self.let0_mev_cm2_mg, self.width_mev_cm2_mg, self.shape
        )

    def let_at_fraction(self, fraction: float) -> float:
        """Return the LET at which `fraction` (0 to 1, exclusive) of saturation is reached, MeV·cm²/mg.

        It is infinite where a flat shape puts it beyond the largest number.
        """
        if not 0 < fraction < 1:
            raise ConfigurationError(f"fraction: got {fraction!r}", remedy="give a number between 0 and 1, exclusive.")
        with np.errstate(over="ignore"):
            scaled = float(np.exp(math.log(-math.log1p(-fraction)) / self.shape))
        return self.let0_mev_cm2_mg + self.width_mev_cm2_mg * scaled
