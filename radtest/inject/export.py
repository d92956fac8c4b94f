"""The results of a campaign as CSV: a row for each upset, or a row for each part of the design."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from radtest.core.errors import RecordError
from radtest.core.estimate import Estimate
from radtest.core.injection import Target, TargetKind
from radtest.core.outcome import Outcome
from radtest.inject.iso26262 import FaultClass, fault_class
from radtest.inject.outcome_columns import OUTCOME_ORDER, outcome_columns
from radtest.inject.summary import InjectionSummary, OutcomeRow
from radtest.log import Record

__all__ = ["bit_name", "export_outcomes", "export_summary"]

_UPSET_COLUMNS = (
    *("upset", "target", "module", "kind", "src", "word", "bit", "cycle", "time_ps", "model", "before", "after"),
    *("outcome", "iso26262", "latency_cycles", "observer", "detail", "also_hit"),
)
_READ = ("upset", "target", "word", "bit", "cycle", "time_ps", "model", "before", "after", "latency_cycles")
_TEXTS = ("observer", "detail")
_ROWS = 8192
_OUTCOME = np.array([outcome.value for outcome in OUTCOME_ORDER], dtype=object)
_FAULT_CLASS = np.array([str(fault_class(outcome) or "") for outcome in OUTCOME_ORDER], dtype=object)


def bit_name(target: Target, word: int, bit: int) -> str:
    """Return the name of a stored bit as the RTL declares it: ``cpu.reg_pc[17]``, ``ram[101][3]``, ``cpu.trap``.

    Parameters
    ----------
    target : Target
        The register or memory.
    word, bit : int
        Word and bit, counted from 0 as in an upset.
    """
    place = f"[{target.lsb + bit}]" if target.width > 1 or target.lsb else ""
    return f"{target.name}[{target.first_word + word}]{place}" if _has_words(target) else f"{target.name}{place}"


def export_outcomes(record: Record, file: TextIO) -> int:
    """Write one row for each upset, in the order in which they were decided.

    Parameters
    ----------
    record : Record
        A sealed injection campaign; it is read as a stream.
    file : file
        Where to; opened with ``newline=""``.

    Returns
    -------
    int
        Number of rows.

    Raises
    ------
    RecordError
        If the record holds no upsets, or is damaged.

    Notes
    -----
    ``word`` and ``bit`` are as declared in the RTL; ``word`` is empty for what is no memory. ``before`` and ``after``
    are empty where the bit could not be read, ``latency_cycles`` where nothing was seen, ``iso26262`` for an invalid
    upset. ``also_hit`` names the further bits of an upset of several, each with its cycle:
    ``cpu.state[1]@17 cpu.state[2]@17``.
    """
    places = _Places(record.target_list())
    strikes = record.strikes[np.argsort(record.strikes["upset"], kind="stable")]
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_UPSET_COLUMNS)
    count = 0
    for block in outcome_columns(record, (*_READ, *_TEXTS), rows=_ROWS):
        writer.writerows(_upset_rows(block, places, strikes))
        count += len(block["upset"])
    if not count:
        raise RecordError(
            f"{record.path}: holds no upsets", remedy="give the record of an injection campaign ('radtest inject')."
        )
    return count


class _Places:
    """What each row of the table of targets adds to the rows of the upsets that hit it."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self.targets = targets
        texts = [(target.name, target.module, target.kind.value, target.src) for target in targets]
        self._texts = np.array(texts, dtype=object).reshape(-1, 4)
        self._has_words = np.array([_has_words(target) for target in targets], dtype=bool)
        self._first_word = np.array([target.first_word for target in targets], dtype=np.int64)
        self._lsb = np.array([target.lsb for target in targets], dtype=np.int64)

    def columns(self, block: dict[str, NDArray[Any]]) -> list[list[Any]]:
        """Return the columns from ``target`` to ``bit``."""
        index = block["target"]
        words = _blank(self._first_word[index] + block["word"], ~self._has_words[index])
        return [*self._texts[index].T.tolist(), words, (self._lsb[index] + block["bit"]).tolist()]


