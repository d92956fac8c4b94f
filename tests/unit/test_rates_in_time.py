"""What happens in time along an orbit: passes through the belt, and upset rates place by place."""

from pathlib import Path

import numpy as np
import pytest

from radtest.analysis.belt_passes import belt_passes
from radtest.analysis.environment_along_orbit import earth_grid, environment_along_orbit, environment_map
from radtest.analysis.geomagnetic import directional_cutoff_gv
from radtest.analysis.orbit_configuration import OrbitConfiguration, TrajectoryConfiguration
from radtest.analysis.orbit_track import orbit_track
from radtest.analysis.trapped import trapped_series
from radtest.core.configuration import read_configuration
from radtest.core.errors import ConfigurationError

ROOT = Path(__file__).parents[2]
DEVICE = """
[heavy_ion]
sigma_sat_cm2 = 5e-9
let0_mev_cm2_mg = 0.5
width_mev_cm2_mg = 12
shape = 1.3
[sensitive_volume]
x_um = 0.7
y_um = 0.7
z_um = 0.35
[proton]
model = "bendel2"
a = 6.5
b = 9.26
"""


def orbit(name: str, **changes) -> OrbitConfiguration:
    configuration, _ = read_configuration(ROOT / f"fixtures/orbits/{name}.toml", OrbitConfiguration)
    return configuration.model_copy(
        update={"orbit": configuration.orbit.model_copy(update={"days": 1.0, "step_s": 180.0}), **changes}
    )


def device(tmp_path: Path):
    from radtest.analysis.device_configuration import DeviceConfiguration

    path = tmp_path / "device.toml"
    path.write_text(DEVICE, encoding="utf-8")
    return read_configuration(path, DeviceConfiguration)[0]


def test_passes_are_found_and_share_the_fluence() -> None:
    track = orbit_track(TrajectoryConfiguration(altitude_km=500, inclination_deg=30, days=0.1, step_s=60))
    flux = np.zeros(144)
    flux[10:14] = [5, 20, 10, 5]
    flux[140:] = 2.0
    first, last = belt_passes(track, flux)
    assert (first.start_s, first.end_s, first.duration_s) == (570.0, 810.0, 240.0)
    assert (first.peak_s, first.peak_cm2_s, first.share) == (660.0, 20.0, 40 / 48)
    assert first.peak_latitude_deg == track.latitude_deg[11]
    assert last.share == pytest.approx(8 / 48)
    assert belt_passes(track, np.zeros(144)) == ()
    with pytest.raises(ConfigurationError, match="3 fluxes for 144 places"):
        belt_passes(track, np.ones(3))
    with pytest.raises(ConfigurationError, match="threshold"):
        belt_passes(track, flux, 0.0)


def test_the_space_station_passes_through_the_anomaly_over_the_south_atlantic() -> None:
    pytest.importorskip("aep8", reason="trapped particles need the extra orbit")
    along = environment_along_orbit(orbit("iss"))
    assert 6 <= len(along.passes) <= 14
    assert sum(each.share for each in along.passes) == pytest.approx(1.0)
    worst = max(along.passes, key=lambda each: each.peak_cm2_s)
    assert -90 < worst.peak_longitude_deg < 20
    assert -45 < worst.peak_latitude_deg < -10
    assert worst.duration_s < 1800
    assert np.all(np.diff(along.proton_cm2_s, axis=1) <= 0)
    # Electrons above 1 MeV are also met in the horns of the outer belt.
    outside = along.proton_cm2_s[:, 0] == 0
    assert np.max(along.electron_cm2_s[outside]) > 1e4


def test_the_anomaly_drifts_to_the_west() -> None:
    pytest.importorskip("aep8", reason="trapped particles need the extra orbit")
    longitude = np.radians(np.arange(-180.0, 180.0, 4.0))
    ring = 6800.0 * np.stack([np.cos(longitude), np.sin(longitude), np.full_like(longitude, -0.45)], axis=1)

    def middle(year: float) -> float:
        flux = trapped_series("proton", "min", ring, 10.0, drift_to_year=year)[:, 0]
        return float(np.degrees(np.average(longitude, weights=flux)))

    assert middle(2020) - middle(1960) == pytest.approx(-18.0, abs=1.0)


def test_a_map_lies_at_the_altitude_of_a_circular_orbit_and_an_ellipse_has_none() -> None:
    sky = environment_map(orbit("polar_825km"))
    assert sky is not None
    assert sky.grid.altitude_km == pytest.approx(825, abs=0.1)
    assert sky.proton_cm2_s.size == 0
    assert sky.cutoff_gv == pytest.approx(
        directional_cutoff_gv(earth_grid(sky.grid.altitude_km).place_km, [0.0]).reshape(46, 91)
    )
    ellipse = TrajectoryConfiguration(perigee_km=500, apogee_km=20000, inclination_deg=30)
    assert environment_map(orbit("polar_825km").model_copy(update={"orbit": ellipse})) is None


