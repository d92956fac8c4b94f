"""Opening a sealed file: what is none, damaged or of another version is refused before anything is read."""

from __future__ import annotations

from pathlib import Path

import h5py

from radtest.core import RecordError
from radtest.log.content import check_file_digest
from radtest.log.identify import HDF5, SQLITE, identify
from radtest.log.layout import attribute_text
from radtest.log.schema import FILE_TYPE, FILE_VERSION

__all__ = ["DAMAGE", "open_checked"]

DAMAGE = (OSError, RuntimeError, ArithmeticError, ValueError, LookupError, TypeError, AttributeError, MemoryError)
"""What h5py and numpy raise for structures that make no sense."""


def open_checked(path: Path, *, accept_damage: bool) -> tuple[h5py.File, str]:
    """Open a sealed file for reading; return it and the version of its format.

    Parameters
    ----------
    path : Path
        The file.
    accept_damage : bool
        Open it even if its bytes are not those that were sealed.

    Raises
    ------
    RecordError
        If it is no sealed record, is damaged, or its major version is not supported.
    """
    found = identify(path)
    if found == SQLITE:
        raise RecordError(
            f"{path}: an SQLite database, not a sealed record",
            remedy="seal a journal first: `radtest log recover` if its run died.",
        )
    if found != HDF5:
        raise RecordError(f"{path}: {found}, not a sealed radtest record", remedy="give a .h5 file radtest sealed.")
    # The HDF5 library runs in circles over some damage, so that it is not shown any.
    if not accept_damage and check_file_digest(path) is False:
        raise RecordError(
            f"{path}: damaged: its bytes are not those that were sealed",
            remedy="take another copy, or seal its journal again; open_record(..., accept_damage=True) tries to "
            "read what is left.",
        )
    try:
        file = h5py.File(path, "r")
    except DAMAGE as error:
        raise RecordError(
            f"{path}: a damaged or truncated HDF5 file: {error}", remedy="take another copy, or seal its journal again."
        ) from None
    try:
        return file, _version(file, path)
    except BaseException:
        file.close()
        raise


def _version(file: h5py.File, path: Path) -> str:
    try:
        attributes = dict(file.attrs.items())
    except DAMAGE as error:
        raise RecordError(
            f"{path}: / is damaged or missing: {error}", remedy=f"`radtest log verify {path}` lists what is wrong."
        ) from None
    filetype, version = attribute_text(attributes.get("filetype")), attribute_text(attributes.get("version"))
    if filetype != FILE_TYPE:
        what = "no attribute filetype" if filetype is None else f"filetype {filetype!r}"
        raise RecordError(
            f"{path}: an HDF5 file with {what}; supported is filetype {FILE_TYPE!r}",
            remedy="give a .h5 file radtest sealed.",
        )
    major = FILE_VERSION.partition(".")[0]
    if version is None or version.partition(".")[0] != major:
        raise RecordError(
            f"{path}: a radtest record of version {version}; this radtest supports version {major}.x",
            remedy="read it with the radtest that wrote it, or a newer one.",
        )
    return version
