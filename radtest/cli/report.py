"""``radtest report``: one page from a record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from radtest.cli.intervals import interval_options

if TYPE_CHECKING:
    from radtest.inject import IntervalMethod

__all__ = ["command"]


@click.command(epilog="Example: radtest report run0001_icarus_picorv32_soc_seed42.h5 --out report.html")
@click.argument("record", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="The page. [default: RECORD with the ending .html]")
@click.option("--figures", type=click.Path(path_type=Path), help="Write each figure into this folder, too, as SVG.")
@click.option(
    "--registers", type=click.IntRange(min=1), default=20, show_default=True, help="Most vulnerable registers to show."
)
@interval_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    record: Path,
    out: Path | None,
    figures: Path | None,
    registers: int,
    confidence: float,
    method: IntervalMethod,
    as_json: bool,
) -> None:
    """Write the report of an injection campaign: one HTML page that needs no network, from its sealed RECORD alone.

    Outcomes by module, the most vulnerable registers, vulnerability over time, latencies, all with intervals; the words
    of ISO 26262; and where it comes from, with the command to repeat it.
    """
    from radtest.cli.inject_tables import summary_fields
    from radtest.cli.output import print_json
    from radtest.log import open_record, whole_file
    from radtest.report import injection_report, write_report

    with open_record(record) as opened:
        result = injection_report(opened, confidence, method=method, registers=registers)
    page = write_report(result.report, out or record.with_suffix(".html"))
    written = []
    if figures is not None:
        figures.mkdir(parents=True, exist_ok=True)
        for name, svg in result.figures.items():
            written.append(figures / f"{name}.svg")
            with whole_file(written[-1]) as file:
                file.write(svg)
    if as_json:
        print_json(
            {
                "report": str(page),
                "figures": [str(path) for path in written],
                "summary": summary_fields(result.summary, record),
            }
        )
        return
    click.echo(f"Report: {page}")
    for path in written:
        click.echo(f"Figure: {path}")
