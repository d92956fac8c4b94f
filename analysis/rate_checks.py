"""Cross-checks of a rate by simpler methods, with where each is not to be believed.

J. Barak, R. A. Reed and K. A. LaBel, IEEE Trans. Nucl. Sci. 46, 1504 (1999), say where the figure of merit fails.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from radtest.analysis.device_configuration import VolumeConfiguration
from radtest.analysis.figure_of_merit import (
    GEOSTATIONARY_COEFFICIENT,
    figure_of_merit,
    limiting_proton_cross_section,
    orbit_coefficients,
)
from radtest.analysis.orbit_configuration import OrbitConfiguration
from radtest.analysis.rate import thin_layer_flux, upset_rate
from radtest.analysis.spectrum import LetSpectrum
from radtest.analysis.weibull import Weibull
from radtest.core.errors import ConfigurationError

__all__ = ["CrossCheck", "cross_checks"]

_SMALL_LET, _LARGE_LET = 1.0, 20.0
_WIDE = 10.0
_FAR = 3.0
_QUIET_W = 40.0
_ALUMINIUM_G_CM3 = 2.699


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """A rate by a simpler method.

    Parameters
    ----------
    name : str
        The method.
    per_day : float
        What it gives, per day, in the unit of the rate it is set against.
    ratio : float or None
        That over the rate; None where the two are not of the same environment or the rate is 0.
    detail : dict of str to float
        What it was computed from.
    warnings : tuple of str
        Why not to believe it here.
    """

    name: str
    per_day: float
    ratio: float | None
    detail: dict[str, float]
    warnings: tuple[str, ...]


def cross_checks(
    weibull: Weibull,
    direct: float,
    proton: float | None,
    volume: VolumeConfiguration | None,
    spectrum: LetSpectrum,
    orbit: OrbitConfiguration | None = None,
) -> list[CrossCheck]:
    """Compute a rate of direct ionisation again by simpler methods.

    Parameters
    ----------
    weibull : Weibull
        Heavy-ion cross section.
    direct, proton : float
        The rates to set against, per day; proton None where there is none.
    volume : VolumeConfiguration or None
        The sensitive volume, if there is one.
    spectrum : LetSpectrum
        The environment.
    orbit : OrbitConfiguration, optional
        The orbit file, for the methods that know orbits.

    Returns
    -------
    list of CrossCheck
        The figure of merit; effective flux in two dimensions; and Petersen's coefficients of the orbit, if it is in
        his table.
    """
    found = [_merit(weibull, direct, orbit), _thin(weibull, direct, volume, spectrum)]
    found.extend(_orbit(weibull, direct, proton, orbit))
    return found


def _doubts(weibull: Weibull) -> list[str]:
    quarter = weibull.let_at_fraction(0.25)
    tenth = max(weibull.let_at_fraction(0.01), 1e-3)
    found = []
    if quarter > _LARGE_LET:
        found.append(
            f"L₀.₂₅ is {quarter:.3g} MeV·cm²/mg: above {_LARGE_LET:g} the flux falls faster than the figure assumes, "
            "and it is too high."
        )
    if quarter < _SMALL_LET:
        found.append(
            f"L₀.₂₅ is {quarter:.3g} MeV·cm²/mg: below {_SMALL_LET:g} the flux rises more slowly than the figure "
            "assumes, and it is too high."
        )
    if quarter > _WIDE * tenth:
        found.append(
            f"the Weibull is wide: a hundredth of the saturation at {tenth:.2g}, a quarter at {quarter:.3g} "
            "MeV·cm²/mg; one LET cannot stand for it, and the figure fails by factors."
        )
    return found


def _merit(weibull: Weibull, direct: float, orbit: OrbitConfiguration | None) -> CrossCheck:
    merit = figure_of_merit(weibull)
    per_day = GEOSTATIONARY_COEFFICIENT * merit
    doubts = _doubts(weibull)
    same = (
        orbit is not None
        and orbit.orbit.kind is not None
        and orbit.solar is None
        and orbit.gcr is not None
        and orbit.gcr.modulation <= _QUIET_W
    )
    if not same:
        doubts.append("it is for geostationary orbit at solar minimum: no ratio to this environment is given.")
    detail = {
        "figure_of_merit": merit,
        "let_quarter_mev_cm2_mg": weibull.let_at_fraction(0.25),
        "coefficient": GEOSTATIONARY_COEFFICIENT,
    }
    return _check("figure_of_merit_geo", per_day, direct if same else None, detail, doubts)


def _thin(weibull: Weibull, direct: float, volume: VolumeConfiguration | None, spectrum: LetSpectrum) -> CrossCheck:
    cosine = 0.0
    if volume is not None:
        depth2 = volume.z_um**2
        cosine = math.sqrt(depth2 / (depth2 + volume.x_um * volume.y_um))
    per_day = upset_rate(weibull, thin_layer_flux(spectrum, cosine))
    doubts = ["a thin layer: no ions through the sides."]
    if volume is not None and volume.z_um > 0.5 * math.sqrt(volume.x_um * volume.y_um):
        doubts.append("the volume is not thin: the method is not made for it.")
    return _check("effective_flux_2d", per_day, direct, {"smallest_cosine": cosine}, doubts)


def _orbit(weibull: Weibull, direct: float, proton: float | None, orbit: OrbitConfiguration | None) -> list[CrossCheck]:
    if orbit is None or orbit.orbit.altitude_km is None or orbit.orbit.inclination_deg is None:
        return []
    try:
        aluminium_mm = orbit.shielding.thickness_g_cm2 / _ALUMINIUM_G_CM3 * 10.0
        ions, protons = orbit_coefficients(orbit.orbit.altitude_km, orbit.orbit.inclination_deg, aluminium_mm)
    except ConfigurationError:
        return []
    merit = figure_of_merit(weibull)
    doubts = _doubts(weibull)
    if orbit.solar is not None:
        doubts.append("it knows no solar events.")
    if orbit.gcr is None or orbit.gcr.modulation > _QUIET_W:
        doubts.append("it is for solar minimum.")
    found = [
        _check("figure_of_merit_orbit", ions * merit, None if orbit.solar else direct, {"coefficient": ions}, doubts)
    ]
    if orbit.trapped is not None:
        four = (weibull.sigma_sat_cm2, weibull.let0_mev_cm2_mg, weibull.width_mev_cm2_mg, weibull.shape)
        detail = {"coefficient": protons, "limiting_cross_section_cm2": float(limiting_proton_cross_section(*four))}
        against = None if orbit.solar else proton
        found.append(_check("figure_of_merit_orbit_protons", protons * merit, against, detail, doubts))
    return found


def _check(name: str, per_day: float, against: float | None, detail: dict[str, float], doubts: list[str]) -> CrossCheck:
    ratio = per_day / against if against else None
    warnings = [*doubts]
    if ratio is not None and not 1 / _FAR <= ratio <= _FAR:
        warnings.append(f"it is {ratio:.2g} times the rate: find out why before you believe either.")
    return CrossCheck(name, per_day, ratio, detail, tuple(warnings))
