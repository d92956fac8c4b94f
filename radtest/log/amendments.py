"""Amendments: what is said of a run after its file was sealed, as further rows; what was sealed stays as it was."""

from __future__ import annotations

import dataclasses
import math
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from radtest.core import ConfigurationError, Device, RecordError, StorageError
from radtest.log.content import (
    CONTENT_ATTRIBUTE,
    append_file_digest,
    content_digest,
    without_file_digest,
)
from radtest.log.creation import sync_folder
from radtest.log.layout import DEVICE_FIELDS, SOURCE_FIELDS, Field, to_iso
from radtest.log.lock import JournalLock
from radtest.log.record import Record, open_record
from radtest.log.rows import fitting_text
from radtest.log.schema import AMENDMENTS
from radtest.log.verify import verify

__all__ = ["AMENDMENTS_PLACE", "SEALED_ATTRIBUTE", "amend"]

AMENDMENTS_PLACE = "/entry/amendments"
"""The table of amendments in the file."""
SEALED_ATTRIBUTE = "sealed_sha256"
"""Attribute of that table: the content fingerprint of the file as it was sealed."""
_PLAIN = {"title": str, "facility": str, "operator": str, "valid": bool, "note": str}


def amend(path: str | Path, field: str, value: str, *, why: str, who: str, time_ns: int | None = None) -> int:
    """Add an amendment to a sealed file and return its number; nothing that was sealed changes.

    Parameters
    ----------
    path : str or Path
        The sealed file.
    field : str
        ``title``, ``facility``, ``operator``, ``valid``, ``source/<field>``, ``dut/<field>``, ``quality/<name>``, or
        ``note`` for a remark.
    value : str
        What holds instead; a number in the unit of the field where the field is a number.
    why, who : str
        The reason, and who answers for it.
    time_ns : int, optional
        When it was said, ns since 1970-01-01 UTC; by default now.

    Returns
    -------
    int
        Number of the amendment in the file, from 1.

    Raises
    ------
    BusyError
        If another process is amending the file.
    ConfigurationError
        If there is no such field, or the value is none of its type.
    RecordError
        If the file is no sealed record, is damaged, or a text does not fit.
    StorageError
        If the file cannot be written; the file that was there is then still there, as it was.

    Notes
    -----
    The file is copied, the copy gets a new table of amendments and new fingerprints, is read back, synchronised to disk
    and renamed over the original: at any moment there is one whole file under the name. The content fingerprint of the
    file as it was sealed is kept beside the table, and verification recomputes it.
    """
    path = Path(path)
    verification = verify(path)
    if verification.kind != "sealed":
        raise RecordError(f"{path}: is a journal", remedy="seal it; a run that lives is described by its own records.")
    if not verification.ok:
        worst = verification.findings[0]
        raise RecordError(
            f"{path}: is not what was sealed ({worst.place}: {worst.message}); it is not amended",
            remedy="amend a sound copy.",
        )
    with JournalLock(path):
        with open_record(path) as record:
            stated = _stated(record, field)
            text = _checked(path, record, field, value)
            rows = _with_row(record.amendments, field, text, stated, why, who, time_ns)
            table = record.file.get(AMENDMENTS_PLACE)
            sealed = record.file.attrs[CONTENT_ATTRIBUTE] if table is None else table.attrs[SEALED_ATTRIBUTE]
        _replace(path, rows, str(sealed))
    return len(rows)


def _fields(record: Record) -> dict[str, tuple[Field, type]]:
    """Return what of source and device can be amended, by its name in an amendment."""
    source = SOURCE_FIELDS[record.header.source.kind]
    return {
        f"{group}/{field.name}": (field, kind)
        for group, kind, fields in (("source", *source), ("dut", Device, DEVICE_FIELDS))
        for field in fields
    }


def _stated(record: Record, field: str) -> str:
    """Return what the file says of a field so far."""
    earlier = record.amended(field)
    if earlier is not None:
        return earlier
    value: Any = None
    if field == "note":
        return ""
    if field.startswith("quality/"):
        value = record.quality_value(field.removeprefix("quality/"))
    elif field in _PLAIN or field in _fields(record):
        place = f"/entry/{field}"
        value = record.file[place][()] if place in record.file else None
    else:
        legal = ", ".join([*_PLAIN, *_fields(record), "quality/<name>"])
        raise ConfigurationError(f"{record.path}: no field {field!r} can be amended; legal: {legal}")
    if isinstance(value, bytes):
        return value.decode()
    return "" if value is None else _word(value)


