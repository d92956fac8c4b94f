"""Do the 95 % intervals of the Weibull fit contain the truth in 95 % of simulated campaigns?"""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from radtest.analysis import Weibull, fit_weibull
from radtest.core import CrossSectionPoint

FIXTURES = Path(__file__).parents[2] / "fixtures"
# The campaign of the demonstration, and the truth of the station it runs on.
STATION = tomllib.loads((FIXTURES / "stations/heavy_ion.toml").read_text())
CAMPAIGN = tomllib.loads((FIXTURES / "campaigns/heavy_ion.toml").read_text())
TRUTH = Weibull(**STATION["device"]["upset"])
BITS = STATION["device"]["words"] * STATION["device"]["word_bits"]
PARAMETERS = ("sigma_sat_cm2", "let0_mev_cm2_mg", "width_mev_cm2_mg", "shape")


def simulate(rng):
    """Draw what the campaign would count: scan by scan, until a stop rule holds; the last scan overshoots."""
    points = []
    stop, period_s = CAMPAIGN["stop"], CAMPAIGN["scan"]["period_s"]
    for ion in CAMPAIGN["ions"]:
        let = ion["let_mev_cm2_mg"]
        scan_cm2 = ion["flux_cm2_s"] * period_s
        mean = float(TRUTH.cross_section(let)) * BITS * scan_cm2
        count, scans = 0, 0
        while count < stop["events"] and scans * period_s < stop["time_s"]:
            count += int(rng.poisson(mean))
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
