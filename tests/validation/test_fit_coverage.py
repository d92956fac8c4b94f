"""Do the 95 % intervals of the Weibull fit contain the truth in 95 % of simulated campaigns?"""

import numpy as np
import pytest

from radtest.analysis import Weibull, fit_weibull
from radtest.core import CrossSectionPoint

# A campaign as a station runs it: six ions, each until 1,000 upsets were read out or 1e6 cm⁻² have passed.
TRUTH = Weibull(3e-9, 0.6, 12.0, 1.4)
BITS = 16_777_216
LETS = (1.16, 2.39, 7.27, 16.5, 25.0, 49.3)
STOP_UPSETS = 1000
STOP_FLUENCE_CM2 = 1e6
UPSETS_A_SCAN = 20.0
PARAMETERS = ("sigma_sat_cm2", "let0_mev_cm2_mg", "width_mev_cm2_mg", "shape")


def simulate(rng):
    points = []
    for let in LETS:
        per_fluence = float(TRUTH.cross_section(let)) * BITS
        scan_cm2 = min(UPSETS_A_SCAN / per_fluence, STOP_FLUENCE_CM2 / 200)
        count, scans = 0, 0
        while count < STOP_UPSETS and scans * scan_cm2 < STOP_FLUENCE_CM2:  # the last scan overshoots
            count += int(rng.poisson(per_fluence * scan_cm2))
            scans += 1
        points.append(CrossSectionPoint(let, count, scans * scan_cm2, BITS))
    return points


def covered(seeds):
    hits = np.zeros(len(PARAMETERS), dtype=int)
    for seed in seeds:
        fit = fit_weibull(simulate(np.random.default_rng(seed)))
        assert fit.constrained == set(PARAMETERS)
        hits += [getattr(fit, name).contains(getattr(TRUTH, name)) for name in PARAMETERS]
    return dict(zip(PARAMETERS, hits.tolist(), strict=True))


def test_intervals_contain_the_truth_in_a_sample_of_campaigns():
    hits = covered(range(20))
    assert min(hits.values()) >= 16, hits  # fewer happens once in 400 samples if coverage is 95 %


@pytest.mark.slow
def test_intervals_contain_the_truth_in_92_to_98_percent_of_200_campaigns():
    hits = covered(range(200))
    assert all(0.92 * 200 <= hit <= 0.98 * 200 for hit in hits.values()), hits
