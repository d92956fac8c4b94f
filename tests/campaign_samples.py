"""Sealed injection campaigns made of nothing, for whatever reads one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path

from hypothesis import strategies as st
from record_samples import END, RTL_HEADER

from radtest.core import FaultModel, InjectionResult, Outcome, RunEnd, RunHeader, Target, TargetKind, Upset
from radtest.log import Journal, seal

CAMPAIGN = """\
[design]
top = "picorv32_soc"
sources = ["soc.v"]
[test]
module = "soc_bench"
name = "computes"
[observe]
clock = "clk"
outputs = [{ signal = "result", valid = "done" }]
alarms = ["trap"]
[campaign]
upsets = 100
seed = 42
"""
HEADER = dataclasses.replace(RTL_HEADER, configuration=CAMPAIGN)

TARGETS = (
    Target("cpu.reg_pc", "core", TargetKind.FLIP_FLOP, width=16, lsb=16, src="core.v:180"),
    Target("cpu.reg_pc", "core", TargetKind.FLIP_FLOP, width=8, lsb=0, src="core.v:180"),
    Target("cpu.state", "core", TargetKind.FLIP_FLOP, width=3, src="core.v:12"),
    Target("ram", "soc", TargetKind.MEMORY, width=32, words=64, first_word=100, src="soc.v:7"),
    Target("gate", "soc", TargetKind.LATCH, width=1, src="soc.v:9"),
)
"""The program counter is in two pieces, as synthesis leaves it where bits between them are constant."""


def result(
    index: int,
    outcome: Outcome,
    *,
    target: int = 0,
    word: int = 0,
    bit: int = 0,
    cycle: int = 0,
    latency_cycles: int = -1,
    observer: str = "",
    detail: str = "",
    model: FaultModel = FaultModel.SEU,
) -> InjectionResult:
    """Return what one upset did."""
    invalid = outcome is Outcome.INVALID
    return InjectionResult(
        Upset(index, target, word, bit, cycle, model),
        outcome,
        time_ps=10_000 * cycle + 7_500,
        before=-1 if invalid else 0,
        after=-1 if invalid else 1,
        latency_cycles=latency_cycles,
        observer=observer,
        detail=detail,
    )


def several(counts: dict[Outcome, int], *, target: int = 0, first: int = 0) -> list[InjectionResult]:
    """Return so many upsets of each outcome on one target, one a cycle."""
    outcomes = [outcome for outcome, count in counts.items() for _ in range(count)]
    return [result(first + n, outcome, target=target, cycle=n) for n, outcome in enumerate(outcomes)]


def seal_campaign(
    path: Path,
    results: Iterable[InjectionResult],
    *,
    targets: Sequence[Target] = TARGETS,
    header: RunHeader = HEADER,
    end: RunEnd = END,
) -> Path:
    """Write a campaign and seal it."""
    journal_path = path.with_suffix(".journal")
    with Journal.create(journal_path, header) as journal:
        journal.targets(targets)
        for each in results:
            journal.outcome(each)
        journal.end(end)
    return seal(journal_path, path, remove_journal=True)


CAMPAIGNS = st.lists(
    st.builds(
        result,
        st.integers(0, 10**6),
        st.sampled_from(Outcome),
        target=st.integers(0, len(TARGETS) - 1),
        cycle=st.integers(0, 10**6),
        latency_cycles=st.integers(-1, 10**6),
        model=st.sampled_from([FaultModel.SEU, FaultModel.STUCK0]),
    ),
    min_size=1,
    max_size=60,
)
"""Any campaign of up to 60 upsets."""
