"""The models of heavy-ion cross sections in configuration files, with what is known of their uncertainty."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field, model_validator

from radtest.analysis.limit_fit import LimitFit, fit_or_limits
from radtest.analysis.parameter_draws import interval_draws
from radtest.analysis.points import read_points
from radtest.analysis.weibull import Weibull
from radtest.analysis.weibull_fit import Per, WeibullFit, fit_weibull
from radtest.core.configuration import ConfigurationModel
from radtest.core.errors import ConfigurationError

__all__ = [
    "CrossSectionConfiguration",
    "IonSensitivity",
    "RatedCrossSectionConfiguration",
    "computable",
    "read_fit",
    "relative_factors",
]

Array = NDArray[np.float64]


def computable(number: float) -> float:
    """Refuse a number whose square is beyond those of a computer."""
    if number > _LARGEST_NUMBER:
        raise ValueError(f"beyond what can be computed with: give {_LARGEST_NUMBER:g} or less")
    return number


_LARGEST_NUMBER = 1e100
Positive = Annotated[float, Field(gt=0), AfterValidator(computable)]
NotNegative = Annotated[float, Field(ge=0), AfterValidator(computable)]
Interval = tuple[Positive, Positive]

_FOUR = ("sigma_sat_cm2", "let0_mev_cm2_mg", "width_mev_cm2_mg", "shape")


class CrossSectionConfiguration(ConfigurationModel):
    """A heavy-ion cross section: four Weibull parameters, or the points to fit them to.

    Parameters
    ----------
    sigma_sat_cm2 : float
        Saturation cross section, cm²/bit or cm²/device as its owner says.
    let0_mev_cm2_mg, width_mev_cm2_mg, shape : float
        Threshold, width and shape.
    points : str
        CSV file of points, relative to the file that names it.
    fluence_uncertainty : float
        Relative standard uncertainty of the fluences of the points, common to all of them.
    """

    sigma_sat_cm2: Positive | None = None
    let0_mev_cm2_mg: NotNegative | None = None
    width_mev_cm2_mg: Positive | None = None
    shape: Positive | None = None
    points: str | None = None
    fluence_uncertainty: Annotated[float, Field(ge=0, lt=1)] = 0.0

    @model_validator(mode="after")
    def _one_form(self) -> CrossSectionConfiguration:
        self._check_forms({"points": self.points})
        return self

    def _check_forms(self, files: dict[str, str | None]) -> None:
        given = [name for name in _FOUR if getattr(self, name) is not None]
        named = [name for name, value in files.items() if value is not None]
        if named and given:
            raise ValueError(f"give either {named[0]} or {', '.join(_FOUR)}, not both")
        if len(named) > 1:
            raise ValueError(f"give one of {', '.join(named)}")
        if not named and len(given) < len(_FOUR):
            missing = ", ".join(name for name in _FOUR if name not in given)
            raise ValueError(f"missing {missing} (or points = 'FILE.csv' to fit them to)")
        if self.points is None and self.fluence_uncertainty:
            raise ValueError("fluence_uncertainty belongs to points")

    def build(self, folder: Path, per: Per) -> Weibull | WeibullFit:
        """Return the cross section, fitted if points are given; `folder` is where relative paths start."""
        if self.points is not None:
            points = read_points(folder / self.points)
            return fit_weibull(points, per=per, common_fluence_uncertainty=self.fluence_uncertainty)
        return Weibull(*(float(getattr(self, name)) for name in _FOUR))


@dataclass(frozen=True, slots=True, eq=False)
class IonSensitivity:
    """A heavy-ion cross section with what is known of its uncertainty.

    Parameters
    ----------
    best : Weibull
        The cross section.
    draws : ndarray, shape (n, 4), or None
        Draws of (σ_sat, let0, width, shape); None where it came without uncertainty.
    notes : tuple of str
        What a reader has to know.
    fit : WeibullFit, optional
        The fit that the draws come from: limits of what is computed from them are those of its profiles.
    """

    best: Weibull
    draws: Array | None
    notes: tuple[str, ...]
    fit: WeibullFit | None = None


class RatedCrossSectionConfiguration(CrossSectionConfiguration):
    """A heavy-ion cross section of which a rate is asked, with its uncertainty.

    Parameters
    ----------
    fit : str
        What ``radtest fit --json`` printed, as a file, instead of parameters or points.
    relative_uncertainty : float
        Relative standard uncertainty of the whole cross section, where parameters are given.
    sigma_sat_cm2_interval, let0_mev_cm2_mg_interval, width_mev_cm2_mg_interval, shape_interval : tuple of float
        Published intervals of the parameters.
    interval_confidence : float
        Their confidence level.
    """

    fit: str | None = None
    relative_uncertainty: Annotated[float, Field(ge=0, lt=3)] = 0.0
    sigma_sat_cm2_interval: Interval | None = None
    let0_mev_cm2_mg_interval: tuple[NotNegative, NotNegative] | None = None
    width_mev_cm2_mg_interval: Interval | None = None
    shape_interval: Interval | None = None
    interval_confidence: Annotated[float, Field(ge=0.5, lt=1)] = 0.95

    @model_validator(mode="after")
    def _one_form(self) -> RatedCrossSectionConfiguration:
        self._check_forms({"points": self.points, "fit": self.fit})
        extra = self.relative_uncertainty or any(getattr(self, f"{name}_interval") for name in _FOUR)
        if extra and (self.points is not None or self.fit is not None):
            raise ValueError("relative_uncertainty and intervals belong to parameters; points and fit bring their own")
        return self

    def _fitted_or_limits(self, folder: Path, per: Per) -> WeibullFit | LimitFit | None:
        if self.points is None:
            return None
        points = read_points(folder / self.points)
        return fit_or_limits(points, per=per, common_fluence_uncertainty=self.fluence_uncertainty)

    def sensitivity(self, folder: Path, per: Per, rng: np.random.Generator, n: int) -> IonSensitivity:
        """Return the cross section and draws of it.

        Parameters
        ----------
        folder : Path
            Where relative paths start.
        per : str
            ``bit`` or ``device``.
        rng : numpy.random.Generator
            Source of randomness.
        n : int
            Number of draws.

        Raises
        ------
        ConfigurationError
            If a file cannot be used or an interval does not lie about its value.
        FitError
            If points cannot be fitted.
        """
        if self.fit is not None:
            values, intervals, confidence = read_fit(folder / self.fit, _FOUR, per)
        else:
            built = self._fitted_or_limits(folder, per)
            if built is not None:
                fit = built if isinstance(built, WeibullFit) else None
                return IonSensitivity(built.weibull, built.sample(rng, n), tuple(built.notes), fit)
            values = {name: float(getattr(self, name)) for name in _FOUR}
            intervals = {name: getattr(self, f"{name}_interval") for name in _FOUR}
            confidence = self.interval_confidence
        best = Weibull(*(values[name] for name in _FOUR))
        return _published(best, values, intervals, confidence, self.relative_uncertainty, rng, n)


def _published(
    best: Weibull,
    values: dict[str, float],
    intervals: dict[str, tuple[float, float] | None],
    confidence: float,
    relative: float,
    rng: np.random.Generator,
    n: int,
) -> IonSensitivity:
    known = [name for name in _FOUR if intervals[name] is not None]
    if not known and not relative:
        note = "the cross section is taken as exact: the interval has no width."
        return IonSensitivity(best, None, (note,))
    draws = np.empty((n, len(_FOUR)))
    for column, name in enumerate(_FOUR):
        interval = intervals[name]
        value = values[name]
        draws[:, column] = value if interval is None else interval_draws(name, value, interval, confidence, rng, n)
    draws[:, 0] *= relative_factors(relative, rng, n)
    notes = []
    if len(known) > 1:
        notes.append(
            f"{', '.join(known)} are drawn from their intervals as if they were independent; a fit's parameters are "
            "not, so the interval of the rate is too long: name the points instead, if you have them."
        )
    return IonSensitivity(best, draws, tuple(notes))


def relative_factors(relative: float, rng: np.random.Generator, n: int) -> Array:
    """Draw `n` factors about 1 of a relative standard uncertainty, logarithmically normal."""
    return np.asarray(np.exp(math.sqrt(math.log1p(relative**2)) * rng.standard_normal(n)))


def read_fit(
    path: Path, names: tuple[str, ...], per: Per
) -> tuple[dict[str, float], dict[str, tuple[float, float] | None], float]:
    """Read parameters and their intervals from what ``radtest fit --json`` printed.

    Parameters
    ----------
    path : Path
        The file.
    names : tuple of str
        The parameters wanted.
    per : str
        ``bit`` or ``device``.

    Returns
    -------
    values, intervals, confidence

    Raises
    ------
    ConfigurationError
        If it is not such a file, is for another unit, or holds a limit that the data did not set.
    """
    document = _json(path)
    values, intervals = dict[str, float](), dict[str, tuple[float, float] | None]()
    if document.get("per", per) != per:
        raise ConfigurationError(
            f"{path}: a fit per {document['per']}; a cross section per {per} is wanted here",
            remedy=f"fit with --per {per}.",
        )
    for name in names:
        found = document.get(name)
        if not isinstance(found, dict) or not isinstance(found.get("value"), int | float):
            raise ConfigurationError(
                f"{path}: no {name} with a value", remedy="give the file that radtest fit --json printed."
            )
        low, high = found.get("low"), found.get("high")
        if low is None or high is None or (low == 0 and not name.endswith("0_mev_cm2_mg")):
            raise ConfigurationError(
                f"{path}: {name} has a limit that the data did not set",
                remedy="name the points instead (points = 'FILE.csv'): draws from the likelihood can do with that.",
            )
        values[name], intervals[name] = float(found["value"]), (float(low), float(high))
    confidence = document.get("confidence", 0.95)
    if not (isinstance(confidence, int | float) and 0 < confidence < 1):
        raise ConfigurationError(
            f"{path}: confidence is {confidence!r}", remedy="give the file that radtest fit --json printed."
        )
    return values, intervals, float(confidence)


def _json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: no such file", remedy="check the path of the fit.") from None
    except (UnicodeDecodeError, json.JSONDecodeError):
        raise ConfigurationError(f"{path}: not JSON", remedy="give what radtest fit --json printed.") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path}: no JSON object", remedy="give what radtest fit --json printed.")
    return document
