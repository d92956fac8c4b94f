"""Upset rates in time along an orbit: where upsets happen, and how many inside the proton belt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.belt_passes import BELT_PROTON_MEV, BeltPass, belt_passes
from radtest.analysis.device_configuration import DeviceConfiguration
from radtest.analysis.device_rate import device_rates
from radtest.analysis.environment import InsideEnvironment, environment_of_protons, environment_through
from radtest.analysis.environment_along_orbit import EarthGrid, earth_grid, map_altitude_km, moving_track
from radtest.analysis.geomagnetic import GeomagneticFilter, geomagnetic_filters
from radtest.analysis.orbit_configuration import OrbitConfiguration
from radtest.analysis.orbit_track import OrbitTrack
from radtest.analysis.rate_environment import RateEnvironment
from radtest.analysis.trapped import TRAPPED_PROTON_MEV, trapped_proton_flux, trapped_series

__all__ = ["PlacesRates", "RateAlongOrbit", "RateMap", "RateResponse", "rate_along_orbit", "rate_map"]

Array = NDArray[np.float64]
# Cutoffs at which rates are computed; between them they are drawn straight in the logarithm of (P + 0.05 GV).
_CUTOFFS_GV: Array = np.concatenate([[0.0], np.geomspace(0.05, 60.0, 18)])
_KNOTS_MEV: Array = np.geomspace(5.0, 700.0, 24)


@dataclass(frozen=True, slots=True, eq=False)
class RateAlongOrbit:
    """Rates of a device at each place of a path: upsets of one bit, or its first effect where it has no upsets.

    Parameters
    ----------
    track : OrbitTrack
        The path.
    direct_per_day : ndarray, shape (n,)
        By direct ionisation of all particles.
    proton_per_day : ndarray, shape (n,)
        By nuclear reactions of all protons; zeros without a cross section.
    trapped_per_day : ndarray, shape (n,)
        What of both trapped protons make.
    belt_flux_cm2_s : ndarray, shape (n,)
        Trapped protons above `BELT_PROTON_MEV` outside; zeros without ``[trapped]``.
    passes : tuple of BeltPass
        Passes through the belt, by that flux.
    per : str
        What the rates are of: ``bit`` or ``device``.
    """

    track: OrbitTrack
    direct_per_day: Array
    proton_per_day: Array
    trapped_per_day: Array
    belt_flux_cm2_s: Array
    passes: tuple[BeltPass, ...]
    per: str = "bit"

    @property
    def total_per_day(self) -> Array:
        """Both kinds together, shape (n,)."""
        return self.direct_per_day + self.proton_per_day

    @property
    def per_day(self) -> float:
        """Mean over the path, per day."""
        return float(np.mean(self.total_per_day))

    @property
    def per_orbit(self) -> float:
        """Mean per turn."""
        return self.per_day * self.track.period_s / 86400.0

    @property
    def worst_orbit(self) -> float:
        """Upsets in the worst turn of the path."""
        count = max(round(self.track.period_s / self.track.step_s), 1)
        total = np.cumsum(np.concatenate([[0.0], self.total_per_day])) * self.track.step_s / 86400.0
        if count >= total.size:
            return self.per_orbit
        return float(np.max(total[count:] - total[:-count])) * self.track.period_s / (count * self.track.step_s)

    @property
    def share_inside_passes(self) -> float:
        """Share of the upsets that happen inside the passes."""
        whole = float(np.sum(self.total_per_day))
        return float(np.sum(self.total_per_day[self.inside])) / whole if whole > 0 else 0.0

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which places lie inside a pass, shape (n,)."""
        time = self.track.time_s
        inside = np.zeros(time.size, dtype=np.bool_)
        for each in self.passes:
            inside |= (time >= each.start_s) & (time <= each.end_s)
        return inside


@dataclass(frozen=True, slots=True, eq=False)
class RateMap:
    """Rates of a device over the Earth at one altitude, as in `RateAlongOrbit`.

    Parameters
    ----------
    grid : EarthGrid
        The places.
    direct_per_day, proton_per_day, trapped_per_day : ndarray, shape (p, q)
        As in `RateAlongOrbit`, by latitude and longitude.
    """

    grid: EarthGrid
    direct_per_day: Array
    proton_per_day: Array
    trapped_per_day: Array

    @property
    def total_per_day(self) -> Array:
        """Both kinds together, shape (p, q)."""
        return self.direct_per_day + self.proton_per_day


@dataclass(frozen=True, slots=True, eq=False)
class PlacesRates:
    """Rates of a device at places, each of shape (n,), as in `RateAlongOrbit`."""

    direct_per_day: Array
    proton_per_day: Array
    trapped_per_day: Array
    belt_flux_cm2_s: Array


