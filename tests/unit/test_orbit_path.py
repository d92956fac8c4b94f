"""Places along an orbit: against SGP4, against published orbits, and properties of every path."""

import math
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radtest.analysis.orbit_configuration import TrajectoryConfiguration
from radtest.analysis.orbit_motion import EARTH_TURN_RAD_S, EQUATOR_KM, J2, MU_KM3_S2, motion_km
from radtest.analysis.orbit_path import (
    GEOSTATIONARY_RADIUS_KM,
    circular_path_km,
    orbit_path_km,
    orbit_period_s,
    sun_synchronous_inclination_deg,
)
from radtest.analysis.orbit_track import orbit_track
from radtest.analysis.two_line_elements import elements_path_km, read_elements
from radtest.core.errors import ConfigurationError

# The International Space Station, as in the documentation of sgp4.
ISS = (
    "1 25544U 98067A   19343.69339541  .00001764  00000-0  38792-4 0  9991",
    "2 25544  51.6439 211.2001 0007417  17.6667  85.6398 15.50103472202482",
)


@pytest.mark.parametrize(
    ("perigee", "apogee", "inclination", "within_km"),
    [(420, 430, 51.6, 15), (820, 830, 98.8, 15), (1500, 1510, 30.0, 15)],
)
def test_a_day_from_a_vector_of_sgp4_lies_close_to_it(perigee, apogee, inclination, within_km) -> None:
    """SGP4 has J3 and J4 as well, and a theory of first order in J2."""
    api = pytest.importorskip("sgp4.api", reason="two-line elements need the extra orbit")
    axis = 6371.0 + (perigee + apogee) / 2
    eccentricity = (apogee - perigee) / 2 / axis
    satellite = api.Satrec()
    motion = math.sqrt(MU_KM3_S2 / axis**3) * 60
    satellite.sgp4init(
        api.WGS72, "i", 1, 25000.0, 0.0, 0, 0, eccentricity, 0.0, math.radians(inclination), 0.0, motion, 0.0
    )
    time = np.arange(0.0, 86400.0, 120.0)
    _, places, velocities = satellite.sgp4_array(
        np.full_like(time, satellite.jdsatepoch), satellite.jdsatepochF + time / 86400.0
    )
    turned = EARTH_TURN_RAD_S * time
    x = places[:, 0] * np.cos(turned) + places[:, 1] * np.sin(turned)
    y = places[:, 1] * np.cos(turned) - places[:, 0] * np.sin(turned)
    path = motion_km(places[0], velocities[0], time)
    assert np.max(np.linalg.norm(path - np.stack([x, y, places[:, 2]], axis=1), axis=1)) < within_km


def test_energy_and_momentum_about_the_axis_are_kept() -> None:
    time = np.linspace(0.0, 5 * 86400.0, 5 * 8640 + 1)
    path = motion_km(np.array([7371.0, 0.0, 0.0]), np.array([0.5, 4.8, 6.6]), time)
    turned = EARTH_TURN_RAD_S * time
    x = path[:, 0] * np.cos(turned) - path[:, 1] * np.sin(turned)
    y = path[:, 0] * np.sin(turned) + path[:, 1] * np.cos(turned)
    place = np.stack([x, y, path[:, 2]], axis=1)
    velocity = np.gradient(place, time[1], axis=0, edge_order=2)[2:-2]
    place = place[2:-2]
    radius = np.linalg.norm(place, axis=1)
    sine = place[:, 2] / radius
    oblate = MU_KM3_S2 * J2 * EQUATOR_KM**2 / (2 * radius**3) * (3 * sine**2 - 1)
    energy = 0.5 * np.sum(velocity**2, axis=1) - MU_KM3_S2 / radius + oblate
    momentum = place[:, 0] * velocity[:, 1] - place[:, 1] * velocity[:, 0]
    assert np.ptp(energy) < 2e-4 * abs(energy.mean())
    assert np.ptp(momentum) < 2e-4 * abs(momentum.mean())


