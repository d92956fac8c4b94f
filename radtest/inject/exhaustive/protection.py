"""Which flip-flops to protect: the smallest area that brings an upset map's silent corruptions down by a factor."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.core.errors import ConfigurationError
from radtest.core.injection import TargetKind
from radtest.core.outcome import Outcome
from radtest.inject.exhaustive.map_file import MAP_OUTCOMES, UpsetMap

__all__ = ["FLIP_FLOPS", "Cover", "CurvePoint", "Protection", "choose_protection", "smallest_cover"]

FLIP_FLOPS = "flip-flops"
"""The unit of area where there is no Liberty file: the two flip-flops that a triplicated one costs."""
_CURVE = (1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
_TIME_LIMIT_S = 20.0


@dataclass(frozen=True, slots=True)
class Cover:
    """A choice of things that together count for enough.

    Parameters
    ----------
    chosen : ndarray of int
        Their numbers, what counts for most first.
    area : float
        What they cost together.
    least_area : float
        What any choice that is enough costs at least; equal to `area` where the choice is proven to be the best.
    """

    chosen: NDArray[np.intp]
    area: float
    least_area: float

    @property
    def is_optimal(self) -> bool:
        """Whether no choice is cheaper, up to one part in a thousand million."""
        return self.area <= self.least_area * (1 + 1e-9)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What a reduction costs: the factor, the bits to protect and their area."""

    factor: float
    bits: int
    area: float


@dataclass(frozen=True, slots=True)
class Protection:
    """The flip-flops to protect.

    Parameters
    ----------
    factor : float
        The factor that was asked for.
    outcomes : tuple of Outcome
        The outcomes that count.
    rows : tuple of int
        The bits, as rows of the map, those that count for most first.
    counts : tuple of int
        The upsets of each that came to one of the outcomes.
    areas : tuple of float
        What it costs to protect each.
    before, after : int
        Upsets of the whole map that come to one of the outcomes, without and, as predicted, with protection.
    least_after : int
        What would be left if every flip-flop were protected: upsets of memories, latches and nets.
    unit : str
        Unit of the areas.
    least_area : float
        What any choice that reaches the factor costs at least.
    curve : tuple of CurvePoint
        What other factors would cost, in the order of counts for area.
    """

    factor: float
    outcomes: tuple[Outcome, ...]
    rows: tuple[int, ...]
    counts: tuple[int, ...]
    areas: tuple[float, ...]
    before: int
    after: int
    least_after: int
    unit: str
    least_area: float
    curve: tuple[CurvePoint, ...]

    @property
    def area(self) -> float:
        """What the protection costs."""
        return math.fsum(self.areas)

    @property
    def is_optimal(self) -> bool:
        """Whether it is proven that no choice is cheaper."""
        return self.area <= self.least_area * (1 + 1e-9)

    @property
    def reached_factor(self) -> float:
        """By what the count falls, as predicted; infinite where nothing is left."""
        return self.before / self.after if self.after else math.inf


def smallest_cover(counts: ArrayLike, areas: ArrayLike, required: int, *, time_limit_s: float = _TIME_LIMIT_S) -> Cover:
    r"""Choose what costs least and counts for at least so much.

    .. math:: \min \sum_i a_i x_i \quad\text{where}\quad \sum_i c_i x_i \ge C, \; x_i \in \{0, 1\}

    with counts :math:`c_i`, areas :math:`a_i` and the required count :math:`C`: a covering knapsack. Where all areas
    are equal, what counts for most is taken first, which is optimal. Otherwise HiGHS solves it by branch and bound;
    its bound is kept, so that the answer says how far it can be from the best where time ran out.

    Parameters
    ----------
    counts : array_like of int, shape (n,)
        What each thing counts for.
    areas : array_like of float, shape (n,)
        What each costs; positive.
    required : int
        What all that is chosen has to count for.
    time_limit_s : float
        When to be content with what was found.

    Raises
    ------
    ValueError
        If everything together is not enough, or an area is not positive.

    Notes
    -----
    The choice by falling count for area, up to the one that suffices, is the start of it; whatever is superfluous in it
    then goes, the most expensive first.
    """
    count, area = np.asarray(counts, np.int64), np.asarray(areas, float)
    if int(count.sum()) < required:
        raise ValueError(f"everything together counts for {int(count.sum())}, and {required} are required")
    if not (np.isfinite(area).all() and (area > 0).all()):
        raise ValueError("every area has to be a positive number")
    if required <= 0:
        return Cover(np.zeros(0, np.intp), 0.0, 0.0)
    chosen = _greedy(count, area, required)
    useful = area[count > 0]
    if (useful == useful[0]).all():
        return _cover(chosen, count, area, float(area[chosen].sum()))
    better, least = _by_branch_and_bound(count, area, required, time_limit_s)
    if better is not None and area[better].sum() < area[chosen].sum():
        chosen = better
    return _cover(chosen, count, area, min(least, math.fsum(area[chosen])))


