"""The user's test, taken as it is: found, awaited, and its verdict. Runs inside the simulation."""

from __future__ import annotations

import asyncio
import importlib
import traceback
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from cocotb import _test_manager
from cocotb._decorators import TestGenerator
from cocotb.triggers import SimTimeoutError, with_timeout

from radtest.inject.rest import end_of_time_step

__all__ = ["UsersTest", "Verdict", "find_test", "run_users_test"]


@dataclass(frozen=True, slots=True)
class UsersTest:
    """A test: its coroutine function, and the timeout it was declared with, as `with_timeout` takes it."""

    run: Callable[[Any], Coroutine[Any, Any, Any]]
    timeout: tuple[Any, ...] | None = None


class Verdict:
    """What the user's test said."""

    def __init__(self) -> None:
        self.passed = False
        self.timeout = False
        self.detail = ""
        self.traceback = ""

    def failed(self, error: BaseException) -> None:
        """Note what the test raised."""
        self.timeout = isinstance(error, SimTimeoutError)
        text = " ".join(str(error).split()) or "no message"
        self.detail = f"the test failed: {type(error).__name__}: {text}"[:500]
        self.traceback = "".join(traceback.format_exception(error))

    def broken_off(self) -> None:
        """Note that the simulation ended under the test."""
        self.detail = "the test failed: the simulation ended before it ($finish, a failed assertion, or nothing to do)"


def find_test(plan: dict[str, Any]) -> UsersTest:
    """Return the user's test.

    Raises
    ------
    LookupError
        If there is none of that name, or it is one that a campaign cannot stand around; the message says why.
    """
    name, where = plan["test"], f"test.name = {plan['test']!r}"
    try:
        module = importlib.import_module(plan["module"])
    except Exception as error:
        what = f"cannot be imported: {type(error).__name__}: {error}"
        raise LookupError(f"test.module = {plan['module']!r}: {what}") from error
    found = getattr(module, name, None)
    if not isinstance(found, TestGenerator):
        names = [name for name, thing in vars(module).items() if isinstance(thing, TestGenerator)]
        what = "no such test" if found is None else "is not a cocotb test"
        raise LookupError(f"{where}: {what}; the cocotb tests of {plan['module']} are {', '.join(names) or 'none'}")
    if found.options:
        raise LookupError(f"{where}: is parametrised; write a test without parameters that calls it with one set")
    for given, word in ((found.skip, "skipped"), (found.expect_fail or found.expect_error, "expected to fail")):
        if given:
            raise LookupError(f"{where}: is {word}; an upset can only be judged by a test that runs and passes")
    return UsersTest(found.func, found.timeout)


async def run_users_test(dut: Any, test: UsersTest) -> Verdict:
    """Await the user's test and return its verdict, whichever way it ends."""
    verdict = Verdict()
    cancelled = False
    coroutine = test.run(dut)
    try:
        if test.timeout is not None:
            await with_timeout(coroutine, *test.timeout)
        else:
            await coroutine
        verdict.passed = True
    except BaseException as error:  # noqa: BLE001 (a verdict, not handled; pytest.fail() raises no Exception)
        # A task that the test started may have failed; cocotb then cancels the test and keeps the reason.
        cancelled = isinstance(error, asyncio.CancelledError)
        running = _test_manager._current_test  # noqa: SLF001 (cocotb offers no other way to ask)
        reason = running.exception() if cancelled and running else error
        if reason is None or isinstance(reason, _test_manager.EndTest | _test_manager.TestSuccess):
            verdict.passed = True
        elif isinstance(reason, asyncio.CancelledError):
            verdict.broken_off()
        else:
            verdict.failed(reason)
    if not cancelled:
        # The test may have ended in the middle of a time step; all that is compared must have come to rest.
        await end_of_time_step()
    return verdict
