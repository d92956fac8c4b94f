"""The upsets of a campaign, as arrays: millions of them take as many times 36 bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from radtest.core.injection import Strike, Upset
from radtest.core.outcome import FaultModel
from radtest.inject.list_file import STRIKE_FIELDS

__all__ = ["STRIKE", "UpsetList"]

STRIKE = np.dtype(list(STRIKE_FIELDS))
"""A row of `UpsetList.strikes`."""

_ROWS_AT_ONCE = 1 << 16


class UpsetList(Sequence[Upset]):
    """Planned upsets, in the order in which they were drawn.

    Parameters
    ----------
    strikes : array of STRIKE
        ``upset`` counts from `first` on and never decreases; rows of the same upset follow each other in order of
        time, and the first of them is the upset's own.
    model : FaultModel
        How the faults behave.
    """

    def __init__(self, strikes: NDArray[np.void], model: FaultModel = FaultModel.SEU) -> None:
        self.strikes = strikes
        self.model = model
        self._starts = np.flatnonzero(np.diff(strikes["upset"], prepend=-1))
        self._indices = strikes["upset"][self._starts]

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, place: int) -> Upset: ...

    @overload
    def __getitem__(self, place: slice) -> UpsetList: ...

    def __getitem__(self, place: int | slice) -> Upset | UpsetList:
        places = range(len(self))[place]
        if isinstance(places, range):
            if places.step != 1:
                raise ValueError(f"a part of a list of upsets has step 1, not {places.step}")
            return UpsetList(self.strikes[self._edge(places.start) : self._edge(places.stop)], self.model)
        rows = self.strikes[self._edge(places) : self._edge(places + 1)].tolist()
        index, target, word, bit, cycle, offset_ps = rows[0]
        others = tuple(Strike(*row[1:5]) for row in rows[1:])
        return Upset(index, target, word, bit, cycle, self.model, offset_ps, others)

    def __iter__(self) -> Iterator[Upset]:
        return (self[place] for place in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, UpsetList):
            return NotImplemented
        return self.model is other.model and np.array_equal(self.strikes, other.strikes)

    __hash__ = None  # type: ignore[assignment]

    @property
    def indices(self) -> NDArray[np.int64]:
        """Index of each upset in the list of the whole campaign."""
        return self._indices

    def of_index(self, index: int) -> Upset:
        """Return the upset with an index in the list of the whole campaign."""
        return self[int(np.searchsorted(self._indices, index))]

    def sha256(self) -> str:
        """Return a SHA-256 over all strikes and the model: two lists with the same one are the same."""
        digest = hashlib.sha256(self.model.value.encode())
        for start in range(0, len(self.strikes), _ROWS_AT_ONCE):
            digest.update(self.strikes[start : start + _ROWS_AT_ONCE].tobytes())
        return digest.hexdigest()

    def part(self, places: NDArray[np.int64]) -> UpsetList:
        """Return the upsets at some places of this list, in the order of this list; they keep their indices."""
        chosen = np.zeros(len(self), dtype=bool)
        chosen[places] = True
        return UpsetList(self.strikes[np.repeat(chosen, self._lengths())], self.model)

    def write(self, path: Path) -> None:
        """Write the list for a simulation: upsets in order of the time of their first strike."""
        offsets, cycles = (self.strikes[name][self._starts] for name in ("offset_ps", "cycle"))
        rows = np.lexsort((self._indices, offsets, cycles))
        if len(self) < len(self.strikes):
            rank = np.empty(len(rows), dtype=np.int64)
            rank[rows] = np.arange(len(rows))
            rows = np.argsort(np.repeat(rank, self._lengths()), kind="stable")
        with path.open("wb") as file:
            for start in range(0, len(rows), _ROWS_AT_ONCE):
                self.strikes[rows[start : start + _ROWS_AT_ONCE]].tofile(file)

    def _edge(self, place: int) -> int:
        """Return the row at which an upset begins, or the end of all rows."""
        return int(self._starts[place]) if place < len(self) else len(self.strikes)

    def _lengths(self) -> NDArray[np.int64]:
        return np.diff(self._starts, append=len(self.strikes))
