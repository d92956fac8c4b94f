"""SIGKILL of the station: supply, counter, device and beam line vanish at one moment, somewhere in a run.

Nobody can switch anything then. The engine must notice, say of each output and of the beam that it could not be made
safe, seal what was acknowledged, and end, and so must the guard.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from told_engine import Engines, event_row, long_campaign, often_latching_station

from radtest.campaign import simulate
from radtest.core import StopReason
from radtest.log import open_record, verify

SPEED = 50.0
TRIALS = 200


@dataclass
class Trial:
    """What a trial left."""

    queued: dict[int, list[object]] = field(default_factory=dict)
    acknowledged: int = 0
    guard: int = 0
    error: str = ""
    ended_after_s: float = -1.0


def one_trial(engines: Engines, folder: Path, seed: int) -> Trial:
    """Run a campaign and kill its station: one time in four while the run is prepared, else under beam."""
    rng = random.Random(seed)
    wanted = 0 if rng.random() < 0.25 else rng.randint(1, 80)
    delay_s = rng.uniform(0.0, 1.5 if wanted == 0 else 0.2)
    trial, killed_s = Trial(), -1.0
    with (
        simulate(often_latching_station(folder), speed=SPEED, seed=seed) as station,
        engines.run(station, long_campaign(folder), folder / "runs") as said,
    ):
        for line in said:
            message = json.loads(line)
            trial.guard = message.get("guard", trial.guard)
            trial.error = message.get("error", trial.error)
            trial.acknowledged = max(trial.acknowledged, message.get("acknowledged", 0))
            if "queued" in message:
                trial.queued[message["queued"]] = message["event"]
            if killed_s < 0 and trial.guard and trial.acknowledged >= wanted:
                time.sleep(delay_s)
                os.kill(station.process_id, signal.SIGKILL)
                killed_s = time.monotonic()
        trial.ended_after_s = time.monotonic() - killed_s
    assert killed_s > 0, f"the run ended by itself: {trial.error}"
    return trial


def check(engines: Engines, folder: Path, seed: int) -> tuple[float, str]:
    """Make a trial and check what it left; return how long the engine took to end, and where the kill fell."""
    trial = one_trial(engines, folder, seed)
    runs = folder / "runs"
    assert trial.error, "the engine ended without a word"
    assert any(words in trial.error for words in ("closed the connection", "connection broke", "nothing listens"))
    until_s = time.monotonic() + 10.0
    while Path(f"/proc/{trial.guard}").exists():
        assert time.monotonic() < until_s, "the guard did not end"
        time.sleep(0.01)
    assert list(runs.glob("*.journal")) == []
    sealed = list(runs.glob("*.h5"))
    if not sealed:  # killed before there was a run: nothing had been switched, nothing recorded
        assert trial.queued == {}
        return trial.ended_after_s, "before the run"
    assert "COULD NOT BE MADE SAFE, supply outputs off" in trial.error
    assert "COULD NOT BE MADE SAFE, beam off" in trial.error
    assert str(sealed[0]) in trial.error
    assert verify(sealed[0]).ok
    with open_record(sealed[0]) as record:
        assert (record.end.stop_reason, record.end.valid) == (StopReason.FAULT, False)
        events = list(record.iter_events())
    assert len(events) >= trial.acknowledged
    for sequence, event in enumerate(events, start=1):
        assert event_row(event) == trial.queued[sequence]
    return trial.ended_after_s, "under beam" if events else "while the run was prepared"


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    with Engines() as running:
        yield running


@pytest.mark.parametrize("seed", [0])
def test_a_station_that_vanishes_ends_the_run_with_a_word_and_nothing_acknowledged_is_lost(engines, tmp_path, seed):
    took_s, _ = check(engines, tmp_path, seed)
    assert took_s < 30.0


@pytest.mark.slow
def test_two_hundred_stations_vanish(engines, tmp_path):
    """Prints where they vanished, and how long the engine took to end."""
    places: Counter[str] = Counter()
    took_s: list[float] = []
    for trial in range(TRIALS):
        folder = tmp_path / str(trial)
        folder.mkdir()
        seconds, place = check(engines, folder, 5000 + trial)
        places[place] += 1
        took_s.append(seconds)
    took_s.sort()
    print(  # noqa: T201 (the count of trials is what this test is for)
        f"\n{len(took_s)} stations killed ({dict(places)}), 0 losses; the engine ended after "
        f"{took_s[len(took_s) // 2]:.1f} s (median), {took_s[-1]:.1f} s (longest)"
    )