def choose_protection(
    upset_map: UpsetMap,
    factor: float,
    outcomes: Sequence[Outcome] = (Outcome.SDC,),
    areas: Mapping[tuple[str, int], float] | None = None,
    unit: str = FLIP_FLOPS,
) -> Protection:
    """Choose the flip-flops whose protection costs least and brings the count of some outcomes down by a factor.

    A protected flip-flop is triplicated: every single upset of it is outvoted, so all that the map counts for it goes.

    Parameters
    ----------
    upset_map : UpsetMap
        A map of single upsets.
    factor : float
        By how much the count has to fall, more than 1.
    outcomes : sequence of Outcome
        The outcomes that count.
    areas : mapping, optional
        What it costs to protect a flip-flop, by the name of its register and its bit, counted from the lowest of the
        declaration; by default two flip-flops each.
    unit : str
        Unit of these areas.

    Raises
    ------
    ConfigurationError
        If the factor cannot be reached, or an argument makes no sense.
    """
    path = upset_map.path
    _check(upset_map, factor, outcomes)
    counted = upset_map.by_row[:, [MAP_OUTCOMES.index(outcome) for outcome in dict.fromkeys(outcomes)]].sum(axis=1)
    words = " and ".join(outcome.value for outcome in outcomes)
    before = int(counted.sum())
    if before == 0:
        raise ConfigurationError(
            f"{path}: no upset came to {words}; there is nothing to protect", remedy="name other --outcomes."
        )
    kinds = np.array([target.kind is TargetKind.FLIP_FLOP for target in upset_map.targets], bool)
    candidates = np.flatnonzero(kinds[upset_map.rows["target"]] & (counted > 0))
    count = counted[candidates]
    least_after = before - int(count.sum())
    required = before - math.floor(Fraction(before) / Fraction(factor))
    if required > before - least_after:
        raise ConfigurationError(_out_of_reach(upset_map, counted, factor, least_after, words), remedy=_ASK_FOR_LESS)
    area = np.full(len(candidates), 2.0) if areas is None else _areas_of(upset_map, candidates, areas)
    cover = smallest_cover(count, area, required)
    rows = candidates[cover.chosen]
    return Protection(
        factor=float(factor),
        outcomes=tuple(dict.fromkeys(outcomes)),
        rows=tuple(rows.tolist()),
        counts=tuple(counted[rows].tolist()),
        areas=tuple(area[cover.chosen].tolist()),
        before=before,
        after=before - int(counted[rows].sum()),
        least_after=least_after,
        unit=unit,
        least_area=cover.least_area,
        curve=tuple(_curve(count, area, before)),
    )


_ASK_FOR_LESS = (
    "ask for less with --sdc-factor; memories are protected by codes (SECDED) and scrubbing, latches by flip-flops in "
    "their place."
)


def _check(upset_map: UpsetMap, factor: float, outcomes: Sequence[Outcome]) -> None:
    if not (math.isfinite(factor) and factor > 1):
        raise ConfigurationError(
            f"--sdc-factor {factor:g}: it has to be a number above 1", remedy="10 is a tenth of the corruptions."
        )
    legal = [outcome for outcome in MAP_OUTCOMES if outcome is not Outcome.MASKED]
    for outcome in outcomes:
        if outcome not in legal:
            raise ConfigurationError(
                f"--outcomes {outcome.value}: protection does not make fewer of these",
                remedy=f"choose from {', '.join(each.value for each in legal)}.",
            )
    if not outcomes:
        raise ConfigurationError("--outcomes: none is named", remedy="sdc, or sdc,hang,detected.")
    model = upset_map.facts.get("model", "seu")
    if model != "seu":
        raise ConfigurationError(
            f"{upset_map.path}: is a map of model {model!r}; triplication outvotes single upsets of flip-flops",
            remedy="give a map of model 'seu'.",
        )


