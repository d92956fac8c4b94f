"""Making a journal on disk, durable before the first event."""

from __future__ import annotations

import os
import sqlite3
import urllib.parse
from pathlib import Path

from radtest.core import BusyError, StorageError
from radtest.log.schema import APPLICATION_ID, JOURNAL_SCHEMA, JOURNAL_VERSION

__all__ = ["create_database", "reopen_database", "sync_folder"]


_DURABLE = "PRAGMA synchronous = FULL"


def create_database(path: Path, header: str) -> sqlite3.Connection:
    """Make the database with its header, durable on disk, and return the connection."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))
    except FileExistsError:
        raise BusyError(
            f"{path}: exists already; a journal is never overwritten",
            remedy="take another run number or folder; `radtest log recover` seals the journal of a run that died.",
        ) from None
    except OSError as error:
        raise StorageError(
            f"{path}: cannot be made: {error.strerror}", remedy="give a folder that can be written."
        ) from None
    try:
        # The writer thread takes the connection over.
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {JOURNAL_VERSION}")
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
            if mode != "wal":
                raise StorageError(
                    f"{path}: SQLite cannot keep a write-ahead log here (mode {mode})",
                    remedy="use a folder on a local disk, not on a network share.",
                )
            connection.execute(_DURABLE)
            connection.executescript(f"BEGIN; {JOURNAL_SCHEMA} COMMIT;")
            connection.execute("INSERT INTO header (id, json) VALUES (1, ?)", (header,))
            sync_folder(path.parent)
        except BaseException:
            connection.close()
            raise
    except BaseException as error:
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        if isinstance(error, sqlite3.Error):
            raise StorageError(f"{path}: cannot be written: {error}", remedy="give a disk with space left.") from None
        raise
    return connection


def reopen_database(path: Path) -> sqlite3.Connection:
    """Open the database of a run that died, for writing; what it had committed is there."""
    try:
        connection = sqlite3.connect(
            f"file:{urllib.parse.quote(str(path.resolve()))}?mode=rw",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            # A setting of the connection, not of the file.
            connection.execute(_DURABLE)
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise StorageError(
            f"{path}: cannot be written: {error}", remedy="give a disk with space left, and a file that can be written."
        ) from None
    return connection


def sync_folder(folder: Path) -> None:
    """Make the entries of a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
