"""``radtest dose``: ionising and non-ionising dose of a mission against shielding, and the margin of a part."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from radtest.analysis.dose import Geometry
    from radtest.analysis.mission_dose import DoseCurve, MissionDose

__all__ = ["command"]

_SOURCES = ("trapped_protons", "trapped_electrons", "bremsstrahlung", "solar_protons")


@click.command(
    epilog="Example: radtest dose fixtures/orbits/leo_550km_dose.toml --json",
    short_help="Dose of a mission against shielding.",
)
@click.argument("orbit", type=click.Path(path_type=Path))
@click.option(
    "--geometry",
    type=click.Choice(["solid_sphere", "spherical_shell", "finite_slab", "semi_infinite"]),
    default="solid_sphere",
    show_default=True,
    help="Where the part is in the aluminium.",
)
@click.option("--plot", type=click.Path(path_type=Path), help="Draw dose against depth: .png, .svg or .pdf.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(orbit: Path, geometry: Geometry, plot: Path | None, as_json: bool) -> None:
    """Compute the dose of the mission of ORBIT, a TOML file with [mission], in silicon behind aluminium.

    Ionising dose by source, displacement damage, a dose-depth curve, and with [part] the radiation design margin. Needs
    the extra `stopping`; [trapped] needs the extra `orbit`.
    """
    from radtest.analysis.mission_dose import mission_dose
    from radtest.analysis.orbit_configuration import OrbitConfiguration
    from radtest.core.configuration import naming, read_configuration

    configuration, _ = read_configuration(orbit, OrbitConfiguration)
    with naming(orbit):
        dose = mission_dose(configuration, geometry)
    title = configuration.title or orbit.stem
    if plot is not None:
        from radtest.report import draw_dose, write_figure

        write_figure(draw_dose(dose, title[:90]), plot)
    if as_json:
        from radtest.cli.output import print_json

        print_json({**_document(dose), "plot": None if plot is None else str(plot)})
        return
    _show(dose, title)
    if plot is not None:
        click.echo(f"drawn: {plot}")


def _document(dose: MissionDose) -> dict[str, Any]:
    part = dose.at_part
    margin = dose.margin
    return {
        "tid_rad_si": {"total": dose.tid_rad, **{name: float(getattr(part, name)[0]) for name in _SOURCES}},
        "tnid_mev_g": dose.tnid_mev_g,
        "tnid": {
            "protons_mev_g": float(part.proton_tnid[0]),
            "electrons_mev_g": float(part.electron_tnid[0]),
            "proton_10mev_cm2": dose.equivalent_protons_cm2(10.0),
            "proton_50mev_cm2": dose.equivalent_protons_cm2(50.0),
            "neutron_1mev_cm2": dose.equivalent_neutrons_cm2,
        },
        "years": dose.years,
        "aluminium_mm": float(part.aluminium_mm[0]),
        "geometry": dose.geometry,
        "curve": _rows(dose.curve),
        "margin": None
        if margin is None
        else {
            "margin": margin.margin,
            "required": margin.required,
            "met": margin.met,
            "limit_krad_si": margin.limit_krad,
            "source": margin.source,
        },
        "notes": list(dose.notes),
    }


def _rows(curve: DoseCurve) -> list[dict[str, float]]:
    names = ("aluminium_mm", "total", *_SOURCES)
    return [
        {**{name: float(getattr(curve, name)[row]) for name in names}, "tnid_mev_g": float(curve.tnid[row])}
        for row in range(curve.aluminium_mm.size)
    ]


def _show(dose: MissionDose, title: str) -> None:
    from rich.console import Console
    from rich.table import Table

    part = dose.at_part
    click.echo(title)
    span = "1 year" if dose.years == 1 else f"{dose.years:g} years"
    click.echo(f"{span} behind {part.aluminium_mm[0]:.4g} mm of aluminium, {dose.geometry.replace('_', ' ')}:")
    click.echo(f"  ionising dose {dose.tid_rad:.4g} rad(Si)")
    for name in _SOURCES:
        click.echo(f"    {name.replace('_', ' ')}: {getattr(part, name)[0]:.4g}")
    click.echo(
        f"  non-ionising dose {dose.tnid_mev_g:.4g} MeV/g (protons {part.proton_tnid[0]:.3g}, electrons "
        f"{part.electron_tnid[0]:.3g})\n    as {dose.equivalent_protons_cm2(10.0):.3g} protons/cm² of 10 MeV, "
        f"{dose.equivalent_protons_cm2(50.0):.3g} of 50 MeV, {dose.equivalent_neutrons_cm2:.3g} neutrons/cm² of 1 MeV"
    )
    table = Table("mm Al", "rad(Si)", "protons", "electrons", "bremsstr.", "solar p.", "MeV/g")
    curve = dose.curve
    for row in range(curve.aluminium_mm.size):
        values = [curve.total, *(getattr(curve, name) for name in _SOURCES), curve.tnid]
        table.add_row(f"{curve.aluminium_mm[row]:g}", *(f"{value[row]:.3g}" for value in values))
    Console().print(table)
    if dose.margin is not None:
        verdict = "met" if dose.margin.met else "NOT met"
        click.echo(
            f"design margin {dose.margin.margin:.3g}, {dose.margin.required:g} asked for: {verdict}; "
            f"the part withstands {dose.margin.limit_krad:.4g} krad(Si) ({dose.margin.source})"
        )
    for note in dose.notes:
        click.echo(f"note: {note}")
