"""``radtest log clusters``: how many bits each upset of a run has, by where the cells lie."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from radtest.analysis import AdjacencyMap

__all__ = ["command", "memory_map"]


def memory_map(
    file: Path, bits: int | None, layout: str, words_per_row: int | None, word_bits: int | None
) -> AdjacencyMap:
    """Return where the cells of a memory lie, of the options of the command line.

    Raises
    ------
    click.UsageError
        If the options do not belong together.
    ConfigurationError
        If the memory of the file has no such words, or the table of cells is none.
    """
    from radtest.analysis import AdjacencyMap
    from radtest.core import ConfigurationError

    plain = {"linear": AdjacencyMap.linear, "interleaved": AdjacencyMap.interleaved}.get(layout)
    if (plain is not None) != (words_per_row is not None and word_bits is not None):
        raise click.UsageError(
            "--layout linear and interleaved need --words-per-row and --word-bits; a table of cells takes neither."
        )
    if plain is None:
        return AdjacencyMap.from_csv(layout)
    if not bits or bits % (word_bits or 1):
        raise ConfigurationError(
            f"{file}: the device has {bits} bits, which are no words of {word_bits} bits",
            remedy="correct --word-bits, or give a table of cells.",
        )
    return plain(bits // (word_bits or 1), word_bits or 1, words_per_row or 1)


@click.command(
    "clusters",
    epilog="Example: radtest log clusters run0012_Kr_1226MeV_tilt00_DUT-A3.h5 --layout interleaved --words-per-row 32 "
    "--word-bits 16",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--layout",
    required=True,
    metavar="linear|interleaved|FILE.csv",
    help="Where the cells lie: bits of a word side by side, bit 0 of all words of a row and then bit 1, or a table "
    "with address, bit, row, column.",
)
@click.option("--words-per-row", type=click.IntRange(min=1), help="Words in a row of cells; not for a table.")
@click.option("--word-bits", type=click.IntRange(min=1, max=64), help="Bits of a word; not for a table.")
@click.option("--distance", type=click.IntRange(min=0), default=1, show_default=True, help="Largest step, in cells.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def command(
    file: Path, layout: str, words_per_row: int | None, word_bits: int | None, distance: int, as_json: bool
) -> None:
    """Join the upsets of each scan of a sealed FILE that are physical neighbours, and count them by their bits."""
    from radtest.analysis import cluster_upsets
    from radtest.log import open_record

    if layout in {"linear", "interleaved"} and (words_per_row is None or word_bits is None):
        # Said before the file is opened: it is the command that is wrong.
        memory_map(file, None, layout, words_per_row, word_bits)
    with open_record(file) as record:
        events, bits = record.events, record.header.device.bits
        upsets = events[(events["kind"] == "seu") & (events["known"] & 3 == 3)]
    cells = memory_map(file, bits, layout, words_per_row, word_bits)
    found = cluster_upsets(upsets["time_ns"], upsets["address"], upsets["bit"], cells, distance=distance)
    share = found.multiple_share
    if as_json:
        said = {
            "file": str(file),
            "layout": cells.name,
            "distance": distance,
            "upsets": len(upsets),
            "events": found.events,
            "multiplicities": {str(size): count for size, count in found.multiplicities.items()},
            "multiple_share": share if found.events else None,
            "accidental_pairs": found.accidental_pairs,
        }
        click.echo(json.dumps(said))
        return
    click.echo(f"{file}: {len(upsets)} upsets in {found.events} events ({cells.name}, steps of up to {distance})")
    for size, count in found.multiplicities.items():
        click.echo(f"  {size} bit{'s' if size > 1 else ''}: {count} events")
    click.echo(f"  expected by accident: {found.accidental_pairs:.2g} pairs of particles")
