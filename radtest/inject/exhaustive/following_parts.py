"""The upsets of a workload, followed by several processes, each with its part of the bits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

from radtest.core.errors import InjectionError
from radtest.inject.exhaustive.gate_netlist import GateNetlist
from radtest.inject.exhaustive.map_observer import MapObserver
from radtest.inject.exhaustive.process_family import process_family
from radtest.inject.exhaustive.workload import Workload

__all__ = ["follow_parts"]


def follow_parts(
    workload: Workload, netlist: GateNetlist, jobs: int, observer: MapObserver, where: str
) -> list[dict[str, Any]]:
    """Follow all upsets of a workload in worker processes, which leave their logs in its folder.

    Parameters
    ----------
    workload : Workload
        The workload.
    netlist : GateNetlist
        The design.
    jobs : int
        How many processes, at most.
    observer : MapObserver
        Who is told of progress.
    where : str
        The campaign file, for messages.

    Returns
    -------
    list of dict
        The last word of each process.

    Raises
    ------
    InjectionError
        If a process fails.
    """
    parts = min(jobs, max(1, len(netlist.flip_flops)))
    for part, members in enumerate(_shares(netlist, parts)):
        workload.put(f"flip_flops_{part}", members, np.int32)
    told: dict[int, tuple[int, int]] = {}
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(parts))
        # On the way out the processes end before the pool is waited for, which listens to them.
        stack.enter_context(process_family())
        listening = [
            pool.submit(
                _listen, part, stack.enter_context(_worker(workload, part, parts)), workload, told, observer, where
            )
            for part in range(parts)
        ]
        for done in as_completed(listening):
            # The first one that fails ends the others.
            done.result()
        return [done.result() for done in listening]


@contextmanager
def _worker(workload: Workload, part: int, parts: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "radtest.inject.exhaustive.worker", str(workload.folder), str(part), str(parts)]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _listen(
    part: int,
    process: subprocess.Popen[str],
    workload: Workload,
    told: dict[int, tuple[int, int]],
    observer: MapObserver,
    where: str,
) -> dict[str, Any]:
    first, limit = workload.times["first"], workload.times["limit"]
    answer: dict[str, Any] = {}
    for line in process.stdout or ():
        answer = json.loads(line)
        if "cycle" in answer:
            told[part] = answer["cycle"], answer["followed"]
            done = min(cycle for cycle, _ in told.values())
            observer.cycle(done - first, limit - first, sum(followed for _, followed in told.values()))
    if process.wait() != 0 or answer.get("status") != 0:
        said = (process.stderr.read() if process.stderr else "").strip()[-500:]
        raise InjectionError(
            f"{where}: a process of the engine ended with status {process.returncode}: {said or 'no message'}",
            remedy=f"free space where {workload.folder} is, or give fewer --jobs if memory ran out.",
        )
    return answer


def _shares(netlist: GateNetlist, parts: int) -> list[list[int]]:
    """Return the flip-flops of each part: bits of a register in turn, since they are wrong for about as long."""
    return [list(range(part, len(netlist.flip_flops), parts)) for part in range(parts)]
