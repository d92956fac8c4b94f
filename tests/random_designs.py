"""Small clocked designs drawn at random, each with a cocotb test and a campaign file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import tomli_w

__all__ = ["EVERYTHING", "RandomDesign", "random_design"]

EVERYTHING = frozenset(
    {
        "closed",
        "closed without valid",
        "falling edge",
        "first word",
        "look at the clock",
        "promised latch",
        "several reads",
        "several writes",
        "unused bits",
        "writes in reset",
    }
)
"""What a design may have beyond registers, their logic, and a memory with a port to read and one to write."""

_INPUTS = {"a": 3, "b": 2, "go": 1}
_RESETS = ("plain", "enabled", "reset", "set", "async", "async_low", "async_set", "async_enabled")

_CLOSED_BENCH = """
import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge


@cocotb.test()
async def plays(dut):
    dut.rst.value = 1
    dut.rst_n.value = 0
    cocotb.start_soon(Clock(dut.clk, 10, "ns").start())
    for _ in range(2):
        await RisingEdge(dut.clk)
    dut.rst.value = 0
    dut.rst_n.value = 1
    await RisingEdge(dut.done)
    for _ in range({tail}):
        await RisingEdge(dut.clk)
"""

_OPEN_BENCH = """
import random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge


@cocotb.test()
async def plays(dut):
    rng = random.Random({seed})
    inputs = {inputs}
    for name in inputs:
        getattr(dut, name).value = 0
    dut.rst.value = 1
    dut.rst_n.value = 0
    cocotb.start_soon(Clock(dut.clk, 10, "ns").start())
    for cycle in range({cycles}):
        await RisingEdge(dut.clk)
        reset = cycle < 2 or rng.random() < {again}
        dut.rst.value = int(reset)
        dut.rst_n.value = int(not reset and rng.random() >= {again})
        for name, width in inputs.items():
            getattr(dut, name).value = rng.getrandbits(width)
"""


@dataclass(frozen=True, slots=True)
class RandomDesign:
    """A design, its bench and its campaign file, as texts."""

    verilog: str
    bench: str
    campaign: str
    placement: str = ""

    def write(self, folder: Path) -> Path:
        """Write all of it into a folder and return the campaign file."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "chip.v").write_text(self.verilog)
        (folder / "chip_bench.py").write_text(self.bench)
        path = folder / "chip.toml"
        path.write_text(self.campaign)
        if self.placement:
            (folder / "places.csv").write_text(self.placement)
        return path


@dataclass
class _Chip:
    rng: Random
    closed: bool
    having: frozenset[str]
    known: dict[str, int] = field(default_factory=dict)
    """Signals that an expression may use, with their widths: what stores, then each wire once it is declared."""
    lines: list[str] = field(default_factory=list)

    def expression(self, depth: int = 3) -> str:
        rng = self.rng
        if depth == 0 or rng.random() < 0.15:
            return rng.choice([*self.known, *self.known, *self.known, f"{rng.randint(1, 3)}'d{rng.randint(0, 1)}"])
        one, two = self.expression(depth - 1), self.expression(depth - 1)
        kind = rng.choice(["&", "|", "^", "^", "+", "+", "-", "<", "==", "?", "~", "fold", "{}", ">>", "!", "*"])
        match kind:
            case "?":
                return f"(({self.expression(depth - 1)}) ? ({one}) : ({two}))"
            case "~":
                return f"(~({one}))"
            case "!":
                return f"(!({one}))"
            case "fold":
                return f"({rng.choice('&|^')}({one}))"
            case "{}":
                return "{" + ", ".join(rng.choices(list(self.known), k=2)) + "}"
            case ">>":
                return f"(({one}) {rng.choice(['>>', '<<'])} {rng.choice(list(self.known))})"
            case _:
                return f"(({one}) {kind} ({two}))"

    def of_width(self, width: int) -> list[str]:
        return [name for name, own in self.known.items() if own == width]

    def wire(self, name: str, width: int, depth: int = 3) -> None:
        self.lines.append(f"    wire [{width - 1}:0] {name} = {self.expression(depth)};")
        self.known[name] = width


