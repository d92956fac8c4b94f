"""``python -m radtest.guard DESCRIPTOR``: started by the engine, which holds the other end of the socket."""

from __future__ import annotations

import contextlib
import gc
import os
import select
import socket
import sys

from radtest.core import RadtestError, ScaledClock
from radtest.guard.attention import Attention
from radtest.guard.duty import GuardDuty, refusal
from radtest.guard.opening import claim_supply, open_supply
from radtest.guard.outlet import open_outlet
from radtest.guard.plan import GuardPlan
from radtest.guard.wire import Message, Wire, WireClosedError, WireError

_PATIENCE_S = 30.0
_PRIORITY = -10
_SWITCH_S = 2e-4  # the thread that reads the supply must not wait long for the one that judges


def main(descriptor: int) -> int:
    """Guard until the engine is done or gone; return the exit status."""
    wire = Wire(socket.socket(fileno=descriptor))
    try:
        plan = GuardPlan.from_message(_first(wire)["plan"])
    except (WireError, KeyError):
        return 1
    attention = Attention(wire, plan.engine_silence_s)
    attention.listen_for_signals()
    clock = ScaledClock(plan.speed, origin=(plan.clock_ns, plan.monotonic_ns))
    try:
        claim_supply(plan)
        if plan.outlet is not None:
            open_outlet(plan.outlet, plan.timeout_s).close()
        supply = open_supply(plan)
    except RadtestError as error:
        wire.put({"is": "refused", **refusal(error)})
        return 1
    duty = GuardDuty(wire, attention, plan, supply, clock)
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(_SWITCH_S)
    with contextlib.suppress(PermissionError):
        os.nice(_PRIORITY)  # before all else that the machine does, where the system allows it
    try:
        wire.put({"is": "ready", "place": supply.place, "identity": str(supply.identity)})
    except WireClosedError:
        return 1
    try:
        duty.serve()
    finally:
        duty.leave_without_power()
        supply.close()
        wire.close()
    return 0


def _first(wire: Wire) -> Message:
    while True:
        select.select([wire], [], [], _PATIENCE_S)
        messages = wire.take()
        if messages:
            return messages[0]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
