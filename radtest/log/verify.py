"""Checking a record: structure, types, times, counts and fingerprints."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from radtest.core import Effect, FaultModel, Outcome, RecordError, TargetKind
from radtest.log.content import CONTENT_ATTRIBUTE, check_file_digest, content_digest
from radtest.log.identify import SQLITE, identify
from radtest.log.open_file import DAMAGE
from radtest.log.reading import JournalReader, open_journal
from radtest.log.record import Record, open_record
from radtest.log.schema import AMENDMENTS, EVENTS, OUTCOMES, QUALITY, STRIKES, TABLES, Table
from radtest.log.waveforms import captures_of

__all__ = ["Finding", "Severity", "Verification", "verify"]

_CLASSES = {
    "/entry": "NXentry",
    "/entry/source": "NXsource",
    "/entry/dut": "NXsample",
    "/entry/fluence": "NXlog",
    "/entry/telemetry": "NXcollection",
}
_LEGAL: dict[tuple[str, str], type[StrEnum]] = {
    ("events", "kind"): Effect,
    ("events", "outcome"): Outcome,
    ("targets", "kind"): TargetKind,
    ("outcomes", "model"): FaultModel,
    ("outcomes", "outcome"): Outcome,
}


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    """The file is not what was sealed, or not what the format says."""
    WARNING = "warning"
    """The file is intact; what was recorded is odd."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found wrong.

    Parameters
    ----------
    severity : Severity
        Error or warning.
    place : str
        Where in the file.
    message : str
        What was found, and what was expected.
    """

    severity: Severity
    place: str
    message: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        ``sealed`` or ``journal``.
    counts : dict
        Rows of each table and log, and telemetry samples.
    findings : tuple of Finding
        Everything found wrong, in the order of the checks.
    """

    path: Path
    kind: str
    counts: dict[str, int]
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether there is no error; warnings do not count."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)


def verify(path: str | Path) -> Verification:
    """Check a sealed file or a journal.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    Verification
        All findings; `Verification.ok` if there is no error.

    Raises
    ------
    RecordError
        If the file is neither a sealed record nor a journal, or cannot be opened at all.
    """
    path = Path(path)
    if identify(path) == SQLITE:
        with open_journal(path) as reader:
            return _verify_journal(reader)
    intact = check_file_digest(path)
    if intact is False:
        damaged = _error("(file)", "its bytes are not those that were sealed: the file has been damaged or edited")
        return Verification(path, "sealed", {}, (damaged,))
    with open_record(path, accept_damage=True) as record:
        findings: list[Finding] = []
        if intact is None:
            rewritten = "no longer ends in the digest of its bytes: another program has rewritten the file"
            findings.append(_warning("(file)", rewritten))
        counts: dict[str, int] = {}
        try:
            counts = record.counts()
        except RecordError as error:
            findings.append(_error("/entry", error.message))
        for check in _CHECKS:
            try:
                findings.extend(check(record))
            except RecordError as error:
                findings.append(_error("/entry", error.message))
            except DAMAGE as error:
                findings.append(_error("/", f"cannot be read: {error}"))
        return Verification(path, "sealed", counts, tuple(dict.fromkeys(findings)))


def _error(place: str, message: str) -> Finding:
    return Finding(Severity.ERROR, place, message)


def _warning(place: str, message: str) -> Finding:
    return Finding(Severity.WARNING, place, message)


def _content(record: Record) -> Iterator[Finding]:
    stated = record.file.attrs.get(CONTENT_ATTRIBUTE)
    try:
        found = content_digest(record.file)
    except DAMAGE as error:
        yield _error("/", f"the content cannot be read in full: {error}")
        return
    if found != stated:
        yield _error("/", f"the content is not what was sealed: its SHA-256 is {found}, stated is {stated}")


def _amendments(record: Record) -> Iterator[Finding]:
    """Take the amendments away and look whether the rest is what was sealed."""
    place = f"/entry/{AMENDMENTS.name}"
    if place not in record.file:
        return
    yield from _columns(record.file, AMENDMENTS)
    sealed = record.file[place].attrs.get("sealed_sha256")
    found = content_digest(record.file, without=place)
    if found != sealed:
        yield _error(place, f"without the amendments the SHA-256 is {found}, when sealed it was {sealed}")
    yield from _sequence(AMENDMENTS, record.amendments["sequence"], 0)


def _structure(record: Record) -> Iterator[Finding]:
    file = record.file
    for place, nx_class in _CLASSES.items():
        if place not in file:
            yield _error(place, "missing")
        elif (found := file[place].attrs.get("NX_class")) != nx_class:
            yield _error(place, f"NX_class is {found!r} instead of {nx_class!r}")
    needed = [table for table in TABLES if table in {EVENTS, QUALITY} or f"/entry/{table.name}" in file]
    for table in needed:
        yield from _columns(file, table)
    variable: list[str] = []
    file.visititems(
        lambda name, item: variable.append(name) if isinstance(item, h5py.Dataset) and _is_variable(item) else None
    )
    for name in variable:
        yield _error(f"/{name}", "has a variable-width type; the format has fixed widths only")


def _is_variable(dataset: h5py.Dataset) -> bool:
    kind = dataset.dtype
    return any(kind[name].hasobject for name in kind.names) if kind.names else bool(kind.hasobject)


