"""Drivers for the instruments of a beam campaign, and the roles they play.

`radtest.instruments.station` is a simulated laboratory that speaks to these drivers over TCP.
"""

from radtest.instruments.beam_line import BeamLine
from radtest.instruments.dialogue import DialogueError, expected_dialogue
from radtest.instruments.driver import Driver
from radtest.instruments.dut_link import DutLink
from radtest.instruments.dut_protocol import (
    DutBeat,
    DutBye,
    DutEvent,
    DutHello,
    DutInfo,
    DutLine,
    DutLineReader,
    DutMessage,
    DutMismatch,
    DutReady,
    DutScan,
    DutTrouble,
    upset_events,
)
from radtest.instruments.errors import AddressError, DeviceSilentError
from radtest.instruments.espec_p300 import EspecP300
from radtest.instruments.futures import mapped, started_after
from radtest.instruments.identity import Identity, identify
from radtest.instruments.keithley_2230 import Keithley2230, Keithley2230Channel
from radtest.instruments.keithley_2260b import Keithley2260B, Keithley2260BOutput
from radtest.instruments.keithley_2400 import Keithley2400, Keithley2400Output
from radtest.instruments.keithley_2450 import Keithley2450, Keithley2450Output
from radtest.instruments.keithley_2600 import Keithley2600, Keithley2600Channel
from radtest.instruments.keysight_34461a import Keysight34461A
from radtest.instruments.keysight_53230a import Keysight53230A
from radtest.instruments.keysight_daq970a import DAQ970AChannel, KeysightDAQ970A, KeysightDAQ970ARelays
from radtest.instruments.keysight_e36300 import E36300Channel, KeysightE36300
from radtest.instruments.keysight_infiniivision import KeysightInfiniiVision
from radtest.instruments.keysight_n6700 import KeysightN6700, N6700Channel
from radtest.instruments.log_helper import LogHelperKind, LogHelperListener, LogHelperMessage, parse_log_helper
from radtest.instruments.memory_tester import PATTERNS, MemoryTester
from radtest.instruments.meter_roles import Multimeter, Oscilloscope, Scanner, ScopeChannel, Waveform
from radtest.instruments.motion import LinearAxis
from radtest.instruments.netio_kshell import NetioKshell
from radtest.instruments.newport_esp301 import ESP301Axis, NewportESP301
from radtest.instruments.oscilloscope import ScopeChannelSettings, SingleShotOscilloscope
from radtest.instruments.pi_gcs2 import GCS2Axis, PIController
from radtest.instruments.power_supply import Rating, SupplyDriver, SupplyOutput
from radtest.instruments.properties import Property, Reading, Setting
from radtest.instruments.reporting_device import DeviceReport, ReportingDevice
from radtest.instruments.rigol_dp800 import DP800Channel, RigolDP800
from radtest.instruments.rigol_ds1000z import RigolDS1000Z
from radtest.instruments.rohde_schwarz_hmp import HMPChannel, RohdeSchwarzHMP
from radtest.instruments.rohde_schwarz_nge import HMC804xChannel, NGE100Channel, RohdeSchwarzHMC804x, RohdeSchwarzNGE100
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
from radtest.instruments.serial_address import SerialAddress, as_address
from radtest.instruments.session import Ask, AskBlock, Session
from radtest.instruments.supply_families import SUPPLY_DRIVERS, supply_shortfalls
from radtest.instruments.surroundings_roles import (
    Chamber,
    MotionAxis,
    MotionStage,
    OutletStrip,
    TemperatureReading,
    ThermalForcing,
    ThermalHead,
)
from radtest.instruments.temptronic_ats import TemptronicATS
from radtest.instruments.tti_ql import TTiQL, TTiQLChannel

__all__ = [
    "PATTERNS",
    "SUPPLY_DRIVERS",
    "AddressError",
    "Ask",
    "AskBlock",
    "BeamControl",
    "BeamLine",
    "BeamStatus",
    "BitUpset",
    "Chamber",
    "ChannelSample",
    "Counter",
    "DAQ970AChannel",
    "DP800Channel",
    "DeviceReport",
    "DeviceSilentError",
    "DialogueError",
    "Driver",
    "DutBeat",
    "DutBye",
    "DutEvent",
    "DutHello",
    "DutInfo",
    "DutLine",
    "DutLineReader",
    "DutLink",
    "DutMessage",
    "DutMismatch",
    "DutReady",
    "DutScan",
    "DutTrouble",
    "E36300Channel",
    "ESP301Axis",
    "EspecP300",
    "GCS2Axis",
    "HMC804xChannel",
    "HMPChannel",
    "Identity",
    "Instrument",
    "Keithley2230",
    "Keithley2230Channel",
    "Keithley2260B",
    "Keithley2260BOutput",
    "Keithley2400",
    "Keithley2400Output",
    "Keithley2450",
    "Keithley2450Output",
    "Keithley2600",
    "Keithley2600Channel",
    "Keysight34461A",
    "Keysight53230A",
    "KeysightDAQ970A",
    "KeysightDAQ970ARelays",
    "KeysightE36300",
    "KeysightInfiniiVision",
    "KeysightN6700",
    "LinearAxis",
    "LogHelperKind",
    "LogHelperListener",
    "LogHelperMessage",
    "MemoryIdentity",
    "MemoryScan",
    "MemoryTester",
    "MemoryUnderTest",
    "MotionAxis",
    "MotionStage",
    "Multimeter",
    "N6700Channel",
    "NGE100Channel",
    "NetioKshell",
    "NewportESP301",
    "Oscilloscope",
    "OutletStrip",
    "PIController",
    "PowerSupply",
    "Property",
    "Rating",
    "Reading",
    "ReportingDevice",
    "RigolDP800",
    "RigolDS1000Z",
    "RohdeSchwarzHMC804x",
    "RohdeSchwarzHMP",
    "RohdeSchwarzNGE100",
    "Scanner",
    "ScopeChannel",
    "ScopeChannelSettings",
    "SerialAddress",
    "Session",
    "Setting",
    "SingleShotOscilloscope",
    "SupplyChannel",
    "SupplyDriver",
    "SupplyOutput",
    "TTiQL",
    "TTiQLChannel",
    "TemperatureReading",
    "TemptronicATS",
    "ThermalForcing",
    "ThermalHead",
    "Watched",
    "Waveform",
    "as_address",
    "expected_dialogue",
    "identify",
    "mapped",
    "parse_log_helper",
    "started_after",
    "supply_shortfalls",
    "upset_events",
]
