"""``radtest environment``: what reaches a device in orbit, behind its shield."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from radtest.analysis.belt_passes import BeltPass
    from radtest.analysis.environment import InsideEnvironment
    from radtest.analysis.environment_along_orbit import EnvironmentAlongOrbit
    from radtest.analysis.orbit_configuration import OrbitConfiguration
    from radtest.analysis.orbit_track import OrbitTrack

__all__ = ["command"]

_LETS = (0.01, 0.1, 1.0, 3.0, 10.0, 20.0, 30.0, 60.0)
_MOST_PASSES = 10
_PROTON_MEV, _ELECTRON_MEV = (1.0, 100.0, 1000.0), (0.5, 1.0, 2.0)
_PER_M2_SR = 1e4 / (4.0 * math.pi)


@click.command(
    epilog="Example: radtest environment fixtures/orbits/geo.toml --json",
    short_help="Particles inside a shield in orbit.",
)
@click.argument("orbit", type=click.Path(path_type=Path))
@click.option("--plot", type=click.Path(path_type=Path), help="Draw LET and proton spectra: .png, .svg or .pdf.")
@click.option(
    "--map",
    "world_map",
    type=click.Path(path_type=Path),
    help="Draw trapped protons and the cutoff over the Earth, and the path.",
)
@click.option("--timeline", type=click.Path(path_type=Path), help="Draw trapped particles and the cutoff in time.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(orbit: Path, plot: Path | None, world_map: Path | None, timeline: Path | None, as_json: bool) -> None:
    """Compute LET and proton spectra of ORBIT, a TOML file, behind its shield.

    With [trapped], passes through the proton belt (in low orbits the South Atlantic Anomaly) are listed, too. Needs the
    extra `stopping`; trapped particles and two-line elements need the extra `orbit`.
    """
    from radtest.analysis.environment import inside_environment
    from radtest.analysis.environment_along_orbit import environment_along_orbit, moving_track
    from radtest.analysis.orbit_configuration import OrbitConfiguration
    from radtest.analysis.orbit_track import orbit_track
    from radtest.core.configuration import naming, read_configuration

    configuration, _ = read_configuration(orbit, OrbitConfiguration)
    along: EnvironmentAlongOrbit | None = None
    with naming(orbit):
        track = orbit_track(configuration.orbit)
        if world_map is not None or timeline is not None:
            moving_track(configuration)
        if track.near_earth:
            along = environment_along_orbit(configuration)
        inside = inside_environment(configuration)
    title = configuration.title or orbit.stem
    drawn = _draw(configuration, inside, along, title, {"plot": plot, "map": world_map, "timeline": timeline})
    if as_json:
        from radtest.cli.output import print_json

        print_json({**_document(inside, track, along), "drawn": drawn})
        return
    _show(title, inside, along)
    for path in drawn.values():
        click.echo(f"drawn: {path}")


def _draw(
    configuration: OrbitConfiguration,
    inside: InsideEnvironment,
    along: EnvironmentAlongOrbit | None,
    title: str,
    wanted: dict[str, Path | None],
) -> dict[str, str]:
    """Draw what is wanted and return where it lies."""
    pictures = {name: path for name, path in wanted.items() if path is not None}
    if not pictures:
        return {}
    from radtest.analysis.environment import inside_environment
    from radtest.analysis.environment_along_orbit import environment_map
    from radtest.analysis.orbit_configuration import ShieldingConfiguration
    from radtest.report import write_figure
    from radtest.report.orbit_figures import draw_environment_map, draw_environment_timeline, draw_spectra

    drawn = {}
    for name, path in pictures.items():
        if along is None or name == "plot":
            bare = configuration.model_copy(update={"shielding": ShieldingConfiguration(aluminium_g_cm2=0.0)})
            figure = draw_spectra(inside, inside_environment(bare), title)
        elif name == "map":
            figure = draw_environment_map(along, environment_map(configuration), title)
        else:
            figure = draw_environment_timeline(along, title)
        drawn[name] = str(write_figure(figure, path))
    return drawn


def _document(inside: InsideEnvironment, track: OrbitTrack, along: EnvironmentAlongOrbit | None) -> dict[str, Any]:
    spectrum = inside.let_spectrum
    document: dict[str, Any] = {
        "let_spectrum": {
            "let_mev_cm2_mg": spectrum.let_mev_cm2_mg.tolist(),
            "integral_cm2_day": spectrum.integral_cm2_day.tolist(),
            "differential_cm2_day": spectrum.differential_cm2_day.tolist(),
        },
        "protons": {
            "energy_mev": inside.proton_energy_mev.tolist(),
            "flux_cm2_s_mev": inside.proton_flux_cm2_s_mev.tolist(),
        },
        "sources": {
            name: {
                "let_integral_cm2_day": part.let_spectrum.integral_cm2_day.tolist(),
                "proton_flux_cm2_s_mev": part.proton_flux_cm2_s_mev.tolist(),
                "outside_proton_flux_cm2_s_mev": part.outside_proton_flux_cm2_s_mev.tolist(),
            }
            for name, part in inside.contributions.items()
        },
        "orbit": _orbit(track),
        "trapped": None,
        "notes": list(inside.notes),
    }
    if along is not None and along.proton_cm2_s.size:
        from radtest.analysis.environment_along_orbit import TIMELINE_PROTON_MEV

        document["trapped"] = {
            "proton_energy_mev": list(TIMELINE_PROTON_MEV),
            "proton_flux_cm2_s": along.proton_cm2_s.mean(axis=0).tolist(),
            "electron_energy_mev": inside.electron_energy_mev.tolist(),
            "electron_flux_cm2_s": inside.electron_integral_cm2_s.tolist(),
            "passes": [_pass(each) for each in along.passes],
        }
    return document


def _orbit(track: OrbitTrack) -> dict[str, Any]:
    altitude = track.altitude_km
    return {
        "description": track.note,
        "start": None if track.start is None else track.start.isoformat(),
        "days": float(track.step_s * track.time_s.size / 86400.0),
        "step_s": track.step_s,
        "period_s": track.period_s if track.near_earth else None,
        "lowest_altitude_km": float(altitude.min()) if track.near_earth else None,
        "highest_altitude_km": float(altitude.max()) if track.near_earth else None,
    }


def _pass(each: BeltPass) -> dict[str, float]:
    return {
        "start_s": each.start_s,
        "end_s": each.end_s,
        "peak_s": each.peak_s,
        "peak_cm2_s": each.peak_cm2_s,
        "peak_latitude_deg": each.peak_latitude_deg,
        "peak_longitude_deg": each.peak_longitude_deg,
        "share": each.share,
    }


def _show(title: str, inside: InsideEnvironment, along: EnvironmentAlongOrbit | None) -> None:
    click.echo(title)
    for let, flux in zip(_LETS, inside.let_spectrum.exceedance_cm2_day(_LETS), strict=True):
        click.echo(f"  LET of {let:g} MeV·cm²/mg or more: {flux:.4g} /(cm² day)")
    _show_protons(inside)
    if along is not None and along.proton_cm2_s.size:
        import numpy as np

        from radtest.analysis.environment_along_orbit import TIMELINE_PROTON_MEV

        for energy, flux in zip(TIMELINE_PROTON_MEV, along.proton_cm2_s.mean(axis=0), strict=True):
            click.echo(f"  trapped protons above {energy:g} MeV, outside the shield: {flux:.4g} /(cm² s)")
        for energy in _ELECTRON_MEV:
            flux = np.interp(energy, inside.electron_energy_mev, inside.electron_integral_cm2_s)
            click.echo(f"  trapped electrons above {energy:g} MeV, outside the shield: {flux:.4g} /(cm² s)")
        _show_passes(along)
    for note in inside.notes:
        click.echo(f"note: {note}")


def _show_protons(inside: InsideEnvironment) -> None:
    """Print galactic and solar protons in the units of CREME96."""
    import numpy as np

    for name, words in (("gcr", "galactic"), ("solar", "solar")):
        part = inside.contributions.get(name)
        if part is not None:
            flux = np.interp(_PROTON_MEV, inside.proton_energy_mev, part.outside_proton_flux_cm2_s_mev) * _PER_M2_SR
            values = ", ".join(f"{value:.4g}" for value in flux)
            energies = ", ".join(f"{energy:g}" for energy in _PROTON_MEV)
            click.echo(f"  {words} protons of {energies} MeV outside the shield: {values} /(m² sr s MeV)")


def _show_passes(along: EnvironmentAlongOrbit) -> None:
    if not along.passes:
        click.echo("no pass through the proton belt")
        return
    track = along.track
    hours = track.step_s * track.time_s.size / 3600.0
    share = sum(each.duration_s for each in along.passes) / 3600.0 / hours
    click.echo(f"passes through the proton belt in {hours:g} h: {len(along.passes)}, {share:.1%} of the time")
    largest = sorted(along.passes, key=lambda each: -each.share)[:_MOST_PASSES]
    for each in sorted(largest, key=lambda each: each.start_s):
        north = f"{abs(each.peak_latitude_deg):.0f}°{'N' if each.peak_latitude_deg >= 0 else 'S'}"
        east = f"{abs(each.peak_longitude_deg):.0f}°{'E' if each.peak_longitude_deg >= 0 else 'W'}"
        click.echo(
            f"  from {each.start_s / 3600.0:6.2f} h for {each.duration_s / 60.0:5.1f} min, peak "
            f"{each.peak_cm2_s:8.4g} /(cm² s) at {north} {east}, {each.share:.1%} of the fluence"
        )
    if len(along.passes) > _MOST_PASSES:
        click.echo(f"  and {len(along.passes) - _MOST_PASSES} of smaller shares: --json lists all")
