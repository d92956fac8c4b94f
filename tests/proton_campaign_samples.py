"""Simulated proton campaigns as beam times make them, for tests of coverage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.proton import bendel_one, bendel_two, proton_rate_weights, proton_weibull
from radtest.analysis.proton_points import ProtonPoint

Array = NDArray[np.float64]

FORMS = {"bendel1": bendel_one, "bendel2": bendel_two, "weibull": proton_weibull}
FACILITIES = (
    (29.0, 50.0, 101.0, 151.0, 200.0),
    (16.0, 30.0, 60.0, 100.0, 150.0, 230.0),
    (20.0, 35.0, 62.0, 105.0, 198.0, 350.0, 480.0),
)
LEO_MEV = np.geomspace(5.0, 1000.0, 200)
LEO_WEIGHTS = proton_rate_weights(LEO_MEV, np.exp(-LEO_MEV / 90.0) * (LEO_MEV / 30.0) ** -0.5)
"""Of trapped protons behind a shield, as far as their form goes."""
_BITS = 1 << 22


@dataclass(frozen=True, slots=True, eq=False)
class ProtonCampaign:
    """Counts, and what they came from."""

    points: list[ProtonPoint]
    truth: tuple[float, ...]
    rate: float


def proton_campaign(form: str, rng: np.random.Generator) -> ProtonCampaign:
    """Return a campaign: each energy ended at 10 to 100 events, or at a fluence that may leave it with none."""
    energies = np.array(FACILITIES[rng.integers(len(FACILITIES))])
    if form == "bendel1":
        truth: tuple[float, ...] = (float(rng.uniform(10.0, 26.0)),)
    elif form == "bendel2":
        a = float(rng.uniform(3.0, 20.0))
        truth = (a, a * float(10.0 ** rng.uniform(-2.0, 1.0)) ** (1.0 / 14.0))
    else:
        truth = (
            float(10.0 ** rng.uniform(-14.0, -11.0)),
            float(rng.uniform(2.0, 25.0)),
            float(10.0 ** rng.uniform(1.2, 2.2)),
            float(rng.uniform(0.7, 2.2)),
        )
    sigma = FORMS[form](energies, *truth) * _BITS
    wanted = 10.0 ** rng.uniform(1.0, 2.0)
    most = 10.0 ** rng.uniform(0.5, 2.0) * wanted / sigma.max()
    fluence = np.minimum(wanted / np.maximum(sigma, 1e-300), most)
    counts = rng.poisson(sigma * fluence)
    points = [ProtonPoint(float(e), int(n), float(f), _BITS) for e, n, f in zip(energies, counts, fluence, strict=True)]
    return ProtonCampaign(points, truth, float(FORMS[form](LEO_MEV, *truth) @ LEO_WEIGHTS))
