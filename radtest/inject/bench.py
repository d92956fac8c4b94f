"""The cocotb test that stands around the user's test. Runs inside the simulation.

The user's test is taken as it is: its coroutine is awaited. In the golden run that is all, with the outside of the
design recorded. In a campaign a second task waits for each instant of the list, there forks the whole simulation, and
goes on; the child flips its bit, and the same user's test, awaited in the child, comes to its own verdict.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import cocotb

from radtest.inject.golden_side import follow_golden_run
from radtest.inject.handles import find_handle
from radtest.inject.upset_run import UpsetRun
from radtest.inject.users_test import find_test


@cocotb.test()
async def campaign(dut: Any) -> None:
    """Run the user's test once, as golden run or with forked upsets."""
    plan = json.loads(Path(os.environ["RADTEST_PLAN"]).read_text())
    cocotb.top = dut = find_handle(dut, plan["root"])
    if plan["mode"] == "campaign":
        report = os.open(plan["report"], os.O_WRONLY)
        await UpsetRun(dut, find_handle(dut, plan["instance"]), find_test(plan), plan, report).run()
        return
    try:
        golden = await follow_golden_run(dut, find_test(plan), plan)
    except LookupError as error:
        golden = {"refused": str(error.args[0])}
    Path(plan["golden"]).write_text(json.dumps(golden))
