"""Every upset of PicoRV32: the map, from sources to sealed file, against one simulation for each upset.

Three things are measured: ``whole``, the map of fixtures/designs/picorv32_soc.toml against a restart loop under
Verilator, as upsets decided in a second; ``logic``, the bare logic of its engine, without memories and bookkeeping; and
``growth``, time and memory of longer workloads and larger designs: the frames over and over in PicoRV32, a bank of
filters in which what is wrong stays wrong, and the register bank and the SECDED memory of hdl_tests under random
traffic. ``--out`` names a folder for the plot of the growth.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from map_workloads import DESIGN, ROOT, coded_memory, filters, frames_again, register_bank

from radtest.inject import Campaign
from radtest.inject.exhaustive import map_upsets, open_map
from radtest.inject.exhaustive.c_logic import c_sources
from radtest.inject.exhaustive.design_gates import design_gates
from radtest.inject.exhaustive.engine import find_compiler, vector_lanes

SIZED_CYCLES = 10_000
"""Cycles of designs of growing size."""


class Memory(threading.Thread):
    """Looks at the memory of this process and all below it, and keeps the most that it saw, bytes."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = 0
        self._over = threading.Event()

    def run(self) -> None:
        """Look, ten times in a second."""
        while not self._over.wait(0.1):
            self.most = max(self.most, sum(map(_resident, _family(os.getpid()))))

    def __enter__(self) -> Memory:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()


def _family(process: int) -> list[int]:
    found = [process]
    for member in found:
        for task in Path(f"/proc/{member}/task").glob("*/children"):
            try:
                found += map(int, task.read_text().split())
            except OSError:
                continue
    return found


