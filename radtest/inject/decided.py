"""Which upsets of a list are decided, and how."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radtest.core.outcome import Outcome
from radtest.inject.outcome_columns import OUTCOME_ORDER
from radtest.inject.upset_list import UpsetList

__all__ = ["Decided"]

_OPEN = -1
_PLACES = {outcome: place for place, outcome in enumerate(OUTCOME_ORDER)}


class Decided:
    """The outcomes of a list so far, by the place of the upset in the list; one byte for each.

    Parameters
    ----------
    length : int
        Number of upsets in the list of the whole campaign.
    """

    def __init__(self, length: int) -> None:
        self._outcomes = np.full(length, _OPEN, dtype=np.int8)
        self.count = 0

    def note(self, upset: int, outcome: Outcome) -> None:
        """Take the outcome of an upset down."""
        self.count += int(self._outcomes[upset] == _OPEN)
        self._outcomes[upset] = _PLACES[outcome]

    def left(self, upsets: UpsetList) -> UpsetList:
        """Return those of some upsets that are not decided yet."""
        left = self._outcomes[upsets.indices] == _OPEN
        return upsets if left.all() else upsets.part(np.flatnonzero(left))

    def counts(self, first: int | None = None) -> NDArray[np.int64]:
        """Return how many of the first upsets (of all by default) had each outcome, in the order of `OUTCOME_ORDER`."""
        known = self._outcomes[:first]
        return np.bincount(known[known != _OPEN], minlength=len(OUTCOME_ORDER))
