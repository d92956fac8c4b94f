"""What the upsets of a map came to: counts by module, register and cycle, and in how few bits SDC lies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from radtest.core.errors import ConfigurationError
from radtest.core.outcome import Outcome
from radtest.inject.exhaustive.map_file import MAP_OUTCOMES, UpsetMap
from radtest.inject.summary import VULNERABLE

__all__ = ["Concentration", "CycleStretch", "MapPart", "MapSummary", "summarise_map"]


@dataclass(frozen=True, slots=True)
class MapPart:
    """The outcomes of all upsets of one part of the design.

    Parameters
    ----------
    name : str
        The module, the register or memory, or the kind of storage.
    bits : int
        Its bits in the map.
    counts : dict
        Number of upsets of each outcome that a map knows.
    module, kind, src : str
        Of a register or memory: its module, kind of storage and place of declaration; otherwise empty.

    Notes
    -----
    A map holds every upset of its bits and cycles. Its shares are those of the whole population, not estimates from a
    sample, and have no interval.
    """

    name: str
    bits: int
    counts: dict[Outcome, int]
    module: str = ""
    kind: str = ""
    src: str = ""

    @property
    def upsets(self) -> int:
        """Number of upsets: its bits times the cycles of the map."""
        return sum(self.counts.values())

    def count(self, *outcomes: Outcome) -> int:
        """Return how many upsets came to one of these outcomes."""
        return sum(self.counts[outcome] for outcome in set(outcomes))

    def share(self, *outcomes: Outcome) -> float:
        """Return the share of the upsets that came to one of these outcomes, NaN where there is no upset."""
        return self.count(*outcomes) / self.upsets if self.upsets else math.nan

    @property
    def shares(self) -> dict[Outcome, float]:
        """The share of each outcome."""
        return {outcome: self.share(outcome) for outcome in self.counts}

    @property
    def sdc(self) -> float:
        """Share of the upsets that became silent data corruption."""
        return self.share(Outcome.SDC)

    @property
    def vulnerable(self) -> float:
        """Share of the upsets seen from outside as an error: detected, sdc or hang.

        Notes
        -----
        For this workload and the declared outputs the architectural vulnerability factor of the part, exactly. What is
        latent at the end of the workload does not count; see `radtest.inject.OutcomeRow.vulnerable`.
        """
        return self.share(*VULNERABLE)


@dataclass(frozen=True, slots=True)
class CycleStretch:
    """The outcomes of all upsets in a stretch of clock cycles.

    Parameters
    ----------
    first_cycle, last_cycle : int
        The stretch, both ends included.
    part : MapPart
        What its upsets came to.
    """

    first_cycle: int
    last_cycle: int
    part: MapPart

    @property
    def cycles(self) -> int:
        """Number of clock cycles."""
        return self.last_cycle - self.first_cycle + 1


@dataclass(frozen=True, slots=True, eq=False)
class Concentration:
    """In how few bits an outcome lies: its share against the share of the bits, the worst bits first.

    Parameters
    ----------
    order : ndarray, shape (bits,)
        Rows of the map by their number of such upsets, the most first, and in the order of the map where it is equal.
    counts : ndarray, shape (bits,)
        That number for each of them, in the same order.
    """

    order: NDArray[np.int64]
    counts: NDArray[np.int64]

    @property
    def upsets(self) -> int:
        """Number of upsets with this outcome."""
        return int(self.counts.sum())

    @property
    def bit_shares(self) -> NDArray[np.float64]:
        """Share of the bits, from 0 to 1, shape (bits + 1,)."""
        return np.arange(len(self.counts) + 1) / max(1, len(self.counts))

    @property
    def upset_shares(self) -> NDArray[np.float64]:
        """Share of the upsets with this outcome in so many bits, shape (bits + 1,); all 0 where there is none."""
        return np.concatenate([[0], np.cumsum(self.counts)]) / max(1, self.upsets)

    def bits_holding(self, share: float) -> int:
        """Return the smallest number of bits that together hold at least this share of the upsets.

        Raises
        ------
        ConfigurationError
            If the share does not lie from 0 to 1.
        """
        if not 0 <= share <= 1:
            raise ConfigurationError(f"share: got {share!r}", remedy="give a share from 0 to 1, such as 0.9.")
        # 0.07 × 100 is a little more than 7 in binary; counts are whole.
        wanted = math.ceil(round(share * self.upsets, 6))
        return int(np.searchsorted(np.concatenate([[0], np.cumsum(self.counts)]), wanted))

    def share_holding(self, share: float) -> float:
        """Return the same as a share of the bits."""
        return self.bits_holding(share) / max(1, len(self.counts))


@dataclass(frozen=True, slots=True, eq=False)
class MapSummary:
    """The outcomes of a map.

    Parameters
    ----------
    total : MapPart
        All upsets.
    modules, registers, kinds : tuple of MapPart
        The same by module, by register or memory, and by kind of storage; most bits first.
    first_cycle : int
        The first cycle in which upsets fall.
    by_cycle : ndarray, shape (cycles, 6)
        Upsets of each cycle and outcome, in the order of `MAP_OUTCOMES`.
    sdc : Concentration
        In how few bits the silent data corruption lies.
    """

    total: MapPart
    modules: tuple[MapPart, ...]
    registers: tuple[MapPart, ...]
    kinds: tuple[MapPart, ...]
    first_cycle: int
    by_cycle: NDArray[np.int64] = field(repr=False)
    sdc: Concentration = field(repr=False)

    @property
    def cycles(self) -> int:
        """Number of cycles in which upsets fall."""
        return len(self.by_cycle)

    def most_vulnerable(self, count: int | None = None) -> tuple[MapPart, ...]:
        """Return the registers with an error that can be seen, those with most such upsets first.

        Each upset is as likely as any other, so that the number of them says where errors come from. The share would
        put a single bit before a wide register that does far more harm.
        """
        seen = [part for part in self.registers if part.count(*VULNERABLE)]
        seen.sort(key=lambda part: (-part.count(*VULNERABLE), -part.vulnerable, part.name))
        return tuple(seen[:count])

    def stretches(self, count: int) -> tuple[CycleStretch, ...]:
        """Return the outcomes in stretches of cycles, as equally long as whole cycles allow.

        Parameters
        ----------
        count : int
            How many; there are fewer where there are fewer cycles.

        Raises
        ------
        ConfigurationError
            If it is not at least one.
        """
        if count < 1:
            raise ConfigurationError(f"stretches of cycles: got {count}", remedy="give 1 or more.")
        count = min(count, self.cycles)
        edges = np.arange(count + 1) * self.cycles // max(1, count)
        counts = np.add.reduceat(self.by_cycle, edges[:-1], axis=0) if count else self.by_cycle
        return tuple(
            CycleStretch(
                self.first_cycle + first,
                self.first_cycle + after - 1,
                _part(f"{self.first_cycle + first} … {self.first_cycle + after - 1}", self.total.bits, row),
            )
            for first, after, row in zip(edges[:-1].tolist(), edges[1:].tolist(), counts, strict=True)
        )


def summarise_map(upset_map: UpsetMap) -> MapSummary:
    """Count the outcomes of a map, from the counts that it holds for each bit and each cycle.

    Parameters
    ----------
    upset_map : UpsetMap
        The map. Its outcomes themselves are not read: memory and time grow with bits plus cycles, not with their
        product.

    Notes
    -----
    The map holds the whole population, so that every count and share is exact for the workload, the outputs and the
    fault model of the map. There is no error of sampling and hence no interval.
    """
    by_row = upset_map.by_row
    target_of = upset_map.rows["target"].astype(np.int64)
    targets = upset_map.targets
    bits = np.bincount(target_of, minlength=len(targets))
    by_target = np.zeros((len(targets), len(MAP_OUTCOMES)), np.int64)
    np.add.at(by_target, target_of, by_row)
    registers = [
        _part(target.name, int(bits[place]), by_target[place], target.module, target.kind.value, target.src)
        for place, target in enumerate(targets)
        if bits[place]
    ]
    sdc = by_row[:, MAP_OUTCOMES.index(Outcome.SDC)]
    order = np.argsort(-sdc, kind="stable")
    return MapSummary(
        total=_part("all", len(by_row), by_row.sum(axis=0)),
        modules=_together(registers, [part.module for part in registers]),
        registers=_sorted(registers),
        kinds=_together(registers, [part.kind for part in registers]),
        first_cycle=upset_map.first_cycle,
        by_cycle=upset_map.by_cycle,
        sdc=Concentration(order, sdc[order]),
    )


def _part(name: str, bits: int, counts: NDArray[np.int64], module: str = "", kind: str = "", src: str = "") -> MapPart:
    return MapPart(name, bits, dict(zip(MAP_OUTCOMES, counts.tolist(), strict=True)), module, kind, src)


def _together(parts: Sequence[MapPart], names: Sequence[str]) -> tuple[MapPart, ...]:
    members: dict[str, list[MapPart]] = {}
    for name, part in zip(names, parts, strict=True):
        members.setdefault(name, []).append(part)
    return _sorted(
        [
            MapPart(
                name,
                sum(part.bits for part in those),
                {outcome: sum(part.counts[outcome] for part in those) for outcome in MAP_OUTCOMES},
            )
            for name, those in members.items()
        ]
    )


def _sorted(parts: Sequence[MapPart]) -> tuple[MapPart, ...]:
    return tuple(sorted(parts, key=lambda part: (-part.bits, part.name)))
