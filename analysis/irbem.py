"""AP-8 and AE-8 as IRBEM computes them, in the library that aep8 brings along."""

from __future__ import annotations

import ctypes
import importlib
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from radtest.core.errors import ToolMissingError

__all__ = ["Particle", "Solar", "geomagnetic_coordinates", "integral_flux"]

Array = NDArray[np.float64]
Particle = Literal["proton", "electron"]
Solar = Literal["min", "max"]

_INTERPOLATED_AFTER_DALY = {
    ("electron", "min"): -1,
    ("electron", "max"): -2,
    ("proton", "min"): -3,
    ("proton", "max"): -4,
}
_INTEGRAL = 3
_MOST_ENERGIES = 25
_MOST_PLACES = 100_000
# IRBEM counts in radii of 6371.2 km, aep8 gives it places in radii of 6378.1 km: without this they lie 8 km too low.
_RADIUS = 6378.1 / 6371.2


def geomagnetic_coordinates(particle: Particle, solar: Solar, path_km: Array) -> tuple[Array, Array]:
    """Return McIlwain's L and B/B0 in the field in which a model was made.

    Parameters
    ----------
    particle, solar : str
        The model.
    path_km : ndarray, shape (n, 3)
        Places in coordinates that turn with the Earth, km.

    Returns
    -------
    shell, field : ndarray, shape (n,)
        NaN or 0 and below where there is no L.

    Raises
    ------
    ToolMissingError
        If aep8 is not installed.
    """
    model = _aep8().model(particle=particle[0], solar=solar)
    coordinates: Any = importlib.import_module("astropy.coordinates")
    units: Any = importlib.import_module("astropy.units")
    time: Any = importlib.import_module("astropy.time")
    place = coordinates.EarthLocation.from_geocentric(*(np.asarray(path_km).T * _RADIUS * units.km))
    shell, field = model.geomagnetic_coordinates(place, time.Time("2020-01-01"))
    return shell, field


def integral_flux(particle: Particle, solar: Solar, shell: Array, field: Array, energy_mev: Array) -> Array:
    """Return the flux above energies at places of the field, cm⁻² s⁻¹, shape (n, m); 0 where the model has none.

    Parameters
    ----------
    particle, solar : str
        The model.
    shell, field : ndarray, shape (n,)
        L and B/B0.
    energy_mev : ndarray, shape (m,)
        Energies within the model, MeV.

    Raises
    ------
    ToolMissingError
        If aep8 is not installed, or is one whose library cannot be called.

    Notes
    -----
    At low altitudes, where the flux falls steeply towards the atmosphere, the tables are interpolated in
    φ = arcsin((B − B0)/(Bmax − B0)) [1]_, as SPENVIS does, and not in B/B0, which gives up to a fifth less there.

    References
    ----------
    .. [1] E. J. Daly, J. Lemaire, D. Heynderickx and D. J. Rodgers, IEEE Trans. Nucl. Sci. 43, 403 (1996).
    """
    routine = _routine()
    whichm = ctypes.c_int32(_INTERPOLATED_AFTER_DALY[particle, solar])
    flux = np.zeros((shell.size, energy_mev.size))
    answers = np.zeros((_MOST_PLACES, _MOST_ENERGIES), order="F")
    for first in range(0, shell.size, _MOST_PLACES):
        at = slice(first, min(first + _MOST_PLACES, shell.size))
        places = [np.ascontiguousarray(values[at], dtype=np.float64) for values in (field, shell)]
        for begin in range(0, energy_mev.size, _MOST_ENERGIES):
            wanted = energy_mev[begin : begin + _MOST_ENERGIES]
            energies = np.zeros((2, _MOST_ENERGIES), order="F")
            energies[:, : wanted.size] = wanted
            numbers = (
                ctypes.c_int32(at.stop - at.start),
                whichm,
                ctypes.c_int32(_INTEGRAL),
                ctypes.c_int32(wanted.size),
            )
            arrays = [array.ctypes.data_as(ctypes.c_void_p) for array in (energies, *places, answers)]
            routine(*(ctypes.byref(number) for number in numbers), *arrays)
            flux[at, begin : begin + wanted.size] = answers[: at.stop - at.start, : wanted.size]
    return np.where(np.isfinite(flux) & (flux > 0), flux, 0.0)


@lru_cache(maxsize=1)
def _routine() -> Any:
    try:
        library = ctypes.CDLL(importlib.import_module("aep8._irbem").__file__)
        routine = library.get_ae8_ap8_flux_
    except (ImportError, OSError, AttributeError, TypeError) as error:
        _aep8()
        raise ToolMissingError(
            f"this aep8 does not let its library be called: {error}", remedy="pip install 'aep8==1.1.0'"
        ) from None
    routine.restype = None
    return routine


def _aep8() -> Any:
    try:
        return importlib.import_module("aep8")
    except ImportError:
        raise ToolMissingError(
            "trapped particles need aep8, which is not installed", remedy="pip install 'radtest[orbit]'"
        ) from None
