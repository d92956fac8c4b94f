"""One radiation event, whatever made it: a row of ``/entry/events``."""

from __future__ import annotations

from dataclasses import dataclass

from radtest.core.outcome import Effect, Outcome

__all__ = ["Event"]


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a run.

    Parameters
    ----------
    time_ns : int
        Time since the start of the run, ns.
    kind : Effect
        What happened (``seu``, ``sel``, ...).
    outcome : Outcome, optional
        What became of it, where that is known.
    address, bit : int, optional
        Where it happened: word address and bit number.
    expected, observed : int, optional
        Word as written and as read back.
    fluence_cm2 : float, optional
        Cumulative fluence at the event, cm⁻².
    channel : str
        Supply channel, register or memory it concerns; at most 255 bytes in UTF-8.
    detail : str
        Free text, or one line of JSON; at most 1,023 bytes in UTF-8.
    """

    time_ns: int
    kind: Effect
    outcome: Outcome | None = None
    address: int | None = None
    bit: int | None = None
    expected: int | None = None
    observed: int | None = None
    fluence_cm2: float | None = None
    channel: str = ""
    detail: str = ""
