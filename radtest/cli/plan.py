"""``radtest plan``: what a night at the beam brings and costs."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["command"]


@click.command(
    epilog="Example: radtest plan fixtures/campaigns/heavy_ion_night.toml --plot build/night.png",
    short_help="Plan the beam time of a campaign.",
)
@click.argument("campaign", type=click.Path(path_type=Path))
@click.option("--as-written", is_flag=True, help="Judge the runs under [[ions]] as they stand, not those of [plan].")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), help="Write the run table as CSV.")
@click.option("--plot", type=click.Path(path_type=Path), help="Draw the plan: .png, .svg or .pdf.")
@click.option(
    "--write",
    type=click.Path(path_type=Path),
    help="Write the campaign file with the planned runs, for radtest run. May be CAMPAIGN itself.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    campaign: Path, as_written: bool, csv_file: Path | None, plot: Path | None, write: Path | None, as_json: bool
) -> None:
    """Plan the beam time of CAMPAIGN, a TOML file with a section [plan], or judge the runs it has.

    For every run: LET and range at the die, fluence for the wanted precision, expected upsets and latch-ups, dose and
    time; and warnings where the track is too short, the dose too high or upsets pile up.
    """
    from radtest.campaign import campaign_with_runs, plan_campaign
    from radtest.cli.plan_tables import plan_document, plan_table, write_plan_csv

    plan = plan_campaign(campaign, as_written=as_written)
    if csv_file is not None:
        write_plan_csv(plan, csv_file)
    if plot is not None:
        from radtest.report import draw_plan, write_figure

        write_figure(draw_plan(plan), plot)
    if write is not None:
        _replace(write, campaign_with_runs(campaign.read_text(encoding="utf-8"), plan, str(write)))
    files = {"csv": csv_file, "plot": plot, "campaign": write}
    if as_json:
        from radtest.cli.output import print_json

        written = {name: str(path) if path else None for name, path in files.items()}
        print_json({"campaign": str(campaign), **plan_document(plan), "written": written})
        return
    from rich.console import Console

    Console(width=max(Console().width, 140)).print(plan_table(plan, str(campaign)))
    same: dict[str, list[int]] = {}
    for run in plan.runs:
        for warning in run.warnings:
            same.setdefault(warning, []).append(run.number)
    for warning, numbers in same.items():
        click.echo(f"run{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}: {warning}")
    for warning in plan.warnings:
        click.echo(f"plan: {warning}")
    for path in files.values():
        if path is not None:
            click.echo(f"written: {path}")


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    from radtest.core import StorageError

    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror}", remedy="name another file.") from None
