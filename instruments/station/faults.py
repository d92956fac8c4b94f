"""What goes wrong with the instruments of the station themselves, when its file asks for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from radtest.instruments.station.configuration import FaultKind, FaultModel
from radtest.instruments.station.world import World

__all__ = ["Faults"]

_OF_REPLIES = frozenset({FaultKind.DROP, FaultKind.GARBAGE, FaultKind.TRUNCATE, FaultKind.SLOW, FaultKind.SILENCE})
_ONCE = _OF_REPLIES - {FaultKind.SILENCE}


@dataclass(slots=True)
class _Fault:
    model: FaultModel
    began_s: float | None = None


class Faults:
    """The faults of one instrument.

    Parameters
    ----------
    world : World
        Whose time counts.
    models : sequence of FaultModel
        The faults of all instruments.
    instrument : str
        The instrument.
    """

    def __init__(self, world: World, models: Sequence[FaultModel], instrument: str) -> None:
        self._world = world
        self._left = [_Fault(model) for model in models if model.instrument == instrument]

    def of_reply(self) -> FaultModel | None:
        """Return what befalls the reply that is due now; what befalls one reply only is then over."""
        for fault in self._left:
            if fault.model.kind in _OF_REPLIES and self._is_on(fault):
                if fault.model.kind in _ONCE:
                    self._left.remove(fault)
                return fault.model
        return None

    @property
    def unplugged(self) -> bool:
        """Whether the instrument cannot be reached at this moment."""
        return self._any(FaultKind.UNPLUG)

    @property
    def protection_fails(self) -> bool:
        """Whether the protection of a supply says that it is armed, and will not trip."""
        return self._any(FaultKind.NO_TRIP)

    def _any(self, kind: FaultKind) -> bool:
        return any(fault.model.kind is kind and self._is_on(fault) for fault in self._left)

    def _is_on(self, fault: _Fault) -> bool:
        model, now_s = fault.model, self._world.now_s
        if fault.began_s is None:
            begun = self._beam_time_s >= (model.after_beam_s or 0.0) if model.at_s is None else now_s >= model.at_s
            if not begun:
                return False
            fault.began_s = now_s
        lasts_s = math.inf if model.lasts_s is None else model.lasts_s
        return model.kind in _ONCE or now_s < fault.began_s + lasts_s

    @property
    def _beam_time_s(self) -> float:
        return self._world.beam.beam_time_s
