"""When a run stops."""

from __future__ import annotations

from radtest.campaign.configuration import StopModel
from radtest.core import StopReason

__all__ = ["nearness", "reached"]


def reached(
    stop: StopModel, *, events: int, live_fluence_cm2: float, time_s: float, latch_ups: int
) -> StopReason | None:
    """Return the first rule that is met, or None.

    Parameters
    ----------
    stop : StopModel
        The rules.
    events : int
        Upsets counted.
    live_fluence_cm2 : float
        Live fluence, cm⁻².
    time_s : float
        Time since the beam was switched on, s.
    latch_ups : int
        Latch-ups survived.
    """
    if stop.events is not None and events >= stop.events:
        return StopReason.EVENTS
    if stop.fluence_cm2 is not None and live_fluence_cm2 >= stop.fluence_cm2:
        return StopReason.FLUENCE
    if stop.latch_ups is not None and latch_ups >= stop.latch_ups:
        return StopReason.LATCH_UPS
    if stop.time_s is not None and time_s >= stop.time_s:
        return StopReason.TIME
    return None


def nearness(stop: StopModel, *, events: int, live_fluence_cm2: float, time_s: float, latch_ups: int) -> float:
    """Return how near the nearest rule is, between 0 and 1; parameters as for `reached`."""
    pairs = (
        (events, stop.events),
        (live_fluence_cm2, stop.fluence_cm2),
        (time_s, stop.time_s),
        (latch_ups, stop.latch_ups),
    )
    return min(1.0, max(value / limit for value, limit in pairs if limit is not None))
