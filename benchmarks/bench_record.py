"""Speed of the record: events per second into a journal, time from an event to its acknowledgement, sealing."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from radtest.core import Beam, Device, Effect, Event, RunEnd, RunHeader, StopReason
from radtest.log import Journal, seal, verify

EVENTS = 300_000
HEADER = RunHeader(1, "benchmark", 0, Beam("Kr", 84, 1226.0, 25.0), Device("X"), "", "benchmark")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.journal"
        with Journal.create(path, HEADER) as journal:
            start = time.perf_counter()
            for number in range(EVENTS):
                journal.event(Event(number, Effect.SEU, address=number, bit=3, expected=0, observed=8))
            journal.flush()
            print(f"journal: {EVENTS / (time.perf_counter() - start):,.0f} events/s, flat out, durable at the end")
            start = time.perf_counter()
            for number in range(200):
                journal.event(Event(EVENTS + number, Effect.SEU))
                journal.flush()
            print(f"journal: {(time.perf_counter() - start) / 200 * 1e3:.2f} ms from one event to its acknowledgement")
            journal.end(RunEnd(1, StopReason.COMPLETED, valid=True))
        start = time.perf_counter()
        sealed = seal(path)
        print(f"seal: {EVENTS / (time.perf_counter() - start):,.0f} events/s, {sealed.stat().st_size / 1e6:.2f} MB")
        start = time.perf_counter()
        assert verify(sealed).ok
        print(f"verify: {EVENTS / (time.perf_counter() - start):,.0f} events/s")


if __name__ == "__main__":
    main()
