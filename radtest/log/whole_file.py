"""Files that are there whole or not at all, and never in the place of something of another kind."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Set
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from radtest.core import BusyError, ConfigurationError, StorageError
from radtest.log.identify import identify

__all__ = ["whole_file", "whole_path"]

_TEXT = frozenset({"a text file", "an empty file"})


@contextmanager
def whole_file(path: str | Path) -> Iterator[TextIO]:
    """Open a text file that takes its name when the `with` block ends well; otherwise nothing is left of it.

    Parameters
    ----------
    path : str or Path
        The file, in UTF-8 with the line ends as they are written. A text file of that name is replaced.

    Raises
    ------
    BusyError
        If there is something else than a text file: a record, an image, a folder, a device.
    ConfigurationError
        If its folder does not exist.
    StorageError
        If it cannot be written.
    """
    with whole_path(path, _TEXT) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        yield file


@contextmanager
def whole_path(path: str | Path, replaceable: Set[str]) -> Iterator[Path]:
    """Give a temporary name whose file takes the name wanted when the `with` block ends well.

    Parameters
    ----------
    path : str or Path
        The name wanted.
    replaceable : set of str
        What a file of that name may be (see `identify`) to be replaced; else, and on errors, as `whole_file`.
    """
    path = Path(path)
    _check(path, replaceable)
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
        os.close(descriptor)
    except OSError as error:
        raise StorageError(
            f"{path}: cannot be made: {error.strerror}", remedy="give a folder that can be written."
        ) from None
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes files private; this one is for everyone the folder is for.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    except OSError as error:
        if isinstance(error, BusyError | StorageError):
            raise
        raise StorageError(f"{path}: cannot be written: {error.strerror}", remedy="free some space.") from error
    finally:
        temporary.unlink(missing_ok=True)


def _check(path: Path, replaceable: Set[str]) -> None:
    if not path.parent.is_dir():
        raise ConfigurationError(f"{path}: there is no folder {path.parent}", remedy="make it, or name another file.")
    if not path.exists():
        return
    if path.is_file():
        found = identify(path)
        if found in replaceable:
            return
    else:
        found = "a folder" if path.is_dir() else "not a file"
    raise BusyError(f"{path}: is {found}, and would be replaced", remedy="name another file.")
