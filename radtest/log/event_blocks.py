"""Events in a journal: packed into blocks of fixed-width entries, each block with a checksum of its own.

An entry of 52 bytes, little-endian: time (ns, int64), address, expected and observed word (uint64), fluence (cm⁻²,
float64, NaN for none), bit (uint32), which integers are given (uint8,
`Known`), codes of kind and outcome (uint8 each, outcome 255 for none), a
byte of zero, and the bytes of channel and detail (uint16 each) in the block's text. The text of a block is the channel
and the detail of its first entry, of its second, and so on, in UTF-8.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.core import Effect, Event, Outcome, RecordError
from radtest.log.rows import fitting_text
from radtest.log.schema import EVENTS, Known

__all__ = [
    "EFFECT_CODES",
    "EVENTS_IN_BLOCK",
    "EVENT_ENTRY",
    "OUTCOME_CODES",
    "EventBlock",
    "block_checksum",
    "event_table_dtype",
    "event_tables",
    "pack_event",
    "pack_events",
    "unpack_block",
]

EVENTS_IN_BLOCK = 256
"""Most events of one block: what a damaged byte can cost."""

EFFECT_CODES = (
    Effect.SEU,
    Effect.MBU,
    Effect.SET,
    Effect.SEL,
    Effect.SEFI,
    Effect.SEB,
    Effect.SEGR,
    Effect.DD,
    Effect.TID,
)
"""Effects by their code; new ones are added at the end."""
OUTCOME_CODES = (
    Outcome.MASKED,
    Outcome.LATENT,
    Outcome.CORRECTED,
    Outcome.DETECTED,
    Outcome.SDC,
    Outcome.HANG,
    Outcome.INVALID,
)
"""Outcomes by their code; new ones are added at the end."""
_NO_OUTCOME = 255
_CODE_OF_EFFECT = {effect.value: code for code, effect in enumerate(EFFECT_CODES)}
_CODE_OF_OUTCOME = {outcome.value: code for code, outcome in enumerate(OUTCOME_CODES)}
# Codes of a newer radtest read as "?", which verification calls by name.
_EFFECT_WORDS = np.array([*(e.value.encode() for e in EFFECT_CODES), *[b"?"] * (256 - len(EFFECT_CODES))])
_OUTCOME_WORDS = np.array([*(o.value.encode() for o in OUTCOME_CODES), *[b"?"] * (255 - len(OUTCOME_CODES)), b""])

_PACK = struct.Struct("<qQQQdIBBBxHH").pack
EVENT_ENTRY = np.dtype(
    [
        ("time_ns", "<i8"),
        ("address", "<u8"),
        ("expected", "<u8"),
        ("observed", "<u8"),
        ("fluence_cm2", "<f8"),
        ("bit", "<u4"),
        ("known", "|u1"),
        ("kind", "|u1"),
        ("outcome", "|u1"),
        ("zero", "|u1"),
        ("channel_bytes", "<u2"),
        ("detail_bytes", "<u2"),
    ]
)
"""One entry as numpy reads it."""
_PLAIN = ("time_ns", "address", "bit", "expected", "observed", "known", "fluence_cm2")

_TIME_MAX = 2**63 - 1
_WORD_MAX = 2**64 - 1
_BIT_MAX = 2**32 - 1


@dataclass(frozen=True, slots=True)
class EventBlock:
    """Some events as they lie in a journal.

    Parameters
    ----------
    first : int
        Sequence number of the first.
    entries : ndarray of EVENT_ENTRY
        One entry each.
    text : bytes
        Their channels and details.
    """

    first: int
    entries: NDArray[np.void]
    text: bytes

    def after(self, sequence: int) -> EventBlock:
        """Return the events with numbers above `sequence`."""
        skipped = sequence + 1 - self.first
        if skipped <= 0:
            return self
        gone = self.entries[:skipped]
        start = int(gone["channel_bytes"].sum(dtype=np.int64) + gone["detail_bytes"].sum(dtype=np.int64))
        return EventBlock(self.first + skipped, self.entries[skipped:], self.text[start:])


def pack_event(event: Event) -> tuple[bytes, bytes]:
    """Return the entry of an event and its text.

    Raises
    ------
    RecordError
        If a value does not fit the record exactly.
    """
    time_ns, fluence, outcome = event.time_ns, event.fluence_cm2, event.outcome
    address, bit, expected, observed = event.address, event.bit, event.expected, event.observed
    known = 0
    if address is None:
        address = 0
    else:
        known = 1
    if bit is None:
        bit = 0
    else:
        known |= 2
    if expected is None:
        expected = 0
    else:
        known |= 4
    if observed is None:
        observed = 0
    else:
        known |= 8
    if fluence is None:
        fluence = math.nan
    elif not 0 <= fluence < math.inf:
        raise _refusal(event)
    channel = _text("channel", event.channel) if event.channel else b""
    detail = _text("detail", event.detail) if event.detail else b""
    try:
        if not 0 <= time_ns <= _TIME_MAX:
            raise _refusal(event)
        entry = _PACK(
            time_ns,
            address,
            expected,
            observed,
            fluence,
            bit,
            known,
            _CODE_OF_EFFECT[event.kind],
            _NO_OUTCOME if outcome is None else _CODE_OF_OUTCOME[outcome],
            len(channel),
            len(detail),
        )
    except (struct.error, TypeError):
        raise _refusal(event) from None
    return entry, channel + detail


def pack_events(
    kind: Effect,
    time_ns: ArrayLike,
    *,
    outcome: Outcome | None = None,
    address: ArrayLike | None = None,
    bit: ArrayLike | None = None,
    expected: ArrayLike | None = None,
    observed: ArrayLike | None = None,
    fluence_cm2: ArrayLike | None = None,
    channel: str = "",
    detail: str = "",
) -> Iterator[tuple[bytes, bytes]]:
    """Yield entries and text of many events of one kind, a block's worth at a time.

    Parameters
    ----------
    kind, outcome, channel, detail
        As of `Event`, the same for all.
    time_ns, address, bit, expected, observed, fluence_cm2 : array_like
        As of `Event`: one value each, or one for all.

    Raises
    ------
    RecordError
        If a value does not fit the record exactly, or the lengths differ.
    """
    columns: dict[str, tuple[ArrayLike | None, int, int]] = {
        "time_ns": (time_ns, _TIME_MAX, 0),
        "address": (address, _WORD_MAX, Known.ADDRESS),
        "bit": (bit, _BIT_MAX, Known.BIT),
        "expected": (expected, _WORD_MAX, Known.EXPECTED),
        "observed": (observed, _WORD_MAX, Known.OBSERVED),
    }
    entries = np.zeros(np.size(time_ns), dtype=EVENT_ENTRY)
    entries["kind"] = _CODE_OF_EFFECT[kind]
    entries["outcome"] = _NO_OUTCOME if outcome is None else _CODE_OF_OUTCOME[outcome]
    for name, (values, top, known) in columns.items():
        if values is not None:
            entries[name] = _fitting(name, np.asarray(values), top, len(entries))
            entries["known"] |= known
    entries["fluence_cm2"] = np.nan
    if fluence_cm2 is not None:
        fluence = np.asarray(fluence_cm2, dtype="<f8")
        if fluence.shape not in {(), entries.shape} or not ((fluence >= 0) & (fluence < math.inf)).all():
            raise RecordError(
                f"events.fluence_cm2: legal is a finite number from 0 up, cm⁻², for {len(entries)} events"
            )
        entries["fluence_cm2"] = fluence
    texts = _text("channel", channel), _text("detail", detail)
    entries["channel_bytes"], entries["detail_bytes"] = (len(text) for text in texts)
    for start in range(0, len(entries), EVENTS_IN_BLOCK):
        part = entries[start : start + EVENTS_IN_BLOCK]
        yield part.tobytes(), b"".join(texts) * len(part)


def _fitting(name: str, values: NDArray[Any], top: int, length: int) -> NDArray[Any]:
    if values.shape not in {(), (length,)}:
        raise RecordError(f"events.{name}: values of shape {values.shape} for {length} events")
    if values.dtype.kind not in "iu" or (values.size and not 0 <= int(values.min()) <= int(values.max()) <= top):
        raise RecordError(f"events.{name}: legal are whole numbers from 0 to {top}, not an array of {values.dtype}")
    return values


def _text(column: str, text: str) -> bytes:
    return fitting_text(text, EVENTS.column(column).limit_bytes, f"events.{column}").encode()


def _refusal(event: Event) -> RecordError:
    """Return the error that names what of an event does not fit."""
    if not _is_whole(event.time_ns, _TIME_MAX):
        return RecordError(f"events.time_ns = {event.time_ns}: legal is a whole number from 0 to 2^63 - 1")
    for name in ("address", "expected", "observed"):
        value = getattr(event, name)
        if value is not None and not _is_whole(value, _WORD_MAX):
            return RecordError(
                f"events.{name} = {value}: legal is 0 to 2^64 - 1",
                remedy="put wider words in `detail`, as hexadecimal text.",
            )
    if event.bit is not None and not _is_whole(event.bit, _BIT_MAX):
        return RecordError(f"events.bit = {event.bit}: legal is 0 to 2^32 - 1")
    return RecordError(f"events.fluence_cm2 = {event.fluence_cm2}: legal is a finite number from 0 up, cm⁻²")


def _is_whole(value: object, top: int) -> bool:
    return isinstance(value, int | np.integer) and 0 <= int(value) <= top


def block_checksum(entries: bytes, text: bytes) -> int:
    """Return the CRC-32 over the entries and then the text of a block."""
    return zlib.crc32(text, zlib.crc32(entries))


def unpack_block(last: int, events: int, checksum: int, entries: bytes, text: bytes) -> EventBlock:
    """Return a block from its row in the journal.

    Raises
    ------
    ValueError
        If it is not what was written.
    """
    if len(entries) != events * EVENT_ENTRY.itemsize or block_checksum(entries, text) != checksum:
        raise ValueError(f"the block of events that ends with number {last} is damaged")
    array = np.frombuffer(entries, dtype=EVENT_ENTRY)
    if len(text) != _text_bytes(array):
        raise ValueError(f"the block of events that ends with number {last} lacks text")
    return EventBlock(last - events + 1, array, text)


def _text_bytes(entries: NDArray[np.void]) -> int:
    return int(entries["channel_bytes"].sum(dtype=np.int64) + entries["detail_bytes"].sum(dtype=np.int64))


def event_table_dtype(blocks: Iterable[EventBlock]) -> np.dtype[np.void]:
    """Return the type of a row of the table of events: text columns are as wide as the longest entry."""
    kinds, outcomes, channel, detail = 0, 0, 1, 1
    for block in blocks:
        entries = block.entries
        kinds = max(kinds, int(np.char.str_len(_EFFECT_WORDS[np.unique(entries["kind"])]).max()))
        outcomes = max(outcomes, int(np.char.str_len(_OUTCOME_WORDS[np.unique(entries["outcome"])]).max()))
        channel = max(channel, int(entries["channel_bytes"].max()))
        detail = max(detail, int(entries["detail_bytes"].max()))
    width = {"kind": max(1, kinds), "outcome": max(1, outcomes), "channel": channel, "detail": detail}
    return np.dtype([(c.name, f"S{width[c.name]}" if c.type == "S" else c.type) for c in EVENTS.columns])


def event_tables(
    blocks: Iterable[EventBlock], rows: int, dtype: np.dtype[np.void] | None = None
) -> Iterator[NDArray[np.void]]:
    """Yield the events as rows of the table, up to `rows` at a time.

    Parameters
    ----------
    blocks : iterable of EventBlock
        The events.
    rows : int
        Most rows of one array.
    dtype : numpy.dtype, optional
        Type of a row; without it each array has the widths of its own text.
    """
    waiting: list[EventBlock] = []
    count = 0
    for block in blocks:
        waiting.append(block)
        count += len(block.entries)
        while count >= rows:
            taken, waiting = _split(waiting, rows)
            count -= rows
            yield _table(taken, dtype or event_table_dtype(taken))
    if count:
        yield _table(waiting, dtype or event_table_dtype(waiting))


def _split(blocks: list[EventBlock], rows: int) -> tuple[list[EventBlock], list[EventBlock]]:
    """Divide blocks after so many rows, which the last of them reaches."""
    last = blocks[-1]
    beyond = sum(len(block.entries) for block in blocks) - rows
    if not beyond:
        return blocks, []
    rest = last.after(last.first + len(last.entries) - 1 - beyond)
    kept = len(last.text) - len(rest.text)
    return [*blocks[:-1], EventBlock(last.first, last.entries[:-beyond], last.text[:kept])], [rest]


def _table(blocks: list[EventBlock], kind: np.dtype[np.void]) -> NDArray[np.void]:
    entries = np.concatenate([block.entries for block in blocks])
    table = np.empty(len(entries), dtype=kind)
    table["sequence"] = np.concatenate([block.first + np.arange(len(block.entries)) for block in blocks])
    for name in _PLAIN:
        table[name] = entries[name]
    table["kind"] = _EFFECT_WORDS[entries["kind"]]
    table["outcome"] = _OUTCOME_WORDS[entries["outcome"]]
    channels, details = _texts(entries, b"".join(block.text for block in blocks))
    table["channel"], table["detail"] = channels, details
    return table


def _texts(entries: NDArray[np.void], text: bytes) -> tuple[NDArray[np.bytes_], NDArray[np.bytes_]]:
    channel, detail = entries["channel_bytes"], entries["detail_bytes"]
    first = entries[0]
    if (channel == first["channel_bytes"]).all() and (detail == first["detail_bytes"]).all():
        if not text:
            empty = np.zeros(len(entries), dtype="S1")
            return empty, empty
        pairs = np.frombuffer(text, dtype=[("c", f"V{first['channel_bytes']}"), ("d", f"V{first['detail_bytes']}")])
        return _as_text(pairs["c"]), _as_text(pairs["d"])
    ends = np.cumsum(np.stack([channel, detail], axis=1, dtype=np.int64).ravel()).tolist()
    starts = [0, *ends[:-1]]
    return (
        np.array([text[start:end] for start, end in zip(starts[::2], ends[::2], strict=True)]),
        np.array([text[start:end] for start, end in zip(starts[1::2], ends[1::2], strict=True)]),
    )


def _as_text(column: NDArray[np.void]) -> NDArray[np.bytes_]:
    width = column.dtype.itemsize
    return np.ascontiguousarray(column).view(f"S{width}") if width else np.zeros(len(column), dtype="S1")
