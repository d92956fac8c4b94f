"""Whether counts that should have one cross section have one: devices, runs, tilts, at each LET.

Given how many events a LET has in all, they fall on the devices in proportion to their exposures if the cross section
is one and the same. That distribution holds no unknown, so that the test is exact whatever the counts.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import xlogy

from radtest.analysis.points import effective_beam
from radtest.core.counts import CrossSectionPoint
from radtest.core.errors import ConfigurationError

__all__ = ["GroupShare", "HomogeneityTest", "StratumTest", "group_strata", "homogeneity_of", "homogeneity_test"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

_DRAWS = 9999
# So near each other are LETs counted as one: the same beam, computed twice.
SAME_LET = 0.005


@dataclass(frozen=True, slots=True)
class StratumTest:
    """One stratum, such as a LET, of a test for homogeneity.

    Parameters
    ----------
    name : str
        Which it is.
    statistic : float
        Its part of the likelihood-ratio statistic.
    degrees_of_freedom : int
        Groups less one.
    p_value : float
        Probability of a larger part were the cross section one.
    events : int
        Events in it.
    """

    name: str
    statistic: float
    degrees_of_freedom: int
    p_value: float
    events: int


@dataclass(frozen=True, slots=True)
class GroupShare:
    """Events of one group over all strata that it shares with others.

    Parameters
    ----------
    name : str
        Which it is: a device, a run, a tilt.
    events : int
        Events counted.
    expected : float
        Events expected of it, were the cross section one.
    """

    name: str
    events: int
    expected: float


@dataclass(frozen=True, slots=True)
class HomogeneityTest:
    """A test that groups have one cross section in every stratum.

    Parameters
    ----------
    statistic : float
        2 Σ n ln(n / expected), over strata and groups.
    degrees_of_freedom : int
        Groups less one, summed over the strata.
    p_value : float
        Probability of a larger statistic were they one, from draws of the conditional distribution: a valid p-value at
        any counts, never below 1 over draws plus 1.
    common_p_value : float
        The same for 2 Σ O ln(O / E) with the events O and E of each group over all strata: it sees a factor that a
        group has everywhere, which each stratum alone may be too poor to show.
    draws : int
        Number of draws.
    strata : tuple of StratumTest
        Each stratum by itself.
    groups : tuple of GroupShare
        Each group by itself.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float
    common_p_value: float
    draws: int
    strata: tuple[StratumTest, ...]
    groups: tuple[GroupShare, ...]


def homogeneity_test(
    count: ArrayLike,
    exposure_cm2: ArrayLike,
    stratum: Sequence[Hashable],
    group: Sequence[Hashable],
    rng: np.random.Generator,
    *,
    fluence_uncertainty: ArrayLike = 0.0,
    draws: int = _DRAWS,
) -> HomogeneityTest | None:
    """Test that the groups of each stratum have one cross section, by the exact conditional distribution of counts.

    Parameters
    ----------
    count : array_like of int, shape (n,)
        Events.
    exposure_cm2 : array_like, shape (n,)
        Fluence, times bits where the cross section is per bit, above 0.
    stratum, group : sequence of length n
        What each count belongs to: its LET, and its device. Counts of one stratum and group are added up.
    rng : numpy.random.Generator
        Source of randomness.
    fluence_uncertainty : array_like, shape (n,) or ()
        Relative standard uncertainty of each fluence, independent. It is drawn along: what uncertain fluences explain
        is no difference of the devices.
    draws : int
        Draws of the conditional distribution.

    Returns
    -------
    HomogeneityTest or None
        None where no stratum has two groups and an event: there is nothing to compare.

    Notes
    -----
    Given the total N of a stratum, the counts of its groups are multinomial with probabilities in proportion to the
    exposures [1]_ (binomial for two [2]_). The statistic is the likelihood ratio against a cross section for each cell;
    p = (1 + draws at or above the observed) / (1 + draws).

    References
    ----------
    .. [1] R. F. Potthoff and M. Whittinghill, Testing for homogeneity: II. The Poisson distribution, Biometrika 53, 183
       (1966).
    .. [2] J. Przyborowski and H. Wilenski, Biometrika 31, 313 (1940).
    """
    if draws < 1:
        raise ConfigurationError(f"draws: got {draws!r}", remedy="ask for 1 or more, such as 9999.")
    counts, exposures = np.asarray(count, dtype=np.int64), np.asarray(exposure_cm2, dtype=np.float64)
    spread = np.broadcast_to(np.asarray(fluence_uncertainty, dtype=np.float64), exposures.shape)
    strata, total, reached = [], np.zeros(draws), 0.0
    every = list(dict.fromkeys(group))
    seen, wanted, simulated = np.zeros(len(every)), np.zeros(len(every)), np.zeros((draws, len(every)))
    for name in dict.fromkeys(stratum):
        inside = np.array([s == name for s in stratum])
        names = list(dict.fromkeys(g for g, here in zip(group, inside, strict=True) if here))
        members = [inside & np.array([g == one for g in group]) for one in names]
        n = np.array([counts[member].sum() for member in members])
        if len(names) < 2 or n.sum() == 0:
            continue
        e = np.array([exposures[member].sum() for member in members])
        tau = np.array([np.sqrt(((exposures * spread)[member] ** 2).sum()) for member in members]) / e
        observed = float(_ratio_statistic(n, e))
        simulation = _draw(int(n.sum()), e, tau, rng, draws)
        drawn = _ratio_statistic(simulation, e)
        strata.append(StratumTest(str(name), observed, len(names) - 1, _tail(drawn, observed), int(n.sum())))
        total += drawn
        reached += observed
        places = [every.index(one) for one in names]
        seen[places] += n
        wanted[places] += n.sum() * e / e.sum()
        simulated[:, places] += simulation
    if not strata:
        return None
    return HomogeneityTest(
        statistic=reached,
        degrees_of_freedom=sum(part.degrees_of_freedom for part in strata),
        p_value=_tail(total, reached),
        common_p_value=_tail(_distance(simulated, wanted), float(_distance(seen, wanted))),
        draws=draws,
        strata=tuple(strata),
        groups=tuple(
            GroupShare(str(name), int(events), float(expected))
            for name, events, expected in zip(every, seen, wanted, strict=True)
            if expected > 0
        ),
    )


