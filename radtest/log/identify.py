"""What a file is, told from its first bytes, so that an error can say what was found."""

from __future__ import annotations

from pathlib import Path

from radtest.core import RecordError

__all__ = ["HDF5", "PARQUET", "SQLITE", "identify"]

HDF5 = "an HDF5 file"
SQLITE = "an SQLite database"
PARQUET = "a Parquet file"
_SIGNATURES = (
    (b"\x89HDF\r\n\x1a\n", HDF5),
    (b"SQLite format 3\0", SQLITE),
    (b"PAR1", PARQUET),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x7fELF", "an ELF program"),
)


def identify(path: Path) -> str:
    """Return what the file at `path` is, in words: ``an HDF5 file``, ``an SQLite database``, ``a PNG image``...

    Raises
    ------
    RecordError
        If there is no such file or it cannot be read.
    """
    if path.is_dir():
        raise RecordError(f"{path}: is a folder, not a record", remedy="name a .h5 file or a .journal in it.")
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except FileNotFoundError:
        raise RecordError(f"{path}: no such file", remedy="check the path and the working folder.") from None
    except OSError as error:
        raise RecordError(f"{path}: cannot be read: {error.strerror}") from None
    if not start:
        return "an empty file"
    for signature, description in _SIGNATURES:
        if start.startswith(signature):
            return description
    try:
        start[:-3].decode("utf-8")
    except UnicodeDecodeError:
        return f"a binary file of unknown type (it starts with {start[:8].hex(' ')})"
    return "a text file"
