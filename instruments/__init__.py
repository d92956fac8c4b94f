"""Drivers for the instruments of a beam campaign, and the roles they play.

`radtest.instruments.station` is a simulated laboratory that speaks to these drivers over TCP.
"""

from radtest.instruments.beam_line import BeamLine
from radtest.instruments.dialogue import DialogueError, expected_dialogue
from radtest.instruments.driver import Driver
from radtest.instruments.errors import AddressError, DeviceSilentError
from radtest.instruments.futures import mapped, started_after
from radtest.instruments.identity import Identity, identify
from radtest.instruments.keysight_53230a import Keysight53230A
from radtest.instruments.keysight_e36300 import E36300Channel, KeysightE36300
from radtest.instruments.memory_tester import PATTERNS, MemoryTester
from radtest.instruments.properties import Property, Reading, Setting
from radtest.instruments.roles import (
    BeamControl,
    BeamStatus,
    BitUpset,
    ChannelSample,
    Counter,
    Instrument,
    MemoryIdentity,
    MemoryScan,
    MemoryUnderTest,
    PowerSupply,
    SupplyChannel,
    Watched,
)
from radtest.instruments.session import Ask, AskBlock, Session

__all__ = [
    "PATTERNS",
    "AddressError",
    "Ask",
    "AskBlock",
    "BeamControl",
    "BeamLine",
    "BeamStatus",
    "BitUpset",
    "ChannelSample",
    "Counter",
    "DeviceSilentError",
    "DialogueError",
    "Driver",
    "E36300Channel",
    "Identity",
    "Instrument",
    "Keysight53230A",
    "KeysightE36300",
    "MemoryIdentity",
    "MemoryScan",
    "MemoryTester",
    "MemoryUnderTest",
    "PowerSupply",
    "Property",
    "Reading",
    "Session",
    "Setting",
    "SupplyChannel",
    "Watched",
    "expected_dialogue",
    "identify",
    "mapped",
    "started_after",
]