class RateResponse:
    """How a device answers to particles outside its shield: computed once, then a place costs microseconds.

    Parameters
    ----------
    device : DeviceConfiguration
        The device file.
    folder : Path
        Where its relative paths start.
    configuration : OrbitConfiguration
        The orbit file.

    Attributes
    ----------
    per : str
        What the rates are of: ``bit`` or ``device``.

    Raises
    ------
    ToolMissingError
        If pycatima is not installed.

    Notes
    -----
    Rates are linear in the flux. What galactic and solar particles make is computed at 19 sharp cutoffs and then
    averaged, place by place, over the cutoffs of the open directions. What trapped protons make is the sum over 24
    knots in energy of the rate that one triangle of the spectrum makes, times the flux there.
    """

    def __init__(self, device: DeviceConfiguration, folder: Path, configuration: OrbitConfiguration) -> None:
        self._configuration = configuration
        self.per = "bit" if device.effect == "seu" and (device.heavy_ion or device.proton) else "device"
        self._at_cutoffs: Array | None = None
        self._at_knots: Array | None = None
        model = configuration.orbit.cutoff_model
        if configuration.gcr is not None or configuration.solar is not None:
            sharp = [GeomagneticFilter(np.array([cutoff]), np.array([0.0, 1.0])) for cutoff in _CUTOFFS_GV]
            fields = [None] if model is None else sharp
            self._at_cutoffs = _rates(device, folder, [environment_through(configuration, field) for field in fields]).T
        if configuration.trapped is not None:
            middle = np.sqrt(TRAPPED_PROTON_MEV[1:] * TRAPPED_PROTON_MEV[:-1])
            grid = np.unique(np.concatenate([_KNOTS_MEV, middle]))
            triangles = [np.interp(np.log(grid), np.log(_KNOTS_MEV), row) for row in np.eye(_KNOTS_MEV.size)]
            beyond = (grid < _KNOTS_MEV[0]) | (grid > _KNOTS_MEV[-1])
            knots = [environment_of_protons(configuration, grid, np.where(beyond, 0.0, flux)) for flux in triangles]
            self._at_knots = _rates(device, folder, knots)

    def at(self, place_km: Array) -> PlacesRates:
        """Return the rates at places around the Earth.

        Parameters
        ----------
        place_km : ndarray, shape (n, 3)
            Places in coordinates that turn with the Earth, km.

        Raises
        ------
        ToolMissingError
            If trapped protons are asked for and aep8 is not installed.
        """
        parts, trapped, belt = np.zeros((2, len(place_km))), np.zeros((2, len(place_km))), np.zeros(len(place_km))
        orbit, protons = self._configuration.orbit, self._configuration.trapped
        if self._at_cutoffs is not None and orbit.cutoff_model is None:
            parts += self._at_cutoffs
        elif self._at_cutoffs is not None and orbit.cutoff_model is not None:
            cutoff, weight = geomagnetic_filters(place_km, model=orbit.cutoff_model, storm=orbit.storm)
            scale, at = np.log(_CUTOFFS_GV + _CUTOFFS_GV[1]), np.log(cutoff + _CUTOFFS_GV[1])
            parts += np.array([np.sum(np.interp(at, scale, rates) * weight, axis=1) for rates in self._at_cutoffs])
        if self._at_knots is not None and protons is not None:
            energy = np.concatenate([[BELT_PROTON_MEV], TRAPPED_PROTON_MEV])
            integral = trapped_series("proton", protons.solar, place_km, energy, drift_to_year=protons.drift_to_year)
            belt = integral[:, 0]
            middle, flux = trapped_proton_flux(integral[:, 1:])
            trapped = (np.array([np.interp(_KNOTS_MEV, middle, row) for row in flux]) @ self._at_knots).T
        parts += trapped
        return PlacesRates(parts[0], parts[1], trapped.sum(axis=0), belt)


def rate_along_orbit(
    device: DeviceConfiguration,
    folder: Path,
    configuration: OrbitConfiguration,
    *,
    response: RateResponse | None = None,
) -> RateAlongOrbit:
    """Compute the rate of a device at each place of an orbit's path.

    Parameters
    ----------
    device : DeviceConfiguration
        The device file.
    folder : Path
        Where its relative paths start.
    configuration : OrbitConfiguration
        The orbit file; ``days`` and ``step_s`` of ``[orbit]`` set the path.
    response : RateResponse, optional
        Of these three, where it is known already.

    Returns
    -------
    RateAlongOrbit
        Its mean is that of `device_rate` in `inside_environment` to some per cent: the knots of `RateResponse` are
        coarser than the grids there.

    Raises
    ------
    ConfigurationError
        If nothing changes along the path.
    ToolMissingError
        If pycatima is not installed, or aep8 where trapped protons are asked for.
    """
    track = moving_track(configuration)
    response = response or RateResponse(device, folder, configuration)
    rates = response.at(track.place_km)
    belt = rates.belt_flux_cm2_s
    return RateAlongOrbit(
        track,
        rates.direct_per_day,
        rates.proton_per_day,
        rates.trapped_per_day,
        belt,
        belt_passes(track, belt),
        response.per,
    )


def rate_map(
    device: DeviceConfiguration,
    folder: Path,
    configuration: OrbitConfiguration,
    *,
    response: RateResponse | None = None,
    step_deg: float = 4.0,
) -> RateMap | None:
    """Compute the rate of a device over the Earth at the altitude of an orbit.

    Parameters
    ----------
    device, folder, configuration, response
        As of `rate_along_orbit`.
    step_deg : float
        Step in latitude and longitude.

    Returns
    -------
    RateMap or None
        None where the altitude changes by more than `SAME_ALTITUDE_KM` along the path.
    """
    altitude = map_altitude_km(moving_track(configuration))
    if altitude is None:
        return None
    grid = earth_grid(altitude, step_deg)
    rates = (response or RateResponse(device, folder, configuration)).at(grid.place_km)
    shape = grid.latitude_deg.size, grid.longitude_deg.size
    return RateMap(
        grid,
        rates.direct_per_day.reshape(shape),
        rates.proton_per_day.reshape(shape),
        rates.trapped_per_day.reshape(shape),
    )


def _rates(device: DeviceConfiguration, folder: Path, environments: Sequence[InsideEnvironment]) -> Array:
    """Return direct and proton rates in each environment, best values, shape (m, 2)."""
    each = (
        RateEnvironment(inside.let_spectrum, (inside.proton_energy_mev, inside.proton_flux_cm2_s_mev))
        for inside in environments
    )
    rates = []
    for found in device_rates(device, folder, each, draws=100):
        rate = found.upset if found.upset is not None else next(iter(found.effects.values()))
        rates.append([0.0 if part is None else part.value for part in (rate.direct, rate.proton)])
    return np.array(rates)
