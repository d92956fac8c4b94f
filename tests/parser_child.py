"""A process that reads damaged files, so that whatever brings it down is seen from outside."""

from __future__ import annotations

import resource
import shutil
import sys
import tempfile
import traceback
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

MEMORY_BYTES = 4 << 30
PATIENCE_S = 60.0
MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 (a folder of our own is made in it)
Mutation = tuple[int, list[tuple[int, int]]]
"""How many bytes are cut off the end, and which bytes become what."""


def damaged(content: bytes, mutation: Mutation) -> bytes:
    cut, changes = mutation
    result = bytearray(content[: len(content) - cut % len(content)])
    for position, value in changes:
        if result:
            result[position % len(result)] = value
    return bytes(result)


def read_sealed(path: Path) -> None:
    from radtest.log import open_record, summarise, verify

    with open_record(path) as record:
        _ = record.header, record.end, record.counts(), record.events, record.quality, record.fluence
        _ = record.amendments, record.targets, record.outcomes, record.strikes
        _ = [record.telemetry[channel] for channel in record.telemetry]
    verify(path)
    summarise(path)


def open_damaged(path: Path) -> None:
    from radtest.log import open_record

    with open_record(path, accept_damage=True) as record:
        _ = record.header, record.end, record.counts(), record.events, record.quality, record.fluence
        _ = list(record.iter_events()), record.amendments, record.telemetry_units


def open_a_journal(path: Path) -> None:
    from radtest.log import EVENTS, open_journal

    with open_journal(path) as reader:
        _ = reader.header, reader.end, reader.counts()
        _ = [len(block) for block in reader.blocks(EVENTS)], list(reader.all_telemetry())


def read_journal(path: Path) -> None:
    from radtest.core import RadtestError
    from radtest.log import open_journal, recover, summarise, verify

    for read in (verify, summarise, lambda p: open_journal(p).close()):
        try:
            read(path)
        except RadtestError:
            continue
    recover(path, path.with_suffix(".h5"))


def salvage_a_journal(path: Path) -> None:
    from radtest.log.salvage import salvage

    saved = path.with_name("saved.journal")
    salvage(path, saved)
    open_a_journal(saved)


def serve(connection: Connection, name: str, content: bytes) -> None:
    from radtest.core import RadtestError

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    read = {
        "sealed": read_sealed,
        "journal": read_journal,
        "damaged sealed": open_damaged,
        "open journal": open_a_journal,
        "salvaged journal": salvage_a_journal,
    }[name]
    home = Path(tempfile.mkdtemp(dir=MEMORY_FOLDER if MEMORY_FOLDER.is_dir() else None))
    try:
        while (mutation := connection.recv()) is not None:
            folder = Path(tempfile.mkdtemp(dir=home))
            path = folder / f"run.{'h5' if 'sealed' in name else 'journal'}"
            path.write_bytes(damaged(content, mutation))
            try:
                read(path)
                connection.send("read")
            except RadtestError as error:
                connection.send("refused" if error.message else "refused without a word")
            except BaseException:  # noqa: BLE001 (told to the parent, which fails)
                connection.send(traceback.format_exc())
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        shutil.rmtree(home, ignore_errors=True)


class ParserChild:
    """The process, started anew after it has died."""

    def __init__(self, name: str, content: bytes) -> None:
        self.arguments = (name, content)
        self.process = None
        self.connection: Connection | None = None

    def read(self, mutation: Mutation) -> str:
        """Return ``read``, ``refused``, a traceback, or how the process died."""
        if self.process is None:
            context = get_context("spawn")
            self.connection, theirs = context.Pipe()
            self.process = context.Process(target=serve, args=(theirs, *self.arguments), daemon=True)
            self.process.start()
            theirs.close()
        try:
            self.connection.send(mutation)
            if self.connection.poll(PATIENCE_S):
                return self.connection.recv()
            self.process.kill()
            died = f"hung for {PATIENCE_S:g} s"
        except (EOFError, OSError):
            self.process.join(10)
            died = f"died with {self.process.exitcode}"
        self.close()
        return died

    def close(self) -> None:
        if self.process is not None:
            with suppress(OSError):
                self.connection.send(None)
            self.process.join(10)
            self.process.kill()
            self.connection.close()
        self.process = None


if __name__ == "__main__":
    sys.exit("this is started by tests/integration/test_record_fuzz.py")
