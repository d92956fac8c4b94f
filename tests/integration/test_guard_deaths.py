"""Guard and engine as real processes: what each does when the other dies or hangs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from guard_samples import Engine, guarded, plan
from supply_on_the_wire import SupplyOnTheWire

from radtest.guard import GuardLostError, read_post_mortem


@pytest.fixture
def supply() -> Iterator[SupplyOnTheWire]:
    with SupplyOnTheWire() as running:
        yield running


@pytest.fixture
def engine(supply: SupplyOnTheWire) -> Iterator[Engine]:
    running = guarded(supply)
    running.power()
    yield running
    running.link.close()


def test_an_engine_that_hangs_is_noticed_within_a_second(supply, engine):
    say = engine.link._wire.put
    engine.link._wire.put = lambda message: None  # type: ignore[method-assign] (no heartbeat any more)
    took_s = supply.wait_until([False, False], 5.0)
    engine.link._wire.put = say  # type: ignore[method-assign]
    assert took_s < 1.0
    fault = engine.hear("fault")
    assert "the engine was silent" in fault["message"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_guard_that_is_told_to_end_makes_the_device_safe_first(supply, engine, number):
    os.kill(engine.link.process_id, number)
    fault = engine.hear("fault")
    assert number.name in fault["message"]
    assert supply.on == [False, False]


def test_ctrl_c_does_not_reach_the_guard(supply, engine):
    os.kill(engine.link.process_id, signal.SIGINT)
    assert os.getpgid(engine.link.process_id) != os.getpgid(0)
    engine.hear("sample")
    time.sleep(0.2)
    assert supply.on == [True, True]


def test_a_guard_that_is_killed_is_noticed_at_once_and_the_engine_acts(supply, engine):
    acted: list[float] = []

    def act() -> list[str]:
        acted.append(time.monotonic())
        return ["beam off: no answer"]

    engine.link.on_loss = act
    killed_s = time.monotonic()
    os.kill(engine.link.process_id, signal.SIGKILL)
    with pytest.raises(GuardLostError, match=r"(?s)ended by signal 9.*COULD NOT BE MADE SAFE, beam off"):
        engine.hear("never")
    assert acted[0] - killed_s < 1.0
    with pytest.raises(GuardLostError):
        engine.link.make_safe()


def test_a_guard_that_hangs_is_ended_and_the_engine_acts(supply, engine):
    acted: list[float] = []
    engine.link.on_loss = lambda: acted.append(time.monotonic()) or []  # type: ignore[func-returns-value]
    stopped_s = time.monotonic()
    os.kill(engine.link.process_id, signal.SIGSTOP)
    with pytest.raises(GuardLostError, match="silent for"):
        engine.hear("never")
    assert acted[0] - stopped_s < 3.0


ENGINE = """
import json, os, sys, time
from radtest.guard import GuardLink, GuardPlan
link = GuardLink(GuardPlan.from_message(json.loads(sys.argv[1])))
link.wait_until_ready()
link.say("record", path=sys.argv[2])
for what in ("arm", "up"):
    number = link.say(what)
    while link.next().get("id") != number:
        pass
print(link.process_id, flush=True)
while True:
    message = link.next()
    if message["is"] == "latch_up":
        print("latch_up", flush=True)
"""


def test_an_engine_that_is_killed_leaves_the_device_off_within_a_second_and_a_word_about_it(supply, tmp_path):
    record = tmp_path / "guard.log"
    message = json.dumps(plan(supply).to_message())
    with subprocess.Popen(
        [sys.executable, "-c", ENGINE, message, str(record)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        guard = int(process.stdout.readline())
        supply.wait_until([True, True])
        supply.latch(1)
        assert process.stdout.readline() == "latch_up\n"
        process.kill()
        assert supply.wait_until([False, False], 5.0) < 1.0
    until_s = time.monotonic() + 10.0
    while not record.exists() or Path(f"/proc/{guard}").exists():
        assert time.monotonic() < until_s
        time.sleep(0.01)
    latch_up, safe = read_post_mortem(record)
    assert [found["channel"] for found in latch_up["detections"]] == ["core"]
    assert safe["is"] == "made_safe"
    assert safe["why"] == "the engine is gone"
    assert safe["problem"] is None


def test_the_guard_is_up_within_a_second_and_loads_nothing_heavy():
    heavy = {"pydantic", "h5py", "scipy", "matplotlib", "radtest.log", "radtest.campaign"}
    code = f"import sys, radtest.guard.duty; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=30)
    assert done.stdout == "[]\n"
