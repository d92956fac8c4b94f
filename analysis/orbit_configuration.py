"""The model of orbit files: where a device flies, in which environment, behind which shield."""

from __future__ import annotations

from datetime import date as calendar_date
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from radtest.analysis.galactic import GALACTIC_PRESETS
from radtest.analysis.mission_configuration import MissionConfiguration, PartConfiguration
from radtest.analysis.modulation import LARGEST_W, w_from_date, w_from_oulu, w_from_sunspots
from radtest.analysis.shielding_configuration import ShieldingConfiguration
from radtest.analysis.spellings import spelled
from radtest.core.configuration import ConfigurationModel

__all__ = [
    "GalacticConfiguration",
    "LetConfiguration",
    "OrbitConfiguration",
    "ShieldingConfiguration",
    "SolarConfiguration",
    "SolarEvent",
    "TrajectoryConfiguration",
    "TrappedConfiguration",
]


def _above_ground(altitude_km: float) -> float:
    if not altitude_km > 0:
        raise ValueError("this lies inside the Earth: give km above its surface")
    return altitude_km


def _held_by_the_earth(altitude_km: float) -> float:
    if altitude_km > _FARTHEST_KM:
        raise ValueError(
            f'the Earth holds nothing beyond {_FARTHEST_KM:g} km: give km, not m, or kind = "interplanetary"'
        )
    return altitude_km


_FARTHEST_KM = 1.5e6
Altitude = Annotated[float, AfterValidator(_above_ground), AfterValidator(_held_by_the_earth)]
_FEWEST_PLACES, _MOST_PLACES = 10, 200_000


