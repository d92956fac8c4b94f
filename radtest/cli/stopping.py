"""``radtest stopping``: LET and range of an ion."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from radtest.analysis import Stopping

__all__ = ["command"]


@click.command(
    epilog="Example: radtest stopping Kr --mass 84 --energy-mev 769 --layers air:10mm,passivation:2",
    short_help="LET and range of an ion, behind layers.",
)
@click.argument("ion")
@click.option("--mass", type=int, help="Mass number [default: of the most abundant isotope].")
@click.option("--energy-mev", type=float, help="Total kinetic energy, MeV.")
@click.option("--energy-mev-u", type=float, help="Kinetic energy per nucleon, MeV/u, instead.")
@click.option("--layers", help="What the ion crosses first, in order: kapton:25,air:40mm,SiO2:8 (µm without a unit).")
@click.option("--material", default="Si", show_default=True, help="The target in which LET and range are given.")
@click.option("--depth", "depths", type=float, multiple=True, help="Give the LET at this depth, too, µm; repeatable.")
@click.option(
    "--effective-charge",
    "charge",
    type=click.Choice(["pierce-blann", "anthony-lanford", "hubert", "winger", "schiwietz"]),
    default="pierce-blann",
    show_default=True,
    help="Parameterisation of the ion's charge above 10 MeV/u.",
)
@click.option("--plot", type=click.Path(path_type=Path), help="Draw LET and energy against depth: .png, .svg or .pdf.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    ion: str,
    mass: int | None,
    energy_mev: float | None,
    energy_mev_u: float | None,
    layers: str | None,
    material: str,
    depths: tuple[float, ...],
    charge: str,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Compute LET and range of ION (Kr, 84Kr, p) at the surface of a target, behind layers.

    Needs the extra `stopping`. Where a facility gives a LET, take that; this one says where it comes from.
    """
    from radtest.analysis import energy_suspicion, material_named, parse_ion, parse_layers, stopping

    species, assumed = parse_ion(ion, mass)
    total, per_nucleon = _energy(energy_mev, energy_mev_u, species.mass_number)
    result = stopping(
        species,
        total,
        parse_layers(layers) if layers else (),
        material=material_named(material),
        charge=charge,  # type: ignore[arg-type]  # click has checked it
    )
    _check_depths(depths, result)
    notes = list(result.notes)
    if assumed:
        notes.insert(0, f"no mass number was given: {species} is the most abundant isotope")
    suspicion = energy_suspicion(species, total, per_nucleon=per_nucleon)
    if suspicion:
        notes.insert(0, suspicion)
    if plot is not None:
        from radtest.report import draw_stopping, write_figure

        write_figure(draw_stopping(result), plot)
    if as_json:
        from radtest.cli.output import print_json

        print_json({**_document(result, assumed, depths), "notes": notes, "plot": str(plot) if plot else None})
        return
    _print(result, depths, notes)
    if plot is not None:
        click.echo(f"drawn: {plot}")


def _energy(energy_mev: float | None, energy_mev_u: float | None, nucleons: int) -> tuple[float, bool]:
    from radtest.core import ConfigurationError

    if (energy_mev is None) == (energy_mev_u is None):
        found = "neither was" if energy_mev is None else "both were"
        raise ConfigurationError(
            f"--energy-mev and --energy-mev-u: {found} given",
            remedy="give the total energy in MeV or the energy per nucleon in MeV/u, one of them.",
        )
    option, value = ("--energy-mev", energy_mev) if energy_mev_u is None else ("--energy-mev-u", energy_mev_u)
    if value is None or not value > 0:
        raise ConfigurationError(f"{option} {value:g}: an energy is above 0", remedy="give the kinetic energy.")
    return (value, False) if energy_mev_u is None else (value * nucleons, True)


def _check_depths(depths: tuple[float, ...], result: Stopping) -> None:
    from radtest.core import ConfigurationError

    for depth in depths:
        if not 0 <= depth <= result.range_um:
            raise ConfigurationError(
                f"--depth {depth:g}: legal here: 0 to the range, {result.range_um:.4g} µm",
                remedy="the ion does not get there; take a smaller depth or a higher energy.",
            )


def _document(result: Stopping, assumed: bool, depths: tuple[float, ...]) -> dict[str, Any]:
    return {
        "ion": str(result.ion),
        "mass_number": result.ion.mass_number,
        "mass_assumed": assumed,
        "energy_mev": result.energy_mev,
        "energy_mev_u": result.energy_mev / result.ion.mass_number,
        "layers": [
            {
                "material": crossing.layer.material.name,
                "thickness_um": crossing.layer.thickness_um,
                "energy_in_mev": crossing.energy_in_mev,
                "energy_out_mev": crossing.energy_out_mev,
            }
            for crossing in result.crossings
        ],
        "material": result.table.material.name,
        "surface_energy_mev": result.surface_energy_mev,
        "let_mev_cm2_mg": result.let_mev_cm2_mg,
        "range_um": result.range_um,
        "bragg_peak": {"let_mev_cm2_mg": result.peak_let_mev_cm2_mg, "depth_um": result.peak_depth_um},
        "depths": [
            {
                "depth_um": depth,
                "let_mev_cm2_mg": float(result.let_at_depth(depth)),
                "energy_mev": float(result.energy_at_depth(depth)),
            }
            for depth in depths
        ],
        "let_source": result.source,
    }


def _print(result: Stopping, depths: tuple[float, ...], notes: list[str]) -> None:
    target = result.table.material.name
    click.echo(f"{result.ion}, {result.energy_mev:.6g} MeV ({result.energy_mev / result.ion.mass_number:.4g} MeV/u)")
    for crossing in result.crossings:
        layer = crossing.layer
        click.echo(f"  behind {layer.thickness_um:g} µm of {layer.label}: {crossing.energy_out_mev:.5g} MeV")
    click.echo(f"LET at the surface of {target}: {result.let_mev_cm2_mg:.4g} MeV·cm²/mg")
    click.echo(f"range in {target}: {result.range_um:.4g} µm")
    click.echo(f"Bragg peak: {result.peak_let_mev_cm2_mg:.4g} MeV·cm²/mg at {result.peak_depth_um:.4g} µm")
    for depth in depths:
        click.echo(
            f"at {depth:g} µm: LET {float(result.let_at_depth(depth)):.4g} MeV·cm²/mg, "
            f"{float(result.energy_at_depth(depth)):.5g} MeV left"
        )
    click.echo(f"source: {result.source}")
    for note in notes:
        click.echo(f"note: {note}")
