"""cocotb testbench of the valve controller: in each cycle it shows what its table of states says."""

import random
from itertools import combinations
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.handle import Immediate
from cocotb.triggers import ClockCycles, FallingEdge, ReadOnly, RisingEdge

# state: (outputs pump, valve, busy, safe; what each input leads to, the first that is high)
TABLE = {
    "closed": ((0, 0, 0, 0), {"start": "priming"}),
    "priming": ((1, 0, 1, 0), {"stop": "closing", "ready": "opening"}),
    "opening": ((1, 1, 1, 0), {"stop": "closing", "ready": "open"}),
    "open": ((0, 1, 0, 0), {"stop": "closing"}),
    "closing": ((0, 0, 1, 0), {"ready": "closed"}),
    "safe": ((0, 0, 0, 1), {}),
}
INPUTS = ("start", "stop", "ready", "fault")
ROUND = ({"start"}, set(), {"ready"}, {"ready"}, set(), {"stop"}, {"ready"}, set())


class TB:
    """The controller with its clock, and the state that it should be in."""

    def __init__(self, dut: Any, seed: int = 1) -> None:
        self.dut = dut
        self.random = random.Random(seed)
        self.state = "closed"
        cocotb.start_soon(Clock(dut.clk, 10, unit="ns").start())

    async def reset(self) -> None:
        """Reset into `closed`, with all inputs low."""
        self.dut.resetn.value = 0
        self._drive(set())
        await ClockCycles(self.dut.clk, 2)
        self.dut.resetn.value = 1
        self.state = "closed"

    def _drive(self, high: set[str]) -> None:
        for name in INPUTS:
            getattr(self.dut, name).value = name in high

    @property
    def shown(self) -> tuple[int, ...]:
        """What the controller shows: pump, valve, busy, safe."""
        dut = self.dut
        return tuple(int(output.value) for output in (dut.pump, dut.valve, dut.busy, dut.safe))

    async def cycle(self, high: set[str]) -> None:
        """Check the state of this cycle, with these inputs high until its end."""
        self._drive(high)
        await FallingEdge(self.dut.clk)
        await ReadOnly()
        assert self.shown == TABLE[self.state][0], f"in {self.state}"
        await RisingEdge(self.dut.clk)
        ways = {"fault": "safe", **TABLE[self.state][1]}
        self.state = next((ways[name] for name in ways if name in high), self.state)


@cocotb.test()
async def random_inputs(dut: Any) -> None:
    """Inputs at random, then one whole round; no fault, so that `safe` is an alarm."""
    tb = TB(dut)
    await tb.reset()
    for _ in range(60):
        await tb.cycle({name for name in ("start", "stop", "ready") if tb.random.random() < 0.3})
    for high in ROUND:
        await tb.cycle(high)


@cocotb.test()
async def a_fault_leads_to_the_safe_state_which_only_a_reset_leaves(dut: Any) -> None:
    """From every state."""
    tb = TB(dut)
    for cycles in range(len(ROUND)):
        await tb.reset()
        for high in ROUND[:cycles]:
            await tb.cycle(high)
        await tb.cycle({"fault"})
        for high in ROUND:
            await tb.cycle(high)
        assert tb.state == "safe"


@cocotb.test()
async def two_upsets_in_one_cycle_can_pass_for_another_state(dut: Any) -> None:
    """The known hole: from `closed`, six of the 15 pairs end in `safe`, nine in a state that is merely wrong."""
    tb = TB(dut)
    reached = []
    for pair in combinations(range(6), 2):
        await tb.reset()
        await FallingEdge(dut.clk)
        dut.hardened.code.value = Immediate(int(dut.hardened.code.value) ^ sum(1 << bit for bit in pair))
        await ReadOnly()
        shown = tb.shown
        assert shown != TABLE["closed"][0]
        reached.append("safe" if shown == TABLE["safe"][0] else "wrong")
        await RisingEdge(dut.clk)
    assert (reached.count("safe"), reached.count("wrong")) == (6, 9)
