"""cocotb testbench of the systolic array: its products are those of integers."""

import random
from itertools import product
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.handle import Immediate
from cocotb.triggers import ClockCycles, FallingEdge, ReadOnly, RisingEdge, with_timeout

SIZE = 8
Matrix = list[list[int]]


def matmul(a: Matrix, b: Matrix) -> Matrix:
    """Return the product of two matrices."""
    return [[sum(x * y for x, y in zip(row, column, strict=True)) for column in zip(*b, strict=True)] for row in a]


def packed(values: list[int]) -> int:
    """Return int8 values side by side, the first one lowest."""
    return sum((value & 0xFF) << (8 * i) for i, value in enumerate(values))


def unpacked(row: int) -> list[int]:
    """Return the eight int32 of a row."""
    values = [(row >> (32 * i)) & 0xFFFF_FFFF for i in range(SIZE)]
    return [value - (1 << 32) if value >> 31 else value for value in values]


class TB:
    """The array with its clock."""

    def __init__(self, dut: Any, seed: int = 1) -> None:
        self.dut = dut
        self.random = random.Random(seed)
        cocotb.start_soon(Clock(dut.clk, 10, unit="ns").start())

    async def reset(self) -> None:
        """Hold the reset for two cycles."""
        for port in (self.dut.resetn, self.dut.load, self.dut.a_column, self.dut.b_row):
            port.value = 0
        await ClockCycles(self.dut.clk, 2)
        self.dut.resetn.value = 1

    def matrix(self) -> Matrix:
        """Return a random matrix of int8."""
        return [[self.random.randrange(-128, 128) for _ in range(SIZE)] for _ in range(SIZE)]

    async def feed(self, a: Matrix, b: Matrix) -> None:
        """Start a product and feed it its matrices."""
        dut = self.dut
        dut.load.value = 1
        await RisingEdge(dut.clk)
        dut.load.value = 0
        for k in range(SIZE):
            dut.a_column.value = packed([row[k] for row in a])
            dut.b_row.value = packed(b[k])
            await RisingEdge(dut.clk)

    async def result(self) -> Matrix:
        """Return the rows that come out, when all have."""
        rows = []
        while not self.dut.finished.value:
            await FallingEdge(self.dut.clk)
            await ReadOnly()
            if self.dut.valid.value:
                rows.append(unpacked(int(self.dut.c_row.value)))
        await RisingEdge(self.dut.clk)
        return rows


@cocotb.test()
async def random_products(dut: Any) -> None:
    """Two products of random matrices, one after the other."""
    tb = TB(dut)
    await tb.reset()
    for _ in range(2):
        a, b = tb.matrix(), tb.matrix()
        await tb.feed(a, b)
        assert await with_timeout(tb.result(), 1, "us") == matmul(a, b)
    await ClockCycles(dut.clk, 2)


@cocotb.test()
async def extreme_products(dut: Any) -> None:
    """The largest sums there are, of either sign."""
    tb = TB(dut)
    await tb.reset()
    for left, right in product((-128, 127), repeat=2):
        a, b = [[left] * SIZE] * SIZE, [[right] * SIZE] * SIZE
        await tb.feed(a, b)
        assert await with_timeout(tb.result(), 1, "us") == matmul(a, b)
        assert not dut.alarm.value


async def _alarm_with_flips(tb: TB, a: Matrix, b: Matrix, *places: tuple[int, int, int]) -> bool:
    """Flip bits of sums, each (row, column, bit), when they are complete; return whether the alarm was ever high."""
    dut = tb.dut
    await tb.reset()
    await tb.feed(a, b)
    await RisingEdge(dut.valid)
    for i, j, bit in places:
        accumulator = dut.row[i].column[j].element.accumulator
        value = int(accumulator.value.to_unsigned()) ^ (1 << bit)
        accumulator.value = Immediate(value - (1 << 32) if value >> 31 else value)
    alarm = False
    rows = []
    while len(rows) < SIZE or not dut.finished.value:
        await FallingEdge(dut.clk)
        await ReadOnly()
        if dut.valid.value:
            rows.append(unpacked(int(dut.c_row.value)))
        alarm = alarm or bool(dut.alarm.value)
    await RisingEdge(dut.clk)
    assert (rows != matmul(a, b)) == any(i < SIZE and j < SIZE for i, j, _ in places)
    return alarm


@cocotb.test()
async def one_upset_of_a_sum_is_detected(dut: Any) -> None:
    """In the product, in the row sums, in the column sums."""
    tb = TB(dut)
    a, b = tb.matrix(), tb.matrix()
    for place in ((0, 0, 0), (2, 5, 31), (7, 7, 12), (3, 8, 4), (8, 3, 4)):
        assert await _alarm_with_flips(tb, a, b, place)


@cocotb.test()
async def four_upsets_at_the_corners_of_a_rectangle_can_cancel(dut: Any) -> None:
    """The known hole: two of them take 16 away, the other two add 16, in each row and in each column."""
    one = [[int(i == j) for j in range(SIZE)] for i in range(SIZE)]
    sixteen = [[16 * value for value in row] for row in one]
    corners = [(i, j, 4) for i in (1, 6) for j in (1, 6)]
    assert not await _alarm_with_flips(TB(dut), one, sixteen, *corners)
