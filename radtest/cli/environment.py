"""``radtest environment``: what reaches a device in orbit, behind its shield."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["command"]

_LETS = (0.01, 0.1, 1.0, 3.0, 10.0, 20.0, 30.0, 60.0)


@click.command(
    epilog="Example: radtest environment fixtures/orbits/geo.toml --json",
    short_help="Particles inside a shield in orbit.",
)
@click.argument("orbit", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(orbit: Path, as_json: bool) -> None:
    """Compute LET and proton spectra of ORBIT, a TOML file, behind its shield.

    Needs the extra `stopping`; trapped particles and two-line elements need the extra `orbit`.
    """
    from radtest.analysis.environment import inside_environment
    from radtest.analysis.orbit_configuration import OrbitConfiguration
    from radtest.core.configuration import read_configuration

    configuration, _ = read_configuration(orbit, OrbitConfiguration)
    inside = inside_environment(configuration)
    spectrum = inside.let_spectrum
    if as_json:
        from radtest.cli.output import print_json

        print_json(
            {
                "let_spectrum": {
                    "let_mev_cm2_mg": spectrum.let_mev_cm2_mg.tolist(),
                    "integral_cm2_day": spectrum.integral_cm2_day.tolist(),
                    "differential_cm2_day": spectrum.differential_cm2_day.tolist(),
                },
                "protons": {
                    "energy_mev": inside.proton_energy_mev.tolist(),
                    "flux_cm2_s_mev": inside.proton_flux_cm2_s_mev.tolist(),
                },
                "notes": list(inside.notes),
            }
        )
        return
    click.echo(configuration.title or orbit.stem)
    for let, flux in zip(_LETS, spectrum.exceedance_cm2_day(_LETS), strict=True):
        click.echo(f"  LET of {let:g} MeV·cm²/mg or more: {flux:.4g} /(cm² day)")
    for note in inside.notes:
        click.echo(f"note: {note}")
