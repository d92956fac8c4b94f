"""When a run stops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from radtest.campaign.configuration import StopModel
from radtest.core import StopReason

__all__ = ["Standing", "dose_rad", "nearness", "reached"]

_RAD_PER_MEV_CM2_MG = 1.602e-5
"""1 MeV·cm²/mg × 1 cm⁻² = 1 MeV/mg = 1.602e-7 J/kg = 1.602e-5 rad."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a run has come to.

    Parameters
    ----------
    events : int
        Upsets counted.
    live_fluence_cm2 : float
        Live fluence, cm⁻².
    time_s : float
        Time since the beam was switched on, s.
    latch_ups, interrupts : int
        Latch-ups and functional interrupts survived.
    dose_rad : float
        Dose of the run, rad(Si).
    flux_lost : bool
        Whether the flux has been out of range for longer than tolerated.
    """

    events: int = 0
    live_fluence_cm2: float = 0.0
    time_s: float = 0.0
    latch_ups: int = 0
    interrupts: int = 0
    dose_rad: float = 0.0
    flux_lost: bool = False


def dose_rad(let_mev_cm2_mg: float, fluence_cm2: float) -> float:
    """Return the dose of a fluence of ions in silicon, rad(Si): LET × fluence, as ESCC 25100 and JESD57 have it."""
    return _RAD_PER_MEV_CM2_MG * let_mev_cm2_mg * fluence_cm2


def _rules(stop: StopModel, run: Standing) -> Iterator[tuple[StopReason, float, float]]:
    """Yield the rules that are given, the one that counts first of several first: reason, value, limit."""
    rules = (
        (StopReason.EVENTS, run.events, stop.events),
        (StopReason.FLUENCE, run.live_fluence_cm2, stop.fluence_cm2),
        (StopReason.LATCH_UPS, run.latch_ups, stop.latch_ups),
        (StopReason.INTERRUPTS, run.interrupts, stop.interrupts),
        (StopReason.DOSE, run.dose_rad, stop.dose_rad),
        (StopReason.TIME, run.time_s, stop.time_s),
    )
    for reason, value, limit in rules:
        if limit is not None:
            yield reason, value, limit


def reached(stop: StopModel, run: Standing) -> StopReason | None:
    """Return the first rule that is met, or None.

    Parameters
    ----------
    stop : StopModel
        The rules.
    run : Standing
        What the run has come to.
    """
    for reason, value, limit in _rules(stop, run):
        if value >= limit:
            return reason
    return StopReason.FLUX if run.flux_lost else None


def nearness(stop: StopModel, run: Standing) -> float:
    """Return how near the nearest rule is, between 0 and 1; parameters as for `reached`."""
    return min(1.0, max(value / limit for _, value, limit in _rules(stop, run)))
