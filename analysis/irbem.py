"""AP-8 and AE-8 as IRBEM computes them, in the library that aep8 brings along."""

from __future__ import annotations

import ctypes
import importlib
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from radtest.core.errors import ToolMissingError

__all__ = ["MCILWAIN_MOMENT_GAUSS", "Particle", "Solar", "geomagnetic_coordinates", "integral_flux"]

Array = NDArray[np.float64]
Particle = Literal["proton", "electron"]
Solar = Literal["min", "max"]

_INTERPOLATED_AFTER_DALY = {
    ("electron", "min"): -1,
    ("electron", "max"): -2,
    ("proton", "min"): -3,
    ("proton", "max"): -4,
}
_LOWEST_ELECTRON_SHELL, _HANDED_OUT_FROM = 1.1, 1.2001
MCILWAIN_MOMENT_GAUSS = 0.311653
"""Moment of the dipole by which McIlwain, and the makers of AP-8 and AE-8 after him, defined L and B0, gauss R³."""
_MOMENT_GAUSS = {
    ("electron", "min"): 0.310335247,
    ("electron", "max"): 0.310335247,
    ("proton", "min"): 0.310335247,
    ("proton", "max"): 0.308750970,
}
_HILTON = 1.35047, 0.456376, 0.0475455
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

    Notes
    -----
    L³ B/M = F(I³ B/M), F(x³) = 1 + 1.35047 x + 0.456376 x² + 0.0475455 x³ [1]_ and B0 = M/L³, with McIlwain's moment
    M = 0.311653 gauss R³ [2]_. IRBEM takes this moment for B0 but that of the field (0.3103 in 1960, 0.3088 in 1970)
    for L, which is 0.2 or 0.3 per cent too small for it at low altitude, where the flux falls tenfold within a few per
    cent: its L is computed anew here from its I.

    References
    ----------
    .. [1] H. H. Hilton, J. Geophys. Res. 76, 6952 (1971).
    .. [2] C. E. McIlwain, J. Geophys. Res. 66, 3681 (1961).
    """
    model = _aep8().model(particle=particle[0], solar=solar)
    coordinates: Any = importlib.import_module("astropy.coordinates")
    units: Any = importlib.import_module("astropy.units")
    time: Any = importlib.import_module("astropy.time")
    place = coordinates.EarthLocation.from_geocentric(*(np.asarray(path_km).T * _RADIUS * units.km))
    shell, field = model.geomagnetic_coordinates(place, time.Time("2020-01-01"))
    return _with_moment_of_mcilwain(shell, field, _MOMENT_GAUSS[particle, solar])


def _with_moment_of_mcilwain(shell: Array, field: Array, moment_gauss: float) -> tuple[Array, Array]:
    """Return L and B/B0 with McIlwain's moment where L was computed with the moment of the field."""
    answer = np.array(shell), np.array(field)
    good = np.isfinite(shell) & (shell > 0) & (field > 0)
    strength = field[good] * MCILWAIN_MOMENT_GAUSS / shell[good] ** 3
    root = np.maximum(_hilton_root(shell[good] ** 3 * strength / moment_gauss), 0.0)
    root *= (moment_gauss / MCILWAIN_MOMENT_GAUSS) ** (1.0 / 3.0)
    cubed = MCILWAIN_MOMENT_GAUSS / strength * _hilton(root)
    answer[0][good], answer[1][good] = np.cbrt(cubed), strength * cubed / MCILWAIN_MOMENT_GAUSS
    return answer


def _hilton(root: Array) -> Array:
    """Return L³B/M for x = (I³B/M)^⅓."""
    return np.asarray(1.0 + root * (_HILTON[0] + root * (_HILTON[1] + root * _HILTON[2])))


def _hilton_root(value: Array) -> Array:
    """Invert `_hilton` by Newton's method; below 1, where no I belongs to it, along its tangent."""
    root = (value - 1.0) / _HILTON[0]
    high = value > 1.0
    at, target = root[high], value[high]
    for _ in range(40):
        slope = _HILTON[0] + at * (2.0 * _HILTON[1] + 3.0 * at * _HILTON[2])
        at = at - (_hilton(at) - target) / slope
    root[high] = at
    return np.asarray(root)


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
    The tables of AE-8 begin at L = 1.1. IRBEM hands out none of them below 1.2; these are read one by one.

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
    if particle == "electron":
        low = np.flatnonzero((shell >= _LOWEST_ELECTRON_SHELL) & (shell < _HANDED_OUT_FROM))
        flux[low] = _low_electrons(solar, shell[low], field[low], energy_mev)
    return np.where(np.isfinite(flux) & (flux > 0), flux, 0.0)


def _low_electrons(solar: Solar, shell: Array, field: Array, energy_mev: Array) -> Array:
    """Return the flux of electrons above energies on shells that IRBEM does not hand out, shape (n, m)."""
    library = _library()
    getattr(library, f"init_ae8{solar}_")()
    table = _Table.in_dll(library, f"ele{solar}_")
    whichm, logarithm = ctypes.c_int32(_INTERPOLATED_AFTER_DALY["electron", solar]), ctypes.c_double()
    flux = np.zeros((shell.size, energy_mev.size))
    for place in range(shell.size):
        for at, energy in enumerate(energy_mev):
            numbers = [ctypes.c_double(value) for value in (shell[place], field[place], energy)]
            library.trara_(
                ctypes.byref(table.header),
                ctypes.byref(table.entries),
                *(ctypes.byref(number) for number in numbers),
                ctypes.byref(logarithm),
                ctypes.byref(whichm),
            )
            if logarithm.value <= 0.0:
                break
            flux[place, at] = 10.0**logarithm.value
    return flux


class _Table(ctypes.Structure):
    _fields_ = (("header", ctypes.c_int32 * 8), ("entries", ctypes.c_int32 * 13168))


def _routine() -> Any:
    routine = _library().get_ae8_ap8_flux_
    routine.restype = None
    return routine


@lru_cache(maxsize=1)
def _library() -> Any:
    try:
        library = ctypes.CDLL(importlib.import_module("aep8._irbem").__file__)
        for name in ("get_ae8_ap8_flux_", "trara_", "init_ae8min_", "init_ae8max_"):
            getattr(library, name).restype = None
    except (ImportError, OSError, AttributeError, TypeError) as error:
        _aep8()
        raise ToolMissingError(
            f"this aep8 does not let its library be called: {error}", remedy="pip install 'aep8==1.1.0'"
        ) from None
    return library


def _aep8() -> Any:
    try:
        return importlib.import_module("aep8")
    except ImportError:
        raise ToolMissingError(
            "trapped particles need aep8, which is not installed", remedy="pip install 'radtest[orbit]'"
        ) from None
