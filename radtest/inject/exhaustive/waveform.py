"""What a waveform shows of a design, cycle by cycle: VCD or FST, read by pywellen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radtest.core.errors import ConfigurationError, RecordError, ToolMissingError

__all__ = ["UNKNOWN", "ClockCycles", "ShownSignal", "Waveform"]

UNKNOWN = 2
"""A bit that is X or Z, or of which the waveform says nothing yet."""
_TOGETHER = 1 << 16
"""Changes of a signal that are taken from the file at a time."""
_PICOSECONDS = {"fs": 1e-3, "ps": 1.0, "ns": 1e3, "us": 1e6, "ms": 1e9, "s": 1e12}


@dataclass(frozen=True, slots=True)
class ClockCycles:
    """The cycles of a clock: cycle c lasts from rising edge c to the next.

    Parameters
    ----------
    first_edge, period : int
        Time of the first rising edge, and the period, in steps of the waveform.
    edges : int
        Rising edges.
    """

    first_edge: int
    period: int
    edges: int

    def ends(self, first: int, last: int) -> NDArray[np.int64]:
        """Return the last moments of cycles [first, last), in which flip-flops see what they take."""
        return self.first_edge + (np.arange(first, last, dtype=np.int64) + 1) * self.period - 1


@dataclass(frozen=True, slots=True)
class ShownSignal:
    """The changes of a signal: when, and to which bits (columns, the least significant first)."""

    times: NDArray[np.int64]
    bits: NDArray[np.uint8]

    @property
    def width(self) -> int:
        """Number of bits."""
        return int(self.bits.shape[1])

    def at(self, moments: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return the bits at some moments, a row for each; `UNKNOWN` where they are."""
        if not len(self.times):
            return np.full((len(moments), self.width), UNKNOWN, np.uint8)
        place = np.searchsorted(self.times, moments, side="right") - 1
        shown = self.bits[np.maximum(place, 0)]
        return np.where((place >= 0)[:, None], shown, np.uint8(UNKNOWN))


