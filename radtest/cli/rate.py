"""``radtest rate``: the upset rate of a device in a LET spectrum."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

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
@click.option("--orbit", type=click.Path(path_type=Path), help="TOML file of the orbit and the shielding, instead.")
@click.option("--draws", default=2000, show_default=True, help="Draws behind the interval, where points are fitted.")
@click.option("--seed", default=1, show_default=True, help="Seed of the draws.")
@click.option("--confidence", default=0.95, show_default=True, help="Confidence level of the interval.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    device: Path, spectrum: Path | None, orbit: Path | None, draws: int, seed: int, confidence: float, as_json: bool
) -> None:
    """Compute the upset rate of DEVICE, a TOML file, by integral RPP in a LET spectrum or in an orbit.

    The interval carries the statistics of the fit where the device names points; four given parameters are taken as
    exact, and the interval then has no width. Nuclear reactions of protons count with --orbit, if DEVICE has [proton].
    """
    from radtest.analysis.device_configuration import DeviceConfiguration
    from radtest.analysis.device_rate import device_rate
    from radtest.analysis.spectrum import read_let_spectrum
    from radtest.core import ConfigurationError
    from radtest.core.configuration import read_configuration

    configuration, _ = read_configuration(device, DeviceConfiguration)
    if (spectrum is None) == (orbit is None):
        raise ConfigurationError(
            "the environment: give one of --spectrum and --orbit",
            remedy="add --orbit ORBIT.toml or --spectrum FILE.csv.",
        )
    protons, said = None, list[str]()
    if orbit is not None:
        from radtest.analysis.environment import inside_environment
        from radtest.analysis.orbit_configuration import OrbitConfiguration

        inside = inside_environment(read_configuration(orbit, OrbitConfiguration)[0])
        let_spectrum, said = inside.let_spectrum, list(inside.notes)
        protons = inside.proton_energy_mev, inside.proton_flux_cm2_s_mev
    elif spectrum is not None:
        let_spectrum = read_let_spectrum(spectrum)
    rate = device_rate(
        configuration, device.parent, let_spectrum, protons, seed=seed, draws=draws, confidence=confidence
    )
    notes = [*said, *rate.notes]
    if as_json:
        from radtest.cli.output import estimate_fields, print_json

        fields = estimate_fields(rate.direct, "per_bit_day")
        proton = None if rate.proton is None else estimate_fields(rate.proton, "per_bit_day")
        total = estimate_fields(rate.total, "per_bit_day")
        document: dict[str, Any] = {"direct": fields, "proton": proton, "total": total}
        if configuration.bits is not None:
            per_device = estimate_fields(rate.total.scaled(configuration.bits), "per_device_day")
            document["device"] = {"bits": configuration.bits, **per_device}
        print_json({**document, "confidence": confidence, "exact_inputs": rate.exact_inputs, "notes": notes})
        return
    from rich.console import Console
    from rich.table import Table

    from radtest.cli.output import interval

    console = Console()
    title = f"{configuration.title or device.stem} in {(orbit or spectrum or device).name}"
    table = Table("rate", "per day", f"{confidence:.0%} interval", title=title)
    table.add_row("direct ionisation, per bit", f"{rate.direct.value:.4g}", interval(rate.direct, 4))
    if rate.proton is not None:
        table.add_row("protons, nuclear, per bit", f"{rate.proton.value:.4g}", interval(rate.proton, 4))
        table.add_row("total, per bit", f"{rate.total.value:.4g}", interval(rate.total, 4))
    if configuration.bits is not None:
        whole = rate.total.scaled(configuration.bits)
        table.add_row(f"total, {configuration.bits:,} bits", f"{whole.value:.4g}", interval(whole, 4))
    console.print(table)
    for note in notes:
        console.print(f"note: {note}", markup=False)
