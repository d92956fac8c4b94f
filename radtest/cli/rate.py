"""``radtest rate``: the upset rate of a device in a LET spectrum."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from radtest.cli.intervals import confidence_option

if TYPE_CHECKING:
    from radtest.analysis.orbit_configuration import OrbitConfiguration
    from radtest.analysis.rate_along_orbit import RateAlongOrbit

__all__ = ["command"]


@click.command(
    epilog="Example: radtest rate fixtures/devices/2164.toml --spectrum fixtures/spectra/spenvis_let_spectrum.csv",
    short_help="Upset rate of a device in a LET spectrum.",
)
@click.argument("device", type=click.Path(path_type=Path))
@click.option(
    "--spectrum",
    type=click.Path(path_type=Path),
    help="CSV file of the LET spectrum behind the shielding, units in its header.",
)
@click.option(
    "--protons",
    type=click.Path(path_type=Path),
    help="CSV file of the protons by energy behind the shielding, with --spectrum.",
)
@click.option("--orbit", type=click.Path(path_type=Path), help="TOML file of the orbit and the shielding, instead.")
@click.option(
    "--draws",
    type=click.IntRange(min=100),
    default=2000,
    show_default=True,
    help="Draws behind the interval, where points are fitted.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of the draws.")
@confidence_option
@click.option(
    "--plot",
    type=click.Path(path_type=Path),
    help="Draw the rate against the shield and by LET: .png, .svg or .pdf.",
)
@click.option(
    "--map", "world_map", type=click.Path(path_type=Path), help="Draw where over the Earth upsets happen, with --orbit."
)
@click.option("--timeline", type=click.Path(path_type=Path), help="Draw when along the path they happen, with --orbit.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    device: Path,
    spectrum: Path | None,
    protons: Path | None,
    orbit: Path | None,
    draws: int,
    seed: int,
    confidence: float,
    plot: Path | None,
    world_map: Path | None,
    timeline: Path | None,
    as_json: bool,
) -> None:
    """Compute the upset rate of DEVICE, a TOML file, by integral RPP in a LET spectrum or in an orbit.

    The interval carries the statistics of the fit where the device names points; four given parameters are taken as
    exact, and the interval then has no width. Nuclear reactions of protons count with --orbit, if DEVICE has [proton].
    """
    from radtest.analysis.device_configuration import DeviceConfiguration
    from radtest.analysis.device_rate import device_rate
    from radtest.analysis.rate_checks import cross_checks
    from radtest.analysis.rate_environment import RateEnvironment
    from radtest.analysis.spectrum_file import read_let_spectrum
    from radtest.core import ConfigurationError
    from radtest.core.configuration import naming, read_configuration

    configuration, _ = read_configuration(device, DeviceConfiguration)
    if (spectrum is None) == (orbit is None):
        raise ConfigurationError(
            "the environment: give one of --spectrum and --orbit",
            remedy="add --orbit ORBIT.toml or --spectrum FILE.csv.",
        )
    if orbit is None and (world_map is not None or timeline is not None):
        raise ConfigurationError(
            "--map and --timeline: a LET spectrum has neither places nor times", remedy="give --orbit ORBIT.toml."
        )
    if orbit is not None and protons is not None:
        raise ConfigurationError(
            "--protons: an orbit brings its own protons", remedy="give --protons with --spectrum only."
        )
    flight: OrbitConfiguration | None = None
    if orbit is not None:
        from radtest.analysis.orbit_configuration import OrbitConfiguration
        from radtest.analysis.rate_environment import rate_environment

        flight, _ = read_configuration(orbit, OrbitConfiguration)
        with naming(orbit):
            environment = rate_environment(flight)
    elif spectrum is not None:
        from radtest.analysis.proton_spectrum import read_proton_spectrum

        by_energy = None if protons is None else read_proton_spectrum(protons)
        environment = RateEnvironment(read_let_spectrum(spectrum), by_energy)
    with naming(device):
        rates = device_rate(configuration, device.parent, environment, seed=seed, draws=draws, confidence=confidence)
    checks = []
    upset = rates.upset
    if upset is not None and upset.weibull is not None and rates.direct is not None:
        checks = cross_checks(
            upset.weibull,
            rates.direct.value,
            None if rates.proton is None else rates.proton.value,
            configuration.sensitive_volume,
            environment.let_spectrum,
            flight,
        )
    notes = [*environment.notes, *rates.notes]
    title = f"{configuration.title or device.stem} in {(orbit or spectrum or device).name}"
    if plot is not None:
        from radtest.cli.rate_plot import plot_rate

        options: Any = {"seed": seed, "draws": draws, "confidence": confidence}
        plot_rate(plot, title, configuration, device.parent, rates, environment, flight, **options)
    in_time: RateAlongOrbit | None = None
    if flight is not None and (world_map is not None or timeline is not None):
        from radtest.cli.rate_in_time import draw_in_time

        in_time = draw_in_time(configuration, device.parent, flight, title, world_map, timeline)
    if as_json:
        from radtest.cli.output import print_json
        from radtest.cli.rate_output import rate_document

        document = rate_document(configuration, rates, environment, checks, notes, confidence)
        document["plot"] = None if plot is None else str(plot)
        if in_time is not None:
            from radtest.cli.rate_in_time import in_time_fields

            document["along_orbit"] = in_time_fields(in_time)
        print_json(document)
        return
    from radtest.cli.rate_output import show_rates

    show_rates(title, configuration, rates, environment, checks, notes, confidence)
    if in_time is not None:
        from radtest.cli.rate_in_time import show_in_time

        show_in_time(in_time)
    for path in (plot, world_map, timeline):
        if path is not None:
            click.echo(f"drawn: {path}")
