"""Which part of the beam counted: fluence and time during which every upset was going to be seen."""

from __future__ import annotations

from dataclasses import dataclass

from radtest.core import InstrumentError

__all__ = ["Exposure"]


@dataclass(slots=True)
class Exposure:
    """Live and dead fluence of a run, from readings of the counter.

    The run is cut at the readings taken when the memory was written (`begin`) and after each comparison that is
    believed (`confirm`). What passed between two such readings was live. When a latch-up strikes, the upsets since the
    last believed comparison are lost, so all that passes from there to the next `begin` is dead (`lose`).

    All readings are fluences in cm⁻², all times in ns; both must not decrease.
    """

    live_fluence_cm2: float = 0.0
    live_time_ns: int = 0
    fluence_cm2: float = 0.0
    time_ns: int = 0
    first_time_ns: int | None = None
    _from_fluence_cm2: float = 0.0
    _from_time_ns: int = 0
    live: bool = False

    def observe(self, time_ns: int, fluence_cm2: float) -> None:
        """Note a reading.

        Raises
        ------
        InstrumentError
            If it lies before the last one.
        """
        if time_ns < self.time_ns or fluence_cm2 < self.fluence_cm2:
            raise InstrumentError(
                f"the dosimetry ran backwards: {fluence_cm2:g} cm⁻² after {self.fluence_cm2:g} cm⁻²",
                remedy="find out what reset the counter; the fluence of this run cannot be trusted.",
            )
        if self.first_time_ns is None:
            self.first_time_ns = time_ns
        self.time_ns, self.fluence_cm2 = time_ns, fluence_cm2

    def begin(self, time_ns: int, fluence_cm2: float) -> None:
        """The memory holds its pattern from this reading on."""
        self.observe(time_ns, fluence_cm2)
        self._from_time_ns, self._from_fluence_cm2 = time_ns, fluence_cm2
        self.live = True

    def confirm(self, time_ns: int, fluence_cm2: float) -> None:
        """A comparison was completed at this reading and is believed.

        Raises
        ------
        ValueError
            If no pattern was written before.
        InstrumentError
            If the reading lies before the interval it ends.
        """
        if not self.live:
            raise ValueError("a comparison cannot count before the memory was written")
        if time_ns < self._from_time_ns or fluence_cm2 < self._from_fluence_cm2:
            raise InstrumentError("the dosimetry ran backwards between two scans")
        if time_ns >= self.time_ns and fluence_cm2 >= self.fluence_cm2:
            self.observe(time_ns, fluence_cm2)
        self.live_fluence_cm2 += fluence_cm2 - self._from_fluence_cm2
        self.live_time_ns += time_ns - self._from_time_ns
        self._from_time_ns, self._from_fluence_cm2 = time_ns, fluence_cm2

    def lose(self) -> None:
        """Upsets since the last believed comparison are lost."""
        self.live = False

    @property
    def pending_fluence_cm2(self) -> float:
        """Fluence since the last believed comparison that will count if the next one is believed, cm⁻²."""
        return max(0.0, self.fluence_cm2 - self._from_fluence_cm2) if self.live else 0.0

    @property
    def dead_time_ns(self) -> int:
        """Time between the first and the last reading that did not count, ns."""
        if self.first_time_ns is None:
            return 0
        return self.time_ns - self.first_time_ns - self.live_time_ns
