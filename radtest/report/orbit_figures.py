"""Pictures of orbits: spectra behind a shield, world maps and timelines of particles and upsets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.belt_passes import BELT_PROTON_MEV, BeltPass
from radtest.analysis.environment import InsideEnvironment
from radtest.analysis.environment_along_orbit import (
    TIMELINE_ELECTRON_MEV,
    TIMELINE_PROTON_MEV,
    EarthGrid,
    EnvironmentAlongOrbit,
    EnvironmentMap,
)
from radtest.analysis.orbit_track import OrbitTrack
from radtest.analysis.rate_along_orbit import RateAlongOrbit, RateMap
from radtest.report.style import BLUE, GREEN, GREY, ORANGE, PINK, RED, SKY, legend_above, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "draw_environment_map",
    "draw_environment_timeline",
    "draw_rate_map",
    "draw_rate_timeline",
    "draw_spectra",
]

Array = NDArray[np.float64]
_COLOURS = "magma_r"
_DECADES = 5.0
_LAND, _TRACK = "#27303a", "#2b6cb0"
_HOURS = 3600.0
_LOWEST_MEV = 0.15
_DRAWN_ALTITUDE_KM = 40.0


@dataclass(frozen=True, slots=True, eq=False)
class _Field:
    """What a world map shows in colour."""

    label: str
    grid: EarthGrid | None
    on_grid: Array
    on_track: Array
    floor: float


def draw_spectra(inside: InsideEnvironment, outside: InsideEnvironment, title: str) -> Figure:
    """Draw LET and proton spectra behind a shield and without one.

    Parameters
    ----------
    inside, outside : InsideEnvironment
        With the shield of the orbit file, and with none.
    title : str
        Above the picture.
    """
    figure, (left, right) = new_figure(1, 2, height=4.4)
    for environment, colour, name in ((outside, GREY, "outside"), (inside, BLUE, "behind the shield")):
        spectrum = environment.let_spectrum
        seen = spectrum.integral_cm2_day > 0
        left.loglog(spectrum.let_mev_cm2_mg[seen], spectrum.integral_cm2_day[seen], color=colour, label=name)
        seen = (environment.proton_flux_cm2_s_mev > 0) & (environment.proton_energy_mev >= _LOWEST_MEV)
        right.loglog(
            environment.proton_energy_mev[seen], environment.proton_flux_cm2_s_mev[seen], color=colour, label=name
        )
    top = float(inside.let_spectrum.integral_cm2_day[0])
    left.set(
        xlabel="LET in silicon, MeV·cm²/mg",
        ylabel="particles of that LET or more, cm⁻² day⁻¹",
        xlim=(1e-3, 110),
        ylim=(1e-10 * top, None),
    )
    shown = (inside.proton_energy_mev >= _LOWEST_MEV) & (inside.proton_flux_cm2_s_mev > 0)
    floor = float(np.min(inside.proton_flux_cm2_s_mev[shown])) if np.any(shown) else 1e-6
    right.set(
        xlabel="proton energy, MeV", ylabel="protons, cm⁻² s⁻¹ MeV⁻¹", xlim=(_LOWEST_MEV, 1e4), ylim=(floor, None)
    )
    left.legend(loc="lower left", frameon=False)
    right.legend(loc="upper right", frameon=False)
    figure.suptitle(title)
    return figure


def draw_environment_map(along: EnvironmentAlongOrbit, sky: EnvironmentMap | None, title: str) -> Figure:
    """Draw trapped protons and the cutoff over the Earth, and the path.

    Parameters
    ----------
    along : EnvironmentAlongOrbit
        The path, whose fluxes are drawn where there is no map at one altitude.
    sky : EnvironmentMap or None
        The map at the altitude of a circular orbit.
    title : str
        Above the picture.
    """
    grid = None if sky is None else sky.grid
    field: _Field | None = None
    if along.proton_cm2_s.size:
        on_grid = np.zeros((0, 0)) if sky is None else sky.proton_cm2_s
        label = f"trapped protons above {BELT_PROTON_MEV:g} MeV, cm⁻² s⁻¹"
        field = _Field(label, grid, on_grid, along.proton_cm2_s[:, 0], 1.0)
    cutoff = None if sky is None or not sky.cutoff_gv.size else sky.cutoff_gv
    return _world(along.track, field, grid, cutoff, title)


def draw_rate_map(along: RateAlongOrbit, sky: RateMap | None, title: str) -> Figure:
    """Draw where the upsets happen: their rate over the Earth, and the path.

    Parameters
    ----------
    along : RateAlongOrbit
        The path, whose rates are drawn where there is no map at one altitude.
    sky : RateMap or None
        The map at the altitude of a circular orbit.
    title : str
        Above the picture.
    """
    on_grid = np.zeros((0, 0)) if sky is None else sky.total_per_day
    grid = None if sky is None else sky.grid
    label = f"upsets per {along.per} and day, if it stayed there"
    return _world(along.track, _Field(label, grid, on_grid, along.total_per_day, 0.0), grid, None, title)


def draw_environment_timeline(along: EnvironmentAlongOrbit, title: str) -> Figure:
    """Draw trapped particles and the cutoff in time, passes through the proton belt shaded."""
    panels = [name for name, part in (("belts", along.proton_cm2_s), ("cutoff", along.cutoff_gv)) if part.size]
    figure, axes = new_figure(len(panels) + 1, 1, height=2.2 * (len(panels) + 1) + 0.4, sharex=True)
    hours = along.track.time_s / _HOURS
    for axis, name in zip(axes, panels, strict=False):
        if name == "belts":
            label = f"electrons above {TIMELINE_ELECTRON_MEV:g} MeV"
            _steps(axis, hours, along.electron_cm2_s, SKY, label)
            for column, (energy, colour) in enumerate(zip(TIMELINE_PROTON_MEV, (RED, ORANGE, PINK), strict=True)):
                _steps(axis, hours, along.proton_cm2_s[:, column], colour, f"protons above {energy:g} MeV")
            axis.set(yscale="log", ylabel="flux, cm⁻² s⁻¹", ylim=(1.0, None))
            legend_above(axis, 4)
        else:
            axis.plot(hours, along.cutoff_gv, color=GREEN, linewidth=1.0)
            axis.set(ylabel="cutoff from\nthe zenith, GV", ylim=(0.0, None))
    _altitude(axes[-1], along.track)
    _shade(axes, along.passes)
    figure.suptitle(title)
    return figure


def draw_rate_timeline(along: RateAlongOrbit, title: str) -> Figure:
    """Draw the upset rate in time by what makes the upsets, and how they add up, passes shaded."""
    figure, (above, below) = new_figure(2, 1, height=5.4, sharex=True)
    hours = along.track.time_s / _HOURS
    _steps(above, hours, along.total_per_day, RED, "all")
    _steps(above, hours, along.total_per_day - along.trapped_per_day, BLUE, "galactic and solar particles")
    _steps(above, hours, along.direct_per_day, GREEN, "direct ionisation")
    above.axhline(along.per_day, color=GREY, linestyle="--", label="mean")
    above.set(yscale="log", ylabel=f"upsets per {along.per} and day")
    legend_above(above, 4)
    sums = np.cumsum(along.total_per_day) * along.track.step_s / 86400.0
    below.plot(hours, sums, color=RED)
    below.set(
        ylabel=f"upsets per {along.per}\nsince the start",
        xlabel="time, h",
        ylim=(0.0, None),
        xlim=(0.0, float(hours[-1])),
    )
    _shade([above, below], along.passes)
    figure.suptitle(title)
    return figure


def _steps(axis: Axes, hours: Array, values: Array, colour: str, label: str) -> None:
    axis.plot(hours, np.where(values > 0, values, np.nan), color=colour, linewidth=1.0, label=label)


def _altitude(axis: Axes, track: OrbitTrack) -> None:
    hours = track.time_s / _HOURS
    axis.plot(hours, track.latitude_deg, color=GREY, linewidth=1.0)
    axis.set(xlabel="time, h", ylabel="latitude, °", xlim=(0.0, float(hours[-1])))
    if float(np.ptp(track.altitude_km)) > _DRAWN_ALTITUDE_KM:
        twin = axis.twinx()
        twin.plot(hours, track.altitude_km, color=BLUE, linewidth=1.0)
        twin.set_ylabel("altitude, km", color=BLUE)
        twin.grid(visible=False)


def _shade(axes: list[Axes], passes: tuple[BeltPass, ...]) -> None:
    for each in passes:
        for axis in axes:
            axis.axvspan(each.start_s / _HOURS, each.end_s / _HOURS, color="#fbe3d6", linewidth=0, zorder=0)


def _world(
    track: OrbitTrack, field: _Field | None, grid: EarthGrid | None, cutoff_gv: Array | None, title: str
) -> Figure:
    figure, (axis,) = new_figure(1, 1, height=5.2)
    if field is not None:
        _colour(figure, axis, field, track)
    if cutoff_gv is not None and grid is not None:
        lines = axis.contour(
            grid.longitude_deg, grid.latitude_deg, cutoff_gv, [0.5, 1, 2, 4, 8, 12], colors=GREEN, linewidths=0.8
        )
        axis.clabel(lines, fmt="%g GV", fontsize=8)
    for line in _coastlines():
        axis.plot(line[:, 0], line[:, 1], color=_LAND, linewidth=0.6, zorder=2.5)
    _path(axis, track)
    axis.set(xlim=(-180, 180), ylim=(-90, 90), xlabel="longitude, °", ylabel="latitude, °", aspect="equal")
    axis.set_xticks(range(-180, 181, 30))
    axis.set_yticks(range(-90, 91, 30))
    axis.set_title(title)
    return figure


def _colour(figure: Figure, axis: Axes, field: _Field, track: OrbitTrack) -> None:
    """Draw what a world map shows in colour, over the Earth or along the path."""
    from matplotlib.colors import LogNorm  # noqa: PLC0415 (matplotlib is slow to import)
    from matplotlib.ticker import LogFormatterSciNotation, LogLocator  # noqa: PLC0415 (as above)

    values = field.on_track if field.grid is None else field.on_grid
    highest = float(np.max(values)) if values.size else 0.0
    if not highest > field.floor:
        axis.text(0.0, 0.0, f"{field.label}: none", ha="center", va="center", color=GREY)
        return
    lowest = max(field.floor, highest * 10.0**-_DECADES, float(np.min(values[values > 0])))
    lowest = min(lowest, 0.5 * highest)
    norm = LogNorm(lowest, highest)
    drawn: Any
    if field.grid is None:
        seen = values >= lowest * (1 - 1e-9)
        longitude, latitude = track.longitude_deg[seen], track.latitude_deg[seen]
        drawn = axis.scatter(longitude, latitude, c=values[seen], s=14, norm=norm, cmap=_COLOURS, zorder=3)
    else:
        # Where a floor cuts the field off, what lies below it stays white; otherwise it has the palest colour.
        shown = np.maximum(values, lowest * (0.3 if field.floor > 0 else 1.0))
        levels = np.geomspace(lowest, highest * (1 + 1e-9), 41)
        north, east = field.grid.latitude_deg, field.grid.longitude_deg
        drawn = axis.contourf(east, north, shown, levels, norm=norm, cmap=_COLOURS, zorder=0.5)
    bar = figure.colorbar(drawn, ax=axis, label=field.label, shrink=0.85, pad=0.02)
    bar.set_ticks(LogLocator(), format=LogFormatterSciNotation())


def _path(axis: Axes, track: OrbitTrack) -> None:
    """Draw the ground track of the first day as a thin line, broken at the date line."""
    first = track.time_s <= track.time_s[0] + max(86400.0, track.period_s)
    longitude, latitude = track.longitude_deg[first], track.latitude_deg[first]
    breaks = np.flatnonzero(np.abs(np.diff(longitude)) > 180.0) + 1
    for part in np.split(np.arange(longitude.size), breaks):
        axis.plot(longitude[part], latitude[part], color=_TRACK, linewidth=0.5, alpha=0.7, zorder=2.6)
    if float(np.ptp(longitude)) < 1.0:
        axis.plot(longitude[:1], latitude[:1], "o", color=_TRACK, zorder=2.7)


@lru_cache(maxsize=1)
def _coastlines() -> tuple[Array, ...]:
    text = resources.files("radtest.report").joinpath("coastlines.csv").read_text(encoding="utf-8")
    blocks = "\n".join(text.splitlines()[3:]).split("\n\n")
    lines = []
    for block in blocks:
        line = np.array([[float(part) for part in row.split(",")] for row in block.split("\n")])
        lines.extend(np.split(line, np.flatnonzero(np.abs(np.diff(line[:, 0])) > 180.0) + 1))
    return tuple(lines)
