"""The lock that tells a journal being written from one whose run died."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

from radtest.core import BusyError, StorageError

__all__ = ["JournalLock"]


class JournalLock:
    """Exclusive hold on a journal, for as long as this process lives.

    The lock is an advisory ``flock`` on ``<journal>.lock`` beside the journal: the kernel drops it when the process
    dies, whatever the cause. The journal itself is not locked this way, because closing any second descriptor of an
    SQLite file drops the locks SQLite holds on it.

    Parameters
    ----------
    journal : Path
        The journal.

    Raises
    ------
    BusyError
        If a living process (this one included) holds the journal; the message names its process id.
    StorageError
        If the lock file cannot be made.
    """

    def __init__(self, journal: Path) -> None:
        self.journal = journal
        self.path = journal.with_name(journal.name + ".lock")
        self._descriptor = self._acquire()

    def _acquire(self) -> int:
        while True:
            try:
                descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
            except OSError as error:
                raise StorageError(
                    f"{self.path}: cannot be made: {error.strerror}",
                    remedy="give a folder that exists and can be written.",
                ) from None
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # The last holder may have removed the file between our open and our lock.
                if self.path.exists() and os.fstat(descriptor).st_ino == self.path.stat().st_ino:
                    os.ftruncate(descriptor, 0)
                    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
                    return descriptor
            except BlockingIOError:
                holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
                os.close(descriptor)
                raise BusyError(
                    f"{self.journal}: is being written by process {holder}",
                    remedy="let that run end, or stop it, and try again.",
                ) from None
            except OSError:
                os.close(descriptor)
                raise
            os.close(descriptor)

    def release(self) -> None:
        """Give the journal up; a second call does nothing."""
        if self._descriptor >= 0:
            self.path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> JournalLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()
