"""Whether particles come while the beam should be on, told from the counter, for the record and the operator."""

from __future__ import annotations

from collections.abc import Callable

from radtest.campaign.dosimetry_watch import BeamState, BeamWatch
from radtest.log import Journal

__all__ = ["BeamPresence"]


class BeamPresence:
    """Notes when the counter stands still though the beam was switched on.

    Parameters
    ----------
    shortest_s : float
        No standstill shorter than this counts, s.
    journal : Journal
        Where interruptions are written.
    said : callable
        Hears of them.
    since_start_s : callable
        Turns a time of the campaign's clock (ns) into time since the start of the run, s.
    """

    def __init__(
        self,
        shortest_s: float,
        journal: Journal,
        said: Callable[[str], None],
        since_start_s: Callable[[int], float],
    ) -> None:
        self._shortest_s = shortest_s
        self._journal = journal
        self._said = said
        self._since_start_s = since_start_s
        self._off_from_ns: int | None = None
        self._last_ns = 0
        self._interruptions = 0
        self._off_ns = 0
        self.beam_switched()

    def beam_switched(self) -> None:
        """Begin anew: the engine has switched the beam."""
        self._back(self._last_ns)
        self._watch = BeamWatch(shortest_s=self._shortest_s)

    def observe(self, time_ns: int, counts: int) -> None:
        """Note a reading of the counter with the beam switched on."""
        self._last_ns = time_ns
        state = self._watch.read(time_ns, counts)
        if state is BeamState.OFF and self._off_from_ns is None:
            self._off_from_ns = self._watch.off_since_ns
            self._said(f"the counter has stood still for {self._watch.needed_s:.1f} s and more: there is no beam")
        elif state is BeamState.ON and self._off_from_ns is not None:
            self._back(time_ns)
            self._said("the counter moves again: the beam is back")

    def close(self) -> None:
        """Write how often and how long there was no beam."""
        self._back(self._last_ns)
        said = "times that the counter stood still though the beam was switched on"
        self._journal.quality("beam_interruptions", self._interruptions, "1", said)
        self._journal.quality("beam_missing_s", self._off_ns / 1e9, "s", "the counter stood still; a part of live time")

    def _back(self, time_ns: int) -> None:
        if self._off_from_ns is None:
            return
        lasted_ns = time_ns - self._off_from_ns
        self._interruptions += 1
        self._off_ns += lasted_ns
        self._journal.quality(
            f"beam_interruption_{self._interruptions}",
            self._since_start_s(self._off_from_ns),
            "s",
            f"after the start of the run; no particles for {lasted_ns / 1e9:.1f} s",
        )
        self._off_from_ns = None
