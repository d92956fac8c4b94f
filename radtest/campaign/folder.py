"""The output folder of a campaign: one owner at a time, one sealed file per run."""

from __future__ import annotations

import fcntl
import os
import re
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from radtest.campaign.configuration import BeamCampaignConfiguration, IonModel
from radtest.core import Beam, BusyError, ConfigurationError, StopReason, StorageError
from radtest.guard import in_words, read_post_mortem
from radtest.log import open_journal, open_record, record_name, recover, verify

__all__ = ["CampaignFolder"]

_LOCK = ".campaign.lock"
_GUARD = "guard_"
_UNFINISHED = {StopReason.OPERATOR, StopReason.FAULT, StopReason.FLUX, StopReason.LATCHED, StopReason.LOST}


class CampaignFolder:
    """A folder that this process owns until `close`.

    Parameters
    ----------
    path : str or Path
        The folder; made where it does not exist.
    resume : bool
        Go on with a campaign that is already in it.

    Raises
    ------
    BusyError
        If another campaign owns it, or it is not empty and `resume` is not set.
    ConfigurationError
        If it is a file.
    StorageError
        If it cannot be made.
    """

    def __init__(self, path: str | Path, *, resume: bool = False) -> None:
        self.path = Path(path)
        self.refuse_if_busy(self.path, resume=resume)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StorageError(
                f"{self.path}: cannot be used: {error.strerror}", remedy="name a folder that can be written."
            ) from error
        try:
            _lock(self._descriptor, self.path, fcntl.LOCK_EX)
        except BusyError:
            os.close(self._descriptor)
            raise
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    @staticmethod
    def refuse_if_busy(path: Path, *, resume: bool) -> None:
        """Refuse a folder that holds something, without touching it.

        Raises
        ------
        BusyError
            If another campaign owns it, or it is not empty and `resume` is not set.
        ConfigurationError
            If it is a file.
        """
        if path.exists() and not path.is_dir():
            raise ConfigurationError(f"{path}: is a file", remedy="name a folder for the runs.")
        if (path / _LOCK).is_file():
            descriptor = os.open(path / _LOCK, os.O_RDONLY)
            try:
                _lock(descriptor, path, fcntl.LOCK_SH)
            finally:
                os.close(descriptor)
        found = sorted(item.name for item in path.iterdir() if item.name != _LOCK) if path.is_dir() else []
        if found and not resume:
            shown = ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
            raise BusyError(
                f"{path}: is not empty: it holds {shown}",
                remedy="name another folder, or add --resume to go on with the campaign in it.",
            )

    def seal_dead_runs(self) -> list[Path]:
        """Seal the journals that a dead process has left; return the sealed files.

        Raises
        ------
        RecordError
            If a journal cannot be read.
        """
        sealed: list[Path] = []
        for journal in sorted(self.path.glob("*.journal")):
            with open_journal(journal) as reader:
                destination = self.path / record_name(reader.header)
            # The process may have died between the sealing and the removal of the journal.
            if destination.exists() and verify(destination).ok:
                for suffix in ("", "-wal", "-shm"):
                    journal.with_name(journal.name + suffix).unlink(missing_ok=True)
            else:
                sealed.append(recover(journal, remove_journal=True))
        return sealed

    def guard_log(self, process_id: int) -> Path:
        """Return where a guard is to say what it did after its engine died."""
        return self.path.absolute() / f"{_GUARD}{process_id}.jsonl"

    def guards_words(self) -> list[str]:
        """Return, once, what the guards of dead engines have left to say."""
        words: list[str] = []
        for path in sorted(self.path.glob(f"{_GUARD}*.jsonl")):
            words += [told for fact in read_post_mortem(path) if (told := in_words(fact))]
            path.rename(path.with_suffix(".told"))
        return words

    def next_run_number(self) -> int:
        """Return one more than the highest run number in the folder, or 1."""
        numbers = [
            int(match[1])
            for item in self.path.iterdir()
            if item.suffix in {".h5", ".journal"} and (match := re.match(r"run(\d+)_", item.name))
        ]
        return max(numbers, default=0) + 1

    def remaining(self, configuration: BeamCampaignConfiguration) -> list[IonModel]:
        """Return the ions of a campaign that have no finished run in the folder, in the campaign's order.

        A run that was stopped by the operator, by a fault or by the death of its process is not finished.

        Raises
        ------
        ConfigurationError
            If a run in the folder belongs to another device or to no ion of the campaign.
        """
        left = list(configuration.ions)
        device = configuration.device.device()
        devices = {configuration.device_of(ion) for ion in configuration.ions}
        for path in sorted(self.path.glob("run*.h5")):
            with open_record(path) as record:
                header, end = record.header, record.end
            if header.device not in devices:
                raise ConfigurationError(
                    f"{path}: this run belongs to device {header.device.part} {header.device.serial}, or to other "
                    f"conditions of it, and not to the campaign's {device.part} {device.serial}",
                    remedy="resume with the campaign file the folder was made with, or name another folder.",
                )
            if not end.valid or end.stop_reason in _UNFINISHED:
                continue
            match = next(
                (
                    ion
                    for ion in left
                    if isinstance(header.source, Beam)
                    and (ion.beam(), configuration.device_of(ion)) == (header.source, header.device)
                ),
                None,
            )
            if match is None:
                raise ConfigurationError(
                    f"{path}: this run belongs to no ion that is left in the campaign",
                    remedy="resume with the campaign file the folder was made with, or name another folder.",
                )
            left.remove(match)
        return left

    def close(self) -> None:
        """Give the folder up."""
        if self._descriptor >= 0:
            with suppress(FileNotFoundError):
                (self.path / _LOCK).unlink()
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> CampaignFolder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _lock(descriptor: int, folder: Path, kind: int) -> None:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
        raise BusyError(
            f"{folder}: process {holder or '(unknown)'} runs a campaign in it",
            remedy="let it end, or name another folder.",
        ) from None
