"""``radtest inject``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from radtest.core.injection import InjectionResult
    from radtest.inject import InjectionSummary, TargetList

__all__ = ["command"]


@click.command(epilog="Example: radtest inject hdl_tests/picorv32_soc/picorv32_soc.toml -s icarus -s verilator")
@click.argument("campaign", type=click.Path(path_type=Path))
@click.option(
    "--simulator",
    "-s",
    "simulators",
    type=click.Choice(["icarus", "verilator"]),
    multiple=True,
    default=("icarus",),
    show_default=True,
    help="Simulator; give it twice to run both and compare them upset by upset.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the records. [default: build/inject/CAMPAIGN]")
@click.option("--upsets", type=click.IntRange(min=1), help="Number of upsets, instead of the file's.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of the list, instead of the file's.")
@click.option("--jobs", type=click.IntRange(min=1), help="Upsets followed at the same time. [default: one per core]")
@click.option("--list", "only_list", is_flag=True, help="Show what can be upset, and stop.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    campaign: Path,
    simulators: tuple[str, ...],
    out: Path | None,
    upsets: int | None,
    seed: int | None,
    jobs: int | None,
    only_list: bool,
    as_json: bool,
) -> int:
    """Inject upsets into RTL under a cocotb test that passes.

    CAMPAIGN is a TOML file that names the design, the test, the signals to observe and the number of upsets. The test
    itself is not changed. Exit status 1 means that two simulators disagree.
    """
    from radtest.cli.progress import InjectionProgress
    from radtest.inject import Campaign, compare_outcomes, summarise
    from radtest.log import open_record

    if only_list:
        return _list(campaign, as_json=as_json)
    folder = out or Path("build/inject") / campaign.stem
    runs = [
        Campaign(campaign, name, folder, upsets=upsets, seed=seed, jobs=jobs)  # type: ignore[arg-type]
        for name in dict.fromkeys(simulators)
    ]
    result: dict[str, Any] = {"campaign": str(campaign), "records": {}}
    for run in runs:
        try:
            with InjectionProgress(run.simulator) as run.observer:
                run.run()
        except BaseException:
            if run.record is not None:
                click.echo(f"Kept what was decided: {run.record}", err=True)
            raise
        assert run.record is not None  # noqa: S101 (run() returned)
        with open_record(run.record) as record:
            summary = summarise(record)
        result["records"][run.simulator] = _as_json(summary, run.record)
        if not as_json:
            _show(summary, run.record)
    status = 0
    if len(runs) == 2:
        with open_record(runs[0].record or "") as one, open_record(runs[1].record or "") as other:
            agreement = compare_outcomes(one, other)
        result["compared"] = agreement.compared
        result["disagreements"] = [[_brief(a), _brief(b)] for a, b in agreement.disagreements]
        status = 1 if agreement.disagreements else 0
        click.echo(
            f"{runs[0].simulator} and {runs[1].simulator} agree on "
            f"{agreement.compared - len(agreement.disagreements)} of {agreement.compared} upsets.",
            err=as_json,
        )
    if as_json:
        click.echo(json.dumps(result))
    return status


def _list(campaign: Path, *, as_json: bool) -> int:
    import dataclasses
    import tempfile

    from radtest.inject import Campaign

    with tempfile.TemporaryDirectory() as folder:
        targets = Campaign(campaign, "icarus", folder).targets()
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(targets)))
    else:
        _show_targets(targets)
    return 0


def _show_targets(targets: TargetList) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table("target", "module", "kind", "bits", "declared at")
    for target in targets.targets:
        last = target.lsb + target.width - 1
        bits = f"{target.name}[{last}:{target.lsb}]" if target.width > 1 else target.name
        table.add_row(bits, target.module, target.kind.value.replace("_", "-"), str(target.bits), target.src)
    console.print(table)
    gone = Table("not in the netlist", "module", "bits", "why")
    for removed in targets.removed:
        gone.add_row(removed.name, removed.module, str(removed.bits), removed.reason)
    console.print(gone)
    total: dict[str, int] = {}
    for target in targets.targets:
        total[target.kind.value] = total.get(target.kind.value, 0) + target.bits
    console.print(", ".join(f"{bits} {kind.replace('_', '-')} bits" for kind, bits in total.items()))
    if targets.nameless_bits:
        console.print(f"{targets.nameless_bits} stored bits have no name in the RTL and cannot be upset.")


def _show(summary: InjectionSummary, record: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    from radtest.core import Outcome

    table = Table("outcome", "upsets", "probability (95 %)", title=str(record))
    for outcome in Outcome:
        estimate = summary.probabilities.get(outcome)
        interval = f"{estimate.value:.4f}  ({estimate.low:.4f} … {estimate.high:.4f})" if estimate else ""
        table.add_row(outcome.value, str(summary.total.counts[outcome]), interval)
    parts = Table("module", "upsets", "sdc", "probability of sdc (95 %)")
    for row in summary.modules:
        interval = f"{row.sdc.value:.4f}  ({row.sdc.low:.4f} … {row.sdc.high:.4f})"
        parts.add_row(row.name, str(row.upsets), str(row.counts[Outcome.SDC]), interval)
    console = Console(file=sys.stdout)
    console.print(table)
    console.print(parts)


def _as_json(summary: InjectionSummary, record: Path) -> dict[str, Any]:
    return {
        "record": str(record),
        "upsets": summary.total.upsets,
        "valid": summary.total.valid,
        "counts": {outcome.value: count for outcome, count in summary.total.counts.items()},
        "probabilities": {
            outcome.value: {"value": estimate.value, "low": estimate.low, "high": estimate.high}
            for outcome, estimate in summary.probabilities.items()
        },
        "modules": [
            {"name": row.name, "upsets": row.upsets, "counts": {o.value: n for o, n in row.counts.items()}}
            for row in summary.modules
        ],
    }


def _brief(result: InjectionResult) -> dict[str, Any]:
    upset = result.upset
    return {"upset": upset.index, "cycle": upset.cycle, "outcome": result.outcome.value, "detail": result.detail}
