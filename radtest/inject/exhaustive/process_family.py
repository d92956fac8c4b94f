"""The processes that a map starts, and all that these start: a family that ends with the map, however that ends.

Run as a program, ``python process_family.py MARK``, it waits until its standard input is closed, as it is when who
started it has gone, and then ends every process that bears the mark in its environment. It imports nothing of
radtest, since each map starts it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

__all__ = ["process_family"]

_MARK = "RADTEST_FAMILY"


@contextlib.contextmanager
def process_family() -> Iterator[None]:
    """See to it that what is started within the context has ended when that is left, even by a kill of this process.

    Compilers and simulators start processes of their own, so that it is not enough to end those that one knows.
    """
    mark = uuid.uuid4().hex
    before = os.environ.get(_MARK)
    with subprocess.Popen(
        [sys.executable, "-S", "-E", __file__, mark],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Ctrl-C in a terminal goes to its whole group, and this one must outlive it.
        start_new_session=True,
    ):
        os.environ[_MARK] = mark
        try:
            yield
        finally:
            if before is None:
                os.environ.pop(_MARK, None)
            else:
                os.environ[_MARK] = before


def _end(mark: str) -> None:
    """End all processes with a mark, until there are none."""
    wanted = f"{_MARK}={mark}".encode()
    found = True
    while found:
        found = False
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if wanted in (process / "environ").read_bytes().split(b"\0"):
                    os.kill(int(process.name), signal.SIGKILL)
                    found = True


if __name__ == "__main__":
    sys.stdin.read()
    _end(sys.argv[1])
