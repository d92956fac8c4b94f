"""The upset map: the outcome of every upset of a workload, in one HDF5 file."""

from __future__ import annotations

import glob
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from radtest.core.errors import BusyError, RecordError, StorageError
from radtest.core.injection import Target, TargetKind
from radtest.core.outcome import FaultModel, Outcome
from radtest.inject.export import bit_name

__all__ = ["MAP_OUTCOMES", "NO_OBSERVER", "MapWriter", "UpsetMap", "is_upset_map", "open_map", "remove_unfinished"]

MAP_OUTCOMES = (Outcome.MASKED, Outcome.LATENT, Outcome.CORRECTED, Outcome.SDC, Outcome.HANG, Outcome.DETECTED)
"""The outcomes by their numbers in a map: what is told of an upset is the last of them that it came to."""
NO_OBSERVER = 255
_FILE_TYPE = "radtest_map"
_FILE_VERSION = "1.1"
_CHUNK = (128, 512)
_UNFINISHED = ".partial"
_ROW = np.dtype([("target", "<u4"), ("word", "<u4"), ("bit", "<u4")])
_TARGET_TEXTS = ("name", "module", "kind", "src")
_TARGET_NUMBERS = ("width", "words", "lsb", "first_word")


@dataclass(frozen=True, slots=True)
class MapStimulus:
    """The inputs that were played to the design.

    Parameters
    ----------
    period_ps : int
        Period of the clock, ps.
    begins_high : bool
        Whether the clock rose at the very beginning, at the time at which the first inputs were driven.
    names : tuple of str
        The input ports.
    widths : tuple of int
        Their bits.
    rows : ndarray of uint8, shape (cycles + 2, bytes)
        The bits of all ports, packed from the lowest one on: row 0 is what rising edge 0 finds, row c + 1 what edge
        c + 1 does.
    registers : dict of str
        What the registers hold in cycle 0, the most significant bit first, with ``-`` for bits that are not known.
        A waveform does not tell what an input was for no time at all, before an edge at its very beginning.
    """

    period_ps: int
    begins_high: bool
    names: tuple[str, ...]
    widths: tuple[int, ...]
    rows: NDArray[np.uint8]
    registers: dict[str, str]


