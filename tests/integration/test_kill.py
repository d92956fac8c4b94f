"""A run process killed at random moments while it writes flat out: nothing acknowledged is lost."""

from __future__ import annotations

import random
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from radtest.core import StopReason
from radtest.log import open_record, recover, verify

WRITER = """
import os, struct, sys
sys.path.insert(0, sys.argv[2])
from record_samples import BEAM_HEADER
from radtest.core import Effect, Event
from radtest.log import Journal

def acknowledged(sequence):
    os.write(1, struct.pack("<q", sequence))

journal = Journal.create(sys.argv[1], BEAM_HEADER, acknowledged=acknowledged, linger_s=0.001, capacity=200)
number = 0
while True:
    number += 1
    journal.event(Event(number, Effect.SEU, address=number, detail=f"upset {number}"))
    if number % 50 == 0:
        journal.fluence(number, float(number))
        journal.telemetry("psu.ch1", "A", [number], [0.1])
"""

moments = random.Random(20).sample(range(1, 60), 20)


def kill_while_writing(path: Path, after_acknowledgements: int) -> int:
    """Run the writer, kill it after so many acknowledgements, and return the last event it had acknowledged."""
    samples = str(Path(__file__).parents[1])
    with subprocess.Popen([sys.executable, "-c", WRITER, path, samples], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(8 * after_acknowledgements)
        process.send_signal(signal.SIGKILL)
        # What it wrote to the pipe before it died counts too; a torn number was never said in full.
        rest = process.stdout.read()
    assert process.returncode == -signal.SIGKILL
    rest = rest[: len(rest) // 8 * 8]
    return struct.unpack("<q", rest[-8:])[0] if rest else -1


@pytest.mark.parametrize("moment", [*moments[:4], *(pytest.param(m, marks=pytest.mark.slow) for m in moments[4:])])
def test_a_killed_run_loses_no_acknowledged_event(tmp_path, moment):
    path = tmp_path / "run.journal"
    acknowledged = kill_while_writing(path, moment)
    sealed = recover(path)
    with open_record(sealed) as record:
        assert record.end.stop_reason is StopReason.LOST
        assert len(record.events) >= max(acknowledged, moment)
        assert record.events["sequence"].tolist() == list(range(1, len(record.events) + 1))
        assert record.events["address"].tolist() == record.events["sequence"].tolist()
    assert verify(sealed).findings == ()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_of_two_hundred_kills_none_loses_an_acknowledged_event(tmp_path, seed):
    """At random moments in time, not after acknowledgements: in the middle of a commit, of an fsync, of nothing."""
    chooser = random.Random(seed)
    samples = str(Path(__file__).parents[1])
    for trial in range(20):
        path = tmp_path / f"run{trial}.journal"
        with subprocess.Popen([sys.executable, "-c", WRITER, path, samples], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            first = process.stdout.read(8)
            time.sleep(chooser.uniform(0, 0.2))
            process.send_signal(signal.SIGKILL)
            said = first + process.stdout.read()
        said = said[: len(said) // 8 * 8]
        with open_record(recover(path, tmp_path / f"run{trial}.h5")) as record:
            numbers = record.events["sequence"].tolist()
            assert numbers == list(range(1, len(numbers) + 1))
            assert len(numbers) >= struct.unpack("<q", said[-8:])[0] > 0
