"""Whether the beam brings the flux that was asked for."""

from __future__ import annotations

from collections import deque

from radtest.campaign.dosimetry_configuration import FluxModel

__all__ = ["FluxWatch"]


class FluxWatch:
    """Watches the flux of one run, averaged, by the readings of the counter.

    An accelerator that fails shows as a counter that stands still although the beam line says that the beam is on.

    Parameters
    ----------
    model : FluxModel
        Which flux is in range.
    requested_cm2_s : float
        Flux requested, cm⁻² s⁻¹.

    Attributes
    ----------
    out_of_range_ns : int
        How long the flux has been out of range, in all, ns.
    """

    def __init__(self, model: FluxModel, requested_cm2_s: float) -> None:
        self._model = model
        self._requested = requested_cm2_s
        self._readings: deque[tuple[int, float]] = deque()
        self._out_since_ns: int | None = None
        self.out_of_range_ns = 0

    def beam_switched(self) -> None:
        """The beam was switched on or off: what was read before says nothing of what follows."""
        self._readings.clear()
        self._out_since_ns = None

    def observe(self, time_ns: int, fluence_cm2: float) -> bool:
        """Note a reading with the beam on; return whether the flux has been out of range for longer than tolerated.

        Parameters
        ----------
        time_ns : int
            Time of the reading, ns.
        fluence_cm2 : float
            Fluence since the start of the run, cm⁻².
        """
        previous_ns = self._readings[-1][0] if self._readings else time_ns
        self._readings.append((time_ns, fluence_cm2))
        window_ns = round(self._model.average_s * 1e9)
        while len(self._readings) > 2 and self._readings[1][0] <= time_ns - window_ns:
            self._readings.popleft()
        first_ns, first_cm2 = self._readings[0]
        if time_ns - first_ns < window_ns:
            return False
        flux = (fluence_cm2 - first_cm2) / ((time_ns - first_ns) / 1e9)
        if self._model.lowest * self._requested <= flux <= self._model.highest * self._requested:
            self._out_since_ns = None
            return False
        if self._out_since_ns is None:
            self._out_since_ns = time_ns
        else:
            self.out_of_range_ns += time_ns - previous_ns
        return time_ns - self._out_since_ns >= self._model.patience_s * 1e9

    @property
    def out_of_range(self) -> bool:
        """Whether the flux is out of range now."""
        return self._out_since_ns is not None