class Waveform:
    """A waveform file.

    Parameters
    ----------
    path : Path
        VCD or FST.

    Raises
    ------
    ToolMissingError
        If pywellen is not installed.
    RecordError
        If the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        try:
            import pywellen  # noqa: PLC0415 (an extra)
        except ImportError:
            raise ToolMissingError(
                "pywellen, which reads waveforms, is not installed", remedy="pip install 'radtest[hdl]'"
            ) from None
        self.path = path
        try:
            self._waveform = pywellen.Waveform(str(path))
        except BaseException as error:
            # It raises what Rust's panics become, which are no exceptions of the usual kind.
            if isinstance(error, KeyboardInterrupt):
                raise
            raise RecordError(
                f"{path}: cannot be read as a waveform: {error}", remedy="give a VCD or FST file that is complete."
            ) from None

    @cached_property
    def _variables(self) -> dict[str, Any]:
        return {variable.full_name: variable for variable in self._waveform.all_vars()}

    @property
    def names(self) -> Iterable[str]:
        """Whole names of all signals."""
        return self._variables.keys()

    @property
    def step_ps(self) -> float:
        """The unit of its times, ps."""
        scale = self._waveform.timescale
        return float(scale.factor * _PICOSECONDS[str(scale.unit)])

    def find_scope(self, names: Sequence[str]) -> str:
        """Return the scope in which signals of all these names are, the one nearest to the top.

        Raises
        ------
        ConfigurationError
            If there is none.
        """
        scopes: dict[str, set[str]] = {}
        for name in self.names:
            for wanted in names:
                if name == wanted or name.endswith(f".{wanted}"):
                    scopes.setdefault(name[: len(name) - len(wanted)], set()).add(wanted)
        whole = [scope for scope, found in scopes.items() if len(found) == len(set(names))]
        if not whole:
            best = max(scopes, key=lambda scope: len(scopes[scope]), default=None)
            missing = sorted(set(names) - scopes.get(best, set())) if best is not None else sorted(set(names))
            where = f"below {best.rstrip('.')!r}, where most of them are, " if best else ""
            raise ConfigurationError(
                f"{self.path}: {where}the waveform does not show the inputs "
                f"{', '.join(map(repr, missing))} of the design",
                remedy="record all ports of the design, for example with $dumpvars(0, ...) at its instance.",
            )
        return min(whole, key=lambda scope: (scope.count("."), scope))

    def signal(self, name: str) -> ShownSignal | None:
        """Return the changes of a signal, or None if the waveform does not show it."""
        variable = self._variables.get(name)
        if variable is None or variable.is_real or variable.is_string:
            return None
        width = int(variable.bitwidth or 1)
        times, bits = [np.zeros(0, np.int64)], [np.zeros((0, width), np.uint8)]
        for changes in self._changes(name, variable):
            times.append(np.array([time for time, _ in changes], np.int64))
            bits.append(_bits([value for _, value in changes], width))
        return ShownSignal(np.concatenate(times), np.concatenate(bits))

    def _changes(self, name: str, variable: Any) -> Iterator[list[tuple[int, Any]]]:
        """Yield the changes of a signal, some at a time: as objects they are many times as large as in arrays."""
        try:
            changes = iter(variable.signal)
            while some := list(islice(changes, _TOGETHER)):
                yield some
        except BaseException as error:
            # As above.
            if isinstance(error, (KeyboardInterrupt, GeneratorExit)):
                raise
            raise self._unreadable(name, error) from None

    def levels(self, name: str, moment: int) -> NDArray[np.uint8] | None:
        """Return the bits of a signal at one moment, or None if the waveform does not show it."""
        variable = self._variables.get(name)
        if variable is None or variable.is_real or variable.is_string:
            return None
        width = int(variable.bitwidth or 1)
        try:
            value = variable.signal.value_at(moment) if moment >= 0 else None
        except BaseException as error:
            # As above.
            if isinstance(error, KeyboardInterrupt):
                raise
            raise self._unreadable(name, error) from None
        if value is None:
            return np.full(width, UNKNOWN, np.uint8)
        levels: NDArray[np.uint8] = _bits([value], width)[0]
        return levels

    def _unreadable(self, name: str, error: BaseException) -> RecordError:
        """Return the error for a file that was never closed: it opens, and has nothing where changes should be."""
        return RecordError(
            f"{self.path}: the changes of {name!r} cannot be read: {error}",
            remedy="give a waveform whose simulation has come to its end.",
        )

    def clock_cycles(self, name: str) -> ClockCycles:
        """Return the cycles of a clock.

        Raises
        ------
        ConfigurationError
            If the waveform does not show it, or it is not even.
        """
        shown = self.signal(name)
        if shown is None:
            raise ConfigurationError(
                f"{self.path}: does not show the clock {name!r}", remedy="record it, or correct observe.clock."
            )
        level = shown.bits[:, 0]
        rises = np.flatnonzero((level[1:] == 1) & (level[:-1] != 1)) + 1
        edges = shown.times[rises]
        if len(level) and level[0] == 1 and shown.times[0] > 0:
            edges = np.concatenate([shown.times[:1], edges])
        if len(edges) < 2:
            raise ConfigurationError(
                f"{self.path}: the clock {name!r} rises {len(edges)} times", remedy="record a whole run."
            )
        periods = np.diff(edges)
        if (periods != periods[0]).any():
            odd = int(np.flatnonzero(periods != periods[0])[0]) + 1
            raise ConfigurationError(
                f"{self.path}: the clock {name!r} is not even: rising edge {odd} comes {periods[odd - 1]} steps after "
                f"the one before, the first one {periods[0]}",
                remedy="record a clock that runs freely from its first edge to the end.",
            )
        return ClockCycles(int(edges[0]), int(periods[0]), len(edges))


def _bits(values: list[Any], width: int) -> NDArray[np.uint8]:
    """Return values, each a number or a text of 0, 1, X and Z, as rows of bits."""
    size = -(-width // 8)
    texts = [place for place, value in enumerate(values) if isinstance(value, str)]
    numbers = [0 if isinstance(value, str) else value for value in values] if texts else values
    if width <= 64:
        packed = np.array(numbers, "<u8").reshape(-1, 1).view(np.uint8)[:, :size]
    else:
        data = b"".join(number.to_bytes(size, "little") for number in numbers)
        packed = np.frombuffer(data, np.uint8).reshape(len(values), size)
    bits = np.unpackbits(packed, axis=1, count=width, bitorder="little")
    for place in texts:
        text = values[place].rjust(width, values[place][0] if values[place][0] in "xXzZ" else "0")
        bits[place] = [{"0": 0, "1": 1}.get(letter, UNKNOWN) for letter in reversed(text)]
    return bits
