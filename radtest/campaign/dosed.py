"""Operations on the memory, with the counter read right before and right after them."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

from radtest.core import Clock
from radtest.instruments import Counter, MemoryScan, MemoryUnderTest, mapped, started_after

__all__ = ["Dosed", "compare_dosed", "write_dosed"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Dosed(Generic[T]):
    """The result of an operation on the whole array, and the counts between which it took place.

    A tester visits the words one after the other, so the mean moment of the visits is the middle of the operation: the
    exposure ends, or begins, at `counts`.

    Parameters
    ----------
    result : object
        What the operation returned.
    counts_before, counts_after : int
        Counter right before and right after.
    time_ns : int
        When the operation was complete, on the campaign's clock.
    """

    result: T
    counts_before: int
    counts_after: int
    time_ns: int

    @property
    def counts(self) -> float:
        """Counts at the middle of the operation."""
        return (self.counts_before + self.counts_after) / 2


def compare_dosed(dut: MemoryUnderTest, counter: Counter, clock: Clock) -> Future[Dosed[MemoryScan]]:
    """Scan the memory between two readings of the counter.

    Every step is started from the I/O thread that finished the one before, so that no scheduling of the caller's thread
    lies between them. The list of mismatches, which may be long, is read after the counter.
    """
    before = counter.count()
    completion: list[tuple[Future[int], int]] = []

    def compared() -> None:
        completion.append((counter.count(), clock.now_ns()))

    scanned = started_after(before, lambda: dut.scan(compared))
    after = started_after(scanned, lambda: completion[0][0])
    return mapped(after, lambda counts: Dosed(scanned.result(), before.result(), counts, completion[0][1]))


def write_dosed(dut: MemoryUnderTest, counter: Counter, clock: Clock, pattern: str) -> Future[Dosed[int]]:
    """Write a pattern between two readings of the counter; otherwise as `compare_dosed`."""
    before = counter.count()
    written = started_after(before, lambda: dut.write_pattern(pattern))
    after = started_after(written, counter.count)
    return mapped(after, lambda counts: Dosed(written.result(), before.result(), counts, clock.now_ns()))
