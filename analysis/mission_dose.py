"""Dose of a mission: what an orbit file's belts and sun leave in a part behind aluminium, against depth."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.dose import DOSE_DEPTH_G_CM2, Geometry, electron_dose_rad, proton_dose_rad
from radtest.analysis.dose_margin import DoseMargin, dose_margin
from radtest.analysis.environment import orbit_filter
from radtest.analysis.esp import ESP_ENERGY_MEV, esp_solar_proton_fluence, esp_validity, solar_active_years
from radtest.analysis.fluence import Fluence, falling_fluence
from radtest.analysis.galactic import rigidity_gv
from radtest.analysis.material import MATERIALS
from radtest.analysis.niel import NEUTRON_1_MEV_NIEL, electron_tnid_mev_g, niel_mev_cm2_g, proton_tnid_mev_g
from radtest.analysis.orbit_track import orbit_track
from radtest.analysis.trapped import TRAPPED_PROTON_MEV, trapped_integral_flux
from radtest.core.errors import ConfigurationError

if TYPE_CHECKING:
    from radtest.analysis.mission_configuration import MissionConfiguration, PartConfiguration
    from radtest.analysis.orbit_configuration import OrbitConfiguration
    from radtest.analysis.shielding_configuration import ShieldingConfiguration

__all__ = ["CURVE_MM", "DoseCurve", "MissionDose", "mission_dose"]

Array = NDArray[np.float64]
CURVE_MM: Array = np.array(
    [.05, .1, .2, .3, .4, .5, .6, .8, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20]
)  # fmt: skip
"""Thicknesses of aluminium of a dose-depth curve, mm: those of SPENVIS."""
CURVE_MM.setflags(write=False)
_YEAR_S = 365.25 * 86400.0
_TRAPPED_ELECTRON_MEV: Array = np.concatenate(
    [np.geomspace(0.05, 0.5, 12)[:-1], np.arange(0.5, 5.0, 0.25), np.arange(5.0, 6.99, 0.4)]
)
_MM_G_CM2 = MATERIALS["Al"].density_g_cm3 / 10.0
_HIGHEST_SOLAR_MEV = 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class DoseCurve:
    """Doses in silicon behind thicknesses of aluminium, all arrays of shape (n,).

    Parameters
    ----------
    aluminium_mm : ndarray
        Thicknesses, mm.
    trapped_protons, trapped_electrons, bremsstrahlung, solar_protons : ndarray
        Ionising dose by source, rad(Si).
    proton_tnid, electron_tnid : ndarray
        Non-ionising dose of protons of both sources and of trapped electrons, MeV/g.
    """

    aluminium_mm: Array
    trapped_protons: Array
    trapped_electrons: Array
    bremsstrahlung: Array
    solar_protons: Array
    proton_tnid: Array
    electron_tnid: Array

    @property
    def total(self) -> Array:
        """Ionising dose of all sources, rad(Si)."""
        return self.trapped_protons + self.trapped_electrons + self.bremsstrahlung + self.solar_protons

    @property
    def tnid(self) -> Array:
        """Non-ionising dose of all sources, MeV/g."""
        return self.proton_tnid + self.electron_tnid


@dataclass(frozen=True, slots=True, eq=False)
class MissionDose:
    """Dose of a mission.

    Parameters
    ----------
    years : float
        Its duration.
    geometry : str
        Where the part is in the aluminium, one of `GEOMETRIES`.
    at_part : DoseCurve
        One row: behind the shield of the orbit file; `aluminium_mm` is the mean over the directions.
    curve : DoseCurve
        Against depth, at `CURVE_MM`.
    margin : DoseMargin or None
        Of the orbit file's part.
    notes : tuple of str
        What is in it, and what is not.
    """

    years: float
    geometry: Geometry
    at_part: DoseCurve
    curve: DoseCurve
    margin: DoseMargin | None
    notes: tuple[str, ...]

    @property
    def tid_rad(self) -> float:
        """Ionising dose at the part, rad(Si)."""
        return float(self.at_part.total[0])

    @property
    def tnid_mev_g(self) -> float:
        """Non-ionising dose at the part, MeV/g."""
        return float(self.at_part.tnid[0])

    def equivalent_protons_cm2(self, energy_mev: float) -> float:
        """Return the fluence of protons of one energy with the same non-ionising dose, cm⁻²."""
        return self.tnid_mev_g / float(niel_mev_cm2_g("proton", energy_mev))

    @property
    def equivalent_neutrons_cm2(self) -> float:
        """Fluence of neutrons of 1 MeV with the same non-ionising dose, cm⁻²."""
        return self.tnid_mev_g / NEUTRON_1_MEV_NIEL


def mission_dose(configuration: OrbitConfiguration, geometry: Geometry = "solid_sphere") -> MissionDose:
    """Compute the dose of the mission of an orbit file.

    Parameters
    ----------
    configuration : OrbitConfiguration
        The orbit file, with [mission].
    geometry : str
        Where the part is in the aluminium, one of `GEOMETRIES`.

    Returns
    -------
    MissionDose

    Raises
    ------
    ConfigurationError
        If the file has no [mission], nothing gives a dose, or the shield is thinner or thicker than is computed.
    ToolMissingError
        If pycatima, or aep8 for trapped particles, is not installed.

    Notes
    -----
    `radtest.analysis.dose` and `radtest.analysis.niel` have the physics. [gcr] and [solar] of the file, which are for
    rates, do not enter.
    """
    mission = configuration.mission
    if mission is None:
        raise ConfigurationError(
            "orbit file: no [mission], so no time to gather a dose in",
            remedy="add [mission] with years = 5.0, and solar_confidence = 0.95 if you want another than that.",
        )
    protons, electrons, solar, notes = _outside(configuration, mission)
    depth, share, shield_notes = _paths(configuration.shielding, geometry)
    ways = _curve(protons, electrons, solar, depth / _MM_G_CM2, geometry)
    at_part = _averaged(ways, share, configuration.shielding.thickness_g_cm2 / _MM_G_CM2)
    curve = _curve(protons, electrons, solar, CURVE_MM, geometry)
    margin = None if configuration.part is None else _margin(float(at_part.total[0]), configuration.part)
    notes += [
        *shield_notes,
        f"silicon, {geometry.replace('_', ' ')}; protons slow down on straight tracks, no nuclear reactions; electrons "
        "and bremsstrahlung by the responses of SHIELDOSE-2",
        "non-ionising dose by SR-NIEL (21 eV), that of electrons approximate",
        "no galactic cosmic rays (about 10 rad a year) and no solar ions heavier than protons",
    ]
    return MissionDose(mission.years, geometry, at_part, curve, margin, tuple(notes))


def _paths(shielding: ShieldingConfiguration, geometry: Geometry) -> tuple[Array, Array, list[str]]:
    """Return the thicknesses of a shield, g/cm² of aluminium, the shares of directions that see them, and notes."""
    paths = shielding.paths
    if len(paths) != 1 and geometry not in ("solid_sphere", "spherical_shell"):
        raise ConfigurationError(
            f"dose in the geometry {geometry}: the shield is not one thickness in all directions",
            remedy="take solid_sphere, of which directions are added up, or give the shield as aluminium_mm.",
        )
    depth = np.array([path.thickness_g_cm2 for path in paths])
    share = np.array([path.fraction for path in paths])
    notes = []
    if any(material.name != "Al" for path in paths for material, _ in path.layers):
        notes.append("layers count as aluminium of the same g/cm²: electrons stop a little earlier in heavy ones")
    thickest = DOSE_DEPTH_G_CM2[1]
    if len(paths) > 1:
        notes.append(f"dose summed over {len(paths)} directions, each as in a full sphere of its thickness")
        if np.any(depth > thickest):
            notes.append(
                f"{share[depth > thickest].sum():.2g} of the directions have more and count as {thickest:g} g/cm²"
            )
            depth = np.minimum(depth, thickest)
    return depth, share, notes


def _averaged(ways: DoseCurve, share: Array, mean_mm: float) -> DoseCurve:
    """Return one row: the doses of ways weighted by the shares of the directions."""
    names = [field.name for field in fields(DoseCurve) if field.name != "aluminium_mm"]
    sums = {name: np.array([share @ getattr(ways, name)]) for name in names}
    return DoseCurve(aluminium_mm=np.array([mean_mm]), **sums)


def _curve(protons: Fluence, electrons: Fluence, solar: Fluence, mm: Array, geometry: Geometry) -> DoseCurve:
    depth = mm * _MM_G_CM2
    ionising, photons = electron_dose_rad(electrons, depth, geometry)
    return DoseCurve(
        aluminium_mm=mm,
        trapped_protons=proton_dose_rad(protons, depth, geometry),
        trapped_electrons=ionising,
        bremsstrahlung=photons,
        solar_protons=proton_dose_rad(solar, depth, geometry),
        proton_tnid=proton_tnid_mev_g(protons, depth, geometry) + proton_tnid_mev_g(solar, depth, geometry),
        electron_tnid=electron_tnid_mev_g(electrons, depth, geometry),
    )


def _outside(
    configuration: OrbitConfiguration, mission: MissionConfiguration
) -> tuple[Fluence, Fluence, Fluence, list[str]]:
    """Return trapped protons, trapped electrons and solar protons of the mission outside the shield, and notes."""
    track = orbit_track(configuration.orbit)
    notes = [track.note]
    protons: Fluence = np.zeros_like
    electrons: Fluence = np.zeros_like
    solar: Fluence = np.zeros_like
    trapped = configuration.trapped
    if trapped is not None:
        if not track.near_earth:
            raise ConfigurationError(
                f'[trapped]: there are no belts where kind = "{configuration.orbit.kind}" is',
                remedy="leave [trapped] out, or give an orbit around the Earth.",
            )
        seconds, drift = mission.years * _YEAR_S, trapped.drift_to_year
        flux = trapped_integral_flux("proton", trapped.solar, track.place_km, TRAPPED_PROTON_MEV, drift_to_year=drift)
        protons = falling_fluence(TRAPPED_PROTON_MEV, np.minimum.accumulate(flux) * seconds)
        belt = mission.electron_belt
        flux = trapped_integral_flux("electron", belt, track.place_km, _TRAPPED_ELECTRON_MEV, drift_to_year=drift)
        electrons = falling_fluence(_TRAPPED_ELECTRON_MEV, np.minimum.accumulate(flux) * seconds)
        notes.append(
            f"trapped protons AP-8 {trapped.solar.upper()} and electrons AE-8 {belt.upper()}, {_years(mission.years)}"
        )
    active = solar_active_years(mission.years) if mission.solar_active_years is None else mission.solar_active_years
    if active > 0:
        solar = _solar(configuration, active, mission.solar_confidence)
        notes.append(f"solar protons of {_years(active, 'active ')}, ESP, confidence {mission.solar_confidence:.4g}")
        notes += [note for note in [esp_validity(active, mission.solar_confidence)] if note is not None]
        if track.near_earth and configuration.orbit.cutoff_model is not None:
            notes.append(f"their cutoff that of {'a storm' if configuration.orbit.storm else 'quiet times'}")
    if trapped is None and active == 0:
        raise ConfigurationError(
            "no dose: neither [trapped] nor years of an active sun",
            remedy='add [trapped] with solar = "min", or leave solar_active_years = 0 out of [mission].',
        )
    return protons, electrons, solar, notes


def _solar(configuration: OrbitConfiguration, active_years: float, confidence: float) -> Fluence:
    """Return solar protons where the orbit is; above the model's energies they fall on as in its last step."""
    energy = np.geomspace(*ESP_ENERGY_MEV, 60)
    above = esp_solar_proton_fluence(energy, active_years, confidence)
    slope = np.log(above[-1] / above[-2]) / np.log(energy[-1] / energy[-2])
    beyond = np.geomspace(energy[-1], _HIGHEST_SOLAR_MEV, 12)[1:]
    far = falling_fluence(
        np.concatenate([energy, beyond]), np.concatenate([above, above[-1] * (beyond / energy[-1]) ** slope])
    )
    field = orbit_filter(configuration.orbit, orbit_track(configuration.orbit))
    if field is None:
        return far
    return lambda at: far(at) * field.transmission(rigidity_gv(1, at))


def _years(years: float, which: str = "") -> str:
    return f"{years:g} {which}year{'' if years == 1 else 's'}"


def _margin(dose_rad: float, part: PartConfiguration) -> DoseMargin:
    return dose_margin(
        dose_rad,
        limit_krad=part.tid_limit_krad,
        failure_krad=part.tid_krad,
        survival=part.survival,
        confidence=part.confidence,
        required=part.margin,
    )
