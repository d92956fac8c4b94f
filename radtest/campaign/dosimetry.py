"""From counts of a dosimeter to the fluence at the die, with its uncertainty.

Counts are corrected for dead time, multiplied by the calibration, carried from the dosimeter to the device (distance,
tilt), each step with its own uncertainty (one standard deviation); independent contributions add in quadrature.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from scipy.special import lambertw

from radtest.core import ConfigurationError, InstrumentError

__all__ = [
    "Calibration",
    "DeadTime",
    "DeadTimeModel",
    "Fluence",
    "Geometry",
    "fluence_at_die",
    "manual_fluence",
]


_NEAR = 1e-9


@dataclass(frozen=True, slots=True)
class Fluence:
    """A fluence and how well it is known.

    Parameters
    ----------
    fluence_cm2 : float
        Fluence, cm⁻².
    sigma_cm2 : float
        One standard deviation, cm⁻².
    source : str
        Where it comes from.
    """

    fluence_cm2: float
    sigma_cm2: float
    source: str = ""

    def __post_init__(self) -> None:
        for name in ("fluence_cm2", "sigma_cm2"):
            value = getattr(self, name)
            if not 0 <= value < math.inf:
                raise ConfigurationError(f"{name} = {value}: legal is a finite number from 0 up, cm⁻²")

    @property
    def relative(self) -> float:
        """Relative standard deviation; NaN for no fluence."""
        return self.sigma_cm2 / self.fluence_cm2 if self.fluence_cm2 else math.nan


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a count stands for.

    Parameters
    ----------
    per_count_cm2 : float
        Fluence of one count, cm⁻².
    relative_sigma : float
        Relative standard deviation of that factor.
    source : str
        Certificate, facility or measurement it comes from, with its date.
    """

    per_count_cm2: float
    relative_sigma: float
    source: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.per_count_cm2 < math.inf:
            raise ConfigurationError(f"calibration of {self.per_count_cm2} cm⁻² per count: legal is above 0")
        if not 0 <= self.relative_sigma < 1:
            raise ConfigurationError(f"relative uncertainty {self.relative_sigma} of the calibration: legal is 0 to 1")


class DeadTimeModel(StrEnum):
    """How a counter behaves while it is busy."""

    NON_PARALYSABLE = "non_paralysable"
    """A pulse during the dead time is lost and changes nothing."""
    PARALYSABLE = "paralysable"
    """A pulse during the dead time is lost and starts it anew."""


@dataclass(frozen=True, slots=True)
class DeadTime:
    """Dead time of a counter.

    Parameters
    ----------
    tau_s : float
        Dead time after each pulse, s.
    model : DeadTimeModel
        How the counter behaves.
    sigma_s : float
        Standard deviation of `tau_s`, s.
    """

    tau_s: float
    model: DeadTimeModel = DeadTimeModel.NON_PARALYSABLE
    sigma_s: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.tau_s < math.inf and 0 <= self.sigma_s < math.inf):
            raise ConfigurationError(f"dead time {self.tau_s} ± {self.sigma_s} s: legal is 0 and up")

    def true_rate_hz(self, measured_hz: float) -> float:
        """Return the rate of pulses that leads to a measured rate.

        Raises
        ------
        InstrumentError
            If the counter is saturated: no true rate, or infinitely many pulses, would lead to that rate.

        Notes
        -----
        With the true rate n, the measured rate m and the dead time τ [1]_:

        - non-paralysable: m = n / (1 + nτ), so n = m / (1 − mτ), for mτ < 1;
        - paralysable: m = n exp(−nτ), so n = −W₀(−mτ) / τ with the principal branch of Lambert's function, for
          mτ < 1/e. The second solution, n above 1/τ, belongs to a counter driven beyond its maximum: whoever cannot
          exclude it (by a second dosimeter, by the current of the beam) must not use a paralysable counter there.

        References
        ----------
        .. [1] G. F. Knoll, Radiation Detection and Measurement, chapter on general properties of detectors, section on
           dead time: models of dead time behaviour.
        """
        if not 0 <= measured_hz < math.inf:
            raise InstrumentError(f"a measured rate of {measured_hz} counts/s: legal is 0 and up")
        busy = measured_hz * self.tau_s
        highest = 1.0 if self.model is DeadTimeModel.NON_PARALYSABLE else math.exp(-1.0)
        if busy >= highest * (1.0 - _NEAR):
            raise InstrumentError(
                f"the counter is saturated: {measured_hz:g} counts/s with a dead time of {self.tau_s:g} s "
                f"({self.model.value}); measurable are rates below {highest / self.tau_s:g} counts/s",
                remedy="lower the flux, or use a dosimeter that is smaller or further away.",
            )
        if not self.tau_s:
            return measured_hz
        if self.model is DeadTimeModel.NON_PARALYSABLE:
            return measured_hz / (1.0 - busy)
        return float(-lambertw(-busy).real / self.tau_s)

    def true_counts(self, counts: float, time_s: float) -> tuple[float, float]:
        """Return the number of pulses that led to a count in a time with steady flux, and its standard deviation.

        Notes
        -----
        The variance of the count is taken as Poisson's, which overestimates it slightly at high rates, and is carried
        over with dn/dm: 1/(1 − mτ)² or 1/(exp(−nτ)(1 − nτ)); so is that of τ, with dn/dτ = n² or n²/(1 − nτ).
        """
        if not time_s > 0:
            raise InstrumentError(f"{counts:g} counts in {time_s:g} s: legal is a time above 0 s")
        true_hz = self.true_rate_hz(counts / time_s)
        load = true_hz * self.tau_s
        if self.model is DeadTimeModel.NON_PARALYSABLE:
            by_counts, by_tau = (1.0 + load) ** 2, true_hz**2
        else:
            by_counts, by_tau = math.exp(load) / (1.0 - load), true_hz**2 / (1.0 - load)
        sigma = math.hypot(math.sqrt(counts) * by_counts, by_tau * self.sigma_s * time_s)
        return true_hz * time_s, sigma


