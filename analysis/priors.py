"""Priors on the parameters of a Weibull cross section, taken as measurements made elsewhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radtest.core.errors import ConfigurationError

__all__ = ["Prior", "parse_prior"]

Array = NDArray[np.float64]

_PARAMETERS = ("sigma_sat_cm2", "let0_mev_cm2_mg", "width_mev_cm2_mg", "shape")
_SHORT = {"sigma_sat": "sigma_sat_cm2", "let0": "let0_mev_cm2_mg", "width": "width_mev_cm2_mg"}
_REMEDY = "write sigma_sat, let0, width or shape, then value and standard uncertainty, such as shape=1.5:0.5."


@dataclass(frozen=True, slots=True)
class Prior:
    """What is known of one parameter before the counts are looked at: from another lot, the process, a simulation.

    Parameters
    ----------
    parameter : str
        ``sigma_sat_cm2``, ``let0_mev_cm2_mg``, ``width_mev_cm2_mg`` or ``shape``.
    value : float
        Most likely value, in the unit of the name (σ_sat per bit or device, as the fit); above 0, for let0 0 or more.
    uncertainty : float
        Standard uncertainty in the same unit, above 0.

    Raises
    ------
    ConfigurationError
        If there is no such parameter, or a number is not one that it can have.

    Notes
    -----
    let0 has a Gaussian prior, cut at 0. Parameters that are above 0 have a Gaussian prior of their logarithm about
    ln(value) with standard deviation ln(1 + uncertainty/value): value + uncertainty is one standard deviation up.
    """

    parameter: str
    value: float
    uncertainty: float

    def __post_init__(self) -> None:
        if self.parameter not in _PARAMETERS:
            raise ConfigurationError(f"prior of {self.parameter!r}: a Weibull has no such parameter", remedy=_REMEDY)
        lowest = "0 or more" if self._is_threshold else "above 0"
        if not math.isfinite(self.value) or self.value < 0 or (self.value == 0 and not self._is_threshold):
            raise ConfigurationError(
                f"prior of {self.parameter}: value is {self.value:g}, legal is {lowest}",
                remedy="give the most likely value in the unit of the parameter's name.",
            )
        if not (math.isfinite(self.uncertainty) and self.uncertainty > 0):
            raise ConfigurationError(
                f"prior of {self.parameter}: uncertainty is {self.uncertainty:g}, legal is above 0",
                remedy="give one standard deviation in the unit of the value; what is known exactly has a small one.",
            )

    @property
    def _is_threshold(self) -> bool:
        return self.parameter == "let0_mev_cm2_mg"

    @property
    def coordinate(self) -> int:
        """Index in θ = (ln σ_sat, let0, ln width, ln shape)."""
        return _PARAMETERS.index(self.parameter)

    @property
    def centre(self) -> float:
        """Mean of the coordinate."""
        return self.value if self._is_threshold else math.log(self.value)

    @property
    def spread(self) -> float:
        """Standard deviation of the coordinate."""
        return self.uncertainty if self._is_threshold else math.log1p(self.uncertainty / self.value)


def parse_prior(text: str) -> Prior:
    """Read a prior as the command line has it.

    Parameters
    ----------
    text : str
        ``shape=1.5:0.5``: parameter, value, standard uncertainty; ``±`` may stand for the colon.

    Raises
    ------
    ConfigurationError
        If it does not read so.
    """
    name, equals, numbers = text.partition("=")
    value, colon, uncertainty = numbers.replace("±", ":").partition(":")
    try:
        if not (equals and colon):
            raise ValueError
        known = float(value), float(uncertainty)
    except ValueError:
        raise ConfigurationError(f"prior {text!r} is not NAME=VALUE:UNCERTAINTY", remedy=_REMEDY) from None
    name = name.strip()
    return Prior(_SHORT.get(name, name), *known)


def prior_arrays(priors: Sequence[Prior]) -> tuple[Array, Array] | None:
    """Return mean and standard deviation of each coordinate of θ, infinite without a prior; None without any.

    Raises
    ------
    ConfigurationError
        If two priors speak of one parameter.
    """
    if not priors:
        return None
    centre, spread = np.zeros(len(_PARAMETERS)), np.full(len(_PARAMETERS), np.inf)
    for prior in priors:
        if np.isfinite(spread[prior.coordinate]):
            raise ConfigurationError(
                f"two priors of {prior.parameter}", remedy="give one; two measurements are one weighted mean."
            )
        centre[prior.coordinate], spread[prior.coordinate] = prior.centre, prior.spread
    return centre, spread
