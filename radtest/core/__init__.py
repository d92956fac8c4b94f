"""The vocabulary of radtest: value types, the outcome enum, errors and time. No input or output lives here.

The reader of configuration files is `radtest.core.configuration`, kept apart because pydantic is slow to import.
"""

from radtest.core.clock import Clock, ScaledClock, SystemClock
from radtest.core.counts import CrossSectionPoint
from radtest.core.errors import (
    BusyError,
    ConfigurationError,
    FitError,
    InjectionError,
    InstrumentError,
    RadtestError,
    RecordError,
    StorageError,
    ToolMissingError,
)
from radtest.core.estimate import Estimate
from radtest.core.event import Event
from radtest.core.injection import InjectionResult, Strike, Target, TargetKind, Upset
from radtest.core.outcome import Effect, FaultModel, Outcome, SourceKind
from radtest.core.run import Device, RunEnd, RunHeader, StopReason
from radtest.core.source import Beam, Simulation, Source

__all__ = [
    "Beam",
    "BusyError",
    "Clock",
    "ConfigurationError",
    "CrossSectionPoint",
    "Device",
    "Effect",
    "Estimate",
    "Event",
    "FaultModel",
    "FitError",
    "InjectionError",
    "InjectionResult",
    "InstrumentError",
    "Outcome",
    "RadtestError",
    "RecordError",
    "RunEnd",
    "RunHeader",
    "ScaledClock",
    "Simulation",
    "Source",
    "SourceKind",
    "StopReason",
    "StorageError",
    "Strike",
    "SystemClock",
    "Target",
    "TargetKind",
    "ToolMissingError",
    "Upset",
]
