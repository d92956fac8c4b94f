"""Captures of oscilloscopes: from the journal into the sealed file, and out of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import h5py
import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.core import RecordError
from radtest.log.layout import make_group
from radtest.log.log_writer import COMPRESSION
from radtest.log.reading import JournalReader
from radtest.log.record import Record

__all__ = ["Captures", "captures_of", "waveform_row", "write_waveforms"]

_GROUP = "waveforms"
_MOST_SAMPLES = 1 << 24
_COLUMNS = {"captured": ("<i8", "ns"), "start": ("<f8", "s"), "interval": ("<f8", "s"), "samples": ("<i8", "1")}


@dataclass(frozen=True, slots=True, eq=False)
class Captures:
    """The captures of one channel of an oscilloscope, in the order they were made.

    Parameters
    ----------
    time_ns : numpy.ndarray
        When each was noticed, ns since the start of the run.
    start_s, interval_s : numpy.ndarray
        First sample after the trigger and time between samples, s, of each.
    samples : numpy.ndarray
        Number of samples of each.
    volts : numpy.ndarray
        Samples, V, one capture in a row; NaN beyond the samples of a capture that is shorter than the longest.
    """

    time_ns: NDArray[np.int64]
    start_s: NDArray[np.float64]
    interval_s: NDArray[np.float64]
    samples: NDArray[np.int64]
    volts: NDArray[np.float32]

    def times_s(self, capture: int) -> NDArray[np.float64]:
        """Return the times of the samples of one capture after its trigger, s."""
        steps = np.arange(int(self.samples[capture]), dtype=np.float64)
        return np.asarray(self.start_s[capture] + self.interval_s[capture] * steps, dtype=np.float64)


def waveform_row(
    channel: str, time_ns: int, start_s: float, interval_s: float, volts: ArrayLike
) -> tuple[str, int, float, float, int, bytes]:
    """Return the row of a journal that holds one capture.

    Raises
    ------
    RecordError
        If a value does not fit.
    """
    samples = np.asarray(volts, dtype="<f4")
    place = f"waveform of {channel}"
    if samples.ndim != 1 or not 1 <= samples.size <= _MOST_SAMPLES:
        raise RecordError(f"{place}: {samples.shape} samples; legal: 1 to {_MOST_SAMPLES} in a row")
    if not (np.isfinite([start_s, interval_s]).all() and interval_s > 0 and np.isfinite(samples).all()):
        raise RecordError(f"{place}: start {start_s}, interval {interval_s} and all samples must be finite numbers")
    if time_ns < 0:
        raise RecordError(f"{place}: time_ns = {time_ns}: legal is 0 and up")
    return channel, time_ns, float(start_s), float(interval_s), samples.size, samples.tobytes()


def write_waveforms(entry: h5py.Group, reader: JournalReader, start: str, digests: dict[str, str]) -> None:
    """Write all captures of a journal, one group per channel; no group where there are none."""
    if not list(reader.query("SELECT 1 FROM sqlite_master WHERE name = 'waveform'")):
        return
    channels = list(
        reader.query("SELECT channel, count(*), max(samples) FROM waveform GROUP BY channel ORDER BY min(sequence)")
    )
    if not channels:
        return
    parent = make_group(entry, _GROUP, "NXcollection")
    for channel, captures, longest in channels:
        group = make_group(parent, channel, "NXdata", signal="volts")
        _write_channel(group, reader, channel, captures, longest, digests)
        group["captured"].attrs["start"] = start


def _write_channel(
    group: h5py.Group, reader: JournalReader, channel: str, captures: int, longest: int, digests: dict[str, str]
) -> None:
    volts = group.create_dataset(
        "volts", shape=(captures, longest), dtype="<f4", chunks=(1, min(longest, 1 << 16)), **COMPRESSION
    )
    volts.attrs["units"] = "V"
    columns: dict[str, list[float]] = {name: [] for name in _COLUMNS}
    digest = hashlib.sha256()
    rows = reader.query(
        "SELECT time_ns, start_s, interval_s, samples, volts FROM waveform WHERE channel = ? ORDER BY sequence",
        (channel,),
    )
    for position, (*values, data) in enumerate(rows):
        if len(data) != 4 * values[3]:
            raise RecordError(f"{reader.path}: capture {position + 1} of {channel} is damaged")
        row = np.full(longest, np.nan, dtype="<f4")
        row[: values[3]] = np.frombuffer(data, dtype="<f4")
        volts[position] = row
        digest.update(row.tobytes())
        for name, value in zip(_COLUMNS, values, strict=True):
            columns[name].append(value)
    digests[volts.name] = digest.hexdigest()
    for name, (kind, unit) in _COLUMNS.items():
        data = np.array(columns[name], dtype=kind)
        dataset = group.create_dataset(name, data=data)
        dataset.attrs["units"] = unit
        digests[dataset.name] = hashlib.sha256(data.tobytes()).hexdigest()


def captures_of(record: Record) -> dict[str, Captures]:
    """Return the captures of a record by channel, ``<instrument>.<channel>``; empty where there are none.

    Raises
    ------
    RecordError
        If they are not as the format says.
    """
    place = f"/entry/{_GROUP}"
    if place not in record.file:
        return {}
    try:
        return {name: _read(group) for name, group in record.file[place].items()}
    except (KeyError, OSError, RuntimeError, ValueError) as error:
        raise RecordError(f"{record.path}: {place} cannot be read: {error}") from None


def _read(group: h5py.Group) -> Captures:
    volts = np.asarray(group["volts"][:], dtype=np.float32)
    columns = {name: group[name][:] for name in _COLUMNS}
    lengths = {len(volts), *(len(column) for column in columns.values())}
    if volts.ndim != 2 or len(lengths) != 1:
        raise ValueError(f"{group.name}: columns differ in length: {sorted(lengths)}")
    if len(volts) and not (columns["samples"].min() >= 1 and columns["samples"].max() <= volts.shape[1]):
        raise ValueError(f"{group.name}: numbers of samples do not fit the captures")
    return Captures(columns["captured"], columns["start"], columns["interval"], columns["samples"], volts)