class TrajectoryConfiguration(ConfigurationModel):
    """An orbit around the Earth, or a place without its field.

    Parameters
    ----------
    altitude_km : float
        Mean altitude of a circular orbit, above the mean radius of the Earth.
    perigee_km, apogee_km : float
        Altitudes of an elliptical orbit, instead, as it is at the start.
    inclination_deg : float
        Inclination, 0 to 180.
    argument_of_perigee_deg, ascending_node_deg : float
        Where the orbit begins; the node is counted from Greenwich at the start.
    kind : str
        ``sun_synchronous`` (with altitude_km; J2 gives the inclination), ``geo`` (geostationary), ``lunar`` (at the
        distance of the Moon) or ``interplanetary`` (1 au from the Sun).
    local_time_hours : float
        Mean solar time of the ascending node of a sun-synchronous orbit.
    longitude_deg : float
        Where a geostationary satellite stands.
    tle : list of str
        Two lines of orbital elements, instead; or a string of them, with or without a line of the name before.
    epoch : datetime
        When the path starts, UTC.
    days, step_s : float
        Length and step of the path.
    cutoff : str
        ``directional``, ``vertical`` or ``none``. Without it ``directional`` in orbit, ``none`` for kinds that are
        taken to lie outside the field: geo, lunar, interplanetary.
    storm : bool
        Whether the geomagnetic cutoff is lowered as in a storm.
    """

    altitude_km: Altitude | None = None
    perigee_km: Altitude | None = None
    apogee_km: Altitude | None = None
    inclination_deg: Annotated[float, Field(ge=0, le=180)] | None = None
    argument_of_perigee_deg: float = 0.0
    ascending_node_deg: float = 0.0
    kind: (
        Annotated[
            Literal["sun_synchronous", "geo", "lunar", "interplanetary"],
            spelled(sso="sun_synchronous", sunsynchronous="sun_synchronous", geostationary="geo", moon="lunar"),
        ]
        | None
    ) = None
    local_time_hours: Annotated[float, Field(ge=0, lt=24)] | None = None
    longitude_deg: Annotated[float, Field(ge=-180, le=360)] | None = None
    tle: tuple[str, str] | None = None
    epoch: datetime | None = None
    days: Annotated[float, Field(gt=0, le=366)] | None = None
    step_s: Annotated[float, Field(ge=1, le=3600)] | None = None
    cutoff: Literal["directional", "vertical", "none"] | None = None
    storm: bool = False

    @field_validator("tle", mode="before")
    @classmethod
    def _two_lines(cls, value: Any) -> Any:
        lines = value.strip().splitlines() if isinstance(value, str) else value
        if not isinstance(lines, list | tuple) or len(lines) not in {2, 3}:
            raise ValueError('give two lines of elements: tle = ["1 ...", "2 ..."], or one string of two lines')
        return tuple(lines[-2:])

    @model_validator(mode="after")
    def _one_form(self) -> TrajectoryConfiguration:
        ellipse = self.perigee_km is not None or self.apogee_km is not None
        synchronous = self.kind == "sun_synchronous"
        forms = [
            self.altitude_km is not None,
            ellipse,
            self.kind not in {None, "sun_synchronous"},
            self.tle is not None,
        ]
        if sum(forms) != 1:
            if synchronous and sum(forms) == 0:
                raise ValueError("missing altitude_km: a sun-synchronous orbit needs one")
            raise ValueError("give one of altitude_km, perigee_km with apogee_km, kind, or tle")
        if synchronous and self.altitude_km is None:
            raise ValueError('kind = "sun_synchronous" goes with altitude_km: the orbit is circular')
        if ellipse and (self.perigee_km is None or self.apogee_km is None):
            raise ValueError("perigee_km and apogee_km belong together")
        if self.perigee_km is not None and self.apogee_km is not None and self.apogee_km < self.perigee_km:
            raise ValueError(f"the apogee, {self.apogee_km:g} km, is below the perigee, {self.perigee_km:g} km")
        needs = (self.altitude_km is not None or ellipse) and not synchronous
        if needs and self.inclination_deg is None:
            raise ValueError("missing inclination_deg")
        if not needs and self.inclination_deg is not None:
            raise ValueError("inclination_deg belongs to altitudes, not to kind or tle")
        if self.local_time_hours is not None and not synchronous:
            raise ValueError('local_time_hours belongs to kind = "sun_synchronous"')
        if self.longitude_deg is not None and self.kind != "geo":
            raise ValueError('longitude_deg belongs to kind = "geo"')
        return self

    @model_validator(mode="after")
    def _path(self) -> TrajectoryConfiguration:
        far = self.kind in {"lunar", "interplanetary"}
        if far and self.cutoff not in {None, "none"}:
            raise ValueError(
                f'cutoff = "{self.cutoff}" belongs to an orbit around the Earth, not to kind = "{self.kind}"'
            )
        if self.storm and self.cutoff_model is None:
            raise ValueError("storm = true has nothing to lower: this orbit has no cutoff")
        if self.days is not None or self.step_s is not None:
            places = (self.days or 2.0) * 86400.0 / (self.step_s or 60.0)
            if not _FEWEST_PLACES <= places <= _MOST_PLACES:
                raise ValueError(
                    f"days and step_s make {places:.0f} places: give {_FEWEST_PLACES} to {_MOST_PLACES} (without them"
                    " days is 2 and step_s 60)"
                )
        return self

    @property
    def cutoff_model(self) -> Literal["directional", "vertical"] | None:
        """How the field keeps particles out; None where it does not."""
        if self.cutoff is not None:
            return None if self.cutoff == "none" else self.cutoff
        return None if self.kind in {"geo", "lunar", "interplanetary"} else "directional"

    @property
    def altitudes_km(self) -> tuple[float, float] | None:
        """Perigee and apogee, where they are given."""
        if self.altitude_km is not None:
            return self.altitude_km, self.altitude_km
        if self.perigee_km is not None and self.apogee_km is not None:
            return self.perigee_km, self.apogee_km
        return None


_SOLAR_CYCLE = {
    **dict.fromkeys(("min", "minimum", "solar_min", "creme96_solar_minimum"), "solar_minimum"),
    **dict.fromkeys(("max", "maximum", "solar_max", "creme96_solar_maximum"), "solar_maximum"),
}


