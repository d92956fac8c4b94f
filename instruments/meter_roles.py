"""What a campaign asks of the instruments that measure: meters, scanners and oscilloscopes."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from radtest.core import InstrumentError
from radtest.instruments.roles import Instrument

__all__ = ["Multimeter", "Oscilloscope", "Scanner", "ScopeChannel", "Waveform", "scaled_waveform"]


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """What an oscilloscope has captured on one channel.

    Parameters
    ----------
    channel : int
        Channel of the oscilloscope.
    start_s : float
        Time of the first sample after the trigger, s; negative before it.
    interval_s : float
        Time between samples, s.
    volts : numpy.ndarray
        Samples, V.
    """

    channel: int
    start_s: float
    interval_s: float
    volts: NDArray[np.float64]

    @property
    def times_s(self) -> NDArray[np.float64]:
        """Times of the samples after the trigger, s."""
        return np.asarray(self.start_s + self.interval_s * np.arange(len(self.volts)), dtype=np.float64)


class Multimeter(Instrument, Protocol):
    """A meter with one input."""

    @property
    def unit(self) -> str:
        """Unit of what it is set to measure: ``V``, ``A``, ``ohm``, ``degC``."""
        ...

    def measure(self) -> Future[float]:
        """Take a measurement, in `unit`."""
        ...


class Scanner(Instrument, Protocol):
    """A meter behind a multiplexer."""

    def scan_list(self, channels: Sequence[int]) -> None:
        """Choose the channels that a scan visits, and read back that they are chosen."""
        ...

    def scan(self) -> Future[tuple[float, ...]]:
        """Measure all channels of the scan list, each in the unit of its function."""
        ...


class ScopeChannel(Protocol):
    """One vertical channel of an oscilloscope."""

    number: int
    shown: bool
    scale_v: float
    offset_v: float
    coupling: str


class Oscilloscope(Instrument, Protocol):
    """An oscilloscope that captures transients, one at a time."""

    time_scale_s: float
    time_position_s: float
    trigger_source: int
    trigger_level_v: float
    trigger_slope: str

    def channel(self, number: int) -> ScopeChannel:
        """Return a channel, counted from 1."""
        ...

    def arm(self) -> None:
        """Wait for one trigger, then stop."""
        ...

    def triggered(self) -> Future[bool]:
        """Tell whether the trigger has come since `arm`, so that a waveform may be fetched."""
        ...

    def fetch(self, channels: Sequence[int]) -> Future[tuple[Waveform, ...]]:
        """Return what was captured."""
        ...

    def disarm(self) -> None:
        """Stop waiting for a trigger."""
        ...


def scaled_waveform(
    place: str, channel: int, preamble: str, samples: NDArray[np.generic], *, origin_in_levels: bool
) -> Waveform:
    """Turn samples into volts by the preamble that Keysight introduced and others took over.

    Parameters
    ----------
    place : str
        The oscilloscope, for messages.
    channel : int
        Its channel.
    preamble : str
        ``format,type,points,count,xincrement,xorigin,xreference,yincrement,yorigin,yreference``.
    samples : numpy.ndarray
        The levels.
    origin_in_levels : bool
        Whether `yorigin` is given in levels of the converter (Rigol) or in volts (Keysight).

    Returns
    -------
    Waveform
        The capture, V over s.

    Raises
    ------
    InstrumentError
        If the preamble is none, or its number of points is not that of the samples.

    Notes
    -----
    With levels L, Keysight: ``v = (L − yreference)·yincrement + yorigin``; Rigol:
    ``v = (L − yorigin − yreference)·yincrement``. Both: ``t = (i − xreference)·xincrement + xorigin``.
    """
    try:
        fields = [float(field) for field in preamble.split(",")]
        points = int(fields[2])
        x_increment, x_origin, x_reference, y_increment, y_origin, y_reference = fields[4:]
    except (ValueError, IndexError, OverflowError) as error:
        raise InstrumentError(
            f"{place}: the preamble of channel {channel} makes no sense: {preamble[:200]!r}"
        ) from error
    if points != len(samples) or not (0.0 < x_increment < np.inf and np.isfinite(fields).all()):
        raise InstrumentError(
            f"{place}: the preamble of channel {channel} speaks of {points} points {x_increment:g} s apart, "
            f"{len(samples)} came"
        )
    levels = samples.astype(np.float64)
    if origin_in_levels:
        volts = (levels - y_origin - y_reference) * y_increment
    else:
        volts = (levels - y_reference) * y_increment + y_origin
    return Waveform(channel, x_origin - x_reference * x_increment, x_increment, volts)
