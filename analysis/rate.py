"""Upset rate in a LET spectrum by the integral rectangular-parallelepiped (IRPP) model."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.analysis.chord import chord_length_exceedance
from radtest.analysis.spectrum import LetSpectrum
from radtest.analysis.weibull import Weibull, weibull_fraction
from radtest.core.errors import ConfigurationError

__all__ = [
    "EffectiveFlux",
    "SensitiveVolume",
    "effective_flux",
    "isotropic_flux",
    "thin_layer_flux",
    "upset_rate",
    "upset_rates",
]

Array = NDArray[np.float64]

_LOG_STEP = 0.01
_NEGLIGIBLE = 1e-7


@dataclass(frozen=True, slots=True)
class SensitiveVolume:
    """The box in which charge is collected.

    Parameters
    ----------
    x_um, y_um : float
        Sides in the plane of the die, µm.
    z_um : float
        Depth, µm: the path along which LET was converted to charge in the beam.
    """

    x_um: float
    y_um: float
    z_um: float

    def __post_init__(self) -> None:
        for name in ("x_um", "y_um", "z_um"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise ConfigurationError(f"sensitive volume {name}: got {value!r}", remedy="give µm, above 0.")


@dataclass(frozen=True, slots=True, eq=False)
class EffectiveFlux:
    """Flux that upsets a cell, against the cell's critical LET: all that a rate needs of spectrum and volume.

    Parameters
    ----------
    critical_let_mev_cm2_mg : ndarray, shape (n,)
        Critical LET, increasing.
    flux_cm2_day : ndarray, shape (n,)
        Upsets per day per cm² of beam cross section of cells with that critical LET; never increasing, 0 at the end.
    """

    critical_let_mev_cm2_mg: Array
    flux_cm2_day: Array

    @property
    def weight_cm2_day(self) -> Array:
        """Weights, shape (n,), whose dot product with F_W at the critical LETs is rate / σ_sat (trapezoidal rule)."""
        before = np.concatenate([self.flux_cm2_day[:1], self.flux_cm2_day[:-1]])
        after = np.concatenate([self.flux_cm2_day[1:], [0.0]])
        weight: Array = (before - after) / 2.0
        weight[-1] += self.flux_cm2_day[-1] / 2.0
        return weight


def effective_flux(spectrum: LetSpectrum, volume: SensitiveVolume) -> EffectiveFlux:
    """Fold a LET spectrum with the chord lengths of a volume.

    Parameters
    ----------
    spectrum : LetSpectrum
        Omnidirectional LET spectrum.
    volume : SensitiveVolume
        The box.

    Returns
    -------
    EffectiveFlux

    Notes
    -----
    J(Lc) = A / (4 X Y) · ∫ φ(L) C(Z Lc / L) dL, with A = 2 (XY + YZ + XZ) the surface of the box, φ the differential
    flux over 4π and C the probability of a longer chord [1]_. A/4 turns the flux into particles through the box; 1/(X
    Y) turns the box into its cross section in the beam, so that σ_sat can stand for it. With φ dL = −dI and a grid
    that is even in ln L, the integral is a convolution, which is why one call costs milliseconds.

    References
    ----------
    .. [1] E. L. Petersen et al., IEEE Trans. Nucl. Sci. 39, 1577 (1992); J. C. Pickel and J. T. Blandford, IEEE
       Trans. Nucl. Sci. 27, 1006 (1980).
    """
    x, y, z = volume.x_um, volume.y_um, volume.z_um
    diagonal = math.sqrt(x * x + y * y + z * z)
    low, high = math.log(spectrum.let_mev_cm2_mg[0]), math.log(spectrum.let_mev_cm2_mg[-1])
    steps = math.ceil((high - low) / _LOG_STEP)
    step = (high - low) / steps
    edges = low + step * np.arange(steps + 1)
    exceedance = spectrum.exceedance_cm2_day(np.exp(edges))
    exceedance[0], exceedance[-1] = spectrum.integral_cm2_day[0], spectrum.integral_cm2_day[-1]
    particles = np.concatenate([-np.diff(exceedance), [exceedance[-1]]])
    middles = np.concatenate([edges[:-1] + step / 2.0, [edges[-1] + step / 2.0]])
    # Lengths Z·Lc/L from so short that every chord is longer, to the diagonal; Lc = (length / Z)·L is on the same grid.
    shortest = math.log(1e-5 * min(x, y, z) / z)
    count = math.ceil((math.log(diagonal / z) - shortest) / step) + 1
    log_ratio = shortest + step * np.arange(count)
    # In needles and foils rounding makes the last chords a little less probable than not at all.
    longer = np.minimum.accumulate(np.maximum(chord_length_exceedance(z * np.exp(log_ratio), x, y, z), 0.0))
    # Every particle has a chord longer than all lengths below the first one of the grid.
    folded = np.convolve(particles, longer)
    below = np.concatenate([np.cumsum(particles[::-1])[::-1][1:], np.zeros(count)])
    surface = 2.0 * (x * y + y * z + z * x)
    flux = surface / (4.0 * x * y) * (folded + below[: folded.size])
    log_critical = middles[0] + shortest + step * np.arange(folded.size)
    flat = flux > flux[0] * (1.0 - _NEGLIGIBLE)
    first = max(int(np.count_nonzero(flat)) - 1, 0)
    return EffectiveFlux(np.exp(log_critical[first:]), flux[first:])


def isotropic_flux(spectrum: LetSpectrum) -> EffectiveFlux:
    """Effective flux of an effect whose cross section does not depend on direction.

    For latch-up and other effects per device, whose volume is not known: J(Lc) is the integral flux over 4π. A thin
    layer sees half of that at normal-incidence LET and more at effective LET; the truth lies between.
    """
    return EffectiveFlux(spectrum.let_mev_cm2_mg, spectrum.integral_cm2_day)


def thin_layer_flux(spectrum: LetSpectrum, smallest_cosine: float = 0.0, *, effective: bool = True) -> EffectiveFlux:
    """Effective flux of a thin layer, whose cross section falls with the cosine of the angle of incidence.

    Parameters
    ----------
    spectrum : LetSpectrum
        Omnidirectional LET spectrum.
    smallest_cosine : float
        Cosine of the steepest angle that counts, 0 to 1, exclusive.
    effective : bool
        Whether an ion at an angle counts with its effective LET, L/cos θ; otherwise with its LET.

    Returns
    -------
    EffectiveFlux

    Notes
    -----
    J(Lc) = ∫ I(Lc μ) μ dμ over the cosines μ from `smallest_cosine` to 1 [1]_, with I the integral flux over 4π, or
    I(Lc) ∫ μ dμ. I is taken as constant below its lowest LET, so that grazing ions are as many as there are.

    References
    ----------
    .. [1] D. Binder, IEEE Trans. Nucl. Sci. 35, 1570 (1988), called the effective flux.
    """
    if not 0 <= smallest_cosine < 1:
        raise ConfigurationError(f"smallest cosine: got {smallest_cosine!r}", remedy="give 0 or more, below 1.")
    let = spectrum.let_mev_cm2_mg
    if not effective:
        return EffectiveFlux(let, spectrum.integral_cm2_day * (1.0 - smallest_cosine**2) / 2.0)
    lowest = max(smallest_cosine, 1e-4)
    edges = np.geomspace(lowest, 1.0, 1 + math.ceil(-math.log(lowest) / 0.02))
    middle, weight = np.sqrt(edges[1:] * edges[:-1]), np.diff(edges**2) / 2.0
    critical = np.geomspace(let[0], let[-1] / lowest, 1500)
    at = critical[:, None] * middle
    integral = spectrum.exceedance_cm2_day(np.clip(at, let[0], let[-1]))
    return EffectiveFlux(critical, np.where(at <= let[-1], integral, 0.0) @ weight)


def upset_rates(
    sigma_sat_cm2: ArrayLike, let0: ArrayLike, width: ArrayLike, shape: ArrayLike, flux: EffectiveFlux
) -> Array:
    """Upset rates for many Weibull cross sections in one environment.

    Parameters
    ----------
    sigma_sat_cm2, let0, width, shape : array_like, shapes that broadcast to (...)
        Weibull parameters: cm² (per bit or per device), MeV·cm²/mg, MeV·cm²/mg, 1.
    flux : EffectiveFlux
        From `effective_flux` or `isotropic_flux`.

    Returns
    -------
    ndarray, shape (...)
        Upsets per day (per bit or per device, as σ_sat).

    Notes
    -----
    R = σ_sat ∫ J(Lc) dF_W(Lc) = −σ_sat ∫ F_W dJ, by the trapezoidal rule on the grid of `flux`.
    """
    columns = [np.asarray(value, dtype=np.float64)[..., None] for value in (let0, width, shape)]
    fraction = weibull_fraction(flux.critical_let_mev_cm2_mg, *columns)
    return np.asarray(np.asarray(sigma_sat_cm2) * (fraction @ flux.weight_cm2_day))


def upset_rate(weibull: Weibull, flux: EffectiveFlux) -> float:
    """Return the upset rate of one Weibull cross section, per day (per bit or per device, as σ_sat)."""
    return float(
        upset_rates(weibull.sigma_sat_cm2, weibull.let0_mev_cm2_mg, weibull.width_mev_cm2_mg, weibull.shape, flux)
    )
