"""Two fingerprints of a sealed file: one of its content, one of its bytes.

The **content** fingerprint says that the numbers are those that were sealed, even if a tool has repacked the file. It
is the SHA-256 over one line of canonical JSON (sorted keys, no spaces, ASCII) and a newline for each object, objects
in the order of a walk that visits the children of each group sorted by name:

    ["/path","group",{attributes}]
    ["/path","link","/target"]
    ["/path","dataset",{attributes},type,[shape],"SHA-256 of the data"]

Here ``type`` is numpy's type string (``"<i8"``, ``"|S12"``), or for a table a list of ``[column, type]``; data are the
bytes of the array in C order, little-endian, without padding; the attribute ``content_sha256`` of the root is left out.

The **file** fingerprint finds any byte that changed, used or not: the file ends in a line ``radtest-sha256:<hex>``, the
SHA-256 of all bytes before that line. HDF5 ignores bytes after its own end.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

__all__ = ["CONTENT_ATTRIBUTE", "append_file_digest", "check_file_digest", "content_digest", "without_file_digest"]

CONTENT_ATTRIBUTE = "content_sha256"
_TRAILER = b"\nradtest-sha256:"
_TRAILER_LENGTH = len(_TRAILER) + 64 + 1
_BLOCK_BYTES = 1 << 22


def content_digest(file: h5py.File, known: Mapping[str, str] | None = None, *, without: str = "") -> str:
    """Return the SHA-256 over the content of an open file, as lower-case hexadecimal.

    Parameters
    ----------
    file : h5py.File
        The file.
    known : mapping, optional
        For some datasets (by path) the SHA-256 of the data, which are then not read from the file.
    without : str
        Path of an object that is left out.

    Raises
    ------
    OSError
        If part of the file cannot be read.
    """
    total = hashlib.sha256()

    def add(*parts: Any) -> None:
        total.update(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode() + b"\n")

    def visit(group: h5py.Group, path: str) -> None:
        add(path or "/", "group", _attributes(group))
        for name in sorted(group):
            place = f"{path}/{name}"
            if place == without:
                continue
            link = group.get(name, getlink=True)
            if isinstance(link, h5py.SoftLink):
                add(place, "link", link.path)
            elif isinstance(item := group[name], h5py.Group):
                visit(item, place)
            else:
                data = (known or {}).get(place) or _data_digest(item)
                add(place, "dataset", _attributes(item), _type(item.dtype), list(item.shape), data)

    visit(file["/"], "")
    return total.hexdigest()


def _attributes(item: h5py.Group | h5py.Dataset) -> dict[str, Any]:
    return {
        name: _plain(value)
        for name, value in item.attrs.items()
        if not (name == CONTENT_ATTRIBUTE and item.name == "/")
    }


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value.decode() if isinstance(value, bytes) else value


def _type(dtype: np.dtype[Any]) -> Any:
    if dtype.names:
        return [[name, dtype[name].str] for name in dtype.names]
    return dtype.str


def _data_digest(dataset: h5py.Dataset) -> str:
    digest = hashlib.sha256()
    if dataset.shape == ():
        digest.update(np.ascontiguousarray(dataset[...]).tobytes())
        return digest.hexdigest()
    step = max(1, _BLOCK_BYTES // max(1, dataset.dtype.itemsize))
    if dataset.chunks:
        step = max(dataset.chunks[0], step - step % dataset.chunks[0])
    for start in range(0, len(dataset), step):
        digest.update(np.ascontiguousarray(dataset[start : start + step]).tobytes())
    return digest.hexdigest()


def without_file_digest(path: Path) -> int:
    """Return the length of a file without the line that holds the digest of its bytes."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _TRAILER_LENGTH))
        return size - _TRAILER_LENGTH if file.read(len(_TRAILER)) == _TRAILER else size


def append_file_digest(path: Path) -> None:
    """Append the line that holds the SHA-256 of all bytes before it."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    with path.open("ab") as file:
        file.write(_TRAILER + digest.encode() + b"\n")


def check_file_digest(path: Path) -> bool | None:
    """Tell whether the bytes are those that were sealed; None if the file no longer ends in its digest."""
    size = path.stat().st_size
    digest = hashlib.sha256()
    with path.open("rb") as file:
        left = size - _TRAILER_LENGTH
        if left <= 0:
            return None
        while left:
            block = file.read(min(left, _BLOCK_BYTES))
            digest.update(block)
            left -= len(block)
        trailer = file.read()
    if not trailer.startswith(_TRAILER):
        return None
    return trailer == _TRAILER + digest.hexdigest().encode() + b"\n"
