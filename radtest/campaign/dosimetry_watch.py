"""Is there beam? A counter that stands still says no, once it has stood still for longer than chance allows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from radtest.core import ConfigurationError

__all__ = ["BeamState", "BeamWatch"]


_REMEMBERED = 100.0


class BeamState(StrEnum):
    """What the counter says of the beam."""

    UNKNOWN = "unknown"
    """Too few counts so far to tell."""
    ON = "on"
    OFF = "off"
    """The counter stands still."""
    STALE = "stale"
    """No readings come at all: of the beam nothing is known."""


@dataclass(slots=True)
class BeamWatch:
    """Tells from cumulative counts whether the beam is on.

    Parameters
    ----------
    probability : float
        Chance at which a standstill of a steady beam is taken for a beam that is off: at a mean rate r a counter stands
        still for t with probability exp(−r t), so that t > ln(1/probability) / r is needed.
    shortest_s : float
        And no standstill shorter than this counts, s: longer than the spills' spacing of a pulsed beam.
    stale_s : float
        Readings older than this say nothing, s.

    Attributes
    ----------
    off_since_ns : int or None
        When the counter was last seen to move, while the beam is off.
    interruptions : int
        How often the beam went off.
    """

    probability: float = 1e-6
    shortest_s: float = 2.0
    stale_s: float = 30.0
    interruptions: int = 0
    off_since_ns: int | None = None
    _first: tuple[int, float] | None = None
    _moved: tuple[int, float] | None = None
    _read_ns: int = 0
    _counts: float = 0.0
    _time_s: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.probability < 1 or min(self.shortest_s, self.stale_s) <= 0:
            raise ConfigurationError(
                f"beam watch: probability {self.probability}, shortest {self.shortest_s} s, stale {self.stale_s} s: "
                "legal are a probability between 0 and 1 and times above 0"
            )

    def read(self, time_ns: int, counts: float) -> BeamState:
        """Note a reading of the cumulative counts and return what it says.

        A reading older than the last is passed over. A count below the last one is a counter that was reset: counting
        begins anew.
        """
        if self._first is not None and time_ns <= self._read_ns:
            return self.state(self._read_ns)
        self._read_ns = time_ns
        if self._first is None or self._moved is None or counts < self._moved[1]:
            self._first = self._moved = (time_ns, counts)
        elif counts > self._moved[1]:
            passed_s = (time_ns - self._moved[0]) / 1e9
            if self.off_since_ns is None:
                # An average that forgets, over about a hundred counts, follows a flux that drifts.
                came = counts - self._moved[1]
                kept = math.exp(-came / _REMEMBERED)
                self._counts = kept * self._counts + came
                self._time_s = kept * self._time_s + passed_s
            self.off_since_ns = None
            self._moved = (time_ns, counts)
        return self.state(time_ns)

    def state(self, now_ns: int) -> BeamState:
        """Return what is known now of the beam, whether or not a reading has come."""
        if self._moved is None or not self._counts:
            return BeamState.UNKNOWN
        if now_ns - self._read_ns > self.stale_s * 1e9:
            return BeamState.STALE
        still_s = (self._read_ns - self._moved[0]) / 1e9
        if still_s > self.needed_s:
            if self.off_since_ns is None:
                self.off_since_ns = self._moved[0]
                self.interruptions += 1
            return BeamState.OFF
        return BeamState.ON

    @property
    def needed_s(self) -> float:
        """How long the counter must stand still for the beam to be off, s; infinite before the rate is known."""
        if not self._counts:
            return math.inf
        return max(self.shortest_s, -math.log(self.probability) * self._time_s / self._counts)
