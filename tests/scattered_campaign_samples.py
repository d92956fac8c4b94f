"""Simulated campaigns whose counts scatter more than Poisson's law, or have an outlier; the truth is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from fit_campaign_samples import DEVICES, PARAMETERS, SimulatedDevice, simulated_campaign
from numpy.typing import NDArray

from radtest.analysis import fit_weibull
from radtest.core import CrossSectionPoint, FitError

BITS_PER_EVENT = ((1, 0.6), (2, 0.25), (3, 0.15))
"""Bits of an event and how often: a small memory at a high LET. Mean 1.55, mean square over mean 1.90."""


def variance_ratio(bits_per_event: tuple[tuple[int, float], ...] = BITS_PER_EVENT) -> float:
    """Return the variance over Poisson's of bits that are counted one by one."""
    return sum(k * k * share for k, share in bits_per_event) / sum(k * share for k, share in bits_per_event)


def scattered_campaign(
    device: SimulatedDevice,
    rng: np.random.Generator,
    *,
    run_scatter: float = 0.0,
    bits_per_event: tuple[tuple[int, float], ...] = ((1, 1.0),),
) -> list[CrossSectionPoint]:
    """Draw the runs of a campaign, then their counts: a lognormal factor for each run, events of several bits."""
    points = []
    sizes, shares = (np.array(column) for column in zip(*bits_per_event, strict=True))
    width = np.sqrt(np.log1p(run_scatter**2))
    for point in simulated_campaign(device, rng):
        cosine = np.cos(np.radians(point.tilt_deg))
        sigma = float(device.truth.cross_section(point.let_mev_cm2_mg / cosine)) * cosine * device.bits
        factor = np.exp(width * rng.standard_normal() - width**2 / 2)
        events = int(rng.poisson(sigma * point.fluence_cm2 * factor / (sizes @ shares)))
        count = int(sizes @ rng.multinomial(events, shares))
        points.append(replace(point, count=count))
    return points


def plain_and_asked_coverage(
    campaign: Callable[[SimulatedDevice, int], list[CrossSectionPoint]], numbers: Iterable[int], **asked: Any
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether intervals of plain fits and of those asked for contain the truth, (campaigns, parameters) each.

    Campaigns that one of the two cannot fit are left out.
    """
    plain, other = [], []
    for number in numbers:
        device = DEVICES[number % len(DEVICES)]
        points = campaign(device, number)
        try:
            fits = fit_weibull(points), fit_weibull(points, **asked)
        except FitError:
            continue
        for hits, fit in zip((plain, other), fits, strict=True):
            hits.append([getattr(fit, name).contains(getattr(device.truth, name)) for name in PARAMETERS])
    return np.array(plain), np.array(other)


def with_outlier(points: list[CrossSectionPoint], factor: float, rng: np.random.Generator) -> list[CrossSectionPoint]:
    """Multiply the count of one run that has events, drawn at random, by a factor: a fluence written down wrong."""
    chosen = int(rng.choice([number for number, point in enumerate(points) if point.count > 0]))
    found = list(points)
    found[chosen] = replace(points[chosen], count=round(points[chosen].count * factor))
    return found
