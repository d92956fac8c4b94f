"""Simulated beam campaigns whose truth is known: how often do the intervals of a fit contain it?

Ions are drawn from the cocktails of five facilities, some runs tilted, and each run ends at a number of events or at a
fluence, as runs do; six devices, from a sensitive memory to a functional interrupt of which little is ever seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from radtest.analysis import EffectiveFlux, SensitiveVolume, Weibull, effective_flux
from radtest.core import CrossSectionPoint

ROOT = Path(__file__).parents[1]
PARAMETERS = ("sigma_sat_cm2", "let0_mev_cm2_mg", "width_mev_cm2_mg", "shape")
# LETs at the die as facilities state them, rounded: LBNL 16 MeV/u, LBNL 10 MeV/u, UCLouvain, TAMU 15 MeV/u, RADEF 9.3.
COCKTAILS = (
    (1.16, 1.54, 2.39, 4.56, 7.27, 10.9, 16.5, 25.0, 49.3),
    (0.89, 2.19, 3.49, 6.09, 9.74, 14.6, 21.2, 30.2, 48.2, 58.8),
    (1.3, 3.3, 5.7, 10.0, 16.0, 20.4, 32.4, 46.1, 62.5),
    (1.3, 2.8, 8.6, 17.8, 20.3, 28.8, 38.9, 43.6, 53.9, 87.0),
    (1.8, 3.6, 6.4, 10.2, 18.5, 32.1, 60.0),
)
TILTS_DEG = (0.0, 0.0, 0.0, 30.0, 45.0, 60.0)


@dataclass(frozen=True, slots=True)
class SimulatedDevice:
    """What a device does, and when its runs end."""

    name: str
    truth: Weibull
    bits: int
    events: int
    fluence_cm2: float


DEVICES = (
    SimulatedDevice("sensitive memory", Weibull(3e-9, 0.6, 12.0, 1.4), 1 << 24, 300, 1e6),
    SimulatedDevice("low threshold, few events", Weibull(2e-8, 0.1, 11.0, 1.3), 1 << 16, 50, 1e6),
    SimulatedDevice("flip-flops", Weibull(5e-8, 4.0, 25.0, 2.0), 100_000, 100, 1e7),
    SimulatedDevice("latch-up", Weibull(1e-4, 12.0, 20.0, 1.6), 1, 100, 1e7),
    SimulatedDevice("functional interrupt", Weibull(1e-5, 3.0, 15.0, 1.2), 1, 50, 1e7),
    SimulatedDevice("hardened latch", Weibull(2e-5, 20.0, 30.0, 1.5), 1, 100, 1e7),
)


def simulated_campaign(device: SimulatedDevice, rng: np.random.Generator) -> list[CrossSectionPoint]:
    """Draw 6 to 12 runs, each to its stop rule: exposed in 200 steps, the last of which may overshoot the events."""
    cocktail = COCKTAILS[rng.integers(len(COCKTAILS))]
    beams = {(let, 0.0) for let in (cocktail[0], cocktail[-1])}
    runs = int(rng.integers(6, 13))
    while len(beams) < runs:
        beams.add((float(rng.choice(cocktail)), float(rng.choice(TILTS_DEG))))
    points = []
    for let, tilt in sorted(beams):
        cosine = np.cos(np.radians(tilt))
        sigma = float(device.truth.cross_section(let / cosine)) * cosine * device.bits
        seen = np.cumsum(rng.poisson(sigma * device.fluence_cm2 / 200, size=200))
        steps = min(int(np.searchsorted(seen, device.events)) + 1, 200)
        points.append(
            CrossSectionPoint(
                let, int(seen[steps - 1]), device.fluence_cm2 * steps / 200, device.bits, tilt_deg=float(tilt)
            )
        )
    return points


@cache
def geostationary_flux() -> EffectiveFlux:
    """Effective flux of a box of 3 by 3 by 1 µm in a geostationary orbit behind 100 mil of aluminium."""
    from radtest.analysis.environment import inside_environment
    from radtest.analysis.orbit_configuration import OrbitConfiguration
    from radtest.core.configuration import read_configuration

    configuration, _ = read_configuration(ROOT / "fixtures/orbits/geo.toml", OrbitConfiguration)
    return effective_flux(inside_environment(configuration).let_spectrum, SensitiveVolume(3.0, 3.0, 1.0))
