"""A cocotb test that plays recorded inputs to a design: row c of them is what its flip-flops see at rising edge c."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge


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
    edge = RisingEdge(clock)
    for cycle in range(1, len(bits)):
        await edge
        drive(cycle)
