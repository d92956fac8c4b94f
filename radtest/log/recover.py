"""Sealing the journal of a run whose process died."""

from __future__ import annotations

import tempfile
from pathlib import Path

from radtest.core import RunEnd, StopReason
from radtest.log.lock import JournalLock
from radtest.log.naming import record_name
from radtest.log.reading import JournalReader, open_journal
from radtest.log.salvage import salvage
from radtest.log.seal import delete_journal, seal_reader

__all__ = ["recover"]

_RECOVERED = ("recovered", 1.0, "1", "the process of the run died; sealed by recovery")


def recover(journal: str | Path, destination: str | Path | None = None, *, remove_journal: bool = False) -> Path:
    """Seal the journal of a run that died; whatever was acknowledged is in the file.

    Parameters
    ----------
    journal : str or Path
        The journal. It is not changed.
    destination : str or Path, optional
        The file to be made; by default `record_name` of the run, in the folder of the journal.
    remove_journal : bool
        Delete the journal once the sealed file is durable.

    Returns
    -------
    Path
        The sealed file. Its run ended at the last thing recorded, by ``lost``, and is not valid until somebody has
        judged it; a run that had ended in order keeps its own end. ``/entry/quality`` says that it was recovered and,
        for a damaged journal, how many rows of which table were lost.

    Raises
    ------
    BusyError
        If a living process writes the journal, or the destination exists.
    RecordError
        If the file is not a journal, or is damaged beyond its header.
    StorageError
        If the sealed file cannot be written.
    """
    journal = Path(journal)
    with open_journal(journal) as reader, JournalLock(journal):
        if not reader.damage():
            sealed = seal_reader(reader, _end(reader), destination, [_RECOVERED])
        else:
            sealed = _seal_salvaged(journal, destination)
    if remove_journal:
        delete_journal(journal)
    return sealed


def _seal_salvaged(journal: Path, destination: str | Path | None) -> Path:
    with tempfile.TemporaryDirectory(prefix=f".{journal.name}.", suffix=".salvage", dir=journal.parent) as folder:
        saved = Path(folder) / journal.name
        losses = salvage(journal, saved)
        remarks = [_RECOVERED, ("journal_damaged", 1.0, "1", "the journal was damaged; readable rows were salvaged")]
        remarks += [(f"lost_rows_{loss.table}", float(loss.rows), "1", str(loss)) for loss in losses]
        with open_journal(saved) as reader:
            path = journal.parent / record_name(reader.header) if destination is None else Path(destination)
            return seal_reader(reader, _end(reader), path, remarks)


def _end(reader: JournalReader) -> RunEnd:
    end = reader.end
    if end is not None:
        return end
    return RunEnd(reader.header.start_time_ns + reader.last_time_ns(), StopReason.LOST, valid=False)