def _upset_rows(
    block: dict[str, NDArray[Any]], places: _Places, strikes: NDArray[np.void]
) -> Iterator[tuple[Any, ...]]:
    first, last = (np.searchsorted(strikes["upset"], block["upset"], side).tolist() for side in ("left", "right"))
    return zip(
        block["upset"].tolist(),
        *places.columns(block),
        *(block[name].tolist() for name in ("cycle", "time_ps", "model")),
        *(_blank(block[name], block[name] < 0) for name in ("before", "after")),
        _OUTCOME[block["outcome"]].tolist(),
        _FAULT_CLASS[block["outcome"]].tolist(),
        _blank(block["latency_cycles"], block["latency_cycles"] < 0),
        block["observer"].tolist(),
        block["detail"].tolist(),
        (_also_hit(strikes[a:b], places.targets) if a < b else "" for a, b in zip(first, last, strict=True)),
        strict=True,
    )


def _blank(values: NDArray[Any], absent: NDArray[np.bool_]) -> list[Any]:
    cells = values.astype(object)
    cells[absent] = ""
    return list(cells.tolist())


def _also_hit(strikes: NDArray[np.void], targets: Sequence[Target]) -> str:
    rows = zip(*(strikes[name].tolist() for name in ("target", "word", "bit", "cycle")), strict=True)
    return " ".join(f"{bit_name(targets[target], word, bit)}@{cycle}" for target, word, bit, cycle in rows)


def _has_words(target: Target) -> bool:
    return target.kind is TargetKind.MEMORY or target.words > 1


def export_summary(summary: InjectionSummary, file: TextIO) -> int:
    """Write one row for the whole campaign and for each model, kind of storage, module and register.

    Parameters
    ----------
    summary : InjectionSummary
        The summary.
    file : file
        Where to; opened with ``newline=""``.

    Returns
    -------
    int
        Number of rows.

    Notes
    -----
    A row holds the counts of the outcomes (``sdc``), then shares, each with its interval (``p_sdc``, ``p_sdc_low``,
    ``p_sdc_high``): of the outcomes, of what is vulnerable, and of the classes of ISO 26262 (``iso_residual``). A share
    of no valid upset is empty.
    """
    writer = csv.writer(file, lineterminator="\n")
    names = ["p_" + outcome.value for outcome in OUTCOME_ORDER if outcome is not Outcome.INVALID]
    names += ["vulnerable", *("iso_" + word.value for word in FaultClass)]
    limits = [f"{name}{suffix}" for name in names for suffix in ("", "_low", "_high")]
    writer.writerow(
        [
            *("part", "name", "module", "kind", "src", "bits", "upsets", "valid"),
            *(outcome.value for outcome in OUTCOME_ORDER),
            *limits,
            *("confidence", "interval"),
        ]
    )
    parts = (
        ("all", (summary.total,)),
        ("model", summary.models),
        ("kind", summary.kinds),
        ("module", summary.modules),
        ("register", summary.registers),
    )
    rows = [(part, row) for part, rows in parts for row in rows]
    writer.writerows(_summary_row(part, row) for part, row in rows)
    return len(rows)


def _summary_row(part: str, row: OutcomeRow) -> list[Any]:
    shares = [*row.probabilities.values(), row.vulnerable, *row.fault_classes.values()]
    return [
        *(part, row.name, row.module, row.kind, row.src, row.bits, row.upsets, row.valid),
        *(row.counts[outcome] for outcome in OUTCOME_ORDER),
        *(limit for share in shares for limit in _limits(share)),
        *(row.confidence, row.interval),
    ]


def _limits(share: Estimate) -> tuple[float | str, ...]:
    return ("" if math.isnan(share.value) else share.value, share.low, share.high)
