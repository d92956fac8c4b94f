"""How fast environments are: a cold one in GEO, an orbit-day of trapped protons, the cutoff, and rates in time.

Processor time, so that other work on the machine does not count; cold ones in a process of their own, imports included.
The cutoff is set against a loop over places and directions, of which a sample is timed and whose answer is the same.
"""

from __future__ import annotations

import math
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from radtest.analysis.device_configuration import DeviceConfiguration
from radtest.analysis.environment import inside_environment
from radtest.analysis.geomagnetic import (
    STORMER_GV,
    dipole_latitude_and_distance,
    geomagnetic_filter,
    geomagnetic_filters,
)
from radtest.analysis.orbit_configuration import OrbitConfiguration
from radtest.analysis.orbit_path import orbit_path_km
from radtest.analysis.rate_along_orbit import RateResponse, rate_along_orbit
from radtest.analysis.trapped import TRAPPED_PROTON_MEV, trapped_series
from radtest.core.configuration import read_configuration

FIXTURES = Path(__file__).parents[1] / "fixtures"
SAMPLE = 30


def timed(name: str, work: Callable[[], object]) -> float:
    """Print and return the processor time of a piece of work."""
    start = time.process_time()
    work()
    took = time.process_time() - start
    print(f"{name:62s} {took:8.3f} s")
    return took


def cold(orbit: str) -> float:
    """Return the processor time of `radtest environment` in a new process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "radtest", "environment", str(FIXTURES / "orbits" / f"{orbit}.toml"), "--json"],
        check=True,
        capture_output=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def plain_cutoffs(path: np.ndarray) -> list[float]:
    """Return the cutoffs of 24 directions at each place, one by one."""
    cutoffs = []
    for place in path:
        latitude, distance = (float(part[0]) for part in dipole_latitude_and_distance(place[None, :]))
        for number in range(24):
            east = (2 * number + 1) / 24 - 1
            vertical = STORMER_GV / 4 * math.cos(latitude) ** 4 / distance**2
            root = math.sqrt(1 - east * math.cos(latitude) ** 3)
            cutoffs.append(max(vertical - 0.363, 0.0) * (2 / (1 + root)) ** 2)
    return cutoffs


def main() -> None:
    """Print the figures."""
    geo, _ = read_configuration(FIXTURES / "orbits/geo.toml", OrbitConfiguration)
    timed("galactic Z 1 to 92 with fragments, cold, imports apart", lambda: inside_environment(geo))
    for orbit in ("geo", "iss"):
        print(f"{f'radtest environment, {orbit}, cold, imports included':62s} {cold(orbit):8.3f} s")
    day = orbit_path_km(420, 420, 51.6, days=1, step_s=60)
    energies = f"{TRAPPED_PROTON_MEV.size} energies"
    timed(
        f"an orbit-day of trapped protons, 60 s steps, {energies}, cold",
        lambda: trapped_series("proton", "min", day, TRAPPED_PROTON_MEV),
    )
    two = orbit_path_km(420, 420, 51.6)
    rigidity = np.geomspace(0.01, 100, 1000)
    fast = timed(
        f"cutoff and transmission, {len(two)} places, 24 directions",
        lambda: geomagnetic_filter(two).transmission(rigidity),
    )
    assert np.allclose(geomagnetic_filters(two[:SAMPLE])[0].ravel(), plain_cutoffs(two[:SAMPLE]))
    slow = timed(f"the same cutoffs place by place, {SAMPLE} places", lambda: plain_cutoffs(two[:SAMPLE]))
    print(f"{'ratio':62s} {slow * len(two) / SAMPLE / fast:8.0f}")
    configuration, _ = read_configuration(FIXTURES / "orbits/iss.toml", OrbitConfiguration)
    device, _ = read_configuration(FIXTURES / "devices/polarfire_usram.toml", DeviceConfiguration)
    folder = FIXTURES / "devices"
    inside_environment(configuration)
    timed("environment of the space station, warm", lambda: inside_environment(configuration))
    response = RateResponse(device, folder, configuration)
    timed("response of a device, warm", lambda: RateResponse(device, folder, configuration))
    timed(
        "its rate at 2,880 places, belts known",
        lambda: rate_along_orbit(device, folder, configuration, response=response),
    )


if __name__ == "__main__":
    main()
