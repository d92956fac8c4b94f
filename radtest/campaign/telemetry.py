"""Samples on their way to the journal, in blocks."""

from __future__ import annotations

from collections.abc import Sequence

from radtest.campaign.configuration import ChannelModel
from radtest.instruments import ChannelSample
from radtest.log import Journal

__all__ = ["SupplyTelemetry"]

_BLOCK = 64


class SupplyTelemetry:
    """Voltage and current of each supply channel, written to the journal as ``supply.<name>_voltage/_current``.

    Parameters
    ----------
    journal : Journal
        Where the blocks go.
    channels : sequence of ChannelModel
        Names of the channels.
    """

    def __init__(self, journal: Journal, channels: Sequence[ChannelModel]) -> None:
        self._journal = journal
        self._names = {channel.number: channel.name for channel in channels}
        self._times: list[int] = []
        self._voltages: dict[int, list[float]] = {number: [] for number in self._names}
        self._currents: dict[int, list[float]] = {number: [] for number in self._names}

    def add(self, time_ns: int, samples: Sequence[ChannelSample]) -> None:
        """Add the samples of one moment, `time_ns` after the start of the run."""
        self._times.append(time_ns)
        for sample in samples:
            self._voltages[sample.number].append(sample.voltage_v)
            self._currents[sample.number].append(sample.current_a)
        if len(self._times) >= _BLOCK:
            self.flush()

    def flush(self) -> None:
        """Hand the samples collected to the journal."""
        for number, name in self._names.items():
            self._journal.telemetry(f"supply.{name}_voltage", "V", self._times, self._voltages[number])
            self._journal.telemetry(f"supply.{name}_current", "A", self._times, self._currents[number])
            self._voltages[number], self._currents[number] = [], []
        self._times = []
