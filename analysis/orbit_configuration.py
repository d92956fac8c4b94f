"""The model of orbit files: where a device flies, in which environment, behind which shield."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from radtest.analysis.galactic import GALACTIC_PRESETS
from radtest.core.configuration import ConfigurationModel

__all__ = [
    "GalacticConfiguration",
    "OrbitConfiguration",
    "ShieldingConfiguration",
    "SolarConfiguration",
    "TrajectoryConfiguration",
    "TrappedConfiguration",
]

Altitude = Annotated[float, Field(gt=0)]
_ALUMINIUM_G_CM3 = 2.699


class TrajectoryConfiguration(ConfigurationModel):
    """An orbit around the Earth, or a place without its field.

    Parameters
    ----------
    altitude_km : float
        Of a circular orbit, above the mean radius of the Earth.
    perigee_km, apogee_km : float
        Altitudes of an elliptical orbit, instead.
    inclination_deg : float
        Inclination, 0 to 180.
    argument_of_perigee_deg, ascending_node_deg : float
        Where the orbit begins; the node is counted from Greenwich at the start.
    kind : str
        ``geo`` (geostationary) or ``interplanetary``, instead of altitudes; both are taken to lie outside the cutoff.
    tle : list of str
        Two lines of orbital elements, instead.
    storm : bool
        Whether the geomagnetic cutoff is lowered as in a storm.
    """

    altitude_km: Altitude | None = None
    perigee_km: Altitude | None = None
    apogee_km: Altitude | None = None
    inclination_deg: Annotated[float, Field(ge=0, le=180)] | None = None
    argument_of_perigee_deg: float = 0.0
    ascending_node_deg: float = 0.0
    kind: Literal["geo", "interplanetary"] | None = None
    tle: tuple[str, str] | None = None
    storm: bool = False

    @model_validator(mode="after")
    def _one_form(self) -> TrajectoryConfiguration:
        ellipse = self.perigee_km is not None or self.apogee_km is not None
        forms = [self.altitude_km is not None, ellipse, self.kind is not None, self.tle is not None]
        if sum(forms) != 1:
            raise ValueError("give one of altitude_km, perigee_km with apogee_km, kind, or tle")
        if ellipse and (self.perigee_km is None or self.apogee_km is None):
            raise ValueError("perigee_km and apogee_km belong together")
        if self.perigee_km is not None and self.apogee_km is not None and self.apogee_km < self.perigee_km:
            raise ValueError(f"the apogee, {self.apogee_km:g} km, is below the perigee, {self.perigee_km:g} km")
        needs = self.altitude_km is not None or ellipse
        if needs and self.inclination_deg is None:
            raise ValueError("missing inclination_deg")
        if not needs and self.inclination_deg is not None:
            raise ValueError("inclination_deg belongs to altitudes, not to kind or tle")
        return self

    @property
    def altitudes_km(self) -> tuple[float, float] | None:
        """Perigee and apogee, where they are given."""
        if self.altitude_km is not None:
            return self.altitude_km, self.altitude_km
        if self.perigee_km is not None and self.apogee_km is not None:
            return self.perigee_km, self.apogee_km
        return None


class GalacticConfiguration(ConfigurationModel):
    """Galactic cosmic rays: W of the DLR model, 0 to 200, or a preset."""

    w: Annotated[float, Field(ge=0, le=200)] | None = None
    preset: Literal["solar_minimum", "solar_maximum"] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> GalacticConfiguration:
        if (self.w is None) == (self.preset is None):
            raise ValueError(f"give either w (0 to 200) or preset ({', '.join(GALACTIC_PRESETS)})")
        return self

    @property
    def modulation(self) -> float:
        """W."""
        return GALACTIC_PRESETS[self.preset] if self.preset is not None else float(self.w or 0.0)


class SolarConfiguration(ConfigurationModel):
    """A solar particle event: CREME96's worst five minutes, day or week of October 1989."""

    event: Literal["worst_5min", "worst_day", "worst_week"]


class TrappedConfiguration(ConfigurationModel):
    """Trapped protons and electrons at minimum or maximum of the solar cycle."""

    solar: Literal["min", "max"]


class ShieldingConfiguration(ConfigurationModel):
    """Aluminium around the device, the same in all directions."""

    aluminium_mm: Annotated[float, Field(ge=0)] | None = None
    aluminium_g_cm2: Annotated[float, Field(ge=0, le=200)] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> ShieldingConfiguration:
        if (self.aluminium_mm is None) == (self.aluminium_g_cm2 is None):
            raise ValueError("give either aluminium_mm or aluminium_g_cm2")
        if self.thickness_g_cm2 > 200:
            raise ValueError(f"{self.thickness_g_cm2:g} g/cm² is more than the transport is good for, 200 g/cm²")
        return self

    @property
    def thickness_g_cm2(self) -> float:
        """Thickness, g/cm²."""
        if self.aluminium_g_cm2 is not None:
            return self.aluminium_g_cm2
        return float(self.aluminium_mm or 0.0) / 10.0 * _ALUMINIUM_G_CM3


class OrbitConfiguration(ConfigurationModel):
    """An orbit file.

    Parameters
    ----------
    orbit : TrajectoryConfiguration
        Where.
    shielding : ShieldingConfiguration
        Behind what.
    gcr : GalacticConfiguration, optional
        Galactic cosmic rays.
    solar : SolarConfiguration, optional
        A solar particle event.
    trapped : TrappedConfiguration, optional
        Trapped particles.
    title, source : str
        What it is, and where the figures come from.
    """

    orbit: TrajectoryConfiguration
    shielding: ShieldingConfiguration
    gcr: GalacticConfiguration | None = None
    solar: SolarConfiguration | None = None
    trapped: TrappedConfiguration | None = None
    title: str = ""
    source: str = ""

    @model_validator(mode="after")
    def _something(self) -> OrbitConfiguration:
        if self.gcr is None and self.solar is None and self.trapped is None:
            raise ValueError("no environment: give [gcr], [solar] or [trapped]")
        return self
