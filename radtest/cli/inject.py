"""``radtest inject``."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from radtest.cli.intervals import interval_options

if TYPE_CHECKING:
    from rich.console import Console

    from radtest.core.injection import InjectionResult
    from radtest.inject import InjectionSummary, IntervalMethod, Simulator, Strategy, TargetList
    from radtest.log import Record

__all__ = ["command"]


@click.command(epilog="Example: radtest inject hdl_tests/picorv32_soc/picorv32_soc.toml -s icarus -s verilator")
@click.argument("campaign", type=click.Path(path_type=Path), required=False)
@click.option(
    "--simulator",
    "-s",
    "simulators",
    type=click.Choice(["icarus", "verilator", "ghdl"]),
    multiple=True,
    help="Simulator; give two to compare them upset by upset. [default: icarus, or ghdl for VHDL]",
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the records. [default: build/inject/CAMPAIGN]")
@click.option("--upsets", type=click.IntRange(min=1), help="Number of upsets, instead of the file's.")
@click.option(
    "--margin",
    type=click.FloatRange(0, 0.5, min_open=True, max_open=True),
    help="Half width of the interval instead of a number of upsets, after Leveugle: 0.02 for ± 2 %.",
)
@click.option("--seed", type=click.IntRange(min=0), help="Seed of the list, instead of the file's.")
@click.option("--jobs", type=click.IntRange(min=1), help="Upsets followed at the same time. [default: one per core]")
@click.option(
    "--strategy",
    type=click.Choice(["fork", "restart"]),
    help="One forked simulation, or one for each upset. [default: fork]",
)
@click.option("--resume", is_flag=True, help="Go on with the campaign in the folder, killed or stopped.")
@click.option("--list", "only_list", is_flag=True, help="Show what can be upset, and stop.")
@click.option(
    "--compare",
    nargs=2,
    type=click.Path(path_type=Path),
    metavar="PLAIN.h5 HARDENED.h5",
    help="Show what a hardening bought, from the records of two campaigns.",
)
@click.option(
    "--show",
    type=click.Path(path_type=Path),
    metavar="RECORD.h5",
    help="Show the results of a campaign that has been sealed, and stop.",
)
@click.option(
    "--registers", type=click.IntRange(min=0), default=10, show_default=True, help="Most vulnerable registers to show."
)
@interval_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    campaign: Path | None,
    simulators: tuple[str, ...],
    out: Path | None,
    upsets: int | None,
    margin: float | None,
    seed: int | None,
    jobs: int | None,
    strategy: Strategy | None,
    resume: bool,
    only_list: bool,
    compare: tuple[Path, Path] | None,
    show: Path | None,
    registers: int,
    confidence: float,
    method: IntervalMethod,
    as_json: bool,
) -> int:
    """Inject upsets into RTL under a cocotb test that passes.

    CAMPAIGN is a TOML file that names the design, the test, the signals to observe and the number of upsets. The test
    itself is not changed. Exit status 1 means that two simulators disagree.
    """
    from radtest.cli.inject_further_bits import show_further_bits
    from radtest.cli.inject_sampling import show_sampling
    from radtest.cli.inject_tables import show_summary
    from radtest.cli.output import print_json
    from radtest.cli.progress import InjectionProgress
    from radtest.inject import Campaign, compare_outcomes, summarise
    from radtest.log import open_record

    if compare:
        return _compare(*compare, as_json=as_json)
    if show:
        with open_record(show) as record:
            summary = summarise(record, confidence, method=method)
            if as_json:
                print_json(_fields(summary, show, record, confidence, method))
            else:
                show_summary(_console(), summary, record, registers=registers)
                show_sampling(_console(), record, confidence)
                show_further_bits(_console(), record, confidence, method)
        return 0
    if campaign is None:
        raise click.UsageError(
            "Missing argument 'CAMPAIGN', a TOML file (or give --show RECORD.h5, or --compare PLAIN.h5 HARDENED.h5)."
        )
    if only_list:
        return _list(campaign, as_json=as_json)
    # To be told to end is to be interrupted: what is decided is sealed, and no simulator is left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = out or Path("build/inject") / campaign.stem
    runs = [
        Campaign(
            campaign,
            name,  # type: ignore[arg-type]
            folder,
            jobs=jobs,
            upsets=upsets,
            margin=margin,
            seed=seed,
            strategy=strategy,
            resume=resume,
        )
        for name in dict.fromkeys(simulators or [_own_simulator(campaign)])
    ]
    result: dict[str, Any] = {"campaign": str(campaign), "records": {}}
    for run in runs:
        try:
            with InjectionProgress(run.simulator) as run.observer:
                run.run()
        except BaseException:
            if run.record is not None:
                click.echo(f"Kept what was decided: {run.record}\nGo on from there with --resume.", err=True)
            raise
        assert run.record is not None  # noqa: S101 (run() returned)
        with open_record(run.record) as record:
            summary = summarise(record, confidence, method=method)
            result["records"][run.simulator] = _fields(summary, run.record, record, confidence, method)
            if not as_json:
                show_summary(_console(), summary, record, registers=registers)
                show_sampling(_console(), record, confidence)
                show_further_bits(_console(), record, confidence, method)
    status = 0
    if len(runs) == 2:
        with open_record(runs[0].record or "") as one, open_record(runs[1].record or "") as other:
            agreement = compare_outcomes(one, other)
        result["compared"] = agreement.compared
        result["alone"] = list(agreement.alone)
        result["disagreements"] = [[_brief(a), _brief(b)] for a, b in agreement.disagreements]
        status = 1 if agreement.disagreements else 0
        click.echo(
            f"{runs[0].simulator} and {runs[1].simulator} agree on "
            f"{agreement.compared - len(agreement.disagreements)} of {agreement.compared} upsets."
            + (
                f" They stopped at different looks: {max(agreement.alone)} more are in one."
                if any(agreement.alone)
                else ""
            ),
            err=as_json,
        )
    if as_json:
        print_json(result)
    return status


def _fields(
    summary: InjectionSummary, path: Path, record: Record, confidence: float, method: IntervalMethod
) -> dict[str, Any]:
    """Return all that is known of a record as JSON fields."""
    from radtest.cli.inject_further_bits import further_bits_fields
    from radtest.cli.inject_sampling import sampling_fields
    from radtest.cli.inject_tables import summary_fields

    return (
        summary_fields(summary, path)
        | sampling_fields(record, confidence)
        | further_bits_fields(record, confidence, method)
    )


def _compare(plain: Path, hardened: Path, *, as_json: bool) -> int:
    from rich.table import Table

    from radtest.cli.output import estimate_fields, interval, print_json
    from radtest.inject import compare_hardening
    from radtest.log import open_record

    with open_record(plain) as before, open_record(hardened) as after:
        rows = compare_hardening(before, after)
    if as_json:
        parts = ("plain", "hardened", "ratio", "device_ratio")
        outcomes = {row.outcome.value: {part: estimate_fields(getattr(row, part)) for part in parts} for row in rows}
        print_json({"plain": str(plain), "hardened": str(hardened), "outcomes": outcomes})
        return 0
    table = Table("outcome", "plain", "hardened", "ratio, per upset", "ratio, per device (95 %)")
    for row in rows:
        seen = row.plain.value > 0 or row.hardened.value > 0
        cells = (f"{e.value:.3g} ({interval(e)})" for e in (row.ratio, row.device_ratio))
        table.add_row(
            row.outcome.value,
            f"{row.plain.value:.4f}",
            f"{row.hardened.value:.4f}",
            *(cells if seen else ("never seen", "never seen")),
        )
    _console().print(table)
    return 0


def _own_simulator(campaign: Path) -> Simulator:
    """Return the simulator for the language that a campaign's design is written in."""
    from radtest.inject import read_injection_configuration

    configuration, _ = read_injection_configuration(campaign)
    return "ghdl" if configuration.design.is_vhdl else "icarus"


