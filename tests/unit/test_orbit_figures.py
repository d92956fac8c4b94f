"""Pictures of orbits: they show what they are given, and are drawn for every kind of orbit."""

import matplotlib as mpl
import numpy as np
import pytest

pytest.importorskip("pycatima", reason="environments need the extra stopping")

from radtest.analysis.belt_passes import belt_passes
from radtest.analysis.environment import inside_environment
from radtest.analysis.environment_along_orbit import (
    EnvironmentAlongOrbit,
    EnvironmentMap,
    earth_grid,
)
from radtest.analysis.orbit_configuration import OrbitConfiguration, TrajectoryConfiguration
from radtest.analysis.orbit_track import OrbitTrack, orbit_track
from radtest.analysis.rate_along_orbit import RateAlongOrbit, RateMap
from radtest.report.orbit_figures import (
    draw_environment_map,
    draw_environment_timeline,
    draw_rate_map,
    draw_rate_timeline,
    draw_spectra,
)
from radtest.report.style import write_figure


def track(apogee_km: float = 500.0) -> OrbitTrack:
    return orbit_track(
        TrajectoryConfiguration(perigee_km=500, apogee_km=apogee_km, inclination_deg=50, days=0.2, step_s=120)
    )


def along(path: OrbitTrack) -> EnvironmentAlongOrbit:
    count = len(path.place_km)
    flux = np.where(path.latitude_deg < -20, 100.0, 0.0)
    protons = np.stack([flux, flux / 2, flux / 10], axis=1)
    return EnvironmentAlongOrbit(path, protons, np.full(count, 5.0), np.full(count, 3.0), belt_passes(path, flux))


def bare(path: OrbitTrack) -> EnvironmentAlongOrbit:
    return EnvironmentAlongOrbit(path, np.zeros((len(path.place_km), 0)), np.zeros(0), np.zeros(0), ())


def test_a_map_has_coast_path_colour_and_cutoff() -> None:
    path = track()
    grid = earth_grid(500.0, 15.0)
    flux = np.where(grid.latitude_deg[:, None] < -20, 100.0, 0.0) * np.ones((1, grid.longitude_deg.size))
    cutoff = 14.0 * np.cos(np.radians(grid.latitude_deg))[:, None] ** 4 * np.ones_like(flux)
    figure = draw_environment_map(along(path), EnvironmentMap(grid, flux, cutoff), "a title")
    world, bar = figure.axes
    assert world.get_title() == "a title"
    assert bar.get_ylabel() == "trapped protons above 10 MeV, cm⁻² s⁻¹"
    assert len(world.lines) > 50
    # No coast and no path runs across the map at the date line.
    assert all(np.max(np.abs(np.diff(line.get_xdata())), initial=0.0) < 180 for line in world.lines)


@pytest.mark.parametrize("apogee", [500.0, pytest.param(20000.0, marks=pytest.mark.slow)])
def test_every_picture_is_written(tmp_path, apogee) -> None:
    path = track(apogee)
    rate = np.where(path.latitude_deg < -20, 1e-6, 1e-9)
    rates = RateAlongOrbit(path, rate, rate, rate, rate, along(path).passes)
    grid = earth_grid(500.0, 30.0)
    upsets = np.full((grid.latitude_deg.size, grid.longitude_deg.size), 1e-7)
    sky = RateMap(grid, upsets, upsets, upsets) if apogee == 500.0 else None
    figures = {} if apogee > 500 else {"bare_map": draw_environment_map(bare(path), None, "t")}
    figures |= {
        "environment_map": draw_environment_map(along(path), None, "t"),
        "timeline": draw_environment_timeline(along(path), "t"),
        "rate_map": draw_rate_map(rates, sky, "t"),
        "rate_timeline": draw_rate_timeline(rates, "t"),
    }
    with mpl.rc_context({"savefig.dpi": 40}):
        for name, figure in figures.items():
            assert write_figure(figure, tmp_path / f"{name}.svg").stat().st_size > 5000


def test_the_timeline_shades_each_pass() -> None:
    path = track()
    shown = along(path)
    figure = draw_environment_timeline(shown, "t")
    assert len(shown.passes) >= 2
    assert len(figure.axes[0].patches) == len(shown.passes)


def test_spectra_are_drawn_with_and_without_the_shield() -> None:
    shields = ({"aluminium_mm": 2}, {"aluminium_mm": 0})
    inside, outside = (
        inside_environment(
            OrbitConfiguration.model_validate({"orbit": {"kind": "geo"}, "gcr": {"w": 20}, "shielding": shield})
        )
        for shield in shields
    )
    left, right = draw_spectra(inside, outside, "t").axes
    assert [line.get_label() for line in left.lines] == ["outside", "behind the shield"]
    assert right.get_xlabel() == "proton energy, MeV"
