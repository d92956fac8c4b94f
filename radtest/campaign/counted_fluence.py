"""Fluence from the readings of a counter that loses pulses while it is busy."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from radtest.campaign.dosimetry import DeadTimeModel
from radtest.campaign.dosimetry_configuration import DosimetryModel

__all__ = ["CountedFluence"]

_SHORTEST_S = 0.2
_REMEMBERED = 4096


class CountedFluence:
    """The fluence at the device that belongs to each reading of the counter.

    Without a dead time it is proportional to the counts. With one, the counts that came between two readings are
    corrected at the rate between them; where these lie within 0.2 s, which say too little of the rate, as those before.

    Parameters
    ----------
    model : DosimetryModel
        Calibration, dead time and distances.
    """

    def __init__(self, model: DosimetryModel) -> None:
        self._model = model
        self._dead_time = None if model.dead_time is None else model.dead_time.dead_time
        self._duty = 1.0 if model.dead_time is None else model.dead_time.duty
        self._true: deque[tuple[float, float]] = deque(maxlen=_REMEMBERED)
        self._time_ns = 0
        self._factor = 1.0

    def at(self, time_ns: int, counts: float) -> float:
        """Return the fluence of a reading, cm⁻².

        Parameters
        ----------
        time_ns : int
            When it was taken, on the campaign's clock.
        counts : float
            Counts since the start of the run.

        Raises
        ------
        InstrumentError
            If the counter is saturated.
        """
        if self._dead_time is None:
            return self._model.fluence_cm2(counts)
        if not self._true:
            self._true.append((counts, counts))
            self._time_ns = time_ns
        before, true_before = self._true[-1]
        if counts > before:
            passed_s = (time_ns - self._time_ns) / 1e9
            if passed_s >= _SHORTEST_S:
                measured_hz = (counts - before) / passed_s / self._duty
                self._factor = self._dead_time.true_rate_hz(measured_hz) / measured_hz
            self._true.append((counts, true_before + (counts - before) * self._factor))
        if counts >= before:
            self._time_ns = max(self._time_ns, time_ns)
        return self.of(counts)

    def of(self, counts: float) -> float:
        """Return the fluence of a reading whose time is not known, cm⁻²."""
        if self._dead_time is None or not self._true:
            return self._model.fluence_cm2(counts)
        last, true_last = self._true[-1]
        if counts >= last:
            return self._model.fluence_cm2(true_last + (counts - last) * self._factor)
        known, true = np.array(self._true).T
        return self._model.fluence_cm2(float(np.interp(counts, known, true)))

    @property
    def correction(self) -> float:
        """How many pulses there were for each that was counted, over the whole run."""
        if not self._true or not self._true[-1][0]:
            return 1.0
        return self._true[-1][1] / self._true[-1][0]

    @property
    def counting_spread(self) -> float:
        """How much wider the deviation of the pulses is than the root of their number.

        Notes
        -----
        The deviation √m of what was counted, carried over with dn/dm: (1 + nτ)² or exp(nτ)/(1 − nτ).
        """
        if self._dead_time is None:
            return 1.0
        if self._dead_time.model is DeadTimeModel.NON_PARALYSABLE:
            return float(self.correction**1.5)
        return math.sqrt(self.correction) / (1.0 - math.log(self.correction))

    @property
    def relative_sigma(self) -> float:
        """Relative standard deviation of the fluence by what is uncertain about the dead time.

        Notes
        -----
        At the mean rate n of the run, with deviation σ of the dead time τ and the counts held: nσ for a counter that is
        not paralysable, nσ/(1 − nτ) for one that is.
        """
        dead = self._dead_time
        if dead is None or not dead.tau_s:
            return 0.0
        if dead.model is DeadTimeModel.NON_PARALYSABLE:
            return (self.correction - 1.0) / dead.tau_s * dead.sigma_s
        load = math.log(self.correction)
        return load / dead.tau_s * dead.sigma_s / (1.0 - load)
