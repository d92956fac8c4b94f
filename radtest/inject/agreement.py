"""Whether two campaigns with the same list of upsets came to the same outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radtest.core.errors import RecordError
from radtest.core.injection import InjectionResult
from radtest.core.outcome import FaultModel
from radtest.core.run import StopReason
from radtest.inject.outcome_columns import outcome_columns
from radtest.inject.sampling_design import read_sampling_design
from radtest.log import STRIKES, Record

__all__ = ["Agreement", "compare_outcomes"]

_PLACE = {"upset": "<i8", "target": "<i4", "word": "<i8", "bit": "<i4", "cycle": "<i8"}
_UPSET = _PLACE | {"offset_ps": "<i8", "model": "i1", "outcome": "i1"}
_PLANNED = tuple(name for name in _UPSET if name != "outcome")
_STRIKE = np.dtype(list(_PLACE.items()))
_MODELS = tuple(FaultModel)
Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """The comparison of two campaigns, upset by upset.

    Parameters
    ----------
    compared : int
        Number of upsets compared.
    disagreements : tuple of (InjectionResult, InjectionResult)
        Those with different outcomes.
    alone : (int, int)
        Upsets that only one of the two campaigns made, because it went on to a later look than the other.
    """

    compared: int
    disagreements: tuple[tuple[InjectionResult, InjectionResult], ...]
    alone: tuple[int, int] = (0, 0)


def compare_outcomes(one: Record, other: Record) -> Agreement:
    """Compare two campaigns that injected the same list of upsets.

    Two campaigns with the same declared looks may have stopped at different ones, if their outcomes differ; they are
    compared up to the earlier, of which the list of the later is the continuation.

    Parameters
    ----------
    one, other : Record
        Sealed injection campaigns. They are read as streams into narrow arrays.

    Raises
    ------
    RecordError
        If the targets or the lists differ, so that the comparison would mean nothing.
    """
    if one.target_list() != other.target_list():
        raise RecordError(
            f"{one.path} and {other.path}: the targets differ, so their upsets cannot be compared one for one",
            remedy="run both campaigns on the same sources.",
        )
    first, second = _upsets(one), _upsets(other)
    common = np.intersect1d(first["upset"], second["upset"], assume_unique=True)
    alone = (len(first["upset"]) - len(common), len(second["upset"]) - len(common))
    if any(alone):
        if not _stopped_at_looks(one, other):
            raise _lists_differ(one, other, sum(alone))
        first, second = (_only(columns, common) for columns in (first, second))
    same = ~np.isin(common, _differing_strikes(one, other, common))
    for name in _PLANNED:
        same &= first[name] == second[name]
    if not same.all():
        raise _lists_differ(one, other, 2 * int((~same).sum()))
    differing = common[first["outcome"] != second["outcome"]]
    return Agreement(len(common), _pairs(one, other, differing), alone)


def _upsets(record: Record) -> Columns:
    """Return the upsets of a record, ordered by their place in the list."""
    length = record.counts()["outcomes"]
    columns: Columns = {name: np.empty(length, dtype=kind) for name, kind in _UPSET.items()}
    start = 0
    for block in outcome_columns(record, _PLANNED):
        block["model"] = _model_places(block["model"])
        stop = start + len(block["outcome"])
        for name, column in columns.items():
            column[start:stop] = block[name]
        start = stop
    order = np.argsort(columns["upset"], kind="stable")
    return {name: column[order] for name, column in columns.items()}


def _only(columns: Columns, upsets: NDArray[np.int64]) -> Columns:
    wanted = np.isin(columns["upset"], upsets)
    return {name: column[wanted] for name, column in columns.items()}


def _model_places(words: NDArray[np.str_]) -> NDArray[np.int8]:
    places = np.full(len(words), -1, dtype=np.int8)
    for place, model in enumerate(_MODELS):
        places[words == model.value] = place
    return places


def _differing_strikes(one: Record, other: Record, common: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return those of some upsets whose further strikes are not the same in both records."""
    first, second = (_strikes(record, common) for record in (one, other))
    if np.array_equal(first, second):
        return np.empty(0, dtype=np.int64)
    numbers = [np.unique(strikes["upset"], return_counts=True) for strikes in (first, second)]
    counts = [dict(zip(*(part.tolist() for part in pair), strict=True)) for pair in numbers]
    differing = {upset for upset in counts[0] | counts[1] if counts[0].get(upset) != counts[1].get(upset)}
    left = [strikes[~np.isin(strikes["upset"], list(differing))] for strikes in (first, second)]
    differing |= set(left[0]["upset"][left[0] != left[1]].tolist())
    return np.array(sorted(differing), dtype=np.int64)


def _strikes(record: Record, upsets: NDArray[np.int64]) -> NDArray[np.void]:
    blocks = [np.empty(0, dtype=_STRIKE)]
    for block in record.blocks(STRIKES, columns=_STRIKE.names):
        mine = block[np.isin(block["upset"], upsets)]
        blocks.append(np.rec.fromarrays([mine[name] for name in _STRIKE.names or ()], dtype=_STRIKE))
    strikes = np.concatenate(blocks)
    return np.asarray(strikes[np.argsort(strikes["upset"], kind="stable")])


def _stopped_at_looks(one: Record, other: Record) -> bool:
    designs = [read_sampling_design(record) for record in (one, other)]
    completed = all(record.end.stop_reason is StopReason.COMPLETED for record in (one, other))
    return completed and designs[0] == designs[1] and designs[0] is not None and bool(designs[0].looks)


def _lists_differ(one: Record, other: Record, only: int) -> RecordError:
    return RecordError(
        f"{one.path} and {other.path}: {only} upsets are in only one of them",
        remedy="run both campaigns to the end ('--resume' goes on with one that was stopped), with the same seed and "
        "number of upsets.",
    )


def _pairs(
    one: Record, other: Record, upsets: NDArray[np.int64]
) -> tuple[tuple[InjectionResult, InjectionResult], ...]:
    if not len(upsets):
        return ()
    first, second = (
        {result.upset.index: result for result in record.injection_results(upsets)} for record in (one, other)
    )
    return tuple((first[index], second[index]) for index in upsets.tolist())