def _columns(file: h5py.File, table: Table) -> Iterator[Finding]:
    place = f"/entry/{table.name}"
    if place not in file:
        yield _error(place, "missing")
        return
    kind = file[place].dtype
    for column in table.columns:
        if column.name not in (kind.names or ()):
            yield _error(f"{place}.{column.name}", "missing")
        elif column.type == "S":
            if kind[column.name].kind != "S" or kind[column.name].itemsize > column.limit_bytes:
                yield _error(f"{place}.{column.name}", f"is {kind[column.name]} instead of text of fixed width")
        elif kind[column.name] != np.dtype(column.type):
            yield _error(f"{place}.{column.name}", f"is {kind[column.name]} instead of {np.dtype(column.type)}")


def _identity(record: Record) -> Iterator[Finding]:
    start, end = record.header.start_time_ns, record.end.end_time_ns
    if end < start:
        yield _error("/entry/end_time", "lies before the start")


def _configuration(record: Record) -> Iterator[Finding]:
    stated = record.file["entry/configuration_sha256"][()].decode()
    found = hashlib.sha256(record.header.configuration.encode()).hexdigest()
    if stated != found:
        yield _error("/entry/configuration", f"its SHA-256 is {found}, stated is {stated}")


def _tables(record: Record) -> Iterator[Finding]:
    targets = len(record.targets)
    for table in TABLES:
        position, last_time = 0, 0
        for block in record.blocks(table):
            names = block.dtype.names or ()
            if "sequence" in names:
                yield from _sequence(table, block["sequence"], position)
            for name in names:
                legal = _LEGAL.get((table.name, name))
                if legal is not None:
                    yield from _words(table, name, block[name], legal)
            if table is EVENTS:
                times = np.concatenate([[last_time], block["time_ns"]])
                if (np.diff(times) < 0).any():
                    yield _warning("/entry/events.time_ns", f"goes backwards among rows {position}..")
                last_time = int(times[-1])
            if table in {OUTCOMES, STRIKES} and ((block["target"] < 0) | (block["target"] >= targets)).any():
                yield _error(f"/entry/{table.name}.target", f"points beyond the {targets} targets")
            position += len(block)


def _sequence(table: Table, numbers: NDArray[Any], position: int) -> Iterator[Finding]:
    expected = np.arange(position + 1, position + 1 + len(numbers))
    if not np.array_equal(numbers, expected):
        row = position + int(np.argmax(numbers != expected))
        message = f"row {row} has number {numbers[row - position]}, expected {row + 1}: rows were lost"
        yield _warning(f"/entry/{table.name}.sequence", message)


def _words(table: Table, name: str, words: NDArray[Any], legal: type[StrEnum]) -> Iterator[Finding]:
    allowed = {word.value for word in legal} | ({""} if (table, name) == (EVENTS, "outcome") else set())
    for word in sorted(set(words.tolist()) - allowed):
        yield _error(f"/entry/{table.name}.{name}", f"{word!r} is not one of {', '.join(w.value for w in legal)}")


def _logs(record: Record) -> Iterator[Finding]:
    yield from _log("/entry/fluence", record.fluence)
    if (np.diff(record.fluence["fluence_cm2"]) < 0).any():
        yield _warning("/entry/fluence/value", "the cumulative fluence decreases")
    for channel, samples in record.telemetry.items():
        yield from _log(f"/entry/telemetry/{channel}", samples)


def _log(place: str, samples: NDArray[np.void]) -> Iterator[Finding]:
    if (np.diff(samples["time_ns"]) < 0).any():
        yield _warning(f"{place}/time", "goes backwards")


def _waveforms(record: Record) -> Iterator[Finding]:
    try:
        found = captures_of(record)
    except RecordError as error:
        yield _error("/entry/waveforms", error.message)
        return
    for channel, captures in found.items():
        if (np.diff(captures.time_ns) < 0).any():
            yield _warning(f"/entry/waveforms/{channel}/captured", "goes backwards")


def _default_plot(record: Record) -> Iterator[Finding]:
    entry = record.file[record.file.attrs["default"]]
    group = entry[entry.attrs["default"]]
    lengths = {name: len(group[name]) for name in (group.attrs["signal"], group.attrs["axes"])}
    if len(set(lengths.values())) != 1:
        yield _error(group.name, f"signal and axis differ in length: {lengths}")
    if group.name == "/entry/outcome_counts" and int(group["upsets"][:].sum()) != len(record.outcomes):
        yield _error(group.name, "does not add up to the table of outcomes")


_CHECKS = (
    _content,
    _amendments,
    _structure,
    _identity,
    _configuration,
    _tables,
    _logs,
    _waveforms,
    _default_plot,
)


def _verify_journal(reader: JournalReader) -> Verification:
    findings = [_error("(database)", line) for line in reader.damage()]
    counts: dict[str, int] = {}
    try:
        header, end = reader.header, reader.end
        counts = reader.counts()
        if end is None:
            findings.append(_warning("ending", "the run has not ended: it is alive, or its process died"))
        elif end.end_time_ns < header.start_time_ns:
            findings.append(_error("ending", "lies before the start"))
        for table in TABLES:
            position = 0
            for block in reader.blocks(table):
                if "sequence" in (block.dtype.names or ()):
                    findings.extend(_sequence(table, block["sequence"], position))
                position += len(block)
        for channel in reader.channels():
            for _ in reader.telemetry_blocks(channel):
                pass
    except RecordError as error:
        findings.append(_error("(database)", error.message))
    return Verification(reader.path, "journal", counts, tuple(findings))