@dataclass(frozen=True, slots=True)
class Geometry:
    """From the dosimeter to the die.

    Parameters
    ----------
    dosimeter_m, device_m : float
        Distances of dosimeter and device from the (point-like) source, m. Equal where both stand at the same place or
        the beam is parallel.
    device_sigma_m : float
        Standard deviation of the device's distance, m.
    tilt_deg : float
        Angle between the beam and the normal of the die, degrees, from 0 to below 90.
    tilt_sigma_deg : float
        Standard deviation of that angle, degrees.
    """

    dosimeter_m: float = 1.0
    device_m: float = 1.0
    device_sigma_m: float = 0.0
    tilt_deg: float = 0.0
    tilt_sigma_deg: float = 0.0

    def __post_init__(self) -> None:
        if not (0 < self.dosimeter_m < math.inf and 0 < self.device_m < math.inf):
            raise ConfigurationError(f"distances {self.dosimeter_m:g} and {self.device_m:g} m: legal is above 0")
        if not 0 <= self.tilt_deg < 90:
            raise ConfigurationError(f"tilt_deg = {self.tilt_deg:g}: legal is 0 to below 90")
        if min(self.device_sigma_m, self.tilt_sigma_deg) < 0:
            raise ConfigurationError("uncertainties of distance and tilt: legal is 0 and up")

    @property
    def factor(self) -> float:
        """Fluence on the surface of the die over fluence at the dosimeter: (d₀/d)² cos θ."""
        return (self.dosimeter_m / self.device_m) ** 2 * math.cos(math.radians(self.tilt_deg))

    @property
    def relative_sigma(self) -> float:
        """Relative standard deviation of `factor`: 2 σ(d)/d and tan θ σ(θ), in quadrature."""
        tilt = math.tan(math.radians(self.tilt_deg)) * math.radians(self.tilt_sigma_deg)
        return math.hypot(2 * self.device_sigma_m / self.device_m, tilt)


def fluence_at_die(
    counts: float,
    calibration: Calibration,
    *,
    time_s: float | None = None,
    dead_time: DeadTime | None = None,
    geometry: Geometry | None = None,
) -> Fluence:
    """Return the fluence on the surface of the die for the counts of a dosimeter.

    Parameters
    ----------
    counts : float
        Counts of an interval.
    calibration : Calibration
        What a count stands for.
    time_s : float, optional
        Length of the interval, s, for the dead time.
    dead_time : DeadTime, optional
        Dead time of the counter.
    geometry : Geometry, optional
        From the dosimeter to the die.

    Raises
    ------
    ConfigurationError
        If a dead time is given without the length of the interval.
    InstrumentError
        If the counter is saturated or the counts are no number from 0 up.

    Notes
    -----
    Φ = N k g, with σ² / Φ² = σ(N)²/N² + σ(k)²/k² + σ(g)²/g²; σ(N) = √N without dead time. For no counts the fluence is
    0 with the deviation of one count, since none were seen where up to about one may have been expected.
    """
    if not 0 <= counts < math.inf:
        raise InstrumentError(f"{counts} counts: legal is a finite number from 0 up")
    place = geometry or Geometry()
    true, sigma = float(counts), math.sqrt(counts)
    if dead_time is not None:
        if time_s is None:
            raise ConfigurationError("a dead time needs the length of the interval", remedy="give time_s.")
        true, sigma = dead_time.true_counts(counts, time_s)
    scale = calibration.per_count_cm2 * place.factor
    sigma = sigma if counts else 1.0
    common = math.hypot(calibration.relative_sigma, place.relative_sigma)
    return Fluence(true * scale, math.hypot(sigma * scale, true * scale * common), calibration.source)


def manual_fluence(text: str, *, who: str) -> Fluence:
    """Read a fluence as people write it down: ``1.2e7 +- 5%``, ``1.2e7 ± 6e5``, in cm⁻².

    Raises
    ------
    ConfigurationError
        If it is none, or states no uncertainty: a fluence read off a screen is not exact.
    """
    value, sign, uncertainty = text.replace("±", "+-").partition("+-")
    try:
        if not sign:
            raise ValueError("no uncertainty")
        fluence = float(value)
        share = uncertainty.strip().removesuffix("%")
        sigma = float(share) * (fluence / 100 if share != uncertainty.strip() else 1.0)
        if not who.strip():
            raise ValueError("nobody answers for it")
        return Fluence(fluence, sigma, f"entered by {who}")
    except (ValueError, OverflowError) as error:
        raise ConfigurationError(
            f"fluence {text[:60]!r}: {error}; legal is '1.2e7 +- 5%' or '1.2e7 +- 6e5', in cm⁻²"
        ) from None
