"""Speed and endurance of the record: a burst of events for a minute, a night of telemetry, against naive files.

python benchmarks/bench_record.py [--seconds 60] [--hours 10]
"""

from __future__ import annotations

import argparse
import os
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from radtest.core import Beam, Device, Effect, Event, RunEnd, RunHeader, StopReason
from radtest.log import EVENTS, Journal, open_record, seal, verify

HEADER = RunHeader(1, "benchmark", 0, Beam("Kr", 84, 1226.0, 25.0), Device("X"), "", "benchmark")
END = RunEnd(1, StopReason.COMPLETED, valid=True)
RATE = 100_000
BATCH = 500
CHANNELS = 50
SAMPLES_S = 20


def memory_mb() -> float:
    """Resident memory of this process, MB."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def timed(name: str) -> Iterator[None]:
    start, busy = time.perf_counter(), time.process_time()
    yield
    wall, busy = time.perf_counter() - start, time.process_time() - busy
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(
        f"{name}: {wall:.1f} s, {busy:.1f} s of processor time; memory {memory_mb():.0f} MB, so far at most {most:.0f}"
    )


def flat_out(folder: Path, events: int = 300_000) -> None:
    """One call for each event, as fast as they go."""
    path = folder / "flat.journal"
    with Journal.create(path, HEADER) as journal:
        start = time.perf_counter()
        for number in range(events):
            journal.event(Event(number, Effect.SEU, address=number, bit=3, expected=0, observed=8))
        journal.flush()
        print(
            f"journal, one call per event: {events / (time.perf_counter() - start):,.0f} events/s, durable at the end"
        )
        times = []
        for number in range(300):
            start = time.perf_counter()
            journal.event(Event(events + number, Effect.SEU))
            journal.flush()
            times.append(time.perf_counter() - start)
        low, middle, high = np.quantile(times, [0.5, 0.9, 0.99]) * 1e3
        print(f"from one event to its acknowledgement: median {low:.2f}, 90 % {middle:.2f}, 99 % {high:.2f} ms")
        journal.end(END)


def burst(folder: Path, seconds: float) -> None:
    """100,000 events/s in batches of 5 ms, as a fast tester lists them, paced by the clock."""
    path = folder / "burst.journal"
    acknowledged = [0]
    behind = 0.0
    batches = round(seconds * RATE / BATCH)
    addresses = np.arange(BATCH)
    memory = [memory_mb()]
    with Journal.create(path, HEADER, acknowledged=lambda sequence: acknowledged.__setitem__(0, sequence)) as journal:
        start = time.perf_counter()
        for number in range(batches):
            due = start + number * BATCH / RATE
            now = time.perf_counter()
            behind = max(behind, now - due)
            if now < due:
                time.sleep(due - now)
            last = journal.events(
                Effect.SEU,
                number * 5_000_000 + addresses * 10_000,
                address=addresses + number * BATCH,
                bit=addresses % 32,
                expected=0x5555_5555,
                observed=0x5555_5555 ^ (1 << addresses % 32),
                channel="memory",
            )
            if number in {batches // 2, batches - 1}:
                memory.append(memory_mb())
        journal.flush()
        took = time.perf_counter() - start
        journal.end(END)
    assert acknowledged[0] == last == batches * BATCH
    print(
        f"burst: {last:,} events in {took:.1f} s = {last / took:,.0f} events/s, all acknowledged; most behind "
        f"the clock {behind * 1e3:.0f} ms; memory at start, middle, end: {', '.join(f'{mb:.0f}' for mb in memory)} MB"
    )
    with timed(f"seal of {last:,} events"):
        sealed = seal(path, remove_journal=True)
    with timed("verify"):
        assert verify(sealed).ok
    with open_record(sealed) as record:
        position = 0
        for block in record.blocks(EVENTS):
            assert np.array_equal(block["sequence"], np.arange(position + 1, position + len(block) + 1))
            assert np.array_equal(block["address"], np.arange(position, position + len(block)))
            position += len(block)
    assert position == last
    print(f"read back: {position:,} events, none lost, none changed; {sealed.stat().st_size / 1e6:.1f} MB")
    sealed.unlink()


def night(folder: Path, hours: float) -> None:
    """50 channels at 20 Hz, handed over once a second, in accelerated time."""
    path = folder / "night.journal"
    rng = np.random.default_rng(1)
    seconds = round(hours * 3600)
    memory = [memory_mb()]
    start = time.perf_counter()
    with Journal.create(path, HEADER) as journal:
        for second in range(seconds):
            times = second * 10**9 + np.arange(SAMPLES_S) * 50_000_000
            # What a meter of 5½ digits says: noise in the last digits.
            values = np.round(0.12 + 1e-4 * rng.standard_normal((CHANNELS, SAMPLES_S)), 6)
            for channel in range(CHANNELS):
                journal.telemetry(f"supply{channel // 8}.ch{channel % 8}_current", "A", times, values[channel])
            journal.fluence(second * 10**9, second * 1e4)
            if second in {seconds // 2, seconds - 1}:
                memory.append(memory_mb())
        journal.end(END)
    took = time.perf_counter() - start
    samples = seconds * CHANNELS * SAMPLES_S
    print(
        f"night: {hours:g} h, {samples:,} samples in {took:.1f} s ({seconds / took:,.0f} times life); journal "
        f"{path.stat().st_size / 1e6:.0f} MB; memory at start, middle, end: {', '.join(f'{m:.0f}' for m in memory)} MB"
    )
    with timed(f"seal of {samples:,} samples"):
        sealed = seal(path, remove_journal=True)
    with open_record(sealed) as record:
        assert record.counts()["telemetry"] == samples
    print(f"sealed: {sealed.stat().st_size / 1e6:.0f} MB")
    sealed.unlink()


def naive(folder: Path, events: int = 20_000) -> None:
    """What a script would do to be as safe: HDF5 with a flush and fsync per batch, SQLite row by row."""
    rows = np.zeros(BATCH, dtype=[("time_ns", "<i8"), ("address", "<u8"), ("bit", "<u4"), ("observed", "<u8")])
    path = folder / "naive.h5"
    start = time.perf_counter()
    with h5py.File(path, "w") as file:
        table = file.create_dataset("events", shape=(0,), maxshape=(None,), dtype=rows.dtype, chunks=(BATCH,))
        for number in range(events // BATCH):
            table.resize(((number + 1) * BATCH,))
            table[number * BATCH :] = rows
            file.flush()
            descriptor = os.open(path, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)
    hdf5 = events / (time.perf_counter() - start)
    connection = sqlite3.connect(folder / "naive.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE event (time_ns INTEGER, address INTEGER, bit INTEGER, observed INTEGER)")
    start = time.perf_counter()
    for number in range(events // 10):
        connection.execute("INSERT INTO event VALUES (?,?,?,?)", (number, number, 3, 8))
    sqlite = events / 10 / (time.perf_counter() - start)
    connection.close()
    with Journal.create(folder / "ratio.journal", HEADER) as journal:
        batch = np.arange(BATCH)
        start = time.perf_counter()
        for _ in range(2000):
            last = journal.events(Effect.SEU, batch, address=batch, bit=3, observed=8)
        journal.flush()
        ours = last / (time.perf_counter() - start)
    print(
        f"flat out in batches of {BATCH}: journal {ours:,.0f} events/s; HDF5 with flush and fsync per batch "
        f"{hdf5:,.0f} ({ours / hdf5:.1f} times slower); SQLite row by row {sqlite:,.0f} "
        f"({ours / sqlite:.0f} times slower)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--hours", type=float, default=10.0)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        flat_out(folder)
        naive(folder)
        burst(folder, options.seconds)
        night(folder, options.hours)


if __name__ == "__main__":
    sys.exit(main())
