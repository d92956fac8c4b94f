"""``radtest rate --map`` and ``--timeline``: where and when along an orbit upsets happen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from radtest.analysis.device_configuration import DeviceConfiguration
    from radtest.analysis.orbit_configuration import OrbitConfiguration
    from radtest.analysis.rate_along_orbit import RateAlongOrbit

__all__ = ["draw_in_time", "in_time_fields", "show_in_time"]


def draw_in_time(
    device: DeviceConfiguration,
    folder: Path,
    orbit: OrbitConfiguration,
    title: str,
    world_map: Path | None,
    timeline: Path | None,
) -> RateAlongOrbit:
    """Compute the rate along an orbit and draw what is asked for."""
    from radtest.analysis.rate_along_orbit import RateResponse, rate_along_orbit, rate_map
    from radtest.report import write_figure
    from radtest.report.orbit_figures import draw_rate_map, draw_rate_timeline

    response = RateResponse(device, folder, orbit)
    along = rate_along_orbit(device, folder, orbit, response=response)
    if world_map is not None:
        sky = rate_map(device, folder, orbit, response=response)
        write_figure(draw_rate_map(along, sky, title), world_map)
    if timeline is not None:
        write_figure(draw_rate_timeline(along, title), timeline)
    return along


def in_time_fields(along: RateAlongOrbit) -> dict[str, Any]:
    """Return what happens in time as JSON fields."""
    return {
        "per": along.per,
        "per_day": along.per_day,
        "per_orbit": along.per_orbit,
        "worst_orbit": along.worst_orbit,
        "share_inside_passes": along.share_inside_passes,
        "time_inside_passes": float(along.inside.mean()),
        "passes": len(along.passes),
    }


def show_in_time(along: RateAlongOrbit) -> None:
    """Print what happens in time."""
    click.echo(
        f"along the path: {along.per_orbit:.4g} per {along.per} and orbit, {along.worst_orbit:.4g} in the worst one"
    )
    if along.passes:
        click.echo(
            f"inside {len(along.passes)} passes through the proton belt, {float(along.inside.mean()):.1%} of the time: "
            f"{along.share_inside_passes:.1%} of the upsets"
        )