def _resident(process: int) -> int:
    """Return the memory of a process in which what it shares with others counts in proportion, bytes."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return 1024 * next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


@dataclass(frozen=True)
class Mapped:
    """What a map took."""

    flip_flops: int
    cycles: int
    upsets: int
    seconds: float
    engine_seconds: float
    machine_cycles: int
    memory: int

    def __str__(self) -> str:
        return (
            f"{self.flip_flops} flip-flops x {self.cycles} cycles, {self.upsets} upsets: {self.seconds:.1f} s, "
            f"{self.upsets / self.seconds:.0f} upsets/s; engine {self.engine_seconds:.1f} s of processor time, "
            f"{self.upsets / self.engine_seconds / 1e6:.2f} M upsets/s and "
            f"{self.machine_cycles / self.engine_seconds / 1e6:.1f} M machine-cycles/s a core; "
            f"{self.memory / 2**20:.0f} MiB at most"
        )


def mapped(campaign: Path, out: Path) -> Mapped:
    """Make a map and say what it took."""
    began = time.monotonic()
    with Memory() as memory:
        path = map_upsets(campaign, out)
    seconds = time.monotonic() - began
    with open_map(path) as one:
        facts = one.facts
        return Mapped(
            flip_flops=len(one.rows),
            cycles=one.cycles,
            upsets=sum(one.counts.values()),
            seconds=seconds,
            engine_seconds=float(facts["engine_seconds"]),
            machine_cycles=int(facts["evaluations"]) * int(facts["lanes"]),
            memory=memory.most,
        )


def whole(folder: Path, upsets: int) -> None:
    """Compare the map with a restart loop."""
    began = time.monotonic()
    restart = Campaign(DESIGN, "verilator", folder / "restart", upsets=upsets, strategy="restart", end_early=False)
    restart.run()
    loop = upsets / (time.monotonic() - began)
    one = mapped(DESIGN, folder / "map.h5")
    print(f"map: {one}")
    print(f"restart loop, Verilator, {upsets} upsets with the build: {loop:.2f} upsets/s")
    print(f"ratio: {one.upsets / one.seconds / loop:.0f}")


STUBS = """
#include "engine.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
void radtest_read(struct machine *m, int port, const vec *address, vec *data) {}
void radtest_write(struct machine *m, int port, const vec *enable, const vec *address, const vec *data) {}
void radtest_possible_read(struct machine *m, int port, const vec *a, const vec *b, vec *c, vec *d) {}
static vec wrong[20000], next[20000], shown[20000], held[20000], struck[20000];
static uint64_t golden[20000], then[20000], input[20000];
int main(void)
{
    vec *net = aligned_alloc(64, 64 * (radtest_logic_nets + 1));
    struct timespec from, to;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (int i = 0; i < ROUNDS; i++) {
        struct cycle c = {
            .wrong = wrong, .golden = golden, .next = then, .input = input,
            .struck = struck, .next_wrong = next, .shown = shown, .held = held};
        radtest_logic(NULL, &c, net);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    printf("%g\\n", (double)ROUNDS * LANES / (to.tv_sec - from.tv_sec + 1e-9 * (to.tv_nsec - from.tv_nsec)));
}
"""


def logic(folder: Path) -> None:
    """Measure the logic by itself: all machines of one group, over and over."""
    campaign = Campaign(DESIGN, "icarus", folder / "list")
    campaign.work.mkdir(parents=True)
    configuration = campaign.configuration
    gates = design_gates(configuration, DESIGN, configuration.observe, folder / "engine")
    gates = gates.without_the_unneeded(campaign.list_targets().targets)
    (folder / "engine.h").write_text((ROOT / "radtest/inject/exhaustive/engine.h").read_text())
    (folder / "main.c").write_text(f"#define ROUNDS 200000\n{STUBS}")
    names = ["main.c"]
    for number, source in enumerate(c_sources(gates.netlist)):
        names.append(f"logic_{number}.c")
        (folder / names[-1]).write_text(source)
    command = [find_compiler(), "-O1", "-march=native", f"-DLANES={vector_lanes()}", "-w", *names, "-o", "logic"]
    subprocess.run(command, cwd=folder, check=True)
    rates = [float(subprocess.run([folder / "logic"], capture_output=True, check=True).stdout) for _ in range(5)]
    print(
        f"logic: {len(gates.netlist.gates)} gates, {sorted(rates)[2] / 1e6:.0f} M machine-cycles/s a core (median of 5)"
    )


def growth(folder: Path, repeats: list[int], cycles: list[int], sizes: list[int], out: Path | None) -> None:
    """Measure workloads of growing length and designs of growing size, and draw what they took."""
    made = {"bank of filters": filters, "register bank, TMR": register_bank, "memory, SECDED": coded_memory}
    longer: dict[str, list[Mapped]] = {"PicoRV32": []}
    larger: dict[str, list[Mapped]] = {}
    for number in repeats:
        measure(
            longer["PicoRV32"], f"PicoRV32, frames {number} times", frames_again(folder / f"again_{number}", number)
        )
    for name, workload in made.items():
        longer[name], larger[name] = [], []
        for number in cycles:
            measure(longer[name], f"{name}, longer", workload(folder / f"{workload.__name__}_{number}", number, 1))
        for size in sizes:
            path = folder / f"{workload.__name__}_x{size}"
            measure(larger[name], f"{name}, {size} times as large", workload(path, SIZED_CYCLES, size))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        draw_growth(longer, larger, out / "map_growth.png")
        print(f"growth: {out / 'map_growth.png'}")


def measure(some: list[Mapped], name: str, campaign: Path) -> None:
    """Make one map of a series, say what it took, and how much more that is than of the first one."""
    some.append(one := mapped(campaign, campaign.with_name("map.h5")))
    first = some[0]
    print(
        f"growth: {name}: {one}; to the first of these: upsets x {one.upsets / first.upsets:.2f}, engine "
        f"x {one.engine_seconds / first.engine_seconds:.2f}, load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def draw_growth(longer: dict[str, list[Mapped]], larger: dict[str, list[Mapped]], path: Path) -> None:
    """Draw what longer workloads and larger designs took."""
    import matplotlib.pyplot as plt  # noqa: PLC0415 (slow to import)

    figure, axes = plt.subplots(1, 3, figsize=(12, 3.8), layout="constrained")
    for number, name in enumerate(longer):
        for series, marker, style, kind in ((longer, "o", "-", "longer"), (larger, "s", "--", "larger")):
            some = series.get(name, [])
            if not some:
                continue
            upsets = [one.upsets for one in some]
            look = {"marker": marker, "linestyle": style, "color": f"C{number}", "label": f"{name}, {kind}"}
            axes[0].loglog(upsets, [one.engine_seconds for one in some], **look)
            axes[1].loglog(upsets, [one.seconds for one in some], **look)
            axes[2].semilogx(upsets, [one.memory / 2**20 for one in some], **look)
    low, high = axes[0].get_xlim()
    seconds = min(one.engine_seconds / one.upsets for some in longer.values() for one in some)
    axes[0].loglog([low, high], [seconds * low, seconds * high], color="0.6", linestyle=":", label="in proportion")
    axes[0].set(ylabel="engine (s of processor time)", xlim=(low, high))
    axes[1].set(ylabel="sources to map (s)")
    axes[2].set(ylabel="memory of all processes at most (MiB)", ylim=(0, None))
    for each in axes:
        each.set_xlabel("upsets (bits × cycles)")
        each.grid(alpha=0.3)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False, fontsize=8)
    figure.savefig(path, dpi=150)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["whole", "logic", "growth"], action="append")
    parser.add_argument("--restarts", type=int, default=20, help="upsets of the restart loop")
    parser.add_argument("--repeats", type=int, nargs="*", default=[1, 2, 4], help="how often PicoRV32 takes its frames")
    parser.add_argument("--cycles", type=int, nargs="*", default=[10_000, 100_000, 1_000_000], help="lengths of runs")
    parser.add_argument("--sizes", type=int, nargs="*", default=[1, 10], help="how large designs are")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    parts = arguments.only or ["whole", "logic", "growth"]
    for part in parts:
        with tempfile.TemporaryDirectory() as name:
            if part == "whole":
                whole(Path(name), arguments.restarts)
            elif part == "logic":
                logic(Path(name))
            else:
                growth(Path(name), arguments.repeats, arguments.cycles, arguments.sizes, arguments.out)


if __name__ == "__main__":
    main()