def test_a_circle_is_that_of_its_first_place_and_sinks_from_it() -> None:
    """To first order in J2 a level start above the equator is the top: at the node of a circle of radius r the pull is
    3/2 J2 (R/r)² above Kepler's, so that at small inclinations the mean lies r times that lower."""
    path = orbit_path_km(530, 530, 5.0, days=3, step_s=30)
    altitude = np.linalg.norm(path, axis=1) - 6371.0
    assert altitude[0] == pytest.approx(530.0)
    sunk = 1.5 * J2 * (EQUATOR_KM / 6901.0) ** 2 * 6901.0
    assert altitude.mean() == pytest.approx(530.0 - sunk, abs=0.2)
    assert altitude.max() < 530.1


def test_elements_agree_with_a_published_vector() -> None:
    """Satellite 00005 three days after its epoch, Vallado et al., AIAA 2006-6753: before the turn of the Earth."""
    pytest.importorskip("sgp4", reason="two-line elements need the extra orbit")
    first = "1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753"
    second = "2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667"
    place = elements_path_km(first, second, days=3.01, step_s=360.0)[720]
    published = (-9060.47373569, 4658.70952502, 813.68673153)
    assert float(np.linalg.norm(place)) == pytest.approx(math.hypot(*published), abs=1e-4)
    assert place[2] == pytest.approx(published[2], abs=1e-5)
    sidereal = math.degrees(math.atan2(published[1], published[0]) - math.atan2(place[1], place[0])) % 360.0
    since_2000 = datetime(2000, 6, 30, 18, 50, 19, 734000, tzinfo=UTC) - datetime(2000, 1, 1, 12, tzinfo=UTC)
    days = since_2000.total_seconds() / 86400
    assert sidereal == pytest.approx((280.46061837 + 360.98564736629 * days) % 360, abs=1e-3)


@pytest.mark.parametrize(
    ("radius_km", "inclination"),
    # Sentinel-2, mean semi-major axis 7167 km and 98.62 degrees; Landsat 8, 7077.7 km and 98.2 degrees.
    [(7167.0, 98.62), (7077.7, 98.2)],
)
def test_sun_synchronous_orbits_that_fly(radius_km, inclination) -> None:
    assert sun_synchronous_inclination_deg(radius_km - 6371.0) == pytest.approx(inclination, abs=0.1)


def test_the_node_of_a_sun_synchronous_orbit_keeps_its_local_time() -> None:
    track = orbit_track(
        TrajectoryConfiguration(kind="sun_synchronous", altitude_km=650, local_time_hours=6, days=12, step_s=20)
    )
    up = np.flatnonzero((track.place_km[:-1, 2] < 0) & (track.place_km[1:, 2] >= 0))
    hours = (track.longitude_deg[up] / 15.0 + track.time_s[up] / 3600.0) % 24.0
    assert hours == pytest.approx(np.full(up.size, 6.0), abs=0.025)


@given(altitude=st.floats(250, 30000), inclination=st.floats(0, 180), start=st.floats(0, 360))
@settings(max_examples=10, deadline=None)
def test_a_circular_orbit_stays_at_its_altitude(altitude, inclination, start) -> None:
    path = circular_path_km(altitude, inclination, start, 20.0, days=1.5)
    away = np.linalg.norm(path, axis=1) - 6371.0 - altitude
    wave = J2 * EQUATOR_KM**2 * math.sin(math.radians(inclination)) ** 2 / (4 * (6371.0 + altitude))
    assert np.max(np.abs(away)) < wave + 0.1
    assert abs(away.mean()) < 0.1 + 0.2 * wave


