"""A design whose bits are held at a level, and what it then does, worked out apart from any simulator."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PERIOD_PS = 10_000
CYCLES = 40
"""Rising edges of the test; the clock rises at 0 for the first time."""
RESET_CYCLES = 3

DESIGN = r"""
// Adds up numbers that it makes itself, with nets of every kind between its registers.
typedef enum logic [1:0] {IDLE, LOAD, ADD, REST} phase_t;
typedef struct packed {logic [1:0] high; logic [1:0] low;} halves_t;

module unit (input logic [3:0] a, b, output logic [3:0] sum, output logic [3:0] mark);
    wire [3:0] both = a & b;
    always_comb begin
        sum = a + b;
        if (a == 4'd9) sum = ~a;
    end
    assign mark = sum ^ both;
endmodule

module pulses (
    input  logic       clk, rst,
    output logic [7:0] total,
    output logic [3:0] shown,
    output logic       alarm
);
    logic [3:0] step;
    phase_t     phase, next_phase;
    halves_t    halves;
    integer     whole;
    logic [3:0] chosen, sum, mark, ones, last, kept;
    logic [1:0] turn;
    logic [3:0] store [0:3];
    logic [1:0] pair [0:1];
    wire  [3:0] mixed = step ^ {step[0], total[2:0]};
    wire  [3:0] barred = ~mixed;
    wire  [1:0] spot = turn ^ step[1:0];
    wire  [3:0] through = barred & {4{phase == IDLE}};

    always_comb begin
        next_phase = LOAD;
        case (phase)
            LOAD:    next_phase = ADD;
            ADD:     next_phase = REST;
            default: next_phase = LOAD;
        endcase
    end
    always_comb
        case (phase)
            LOAD:    chosen = mixed;
            ADD:     chosen = {mixed[1:0], mixed[3:2]};
            default: chosen = 4'd1;
        endcase
    always_comb begin
        halves.high = chosen[1:0] + 2'd1;
        halves.low = chosen[3:2] ^ 2'd2;
    end
    always_comb whole = mark * 5;
    always_comb begin
        ones = 0;
        for (int i = 0; i < 4; i++) ones = ones + {3'd0, step[i]};
    end

    generate for (genvar i = 0; i < 2; i++) begin : lane
        wire [1:0] twist = pair[i] ^ {2{step[i]}};
    end endgenerate

    unit adder (.a(chosen), .b(through | halves), .sum(sum), .mark(mark));

    always_ff @(posedge clk)
        if (rst) begin
            step <= 0; phase <= LOAD; total <= 0; last <= 0; turn <= 0; kept <= 0;
            for (int i = 0; i < 4; i++) store[i] <= 0;
            pair[0] <= 1; pair[1] <= 2;
        end else begin
            step <= step + 1;
            phase <= next_phase;
            total <= total + {4'd0, sum} + {4'd0, store[step[1:0]]};
            turn <= turn + {1'b0, ~step[0]} + 2'd1;
            store[turn] <= mark ^ whole[3:0];
            kept <= store[turn];
            pair[0] <= lane[1].twist;
            pair[1] <= lane[0].twist;
            last <= {pair[0], pair[1]};
        end
    assign shown = sum ^ ones ^ last ^ kept ^ store[spot];
    assign alarm = !rst && phase == IDLE;
endmodule
"""

BENCH = f"""
import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge


@cocotb.test()
async def counts(dut):
    dut.rst.value = 1
    cocotb.start_soon(Clock(dut.clk, {PERIOD_PS}, "ps").start())
    for _ in range({RESET_CYCLES}):
        await RisingEdge(dut.clk)
    dut.rst.value = 0
    for _ in range({CYCLES - RESET_CYCLES}):
        await RisingEdge(dut.clk)
"""

CAMPAIGN = """
[design]
top = "pulses"
sources = ["pulses.sv"]

[test]
module = "pulses_bench"
name = "counts"

[observe]
clock = "clk"
outputs = [{ signal = "total" }, { signal = "shown" }]
alarms = ["alarm"]

[campaign]
"""

NET_BITS = {
    "adder.b": 4,
    "adder.both": 4,
    "adder.mark": 4,
    "adder.sum": 4,
    "alarm": 1,
    "barred": 4,
    "chosen": 4,
    "halves": 3,
    "lane[0].twist": 2,
    "lane[1].twist": 2,
    "mixed": 4,
    "next_phase": 2,
    "shown": 4,
    "spot": 2,
    "through": 4,
    "whole": 4,
}
"""The nets of the design that a pulse can hit, and their bits."""


@dataclass(frozen=True)
class Held:
    """A bit held at a level from one time on, until another (ps)."""

    name: str
    bit: int
    start: int
    end: int | None
    level: int | None = None


@dataclass
class State:
    """The registers."""

    step: int = 0
    phase: int = 0
    total: int = 0
    last: int = 0
    turn: int = 0
    kept: int = 0
    store: list[int] = field(default_factory=lambda: [0] * 4)
    pair: list[int] = field(default_factory=lambda: [0] * 2)


class Run:
    """The course of the test.

    Attributes
    ----------
    shown : list of (total, shown, alarm)
        The outputs just before each rising edge from the third on, and at the end of the test.
    state : dict
        The registers at the end.
    level : int
        The level at which the bit was held.
    """

    def __init__(self, held: Held | None) -> None:
        self._held = held
        self.level = held.level if held and held.level is not None else -1
        self._kept = State()
        self.shown: list[tuple[int, int, int]] = []
        for edge in range(CYCLES):
            time = edge * PERIOD_PS
            self._start(before=time)
            if edge >= 2:
                self.shown.append(self._outputs(time - 1, in_reset=edge < RESET_CYCLES))
            # The reset ends right after the edge that it is taken away at.
            self._clock(time, in_reset=edge < RESET_CYCLES)
        time = (CYCLES - 1) * PERIOD_PS
        self._start(before=time)
        self.shown.append(self._outputs(time, in_reset=False))
        self.state = self._registers(time)

    def _start(self, before: int) -> None:
        """Take the level of a pulse from the net, where it begins."""
        held = self._held
        if held is not None and self.level < 0 and held.start < before:
            value = self._nets(held.start, free=True, in_reset=held.start < RESET_CYCLES * PERIOD_PS - PERIOD_PS)[
                held.name
            ]
            self.level = 1 - (value >> held.bit & 1)

    def _see(self, name: str, value: int, time: int, free: bool = False) -> int:
        """Return a value as all that reads it sees it."""
        held = self._held
        if free or held is None or held.name != name or time < held.start or self.level < 0:
            return value
        if held.end is not None and time >= held.end:
            return value
        return value & ~(1 << held.bit) | self.level << held.bit

    def _registers(self, time: int) -> dict[str, Any]:
        kept = self._kept
        names = ("step", "phase", "total", "last", "turn", "kept")
        registers: dict[str, Any] = {name: self._see(name, getattr(kept, name), time) for name in names}
        for name in ("store", "pair"):
            words = getattr(kept, name)
            registers[name] = [self._see(f"{name}[{i}]", word, time) for i, word in enumerate(words)]
        return registers

    def _nets(self, time: int, in_reset: bool, free: bool = False) -> dict[str, int]:
        r = self._registers(time)
        see: Callable[[str, int], int] = lambda name, value: self._see(name, value, time, free)  # noqa: E731
        nets: dict[str, int] = {}
        step, total, phase = r["step"], r["total"], r["phase"]
        mixed = nets["mixed"] = see("mixed", step ^ ((step & 1) << 3 | total & 7))
        barred = nets["barred"] = see("barred", ~mixed & 15)
        through = nets["through"] = see("through", barred if phase == 0 else 0)
        nets["next_phase"] = see("next_phase", {1: 2, 2: 3}.get(phase, 1))
        turned = (mixed & 3) << 2 | mixed >> 2
        chosen = nets["chosen"] = see("chosen", {1: mixed, 2: turned}.get(phase, 1))
        halves = nets["halves"] = see("halves", ((chosen & 3) + 1 & 3) << 2 | (chosen >> 2 ^ 2))
        b = nets["adder.b"] = see("adder.b", through | halves)
        both = nets["adder.both"] = see("adder.both", chosen & b)
        total_sum = ~chosen & 15 if chosen == 9 else chosen + b & 15
        nets["adder.sum"] = see("adder.sum", total_sum)
        mark = nets["adder.mark"] = see("adder.mark", nets["adder.sum"] ^ both)
        nets["whole"] = see("whole", mark * 5)
        for i in range(2):
            nets[f"lane[{i}].twist"] = see(f"lane[{i}].twist", r["pair"][i] ^ 3 * (step >> i & 1))
        spot = nets["spot"] = see("spot", r["turn"] ^ step & 3)
        nets["shown"] = see("shown", nets["adder.sum"] ^ step.bit_count() ^ r["last"] ^ r["kept"] ^ r["store"][spot])
        nets["alarm"] = see("alarm", int(not in_reset and phase == 0))
        return nets

    def _outputs(self, time: int, in_reset: bool) -> tuple[int, int, int]:
        nets = self._nets(time, in_reset)
        return self._registers(time)["total"], nets["shown"], nets["alarm"]

    def _clock(self, time: int, in_reset: bool) -> None:
        r, nets = self._registers(time), self._nets(time, in_reset)
        if in_reset:
            self._kept = State(phase=1, pair=[1, 2])
            return
        store = list(r["store"])
        store[r["turn"]] = nets["adder.mark"] ^ nets["whole"] & 15
        self._kept = State(
            step=r["step"] + 1 & 15,
            phase=nets["next_phase"],
            total=r["total"] + nets["adder.sum"] + r["store"][r["step"] & 3] & 255,
            last=r["pair"][0] << 2 | r["pair"][1],
            turn=r["turn"] + 1 - (r["step"] & 1) + 1 & 3,
            kept=r["store"][r["turn"]],
            store=store,
            pair=[nets["lane[1].twist"], nets["lane[0].twist"]],
        )


GOLDEN = Run(None)


def expected_outcome(held: Held, simulator: str) -> str:
    """Return the outcome of a campaign that watches `total`, `shown` and `alarm`."""
    if (held.name, simulator) == ("spot", "verilator"):
        # The index of an array: Verilator 5.048 lets it be forced, and reads it as if it were not.
        return "invalid"
    run = Run(held)
    if any(alarm for _, _, alarm in run.shown):
        return "detected"
    if run.shown != GOLDEN.shown:
        return "sdc"
    return "masked" if run.state == GOLDEN.state else "latent"


def write_pulses(folder: Path, campaign: dict[str, Any]) -> Path:
    """Write the design, its bench and a campaign file into a folder; return the campaign file."""
    (folder / "pulses.sv").write_text(DESIGN)
    (folder / "pulses_bench.py").write_text(BENCH)
    keys = {"upsets": 100, "first_cycle": 4} | campaign
    path = folder / "pulses.toml"
    path.write_text(CAMPAIGN + "".join(f"{name} = {json.dumps(value)}\n" for name, value in keys.items()))
    return path
