"""``radtest map``."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from radtest.inject import Simulator
    from radtest.inject.exhaustive import MapCheck, UpsetMap

__all__ = ["command"]


_UPSETS = {"mcu": "clusters", "set": "transients", "stuck0": "bits stuck at 0", "stuck1": "bits stuck at 1"}
"""What a map holds, by its model."""


@click.command(epilog="Example: radtest map fixtures/designs/picorv32_soc.toml --check 200")
@click.argument("design", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="The map. [default: build/map/DESIGN.h5]")
@click.option(
    "--simulator",
    "-s",
    "simulators",
    type=click.Choice(["icarus", "verilator"]),
    multiple=True,
    help="Simulator that records the run and checks the map; more than one for the check. [default: icarus, or "
    "verilator where that does not accept the design]",
)
@click.option(
    "--waveform", type=click.Path(path_type=Path), help="VCD or FST of a run that passed, instead of a recording."
)
@click.option("--check", "checks", type=click.IntRange(min=1), help="Make so many upsets of the map in the simulator.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of the upsets to check.")
@click.option("--upset", metavar="NAME@CYCLE", help="Make this upset of a map in the simulator, with a waveform.")
@click.option("--jobs", type=click.IntRange(min=1), help="Processes. [default: one per core]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    design: Path,
    out: Path | None,
    simulators: tuple[Simulator, ...],
    waveform: Path | None,
    checks: int | None,
    seed: int,
    upset: str | None,
    jobs: int | None,
    as_json: bool,
) -> int:
    """Decide the outcome of every upset: each flip-flop in each cycle of a workload.

    DESIGN is a campaign file as radtest inject takes it, or a map that has been made, to show or check it. Exit status
    1 means that map and simulator disagree.
    """
    from radtest.cli.output import print_json
    from radtest.inject.exhaustive import draw_from_map, map_upsets, open_map, parse_upset

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    path = design
    if design.suffix != ".h5":
        path = out or Path("build/map") / f"{design.stem}.h5"
        if out is None:
            path.parent.mkdir(parents=True, exist_ok=True)
        recorder = simulators[0] if simulators else None
        with _Progress() as progress:
            map_upsets(design, path, simulator=recorder, waveform=waveform, jobs=jobs, observer=progress)
    with open_map(path) as upset_map:
        result: dict[str, Any] = _fields(upset_map)
        if not as_json:
            _show(upset_map)
        places = [parse_upset(upset_map, upset)] if upset else draw_from_map(upset_map, checks or 0, seed)
        results: list[MapCheck] = []
        if places:
            recorded_by = upset_map.facts["simulator"]
            default: Simulator = recorded_by if recorded_by == "verilator" else "icarus"
            results = [
                _check(upset_map, places, simulator, jobs, waves=upset is not None, as_json=as_json)
                for simulator in dict.fromkeys(simulators or (default,))
            ]
        result["checks"] = [_check_fields(one) for one in results]
    if as_json:
        print_json(result)
    return int(any(one.disagreements for one in results))


class _Progress:
    """A bar on standard error: stage, cycles, machines that are being followed."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task("start", total=None)

    def stage(self, name: str) -> None:
        self._progress.update(self._task, description=name)

    def cycle(self, done: int, total: int, followed: int) -> None:
        self._progress.update(
            self._task, completed=done, total=total, description=f"cycles, {followed:,} upsets being followed"
        )

    def __enter__(self) -> _Progress:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()


def _check(
    upset_map: UpsetMap,
    places: list[tuple[int, int]],
    simulator: Simulator,
    jobs: int | None,
    *,
    waves: bool,
    as_json: bool,
) -> MapCheck:
    from radtest.cli.progress import InjectionProgress
    from radtest.inject.exhaustive import check_map, reproduction

    folder = upset_map.path.with_name(f"{upset_map.path.stem}_{'upset' if waves else 'check'}_{simulator}")
    remove_record(folder)
    with InjectionProgress(simulator) as progress:
        check = check_map(upset_map, places, simulator, folder, jobs=jobs, observer=progress, waves=waves)
    if not as_json:
        agreed = sum(check.agreed.values())
        parts = ", ".join(f"{count} {outcome.value}" for outcome, count in check.agreed.items() if count)
        click.echo(f"{simulator}: {agreed} of {check.compared} upsets agree ({parts or 'none'}).")
        commands = reproduction(check, upset_map.path)
        for one, repeat in zip(check.disagreements, commands, strict=True):
            told = (
                f"{one.result.outcome.value} ({one.result.detail})" if one.result.detail else one.result.outcome.value
            )
            click.echo(f"  {one.name} in cycle {one.cycle}: map {one.mapped.value}, {simulator} {told}")
            click.echo(f"    {repeat}")
        if waves:
            click.echo(f"waveform: {check.waveform}")
    return check


def remove_record(folder: Path) -> None:
    """Remove the records of an earlier check of the same map, which this one replaces."""
    for record in folder.glob("run*.h5"):
        record.unlink()


def _show(upset_map: UpsetMap) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(file=sys.stdout)
    facts, counts = upset_map.facts, upset_map.counts
    total = sum(counts.values())
    console.print(str(upset_map.path), soft_wrap=True, highlight=False)
    first, last = upset_map.first_cycle, upset_map.first_cycle + upset_map.cycles - 1
    console.print(
        f"{total:,} {_UPSETS.get(upset_map.model, 'upsets')}: {len(upset_map.rows):,} bits of {facts['part']}, "
        f"cycles {first} to {last}",
        highlight=False,
    )
    table = Table("outcome", "upsets", "share")
    for outcome, count in counts.items():
        table.add_row(outcome.value, f"{count:,}", f"{100 * count / total:.3f} %" if total else "")
    console.print(table)
    if "evaluations" in facts:
        rate = total / facts["seconds"]
        console.print(
            f"Every upset there is: no sampling error. {facts['seconds']:.1f} s from the sources to the map, "
            f"{rate:,.0f} upsets/s.",
            highlight=False,
        )


def _fields(upset_map: UpsetMap) -> dict[str, Any]:
    facts = {name: value for name, value in upset_map.facts.items() if name != "configuration"}
    return {
        "map": str(upset_map.path),
        "upsets": int(sum(upset_map.counts.values())),
        "bits": len(upset_map.rows),
        "first_cycle": upset_map.first_cycle,
        "cycles": upset_map.cycles,
        "outcomes": {outcome.value: count for outcome, count in upset_map.counts.items()},
        "facts": facts,
    }


def _check_fields(check: MapCheck) -> dict[str, Any]:
    return {
        "simulator": check.simulator,
        "compared": check.compared,
        "agreed": sum(check.agreed.values()),
        "by_outcome": {outcome.value: count for outcome, count in check.agreed.items()},
        "disagreements": [
            {
                "upset": f"{one.name}@{one.cycle}",
                "map": one.mapped.value,
                "simulator": one.result.outcome.value,
                "detail": one.result.detail,
            }
            for one in check.disagreements
        ],
        "record": str(check.record),
    }
