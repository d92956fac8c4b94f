"""The folder of a campaign's working files: one campaign at a time, and nothing in it that is not radtest's own."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from radtest.core.errors import BusyError

__all__ = ["check_work_folder", "own_work_folder"]


def check_work_folder(work: Path) -> None:
    """Check that a folder is absent or one that radtest made.

    Raises
    ------
    BusyError
        If it is something else.
    """
    if work.exists() and not _lock_of(work).is_file():
        raise BusyError(
            f"{work}: exists already and was not made by radtest; it would have to be overwritten",
            remedy="name another output folder, or remove this one.",
        )


@contextlib.contextmanager
def own_work_folder(work: Path) -> Iterator[None]:
    """Own a working folder, empty at first, for as long as the context lasts.

    What an earlier campaign left in it is removed. It stays afterwards, for those who want to look at the logs.

    Raises
    ------
    BusyError
        If another campaign is using it, or it was not made by radtest.
    """
    check_work_folder(work)
    work.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(_lock_of(work), os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(
                f"{work}: another campaign is using it",
                remedy="wait for it to end, or name another output folder.",
            ) from None
        if work.exists():
            shutil.rmtree(work)
        work.mkdir()
        yield
    finally:
        # Closing the file gives up the lock.
        os.close(lock)


def _lock_of(work: Path) -> Path:
    return work.parent / f".{work.name}.lock"