class MapWriter:
    """Writes a map, a block of cycles after the other in any order; it appears under its name when it is complete.

    Parameters
    ----------
    path : Path
        The file to be made.
    targets : sequence of Target
        What the bits belong to.
    rows : ndarray
        One row for each bit, with fields ``target``, ``word`` and ``bit``.
    first_cycle, cycles : int
        The first cycle in which upsets fall, and in how many.
    observers : sequence of str
        Names of the signals by which outcomes were seen, by their numbers.
    facts : mapping
        What else is to be known: texts and numbers, kept as attributes of ``/entry``.
    stimulus : MapStimulus, optional
        The recorded inputs, where the workload does not come from the design itself.
    cluster_bits : ndarray, optional
        Of a map of clusters, how many bits flip together with each bit, itself included.

    Raises
    ------
    BusyError
        If the file exists.
    """

    def __init__(
        self,
        path: Path,
        targets: Sequence[Target],
        rows: NDArray[np.void],
        *,
        first_cycle: int,
        cycles: int,
        observers: Sequence[str],
        facts: Mapping[str, Any],
        stimulus: MapStimulus | None = None,
        cluster_bits: NDArray[np.int32] | None = None,
    ) -> None:
        if path.exists():
            raise BusyError(
                f"{path}: exists already; a map is never overwritten",
                remedy="give another name with --out, or move that file away.",
            )
        self.path = path
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=_UNFINISHED, dir=path.parent)
        os.close(descriptor)
        self._temporary = Path(name)
        self._file = h5py.File(name, "w")
        self._file.attrs.update({"filetype": _FILE_TYPE, "version": _FILE_VERSION, "default": "entry"})
        entry = self._file.create_group("entry")
        entry.attrs.update({"NX_class": "NXentry", "default": "map", "first_cycle": first_cycle} | dict(facts))
        entry["observers"] = np.array(observers or [""], dtype=h5py.string_dtype())
        table = entry.create_group("targets")
        for field in _TARGET_TEXTS:
            values = [str(getattr(target, field)) for target in targets]
            table[field] = np.array(values, dtype=h5py.string_dtype())
        for field in _TARGET_NUMBERS:
            table[field] = np.array([getattr(target, field) for target in targets], dtype="<i8")
        entry["rows"] = rows.astype(_ROW)
        if cluster_bits is not None:
            entry["cluster_bits"] = cluster_bits.astype("<i4")
        if stimulus is not None:
            played = entry.create_group("stimulus")
            played.attrs.update({"period_ps": stimulus.period_ps, "begins_high": stimulus.begins_high})
            played["names"] = np.array(stimulus.names, dtype=h5py.string_dtype())
            played["widths"] = np.array(stimulus.widths, "<i8")
            for field, texts in (("registers", stimulus.registers.keys()), ("levels", stimulus.registers.values())):
                played[field] = np.array(list(texts), dtype=h5py.string_dtype())
            played.create_dataset("rows", data=stimulus.rows, compression="gzip", compression_opts=1)
        data = entry.create_group("map")
        data.attrs.update({"NX_class": "NXdata", "signal": "outcome", "axes": ["bit", "cycle"]})
        shape = (len(rows), cycles)
        chunks = tuple(max(1, min(size, chunk)) for size, chunk in zip(shape, _CHUNK, strict=True))
        options = {"shape": shape, "chunks": chunks, "compression": "gzip", "compression_opts": 1, "shuffle": True}
        self._outcome = data.create_dataset("outcome", dtype="u1", **options)
        self._outcome.attrs["outcomes"] = [outcome.value for outcome in MAP_OUTCOMES]
        self._observer = data.create_dataset("observer", dtype="u1", **options)
        self._latency = data.create_dataset("latency_cycles", dtype="<i4", **options)
        self._by_row = np.zeros((len(rows), len(MAP_OUTCOMES)), np.int64)
        self._by_cycle = np.zeros((cycles, len(MAP_OUTCOMES)), np.int64)

    def __enter__(self) -> MapWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._file.id.valid:
                self._file.close()
        except (OSError, RuntimeError):
            # On a full disk; what counts is the error that has led here.
            if error is None:
                raise
        finally:
            self._temporary.unlink(missing_ok=True)

    def put(
        self, first: int, outcome: NDArray[np.uint8], observer: NDArray[np.uint8], latency: NDArray[np.int32]
    ) -> None:
        """Write the outcomes of some cycles.

        Parameters
        ----------
        first : int
            Their first one, counted from the first cycle of the map.
        outcome, observer, latency : ndarray, shape (rows, cycles)
            Numbers of outcomes and observers, and cycles until it was seen (-1: nothing was to be seen).
        """
        cycles = slice(first, first + outcome.shape[1])
        self._outcome[:, cycles] = outcome
        self._observer[:, cycles] = observer
        self._latency[:, cycles] = latency
        for number in range(len(MAP_OUTCOMES)):
            is_it = outcome == number
            self._by_row[:, number] += is_it.sum(axis=1)
            self._by_cycle[cycles, number] += is_it.sum(axis=0)

    def finish(self, facts: Mapping[str, Any]) -> Path:
        """Complete the map, give it its name and return that.

        Raises
        ------
        BusyError, StorageError
            If it cannot be given its name.
        """
        try:
            entry = self._file["entry"]
            entry.attrs.update(dict(facts))
            counts = entry.create_group("counts")
            counts["by_row"], counts["by_cycle"] = self._by_row, self._by_cycle
            self._file.close()
        except (OSError, RuntimeError) as error:
            raise self._not_written(error) from error
        mask = os.umask(0)
        os.umask(mask)
        try:
            self._temporary.chmod(0o666 & ~mask)
            with self._temporary.open("rb") as file:
                os.fsync(file.fileno())
            if self.path.exists():
                raise BusyError(f"{self.path}: has appeared meanwhile; a map is never overwritten")
            self._temporary.rename(self.path)
        except OSError as error:
            if isinstance(error, BusyError):
                raise
            raise self._not_written(error) from error
        return self.path

    def _not_written(self, error: Exception) -> StorageError:
        return StorageError(f"{self.path}: cannot be written: {error}", remedy="free some space.")


def remove_unfinished(path: Path) -> None:
    """Remove what killed attempts at a map have left beside it; there must be no other attempt at it now."""
    for unfinished in path.parent.glob(f".{glob.escape(path.name)}.*{_UNFINISHED}"):
        unfinished.unlink()