@pytest.mark.parametrize("kind", ["geo", "lunar"])
def test_nothing_changes_along_a_path_that_stands_still_or_lies_far_away(kind) -> None:
    still = orbit("geo").model_copy(update={"orbit": TrajectoryConfiguration(kind=kind)})
    with pytest.raises(ConfigurationError, match=f'kind = "{kind}": nothing changes'):
        environment_map(still)


def test_a_geostationary_orbit_lies_in_the_outer_belt_of_electrons() -> None:
    pytest.importorskip("aep8", reason="trapped particles need the extra orbit")
    protons = orbit("iss").trapped
    along = environment_along_orbit(orbit("geo", orbit=TrajectoryConfiguration(kind="geo"), trapped=protons))
    assert 1e5 < along.electron_cm2_s[0] < 1e6
    assert along.passes == ()
    assert np.ptp(along.electron_cm2_s) == 0


@pytest.mark.parametrize(
    "name", ["iss", *(pytest.param(other, marks=pytest.mark.slow) for other in ("polar_825km", "ellipse"))]
)
def test_the_mean_in_time_is_the_rate_of_the_orbit(tmp_path, name) -> None:
    pytest.importorskip("pycatima", reason="environments need the extra stopping")
    pytest.importorskip("aep8", reason="trapped particles need the extra orbit")
    from radtest.analysis.device_rate import device_rate
    from radtest.analysis.environment import inside_environment
    from radtest.analysis.rate_along_orbit import rate_along_orbit

    configuration = orbit("polar_825km" if name == "ellipse" else name)
    if name == "ellipse":
        ellipse = TrajectoryConfiguration(perigee_km=500, apogee_km=39800, inclination_deg=63.4, days=1, step_s=180)
        configuration = configuration.model_copy(update={"orbit": ellipse})
    chip = device(tmp_path)
    inside = inside_environment(configuration)
    whole = device_rate(chip, tmp_path, inside.let_spectrum, (inside.proton_energy_mev, inside.proton_flux_cm2_s_mev))
    along = rate_along_orbit(chip, tmp_path, configuration)
    assert float(np.mean(along.direct_per_day)) == pytest.approx(whole.direct.value, rel=0.03)
    assert float(np.mean(along.proton_per_day)) == pytest.approx(whole.proton.value, rel=0.03)
    assert along.per_orbit == pytest.approx(along.per_day * along.track.period_s / 86400)
    assert along.worst_orbit >= along.per_orbit * (1 - 1e-9)
    if name == "iss":
        # Nine tenths of the upsets in a tenth of the time.
        assert 0.8 < along.share_inside_passes < 1.0
        assert np.mean(along.inside) < 0.12
    else:
        assert along.share_inside_passes == 0.0


def test_upsets_over_the_earth_peak_in_the_anomaly(tmp_path) -> None:
    pytest.importorskip("pycatima", reason="environments need the extra stopping")
    pytest.importorskip("aep8", reason="trapped particles need the extra orbit")
    from radtest.analysis.rate_along_orbit import rate_map

    sky = rate_map(device(tmp_path), tmp_path, orbit("iss"), step_deg=10.0)
    row, column = np.unravel_index(np.argmax(sky.total_per_day), sky.total_per_day.shape)
    assert -50 <= sky.grid.latitude_deg[row] <= -10
    assert -70 <= sky.grid.longitude_deg[column] <= 0
    assert np.all(sky.total_per_day >= sky.trapped_per_day)
    assert np.all(sky.direct_per_day > 0)


def test_a_device_without_upsets_is_followed_by_its_effect(tmp_path) -> None:
    pytest.importorskip("pycatima", reason="environments need the extra stopping")
    from radtest.analysis.device_configuration import DeviceConfiguration
    from radtest.analysis.rate_along_orbit import rate_along_orbit

    path = tmp_path / "latch_up.toml"
    text = "[sel]\nsigma_sat_cm2 = 1e-4\nlet0_mev_cm2_mg = 5\nwidth_mev_cm2_mg = 20\nshape = 1.5\n"
    path.write_text(text, encoding="utf-8")
    along = rate_along_orbit(read_configuration(path, DeviceConfiguration)[0], tmp_path, orbit("polar_825km"))
    assert along.per == "device"
    # Near the poles the event comes in; of ions fast enough for the equator only ultra-heavy ones have such LETs.
    north = np.abs(along.track.latitude_deg)
    assert np.min(along.total_per_day[north > 75]) > 1e-3
    assert np.max(along.total_per_day[north < 10]) < 1e-6
