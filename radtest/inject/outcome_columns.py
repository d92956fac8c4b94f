"""The table of outcomes as a stream of narrow columns, for whatever counts millions of upsets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radtest.core.errors import RecordError
from radtest.core.outcome import Outcome
from radtest.log import OUTCOMES, Record

__all__ = ["OUTCOME_ORDER", "outcome_columns"]

OUTCOME_ORDER = tuple(Outcome)
"""The outcomes in the order in which they are numbered."""


def outcome_columns(
    record: Record, columns: Sequence[str], *, rows: int = 1 << 16
) -> Iterator[dict[str, NDArray[Any]]]:
    """Yield columns of the table of outcomes, block by block.

    Parameters
    ----------
    record : Record
        A sealed injection campaign.
    columns : sequence of str
        Names of the columns wanted. ``outcome`` comes always, as a place in `OUTCOME_ORDER`.
    rows : int
        Rows per block; fewer where texts are read, which are wide.

    Raises
    ------
    RecordError
        If the table is damaged, holds an outcome that this radtest does not know, or points beyond the targets.
    """
    targets = len(record.targets)
    wanted = tuple(dict.fromkeys(("outcome", *columns)))
    for table in record.blocks(OUTCOMES, rows, columns=wanted):
        block: dict[str, NDArray[Any]] = {name: table[name] for name in wanted}
        block["outcome"] = _places(record, table["outcome"])
        if "target" in block and ((block["target"] < 0) | (block["target"] >= targets)).any():
            raise RecordError(
                f"{record.path}: /entry/outcomes.target points beyond the {targets} targets",
                remedy=f"`radtest log verify {record.path}` lists what is wrong.",
            )
        yield block


def _places(record: Record, words: NDArray[np.str_]) -> NDArray[np.int64]:
    places = np.full(len(words), -1, dtype=np.int64)
    for place, outcome in enumerate(OUTCOME_ORDER):
        places[words == outcome.value] = place
    if (places < 0).any():
        raise RecordError(
            f"{record.path}: /entry/outcomes.outcome = {str(words[places < 0][0])!r}: not one of "
            f"{', '.join(OUTCOME_ORDER)}",
            remedy="read it with the radtest that wrote it, or a newer one.",
        )
    return places