class GalacticConfiguration(ConfigurationModel):
    """Galactic cosmic rays: how strongly the Sun keeps them out, in one of these ways.

    Parameters
    ----------
    w : float
        W of the DLR model, 0 to 200.
    preset : str
        ``solar_minimum`` (W = 20, near CREME96's of 1977) or ``solar_maximum`` (W = 150).
    oulu_counts_per_min : float
        Counts a minute of the neutron monitor at Oulu, corrected for pressure: `w_from_oulu`.
    sunspot_number : float
        Smoothed, of version 2.0: `w_from_sunspots`.
    date : date
        A day, YYYY-MM-DD, from 1955 to the middle of 2025: `w_from_date`.
    """

    w: Annotated[float, Field(ge=0, le=LARGEST_W)] | None = None
    preset: Annotated[Literal["solar_minimum", "solar_maximum"], spelled(**_SOLAR_CYCLE)] | None = None
    oulu_counts_per_min: float | None = None
    sunspot_number: float | None = None
    date: calendar_date | None = None

    @model_validator(mode="after")
    def _one_form(self) -> GalacticConfiguration:
        given = [self.w, self.preset, self.oulu_counts_per_min, self.sunspot_number, self.date]
        if sum(value is not None for value in given) != 1:
            raise ValueError(
                f"give one of w (0 to 200), preset ({', '.join(GALACTIC_PRESETS)}), oulu_counts_per_min, "
                "sunspot_number and date"
            )
        _ = self.modulation
        return self

    @property
    def modulation(self) -> float:
        """W."""
        if self.preset is not None:
            return GALACTIC_PRESETS[self.preset]
        if self.oulu_counts_per_min is not None:
            return w_from_oulu(self.oulu_counts_per_min)
        if self.sunspot_number is not None:
            return w_from_sunspots(self.sunspot_number)
        if self.date is not None:
            return w_from_date(self.date)
        return float(self.w or 0.0)


SolarEvent = Annotated[
    Literal[
        "worst_5min",
        "worst_day",
        "worst_week",
        "october_1989_19",
        "october_1989_22",
        "october_1989_24",
        "solar_maximum_mean",
    ],
    spelled(
        **dict.fromkeys(("worst_5_min", "worst_5_minutes", "worst_five_minutes"), "worst_5min"),
        **{f"october_{day}_1989": f"october_1989_{day}" for day in (19, 22, 24)},
    ),
]
"""Names of solar events, and other ways to spell them."""


class SolarConfiguration(ConfigurationModel):
    """Solar particles: one of the events of `SOLAR_EVENTS`."""

    event: SolarEvent


class TrappedConfiguration(ConfigurationModel):
    """Trapped protons and electrons.

    Parameters
    ----------
    solar : str
        Minimum (``min``) or maximum (``max``) of the solar cycle.
    drift_to_year : float
        Year to which the South Atlantic Anomaly has drifted west, for maps and times of passes. Without it the belts
        lie where the field of the models, of 1960 or 1970, has them.
    """

    solar: Annotated[
        Literal["min", "max"],
        spelled(
            **dict.fromkeys(("minimum", "solar_min", "solar_minimum"), "min"),
            **dict.fromkeys(("maximum", "solar_max", "solar_maximum"), "max"),
        ),
    ]
    drift_to_year: Annotated[float, Field(ge=1960, le=2100)] | None = None


class LetConfiguration(ConfigurationModel):
    """Which elements are in the LET spectrum.

    Parameters
    ----------
    lightest_z : int
        Lightest element: 1 counts protons by their LET, 2 is what people of CREME96 choose for direct ionisation. The
        proton spectrum does not depend on it.
    heaviest_z : int
        Heaviest element.
    """

    lightest_z: Annotated[int, Field(ge=1, le=92)] = 1
    heaviest_z: Annotated[int, Field(ge=1, le=92)] = 92

    @model_validator(mode="after")
    def _in_order(self) -> LetConfiguration:
        if self.lightest_z > self.heaviest_z:
            raise ValueError(f"lightest_z, {self.lightest_z}, is above heaviest_z, {self.heaviest_z}")
        return self


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
    mission : MissionConfiguration, optional
        How long, for doses.
    part : PartConfiguration, optional
        What dose the part withstands.
    let_spectrum : LetConfiguration, optional
        Which elements are in the LET spectrum; all of them without it.
    title, source : str
        What it is, and where the figures come from.
    """

    orbit: TrajectoryConfiguration
    shielding: ShieldingConfiguration
    gcr: GalacticConfiguration | None = None
    solar: SolarConfiguration | None = None
    trapped: TrappedConfiguration | None = None
    mission: MissionConfiguration | None = None
    part: PartConfiguration | None = None
    let_spectrum: LetConfiguration = LetConfiguration()
    title: str = ""
    source: str = ""

    @model_validator(mode="after")
    def _something(self) -> OrbitConfiguration:
        if self.gcr is None and self.solar is None and self.trapped is None and self.mission is None:
            raise ValueError("no environment: give [gcr], [solar], [trapped] or, for doses, [mission]")
        return self
