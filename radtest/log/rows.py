"""Between the values of the vocabulary and the rows of a journal; what does not fit is refused, never cut."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

from radtest.core import (
    Beam,
    Device,
    InjectionResult,
    RecordError,
    RunEnd,
    RunHeader,
    Simulation,
    SourceKind,
    StopReason,
    Target,
)
from radtest.log.schema import OUTCOMES, QUALITY, TARGETS, Table

__all__ = [
    "end_from_json",
    "end_to_json",
    "fitting_text",
    "header_from_json",
    "header_to_json",
    "outcome_row",
    "quality_row",
    "signed",
    "strike_rows",
    "target_row",
]

_SIGNED_MAX = 2**63 - 1
_SOURCES: dict[SourceKind, type[Beam | Simulation]] = {Beam.kind: Beam, Simulation.kind: Simulation}


def fitting_text(text: str, limit_bytes: int | None, place: str) -> str:
    """Return `text` if a fixed-width column can hold it exactly; raise `RecordError` otherwise."""
    try:
        length = len(text.encode())
    except UnicodeEncodeError as error:
        raise RecordError(
            f"{place} = {text!r}: character {error.start} is not valid Unicode text",
            remedy="decode the bytes it came from with errors='backslashreplace'.",
        ) from None
    if "\0" in text:
        raise RecordError(f"{place} = {text!r}: holds a NUL character", remedy="leave it out or escape it.")
    if limit_bytes is not None and length > limit_bytes:
        raise RecordError(
            f"{place} = {text[:40]!r}...: {length} bytes in UTF-8; at most {limit_bytes} fit",
            remedy="shorten it; the record never truncates.",
        )
    return text


def signed(value: int, place: str, low: int = 0) -> int:
    """Return `value` if it lies in [`low`, 2⁶³); raise `RecordError` otherwise."""
    if not low <= value <= _SIGNED_MAX:
        raise RecordError(f"{place} = {value}: legal is {low} to 2^63 - 1")
    return int(value)


def _text(table: Table, column: str, text: str) -> str:
    return fitting_text(text, table.column(column).limit_bytes, f"{table.name}.{column}")


def _fluence(value: float, place: str) -> float:
    if not 0 <= value < math.inf:
        raise RecordError(f"{place} = {value}: legal is a finite number from 0 up, cm⁻²")
    return float(value)


def fluence_row(time_ns: int, fluence_cm2: float) -> tuple[int, float]:
    """Return the row of a sample of the cumulative fluence, without its sequence number."""
    return signed(time_ns, "fluence.time_ns"), _fluence(fluence_cm2, "fluence.fluence_cm2")


def target_row(target: Target) -> tuple[Any, ...]:
    """Return the row of a target."""
    return (
        _text(TARGETS, "name", target.name),
        _text(TARGETS, "module", target.module),
        target.kind.value,
        signed(target.width, "targets.width", 1),
        signed(target.words, "targets.words", 1),
        signed(target.lsb, "targets.lsb", -_SIGNED_MAX),
        signed(target.first_word, "targets.first_word", -_SIGNED_MAX),
        _text(TARGETS, "src", target.src),
    )


def _bit_read(value: int, place: str) -> int:
    if value not in {-1, 0, 1}:
        raise RecordError(f"{place} = {value}: legal is 0, 1, or -1 where it could not be read")
    return int(value)


def strike_rows(result: InjectionResult) -> list[tuple[Any, ...]]:
    """Return the rows of the further strikes of an injection result, without their sequence numbers."""
    others = result.upset.others
    if len(result.others_read) != len(others):
        raise RecordError(
            f"upset {result.upset.index}: {len(result.others_read)} readings for {len(others)} further strikes"
        )
    return [
        (
            signed(result.upset.index, "strikes.upset"),
            signed(strike.target, "strikes.target"),
            signed(strike.word, "strikes.word"),
            signed(strike.bit, "strikes.bit"),
            signed(strike.cycle, "strikes.cycle"),
            _bit_read(before, "strikes.before"),
            _bit_read(after, "strikes.after"),
        )
        for strike, (before, after) in zip(others, result.others_read, strict=True)
    ]


def outcome_row(result: InjectionResult) -> tuple[Any, ...]:
    """Return the row of an injection result, without its sequence number."""
    upset = result.upset
    return (
        signed(upset.index, "outcomes.upset"),
        signed(upset.target, "outcomes.target"),
        signed(upset.word, "outcomes.word"),
        signed(upset.bit, "outcomes.bit"),
        signed(upset.cycle, "outcomes.cycle"),
        upset.model.value,
        result.outcome.value,
        signed(result.time_ps, "outcomes.time_ps"),
        _bit_read(result.before, "outcomes.before"),
        _bit_read(result.after, "outcomes.after"),
        signed(result.latency_cycles, "outcomes.latency_cycles", -1),
        _text(OUTCOMES, "observer", result.observer),
        _text(OUTCOMES, "detail", result.detail),
        signed(upset.offset_ps, "outcomes.offset_ps", -1),
    )


def quality_row(name: str, value: float, unit: str, detail: str) -> tuple[Any, ...]:
    """Return the row of a quality figure, without its sequence number; NaN stands for unknown."""
    if not name:
        raise RecordError("quality.name is empty", remedy="name the figure, with its unit: dead_time_s.")
    return (_text(QUALITY, "name", name), float(value), _text(QUALITY, "unit", unit), _text(QUALITY, "detail", detail))


def header_to_json(header: RunHeader) -> str:
    """Return a header as JSON text, after checking that every value fits the record."""
    content = dataclasses.asdict(header)
    content["source"] = {"kind": header.source.kind.value, **content["source"]}
    _check(content, "header")
    if header.run_number < 0:
        raise RecordError(f"header.run_number = {header.run_number}: legal is 0 and up")
    return json.dumps(content)


def _check(value: Any, place: str) -> None:
    match value:
        case dict():
            for key, part in value.items():
                _check(part, f"{place}.{key}")
        case str():
            fitting_text(value, None, place)
        case bool() | None:
            pass
        case int():
            signed(value, place, -_SIGNED_MAX)
        case float() if not math.isfinite(value):
            raise RecordError(f"{place} = {value}: legal is a finite number")
        case float():
            pass
        case _:
            raise RecordError(f"{place} = {value!r}: a {type(value).__name__} has no place in the record")


def header_from_json(text: str) -> RunHeader:
    """Return the header written by `header_to_json`."""
    content = json.loads(text)
    source = _SOURCES[SourceKind(content["source"].pop("kind"))](**content.pop("source"))
    return RunHeader(source=source, device=Device(**content.pop("device")), **content)


def end_to_json(end: RunEnd) -> str:
    """Return the end of a run as JSON text."""
    signed(end.end_time_ns, "end.end_time_ns", -_SIGNED_MAX)
    return json.dumps(dataclasses.asdict(end))


def end_from_json(text: str) -> RunEnd:
    """Return the end written by `end_to_json`."""
    content = json.loads(text)
    return RunEnd(content["end_time_ns"], StopReason(content["stop_reason"]), content["valid"])
