"""Reading a sealed file back: its header and end as values, its tables as numpy structured arrays, all of it lazily."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import h5py
import numpy as np
from numpy.typing import NDArray

from radtest.core import (
    Device,
    Effect,
    Event,
    InjectionResult,
    RecordError,
    RunEnd,
    RunHeader,
    SourceKind,
    StopReason,
    Target,
)
from radtest.log.layout import (
    DEVICE_FIELDS,
    SOURCE_FIELDS,
    from_iso,
    needed_scalar,
    read_fields,
    read_scalar,
)
from radtest.log.open_file import DAMAGE, open_checked
from radtest.log.record_rows import decoded, event_from_row, result_from_row, target_from_row
from radtest.log.schema import (
    AMENDMENTS,
    EVENTS,
    OUTCOMES,
    QUALITY,
    STRIKES,
    TABLES,
    TARGETS,
    Table,
)

__all__ = ["Record", "open_record"]

_BLOCK_ROWS = 8192
T = TypeVar("T")


def open_record(path: str | Path, *, accept_damage: bool = False) -> Record:
    """Open a sealed file.

    Parameters
    ----------
    path : str or Path
        The file.
    accept_damage : bool
        Try to read a file whose bytes are not those that were sealed. What comes may be wrong, and the HDF5 library may
        not come to an end of it.

    Returns
    -------
    Record
        The record; use it as a context manager.

    Raises
    ------
    RecordError
        If the file is not a sealed radtest record, is damaged, or its major version is not supported. The message
        names the file, what was found and what is supported.

    Examples
    --------
    >>> with open_record("run0012_Kr_1226MeV_tilt00_DUT-A3.h5") as record:  # doctest: +SKIP
    ...     upsets = record.events[record.events["kind"] == "seu"]
    """
    return Record(Path(path), accept_damage=accept_damage)


class Record:
    """A sealed record, open for reading.

    Attributes
    ----------
    path : Path
        The file.
    version : str
        Version of the file's format.
    file : h5py.File
        The file itself, for what this class does not offer.
    """

    def __init__(self, path: Path, *, accept_damage: bool = False) -> None:
        self.path = path
        self.file, self.version = open_checked(path, accept_damage=accept_damage)

    @cached_property
    def header(self) -> RunHeader:
        """What was known when the run started."""

        def read() -> RunHeader:
            entry = self.file["entry"]
            kind, fields = SOURCE_FIELDS[SourceKind(read_scalar(entry, "source/kind"))]
            return RunHeader(
                run_number=needed_scalar(entry, "run_number"),
                title=needed_scalar(entry, "title"),
                start_time_ns=from_iso(needed_scalar(entry, "start_time")),
                source=kind(**read_fields(entry["source"], fields)),
                device=Device(**read_fields(entry["dut"], DEVICE_FIELDS)),
                configuration=needed_scalar(entry, "configuration"),
                program_name=needed_scalar(entry, "program_name"),
                facility=read_scalar(entry, "facility") or "",
                operator=read_scalar(entry, "operator") or "",
            )

        return self._reading("/entry", read)

    @cached_property
    def end(self) -> RunEnd:
        """How the run ended."""

        def read() -> RunEnd:
            entry = self.file["entry"]
            return RunEnd(
                end_time_ns=from_iso(needed_scalar(entry, "end_time")),
                stop_reason=StopReason(needed_scalar(entry, "stop_reason")),
                valid=bool(needed_scalar(entry, "valid")),
            )

        return self._reading("/entry", read)

    @cached_property
    def events(self) -> NDArray[np.void]:
        """The events: ``sequence, time_ns, kind, outcome, address, bit, expected, observed, known, fluence_cm2, ...``.

        Text columns are numpy strings. Where an outcome is not given it is empty, a fluence NaN; which of address, bit,
        expected and observed are given is in ``known`` (bits 1, 2, 4, 8).
        """
        return self._table(EVENTS)

    @cached_property
    def targets(self) -> NDArray[np.void]:
        """What could be hit: ``name, module, kind, width, words, lsb, first_word, src``."""
        return self._table(TARGETS)

    @cached_property
    def outcomes(self) -> NDArray[np.void]:
        """What each injected upset did: ``sequence, upset, target, word, bit, cycle, model, outcome, time_ps, ...``."""
        return self._table(OUTCOMES)

    @cached_property
    def strikes(self) -> NDArray[np.void]:
        """What upsets of several bits hit besides their first: ``sequence, upset, target, word, bit, cycle, ...``."""
        return self._table(STRIKES)

    @cached_property
    def quality(self) -> NDArray[np.void]:
        """Figures of quality: ``sequence, name, value, unit, detail``; a later row amends an earlier one."""
        return self._table(QUALITY)

    @cached_property
    def amendments(self) -> NDArray[np.void]:
        """What was said of the run after it was sealed: ``sequence, time, field, value, stated, why, who``."""
        return self._table(AMENDMENTS)

    def amended(self, field: str) -> str | None:
        """Return what the latest amendment of a field says; None where the record stands as it was sealed."""
        rows = self.amendments
        matching = rows["value"][rows["field"] == field]
        return str(matching[-1]) if matching.size else None

    @cached_property
    def fluence(self) -> NDArray[np.void]:
        """Cumulative fluence: ``time_ns`` since the start of the run, ``fluence_cm2``."""
        return self._log("/entry/fluence", "fluence_cm2")

    @cached_property
    def telemetry(self) -> Mapping[str, NDArray[np.void]]:
        """Samples of each channel (``<instrument>.<channel>``): ``time_ns``, ``value``; read when asked for."""
        return _Telemetry(self)

    @cached_property
    def telemetry_units(self) -> dict[str, str]:
        """Unit of each channel."""

        def read() -> dict[str, str]:
            group = self.file["entry/telemetry"]
            return {name: str(group[name]["value"].attrs["units"]) for name in group}

        return self._reading("/entry/telemetry", read)

    def quality_value(self, name: str) -> float | None:
        """Return the latest value of a figure of quality; None where there is none."""
        rows = self.quality
        matching = rows["value"][rows["name"] == name]
        return float(matching[-1]) if matching.size else None

    def count(self, effect: Effect) -> int:
        """Return the number of events of an effect, without loading the table."""
        name = effect.value.encode()

        def read() -> int:
            dataset = self.file["entry/events"]
            starts = range(0, len(dataset), 1 << 18)
            return sum(int((dataset.fields("kind")[start : start + (1 << 18)] == name).sum()) for start in starts)

        return self._reading("/entry/events", read)

    def counts(self) -> dict[str, int]:
        """Return the number of rows of each table and log, and of telemetry samples."""

        def read() -> dict[str, int]:
            entry = self.file["entry"]
            counts = {table.name: len(entry[table.name]) if table.name in entry else 0 for table in TABLES}
            counts["fluence"] = len(entry["fluence/time"])
            counts["telemetry"] = sum(len(group["time"]) for group in entry["telemetry"].values())
            return counts

        return self._reading("/entry", read)

    def blocks(
        self, table: Table, rows: int = _BLOCK_ROWS, columns: Sequence[str] | None = None
    ) -> Iterator[NDArray[np.void]]:
        """Yield the rows of a table as structured arrays of up to `rows` rows, for runs larger than memory.

        Parameters
        ----------
        table : Table
            `EVENTS`, `TARGETS`, `OUTCOMES`, `STRIKES` or `QUALITY`.
        rows : int
            Rows per block.
        columns : sequence of str, optional
            Read only these columns.
        """
        place = f"/entry/{table.name}"
        length = self._reading(place, lambda: len(self.file[place]) if place in self.file else 0)
        for start in range(0, length, rows):
            yield self._rows(table, start, start + rows, columns)

    def log_blocks(self, name: str, rows: int = 1 << 16) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Yield times (ns since the start of the run) and values of a log, for logs larger than memory.

        Parameters
        ----------
        name : str
            ``fluence``, or ``telemetry/<channel>``.
        rows : int
            Samples per block.
        """
        place = f"/entry/{name}"
        group = self._reading(place, lambda: self.file[place])
        for start in range(0, self._reading(place, lambda: len(group["time"])), rows):
            yield self._reading(place, partial(_samples, group, slice(start, start + rows)))

    def iter_events(self) -> Iterator[Event]:
        """Yield the events as values, in the order in which they were recorded."""
        for block in self.blocks(EVENTS):
            yield from (event_from_row(row) for row in block)

    def target_list(self) -> list[Target]:
        """Return the targets as values."""
        return [target_from_row(row) for row in self.targets]

    def injection_results(self, upsets: NDArray[np.int64] | None = None) -> Iterator[InjectionResult]:
        """Yield the outcomes as values, in the order in which they were recorded.

        Parameters
        ----------
        upsets : ndarray of int, optional
            Yield only those of the upsets with these positions in the planned list.
        """
        strikes = self.strikes[np.argsort(self.strikes["upset"], kind="stable")]
        for block in self.blocks(OUTCOMES) if upsets is None else self._blocks_with(upsets):
            wanted = block if upsets is None else block[np.isin(block["upset"], upsets)]
            first, last = (np.searchsorted(strikes["upset"], wanted["upset"], side) for side in ("left", "right"))
            for row, start, stop in zip(wanted, first, last, strict=True):
                yield result_from_row(row, strikes[start:stop])

    def _blocks_with(self, upsets: NDArray[np.int64]) -> Iterator[NDArray[np.void]]:
        """Yield those blocks of the outcomes that hold one of some upsets."""
        for number, block in enumerate(self.blocks(OUTCOMES, columns=("upset",))):
            if np.isin(block["upset"], upsets).any():
                yield self._rows(OUTCOMES, number * _BLOCK_ROWS, (number + 1) * _BLOCK_ROWS)

    def close(self) -> None:
        """Close the file; what has been read stays."""
        self.file.close()

    def __enter__(self) -> Record:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _reading(self, place: str, read: Callable[[], T]) -> T:
        """Read something; what HDF5 or the values object to becomes a `RecordError` that names file and place."""
        if not self.file:
            raise RecordError(f"{self.path}: the record is closed", remedy="read inside the `with` block.")
        try:
            return read()
        except RecordError as error:
            raise RecordError(f"{self.path}: {place}: {error.message}") from None
        except DAMAGE as error:
            raise RecordError(
                f"{self.path}: {place} is damaged or missing: {error}",
                remedy=f"`radtest log verify {self.path}` lists what is wrong.",
            ) from None

    def _rows(
        self, table: Table, start: int, stop: int | None, columns: Sequence[str] | None = None
    ) -> NDArray[np.void]:
        place = f"/entry/{table.name}"

        def read() -> NDArray[np.void]:
            dataset = self.file[place]
            missing = [c.name for c in table.columns if c.name not in (dataset.dtype.names or ())]
            if columns is None and missing:
                raise KeyError(f"no column {', '.join(missing)}")
            return decoded((dataset if columns is None else dataset.fields(list(columns)))[start:stop])

        return self._reading(place, read)

    def _table(self, table: Table) -> NDArray[np.void]:
        place = f"/entry/{table.name}"
        if table in {TARGETS, OUTCOMES, STRIKES, AMENDMENTS} and not self._reading(place, lambda: place in self.file):
            return np.empty(0, dtype=[(c.name, "U1" if c.type == "S" else c.type) for c in table.columns])
        return self._rows(table, 0, None)

    def _log(self, place: str, name: str) -> NDArray[np.void]:
        def read() -> NDArray[np.void]:
            group = self.file[place]
            samples = np.empty(len(group["time"]), dtype=[("time_ns", "<i8"), (name, "<f8")])
            samples["time_ns"] = group["time"][:]
            samples[name] = group["value"][:]
            return samples

        return self._reading(place, read)


class _Telemetry(Mapping[str, "NDArray[np.void]"]):
    """The telemetry channels of a record, each read when asked for."""

    def __init__(self, record: Record) -> None:
        self._record = record

    def __getitem__(self, channel: str) -> NDArray[np.void]:
        if channel not in self._record.telemetry_units:
            raise KeyError(channel)
        return self._record._log(f"/entry/telemetry/{channel}", "value")  # noqa: SLF001 (one module, two halves)

    def __iter__(self) -> Iterator[str]:
        return iter(self._record.telemetry_units)

    def __len__(self) -> int:
        return len(self._record.telemetry_units)


def _samples(group: h5py.Group, part: slice) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    return group["time"][part], group["value"][part]
