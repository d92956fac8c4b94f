"""``radtest demo``: the whole chain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from radtest.campaign import CampaignObserver
    from radtest.demo import DemoResult
    from radtest.inject import InjectionObserver

__all__ = ["command"]


@click.command(epilog="Example: radtest demo --out build/demo --replace")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("build/demo"), show_default=True, help="Folder for it all."
)
@click.option("--replace", is_flag=True, help="Remove an earlier demonstration in that folder first.")
@click.option(
    "--source", type=click.Path(path_type=Path), default=Path(), help="Root of radtest's source tree. [default: here]"
)
@click.option("--seed", type=click.IntRange(min=0), help="Seed of the simulated station. [default: a new one]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(out: Path, replace: bool, source: Path, seed: int | None, as_json: bool) -> None:
    """Run the whole chain on real input, in a few minutes, and write a report.

    Upsets in the RTL of a processor under Icarus and Verilator; a heavy-ion campaign on a simulated station; cross
    sections; rates in an orbit, quiet and in a solar event; a payload. The report is an HTML file that
    needs no network.
    """
    from rich.console import Console

    from radtest.demo import find_sources, prepare_folder, run_demo
    from radtest.demo.report import write_demo_report
    from radtest.tools import require_tool

    for tool in ("iverilog", "verilator"):
        require_tool(tool)
    sources = find_sources(source)
    folder = prepare_folder(out, replace=replace)
    console = Console(stderr=True)
    try:
        result = run_demo(sources, folder, _OnTerminal(console), seed=seed)
    except BaseException:
        kept = sorted(folder.rglob("*.h5"))
        console.print(
            f"Not finished. {len(kept)} sealed records are kept:" if kept else "Not finished; nothing was sealed."
        )
        for path in kept:
            console.print(f"  {path}", highlight=False)
        raise
    report = write_demo_report(result)
    if as_json:
        from radtest.cli.output import print_json

        print_json(_document(result, report))
    else:
        _show(result, report)


class _OnTerminal:
    """Shows a demonstration on the terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def stage(self, name: str) -> None:
        self._console.rule(name, align="left")

    @contextmanager
    def injection(self, simulator: str) -> Iterator[InjectionObserver]:
        from radtest.cli.progress import InjectionProgress

        with InjectionProgress(simulator) as progress:
            yield progress

    @contextmanager
    def beam(self) -> Iterator[CampaignObserver]:
        from radtest.cli.campaign_progress import CampaignProgress

        with CampaignProgress(self._console) as progress:
            yield progress


def _document(result: DemoResult, report: Path) -> dict[str, Any]:
    from radtest.cli.output import estimate_fields

    payload = result.payload
    return {
        "report": str(report),
        "stages": [
            {"stage": row.stage, "figure": row.figure, "interval": row.interval, "seconds": row.seconds}
            for row in result.stages
        ],
        "injections": {
            name: {
                "record": str(record),
                "counts": {outcome.value: count for outcome, count in summary.total.counts.items()},
            }
            for name, (record, summary) in result.injections.items()
        },
        "agree": result.agreement.compared - len(result.agreement.disagreements),
        "runs": [str(path) for path in result.runs],
        "upset_fit": {
            name: estimate_fields(getattr(result.upset_fit, name))
            for name in ("sigma_sat_cm2", "let0_mev_cm2_mg", "width_mev_cm2_mg", "shape")
        },
        "upset_rate": estimate_fields(payload.upsets_per_bit_day, "per_bit_day"),
        "upsets_per_day": estimate_fields(payload.upsets_per_day.estimate),
        "sdc_per_day": estimate_fields(payload.sdc_per_day.estimate),
        "outages_per_day": estimate_fields(payload.outages_per_day.estimate),
        "event": None
        if payload.event is None
        else {
            "name": payload.event.condition.name,
            "upsets_per_day": estimate_fields(payload.event.upsets_per_day.estimate),
            "sdc_per_day": estimate_fields(payload.event.sdc_per_day.estimate),
            "outages_per_day": estimate_fields(payload.event.outages_per_day.estimate),
        },
        "throughput": estimate_fields(payload.throughput.estimate),
        "junction_hot_c": payload.hot.junction_k - 273.15,
        "life_factor": payload.life_factor.value,
        "payload_file": str(result.payload_file),
    }


def _show(result: DemoResult, report: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("stage", "figure", "95 % interval", "time", "where to look")
    for row in result.stages:
        table.add_row(row.stage, row.figure, row.interval, f"{row.seconds:.1f} s", str(row.where))
    console = Console()
    console.print(table)
    console.print(f"Report: {report}", soft_wrap=True)
