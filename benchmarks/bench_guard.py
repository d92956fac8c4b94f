"""Speed of the latch-up guard: from too much current to the command that cuts it, software path, over loopback.

A supply in a process of its own latches up at random moments and notes what is on its wire when. Two distributions:
from the onset of the over-current, which includes the wait for the next sample, and from the reply that first shows it.
The supply's own trip is switched off. Beside the guard's process, in the same run, a polling loop in plain PyVISA: flat
out, doing nothing else, and with the pause of 0.1 s that scripts have. Last, what a death costs.
"""

from __future__ import annotations

import json
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pyvisa

from radtest.guard import GuardedChannel, GuardLink, GuardPlan

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from supply_on_the_wire import SupplyOnTheWire

LATCH_UPS = 400
SLOW_LATCH_UPS = 60
CURRENT_A = 2.0


class Supply:
    """The supply's process, seen from here."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--supply"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.address: str = self.ask("address")

    def ask(self, what: str) -> Any:
        """Say a line and return the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(what + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """Let it end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def serve() -> None:
    """Be the supply: one line in, one line of JSON out."""
    with SupplyOnTheWire() as supply:
        supply.silent_protection = True
        for line in sys.stdin:
            answer: object = None
            match line.strip():
                case "address":
                    answer = supply.address
                case "latch":
                    onset_s = time.monotonic()
                    supply.latch(1, current_a=CURRENT_A)
                    supply.wait_until([False, False], 20.0)
                    answer = (supply.wire.off_s[-1] - onset_s, supply.wire.off_s[-1] - supply.wire.over_current_s[-1])
                case "wait for off":
                    supply.wait_until([False, False], 20.0)
                    answer = time.monotonic()
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


def guard_plan(address: str) -> GuardPlan:
    channels = (
        GuardedChannel(1, "core", 1.2, 0.1, 0.2, 0.58, 0.6, 0.05),
        GuardedChannel(2, "io", 3.3, 0.03, 0.06, 0.19, 0.2, 0.05),
    )
    return GuardPlan(
        driver="keysight-e36300",
        address=address,
        timeout_s=2.0,
        channels=channels,
        sample_period_s=0.0,
        record_period_s=0.1,
        samples_in_a_row=3,
        blanking_s=0.0,
        off_time_s=0.005,
        residual_voltage_v=0.1,
        residual_timeout_s=2.0,
        attempts=3,
        engine_silence_s=0.8,
        watchdog_s=5.0,
        heal_attempts=3,
        last_tries_s=5.0,
        speed=1.0,
        clock_ns=time.time_ns(),
        monotonic_ns=time.monotonic_ns(),
    )


def with_the_guard(supply: Supply, count: int) -> list[tuple[float, float]]:
    start_s = time.perf_counter()
    link = GuardLink(guard_plan(supply.address))
    link.wait_until_ready()
    print(f"guard: {time.perf_counter() - start_s:.2f} s from its start to its being ready")

    def wait(*kinds: str) -> None:
        while (message := link.next(20.0))["is"] not in kinds:
            assert message["is"] != "fault", message

    for what in ("arm", "up"):
        link.say(what)
        wait("done")
    rng, taken = random.Random(1), []
    for _ in range(count):
        time.sleep(rng.uniform(0.0, 0.02))
        taken.append(tuple(supply.ask("latch")))
        wait("held_off")
        link.say("restore")
        wait("cleared")
        link.say("settled")
    link.close()
    return taken


def with_a_loop(supply: Supply, count: int, pause_s: float) -> list[tuple[float, float]]:
    """Poll the current as a script would, and switch off above the level."""
    resource: Any = pyvisa.ResourceManager("@py").open_resource(supply.address)
    resource.read_termination = resource.write_termination = "\n"
    resource.write("VOLT 1.2,(@1);:CURR 0.6,(@1);:VOLT 3.3,(@2);:CURR 0.2,(@2)")
    rng, taken = random.Random(1), []
    for _ in range(count):
        resource.write("OUTP ON,(@1,2)")
        resource.query("OUTP? (@1,2)")
        finished = threading.Event()

        def latch(finished: threading.Event = finished) -> None:
            time.sleep(rng.uniform(0.0, max(0.02, pause_s)))
            taken.append(tuple(supply.ask("latch")))
            finished.set()

        thread = threading.Thread(target=latch)
        thread.start()
        while not finished.is_set():
            currents = [
                float(text) for text in resource.query("MEAS:VOLT? (@1,2);:MEAS:CURR? (@1,2)").split(";")[1].split(",")
            ]
            if currents[0] > 0.58 or currents[1] > 0.19:
                resource.write("OUTP OFF,(@1,2)")
            if pause_s:
                time.sleep(pause_s)
        thread.join()
    resource.close()
    return taken


ENGINE = """
import json, sys, time
from radtest.guard import GuardLink, GuardPlan
link = GuardLink(GuardPlan.from_message(json.loads(sys.argv[1])))
link.wait_until_ready()
for what in ("arm", "up"):
    number = link.say(what)
    while link.next().get("id") != number:
        pass
print("on", flush=True)
time.sleep(60)
"""


def engine_killed(supply: Supply, count: int) -> list[float]:
    taken = []
    for _ in range(count):
        message = json.dumps(guard_plan(supply.address).to_message())
        process = subprocess.Popen([sys.executable, "-c", ENGINE, message], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        killed_s = time.monotonic()
        os.kill(process.pid, signal.SIGKILL)
        taken.append(supply.ask("wait for off") - killed_s)
        process.wait()
    return taken


def show(what: str, seconds: list[float]) -> float:
    """Print a distribution; return its 99th percentile."""
    ordered = sorted(seconds)
    p95, p99 = (ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.95, 0.99))
    print(
        f"{what}: median {statistics.median(ordered) * 1e3:.2f}, 95 % {p95 * 1e3:.2f}, 99 % {p99 * 1e3:.2f}, "
        f"longest {ordered[-1] * 1e3:.2f} ms ({len(ordered)} latch-ups)"
    )
    return p99


def main() -> None:
    supply = Supply()
    cases = {
        "guard": with_the_guard(supply, LATCH_UPS),
        "plain PyVISA, flat out": with_a_loop(supply, LATCH_UPS, 0.0),
        "plain PyVISA, every 0.1 s": with_a_loop(supply, SLOW_LATCH_UPS, 0.1),
    }
    for index, start in enumerate(("onset of the over-current", "first reply that shows it")):
        print(f"from the {start} to the off command:")
        tails = {name: show(f"  {name}", [pair[index] for pair in taken]) for name, taken in cases.items()}
        for name, tail in tails.items():
            if name != "guard":
                print(f"  99 %, {name} / guard: {tail / tails['guard']:.2f}")
    show("engine killed to outputs off", engine_killed(supply, 20))
    supply.close()


if __name__ == "__main__":
    serve() if sys.argv[1:] == ["--supply"] else main()
