"""``radtest run``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from radtest.campaign import BeamCampaignConfiguration, CampaignResult

__all__ = ["command"]

_NAMED_IN_THE_FILE = "-"


@click.command(
    "run", epilog="Example: radtest run fixtures/campaigns/heavy_ion.toml --simulate fixtures/stations/heavy_ion.toml"
)
@click.argument("campaign", type=click.Path(path_type=Path))
@click.option(
    "--simulate",
    "station",
    type=click.Path(path_type=Path),
    is_flag=False,
    flag_value=_NAMED_IN_THE_FILE,
    help="Rehearse on a simulated station: this one, or that which CAMPAIGN names.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the runs [default: runs/<name of CAMPAIGN>].")
@click.option("--resume", is_flag=True, help="Go on with the campaign in the folder: finished runs are skipped.")
@click.option("--speed", type=float, help="Simulated seconds per second (with --simulate).")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of the simulated station (with --simulate).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    campaign: Path,
    station: Path | None,
    out: Path | None,
    resume: bool,
    speed: float | None,
    seed: int | None,
    as_json: bool,
) -> int:
    """Run the beam campaign CAMPAIGN (a TOML file): one sealed HDF5 file per ion.

    Ctrl-C switches beam and device off, ends the run and keeps what is done; --resume goes on from there. At a terminal
    keys work: p pauses and goes on, m marks this moment in the record, s stops, a aborts.
    """
    from contextlib import ExitStack

    from rich.console import Console

    from radtest.campaign import BeamCampaignConfiguration, operator_stop, run_campaign, simulate
    from radtest.cli.campaign_keys import LEGEND, campaign_keys
    from radtest.cli.campaign_progress import CampaignProgress
    from radtest.core.configuration import read_configuration

    _check(station, speed, seed)
    configuration, text = read_configuration(campaign, BeamCampaignConfiguration)
    if station is not None and str(station) == _NAMED_IN_THE_FILE:
        station = _named_station(campaign, configuration)
    folder = out or Path("runs") / campaign.stem
    console = Console(stderr=True)
    with ExitStack() as stack:
        simulated = stack.enter_context(simulate(station, speed=speed, seed=seed)) if station else None
        observer = stack.enter_context(CampaignProgress(console))
        switch = stack.enter_context(operator_stop())
        if stack.enter_context(campaign_keys(switch, observer.remark)):
            observer.remark(LEGEND)
        result = run_campaign(
            configuration, text, folder, station=simulated, resume=resume, observer=observer, stop=switch
        )
    if as_json:
        click.echo(json.dumps(_summary(result), allow_nan=False))
    else:
        _print(result)
    if result.interrupted:
        kept = len(result.runs) + result.skipped + len(result.recovered)
        click.echo(
            f"Stopped. Beam and device are off; {kept} sealed run{'s' if kept != 1 else ''} kept in {result.folder}. "
            "Add --resume to go on.",
            err=True,
        )
    return 1 if result.interrupted else 0


def _named_station(campaign: Path, configuration: BeamCampaignConfiguration) -> Path:
    from radtest.core import ConfigurationError

    if configuration.rehearsal is None:
        raise ConfigurationError(
            f"{campaign}: names no station to rehearse on",
            remedy='add [rehearsal] with station = "STATION.toml", or say --simulate STATION.toml.',
        )
    return campaign.parent / configuration.rehearsal.station


def _check(station: Path | None, speed: float | None, seed: int | None) -> None:
    from radtest.core import ConfigurationError

    for option, value in (("--speed", speed), ("--seed", seed)):
        if value is not None and station is None:
            raise ConfigurationError(
                f"{option} {value:g}: only a simulated station has one", remedy="add --simulate STATION.toml."
            )
    if speed is not None and not 0 < speed <= 1000:
        raise ConfigurationError(f"--speed {speed:g}: is out of range; legal: above 0, up to 1000")
    if seed is not None and seed < 0:
        raise ConfigurationError(f"--seed {seed}: is out of range; legal: 0 and above")


def _summary(result: CampaignResult) -> dict[str, Any]:
    return {
        "folder": str(result.folder),
        "interrupted": result.interrupted,
        "skipped": result.skipped,
        "recovered": [str(path) for path in result.recovered],
        "supply_shortfalls": dict(result.shortfalls),
        "runs": [
            {
                "run_number": run.header.run_number,
                "title": run.header.title,
                "file": str(run.path),
                "stop_reason": run.end.stop_reason.value,
                "valid": run.end.valid,
                "upsets": run.progress.events,
                "latch_ups": run.progress.latch_ups,
                "functional_interrupts": run.progress.interrupts,
                "fluence_cm2": run.progress.fluence_cm2,
                "live_fluence_cm2": run.progress.live_fluence_cm2,
                "dead_time_s": run.dead_time_s,
            }
            for run in result.runs
        ],
    }


def _print(result: CampaignResult) -> None:
    for run in result.runs:
        click.echo(
            f"{run.path}: {run.progress.events} upsets, {run.progress.latch_ups} latch-ups in "
            f"{run.progress.live_fluence_cm2:.4g} cm⁻² live, stopped by {run.end.stop_reason.value}"
        )
    if result.skipped:
        click.echo(f"{result.skipped} finished before and skipped.")
