"""Following a feed while the facility writes it: rotation, partial lines and garbage do not stop it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from radtest.campaign.dosimetry_feed import ColumnMap, FeedRow, parse_row
from radtest.core import InstrumentError, RecordError

__all__ = ["FeedTail"]

_PORTION = 1 << 20
_LONGEST_LINE = 1 << 16
_TROUBLES_KEPT = 100


@dataclass(slots=True)
class FeedTail:
    """Reads the rows that are added to a file.

    A line counts when its line feed is there. When the file is replaced (another inode under its name) what is left of
    the old one is read first; when it is cut short, it is read from its beginning. A file that is not there yet, or not
    there for a moment, has no rows.

    Parameters
    ----------
    path : Path
        The feed.
    columns : ColumnMap
        How its rows are read.
    from_end : bool
        Pass over what is in the file at the first reading.

    Attributes
    ----------
    rows, refused, rotations : int
        Rows read, lines that were none, times that the file was replaced or cut short.
    troubles : list of str
        What was wrong with the first hundred of those lines.
    """

    path: Path
    columns: ColumnMap
    from_end: bool = False
    rows: int = 0
    refused: int = 0
    rotations: int = 0
    troubles: list[str] = field(default_factory=list)
    _descriptor: int = -1
    _position: int = 0
    _partial: bytes = b""
    _skipping: bool = False
    _opened_before: bool = False

    def read(self) -> list[FeedRow]:
        """Return the rows that have come since the last call.

        Raises
        ------
        InstrumentError
            If the file is there and cannot be read.
        """
        try:
            rows: list[FeedRow] = []
            if self._descriptor < 0:
                self._open()
            if self._descriptor >= 0:
                replaced = self._was_replaced()
                rows += self._rest()
                if replaced:
                    self._note_rotation()
                    os.close(self._descriptor)
                    self._descriptor = -1
                    self._open()
                    if self._descriptor >= 0:
                        rows += self._rest()
        except OSError as error:
            raise InstrumentError(
                f"{self.path}: the dosimetry feed cannot be read: {error.strerror or error}",
                remedy="check the share it lies on.",
            ) from None
        return rows

    def close(self) -> None:
        """Let go of the file; the next reading opens it again from its beginning."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def _open(self) -> None:
        try:
            self._descriptor = os.open(self.path, os.O_RDONLY)
        except FileNotFoundError:
            return
        self._position, self._partial, self._skipping = 0, b"", False
        if self.from_end and not self._opened_before:
            self._position = os.fstat(self._descriptor).st_size
            # The rest of a line that was half there is no row.
            self._skipping = self._position > 0 and os.pread(self._descriptor, 1, self._position - 1) != b"\n"
        self._opened_before = True

    def _was_replaced(self) -> bool:
        here = os.fstat(self._descriptor)
        try:
            named = self.path.stat()
        except FileNotFoundError:
            return here.st_nlink == 0
        return (named.st_dev, named.st_ino) != (here.st_dev, here.st_ino)

    def _rest(self) -> list[FeedRow]:
        if os.fstat(self._descriptor).st_size < self._position:
            self._note_rotation()
            self._position = 0
        rows: list[FeedRow] = []
        while data := os.pread(self._descriptor, _PORTION, self._position):
            self._position += len(data)
            *lines, self._partial = (self._partial + data).split(b"\n")
            for line in lines:
                row = self._row(line)
                if row is not None:
                    rows.append(row)
            if len(self._partial) > _LONGEST_LINE:
                self._refuse(f"no end of line in {len(self._partial)} bytes")
                self._partial, self._skipping = b"", True
        return rows

    def _row(self, line: bytes) -> FeedRow | None:
        if self._skipping:
            self._skipping = False
            return None
        try:
            row = parse_row(line.decode("utf-8"), self.columns)
        except UnicodeDecodeError as error:
            self._refuse(f"byte {error.start} is no text: {line[:40]!r}")
            return None
        except RecordError as error:
            self._refuse(error.message)
            return None
        if row is not None:
            self.rows += 1
        return row

    def _refuse(self, reason: str) -> None:
        self.refused += 1
        if len(self.troubles) < _TROUBLES_KEPT:
            self.troubles.append(reason)

    def _note_rotation(self) -> None:
        if self._partial:
            self._refuse(f"the file was replaced in the middle of a line: {self._partial[:40]!r}")
        self._partial, self._skipping = b"", False
        self.rotations += 1
