"""Sealing: from a journal to one HDF5 file that is written beside its place, checked, made durable and then renamed."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from radtest.core import BusyError, RecordError, RunEnd, SourceKind, StorageError
from radtest.log.content import CONTENT_ATTRIBUTE, append_file_digest, content_digest
from radtest.log.creation import sync_folder
from radtest.log.layout import DEVICE_FIELDS, SOURCE_FIELDS, make_group, to_iso, write_fields, write_scalar
from radtest.log.lock import JournalLock
from radtest.log.log_writer import CHUNK_BYTES, COMPRESSION, LogWriter
from radtest.log.naming import record_name
from radtest.log.plots import write_outcome_counts, write_upsets
from radtest.log.reading import JournalReader, open_journal
from radtest.log.schema import EVENTS, FILE_TYPE, FILE_VERSION, OUTCOMES, QUALITY, STRIKES, TARGETS, Table
from radtest.log.waveforms import write_waveforms

__all__ = ["delete_journal", "seal", "seal_reader"]


def seal(journal: str | Path, destination: str | Path | None = None, *, remove_journal: bool = False) -> Path:
    """Seal the journal of an ended run into one HDF5 file.

    Parameters
    ----------
    journal : str or Path
        The journal; no process may be writing it.
    destination : str or Path, optional
        The file to be made; by default `record_name` of the run, in the folder of the journal.
    remove_journal : bool
        Delete the journal once the sealed file is durable.

    Returns
    -------
    Path
        The sealed file.

    Raises
    ------
    BusyError
        If a living process holds the journal, or the destination exists.
    RecordError
        If the journal has no end (see `recover`) or is damaged.
    StorageError
        If the file cannot be written, or what was read back is not what the journal holds. Nothing is left behind.

    Notes
    -----
    The file appears under its name only when it is complete: it is written under a temporary name in the same folder,
    read back and compared with the journal, synchronised to disk, and renamed.
    """
    journal = Path(journal)
    with open_journal(journal) as reader, JournalLock(journal):
        end = reader.end
        if end is None:
            raise RecordError(
                f"{journal}: the run has not ended: its process died or never called end()",
                remedy=f"`radtest log recover {journal}` seals it and marks the run as lost.",
            )
        sealed = seal_reader(reader, end, destination)
    if remove_journal:
        delete_journal(journal)
    return sealed


def delete_journal(journal: Path) -> None:
    """Delete a journal and the files SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm"):
        journal.with_name(journal.name + suffix).unlink(missing_ok=True)


def seal_reader(
    reader: JournalReader,
    end: RunEnd,
    destination: str | Path | None = None,
    remarks: Sequence[tuple[str, float, str, str]] = (),
) -> Path:
    """Seal an open journal, with `end` as its end and `remarks` as further rows of quality."""
    header = reader.header
    if header.source.kind not in SOURCE_FIELDS:
        raise RecordError(f"{reader.path}: source {header.source.kind.value!r} cannot be sealed by this radtest")
    path = reader.path.parent / record_name(header) if destination is None else Path(destination)
    _refuse_existing(path)
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
    except OSError as error:
        raise StorageError(f"{path}: cannot be made: {error.strerror}", remedy="give a folder that exists.") from None
    os.close(descriptor)
    temporary = Path(name)
    try:
        digest = _write(temporary, reader, end, remarks)
        _check(temporary, path, digest)
        append_file_digest(temporary)
        _publish(temporary, path)
    except OSError as error:
        if isinstance(error, BusyError | StorageError):
            raise
        raise StorageError(f"{path}: cannot be written: {error}", remedy="free some space and seal again.") from error
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise BusyError(
            f"{path}: exists already; a sealed file is never overwritten",
            remedy="give another destination, or move that file away.",
        )


def _publish(temporary: Path, path: Path) -> None:
    # mkstemp makes files private; a record is for everyone the folder is for.
    mask = os.umask(0)
    os.umask(mask)
    temporary.chmod(0o666 & ~mask)
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)  # unlike a rename, this cannot overwrite
    except FileExistsError:
        _refuse_existing(path)
        raise
    except OSError as error:
        # FAT sticks and some network shares have no links.
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}:
            raise
        _refuse_existing(path)
        temporary.rename(path)
    sync_folder(path.parent)


def _check(temporary: Path, path: Path, digest: str) -> None:
    """Read everything back and compare it with what came out of the journal."""
    with h5py.File(temporary, "r") as file:
        found = content_digest(file)
        stated = file.attrs[CONTENT_ATTRIBUTE]
    if not found == stated == digest:
        raise StorageError(
            f"{path}: what was read back differs from the journal (content {found[:12]} instead of {digest[:12]})",
            remedy="check the disk; the journal is untouched, seal it on another disk.",
        )


