"""The particles that reach a device in orbit, behind its shield."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.galactic import HIGHEST_GALACTIC_Z, galactic_flux
from radtest.analysis.shielding import TRANSPORT_ENERGY_MEV_U, let_spectrum_inside, transmitted_flux
from radtest.analysis.spectrum import LetSpectrum
from radtest.core.errors import ConfigurationError

if TYPE_CHECKING:
    from radtest.analysis.orbit_configuration import OrbitConfiguration

__all__ = ["InsideEnvironment", "inside_environment"]

Array = NDArray[np.float64]
_SPHERE_PER_CM2 = 4.0 * np.pi * 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class InsideEnvironment:
    """What reaches a device behind its shield, averaged along its orbit.

    Parameters
    ----------
    let_spectrum : LetSpectrum
        Ions, protons included, by LET in silicon.
    proton_energy_mev : ndarray, shape (n,)
        Energies, MeV, rising.
    proton_flux_cm2_s_mev : ndarray, shape (n,)
        Protons from all directions, cm⁻² s⁻¹ MeV⁻¹.
    notes : tuple of str
        What is in it, and what is not.
    """

    let_spectrum: LetSpectrum
    proton_energy_mev: Array
    proton_flux_cm2_s_mev: Array
    notes: tuple[str, ...]


def inside_environment(configuration: OrbitConfiguration) -> InsideEnvironment:
    """Compute the environment of an orbit file.

    Parameters
    ----------
    configuration : OrbitConfiguration
        The orbit file.

    Returns
    -------
    InsideEnvironment

    Raises
    ------
    ConfigurationError
        If a part of it is not computed yet, or outside its model.
    ToolMissingError
        If pycatima is not installed.
    """
    if configuration.orbit.kind is None:
        raise ConfigurationError(
            "orbit: altitudes and tle are not computed yet", remedy='give kind = "geo" or kind = "interplanetary".'
        )
    if configuration.solar is not None or configuration.trapped is not None:
        raise ConfigurationError("[solar], [trapped]: not computed yet", remedy="give [gcr] alone.")
    thickness = configuration.shielding.thickness_g_cm2
    notes = [
        f"behind {thickness:.4g} g/cm² of aluminium in all directions: slowing down and nuclear loss, "
        "no fragments, no secondaries"
    ]
    fluxes = {number: np.zeros_like(TRANSPORT_ENERGY_MEV_U) for number in range(1, HIGHEST_GALACTIC_Z + 1)}
    if configuration.gcr is not None:
        modulation = configuration.gcr.modulation
        notes.append(f"galactic cosmic rays Z 1 to {HIGHEST_GALACTIC_Z}, DLR model, W = {modulation:g}")
        for number in fluxes:
            fluxes[number] += transmitted_flux(
                number, lambda energy, number=number: galactic_flux(number, energy, modulation), {thickness: 1.0}
            )
    description = "; ".join(notes)
    return InsideEnvironment(
        let_spectrum_inside(fluxes, description),
        TRANSPORT_ENERGY_MEV_U,
        fluxes[1] * _SPHERE_PER_CM2,
        tuple(notes),
    )