class UpsetMap:
    """A map that has been written; use it as a context manager.

    Parameters
    ----------
    path : Path
        The file.

    Attributes
    ----------
    outcome, observer : h5py.Dataset, shape (rows, cycles)
        Numbers of outcomes (see `MAP_OUTCOMES`) and of observers (see `observers`).
    latency_cycles : h5py.Dataset, shape (rows, cycles)
        Cycles from the upset until its outcome was seen, -1 where there was nothing to see.
    by_row : ndarray, shape (rows, 6)
        How many upsets of each bit came to each outcome.
    by_cycle : ndarray, shape (cycles, 6)
        The same for each cycle.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = h5py.File(path, "r")
        except OSError as error:
            raise RecordError(f"{path}: is no HDF5 file that can be read: {error}") from None
        found = self._file.attrs.get("filetype"), str(self._file.attrs.get("version", ""))
        if found[0] != _FILE_TYPE:
            raise RecordError(
                f"{path}: is no upset map: filetype is {found[0]!r}, not {_FILE_TYPE!r}",
                remedy="give a file that radtest map has written.",
            )
        if found[1].partition(".")[0] != _FILE_VERSION.partition(".")[0]:
            raise RecordError(
                f"{path}: is a map of version {found[1]}; this radtest reads {_FILE_VERSION.partition('.')[0]}.x",
                remedy="read it with the radtest that wrote it, or write it again.",
            )
        self._entry = self._file["entry"]
        data = self._entry["map"]
        self.outcome, self.observer = data["outcome"], data["observer"]
        self.latency_cycles = data["latency_cycles"]

    def __enter__(self) -> UpsetMap:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def facts(self) -> dict[str, Any]:
        """What else is known: ``title``, ``design_sha256``, ``configuration`` (TOML), ``model``..."""
        return {name: _plain(value) for name, value in self._entry.attrs.items() if name not in ("NX_class", "default")}

    @property
    def first_cycle(self) -> int:
        """The first cycle in which upsets fall."""
        return int(self._entry.attrs["first_cycle"])

    @property
    def cycles(self) -> int:
        """In how many cycles upsets fall."""
        return int(self.outcome.shape[1])

    @cached_property
    def observers(self) -> list[str]:
        """Names of the signals by which outcomes were seen."""
        return [name.decode() for name in self._entry["observers"][:]]

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """The registers and memories whose bits are in the map."""
        table = self._entry["targets"]
        texts = {field: [value.decode() for value in table[field][:]] for field in _TARGET_TEXTS}
        numbers = {field: table[field][:].tolist() for field in _TARGET_NUMBERS}
        return tuple(
            Target(
                **{field: texts[field][i] for field in _TARGET_TEXTS if field != "kind"},
                kind=TargetKind(texts["kind"][i]),
                **{field: numbers[field][i] for field in _TARGET_NUMBERS},
            )
            for i in range(len(texts["name"]))
        )

    @cached_property
    def rows(self) -> NDArray[np.void]:
        """The bits, with fields ``target``, ``word`` and ``bit``."""
        return self._entry["rows"][:]  # type: ignore[no-any-return]

    @property
    def model(self) -> FaultModel:
        """What was done to each bit."""
        return FaultModel(self.facts.get("model", FaultModel.SEU))

    @cached_property
    def cluster_bits(self) -> NDArray[np.int32] | None:
        """Of a map of clusters, how many bits flip together with each bit, itself included; otherwise None."""
        bits = self._entry.get("cluster_bits")
        return None if bits is None else bits[:]

    @cached_property
    def names(self) -> list[str]:
        """Names of the bits as the RTL declares them; of a cluster that of its first bit."""
        return [
            bit_name(self.targets[target], word, bit)
            for target, word, bit in self.rows[["target", "word", "bit"]].tolist()
        ]

    @property
    def stimulus(self) -> MapStimulus | None:
        """The recorded inputs, or None where the workload came from the design itself."""
        played = self._entry.get("stimulus")
        if played is None:
            return None
        names = tuple(name.decode() for name in played["names"][:])
        period_ps, begins_high = int(played.attrs["period_ps"]), bool(played.attrs["begins_high"])
        registers, levels = (played[field].asstr()[:].tolist() for field in ("registers", "levels"))
        return MapStimulus(
            period_ps,
            begins_high,
            names,
            tuple(played["widths"][:].tolist()),
            played["rows"][:],
            dict(zip(registers, levels, strict=True)),
        )

    @cached_property
    def by_row(self) -> NDArray[np.int64]:
        """How many upsets of each bit came to each outcome, shape (rows, 6)."""
        return self._entry["counts/by_row"][:]  # type: ignore[no-any-return]

    @cached_property
    def by_cycle(self) -> NDArray[np.int64]:
        """How many upsets in each cycle came to each outcome, shape (cycles, 6)."""
        return self._entry["counts/by_cycle"][:]  # type: ignore[no-any-return]

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many upsets came to each outcome."""
        return dict(zip(MAP_OUTCOMES, self.by_row.sum(axis=0).tolist(), strict=True))

    def blocks(self, cycles: int = 4096) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """Yield the outcomes of some cycles after the other: the first cycle of each block, and its numbers."""
        for first in range(0, self.cycles, cycles):
            yield first, self.outcome[:, first : first + cycles]


def open_map(path: str | Path) -> UpsetMap:
    """Open an upset map.

    Raises
    ------
    RecordError
        If the file is none, or of a version that is not supported.
    """
    return UpsetMap(Path(path))


def is_upset_map(path: str | Path) -> bool:
    """Tell whether a file says that it is an upset map, of whatever version; False where it cannot be read."""
    try:
        with h5py.File(path, "r") as file:
            return bool(file.attrs.get("filetype") == _FILE_TYPE)
    except OSError:
        return False


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
