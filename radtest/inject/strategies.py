"""How a list of upsets is carried out: in forked copies of one simulation, or in one simulation for each."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from radtest.core.outcome import Outcome
from radtest.inject.simulation import Simulation
from radtest.inject.upset_list import UpsetList

__all__ = ["fork_reports", "restart_reports"]

Message = dict[str, Any]


def fork_reports(simulation: Simulation, plan: Message, upsets: UpsetList) -> Generator[Message, None, None]:
    """Yield the reports of one simulation that forks at each upset; the last one is ``{"end": True}``."""
    upsets.write(Path(plan["upsets"]))
    Path(plan["report"]).unlink(missing_ok=True)
    os.mkfifo(plan["report"])
    with simulation.run(plan, "campaign") as process:
        yield from _messages(Path(plan["report"]), process)


def restart_reports(simulation: Simulation, plan: Message, upsets: UpsetList) -> Generator[Message, None, None]:
    """Yield the reports of one simulation for each upset, as they come; the last one is ``{"end": True}``."""
    stop = threading.Event()
    with ThreadPoolExecutor(plan["jobs"]) as pool:
        waiting: set[Future[list[Message]]] = set()
        try:
            for place in range(len(upsets)):
                if len(waiting) >= plan["jobs"]:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield from future.result()
                waiting.add(pool.submit(_alone, simulation, plan, upsets[place : place + 1], stop))
            for future in waiting:
                yield from future.result()
        finally:
            # Whoever takes no more reports wants no more simulations either.
            stop.set()
    yield {"end": True}


def _alone(simulation: Simulation, plan: Message, upset: UpsetList, stop: threading.Event) -> list[Message]:
    """Run one upset in a simulation of its own; return its reports."""
    index = upset[0].index
    name = f"upset_{index}"
    own = plan | {"upsets": str(simulation.folder / f"{name}.txt"), "report": str(simulation.folder / f"{name}.pipe")}
    upset.write(Path(own["upsets"]))
    os.mkfifo(own["report"])
    messages = []
    with simulation.run(own, name) as process:
        for message in _messages(Path(own["report"]), process):
            messages.append(message)
            if stop.is_set():
                return messages
    if not any("outcome" in message or "error" in message for message in messages):
        log = (simulation.folder / f"{name}.log").read_text(errors="replace")
        messages.append({"index": index, "latency": -1} | _silent_end(log, plan["wall_timeout_s"]))
    for path in simulation.folder.glob(f"{name}[._]*"):
        path.unlink()
    return messages


def _silent_end(log: str, wall_timeout_s: float) -> Message:
    """Judge a simulation that ended without a report, by the status of the simulator, as a forked copy would be."""
    told = re.findall(r"return code: (-?\d+)", log)
    status = int(told[-1]) if told else 0
    if status == -signal.SIGALRM:
        detail = f"stopped after {wall_timeout_s:g} s of real time without completion"
        return {"outcome": Outcome.HANG, "observer": "timeout", "detail": detail}
    if status == -signal.SIGABRT:
        detail = "the test failed: the simulator ended itself (SIGABRT)"
        return {"outcome": Outcome.SDC, "observer": "test", "detail": detail}
    if status < 0:
        detail = f"the simulator died of {signal.Signals(-status).name}"
        return {"outcome": Outcome.INVALID, "observer": "", "detail": detail}
    detail = f"the test failed: the simulator ended itself with status {status}"
    return {"outcome": Outcome.SDC, "observer": "test", "detail": detail}


def _messages(pipe: Path, process: subprocess.Popen[bytes]) -> Iterator[Message]:
    """Yield the reports of a simulation until it has ended and the pipe is empty."""
    descriptor = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    rest = b""
    try:
        while True:
            running = process.poll() is None
            ready, _, _ = select.select([descriptor], [], [], 0.1 if running else 0.0)
            chunk = os.read(descriptor, 1 << 16) if ready else b""
            *lines, rest = (rest + chunk).split(b"\n")
            yield from map(json.loads, lines)
            if not chunk:
                if not running:
                    return
                if ready:
                    # Nobody holds the other end: not yet, or no longer.
                    _wait_briefly(process)
    finally:
        os.close(descriptor)


def _wait_briefly(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(0.05)
    except subprocess.TimeoutExpired:
        return
