"""Proton cross sections fitted to counts, with draws from the likelihood."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from radtest.analysis.calibrated_curve import CalibratedCurve
from radtest.analysis.ensemble import sample_ensemble
from radtest.analysis.likelihood import PoissonCurve
from radtest.analysis.points import LARGEST_BITS, live_fluence, stated_uncertainty
from radtest.analysis.proton import bendel_shape, proton_weibull
from radtest.analysis.table_file import TableRow, read_table
from radtest.core.errors import ConfigurationError, FitError

__all__ = [
    "ProtonPoint",
    "ProtonPointsFit",
    "fit_proton_points",
    "proton_suspicions",
    "proton_uncertainties",
    "read_proton_points",
]

Array = NDArray[np.float64]
ProtonForm = Literal["bendel1", "bendel2", "weibull"]

_REQUIRED = ("energy_mev", "count", "fluence_cm2")
_OPTIONAL = ("bits", "device", "label", "fluence_uncertainty", "live_fluence_cm2", "dead_fraction")
_HINTS = {
    "let_mev_cm2_mg": "That is a table of ions: leave out --particle proton.",
    "fluence_m2": "Divide m⁻² by 10,000.",
    **dict.fromkeys(
        ("sigma_cm2", "cross_section", "cross_section_cm2"),
        "Counts are fitted, not cross sections: give the events and the fluence they were counted in.",
    ),
}
_LOWEST_MEV, _HIGHEST_MEV = 0.01, 1e5
_KEV_ABOVE, _GEV_BELOW = 2000.0, 3.0
_SMALLEST_A_MEV = 0.5
_LOWEST_LOG_SIGMA = -2000.0
_WALKERS, _SETTLE, _EVERY = 200, 400, 30
_FREE = {"bendel1": 1, "bendel2": 2, "weibull": 4}


@dataclass(frozen=True, slots=True)
class ProtonPoint:
    """Events counted while a fluence of protons passed.

    Parameters
    ----------
    energy_mev : float
        Energy at the die, MeV.
    count : int
        Number of events.
    fluence_cm2 : float
        Live fluence, cm⁻².
    bits : int, optional
        Bits under observation.
    fluence_uncertainty : float, optional
        Relative standard uncertainty of this fluence.
    """

    energy_mev: float
    count: int
    fluence_cm2: float
    bits: int | None = None
    fluence_uncertainty: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ProtonPointsFit:
    """A proton cross section fitted to counts.

    Parameters
    ----------
    form : str
        ``bendel1``, ``bendel2`` or ``weibull``.
    best : ndarray, shape (k,)
        Parameters of largest likelihood: (a), (a, b) in MeV, or (σ_sat, E0, width, shape).
    draws : ndarray, shape (n, k)
        Draws from the likelihood with flat priors (see `fit_proton_points`).
    deviance : float
        Poisson deviance of the best parameters.
    notes : tuple of str
        What a reader has to know.
    """

    form: ProtonForm
    best: Array
    draws: Array
    deviance: float
    notes: tuple[str, ...]


def read_proton_points(path: str | Path) -> list[ProtonPoint]:
    """Read points of a proton cross section from a CSV file.

    Parameters
    ----------
    path : str or Path
        Header ``energy_mev,count,fluence_cm2`` in any order, optionally with ``bits``, ``device``, ``label``,
        ``fluence_uncertainty`` (relative), ``live_fluence_cm2`` or ``dead_fraction`` (of the fluence, while the device
        could show nothing). Columns are separated by commas, semicolons or tabs; lines that begin with ``#`` are
        comments.

    Returns
    -------
    list of ProtonPoint

    Raises
    ------
    ConfigurationError
        If the file cannot be read, or a column or a value is wrong; the message names the line.
    """
    return [_point(row) for row in read_table(path, _REQUIRED, _OPTIONAL, _HINTS)]


def proton_suspicions(points: Sequence[ProtonPoint]) -> tuple[str, ...]:
    """Return what looks wrong about points of protons although it may be right: units, bits in some lines only.

    Parameters
    ----------
    points : sequence of ProtonPoint
        Points that `read_proton_points` lets pass.
    """
    found = []
    lowest, highest = min(point.energy_mev for point in points), max(point.energy_mev for point in points)
    if lowest > _KEV_ABOVE:
        found.append(f"every energy is {lowest:g} MeV or more, beyond proton beams: if it is in keV divide by 1000.")
    if highest < _GEV_BELOW:
        found.append(
            f"every energy is {highest:g} MeV or less, where protons make no nuclear reactions: if in GeV multiply "
            "by 1000; upsets by direct ionisation have another form."
        )
    if len({point.bits is None for point in points}) > 1:
        found.append("some lines have no bits: unless asked for per bit, the cross section is per device.")
    return tuple(found)


def _point(row: TableRow) -> ProtonPoint:
    energy, count = row.number_of("energy_mev"), row.whole("count")
    if count < 0:
        raise ConfigurationError(f"{row.where}: count is {count}", remedy="a count is a whole number, 0 or more.")
    fluence = row.number_of("fluence_cm2")
    if not (math.isfinite(fluence) and fluence > 0):
        raise ConfigurationError(f"{row.where}: fluence_cm2 is {fluence:g}", remedy="give the live fluence, above 0.")
    live = live_fluence(row)
    if not live > 0:
        raise ConfigurationError(f"{row.where}: live_fluence_cm2 is {live:g}", remedy="give a fluence above 0.")
    if not _LOWEST_MEV <= energy <= _HIGHEST_MEV:
        raise ConfigurationError(
            f"{row.where}: energy_mev is {energy:g}", remedy=f"give MeV, {_LOWEST_MEV:g} to {_HIGHEST_MEV:g}."
        )
    bits = row.whole("bits") if row.text("bits") else None
    if bits is not None and not 1 <= bits <= LARGEST_BITS:
        raise ConfigurationError(
            f"{row.where}: bits is {bits:g}", remedy=f"give a whole number, 1 to {LARGEST_BITS:g}."
        )
    return ProtonPoint(energy, count, live, bits, stated_uncertainty(row))


def proton_uncertainties(points: Sequence[ProtonPoint], default: float = 0.0) -> float | Array:
    """Return the relative standard uncertainty of each fluence; one number where no point states its own."""
    if all(point.fluence_uncertainty is None for point in points):
        return default
    return np.array([default if p.fluence_uncertainty is None else p.fluence_uncertainty for p in points])


def fit_proton_points(
    points: Sequence[ProtonPoint],
    form: ProtonForm,
    *,
    per_bit: bool,
    rng: np.random.Generator,
    draws: int,
    common_fluence_uncertainty: float = 0.0,
) -> ProtonPointsFit:
    """Fit a proton cross section to counts by Poisson likelihood, and draw from it.

    Parameters
    ----------
    points : sequence of ProtonPoint
        Energies, counts, fluences.
    form : str
        ``bendel1``, ``bendel2`` or ``weibull``.
    per_bit : bool
        Whether the cross section is per bit; every point then needs its bits.
    rng : numpy.random.Generator
        Source of randomness.
    draws : int
        Number of draws.
    common_fluence_uncertainty : float
        Relative standard uncertainty of a factor common to all fluences.

    Returns
    -------
    ProtonPointsFit

    Raises
    ------
    ConfigurationError
        If a point has no bits where they are needed.
    FitError
        If there are fewer energies than parameters, or no events.

    Notes
    -----
    Draws are from the likelihood, flat in a (0.5 MeV to the first energy with events) or E0 (0 to there) and in the
    logarithms of the saturation, width (to 10⁴ MeV) and shape (0.3 to 10), by an ensemble of walkers.
    """
    if per_bit and any(point.bits is None for point in points):
        raise ConfigurationError(
            "points of protons: a cross section per bit needs the bits under observation", remedy="add a column bits."
        )
    energy = np.array([point.energy_mev for point in points])
    exposure = np.array([point.fluence_cm2 * ((point.bits or 1) if per_bit else 1) for point in points])
    count = np.array([point.count for point in points], dtype=float)
    if np.unique(energy).size < _FREE[form]:
        raise FitError(
            f"protons at {np.unique(energy).size} energies cannot fit the {_FREE[form]} parameters of {form}",
            remedy="give more energies, or a form with fewer parameters.",
        )
    if count.sum() == 0:
        raise FitError(
            "no proton gave an event: there is nothing to fit",
            remedy=f"state the upper limit, {3.689 / exposure.max():.3g} cm² at 95 %, as a parameter instead.",
        )
    curve = PoissonCurve(energy, count, exposure, proton_uncertainties(points))
    # One parameter has no height that a factor could scale: there it is part of the likelihood.
    calibration = CalibratedCurve(curve, common_fluence_uncertainty if form == "bendel1" else 0.0)
    likelihood = _Likelihood(form, curve, calibration)
    theta = likelihood.best()
    start = likelihood.scattered(theta, rng)
    keep = -(-draws // _WALKERS)
    chain = sample_ensemble(likelihood, start, rng, settle=_SETTLE, keep=keep, every=_EVERY)
    table = likelihood.parameters(rng.permutation(chain)[:draws])
    if common_fluence_uncertainty:
        spread = math.sqrt(math.log1p(common_fluence_uncertainty**2))
        table = likelihood.scaled(table, np.exp(-spread * rng.standard_normal(draws)))
    deviance = float(-2.0 * likelihood(theta[None, :])[0])
    freedom = len(points) - theta.size
    notes = [
        f"protons: {form} fitted to {len(points)} points, deviance {deviance:.3g} with {freedom} degrees of freedom."
    ]
    return ProtonPointsFit(form, likelihood.parameters(theta[None, :])[0], table, deviance, tuple(notes))


@dataclass(frozen=True, slots=True, eq=False)
class _Likelihood:
    """Minus half the Poisson deviance by (a), (a, ln limit) or (E0, ln σ_sat, ln width, ln shape)."""

    form: ProtonForm
    curve: PoissonCurve
    calibration: CalibratedCurve

    @property
    def bounds(self) -> Array:
        seen = self.curve.count > 0
        first = float(self.curve.let_mev_cm2_mg[seen].min())
        peak = math.log(float((self.curve.count / self.curve.exposure_cm2).max()))
        if self.form == "bendel1":
            return np.array([[_SMALLEST_A_MEV, first]])
        if self.form == "bendel2":
            return np.array([[_SMALLEST_A_MEV, first], [peak - 10.0, peak + 10.0]])
        return np.array(
            [[0.0, first], [peak - 10.0, peak + 10.0], [math.log(0.1), math.log(1e4)], [math.log(0.3), math.log(10)]]
        )

    def sigma(self, theta: Array) -> Array:
        first = theta[:, :1]
        if self.form == "bendel1":
            return np.asarray((24.0 / first) ** 14 * 1e-12 * bendel_shape(self.curve.let_mev_cm2_mg, first))
        if self.form == "bendel2":
            return np.asarray(np.exp(theta[:, 1:2]) * bendel_shape(self.curve.let_mev_cm2_mg, first))
        sigma_sat, width, shape = (np.exp(theta[:, index : index + 1]) for index in (1, 2, 3))
        return proton_weibull(self.curve.let_mev_cm2_mg, sigma_sat, first, width, shape)

    def __call__(self, theta: Array) -> Array:
        low, high = self.bounds.T
        inside = np.all((theta >= low) & (theta <= high), axis=1)
        value = np.full(len(theta), -np.inf)
        with np.errstate(divide="ignore"):
            log_sigma = np.maximum(np.log(self.sigma(theta[inside])), _LOWEST_LOG_SIGMA)
        value[inside] = -0.5 * self.calibration.deviance(log_sigma)
        return value

    def best(self) -> Array:
        low, high = self.bounds.T

        def cost(unit: Array) -> float:
            value = float(self((low + np.clip(unit, 1e-9, 1 - 1e-9) * (high - low))[None, :])[0])
            outside = float(np.sum(np.maximum(np.abs(unit - 0.5) - 0.5, 0.0)))
            return (-value if math.isfinite(value) else 1e9) + 1e3 * outside

        grid = np.linspace(0.05, 0.95, {1: 40, 2: 20, 4: 8}[low.size])
        starts = np.stack(np.meshgrid(*[grid] * low.size), axis=-1).reshape(-1, low.size)
        ranked = starts[np.argsort(-self(low + starts * (high - low)))[:4]]
        found = [
            minimize(cost, one, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-8, "maxiter": 4000})
            for one in ranked
        ]
        least = min(found, key=lambda one: float(one.fun))
        return np.asarray(low + np.clip(least.x, 1e-9, 1 - 1e-9) * (high - low))

    def scattered(self, theta: Array, rng: np.random.Generator) -> Array:
        """Return walkers about the best parameters, inside the bounds and not far less likely."""
        low, high = self.bounds.T
        best = float(self(theta[None, :])[0])
        found = np.empty((0, theta.size))
        for width in np.geomspace(0.1, 1e-5, 40):
            tried = theta + width * (high - low) * rng.standard_normal((4 * _WALKERS, theta.size))
            found = np.concatenate([found, tried[self(tried) > best - 10.0]])
            if len(found) >= _WALKERS:
                return found[:_WALKERS]
        raise FitError("no draws can be made about the best fit of the protons", remedy="give the parameters instead.")

    def parameters(self, theta: Array) -> Array:
        """Return the parameters as the models take them, in rows."""
        if self.form == "bendel1":
            return theta
        if self.form == "bendel2":
            a = theta[:, 0]
            return np.column_stack([a, a * np.exp((theta[:, 1] - math.log(1e-12)) / 14.0)])
        return np.column_stack([np.exp(theta[:, 1]), theta[:, 0], np.exp(theta[:, 2]), np.exp(theta[:, 3])])

    def scaled(self, table: Array, factors: Array) -> Array:
        """Return parameters whose cross sections are multiplied by factors."""
        if self.form == "bendel2":
            return np.column_stack([table[:, 0], table[:, 1] * factors ** (1.0 / 14.0)])
        if self.form == "weibull":
            return np.column_stack([table[:, 0] * factors, table[:, 1:]])
        return table
