"""Speed of fits: one Weibull fit of 12 points, with and without its intervals, and 10,000 refits of a bootstrap.

The bootstrap is compared, in the same run, with a plain loop over `scipy.optimize.minimize`, one replica after another,
each from the true parameters: a start that no real fit has. Times are of the processor.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import xlogy

from radtest.analysis import Weibull, fit_weibull
from radtest.analysis.bootstrap import refit, simulated_counts
from radtest.analysis.likelihood import PoissonCurve
from radtest.analysis.profile_search import ProfileSearch
from radtest.core import CrossSectionPoint

LETS = (1.16, 1.54, 2.39, 4.56, 7.27, 10.9, 16.5, 20.0, 25.0, 32.0, 49.3, 60.0)
TRUTH = Weibull(3e-9, 1.3, 12.0, 1.4)
BITS = 1 << 24
THETA = np.array([np.log(3e-9), 1.3, np.log(12.0), np.log(1.4)])

Array = NDArray[np.float64]


def campaign(rng: np.random.Generator) -> list[CrossSectionPoint]:
    """Twelve points of some 300 events, or as many as 10⁶ cm⁻² give."""
    points = []
    for let in LETS:
        sigma = float(TRUTH.cross_section(let)) * BITS
        fluence = 1e6 if sigma * 1e6 < 300 else 300 / sigma
        points.append(CrossSectionPoint(let, int(rng.poisson(sigma * fluence)), fluence, BITS))
    return points


def median_ms(work: Callable[[], object], times: int = 15) -> float:
    """Return the median time of a piece of work, ms."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return 1e3 * float(np.median(taken))


def plain_fit(likelihood: PoissonCurve, count: Array) -> float:
    """Fit one campaign as most people would: Nelder and Mead's simplex on the deviance."""
    let, exposure = likelihood.let_mev_cm2_mg, likelihood.exposure_cm2

    def deviance(theta: Array) -> float:
        if not 0 <= theta[1] < let[count > 0].min() or not -4 < theta[3] < 3.5:
            return 1e12
        x = np.maximum(let - theta[1], 0.0) / np.exp(theta[2])
        mean = exposure * np.exp(theta[0]) * -np.expm1(-(x ** np.exp(theta[3])))
        return float(2.0 * np.sum(mean - count + xlogy(count, count) - xlogy(count, np.maximum(mean, 1e-300))))

    return float(minimize(deviance, THETA, method="Nelder-Mead", options={"maxiter": 2000, "fatol": 1e-4}).fun)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicas", type=int, default=10_000)
    parser.add_argument("--loop", type=int, default=100, help="replicas of the plain loop")
    arguments = parser.parse_args()
    rng = np.random.default_rng(1)
    points = campaign(rng)
    fit = fit_weibull(points)
    print(f"best fit of 12 points:               {median_ms(lambda: ProfileSearch(fit.likelihood)):7.1f} ms")
    print(f"with the intervals of all parameters: {median_ms(lambda: fit_weibull(points)):6.1f} ms")
    counts = simulated_counts(fit.likelihood, THETA, rng, arguments.replicas)
    start, wall = time.process_time(), time.perf_counter()
    found = refit(fit.likelihood, counts)
    batch_s, wall_s = time.process_time() - start, time.perf_counter() - wall
    start = time.process_time()
    plain = np.array([plain_fit(fit.likelihood, count) for count in counts[: arguments.loop]])
    loop_s = time.process_time() - start
    ratio = (loop_s / arguments.loop) / (batch_s / arguments.replicas)
    print(
        f"{arguments.replicas:,} refits: {batch_s:.2f} s of one processor, {wall_s:.2f} s by the clock; "
        f"converged {found.converged.mean():.2%}"
    )
    print(f"plain scipy loop: {1e3 * loop_s / arguments.loop:.2f} ms a refit; the batch is {ratio:.0f} times as fast")
    gain = plain - found.deviance[: arguments.loop]
    print(f"deviance of the loop less that of the batch: {gain.min():.2g} to {gain.max():.2g}")
    assert batch_s < 10
    assert ratio > 20


if __name__ == "__main__":
    main()