def homogeneity_of(
    points: Sequence[CrossSectionPoint],
    group: Callable[[int, CrossSectionPoint], Hashable],
    rng: np.random.Generator,
    *,
    per: str = "device",
    fluence_uncertainty: ArrayLike = 0.0,
    within: Callable[[CrossSectionPoint], Hashable] | None = None,
    weight: ArrayLike = 1.0,
    same_let: float = SAME_LET,
) -> HomogeneityTest | None:
    """Test points at the same effective LET for one cross section.

    Parameters
    ----------
    points : sequence of CrossSectionPoint
        The points.
    group : callable
        The group of a point, from its place in the sequence and itself: its device, say.
    rng : numpy.random.Generator
        Source of randomness.
    per : {"bit", "device"}
        Whether exposures count bits.
    fluence_uncertainty : array_like
        As for `homogeneity_test`.
    within : callable, optional
        Keep points apart by this, too: runs of one device, say.
    weight : array_like
        Factor of each exposure, such as the fitted cross section, where LETs that count as one differ a little.
    same_let : float
        Relative step of effective LET that still counts as the same.

    Returns
    -------
    HomogeneityTest or None
        None where there is nothing to compare.
    """
    beams = [effective_beam(point) for point in points]
    exposure = np.array(
        [
            fluence * (point.bits if per == "bit" and point.bits else 1)
            for point, (_, fluence) in zip(points, beams, strict=True)
        ]
    )
    lets = group_strata([let for let, _ in beams], same_let)
    strata = [
        f"{let:.4g} MeV·cm²/mg" + (f", {within(point)}" if within is not None else "")
        for point, let in zip(points, lets, strict=True)
    ]
    return homogeneity_test(
        [point.count for point in points],
        exposure * np.asarray(weight),
        strata,
        [group(place, point) for place, point in enumerate(points)],
        rng,
        fluence_uncertainty=fluence_uncertainty,
    )


def group_strata(values: Sequence[float], step: float = SAME_LET) -> list[float]:
    """Return for each value the first of its chain of neighbours that are at most a relative step apart."""
    order = np.argsort(values, kind="stable")
    found, first, last = [0.0] * len(values), -np.inf, -np.inf
    for place in order:
        value = values[place]
        if value > last * (1.0 + step) or not np.isfinite(last):
            first = value
        found[place], last = first, value
    return found


def _draw(total: int, exposure: Array, tau: Array, rng: np.random.Generator, draws: int) -> Integers:
    shares = np.broadcast_to(exposure / exposure.sum(), (draws, len(exposure)))
    if np.any(tau):
        factors = np.exp(tau * rng.standard_normal(shares.shape))
        shares = shares * factors
        shares = shares / shares.sum(axis=1, keepdims=True)
    return np.asarray(rng.multinomial(total, shares))


def _ratio_statistic(count: Integers, exposure: Array) -> Array:
    total = count.sum(axis=-1, keepdims=True)
    expected = total * exposure / exposure.sum()
    # Counts that fit exactly leave rounding of either sign.
    return np.asarray(np.maximum(2.0 * xlogy(count, count / expected).sum(axis=-1), 0.0))


def _distance(observed: Array, expected: Array) -> Array:
    safe = np.where(expected > 0, expected, 1.0)
    return np.asarray(np.maximum(2.0 * xlogy(observed, observed / safe).sum(axis=-1), 0.0))


def _tail(drawn: Array, observed: float) -> float:
    return float((1 + (drawn >= observed - 1e-9).sum()) / (1 + len(drawn)))
