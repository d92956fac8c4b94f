"""A cocotb test that plays recorded inputs to a design: row c of them is what its flip-flops see at rising edge c."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge, Timer

from radtest.inject.handles import find_handle, read_bits, write_bits


@cocotb.test()
async def replay(dut: Any) -> None:
    """Drive each cycle's inputs right after the rising edge that begins it."""
    recorded = np.load(Path(__file__).with_suffix(".npz"))
    handles = [getattr(dut, str(name)) for name in recorded["names"]]
    bits = np.unpackbits(recorded["rows"], axis=1, bitorder="little")
    ends = np.cumsum(recorded["widths"])
    values = [
        [int.from_bytes(np.packbits(row, bitorder="little").tobytes(), "little") for row in part]
        for part in np.split(bits[:, : ends[-1]], ends[:-1], axis=1)
    ]
    shown: list[int | None] = [None] * len(handles)
    clock = getattr(dut, str(recorded["clock"]))

    def drive(cycle: int) -> None:
        for place, handle in enumerate(handles):
            if values[place][cycle] != shown[place]:
                shown[place] = values[place][cycle]
                handle.value = shown[place]

    begins_high = bool(recorded["begins_high"])
    drive(1 if begins_high else 0)
    Clock(clock, int(recorded["period_ps"]), unit="ps").start(start_high=begins_high)
    if begins_high:
        cocotb.start_soon(_set_registers(dut, recorded))
    edge = RisingEdge(clock)
    for cycle in range(1, len(bits)):
        await edge
        drive(cycle)


async def _set_registers(dut: Any, recorded: Any) -> None:
    """Have the registers hold what they held after the edge at time 0."""
    await Timer(1, "step")
    for name, levels in zip(recorded["registers"], recorded["levels"], strict=True):
        try:
            register = find_handle(dut, str(name))
        except LookupError:
            continue
        own = read_bits(register)
        bits = own[: len(own) - len(levels)] + "".join(
            mine if level == "-" else level for mine, level in zip(own[-len(levels) :], str(levels), strict=True)
        )
        if bits != own:
            write_bits(register, bits)