def _out_of_reach(upset_map: UpsetMap, counted: NDArray[np.int64], factor: float, least_after: int, words: str) -> str:
    before = int(counted.sum())
    places: dict[str, int] = {}
    for row in np.flatnonzero(counted).tolist():
        target = upset_map.targets[int(upset_map.rows["target"][row])]
        if target.kind is not TargetKind.FLIP_FLOP:
            name = f"{target.kind.value.replace('_', '-')} {target.name}"
            places[name] = places.get(name, 0) + int(counted[row])
    named = sorted(places.items(), key=lambda item: -item[1])[:5]
    return (
        f"{upset_map.path}: factor {factor:g} is out of reach: {before} upsets came to {words}, and with every "
        f"flip-flop protected {least_after} are left, a factor of {before / least_after:.4g}. "
        "Triplication does not protect " + ", ".join(f"{name} ({count})" for name, count in named)
    )


def _areas_of(
    upset_map: UpsetMap, rows: NDArray[np.intp], areas: Mapping[tuple[str, int], float]
) -> NDArray[np.float64]:
    found = []
    for row in rows.tolist():
        target = upset_map.targets[int(upset_map.rows["target"][row])]
        bit = target.lsb + int(upset_map.rows["bit"][row])
        if (target.name, bit) not in areas:
            raise ConfigurationError(
                f"{upset_map.path}: the design has no flip-flop {upset_map.names[row]} any more",
                remedy="map the design again: its sources have changed since the map was made.",
            )
        found.append(areas[target.name, bit])
    return np.array(found, float)


def _order(count: NDArray[np.int64], area: NDArray[np.float64]) -> NDArray[np.intp]:
    return np.argsort(-count / area, kind="stable")


def _greedy(count: NDArray[np.int64], area: NDArray[np.float64], required: int) -> NDArray[np.intp]:
    order = _order(count, area)
    enough = int(np.searchsorted(np.cumsum(count[order]), required)) + 1
    chosen = order[:enough]
    spare = int(count[chosen].sum()) - required
    kept = []
    for number in sorted(chosen.tolist(), key=lambda n: (-area[n], count[n])):
        if count[number] <= spare:
            spare -= int(count[number])
        else:
            kept.append(number)
    return np.array(kept, np.intp)


def _cover(chosen: NDArray[np.intp], count: NDArray[np.int64], area: NDArray[np.float64], least: float) -> Cover:
    order = np.lexsort((chosen, -count[chosen]))
    return Cover(chosen[order], math.fsum(area[chosen]), least)


def _by_branch_and_bound(
    count: NDArray[np.int64], area: NDArray[np.float64], required: int, time_limit_s: float
) -> tuple[NDArray[np.intp] | None, float]:
    """Return the best choice that was found, if one was, and a bound that no choice is below."""
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 (a fifth of a second)

    # Shares of what is required: the solver's tolerance is absolute.
    share = np.minimum(count, required) / required
    result = milp(
        c=area,
        constraints=LinearConstraint(share[np.newaxis, :], lb=1.0),
        integrality=np.ones(len(area), np.int64),
        bounds=Bounds(0, 1),
        options={"time_limit": time_limit_s, "mip_rel_gap": 0.0},
    )
    least = float(result.mip_dual_bound) if result.mip_dual_bound is not None else 0.0
    if result.x is None:
        return None, least
    chosen = np.flatnonzero(result.x > 0.5)
    # What the solver takes for enough within its tolerance may be an upset short of it.
    return (chosen if int(count[chosen].sum()) >= required else None), least


def _curve(count: NDArray[np.int64], area: NDArray[np.float64], before: int) -> list[CurvePoint]:
    order = _order(count, area)
    removed, spent = np.cumsum(count[order]), np.cumsum(area[order])
    points = []
    for factor in _CURVE:
        required = before - math.floor(Fraction(before) / Fraction(factor))
        if required <= removed[-1]:
            at = int(np.searchsorted(removed, required))
            points.append(CurvePoint(factor, at + 1, float(spent[at])))
    left = before - int(removed[-1])
    points.append(CurvePoint(before / left if left else math.inf, len(order), float(spent[-1])))
    return points
