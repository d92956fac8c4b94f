"""Trapped protons and electrons: AP-8 and AE-8. The only module that uses aep8, an optional extra."""

from __future__ import annotations

import importlib
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.core.errors import ToolMissingError

__all__ = ["trapped_integral_flux"]

Array = NDArray[np.float64]


def trapped_integral_flux(
    particle: Literal["proton", "electron"], solar: Literal["min", "max"], path_km: Array, energy_mev: ArrayLike
) -> Array:
    """Flux of trapped particles above energies, averaged along a path.

    Parameters
    ----------
    particle : str
        ``proton`` (AP-8) or ``electron`` (AE-8).
    solar : str
        Minimum or maximum of the solar cycle.
    path_km : ndarray, shape (n, 3)
        Places at even times, in coordinates that turn with the Earth, km.
    energy_mev : array_like, shape (m,)
        Energies, MeV.

    Returns
    -------
    ndarray, shape (m,)
        From all directions, cm⁻² s⁻¹.

    Raises
    ------
    ToolMissingError
        If aep8 is not installed.
    """
    try:
        aep8 = importlib.import_module("aep8")
        coordinates: Any = importlib.import_module("astropy.coordinates")
        units: Any = importlib.import_module("astropy.units")
        time: Any = importlib.import_module("astropy.time")
    except ImportError:
        raise ToolMissingError(
            "trapped particles need aep8, which is not installed", remedy="pip install 'radtest[orbit]'"
        ) from None
    model = aep8.model(particle=particle[0], solar=solar)
    place = coordinates.EarthLocation.from_geocentric(*(path_km.T * units.km))
    with np.errstate(invalid="ignore"):
        shell, field = model.geomagnetic_coordinates(place, time.Time("2020-01-01"))
        means = [
            np.mean(model.integral_flux_for_geomagnetic_coordinates(shell, field, energy * units.MeV).value)
            for energy in np.atleast_1d(np.asarray(energy_mev, dtype=np.float64))
        ]
    return np.array(means, dtype=np.float64)
