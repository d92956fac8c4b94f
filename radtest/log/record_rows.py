"""From rows of a record, as numpy structured arrays, to values of the vocabulary."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from radtest.core import (
    Effect,
    Event,
    FaultModel,
    InjectionResult,
    Outcome,
    RecordError,
    Strike,
    Target,
    TargetKind,
    Upset,
)
from radtest.log.schema import Known

__all__ = ["decoded", "event_from_row", "result_from_row", "target_from_row"]


def decoded(rows: NDArray[np.void]) -> NDArray[np.void]:
    """Return a table with its text columns as numpy strings."""
    kind = rows.dtype
    columns: dict[str, NDArray[Any]] = {}
    for name in kind.names or ():
        column = rows[name]
        # Pure ASCII, nearly always, converts at once.
        if kind[name].kind != "S":
            columns[name] = column
        elif column.tobytes().isascii():
            columns[name] = column.astype(f"U{kind[name].itemsize}")
        else:
            columns[name] = np.char.decode(column, "utf-8")
    result = np.empty(rows.shape, dtype=[(name, column.dtype) for name, column in columns.items()])
    for name, column in columns.items():
        result[name] = column
    return result


def event_from_row(row: np.void) -> Event:
    """Return a row of the table of events as a value."""
    known = int(row["known"])
    fluence = float(row["fluence_cm2"])
    try:
        kind, outcome = Effect(str(row["kind"])), Outcome(str(row["outcome"])) if row["outcome"] else None
    except ValueError as error:
        raise RecordError(f"event {int(row['sequence'])}: {error}", remedy="`radtest log verify` lists it.") from None
    return Event(
        time_ns=int(row["time_ns"]),
        kind=kind,
        outcome=outcome,
        address=int(row["address"]) if known & Known.ADDRESS else None,
        bit=int(row["bit"]) if known & Known.BIT else None,
        expected=int(row["expected"]) if known & Known.EXPECTED else None,
        observed=int(row["observed"]) if known & Known.OBSERVED else None,
        fluence_cm2=None if np.isnan(fluence) else fluence,
        channel=str(row["channel"]),
        detail=str(row["detail"]),
    )


def result_from_row(row: np.void, others: NDArray[np.void]) -> InjectionResult:
    """Return a row of the table of outcomes, with the rows of its further strikes, as a value."""
    return InjectionResult(
        upset=Upset(
            index=int(row["upset"]),
            target=int(row["target"]),
            word=int(row["word"]),
            bit=int(row["bit"]),
            cycle=int(row["cycle"]),
            model=FaultModel(str(row["model"])),
            offset_ps=int(row["offset_ps"]),
            others=tuple(
                Strike(int(other["target"]), int(other["word"]), int(other["bit"]), int(other["cycle"]))
                for other in others
            ),
        ),
        outcome=Outcome(str(row["outcome"])),
        time_ps=int(row["time_ps"]),
        before=int(row["before"]),
        after=int(row["after"]),
        latency_cycles=int(row["latency_cycles"]),
        observer=str(row["observer"]),
        detail=str(row["detail"]),
        others_read=tuple((int(other["before"]), int(other["after"])) for other in others),
    )


def target_from_row(row: np.void) -> Target:
    """Return a row of the table of targets as a value."""
    return Target(
        name=str(row["name"]),
        module=str(row["module"]),
        kind=TargetKind(str(row["kind"])),
        width=int(row["width"]),
        words=int(row["words"]),
        lsb=int(row["lsb"]),
        first_word=int(row["first_word"]),
        src=str(row["src"]),
    )