def _list(campaign: Path, *, as_json: bool) -> int:
    import dataclasses
    import tempfile

    from radtest.cli.output import print_json
    from radtest.inject import Campaign

    with tempfile.TemporaryDirectory() as folder:
        targets = Campaign(campaign, _own_simulator(campaign), folder).targets()
    if as_json:
        print_json(dataclasses.asdict(targets))
    else:
        _show_targets(targets)
    return 0


def _show_targets(targets: TargetList) -> None:
    from rich.table import Table

    console = _console()
    table = Table("target", "module", "kind", "bits", "declared at")
    for target in targets.targets:
        last = target.lsb + target.width - 1
        bits = f"{target.name}[{last}:{target.lsb}]" if target.width > 1 else target.name
        table.add_row(bits, target.module, target.kind.value.replace("_", "-"), str(target.bits), target.src)
    console.print(table)
    gone = Table("no target", "module", "bits", "why")
    for removed in targets.removed:
        gone.add_row(removed.name, removed.module, str(removed.bits), removed.reason)
    if targets.removed:
        console.print(gone)
    stiff = Table("GHDL cannot flip", "module", "bits", "why")
    for target_ in targets.unflippable:
        stiff.add_row(target_.name, target_.module, str(target_.bits), target_.reason)
    if targets.unflippable:
        console.print(stiff)
    parts = Table("module", "kind", "targets", "bits")
    groups: dict[tuple[str, str], list[int]] = {}
    for target in targets.targets:
        kind = target.kind.value.replace("_", "-")
        for name in (target.module, "all"):
            groups.setdefault((name, kind), []).append(target.bits)
    for (name, kind), sizes in sorted(groups.items(), key=lambda group: (group[0][0] == "all", group[0])):
        parts.add_row(name, kind, str(len(sizes)), str(sum(sizes)))
    console.print(parts)
    if targets.nameless_bits:
        console.print(f"{targets.nameless_bits} stored bits have no name in the RTL and cannot be upset.")


def _console() -> Console:
    from rich.console import Console

    # In a file or a pipe there is no width to keep to, and names must not be broken.
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else 200)


def _brief(result: InjectionResult) -> dict[str, Any]:
    upset = result.upset
    return {"upset": upset.index, "cycle": upset.cycle, "outcome": result.outcome.value, "detail": result.detail}
