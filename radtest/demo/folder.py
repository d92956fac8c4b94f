"""The folder of a demonstration: never overwritten unless it is one, and told to."""

from __future__ import annotations

import shutil
from pathlib import Path

from radtest.core.errors import BusyError

__all__ = ["prepare_folder"]

_MARK = ".radtest-demo"


def prepare_folder(folder: str | Path, *, replace: bool = False) -> Path:
    """Make the folder of a demonstration.

    Parameters
    ----------
    folder : str or Path
        The folder; it may exist if it is empty.
    replace : bool
        Remove an earlier demonstration in it. Anything else is never removed.

    Raises
    ------
    BusyError
        If something is in it that must stay.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise BusyError(f"{folder}: is a file, not a folder", remedy="name another folder with --out.")
    if folder.is_dir() and any(folder.iterdir()):
        earlier = (folder / _MARK).is_file()
        if not (replace and earlier):
            holds = "holds an earlier demonstration" if earlier else "is not empty"
            remedy = "add --replace, or name another folder" if earlier else "name another folder"
            raise BusyError(f"{folder}: {holds}", remedy=f"{remedy} with --out.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).write_text("A demonstration by radtest. It may be replaced by another one.\n")
    return folder
