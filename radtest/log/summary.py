"""What a sealed file or a journal holds, at a glance and ready for JSON."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radtest.core import RunEnd, RunHeader
from radtest.log.identify import SQLITE, identify
from radtest.log.layout import to_iso
from radtest.log.reading import open_journal
from radtest.log.record import open_record
from radtest.log.record_rows import decoded, event_from_row
from radtest.log.schema import EVENTS, OUTCOMES, QUALITY

__all__ = ["summarise"]


def summarise(path: str | Path, *, first_events: int = 5) -> dict[str, Any]:
    """Return header, end, counts, quality and the first events of a sealed file or a journal.

    Parameters
    ----------
    path : str or Path
        The file; a journal may be alive.
    first_events : int
        How many events to include.

    Returns
    -------
    dict
        Plain values only, fit for JSON: what is unknown or not a number is None.

    Raises
    ------
    RecordError
        If the file is neither, or is damaged.
    """
    path = Path(path)
    if identify(path) == SQLITE:
        with open_journal(path) as reader:
            quality = [row for block in reader.blocks(QUALITY) for row in decoded(block)]
            events = next(reader.blocks(EVENTS, rows=max(1, first_events)), None)
            return {
                **_run(path, "journal", reader.header, reader.end),
                "counts": reader.counts(),
                "events_by_kind": reader.tally(EVENTS, "kind"),
                "outcomes_by_outcome": reader.tally(OUTCOMES, "outcome"),
                "telemetry": {c.name: {"unit": c.unit, "samples": c.samples} for c in reader.channels()},
                "quality": [_quality(row) for row in quality],
                "amendments": [],
                "first_events": _events(None if events is None else decoded(events), first_events),
            }
    with open_record(path) as record:
        kinds: Counter[str] = Counter()
        outcomes: Counter[str] = Counter()
        for block in record.blocks(EVENTS):
            kinds.update(block["kind"].tolist())
        for block in record.blocks(OUTCOMES):
            outcomes.update(block["outcome"].tolist())
        units = record.telemetry_units
        return {
            **_run(path, "sealed", record.header, record.end),
            "counts": record.counts(),
            "events_by_kind": dict(sorted(kinds.items())),
            "outcomes_by_outcome": dict(sorted(outcomes.items())),
            "telemetry": {name: {"unit": units[name], "samples": len(record.telemetry[name])} for name in units},
            "quality": [_quality(row) for row in record.quality],
            "amendments": [_amendment(row) for row in record.amendments],
            "first_events": _events(next(record.blocks(EVENTS, max(1, first_events)), None), first_events),
        }


def _run(path: Path, kind: str, header: RunHeader, end: RunEnd | None) -> dict[str, Any]:
    return {
        "file": str(path),
        "kind": kind,
        "run_number": header.run_number,
        "title": header.title,
        "start_time": to_iso(header.start_time_ns),
        "end_time": None if end is None else to_iso(end.end_time_ns),
        "stop_reason": None if end is None else end.stop_reason.value,
        "valid": None if end is None else end.valid,
        "program_name": header.program_name,
        "facility": header.facility,
        "operator": header.operator,
        "source": {"kind": header.source.kind.value, **dataclasses.asdict(header.source)},
        "device": dataclasses.asdict(header.device),
    }


def _quality(row: np.void) -> dict[str, Any]:
    value = float(row["value"])
    return {
        "name": str(row["name"]),
        "value": value if math.isfinite(value) else None,
        "unit": str(row["unit"]),
        "detail": str(row["detail"]),
    }


def _amendment(row: np.void) -> dict[str, Any]:
    return {name: str(row[name]) for name in ("time", "field", "value", "stated", "why", "who")}


def _events(rows: NDArray[np.void] | None, first: int) -> list[dict[str, Any]]:
    if rows is None:
        return []
    return [{"sequence": int(row["sequence"]), **dataclasses.asdict(event_from_row(row))} for row in rows[:first]]
