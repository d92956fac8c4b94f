"""One NXlog of a sealed file, written in whole chunks from samples that come in any portions."""

from __future__ import annotations

import hashlib
from types import TracebackType

import h5py
import numpy as np

from radtest.log.layout import make_group

__all__ = ["CHUNK_BYTES", "COMPRESSION", "LogWriter"]

CHUNK_BYTES = 1 << 18
"""Size of a chunk before compression."""
COMPRESSION = {"compression": "gzip", "compression_opts": 4, "shuffle": True, "fletcher32": True}
"""How tables are stored."""
# Times are told apart by their low bytes alone, so that bytes of equal weight belong together. Instruments give their
# readings as decimals of a few digits: the same 8 bytes come again and again, which shuffling would hide.
_TIMES = {**COMPRESSION, "compression_opts": 1}
_VALUES = {**_TIMES, "shuffle": False}


class LogWriter:
    """``value`` against ``time``, both with units, drawn by any NeXus viewer; a context manager.

    Parameters
    ----------
    parent : h5py.Group
        Where the log goes.
    name, unit, start : str
        Its name, the unit of its values, and the time from which its times count.
    digests : dict
        Receives the SHA-256 of both datasets, by path.

    Attributes
    ----------
    last_time_ns : int
        The latest time written; complete when the log is closed.
    """

    def __init__(self, parent: h5py.Group, name: str, *, unit: str, start: str, digests: dict[str, str]) -> None:
        group = make_group(parent, name, "NXlog", signal="value", axes="time")
        self._time, self._value = (
            group.create_dataset(key, shape=(0,), maxshape=(None,), dtype=dtype, chunks=(CHUNK_BYTES // 8,), **filters)
            for key, dtype, filters in (("time", "<i8", _TIMES), ("value", "<f8", _VALUES))
        )
        self.last_time_ns = 0
        self._time.attrs["units"] = "ns"
        self._time.attrs["start"] = start
        self._value.attrs["units"] = unit
        self._digests = digests
        self._sums = hashlib.sha256(), hashlib.sha256()
        self._times: list[bytes] = []
        self._values: list[bytes] = []
        self._waiting_bytes = 0
        self._written = 0

    def add(self, times: bytes, values: bytes) -> None:
        """Add samples: times as int64, values as float64, both little-endian."""
        self._times.append(times)
        self._values.append(values)
        self._waiting_bytes += len(times)
        if self._waiting_bytes >= CHUNK_BYTES:
            self._write(self._waiting_bytes - self._waiting_bytes % CHUNK_BYTES)

    def _write(self, size: int) -> None:
        end = self._written + size // 8
        columns = (self._time, self._times), (self._value, self._values)
        for (dataset, waiting), digest in zip(columns, self._sums, strict=True):
            data = b"".join(waiting)
            array = np.frombuffer(data, dtype=dataset.dtype, count=size // 8)
            dataset.resize(end, axis=0)
            dataset[self._written :] = array
            digest.update(array.data)
            if dataset is self._time:
                self.last_time_ns = max(self.last_time_ns, int(array.max()))
            waiting[:] = [data[size:]]
        self._written = end
        self._waiting_bytes -= size

    def __enter__(self) -> LogWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            return
        if self._waiting_bytes:
            self._write(self._waiting_bytes)
        for dataset, digest in zip((self._time, self._value), self._sums, strict=True):
            self._digests[dataset.name] = digest.hexdigest()
