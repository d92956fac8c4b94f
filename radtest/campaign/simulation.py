"""A simulated station for the length of a ``with`` block; the path of its file passes through here, not its content."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, cast

from radtest.campaign.listeners import FEED, REPORTS
from radtest.core import ConfigurationError, InstrumentError

__all__ = ["SimulatedStation", "simulate"]

_START_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class SimulatedStation:
    """A station that is running.

    Parameters
    ----------
    addresses : mapping
        VISA address by role: ``supply``, ``counter``, ``dut``, ``beam``; path of its ``counter.feed``
        and address of its ``dut.reports`` where it has them.
    token : str
        What entitles to act on its beam.
    speed : float
        Simulated seconds per second.
    seed : int
        Seed of its chance.
    process_id : int
        Its process.
    """

    addresses: Mapping[str, str]
    token: str = field(repr=False)
    speed: float
    seed: int
    process_id: int


@contextmanager
def simulate(station: str | Path, *, speed: float | None = None, seed: int | None = None) -> Iterator[SimulatedStation]:
    """Start a simulated station in its own process, and stop it at the end of the block.

    Parameters
    ----------
    station : str or Path
        TOML file that describes the station.
    speed : float, optional
        Simulated seconds per second; as the file says where omitted.
    seed : int, optional
        Seed of all chance in it; a new one each time where omitted.

    Yields
    ------
    SimulatedStation
        Where its instruments are.

    Raises
    ------
    ConfigurationError
        If the station refuses its file, or a port it is to use is taken.
    InstrumentError
        If it does not start.

    Notes
    -----
    The station ends when its standard input closes, which happens even if this process is killed. It runs in a session
    of its own, so that a Ctrl-C at the terminal reaches the campaign, which must make the device safe, and not the
    station.
    """
    command = [sys.executable, "-m", "radtest.instruments.station", str(station)]
    if speed is not None:
        command.append(f"--speed={speed!r}")
    if seed is not None:
        command.append(f"--seed={seed}")
    with TemporaryDirectory(prefix="radtest-station-") as feeds:
        process = subprocess.Popen(
            [*command, f"--feeds={feeds}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        try:
            yield _wait_until_ready(process, str(station))
        finally:
            _stop(process)


def _wait_until_ready(process: subprocess.Popen[bytes], station: str) -> SimulatedStation:
    output = cast("IO[bytes]", process.stdout)
    readable, _, _ = select.select([output], [], [], _START_TIMEOUT_S)
    if not readable:
        raise InstrumentError(f"{station}: the simulated station was not ready within {_START_TIMEOUT_S:g} s")
    line = output.readline()
    if not line:
        status = process.wait()
        text = cast("IO[bytes]", process.stderr).read().decode(errors="replace").strip().removeprefix("station: ")
        if status == ConfigurationError.exit_status:
            message, _, remedy = text.partition("\n  To mend it: ")
            raise ConfigurationError(message, remedy=remedy or None)
        raise InstrumentError(f"{station}: the simulated station ended with status {status}: {text[-2000:]}")
    ready = json.loads(line)
    addresses = {role: f"TCPIP::{ready['host']}::{port}::SOCKET" for role, port in ready["ports"].items()}
    if ready["feed"] is not None:
        addresses[FEED] = ready["feed"]
    if ready["reports"]:
        addresses[REPORTS] = f"tcp:{ready['host']}:{ready['ports']['dut']}"
        del addresses["dut"]
    return SimulatedStation(addresses, ready["token"], ready["speed"], ready["seed"], process.pid)


def _stop(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