def _write(temporary: Path, reader: JournalReader, end: RunEnd, remarks: Sequence[tuple[str, float, str, str]]) -> str:
    """Write the file and return the digest of its content, computed from the journal's data."""
    header = reader.header
    digests: dict[str, str] = {}
    # Chunks are written whole: a cache for each dataset would only hold hundreds of megabytes of a long night.
    with h5py.File(temporary, "w", rdcc_nbytes=CHUNK_BYTES) as file:
        file.attrs["filetype"] = FILE_TYPE
        file.attrs["version"] = FILE_VERSION
        file.attrs["NX_class"] = "NXroot"
        file.attrs["default"] = "entry"
        entry = make_group(file, "entry", "NXentry")
        write_scalar(entry, "title", header.title)
        write_scalar(entry, "run_number", header.run_number)
        write_scalar(entry, "start_time", to_iso(header.start_time_ns))
        write_scalar(entry, "end_time", to_iso(end.end_time_ns))
        write_scalar(entry, "stop_reason", end.stop_reason.value)
        write_scalar(entry, "valid", end.valid)
        write_scalar(entry, "program_name", header.program_name)
        write_scalar(entry, "facility", header.facility)
        write_scalar(entry, "operator", header.operator)
        write_scalar(entry, "configuration", header.configuration)
        write_scalar(entry, "configuration_sha256", hashlib.sha256(header.configuration.encode()).hexdigest())

        kind = header.source.kind
        source = make_group(entry, "source", "NXsource")
        write_scalar(source, "kind", kind.value)
        write_fields(source, header.source, SOURCE_FIELDS[kind][1])
        if kind is SourceKind.BEAM:
            beam = make_group(source, "beam", "NXbeam")
            beam["incident_energy"] = h5py.SoftLink("/entry/source/energy")
            if "flux" in source:
                beam["flux"] = h5py.SoftLink("/entry/source/flux")
        device = make_group(entry, "dut", "NXsample")
        write_scalar(device, "name", header.device.serial or header.device.part)
        write_fields(device, header.device, DEVICE_FIELDS)

        start = to_iso(header.start_time_ns)
        with LogWriter(entry, "fluence", unit="1/cm2", start=start, digests=digests) as log:
            for times, values in reader.fluence_blocks():
                log.add(times.tobytes(), values.tobytes())
        telemetry = make_group(entry, "telemetry", "NXcollection")
        last_ns = max(log.last_time_ns, _write_telemetry(telemetry, reader, start, digests))
        write_waveforms(entry, reader, start, digests)

        _write_table(entry, EVENTS, reader, digests)
        if kind is SourceKind.RTL or reader.count(TARGETS) or reader.count(OUTCOMES):
            _write_table(entry, TARGETS, reader, digests)
            _write_table(entry, OUTCOMES, reader, digests)
        if reader.count(STRIKES):
            _write_table(entry, STRIKES, reader, digests)
        _write_table(entry, QUALITY, reader, digests, _remark_rows(reader, remarks))

        if kind is SourceKind.RTL:
            write_outcome_counts(entry, reader)
        else:
            write_upsets(entry, reader, last_ns)
        digest = content_digest(file, digests)
        file.attrs[CONTENT_ATTRIBUTE] = digest
    return digest


def _write_telemetry(group: h5py.Group, reader: JournalReader, start: str, digests: dict[str, str]) -> int:
    """Write all channels in one pass over the journal, in which their blocks lie as they came; return the last time."""
    with ExitStack() as stack:
        logs = {
            channel.number: stack.enter_context(
                LogWriter(group, channel.name, unit=channel.unit, start=start, digests=digests)
            )
            for channel in reader.channels(counted=False)
        }
        for number, times, values in reader.all_telemetry():
            logs[number].add(times, values)
    return max((log.last_time_ns for log in logs.values()), default=0)


def _write_table(
    entry: h5py.Group,
    table: Table,
    reader: JournalReader,
    digests: dict[str, str],
    further: NDArray[np.void] | None = None,
) -> None:
    kind = reader.dtype(table)
    if further is not None:
        kind = np.promote_types(kind, further.dtype)
    stored = np.dtype(
        [
            (n, h5py.string_dtype("utf-8", kind[n].itemsize) if kind[n].kind == "S" else kind[n])
            for n in kind.names or ()
        ]
    )
    chunk = max(16, min(16_384, CHUNK_BYTES // kind.itemsize))
    rows = reader.count(table) + (0 if further is None else len(further))
    dataset = entry.create_dataset(
        table.name, shape=(rows,), maxshape=(None,), dtype=stored, chunks=(chunk,), **COMPRESSION
    )
    digest = hashlib.sha256()
    position = 0
    for block in reader.blocks(table, rows=chunk, dtype=kind):
        dataset[position : position + len(block)] = block.astype(stored)
        digest.update(block.tobytes())
        position += len(block)
    if further is not None and len(further):
        block = further.astype(kind)
        dataset[position:] = block.astype(stored)
        digest.update(block.tobytes())
    digests[dataset.name] = digest.hexdigest()


def _remark_rows(reader: JournalReader, remarks: Sequence[tuple[str, float, str, str]]) -> NDArray[np.void]:
    names, values, units, details = ([remark[i] for remark in remarks] for i in range(4))
    texts = {"name": names, "unit": units, "detail": details}
    encoded = {key: [str(text).encode() for text in column] for key, column in texts.items()}
    width = {key: max([1, *(len(text) for text in column)]) for key, column in encoded.items()}
    rows = np.empty(
        len(remarks),
        dtype=[(c.name, f"S{width[c.name]}" if c.type == "S" else c.type) for c in QUALITY.columns],
    )
    rows["sequence"] = reader.count(QUALITY) + 1 + np.arange(len(remarks))
    rows["value"] = values
    for key, column in encoded.items():
        rows[key] = column
    return rows
