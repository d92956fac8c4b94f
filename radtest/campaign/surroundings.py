"""The further instruments during one run: telemetry, temperature and degrader."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from radtest.campaign.configuration import IonModel
from radtest.campaign.further import Further, Reading, lost, set_up
from radtest.campaign.further_configuration import OscilloscopeModel, StageModel, ThermalModel
from radtest.campaign.transients import TransientWatch
from radtest.core import InstrumentError
from radtest.log import Journal

__all__ = ["Surroundings"]

_BLOCK = 16


class _Asked:
    """One instrument that is asked now and then."""

    def __init__(self, further: Further) -> None:
        self.further = further
        self.period_ns = round(further.model.period_s * 1e9)
        self.due_ns = 0
        self.pending: Future[list[Reading]] | None = None
        self.given_up = False
        self.times: dict[str, list[int]] = {}
        self.values: dict[str, list[float]] = {}
        self.units: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class _Goal:
    """What a run wants of a channel: a value, to within a tolerance, for a while, within a time."""

    channel: str
    unit: str
    wanted: float
    tolerance: float
    soak_s: float
    timeout_s: float


class Surroundings:
    """Telemetry of the further instruments, and what a run asks of temperature and degrader.

    An instrument that falls silent does not end a run: it is said, noted in the quality of the record, and tried again
    in the next run. One that must bring a temperature or a position about does end it.

    Parameters
    ----------
    instruments : sequence of Further
        The instruments.
    ion : IonModel
        The run.
    journal : Journal
        Where the samples go, as ``<instrument>.<channel>``.
    noted : callable
        Receives what is worth knowing in words.
    run_time_ns : callable
        Returns the time since the start of the run, ns.
    """

    def __init__(
        self,
        instruments: Sequence[Further],
        ion: IonModel,
        journal: Journal,
        noted: Callable[[str], None],
        run_time_ns: Callable[[], int],
    ) -> None:
        self._watches = [
            TransientWatch(further, further.model, journal, run_time_ns)
            for further in instruments
            if isinstance(further.model, OscilloscopeModel)
        ]
        self._asked = [_Asked(further) for further in instruments if further.ask is not None]
        self._instruments = instruments
        self._ion = ion
        self._journal = journal
        self._noted = noted
        self._within_since_ns: dict[str, int] = {}

    def begin(self) -> None:
        """Set temperature and degrader of the run; whoever was lost is given a chance to come back.

        Raises
        ------
        InstrumentError
            If one refuses.
        """
        for asked in self._asked:
            self._bring_back(asked)
        for further in self._instruments:
            further.latest.clear()
            if further.thermal is not None and self._ion.temperature_c is not None:
                further.thermal.force(self._ion.temperature_c)
            if further.stage is not None and self._ion.degrader_mm is not None:
                model = further.model
                further.stage.axis(model.axis if isinstance(model, StageModel) else 1).target_mm = self._ion.degrader_mm

    def _bring_back(self, asked: _Asked) -> None:
        if not asked.further.driver.lost:
            return
        try:
            asked.further.driver.reconnect()
            set_up(asked.further)
        except InstrumentError as error:
            if self._goal(asked.further) is not None:
                raise
            self._give_up(asked, error.message)

    def _give_up(self, asked: _Asked, said: str) -> None:
        asked.given_up = True
        self._noted(f"{said}; the run goes on without it")
        self._journal.quality(f"{asked.further.name}_lost", 1.0, "1", said[:500])

    def sample(self, time_ns: int) -> None:
        """Take what has been answered and ask whoever is due; `time_ns` is counted from the start of the run."""
        for asked in self._asked:
            if asked.given_up:
                continue
            if asked.pending is not None:
                if not asked.pending.done():
                    continue
                self._take(asked, asked.pending, time_ns)
                asked.pending = None
            if time_ns >= asked.due_ns and asked.further.ask is not None and not asked.given_up:
                asked.pending = asked.further.ask()
                asked.due_ns = max(asked.due_ns + asked.period_ns, time_ns)

    def unsettled(self, time_ns: int, waited_s: float) -> str | None:
        """Return what has not settled yet, in words, or None.

        Raises
        ------
        InstrumentError
            If it has taken longer than its `settle_timeout_s`, or its instrument was lost.
        """
        for asked in self._asked:
            goal = self._goal(asked.further)
            words = None if goal is None else self._short_of(asked, goal, time_ns, waited_s)
            if words is not None:
                return words
        return None

    def _short_of(self, asked: _Asked, goal: _Goal, time_ns: int, waited_s: float) -> str | None:
        further = asked.further
        got = further.latest.get(goal.channel, math.nan)
        words = f"{further.driver.place}: {got:g} {goal.unit}, {goal.wanted:g} ± {goal.tolerance:g} {goal.unit} wanted"
        if asked.given_up:
            raise InstrumentError(f"{words}, and it fell silent", remedy="check it, then resume the campaign.")
        # Not a number is never within.
        if abs(got - goal.wanted) <= goal.tolerance:
            since_ns = self._within_since_ns.setdefault(further.name, time_ns)
            if (time_ns - since_ns) / 1e9 >= goal.soak_s:
                return None
        else:
            self._within_since_ns.pop(further.name, None)
        if waited_s > goal.timeout_s:
            raise InstrumentError(
                f"{words} after {waited_s:.0f} s",
                remedy=f"check it, or raise instruments.{further.name}.settle_timeout_s.",
            )
        return words

    def beam_on(self) -> None:
        """Let the oscilloscopes wait for transients."""
        for watch in self._watches:
            watch.start()

    def beam_off(self) -> None:
        """Let the oscilloscopes wait no longer; does not wait for them."""
        for watch in self._watches:
            watch.stop()

    def close(self) -> None:
        """Write what was collected."""
        for watch in self._watches:
            watch.close()
        for asked in self._asked:
            self._flush(asked)

    def _goal(self, further: Further) -> _Goal | None:
        model, ion = further.model, self._ion
        if isinstance(model, ThermalModel) and ion.temperature_c is not None:
            return _Goal(
                "temperature", "°C", ion.temperature_c, model.tolerance_k, model.soak_s, model.settle_timeout_s
            )
        if isinstance(model, StageModel) and ion.degrader_mm is not None:
            return _Goal("position", "mm", ion.degrader_mm, model.tolerance_mm, 0.0, model.settle_timeout_s)
        return None

    def _take(self, asked: _Asked, answered: Future[list[Reading]], time_ns: int) -> None:
        error = answered.exception()
        if lost(error):
            if asked.further.driver.lost:
                self._give_up(asked, error.message if isinstance(error, InstrumentError) else str(error))
            else:
                for channel, unit in asked.units.items():  # it answers, but has nothing to say: an overload
                    self._add(asked, (channel, unit, math.nan), time_ns)
            return
        for reading in answered.result():
            asked.further.latest[reading[0]] = reading[2]
            self._add(asked, reading, time_ns)

    def _add(self, asked: _Asked, reading: Reading, time_ns: int) -> None:
        channel, unit, value = reading
        asked.units[channel] = unit
        asked.times.setdefault(channel, []).append(time_ns)
        asked.values.setdefault(channel, []).append(value)
        if len(asked.times[channel]) >= _BLOCK:
            self._flush(asked)

    def _flush(self, asked: _Asked) -> None:
        for channel, unit in asked.units.items():
            times, values = asked.times.pop(channel, []), asked.values.pop(channel, [])
            self._journal.telemetry(f"{asked.further.name}.{channel}", unit, times, values)
