"""``python -m radtest.instruments.station STATION.toml``."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from radtest.core import ConfigurationError, RadtestError, ScaledClock
from radtest.core.configuration import read_configuration
from radtest.instruments.station.configuration import StationConfiguration
from radtest.instruments.station.equipment import make_panels
from radtest.instruments.station.faults import Faults
from radtest.instruments.station.feed import CounterFeed
from radtest.instruments.station.lines import BeamPanel, MemoryPanel
from radtest.instruments.station.panels import CounterPanel
from radtest.instruments.station.reporting import ReportingConnection, ReportingMemory
from radtest.instruments.station.server import Answers, LineServer, listen
from radtest.instruments.station.supply_choice import make_supply
from radtest.instruments.station.world import World

TOKEN_VARIABLE = "RADTEST_STATION_TOKEN"  # noqa: S105 (the name of a variable)
_TICK_S = 0.5


async def _serve(
    configuration: StationConfiguration, *, speed: float, seed: int, detached: bool, feeds: str | None = None
) -> None:
    token = os.environ.get(TOKEN_VARIABLE) or secrets.token_hex(16)
    world = World(configuration, ScaledClock(speed), np.random.default_rng(seed))
    supply, counter, tester = make_supply(world), CounterPanel(world), MemoryPanel(world)
    instruments: dict[str, Callable[[], Answers]] = {
        "supply": lambda: supply,
        "counter": lambda: counter,
        "dut": lambda: tester,
        "beam": lambda: BeamPanel(world, token),
        **make_panels(world),
    }
    wanted_ports = configuration.ports.model_dump() | {one.name: one.port for one in configuration.instruments}
    mains = world.surroundings.mains
    mains.goes_out = {name: getattr(make(), "reset", lambda: None) for name, make in instruments.items()}

    def powered(name: str) -> bool:
        return not mains.outlets or mains.powers(name, world.advance())

    loop = asyncio.get_running_loop()
    finished = asyncio.Event()
    ports: dict[str, int] = {}
    servers: list[asyncio.Server] = []
    for name, instrument in instruments.items():
        faults = Faults(world, configuration.faults, name)
        if name == "supply":
            for channel in world.channels.values():
                channel.fails = lambda faults=faults: faults.protection_fails  # type: ignore[misc]

        if name == "dut" and configuration.device.reports is not None:
            servers.append(await _reporting(world, configuration.device.reports, wanted_ports[name], speed))
            ports[name] = servers[-1].sockets[0].getsockname()[1]
            continue

        def make(
            instrument: Callable[[], Answers] = instrument, faults: Faults = faults, name: str = name
        ) -> LineServer:
            return LineServer(
                instrument(), speed, faults, lambda: not mains.outlets or mains.powers(name, world.advance())
            )

        servers.append(await listen(configuration.bind, wanted_ports[name], name, make))
        ports[name] = servers[-1].sockets[0].getsockname()[1]
    if not detached:
        _watch_standard_input(loop, finished)

    def tick() -> None:
        world.advance()  # so that a long silence does not have to be caught up with in one go
        loop.call_later(_TICK_S, tick)

    tick()
    feed = _feeding(world, feeds, speed)
    ready = {"host": configuration.bind, "ports": ports, "token": token, "speed": speed, "seed": seed}
    ready |= {"feed": feed, "reports": configuration.device.reports is not None}
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    await finished.wait()
    for server in servers:
        server.close()


async def _reporting(world: World, pattern: str, port: int, speed: float) -> asyncio.Server:
    """Let the device report by itself to whoever connects."""
    device = ReportingMemory(world, pattern, speed)
    device.run()
    return await listen(world.configuration.bind, port, "dut", lambda: ReportingConnection(device))


def _feeding(world: World, folder: str | None, speed: float) -> str | None:
    """Write the facility's counter into a file of the folder, where there is one; return its path."""
    period_s = world.configuration.counter.feed_period_s
    if period_s is None or folder is None:
        return None
    path = Path(folder) / "counts.txt"
    CounterFeed(world, path, period_s, speed).write()
    return str(path)


def _watch_standard_input(loop: asyncio.AbstractEventLoop, finished: asyncio.Event) -> None:
    """End with whoever started the station, even if that was killed: the pipe to it closes."""
    try:
        descriptor = sys.stdin.fileno()
        loop.add_reader(descriptor, lambda: None if os.read(descriptor, 4096) else finished.set())
    except (AttributeError, OSError) as error:  # there is none, or it is a file
        raise ConfigurationError(
            "standard input is neither a pipe nor a terminal, so its closing cannot be noticed",
            remedy="add --detached to let the station run until it is stopped by a signal.",
        ) from error


def main(arguments: list[str] | None = None) -> int:
    """Run the station until its standard input closes; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m radtest.instruments.station",
        description="A simulated station: supply, counter, memory under test and beam, each on a TCP port.",
        epilog="Example: python -m radtest.instruments.station fixtures/stations/heavy_ion.toml --speed 10",
    )
    parser.add_argument("station", help="TOML file that describes the station")
    parser.add_argument("--speed", type=float, help="simulated seconds per second (default: as the file says)")
    parser.add_argument("--seed", type=int, help="seed of all chance, 0 or above (default: a new one each time)")
    parser.add_argument("--detached", action="store_true", help="do not end when standard input closes")
    parser.add_argument("--feeds", metavar="FOLDER", help="where text feeds are written (default: nowhere)")
    options = parser.parse_args(arguments)
    if options.speed is not None and not 0 < options.speed <= 1000:
        parser.error(f"--speed {options.speed:g} is out of range; legal: above 0, up to 1000")
    if options.seed is not None and options.seed < 0:
        parser.error(f"--seed {options.seed} is out of range; legal: 0 and above")
    try:
        configuration, _ = read_configuration(options.station, StationConfiguration)
        speed = options.speed if options.speed is not None else configuration.speed
        seed = options.seed if options.seed is not None else secrets.randbits(32)
        asyncio.run(_serve(configuration, speed=speed, seed=seed, detached=options.detached, feeds=options.feeds))
    except RadtestError as error:
        sys.stderr.write(f"station: {error}\n")
        return error.exit_status
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
