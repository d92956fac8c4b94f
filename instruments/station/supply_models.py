"""The supplies that the station can be given: who they say they are, what they can deliver, how fast they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["SUPPLY_MODELS", "SupplyModelData"]


@dataclass(frozen=True, slots=True)
class SupplyModelData:
    """One model.

    Parameters
    ----------
    identity : str
        Answer to ``*IDN?``, with ``{serial}`` and ``{version}``.
    ratings : tuple of pairs
        Highest voltage (V) and current (A) that each output can be set to.
    latency_s : float
        Time it takes to carry out a line, s.
    trip_delay_s : float
        Time that over-current lasts before the trip, s, where it cannot be set.
    """

    identity: str
    ratings: tuple[tuple[float, float], ...]
    latency_s: float
    trip_delay_s: float = 0.05


SUPPLY_MODELS: Mapping[str, SupplyModelData] = MappingProxyType(
    {
        "E36312A": SupplyModelData(
            "Keysight Technologies,E36312A,{serial},sim-{version}",
            ((6.18, 5.15), (25.75, 1.03), (25.75, 1.03)),
            latency_s=0.004,
        ),
        "N6705C": SupplyModelData(
            "Keysight Technologies,N6705C,{serial},sim-{version}",
            ((20.4, 5.1), (20.4, 5.1), (51.0, 1.53), (51.0, 1.53)),
            latency_s=0.002,
        ),
        "HMP4040": SupplyModelData(
            "ROHDE&SCHWARZ,HMP4040,{serial},HW50020003/sim-{version}", ((32.05, 10.01),) * 4, 0.006
        ),
        "NGE103B": SupplyModelData("Rohde&Schwarz,NGE103B,{serial},sim-{version}", ((32.05, 3.0),) * 3, 0.004),
        "HMC8043": SupplyModelData(
            "Rohde&Schwarz,HMC8043,{serial},HW42000000,sim-{version}", ((32.05, 3.0),) * 3, 0.004
        ),
        "DP832": SupplyModelData(
            "RIGOL TECHNOLOGIES,DP832,{serial},sim-{version}",
            ((32.0, 3.2), (32.0, 3.2), (5.3, 3.2)),
            latency_s=0.008,
            trip_delay_s=0.02,
        ),
        "2230G-30-1": SupplyModelData(
            "Keithley Instruments, 2230G-30-1, {serial}, sim-{version}",
            ((30.0, 1.5), (30.0, 1.5), (6.0, 5.0)),
            latency_s=0.008,
        ),
        "2260B-250-4": SupplyModelData(
            "Keithley,2260B-250-4,{serial},sim-{version}", ((262.5, 4.725),), latency_s=0.006
        ),
        "QL355TP": SupplyModelData(
            "THURLBY THANDAR, QL355TP, {serial}, sim-{version}",
            ((15.0, 5.0), (15.0, 5.0)),
            latency_s=0.005,
            trip_delay_s=0.02,
        ),
        "2400": SupplyModelData("KEITHLEY INSTRUMENTS INC.,MODEL 2400,{serial},sim-{version}", ((210.0, 1.05),), 0.01),
        "2450": SupplyModelData("KEITHLEY INSTRUMENTS,MODEL 2450,{serial},sim-{version}", ((210.0, 1.05),), 0.004),
        "2602B": SupplyModelData(
            "Keithley Instruments Inc., Model 2602B, {serial}, sim-{version}", ((40.4, 3.03),) * 2, 0.003
        ),
    }
)
"""Data by model. What they take to answer and to trip is assumed, in the range of what users report."""
