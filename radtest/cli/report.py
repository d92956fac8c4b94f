"""``radtest report``: one page from a record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from radtest.cli.intervals import interval_options

if TYPE_CHECKING:
    from radtest.inject import IntervalMethod
    from radtest.report import Report

__all__ = ["command"]


@click.command(epilog="Example: radtest report run0001_icarus_picorv32_soc_seed42.h5 --out report.html")
@click.argument("record", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="The page. [default: RECORD with the ending .html]")
@click.option(
    "--figures",
    type=click.Path(path_type=Path),
    help="Write each figure into this folder, too, as SVG; a map as PNG, too.",
)
@click.option(
    "--registers", type=click.IntRange(min=1), default=20, show_default=True, help="Most vulnerable registers to show."
)
@interval_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(
    context: click.Context,
    record: Path,
    out: Path | None,
    figures: Path | None,
    registers: int,
    confidence: float,
    method: IntervalMethod,
    as_json: bool,
) -> None:
    """Write the report of an injection campaign, or of an upset map, from its RECORD alone: one HTML page.

    Of a campaign: outcomes by module, the most vulnerable registers, vulnerability over time, latencies, all with
    intervals; the words of ISO 26262; and where it comes from, with the command to repeat it.

    Of a map: the map itself to zoom into, outcomes by module, register and time, and in how few bits the silent data
    corruption lies; all of it exact, so that --confidence and --interval are refused.
    """
    from radtest.cli.inject_tables import summary_fields
    from radtest.cli.map_tables import map_summary_fields
    from radtest.inject.exhaustive.map_file import is_upset_map, open_map
    from radtest.log import open_record
    from radtest.report import injection_report, map_report, write_map_png

    written: list[Path] = []
    if is_upset_map(record):
        _refuse_intervals(context)
        with open_map(record) as opened:
            of_map = map_report(opened, registers=registers)
        page = _write(of_map.report, of_map.figures, out or record.with_suffix(".html"), figures, written)
        if figures is not None:
            written.append(write_map_png(of_map.picture, figures / "map.png"))
        fields = map_summary_fields(of_map.summary, record)
    else:
        with open_record(record) as opened_record:
            result = injection_report(opened_record, confidence, method=method, registers=registers)
        page = _write(result.report, result.figures, out or record.with_suffix(".html"), figures, written)
        fields = summary_fields(result.summary, record)
    _tell(page, written, fields, as_json=as_json)


def _refuse_intervals(context: click.Context) -> None:
    from click.core import ParameterSource

    from radtest.core.errors import ConfigurationError

    for name, option in (("confidence", "--confidence"), ("method", "--interval")):
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise ConfigurationError(
                f"{option} {context.params[name]}: an upset map holds every upset, so its shares are exact",
                remedy=f"leave {option} out; intervals belong to sampled campaigns.",
            )


def _write(report: Report, drawn: dict[str, str], out: Path, figures: Path | None, written: list[Path]) -> Path:
    from radtest.log import whole_file
    from radtest.report import write_report

    page = write_report(report, out)
    if figures is not None:
        figures.mkdir(parents=True, exist_ok=True)
        for name, svg in drawn.items():
            written.append(figures / f"{name}.svg")
            with whole_file(written[-1]) as file:
                file.write(svg)
    return page


def _tell(page: Path, written: list[Path], fields: dict[str, Any], *, as_json: bool) -> None:
    from radtest.cli.output import print_json

    if as_json:
        print_json({"report": str(page), "figures": [str(path) for path in written], "summary": fields})
        return
    click.echo(f"Report: {page}")
    for path in written:
        click.echo(f"Figure: {path}")
