"""An engine in a process of its own that tells what it queues and what is acknowledged: for trials that kill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from radtest.campaign import SimulatedStation
from radtest.core import Event

FIXTURES = Path(__file__).parents[1] / "fixtures"
STATION = FIXTURES / "stations" / "heavy_ion.toml"
CAMPAIGN = FIXTURES / "campaigns" / "heavy_ion.toml"

_ENGINES = """
import json, os, sys
from radtest.campaign import BeamCampaignConfiguration, SimulatedStation, run_campaign
from radtest.core import RadtestError
from radtest.core.configuration import read_configuration
from radtest.guard import GuardLink
from radtest.log import Journal

def engine(campaign, station, folder, pipe):
    said, queue, start = os.open(pipe, os.O_WRONLY), Journal.event, GuardLink.wait_until_ready

    def say(message):
        os.write(said, (json.dumps(message) + "\\n").encode())

    def event(self, event):
        sequence = queue(self, event)
        say({"queued": sequence, "event": [event.time_ns, event.kind, event.address, event.bit, event.fluence_cm2]})
        return sequence

    def wait_until_ready(self):
        start(self)
        say({"guard": self.process_id})

    Journal.event, GuardLink.wait_until_ready = event, wait_until_ready
    say({"engine": os.getpid()})
    configuration, text = read_configuration(campaign, BeamCampaignConfiguration)
    try:
        run_campaign(
            configuration, text, folder, station=SimulatedStation(**station),
            acknowledged=lambda run, sequence: say({"acknowledged": sequence}),
        )
    except RadtestError as error:
        say({"error": str(error)})

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            engine(**json.loads(line))
            status = 0
        finally:
            os._exit(status)
    os.waitpid(child, 0)
"""


class Engines:
    """A process that has loaded everything and forks an engine, one at a time, for each campaign; a context manager."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-c", _ENGINES], stdin=subprocess.PIPE, text=True)

    @contextmanager
    def run(self, station: SimulatedStation, campaign: Path, runs: Path) -> Iterator[IO[str]]:
        """Run a campaign on a station; gives what its engine says, a line of JSON each, the first with its process."""
        pipe = runs.with_suffix(".said")
        os.mkfifo(pipe)
        described = {name: getattr(station, name) for name in ("token", "speed", "seed", "process_id")}
        job = {
            "campaign": str(campaign),
            "station": described | {"addresses": dict(station.addresses)},
            "folder": str(runs),
            "pipe": str(pipe),
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        with pipe.open() as said:
            yield said

    def __enter__(self) -> Engines:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


def often_latching_station(folder: Path) -> Path:
    """Write the file of a station on which the device latches up ten times as often as on the example."""
    path = folder / "station.toml"
    path.write_text(STATION.read_text().replace("sigma_sat_cm2 = 1.5e-4", "sigma_sat_cm2 = 1.5e-3"))
    return path


def long_campaign(folder: Path) -> Path:
    """Write a campaign of one run that nothing ends for as long as a busy machine may take."""
    head, *ions = CAMPAIGN.read_text().split("[[ions]]")
    text = "[[ions]]".join([head, *(ion for ion in ions if '"Kr"' in ion)])
    path = folder / "campaign.toml"
    path.write_text(text.replace("events = 3000\ntime_s = 115.0", "time_s = 1e6"))
    return path


def event_row(event: Event) -> list[object]:
    """Return what the engine tells of an event."""
    return [event.time_ns, event.kind.value, event.address, event.bit, event.fluence_cm2]
