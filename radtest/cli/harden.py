"""``radtest harden``: the cheapest flip-flops to protect, and the design in which they are protected."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from radtest.core.outcome import Outcome
    from radtest.inject.exhaustive.hardened import CellAreas, HardenedDesign
    from radtest.inject.exhaustive.map_file import UpsetMap
    from radtest.inject.exhaustive.protection import Protection

__all__ = ["command"]


@click.command(
    epilog="Example: radtest harden build/map/picorv32_soc.h5 --sdc-factor 10 --out build/harden/picorv32_soc",
    short_help="Choose the cheapest flip-flops to protect, and triplicate them.",
)
@click.argument("map_file", metavar="MAP.h5", type=click.Path(path_type=Path))
@click.option(
    "--sdc-factor", "factor", type=float, default=10.0, show_default=True, help="By how much the count has to fall."
)
@click.option("--outcomes", default="sdc", show_default=True, help="Outcomes that count, with commas between them.")
@click.option("--liberty", type=click.Path(path_type=Path), help="Liberty file: count in areas of its cells.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write into. [default: build/harden/MAP]")
@click.option("--list-only", is_flag=True, help="Show what to protect and write nothing.")
@click.option(
    "--registers", type=click.IntRange(min=1), default=20, show_default=True, help="Registers to show in the table."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    map_file: Path,
    factor: float,
    outcomes: str,
    liberty: Path | None,
    out: Path | None,
    list_only: bool,
    registers: int,
    as_json: bool,
) -> None:
    """Choose from MAP.h5, an upset map, the flip-flops whose protection costs least for the asked reduction.

    Writes the design with these triplicated as a Verilog netlist that passes the test of the map, and its campaign
    file: radtest inject and radtest map take it as it is.
    """
    from radtest.cli.output import print_json
    from radtest.inject.exhaustive.hardened import cell_areas_of, write_hardened
    from radtest.inject.exhaustive.map_file import open_map
    from radtest.inject.exhaustive.protection import FLIP_FLOPS, choose_protection

    with open_map(map_file) as upset_map:
        cells = cell_areas_of(upset_map, liberty) if liberty is not None else None
        protection = choose_protection(
            upset_map,
            factor,
            _outcomes(outcomes),
            cells.protection if cells else None,
            f"{cells.liberty.name} area" if cells else FLIP_FLOPS,
        )
        folder = out or Path("build/harden") / map_file.stem
        written = None if list_only else write_hardened(upset_map, protection, folder)
        if as_json:
            print_json(_fields(upset_map, protection, cells, written))
        else:
            _show(upset_map, protection, cells, written, registers)


def _outcomes(text: str) -> list[Outcome]:
    from radtest.core.errors import ConfigurationError
    from radtest.core.outcome import Outcome

    found = []
    for name in filter(None, (word.strip() for word in text.split(","))):
        if name not in list(Outcome):
            raise ConfigurationError(
                f"--outcomes {name!r}: no such outcome", remedy="choose from sdc, hang, detected, latent, corrected."
            )
        found.append(Outcome(name))
    return found


def _fields(
    upset_map: UpsetMap, protection: Protection, cells: CellAreas | None, written: HardenedDesign | None
) -> dict[str, Any]:
    flip_flops = zip(protection.rows, protection.counts, protection.areas, strict=True)
    return {
        "map": str(upset_map.path),
        "factor": protection.factor,
        "outcomes": [outcome.value for outcome in protection.outcomes],
        "flip_flops": [{"name": upset_map.names[row], "count": count, "area": area} for row, count, area in flip_flops],
        "added_flip_flops": 2 * len(protection.rows),
        "voters": len(protection.rows),
        "all_flip_flops": _flip_flops(upset_map),
        "before": protection.before,
        "predicted": protection.after,
        "predicted_factor": protection.reached_factor,
        "unprotectable": protection.least_after,
        "area_unit": protection.unit,
        "added_area": protection.area,
        "least_added_area": protection.least_area,
        "optimal": protection.is_optimal,
        "design_area": cells.design if cells else None,
        "curve": [{"factor": point.factor, "bits": point.bits, "area": point.area} for point in protection.curve],
        "netlist": str(written.netlist) if written else None,
        "campaign": str(written.campaign) if written else None,
        "names": str(written.names) if written else None,
        "notes": list(written.notes) if written else [],
    }


def _flip_flops(upset_map: UpsetMap) -> int:
    from radtest.core.injection import TargetKind

    return sum(target.bits for target in upset_map.targets if target.kind is TargetKind.FLIP_FLOP)


def _show(
    upset_map: UpsetMap,
    protection: Protection,
    cells: CellAreas | None,
    written: HardenedDesign | None,
    most: int,
) -> None:
    from rich.console import Console
    from rich.table import Table

    from radtest.inject.exhaustive.hardened import protected_registers

    # In a file or a pipe there is no width to keep to, and names must not be broken.
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 200)
    words = " and ".join(outcome.value for outcome in protection.outcomes)
    count, area = (dict(zip(protection.rows, values, strict=True)) for values in (protection.counts, protection.areas))
    widths = {target.name: 0 for target in upset_map.targets}
    for target in upset_map.targets:
        widths[target.name] += target.bits
    table = Table("register", "protected bits", "of", f"upsets that come to {words}", f"area, {protection.unit}")
    groups = sorted(
        protected_registers(upset_map, protection.rows).items(), key=lambda group: -sum(count[row] for row in group[1])
    )
    for name, rows in groups[:most]:
        total = sum(count[row] for row in rows), sum(area[row] for row in rows)
        table.add_row(name, str(len(rows)), str(widths[name]), str(total[0]), f"{total[1]:g}")
    console.print(table)
    if len(groups) > most:
        console.print(f"{len(groups) - most} more registers are not shown.")
    bits, flip_flops = len(protection.rows), _flip_flops(upset_map)
    console.print(
        f"Protect {bits} of {flip_flops} flip-flops: {2 * bits} more flip-flops and {bits} voters. Of "
        f"{protection.before} upsets that come to {words}, {protection.after} are left, as predicted: a factor of "
        f"{protection.reached_factor:.4g}."
    )
    share = f", {protection.area / cells.design:.1%} of {cells.design:g} without memories" if cells else ""
    proof = (
        "no choice is cheaper"
        if protection.is_optimal
        else f"no choice is below {protection.least_area:g}; time ran out before a better one was found or ruled out"
    )
    console.print(f"Area: {protection.area:g} more ({protection.unit}){share}; {proof}.")
    curve = Table("factor", "flip-flops to protect", f"area, {protection.unit}")
    for point in protection.curve:
        curve.add_row(f"{point.factor:.4g}", str(point.bits), f"{point.area:g}")
    console.print(curve)
    if written is not None:
        for note in written.notes:
            console.print(f"note: {note}", markup=False)
        click.echo(f"Netlist: {written.netlist}\nCampaign: {written.campaign}\nNames: {written.names}")