def random_design(rng: Random, having: frozenset[str] = EVERYTHING, model: str = "seu") -> RandomDesign:
    """Draw a design.

    Its registers are of all kinds, its logic holds promises that upsets break, and a memory
    that is written through up to two ports. It either plays by itself until it says that it is done, or is played to.

    Parameters
    ----------
    rng : Random
        Random numbers.
    having : frozenset of str
        What of `EVERYTHING` may be drawn.
    model : str
        The fault model of the campaign; the design is the same for all.
    """
    chip = _Chip(rng, closed=rng.random() < 0.4 and "closed" in having, having=having)
    registers = _registers(chip)
    inputs = {} if chip.closed else _INPUTS
    chip.known |= inputs
    body = chip.lines
    if "falling edge" in having and rng.random() < 0.4:
        _falling(chip, [*(name for name, _, _ in registers), *inputs])
    memory = rng.random() < 0.6
    if memory:
        _memory_reads(chip)
    chip.wire("w0", 3)
    if rng.random() < 0.6:
        _broken_promises(chip)
    chip.wire("w1", rng.randint(1, 4))
    chip.wire("w2", 2)
    for name, width, kind in registers:
        _clocked(chip, name, width, kind, [other for other, size, _ in registers if size == 1 and other < name])
    if memory:
        _memory_writes(chip)
    has_alarm, has_corrected = rng.random() < 0.6, rng.random() < 0.5
    outputs: list[dict[str, str]] = []
    needs_valid = chip.closed and "closed without valid" not in having
    ports = ["input wire clk, rst, rst_n"] + [f"input wire [{w - 1}:0] {name}" for name, w in inputs.items()]
    ports += ["output reg [2:0] shown", "output wire [2:0] plain", "output wire valid, alarm, corrected, done"]
    body.append("    initial shown = 0;")
    body.append(f"    always @(posedge clk) if (rst) shown <= 0; else shown <= {chip.expression(2)};")
    body.append(f"    assign plain = {chip.expression(2)};")
    body.append(f"    assign valid = {rng.choice([name for name, _, _ in registers])};")
    outputs.append({"signal": "shown"} | ({"valid": "valid"} if needs_valid or rng.random() < 0.6 else {}))
    if rng.random() < 0.7:
        outputs.append({"signal": "plain"} | ({"valid": "valid"} if needs_valid or rng.random() < 0.5 else {}))
    if has_alarm:
        _sealed(chip)
    if has_corrected:
        _voted(chip)
    _ending(chip, rng.randint(8, 14))
    ports.append("output wire ignored")
    unused = "unused bits" in having and rng.random() < 0.5
    body.append(f"    assign ignored = {'0' if unused else '^{' + ', '.join(chip.known) + '}'};")
    verilog = "\n".join(
        [
            "module chip (",
            ",\n".join(f"    {port}" for port in ports),
            ");",
            *body,
            f"    assign alarm = {'sealed_wrong' if has_alarm else '0'};",
            f"    assign corrected = {'copies_differ' if has_corrected else '0'};",
            "endmodule",
            "",
        ]
    )
    if chip.closed:
        bench = _CLOSED_BENCH.format(tail=rng.randint(0, 2))
    else:
        bench = _OPEN_BENCH.format(
            seed=rng.randint(0, 9999), inputs=inputs, cycles=rng.randint(10, 20), again=rng.choice([0, 0, 0.15])
        )
    observe: dict[str, Any] = {"clock": "clk", "outputs": outputs, "look": "rest"}
    if "look at the clock" in having and not chip.closed:
        observe["look"] = rng.choice(["rest", "clock"])
    if has_alarm:
        observe["alarms"] = ["alarm"]
    if has_corrected:
        observe["corrected"] = ["corrected"]
    if chip.closed:
        observe["done"] = "done"
    campaign: dict[str, Any] = {
        "upsets": 1,
        "first_cycle": 3 if chip.closed else rng.choice([1, 1, 3] if observe["look"] == "clock" else [0, 1, 3]),
        "kinds": ["flip_flop", "memory"] if memory else ["flip_flop"],
    }
    placement = ""
    if model != "seu":
        campaign["model"] = model
    if model == "mcu":
        campaign["cluster"] = _cluster(rng)
        if "placement" in campaign["cluster"]:
            placement = _placement(chip, registers)
    if model == "set":
        campaign |= {"kinds": ["net"], "set_width_ps": 2000, "first_cycle": max(1, campaign["first_cycle"])}
    document = {
        "design": {"top": "chip", "sources": ["chip.v"]},
        "test": {"module": "chip_bench", "name": "plays"},
        "observe": observe,
        "campaign": campaign,
    }
    return RandomDesign(verilog, bench, tomli_w.dumps(document), placement)


