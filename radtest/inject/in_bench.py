"""Upsets from within a cocotb test: a few lines in a bench that is built and run as its owner always does.

What a campaign learns from the netlist the bench has to say itself: which registers to hit. So nothing ends early, and
`latent` knows only the registers that were named.
"""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb._decorators import TestGenerator
from cocotb.simtime import get_sim_time

from radtest.core.errors import ConfigurationError, InjectionError
from radtest.core.injection import InjectionResult, Target, TargetKind
from radtest.core.outcome import FaultModel
from radtest.inject.golden_run import GoldenRun, read_golden_run
from radtest.inject.golden_side import follow_golden_run
from radtest.inject.handles import find_handle
from radtest.inject.reports import injection_result
from radtest.inject.sampling import draw_upsets
from radtest.inject.upset_list import UpsetList
from radtest.inject.upset_run import UpsetRun
from radtest.inject.users_test import UsersTest

__all__ = ["inject_upsets"]

Workload = Callable[[Any], Coroutine[Any, Any, Any]]


async def inject_upsets(
    dut: Any,
    workload: Workload | TestGenerator,
    *,
    clock: str,
    registers: Sequence[str | Target],
    upsets: int = 100,
    seed: int = 1,
    outputs: Sequence[str | tuple[str, str]] = (),
    alarms: Sequence[str] = (),
    corrected: Sequence[str] = (),
    first_cycle: int = 0,
    last_cycle: int | None = None,
    timeout_factor: float = 2.0,
    wall_timeout_s: float = 60.0,
    jobs: int | None = None,
) -> list[InjectionResult]:
    """Run a workload again and again from here, each time with another upset, and return what came of each.

    The simulation forks: one copy runs the workload undisturbed and shows what is right; then the workload runs here,
    and at the instant of each upset a copy goes on with one bit flipped, to its own verdict.

    Parameters
    ----------
    dut : cocotb handle
        The design; all signals are named below it.
    workload : coroutine function or cocotb test
        What is run, with `dut` as its argument. It passes by returning and fails by raising.
    clock : str
        The clock. It may already run.
    registers : sequence of str or Target
        What is hit: names of registers, of which every bit counts, or targets as `list_targets` returns them.
    upsets : int
        How many.
    seed : int
        Of the list.
    outputs : sequence of str or (str, str)
        Functional outputs, with or without the signal that says when each is valid.
    alarms, corrected : sequence of str
        Signals that are high when the design knows of an error, or has corrected one.
    first_cycle, last_cycle : int
        Window of the upsets, in clock cycles from the first rising edge after the call; the whole workload by default.
    timeout_factor : float
        A workload that takes longer than this times the undisturbed one is a hang.
    wall_timeout_s : float
        So is one that takes longer than this in real time, s.
    jobs : int, optional
        Upsets followed at the same time; by default one for each processor core.

    Returns
    -------
    list of InjectionResult
        In the order of the list; `upset.target` is the place in `registers`.

    Raises
    ------
    ConfigurationError
        If a signal does not exist, the window lies outside of the workload, or the simulator is GHDL.
    InjectionError
        If the workload does not pass without upsets, or two undisturbed runs of it differ.

    Notes
    -----
    The simulation is the caller's: where Icarus stores X, an upset writes the inverse of 0; and upsets of registers
    that are ports of Verilator's top module are `invalid`, since it shows copies of those. `radtest.inject.run` sees
    to both.
    """
    if cocotb.SIM_NAME.startswith("GHDL"):
        raise ConfigurationError(
            "inject_upsets: GHDL makes of what is written to a register a force without end, so that no bit can be "
            "flipped from here",
            remedy="use a campaign file ('radtest inject --simulator ghdl') or radtest.inject.run: there the sources "
            "are prepared.",
        )
    test = _as_test(workload)
    targets = [_as_target(dut, register) for register in registers]
    where = f"inject_upsets({dut._name}, {getattr(test.run, '__name__', 'workload')})"  # noqa: SLF001 (cocotb's name)
    with tempfile.TemporaryDirectory(prefix="radtest_") as folder:
        work = Path(folder)
        plan = {
            "test": getattr(test.run, "__name__", "workload"),
            "instance": "",
            "clock": clock,
            "targets": [dataclasses.asdict(target) for target in targets],
            "nets": [],
            "observe": {"outputs": _pairs(outputs), "alarms": list(alarms), "corrected": list(corrected)},
            "clocked": False,
            "golden": str(work / "golden_run.json"),
            "course": "",
            "ports": [],
            "stride": 1,
            "vhdl": "",
            "model": FaultModel.SEU,
            "upsets": str(work / "upsets.list"),
            "jobs": jobs or len(os.sched_getaffinity(0)),
            "wall_timeout_s": wall_timeout_s,
            "strategy": "fork",
        }
        began = get_sim_time("step")
        await _golden_copy(dut, test, plan)
        golden = read_golden_run(work / "golden_run.json", where, plan)
        length = json.loads(golden.path.read_text())["end"] - began
        plan["timeout"] = began + round(length * timeout_factor)
        window = _window(golden, first_cycle, last_cycle, where)
        planned = draw_upsets(targets, range(len(targets)), window, upsets, np.random.default_rng(seed))
        planned.write(work / "upsets.list")
        report = os.open(work / "reports", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        try:
            await UpsetRun(dut, dut, test, plan, report).run()
        finally:
            os.close(report)
        return _results(work / "reports", planned, golden, where)


def _as_test(workload: Workload | TestGenerator) -> UsersTest:
    if isinstance(workload, TestGenerator):
        return UsersTest(workload.func, workload.timeout)
    return UsersTest(workload)


def _as_target(dut: Any, register: str | Target) -> Target:
    if isinstance(register, Target):
        return register
    try:
        width = len(find_handle(dut, register, "registers"))
    except LookupError as error:
        raise ConfigurationError(str(error.args[0]), remedy="name registers below dut, with dots between.") from None
    return Target(register, dut._name, TargetKind.FLIP_FLOP, width)  # noqa: SLF001 (cocotb's name for it)


def _pairs(outputs: Sequence[str | tuple[str, str]]) -> list[dict[str, str | None]]:
    pairs = [(output, None) if isinstance(output, str) else output for output in outputs]
    return [{"signal": signal, "valid": valid} for signal, valid in pairs]


async def _golden_copy(dut: Any, test: UsersTest, plan: dict[str, Any]) -> None:
    """Run the workload undisturbed in a copy of the simulation, and wait for it."""
    child = os.fork()
    if child == 0:
        try:
            golden = await follow_golden_run(dut, test, plan)
        except LookupError as error:
            golden = {"refused": str(error.args[0])}
        Path(plan["golden"]).write_text(json.dumps(golden))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if not Path(plan["golden"]).exists():
        raise InjectionError(
            f"the undisturbed copy of the simulation ended with status {status} before the workload did",
            remedy="see what it says above; the workload must run in a forked copy of the simulation.",
        )


def _window(golden: GoldenRun, first: int, last: int | None, where: str) -> range:
    last = golden.cycles - 1 if last is None else last
    if not 0 <= first <= last < golden.cycles:
        raise ConfigurationError(
            f"{where}: first_cycle = {first}, last_cycle = {last}: the workload lasts {golden.cycles} cycles",
            remedy=f"choose cycles from 0 to {golden.cycles - 1}.",
        )
    return range(first, last + 1)


def _results(path: Path, planned: UpsetList, golden: GoldenRun, where: str) -> list[InjectionResult]:
    struck: dict[int, list[list[int]]] = {}
    results: list[InjectionResult] = []
    for message in map(json.loads, path.read_text().splitlines()):
        if "error" in message:
            raise InjectionError(f"{where}: {message['error']}", remedy=message.get("remedy", "make it repeat itself."))
        if "struck" in message:
            struck.setdefault(message["index"], []).extend(message["struck"])
        elif "outcome" in message:
            index = message["index"]
            results.append(injection_result(planned.of_index(index), message, struck.pop(index, []), golden))
    cocotb.log.info("%d upsets", len(results))
    return sorted(results, key=lambda result: result.upset.index)
