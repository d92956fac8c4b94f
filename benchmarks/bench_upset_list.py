"""Memory and time of a campaign's list: drawing it, writing it for the simulation, and reading it back as a stream.

Each length runs in a process of its own, whose peak of resident memory is given, all of Python and numpy included. With
``--records`` two sealed records of that many upsets are made, too, then summarised and compared.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from radtest.core import (
    Device,
    FaultModel,
    InjectionResult,
    Outcome,
    RunEnd,
    RunHeader,
    Simulation,
    StopReason,
    Target,
    TargetKind,
    Upset,
)
from radtest.inject import SamplingDesign, compare_outcomes, summarise
from radtest.inject.configuration import CampaignSection
from radtest.inject.decided import Decided
from radtest.inject.list_file import read_upsets
from radtest.inject.sampling_plan import SamplingPlan
from radtest.log import Journal, open_record, seal

LENGTHS = (10_000, 100_000, 1_000_000)
CYCLES = 10_000
LIMIT_MIB = 300


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def list_upsets(length: int, *, strata: bool) -> None:
    # As many flip-flops as PicoRV32 has, in registers of 16 bits in ten modules.
    targets = [Target(f"cpu.r{n}", f"module_{n % 10}", TargetKind.FLIP_FLOP, 16) for n in range(91)]
    keys = {"upsets": length, "seed": 42} | ({"strata": "module"} if strata else {})
    section = CampaignSection.model_validate(keys)
    start = time.monotonic()
    plan = SamplingPlan.make(section, Path("campaign.toml"), targets, range(len(targets)), None)
    upsets = plan.draw(plan.design(range(CYCLES)), range(CYCLES))
    digest = upsets.sha256()
    drawn_s = time.monotonic() - start
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upsets.list"
        Decided(length).left(upsets).write(path)
        written_s = time.monotonic() - start - drawn_s
        assert sum(1 for _ in read_upsets(path, FaultModel.SEU)) == length
    print(
        f"{'by module' if strata else 'uniform  '} {length:>9,} upsets: {peak_mib():6.0f} MiB at most, "
        f"drawn in {drawn_s:.2f} s, written in {written_s:.2f} s, SHA-256 {digest[:12]}"
    )
    assert peak_mib() < LIMIT_MIB


def make_records(length: int, folder: Path) -> None:
    design = SamplingDesign(upsets=length, population=100 * length)
    source = Simulation("icarus", "11", "top", "0" * 64, "bench.test", 42, 10_000, CYCLES, sampling=design.to_text())
    header = RunHeader(1, "made of nothing", 0, source, Device("top"), "", "benchmark")
    outcomes = list(Outcome)
    for name, differing in (("one", -1), ("other", 7)):
        path = folder / f"{name}.journal"
        with Journal.create(path, header) as journal:
            journal.targets([Target(f"cpu.r{n}", f"module_{n % 10}", TargetKind.FLIP_FLOP, 16) for n in range(91)])
            for index in range(length):
                outcome = outcomes[index % 6 if index != differing else (index + 1) % 6]
                upset = Upset(index, index % 91, 0, index % 16, index % CYCLES)
                journal.outcome(InjectionResult(upset, outcome, index, 0, 1, detail="as the golden run again"))
            journal.end(RunEnd(1, StopReason.COMPLETED, valid=True))
        seal(path, folder / f"{name}.h5", remove_journal=True)


def read_records(length: int, folder: Path) -> None:
    start = time.monotonic()
    with open_record(folder / "one.h5") as one:
        assert summarise(one).total.upsets == length
        summarised_s, summarised_mib = time.monotonic() - start, peak_mib()
        with open_record(folder / "other.h5") as other:
            agreement = compare_outcomes(one, other)
    assert (agreement.compared, len(agreement.disagreements)) == (length, 1)
    print(
        f"records   {length:>9,} upsets: summarised in {summarised_s:.1f} s, {summarised_mib:.0f} MiB at most; "
        f"compared in {time.monotonic() - start - summarised_s:.1f} s, {peak_mib():.0f} MiB at most"
    )
    assert peak_mib() < LIMIT_MIB


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lengths", type=int, nargs="*", default=LENGTHS)
    parser.add_argument("--records", action="store_true", help="summarise and compare records, too")
    parser.add_argument("--step", choices=["list", "strata", "make", "read"], help="used by the benchmark itself")
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    if arguments.step in {"list", "strata"}:
        list_upsets(arguments.lengths[0], strata=arguments.step == "strata")
        return
    if arguments.step:
        (make_records if arguments.step == "make" else read_records)(arguments.lengths[0], arguments.folder)
        return
    for length in arguments.lengths:
        command = [sys.executable, __file__, "--lengths", str(length)]
        with tempfile.TemporaryDirectory() as folder:
            for step in ["list", "strata", *(["make", "read"] if arguments.records else [])]:
                subprocess.run([*command, "--step", step, "--folder", folder], check=True)


if __name__ == "__main__":
    main()