def _cluster(rng: Random) -> dict[str, Any]:
    shapes: list[dict[str, Any]] = [
        {"size": 2},
        {"size": 3, "interleaving": 2},
        {"offsets": [[0, 1], [1, 0]]},
        {"offsets": [[2, 0], [-1, 1]], "interleaving": 4},
        {"size": rng.randint(2, 4), "placement": "places.csv"},
        {"radius_um": rng.choice([1.0, 1.5]), "placement": "places.csv"},
    ]
    return rng.choice(shapes)


def _placement(chip: _Chip, registers: list[tuple[str, int, str]]) -> str:
    """Put bits on a small grid, a few of them nowhere."""
    bits = [f"shown[{bit}]" for bit in range(3)]
    for name, width, _ in registers:
        bounds = next(line for line in chip.lines if f"] {name} =" in line).split("[")[1].split("]")[0].split(":")
        low = min(map(int, bounds))
        bits += [f"{name}[{low + bit}]" for bit in range(width)] if width > 1 else [name]
    for line in chip.lines:
        if "// first word" in line:
            bits += [f"mem[{word}][{bit}]" for word in range(4) for bit in range(3)]
    places = [f"{bit},{chip.rng.randint(0, 4)},{chip.rng.randint(0, 4)}" for bit in bits if chip.rng.random() < 0.9]
    return "\n".join(["name,x_um,y_um", *places, ""])


def _registers(chip: _Chip) -> list[tuple[str, int, str]]:
    """Declare registers of 4 to 12 bits together; each has a value at power-up."""
    rng, registers = chip.rng, []
    left = rng.randint(4, 12)
    while left:
        width = min(left, rng.randint(1, 3))
        left -= width
        name = f"r{len(registers)}"
        low = rng.choice([0, 0, 2])
        bounds = rng.choice([f"{low + width - 1}:{low}", f"{low}:{low + width - 1}"])
        # What resets others must not be high at power-up: no edge would come of that.
        chip.lines.append(f"    reg [{bounds}] {name} = {rng.getrandbits(width) if width > 1 else 0};")
        chip.known[name] = width
        registers.append((name, width, rng.choice(_RESETS)))
    return registers


def _clocked(chip: _Chip, name: str, width: int, kind: str, resets: list[str]) -> None:
    rng, value = chip.rng, chip.rng.getrandbits(width)
    taken = f"{name} <= {chip.expression()};"
    enable = rng.choice(list(chip.known))
    # A register of one bit can reset others: it changes but once in a time step.
    source = rng.choice([*resets, "rst", "rst"])
    match kind:
        case "plain":
            event, does = "posedge clk", taken
        case "enabled":
            event, does = "posedge clk", f"if ({enable}) {taken}"
        case "reset":
            event, does = "posedge clk", f"if (rst) {name} <= {value}; else {taken}"
        case "set":
            event, does = "posedge clk", f"if ({enable}) {name} <= {2**width - 1}; else {taken}"
        case "async":
            event, does = f"posedge clk or posedge {source}", f"if ({source}) {name} <= {value}; else {taken}"
        case "async_set":
            event, does = f"posedge clk or posedge {source}", f"if ({source}) {name} <= {2**width - 1}; else {taken}"
        case "async_low":
            event, does = "posedge clk or negedge rst_n", f"if (!rst_n) {name} <= {value}; else {taken}"
        case _:
            event = "posedge clk or negedge rst_n"
            does = f"if (!rst_n) {name} <= {value}; else if ({enable}) {taken}"
    chip.lines.append(f"    always @({event}) {does}")


def _falling(chip: _Chip, taken: list[str]) -> None:
    """Store at the falling edge, and at the next rising edge again."""
    rng = chip.rng
    one, two, three = (rng.choice([*taken, "fell"]) for _ in range(3))
    reset = rng.choice(["", "if (rst) fell <= 1; else "])
    chip.lines += [
        "    reg [1:0] fell = 2, after = 1;",
        f"    always @(negedge clk) {reset}fell <= ({one} {rng.choice('+^&')} {two}) {rng.choice('-^|')} {three};",
        f"    always @(posedge clk) after <= fell {rng.choice('+^&')} {rng.choice(taken)};",
    ]
    chip.known["after"] = 2