def _word(value: Any) -> str:
    plain = value.item() if isinstance(value, np.generic) else value
    return str(plain).lower() if isinstance(plain, bool) else str(plain)


def _checked(path: Path, record: Record, field: str, value: str) -> str:
    """Return a value as it is written, after checking that it is one of the type of its field."""
    fields = _fields(record)
    if field in fields:
        entry, owner = fields[field]
        (words,) = (str(f.type) for f in dataclasses.fields(owner) if f.name == entry.attribute)
        kind = words.partition(" ")[0]
    else:
        kind = "float" if field.startswith("quality/") else _PLAIN[field].__name__
    if kind == "bool":
        if value not in {"true", "false"}:
            raise ConfigurationError(f"{path}: {field} = {value!r}: legal is true or false")
        return value
    if kind in {"float", "int"}:
        try:
            number = float(value) if kind == "float" else int(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise ConfigurationError(
                f"{path}: {field} = {value!r}: legal is a {'finite' if kind == 'float' else 'whole'} number, in the "
                "unit of the field"
            )
        return repr(number)
    return value


def _with_row(
    rows: NDArray[np.void], field: str, value: str, stated: str, why: str, who: str, time_ns: int | None
) -> list[dict[str, Any]]:
    texts = {
        "time": to_iso(time.time_ns() if time_ns is None else time_ns),
        "field": field,
        "value": value,
        "stated": stated,
        "why": why,
        "who": who,
    }
    for name, text in texts.items():
        fitting_text(text, AMENDMENTS.column(name).limit_bytes, f"amendments.{name}")
    for name in ("why", "who"):
        if not texts[name].strip():
            raise ConfigurationError(f"an amendment without --{name} says nothing", remedy=f"state --{name}.")
    before = [{name: row[name] for name in rows.dtype.names or ()} for row in rows]
    return [*before, {"sequence": len(rows) + 1, **texts}]


def _replace(path: Path, rows: list[dict[str, Any]], sealed: str) -> None:
    """Put a file with these amendments in the place of the sealed one."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
        os.close(descriptor)
    except OSError as error:
        raise StorageError(
            f"{path}: cannot be amended: {error.strerror}", remedy="give a folder that can be written."
        ) from None
    temporary = Path(name)
    try:
        shutil.copyfile(path, temporary)
        os.truncate(temporary, without_file_digest(temporary))
        _write(temporary, rows, sealed)
        append_file_digest(temporary)
        _check(temporary, path, rows)
        shutil.copymode(path, temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        if isinstance(error, StorageError):
            raise
        raise StorageError(
            f"{path}: cannot be amended: {error}", remedy="free some space; the file is as it was."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _write(temporary: Path, rows: list[dict[str, Any]], sealed: str) -> None:
    encoded = [{k: v.encode() if isinstance(v, str) else int(v) for k, v in row.items()} for row in rows]
    kind = []
    for column in AMENDMENTS.columns:
        texts = [row[column.name] for row in encoded]
        width = max(1, *(len(text) for text in texts if isinstance(text, bytes))) if column.type == "S" else 0
        kind.append((column.name, h5py.string_dtype("utf-8", width) if column.type == "S" else column.type))
    table = np.array([tuple(row[c.name] for c in AMENDMENTS.columns) for row in encoded], dtype=kind)
    with h5py.File(temporary, "r+") as file:
        if AMENDMENTS_PLACE in file:
            del file[AMENDMENTS_PLACE]
        file.create_dataset(AMENDMENTS_PLACE, data=table)
        file[AMENDMENTS_PLACE].attrs[SEALED_ATTRIBUTE] = sealed
        file.attrs[CONTENT_ATTRIBUTE] = content_digest(file)


def _check(temporary: Path, path: Path, rows: list[dict[str, Any]]) -> None:
    """Read the amended copy back before it takes the place of the original."""
    found = verify(temporary)
    if found.findings and not found.ok:
        raise StorageError(f"{path}: what was read back is damaged: {found.findings[0].message}", remedy="check disk.")
    with open_record(temporary) as record:
        read = [str(row["value"]) for row in record.amendments]
    if read != [str(row["value"]) for row in rows]:
        raise StorageError(f"{path}: what was read back differs from what was written", remedy="check the disk.")
