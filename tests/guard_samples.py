"""A guard process for tests, and the engine's end of it."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

from supply_on_the_wire import SupplyOnTheWire

from radtest.guard import GuardedChannel, GuardLink, GuardPlan

CORE = GuardedChannel(1, "core", 1.2, 0.1, 0.2, 0.58, 0.6, 0.05)
IO = GuardedChannel(2, "io", 3.3, 0.03, 0.06, 0.19, 0.2, 0.05)


def plan(supply: SupplyOnTheWire, **changes: Any) -> GuardPlan:
    base = GuardPlan(
        driver="keysight-e36300",
        address=supply.address,
        timeout_s=0.5,
        channels=(CORE, IO),
        sample_period_s=0.0,
        record_period_s=0.02,
        samples_in_a_row=3,
        blanking_s=0.02,
        off_time_s=0.2,
        residual_voltage_v=0.1,
        residual_timeout_s=2.0,
        attempts=2,
        engine_silence_s=0.8,
        watchdog_s=5.0,
        heal_attempts=3,
        last_tries_s=5.0,
        speed=1.0,
        clock_ns=time.time_ns(),
        monotonic_ns=time.monotonic_ns(),
    )
    return dataclasses.replace(base, **changes)


class Engine:
    """The engine's end, for a test."""

    def __init__(self, link: GuardLink) -> None:
        self.link = link
        self.notes: list[str] = []

    def hear(self, *kinds: str, seconds: float = 10.0) -> dict[str, Any]:
        """Return the next message of one of these kinds."""
        until_s = time.monotonic() + seconds
        while True:
            message = self.link.next(max(0.0, until_s - time.monotonic()))
            if message["is"] == "note":
                self.notes.append(message["text"])
            if message["is"] in kinds:
                return message
            assert message["is"] in {"sample", "note"}, message

    def do(self, what: str) -> None:
        number = self.link.say(what)
        assert self.hear("done")["id"] == number

    def power(self) -> None:
        self.link.wait_until_ready()
        self.do("arm")
        self.do("up")


def guarded(supply: SupplyOnTheWire, **changes: Any) -> Engine:
    """Start a guard on a supply."""
    return Engine(GuardLink(plan(supply, **changes)))