def _broken_promises(chip: _Chip) -> None:
    """Promise that exactly one bit of a register is high, which holds as long as nothing hits it."""
    rng = chip.rng
    promise = rng.choice(["full_case, parallel_case", "parallel_case", "full_case"])
    chip.lines += [
        "    reg [2:0] one_hot = 1;",
        "    always @(posedge clk) if (rst) one_hot <= 1; else one_hot <= {one_hot[1:0], one_hot[2]};",
        "    reg [2:0] chosen;",
        f"    always @* begin {'' if 'promised latch' in chip.having and rng.random() < 0.5 else 'chosen = 0;'}",
        f"        (* {promise} *) casez (one_hot)",
        *(f"            3'b{bits}: chosen = {chip.expression(2)};" for bits in ("??1", "?1?", "1??")),
        "        endcase end",
    ]
    chip.known |= {"one_hot": 3, "chosen": 3}


def _memory_reads(chip: _Chip) -> None:
    rng = chip.rng
    first = rng.choice([0, 0, 2]) if "first word" in chip.having else 0
    bounds = f"{first}:{first + 3}" if rng.random() < 0.7 else f"{first + 3}:{first}"
    chip.lines.append(f"    reg [2:0] mem [{bounds}]; // first word {first}")
    values = [rng.getrandbits(3) for _ in range(4)]
    chip.lines.append(
        "    initial begin " + " ".join(f"mem[{first + n}] = {v};" for n, v in enumerate(values)) + " end"
    )
    for number in range(rng.randint(1, 2) if "several reads" in chip.having else 1):
        address = rng.choice(list(chip.known))
        chip.lines.append(f"    wire [1:0] at{number} = {address};")
        chip.lines.append(f"    wire [2:0] got{number} = mem[{first} + at{number}];")
        chip.known[f"got{number}"] = 3


def _memory_writes(chip: _Chip) -> None:
    rng = chip.rng
    first = int(next(line for line in chip.lines if "// first word" in line).rsplit(" ", 1)[1])
    ports = rng.randint(1, 2) if "several writes" in chip.having else 1
    quiet = "" if "writes in reset" in chip.having and rng.random() < 0.5 else "!rst && "
    writes = []
    for number in range(ports):
        chip.lines.append(f"    wire [1:0] to{number} = {chip.expression(2)};")
        part = rng.choice(["", "", "[1:0]", "[2]"])
        enable = rng.choice(list(chip.known))
        writes.append(f"if ({quiet}{enable}) mem[{first} + to{number}]{part} <= {{{chip.expression(2)}}};")
    chip.lines.append(f"    always @(posedge clk) begin {' '.join(writes)} end")


def _sealed(chip: _Chip) -> None:
    chip.lines += [
        "    reg [1:0] sealed = 0; reg parity = 0;",
        f"    wire [1:0] sealed_next = {chip.expression(2)};",
        "    always @(posedge clk) begin sealed <= sealed_next; parity <= ^sealed_next; end",
        "    wire sealed_wrong = (^sealed) != parity;",
    ]


def _voted(chip: _Chip) -> None:
    chip.lines += [
        "    reg copy_a = 0, copy_b = 0, copy_c = 0;",
        "    wire voted = (copy_a & copy_b) | (copy_b & copy_c) | (copy_a & copy_c);",
        f"    wire voted_next = voted ^ ({chip.rng.choice(list(chip.known))} == 1);",
        "    always @(posedge clk) begin copy_a <= voted_next; copy_b <= voted_next; copy_c <= voted_next; end",
        "    wire copies_differ = copy_a != copy_b || copy_b != copy_c;",
    ]


def _ending(chip: _Chip, cycles: int) -> None:
    if not chip.closed:
        chip.lines.append("    assign done = 0;")
        return
    chip.lines += [
        "    reg [3:0] count = 0;",
        f"    always @(posedge clk) if (rst) count <= 0; else if (count != {cycles}) count <= count + 1;",
        f"    assign done = count == {cycles};",
    ]
