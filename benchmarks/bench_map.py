"""Every upset of PicoRV32: the map, from sources to sealed file, against one simulation for each upset.

Three things are measured: ``whole``, the map of fixtures/designs/picorv32_soc.toml against a restart loop under
Verilator, as upsets decided in a second; ``logic``, the bare logic of its engine, without memories and bookkeeping; and
``growth``, time and memory of longer workloads: the frames over and over in PicoRV32, and a bank of filters that runs
for up to a million cycles. ``--out`` names a folder for the plot of the growth.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from radtest.inject import Campaign
from radtest.inject.exhaustive import map_upsets, open_map
from radtest.inject.exhaustive.c_logic import c_sources
from radtest.inject.exhaustive.design_gates import design_gates
from radtest.inject.exhaustive.engine import find_compiler, vector_lanes

ROOT = Path(__file__).parents[1]
DESIGN = ROOT / "fixtures/designs/picorv32_soc.toml"
SOC = ROOT / "hdl_tests/picorv32_soc"


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


def frames_again(folder: Path, repeats: int) -> Path:
    """Write a campaign in which PicoRV32 goes over its frames so many times."""
    sys.path.insert(0, str(SOC))
    from crc32_program import assemble, hexadecimal  # noqa: PLC0415 (a module of the bench)

    text = (SOC / "frames.S").read_text()
    text = text.replace("start:\n", f"start:\n    li   a7, {repeats}\nagain:\n")
    text = text.replace(
        "    bne  a0, a1, next_frame\n",
        "    bne  a0, a1, next_frame\n    addi a7, a7, -1\n    bne  a7, zero, again\n",
    )
    folder.mkdir()
    (folder / "again.S").write_text(text)
    (folder / "frames.hex").write_text(hexadecimal(assemble(str(folder / "again"))[0]))
    (folder / "again_bench.py").write_text(
        (SOC / "frames_bench.py")
        .read_text()
        .replace('1, "ms"', '1000, "ms"')
        .replace("== expected_frames()", f"== expected_frames() * {repeats}")
    )
    campaign = DESIGN.read_text().replace('module = "frames_bench"', 'module = "again_bench"')
    campaign = campaign.replace('folder = "../../hdl_tests/picorv32_soc"', f'folder = "{folder}"')
    campaign = campaign.replace('"../../hdl_tests/picorv32_soc/frames.hex"', f'"{folder}/frames.hex"')
    campaign = campaign.replace("../..", str(ROOT))
    path = folder / "picorv32_soc.toml"
    path.write_text(campaign)
    return path


BANK = """
module bank (input wire clk, input wire resetn, output reg [15:0] sum, output reg done);
    reg [15:0] value = 1;
    reg [15:0] tap [0:7];
    reg [23:0] count = 0;
    integer i;
    initial begin sum = 0; done = 0; for (i = 0; i < 8; i = i + 1) tap[i] = 0; end
    always @(posedge clk)
        if (!resetn) begin count <= 0; done <= 0; end
        else begin
            count <= count + 1;
            value <= {value[14:0], value[15] ^ value[13] ^ value[12] ^ value[10]};
            tap[0] <= value;
            for (i = 1; i < 8; i = i + 1) tap[i] <= tap[i - 1];
            sum <= tap[0] + (tap[1] << 1) - tap[3] + (tap[5] >> 2) - tap[7];
            done <= count >= CYCLES;
        end
endmodule
"""

BANK_TOP = """
module bank_bench;
    reg clk = 0, resetn = 0;
    wire [15:0] sum;
    wire done;
    always #5 clk = ~clk;
    bank dut (clk, resetn, sum, done);
endmodule
"""

BANK_BENCH = """
import cocotb
from cocotb.triggers import ClockCycles, RisingEdge


@cocotb.test()
async def runs_to_its_end(dut):
    dut.resetn.value = 0
    await ClockCycles(dut.clk, 4)
    dut.resetn.value = 1
    await RisingEdge(dut.done)
    await ClockCycles(dut.clk, 2)
"""


def bank(folder: Path, cycles: int) -> Path:
    """Write a campaign with a bank of filters that runs for so many cycles."""
    folder.mkdir()
    (folder / "bank.v").write_text(BANK.replace("CYCLES", str(cycles)))
    (folder / "bank_bench.v").write_text(BANK_TOP)
    (folder / "bank_bench.py").write_text(BANK_BENCH)
    path = folder / "bank.toml"
    path.write_text("""
[design]
top = "bank"
sources = ["bank.v"]
[test]
module = "bank_bench"
name = "runs_to_its_end"
toplevel = "bank_bench"
instance = "dut"
sources = ["bank_bench.v"]
[observe]
clock = "clk"
outputs = [{ signal = "sum" }]
done = "done"
[campaign]
upsets = 1
first_cycle = 5
timeout_factor = 1.5
""")
    return path


def growth(folder: Path, repeats: list[int], cycles: list[int], out: Path | None) -> None:
    """Measure workloads of growing length, and draw what they took."""
    lines: dict[str, list[Mapped]] = {"PicoRV32": [], "bank of filters": []}
    jobs = [("PicoRV32", frames_again(folder / f"again_{n}", n)) for n in repeats]
    jobs += [("bank of filters", bank(folder / f"bank_{n}", n)) for n in cycles]
    for name, campaign in jobs:
        lines[name].append(one := mapped(campaign, campaign.with_name("map.h5")))
        print(f"growth: {name}: {one}", flush=True)
    if out is None:
        return
    import matplotlib.pyplot as plt  # noqa: PLC0415 (slow to import)

    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for name, some in lines.items():
        upsets = [one.upsets for one in some]
        axes[0].loglog(upsets, [one.seconds for one in some], "o-", label=name)
        axes[1].semilogx(upsets, [one.memory / 2**20 for one in some], "o-", label=name)
    axes[0].set(xlabel="upsets (flip-flops × cycles)", ylabel="time from sources to map (s)")
    axes[1].set(xlabel="upsets (flip-flops × cycles)", ylabel="memory at most (MiB)", ylim=(0, None))
    axes[0].legend(frameon=False)
    for each in axes:
        each.grid(alpha=0.3)
    out.mkdir(parents=True, exist_ok=True)
    figure.savefig(out / "map_growth.png", dpi=150)
    print(f"growth: {out / 'map_growth.png'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["whole", "logic", "growth"], action="append")
    parser.add_argument("--restarts", type=int, default=20, help="upsets of the restart loop")
    parser.add_argument("--repeats", type=int, nargs="*", default=[1, 2, 4], help="how often PicoRV32 takes its frames")
    parser.add_argument("--cycles", type=int, nargs="*", default=[10_000, 100_000], help="lengths of the bank's run")
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
                growth(Path(name), arguments.repeats, arguments.cycles, arguments.out)


if __name__ == "__main__":
    main()