@given(
    perigee=st.floats(200, 2000),
    more=st.floats(0, 40000),
    inclination=st.floats(0, 180),
    node=st.floats(-180, 180),
)
@settings(max_examples=10, deadline=None)
def test_every_path_stays_close_to_its_altitudes_and_its_inclination(perigee, more, inclination, node) -> None:
    path = orbit_path_km(perigee, perigee + more, inclination, 30.0, node, days=0.5)
    radius = np.linalg.norm(path, axis=1)
    assert radius[0] == pytest.approx(6371 + perigee)
    # What J2 does within a turn: some 20 km low down, more at the apogee of a long ellipse.
    assert np.min(radius) >= 6371 + perigee - 25
    assert np.max(radius) <= 6371 + perigee + 25 + 1.02 * more
    highest = min(inclination, 180 - inclination)
    assert np.degrees(np.max(np.abs(np.arcsin(path[:, 2] / radius)))) <= highest + 0.2


def test_a_geostationary_orbit_turns_with_the_earth() -> None:
    altitude = GEOSTATIONARY_RADIUS_KM - 6371
    assert orbit_period_s(altitude, altitude) == pytest.approx(86164.1, abs=0.1)
    assert pytest.approx(42164, abs=1) == GEOSTATIONARY_RADIUS_KM
    track = orbit_track(TrajectoryConfiguration(kind="geo", longitude_deg=19.2, days=1, step_s=600))
    assert track.longitude_deg == pytest.approx(np.full(144, 19.2))


def test_elements_say_their_epoch_and_start_where_they_are_told() -> None:
    pytest.importorskip("sgp4", reason="two-line elements need the extra orbit")
    assert read_elements(*ISS).epoch.replace(microsecond=0) == datetime(2019, 12, 9, 16, 38, 29, tzinfo=UTC)
    track = orbit_track(TrajectoryConfiguration(tle=ISS, days=0.5))
    assert "2019-12-09 16:38 UTC" in track.note
    assert track.period_s == pytest.approx(92.9 * 60, rel=1e-3)
    assert np.all((track.altitude_km > 400) & (track.altitude_km < 440))
    later = orbit_track(TrajectoryConfiguration(tle=ISS, epoch="2019-12-10T00:00:00Z", days=0.5))
    assert later.start == datetime(2019, 12, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda first, second: (first[:-1] + "2", second), "line 1: its checksum is '2'"),
        (lambda first, second: (second, first), "line 1 begins with '2 '"),
        (lambda first, second: (first[:40], second), "line 1 has 40 characters"),
        (lambda first, second: (first, second.replace("25544 ", "25545 ")[:-1] + "3"), "line 1 is of satellite 25544"),
        (lambda first, second: (first, second[:-18] + " 0.00000000" + "20248" + "2"), "line 2"),
    ],
)
def test_bad_elements_are_refused(change, words) -> None:
    pytest.importorskip("sgp4", reason="two-line elements need the extra orbit")
    with pytest.raises(ConfigurationError, match=words):
        elements_path_km(*change(*ISS))


def test_elements_come_as_a_list_or_as_text_with_or_without_a_name() -> None:
    for form in (list(ISS), "\n".join(ISS), "ISS (ZARYA)\n" + "\n".join(ISS) + "\n"):
        assert TrajectoryConfiguration.model_validate({"tle": form}).tle == ISS
    for form in ("ISS", [ISS[0]], 25544):
        with pytest.raises(ValueError, match="give two lines of elements"):
            TrajectoryConfiguration.model_validate({"tle": form})


def test_old_elements_are_refused() -> None:
    pytest.importorskip("sgp4", reason="two-line elements need the extra orbit")
    with pytest.raises(ConfigurationError, match="2001 days after that of the elements"):
        elements_path_km(*ISS, start=datetime(2025, 6, 1, 16, 38, 29, tzinfo=UTC))
    with pytest.raises(ConfigurationError, match="too high"):
        sun_synchronous_inclination_deg(6000.0)


def test_elements_that_lead_into_the_earth_are_refused() -> None:
    pytest.importorskip("sgp4", reason="two-line elements need the extra orbit")
    second = ISS[1][:52] + "17.80000000" + ISS[1][63:68]
    digits = sum(int(letter) for letter in second if letter.isdigit()) + second.count("-")
    with pytest.raises(ConfigurationError, match="Earth"):
        elements_path_km(ISS[0], f"{second}{digits % 10}")
