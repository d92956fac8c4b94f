"""cocotb testbench of the register bank: what was written is what is read, whatever else happens."""

import random
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.handle import Force, Immediate, Release
from cocotb.triggers import ClockCycles, FallingEdge, ReadOnly, RisingEdge, Timer

WORDS = 8
WIDTH = 8


class TB:
    """The bank with its clock, and a model of what it holds."""

    def __init__(self, dut: Any, seed: int = 1) -> None:
        self.dut = dut
        self.random = random.Random(seed)
        self.model = [0] * WORDS
        cocotb.start_soon(Clock(dut.clk, 10, unit="ns").start())

    async def reset(self) -> None:
        """Hold the reset for two cycles; all words are 0 then."""
        self.dut.resetn.value = 0
        self.dut.write.value = 0
        self.dut.address.value = 0
        self.dut.write_data.value = 0
        await ClockCycles(self.dut.clk, 2)
        self.dut.resetn.value = 1

    async def read(self, address: int) -> int:
        """Read a word in a cycle of its own."""
        self.dut.write.value = 0
        self.dut.address.value = address
        await FallingEdge(self.dut.clk)
        await ReadOnly()
        value = int(self.dut.read_data.value)
        await RisingEdge(self.dut.clk)
        return value

    async def write(self, address: int, value: int) -> None:
        """Write a word."""
        self.dut.write.value = 1
        self.dut.address.value = address
        self.dut.write_data.value = value
        self.model[address] = value
        await RisingEdge(self.dut.clk)
        self.dut.write.value = 0

    async def compare_all(self) -> None:
        """Read every word and compare it with the model."""
        read = [await self.read(address) for address in range(WORDS)]
        assert read == self.model


@cocotb.test()
async def random_traffic(dut: Any) -> None:
    """Write and read words at random, then read them all."""
    tb = TB(dut)
    await tb.reset()
    for address in range(WORDS):
        await tb.write(address, tb.random.getrandbits(WIDTH))
    for _ in range(40):
        address = tb.random.randrange(WORDS)
        if tb.random.random() < 0.2:
            await tb.write(address, tb.random.getrandbits(WIDTH))
        else:
            assert await tb.read(address) == tb.model[address]
    await tb.compare_all()


def flip(handle: Any, bit: int) -> None:
    """Flip one bit of a register."""
    handle.value = Immediate(int(handle.value) ^ (1 << bit))


async def _filled(dut: Any) -> TB:
    tb = TB(dut)
    await tb.reset()
    for address in range(WORDS):
        await tb.write(address, tb.random.getrandbits(WIDTH))
    await FallingEdge(dut.clk)
    return tb


@cocotb.test()
async def upsets_of_one_bit_cycles_apart_do_no_harm(dut: Any) -> None:
    """Each copy in its turn: the others repair it before the next is hit."""
    tb = await _filled(dut)
    for copy in (dut.hardened.copy_a, dut.hardened.copy_b, dut.hardened.copy_c):
        flip(copy, 5)
        await ReadOnly()
        assert dut.upset_seen.value == 1
        await FallingEdge(dut.clk)
        assert dut.upset_seen.value == 0
    await tb.compare_all()


@cocotb.test()
async def two_upsets_of_one_bit_in_one_cycle_win_the_vote(dut: Any) -> None:
    """The known hole of every majority of three, seen only for the cycle in which it happens."""
    tb = await _filled(dut)
    flip(dut.hardened.copy_a, 5)
    flip(dut.hardened.copy_c, 5)
    await ReadOnly()
    assert dut.upset_seen.value == 1
    await FallingEdge(dut.clk)
    assert dut.upset_seen.value == 0
    assert await tb.read(0) == tb.model[0] ^ (1 << 5)


# Verilator cannot force a net that was not declared forceable when it compiled.
@cocotb.test(skip=cocotb.SIM_NAME.startswith("Verilator"))
async def a_transient_of_the_voter_is_stored_in_all_copies(dut: Any) -> None:
    """The known hole of one voter for three copies: wrong for good, and never seen."""
    tb = await _filled(dut)
    dut.stored.value = Force(int(dut.stored.value) ^ (1 << 5))
    await Timer(6, "ns")  # 1 ns past the edge: released at the edge itself, it would be gone before it is stored
    dut.stored.value = Release()
    await FallingEdge(dut.clk)
    assert dut.upset_seen.value == 0
    assert await tb.read(0) == tb.model[0] ^ (1 << 5)
