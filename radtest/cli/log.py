"""``radtest log``: care for the record."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from radtest.cli.log_clusters import command as clusters

if TYPE_CHECKING:
    from radtest.log import Record, Verification

__all__ = ["command"]

_FILE = click.argument("file", type=click.Path(path_type=Path))
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")


@click.group(epilog="Example: radtest log show run0012_Kr_1226MeV_tilt00_DUT-A3.h5")
def command() -> None:
    """Care for the record: show, verify, recover, amend, export."""


@command.command(epilog="Example: radtest log show run0012_Kr_1226MeV_tilt00_DUT-A3.h5 --events 20")
@_FILE
@click.option("--events", "first", type=click.IntRange(min=0), default=5, show_default=True, help="Events to show.")
@_JSON
def show(file: Path, first: int, as_json: bool) -> None:
    """Show what a sealed FILE or a journal holds, also of a run that is still alive."""
    from radtest.log import summarise

    summary = summarise(file, first_events=first)
    click.echo(json.dumps(summary, allow_nan=False) if as_json else _as_text(summary))


@command.command(epilog="Example: radtest log verify run0012_Kr_1226MeV_tilt00_DUT-A3.h5")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@_JSON
def verify(files: tuple[Path, ...], as_json: bool) -> int:
    """Check structure, types, times, counts and fingerprints of each sealed FILE or journal.

    The exit status is 0 if all files are intact, 1 if one is not, and 2 if one is no record at all.
    """
    from radtest.log import verify as check

    verifications = []
    for file in files:
        verification = check(file)
        verifications.append(verification)
        if as_json:
            continue
        for finding in verification.findings:
            click.echo(f"{finding.severity.value}: {finding.place}: {finding.message}")
        counts = ", ".join(f"{count} {name}" for name, count in verification.counts.items() if count)
        verdict = "intact" if verification.ok else "NOT INTACT"
        click.echo(f"{verification.path}: {verdict} ({verification.kind}; {counts or 'no rows'})")
    if as_json:
        rows = [_verification(verification) for verification in verifications]
        click.echo(json.dumps(rows[0] if len(rows) == 1 else {"files": rows}))
    return 0 if all(verification.ok for verification in verifications) else 1


def _verification(verification: Verification) -> dict[str, Any]:
    return {
        "file": str(verification.path),
        "kind": verification.kind,
        "ok": verification.ok,
        "counts": verification.counts,
        "findings": [
            {"severity": finding.severity.value, "place": finding.place, "message": finding.message}
            for finding in verification.findings
        ],
    }


@command.command(epilog="Example: radtest log recover runs/run0012_Kr_1226MeV_tilt00_DUT-A3.journal")
@_FILE
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The file to make; by default named by the run.")
@click.option("--remove-journal", is_flag=True, help="Delete the journal once the sealed file is safe on disk.")
@_JSON
def recover(file: Path, output: Path | None, remove_journal: bool, as_json: bool) -> None:
    """Seal the journal FILE of a run that died; the run is marked as lost and not valid."""
    from radtest.log import recover as seal_lost
    from radtest.log import summarise

    path = seal_lost(file, output, remove_journal=remove_journal)
    summary = summarise(path)
    if as_json:
        keys = ("file", "counts", "stop_reason", "valid", "quality")
        click.echo(json.dumps({key: summary[key] for key in keys}, allow_nan=False))
        return
    click.echo(f"{path}: {summary['counts']['events']} events, {summary['counts']['outcomes']} outcomes recovered")
    for row in summary["quality"]:
        if row["name"].startswith(("lost_rows", "journal_damaged")):
            click.echo(f"  {row['detail']}")


@command.command(
    epilog="Example: radtest log amend run0012_Kr_1226MeV_tilt00_DUT-A3.h5 --field quality/live_fluence_cm2 "
    "--value 9.1e6 --why 'facility corrected its calibration' --who 'A. Lab'"
)
@_FILE
@click.option("--field", required=True, help="title, valid, source/..., dut/..., quality/... or note.")
@click.option("--value", required=True, help="What holds instead, in the unit of the field.")
@click.option("--why", required=True, help="The reason.")
@click.option("--who", required=True, help="Who answers for it.")
@_JSON
def amend(file: Path, field: str, value: str, why: str, who: str, as_json: bool) -> None:
    """Add to a sealed FILE what is known better now; nothing that was sealed is changed."""
    from radtest.log import amend as add

    number = add(file, field, value, why=why, who=who)
    if as_json:
        click.echo(json.dumps({"file": str(file), "amendment": number, "field": field, "value": value}))
    else:
        click.echo(f"{file}: amendment {number}: {field} = {value}")


@command.command(epilog="Example: radtest log export run0001_icarus_picorv32_soc_seed42.h5 --to outcomes.csv")
@_FILE
@click.option(
    "--table",
    type=click.Choice(
        ["outcomes", "summary", "events", "targets", "strikes", "quality", "amendments", "fluence", "telemetry"]
    ),
    help="What to export. [default: outcomes of an injection campaign, else events]",
)
@click.option(
    "--to",
    "destination",
    type=click.Path(path_type=Path),
    help="CSV file, or Parquet if its name ends in .parquet. [default: CSV on standard output]",
)
@_JSON
def export(file: Path, table: str | None, destination: Path | None, as_json: bool) -> None:
    """Export a table of a sealed FILE as CSV or Parquet.

    Outcomes name the bit that was hit as the RTL declares it, its module, and the word of ISO 26262 beside the outcome.
    The summary has a row for each model, kind of storage, module and register, with intervals.
    """
    from radtest.log import export_parquet, open_record, whole_file

    if as_json and destination is None:
        raise click.UsageError("--json needs --to FILE: standard output cannot hold the table, too.")
    with open_record(file) as record:
        chosen = table or ("outcomes" if record.counts()["outcomes"] else "events")
        if destination is None:
            _export(record, chosen, sys.stdout)
            return
        if destination.suffix == ".parquet":
            if chosen == "summary":
                raise click.UsageError("the summary is exported as CSV only: name a file that ends in .csv.")
            count = export_parquet(record, chosen, destination)
        else:
            with whole_file(destination) as rows:
                count = _export(record, chosen, rows)
    if as_json:
        click.echo(json.dumps({"file": str(file), "table": chosen, "rows": count, "to": str(destination)}))
    else:
        click.echo(f"{destination}: {count} rows", err=True)


def _export(record: Record, table: str, file: TextIO) -> int:
    from radtest.inject import export_outcomes, export_summary, summarise
    from radtest.log import export_table

    if table == "outcomes":
        return export_outcomes(record, file)
    if table == "summary":
        return export_summary(summarise(record), file)
    return export_table(record, table, file)


command.add_command(clusters)


def _as_text(summary: dict[str, Any]) -> str:
    """Return a summary as lines for people."""
    lines = [
        f"{summary['file']} ({summary['kind']})",
        f"run {summary['run_number']}: {summary['title']}",
        f"start {summary['start_time']}, end {summary['end_time'] or 'none yet'}",
        f"stopped by {summary['stop_reason'] or '-'}, valid {'-' if summary['valid'] is None else summary['valid']}",
    ]
    for name in ("source", "device"):
        values = [f"{key} {value}" for key, value in summary[name].items() if value not in {"", None}]
        lines.append(f"{name}: {', '.join(values)}")
    lines.append("rows: " + ", ".join(f"{count} {name}" for name, count in summary["counts"].items()))
    for name, title in (("events_by_kind", "events"), ("outcomes_by_outcome", "outcomes")):
        if summary[name]:
            lines.append(f"{title}: " + ", ".join(f"{count} {word}" for word, count in summary[name].items()))
    lines += [
        f"telemetry {name}: {channel['samples']} samples in {channel['unit']}"
        for name, channel in summary["telemetry"].items()
    ]
    for row in summary["quality"]:
        value = "unknown" if row["value"] is None else f"{row['value']:g}"
        lines.append(f"quality {row['name']}: {value} {row['unit']} {row['detail']}".rstrip())
    lines += [
        f"amended {row['time']}: {row['field']} = {row['value']} (was {row['stated'] or 'not stated'}): "
        f"{row['why']}, {row['who']}"
        for row in summary["amendments"]
    ]
    for event in summary["first_events"]:
        values = [f"{key} {value}" for key, value in event.items() if value not in {"", None}]
        lines.append(f"event {', '.join(values)}")
    return "\n".join(lines)
