"""What is said to each family of supplies, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from radtest.instruments import ChannelSample

__all__ = ["E36300", "FAMILIES", "N6700", "Family", "Lines"]

Lines = list[tuple[str, str | None]]


@dataclass(frozen=True)
class Family:
    """What is said to one model, on one of its channels.

    `settings` are ``(property, value, what is said, what is answered)`` and `readings` the same with the value last.
    """

    hello: Lines
    channel: int
    settings: list[tuple[str, Any, str, str]]
    readings: list[tuple[str, str, str, Any]]
    sample: Lines
    sampled: ChannelSample
    switch_on: Lines
    switch_off: Lines
    clear: Lines
    illegal_v: float
    whole: list[tuple[str, Any, str, str]] = field(default_factory=list)


def selected(command: str, question: str) -> str:
    return f"INST:NSEL 2\n{command}\n{question}"


def fused(*, hello: str, output: str, master: str, fuse: str, protection: str, delay: tuple[str, str]) -> Family:
    """The dialogue of Rohde & Schwarz's supplies, which differ in some headers."""
    return Family(
        hello=[("*IDN?", hello)],
        channel=2,
        settings=[
            ("voltage_v", 3.3, selected("VOLT 3.3", "VOLT?"), "3.300"),
            ("current_limit_a", 0.2, selected("CURR 0.2", "CURR?"), "0.2000"),
            ("output", True, selected(f"{output} ON", f"{output}?"), "1"),
            ("over_current_protection", True, selected(f"{fuse} ON", f"{fuse}?"), "1"),
            ("over_current_delay_s", 0.05, selected(f"FUSE:DEL {delay[0]}", "FUSE:DEL?"), delay[1]),
            ("over_voltage_limit_v", 4.0, selected(f"{protection} 4", f"{protection}?"), "4.000"),
        ],
        readings=[
            ("voltage_v", "INST:NSEL 2\nVOLT?", "3.300", 3.3),
            ("current_limit_a", "INST:NSEL 2\nCURR?", "0.2000", 0.2),
            ("output", f"INST:NSEL 2\n{output}?", "0", False),
            ("over_current_protection", f"INST:NSEL 2\n{fuse}?", "0", False),
            ("over_current_delay_s", "INST:NSEL 2\nFUSE:DEL?", delay[1], 0.05),
            ("over_voltage_limit_v", f"INST:NSEL 2\n{protection}?", "4.000", 4.0),
            ("over_current_tripped", "INST:NSEL 2\nFUSE:TRIP?", "1", True),
            ("measured_voltage_v", "INST:NSEL 2\nMEAS:VOLT?", "3.299", 3.299),
            ("measured_current_a", "INST:NSEL 2\nMEAS:CURR?", "0.0301", 0.0301),
        ],
        sample=[
            ("INST:NSEL 2\nMEAS:VOLT?", "3.299"),
            ("MEAS:CURR?", "0.0301"),
            ("FUSE:TRIP?", "0"),
        ],
        sampled=ChannelSample(2, 3.299, 0.0301, tripped=False),
        switch_on=[
            (f"{master}?", "1"),
            (f"INST:NSEL 2\n{output} ON\n{master} ON\nINST:NSEL 2\n{output}?", "1"),
            (f"{master}?", "1"),
        ],
        switch_off=[(f"INST:NSEL 2\n{output} OFF\nINST:NSEL 2\n{output}?", "0")],
        clear=[(f"INST:NSEL 2\n{output}?", "0")],
        illegal_v=32.1,
    )


HMP = fused(
    hello="HAMEG,HMP4040,021234567,HW50020001,SW2.30",
    output="OUTP:SEL",
    master="OUTP:GEN",
    fuse="FUSE",
    protection="VOLT:PROT",
    delay=("50", "50"),
)
NGE100 = fused(
    hello="Rohde&Schwarz,NGE103B,5601.3800k03/101863,1.54",
    output="OUTP:SEL",
    master="OUTP:GEN",
    fuse="FUSE:STAT",
    protection="VOLT:PROT:LEV",
    delay=("0.05", "0.050"),
)
HMC804X = fused(
    hello="ROHDE&SCHWARZ,HMC8043,025896369,42000000,1.400",
    output="OUTP",
    master="OUTP:MAST",
    fuse="FUSE:STAT",
    protection="VOLT:PROT:LEV",
    delay=("0.05", "5.000E-02"),
)
for _family in (NGE100, HMC804X):
    _family.settings.append(
        ("over_voltage_protection", True, selected("VOLT:PROT:STAT ON", "VOLT:PROT:STAT?"), "1"),
    )
    _family.readings.extend(
        [
            ("over_voltage_protection", "INST:NSEL 2\nVOLT:PROT:STAT?", "0", False),
            ("over_voltage_tripped", "INST:NSEL 2\nVOLT:PROT:TRIP?", "1", True),
        ]
    )

E36300 = Family(
    hello=[("*IDN?", "Keysight Technologies,E36312A,MY1,1.0")],
    channel=2,
    settings=[
        ("voltage_v", 1.2, "VOLT 1.2,(@2);:VOLT? (@2)", "+1.20000000E+00"),
        ("current_limit_a", 0.6, "CURR 0.6,(@2);:CURR? (@2)", "+6.00000000E-01"),
        ("output", True, "OUTP ON,(@2);:OUTP? (@2)", "1"),
        ("over_current_protection", True, "CURR:PROT:STAT ON,(@2);:CURR:PROT:STAT? (@2)", "1"),
        ("over_current_delay_s", 0.05, "CURR:PROT:DEL 0.05,(@2);:CURR:PROT:DEL? (@2)", "+5.00000000E-02"),
        ("over_voltage_limit_v", 4.0, "VOLT:PROT 4,(@2);:VOLT:PROT? (@2)", "+4.00000000E+00"),
    ],
    readings=[
        ("voltage_v", "VOLT? (@2)", "+1.20000000E+00", 1.2),
        ("current_limit_a", "CURR? (@2)", "+6.00000000E-01", 0.6),
        ("output", "OUTP? (@2)", "1", True),
        ("over_current_protection", "CURR:PROT:STAT? (@2)", "0", False),
        ("over_current_delay_s", "CURR:PROT:DEL? (@2)", "+5.00000000E-02", 0.05),
        ("over_voltage_limit_v", "VOLT:PROT? (@2)", "+4.00000000E+00", 4.0),
        ("over_current_tripped", "CURR:PROT:TRIP? (@2)", "1", True),
        ("measured_voltage_v", "MEAS:VOLT? (@2)", "+3.29900000E+00", 3.299),
        ("measured_current_a", "MEAS:CURR? (@2)", "-1.00000000E-04", -1e-4),
    ],
    sample=[("MEAS:VOLT? (@2);:MEAS:CURR? (@2);:CURR:PROT:TRIP? (@2)", "+3.3E0;+2E-2;1")],
    sampled=ChannelSample(2, 3.3, 0.02, tripped=True),
    switch_on=[("OUTP ON,(@2);:OUTP? (@2)", "1")],
    switch_off=[("OUTP OFF,(@2);:OUTP? (@2)", "0")],
    clear=[("CURR:PROT:CLE (@2);:CURR:PROT:TRIP? (@2)", "0")],
    illegal_v=25.76,
)
N6700_LIMITS = "VOLT? MAX,(@{0});:CURR? MIN,(@{0});:CURR? MAX,(@{0});:VOLT:PROT? MAX,(@{0})"
N6700 = Family(
    hello=[
        ("*IDN?", "Agilent Technologies,N6700B,MY54001234,D.01.05"),
        ("SYST:CHAN:COUN?", "+2"),
        (N6700_LIMITS.format(1), "+2.04E+01;+0E+00;+5.1E+00;+2.2E+01"),
        (N6700_LIMITS.format(2), "+5.1E+01;+2E-02;+1.53E+00;+5.5E+01"),
    ],
    channel=2,
    settings=[
        *(row for row in E36300.settings if row[0] != "over_current_delay_s"),
        ("over_current_delay_s", 0.05, "CURR:PROT:DEL 0.05,(@2);:CURR:PROT:DEL? (@2)", "+4.99200E-02"),
    ],
    readings=[
        *(row for row in E36300.readings if row[0] != "over_current_tripped"),
        ("over_current_tripped", "STAT:QUES:COND? (@2)", "+2", True),
        ("shut_down", "STAT:QUES:COND? (@2)", "+2048", True),
    ],
    sample=[("MEAS:VOLT? (@2);:MEAS:CURR? (@2);:STAT:QUES:COND? (@2)", "+3.3E0;+2E-2;+1026")],
    sampled=ChannelSample(2, 3.3, 0.02, tripped=True),
    switch_on=[("OUTP ON,(@2);:OUTP? (@2)", "1")],
    switch_off=[("OUTP OFF,(@2);:OUTP? (@2)", "0")],
    clear=[("OUTP:PROT:CLE (@2);:STAT:QUES:COND? (@2)", "+0"), ("STAT:QUES:COND? (@2)", "+0")],
    illegal_v=51.1,
    whole=[
        ("watchdog", True, "OUTP:PROT:WDOG ON;:OUTP:PROT:WDOG?", "1"),
        ("watchdog_delay_s", 5.0, "OUTP:PROT:WDOG:DEL 5;:OUTP:PROT:WDOG:DEL?", "5"),
    ],
)
DP800 = Family(
    hello=[("*IDN?", "RIGOL TECHNOLOGIES,DP832A,DP8B1234,00.01.16")],
    channel=2,
    settings=[
        ("voltage_v", 3.3, ":SOUR2:VOLT 3.3\n:SOUR2:VOLT?", "3.300"),
        ("current_limit_a", 0.22, ":SOUR2:CURR 0.22\n:SOUR2:CURR?", "0.220"),
        ("output", True, ":OUTP CH2,ON\n:OUTP? CH2", "ON"),
        ("over_current_level_a", 0.2, ":OUTP:OCP:VAL CH2,0.2\n:OUTP:OCP:VAL? CH2", "0.200"),
        ("over_current_protection", True, ":OUTP:OCP CH2,ON\n:OUTP:OCP? CH2", "ON"),
        ("over_voltage_limit_v", 4.0, ":OUTP:OVP:VAL CH2,4\n:OUTP:OVP:VAL? CH2", "4.000"),
        ("over_voltage_protection", True, ":OUTP:OVP CH2,ON\n:OUTP:OVP? CH2", "ON"),
    ],
    readings=[
        ("voltage_v", ":SOUR2:VOLT?", "3.300", 3.3),
        ("current_limit_a", ":SOUR2:CURR?", "0.220", 0.22),
        ("output", ":OUTP? CH2", "OFF", False),
        ("over_current_level_a", ":OUTP:OCP:VAL? CH2", "0.200", 0.2),
        ("over_current_protection", ":OUTP:OCP? CH2", "OFF", False),
        ("over_voltage_limit_v", ":OUTP:OVP:VAL? CH2", "4.000", 4.0),
        ("over_voltage_protection", ":OUTP:OVP? CH2", "OFF", False),
        ("over_current_tripped", ":OUTP:OCP:ALAR? CH2", "YES", True),
        ("over_voltage_tripped", ":OUTP:OVP:ALAR? CH2", "NO", False),
        ("reading", ":MEAS:ALL? CH2", "3.2987,0.0301,0.099", (3.2987, 0.0301)),
        ("measured_voltage_v", ":MEAS:VOLT? CH2", "3.2987", 3.2987),
        ("measured_current_a", ":MEAS:CURR? CH2", "0.0301", 0.0301),
    ],
    sample=[(":MEAS:ALL? CH2", "3.2987,0.0301,0.099"), (":OUTP:OCP:ALAR? CH2", "YES")],
    sampled=ChannelSample(2, 3.2987, 0.0301, tripped=True),
    switch_on=[(":OUTP CH2,ON\n:OUTP? CH2", "ON")],
    switch_off=[(":OUTP CH2,OFF\n:OUTP? CH2", "OFF")],
    clear=[(":OUTP:OCP:CLEAR CH2\n:OUTP:OCP:ALAR? CH2", "NO")],
    illegal_v=32.1,
)
K2230 = Family(
    hello=[("*IDN?", "Keithley Instruments, 2230G-30-1, 9203269, 1.16-1.04")],
    channel=2,
    settings=[
        ("voltage_v", 3.3, selected("VOLT 3.3", "VOLT?"), "3.3000"),
        ("current_limit_a", 0.2, selected("CURR 0.2", "CURR?"), "0.2000"),
        ("output", True, selected("CHAN:OUTP ON", "CHAN:OUTP?"), "1"),
    ],
    readings=[
        ("voltage_v", "INST:NSEL 2\nVOLT?", "3.3000", 3.3),
        ("current_limit_a", "INST:NSEL 2\nCURR?", "0.2000", 0.2),
        ("output", "INST:NSEL 2\nCHAN:OUTP?", "0", False),
        ("measured_voltage_v", "MEAS:VOLT? CH2", "3.2990", 3.299),
        ("measured_current_a", "MEAS:CURR? CH2", "0.0301", 0.0301),
    ],
    sample=[("MEAS:VOLT? CH2", "3.2990"), ("MEAS:CURR? CH2", "0.0301")],
    sampled=ChannelSample(2, 3.299, 0.0301, tripped=False),
    switch_on=[(selected("CHAN:OUTP ON", "INST:NSEL 2\nCHAN:OUTP?"), "1")],
    switch_off=[(selected("CHAN:OUTP OFF", "INST:NSEL 2\nCHAN:OUTP?"), "0")],
    clear=[],
    illegal_v=30.1,
)
K2260B = Family(
    hello=[
        ("*IDN?", "Keithley,2260B-250-4,TW00001,01.72"),
        ("VOLT? MAX", "+262.5"),
        ("CURR? MAX", "+4.725"),
        ("CURR:PROT? MIN", "+0.450"),
        ("CURR:PROT? MAX", "+4.950"),
        ("VOLT:PROT? MAX", "+275.0"),
    ],
    channel=1,
    settings=[
        ("voltage_v", 1.2, "VOLT 1.2\nVOLT?", "+1.200"),
        ("current_limit_a", 0.66, "CURR 0.66\nCURR?", "+0.660"),
        ("output", True, "OUTP ON\nOUTP?", "1"),
        ("over_current_level_a", 0.6, "CURR:PROT 0.6\nCURR:PROT?", "+0.600"),
        ("over_current_protection", True, "CURR:PROT:STAT ON\nCURR:PROT:STAT?", "1"),
        ("over_current_delay_s", 0.05, "CURR:PROT:DEL 0.05\nCURR:PROT:DEL?", "+0.05"),
        ("over_voltage_limit_v", 27.5, "VOLT:PROT 27.5\nVOLT:PROT?", "+27.50"),
    ],
    readings=[
        ("voltage_v", "VOLT?", "+1.200", 1.2),
        ("current_limit_a", "CURR?", "+0.660", 0.66),
        ("output", "OUTP?", "0", False),
        ("over_current_level_a", "CURR:PROT?", "+0.600", 0.6),
        ("over_current_protection", "CURR:PROT:STAT?", "0", False),
        ("over_current_delay_s", "CURR:PROT:DEL?", "+0.05", 0.05),
        ("over_voltage_limit_v", "VOLT:PROT?", "+27.50", 27.5),
        ("over_current_tripped", "CURR:PROT:TRIP?", "1", True),
        ("measured_voltage_v", "MEAS:VOLT?", "+1.199", 1.199),
        ("measured_current_a", "MEAS:CURR?", "+0.121", 0.121),
    ],
    sample=[("MEAS:VOLT?", "+1.199"), ("MEAS:CURR?", "+0.121"), ("CURR:PROT:TRIP?", "0")],
    sampled=ChannelSample(1, 1.199, 0.121, tripped=False),
    switch_on=[("OUTP ON\nOUTP?", "1")],
    switch_off=[("OUTP OFF\nOUTP?", "0")],
    clear=[("OUTP:PROT:CLE\nCURR:PROT:TRIP?", "0")],
    illegal_v=262.6,
)
TTI_QL = Family(
    hello=[("*IDN?", "THURLBY THANDAR, QL355TP, 279730, 2.07-2.07"), ("RANGE1?", "R1 1"), ("RANGE2?", "R2 0")],
    channel=2,
    settings=[
        ("voltage_v", 3.3, "V2 3.3;V2?", "V2 3.300"),
        ("current_limit_a", 0.22, "I2 0.22;I2?", "I2 0.220"),
        ("output", True, "OP2 1;OP2?", "1"),
        ("over_current_level_a", 0.2, "OCP2 0.2;OCP2?", "CP2 0.20"),
        ("over_voltage_limit_v", 4.0, "OVP2 4;OVP2?", "VP2 4.00"),
    ],
    readings=[
        ("voltage_v", "V2?", "V2 3.300", 3.3),
        ("current_limit_a", "I2?", "I2 0.220", 0.22),
        ("output", "OP2?", "0", False),
        ("over_current_level_a", "OCP2?", "CP2 0.20", 0.2),
        ("over_voltage_limit_v", "OVP2?", "VP2 4.00", 4.0),
        ("over_current_tripped", "LSR2?", "9", True),
        ("measured_voltage_v", "V2O?", "3.299V", 3.299),
        ("measured_current_a", "I2O?", "0.0301A", 0.0301),
    ],
    sample=[("V2O?", "3.299V"), ("I2O?", "0.0301A"), ("LSR2?", "8")],
    sampled=ChannelSample(2, 3.299, 0.0301, tripped=True),
    switch_on=[("OP2 1\nOP2?", "1")],
    switch_off=[("OP2 0\nOP2?", "0")],
    clear=[("TRIPRST;LSR2?", "8"), ("LSR2?", "0")],
    illegal_v=15.1,
)
K2400 = Family(
    hello=[("*IDN?", "KEITHLEY INSTRUMENTS INC.,MODEL 2400,1234567,C30   Mar 17 2006 09:29:29/A02  /K/J")],
    channel=1,
    settings=[
        ("voltage_v", 1.2, "SOUR:VOLT:LEV 1.2;:SOUR:VOLT:LEV?", "+1.200000E+00"),
        ("current_limit_a", 0.6, "SENS:CURR:PROT 0.6;:SENS:CURR:PROT?", "+6.000000E-01"),
        ("output", True, "OUTP ON;:OUTP?", "1"),
        ("source_function", "VOLT", "SOUR:FUNC VOLT;:SOUR:FUNC?", "VOLT"),
        ("sense_functions", '"VOLT:DC","CURR:DC"', 'SENS:FUNC "VOLT:DC","CURR:DC";:SENS:FUNC?', '"VOLT:DC","CURR:DC"'),
        ("off_state", "NORM", "OUTP:SMOD NORM;:OUTP:SMOD?", "NORM"),
    ],
    readings=[
        ("voltage_v", "SOUR:VOLT:LEV?", "+1.200000E+00", 1.2),
        ("current_limit_a", "SENS:CURR:PROT?", "+6.000000E-01", 0.6),
        ("output", "OUTP?", "0", False),
        ("source_function", "SOUR:FUNC?", "VOLT", "VOLT"),
        ("sense_functions", "SENS:FUNC?", '"CURR:DC"', '"CURR:DC"'),
        ("off_state", "OUTP:SMOD?", "HIMP", "HIMP"),
        ("limiting", "SENS:CURR:PROT:TRIP?", "1", True),
        ("measured_voltage_v", "READ?", "+1.2E+00,+1.2E-01,+9.91E+37,+1.0E+03,+4.4E+04", 1.2),
        ("measured_current_a", "READ?", "+1.2E+00,+1.2E-01,+9.91E+37,+1.0E+03,+4.4E+04", 0.12),
    ],
    sample=[("OUTP?", "1"), ("READ?", "+1.2E+00,+1.2E-01,+9.91E+37,+1.0E+03,+4.4E+04")],
    sampled=ChannelSample(1, 1.2, 0.12, tripped=False),
    switch_on=[("OUTP ON\nOUTP?", "1")],
    switch_off=[("OUTP OFF\nOUTP?", "0")],
    clear=[],
    illegal_v=210.1,
)
LEVEL_2450, LIMIT_2450 = "smu.source.level", "smu.source.ilimit.level"
BOTH_2450 = "print(smu.measure.read(), defbuffer1.sourcevalues[defbuffer1.n])"
K2450 = Family(
    hello=[("*IDN?", "KEITHLEY INSTRUMENTS,MODEL 2450,04096331,1.6.7c"), ("*LANG?", "TSP")],
    channel=1,
    settings=[
        ("voltage_v", 1.2, f"{LEVEL_2450} = 1.2 print({LEVEL_2450})", "1.2"),
        ("current_limit_a", 0.6, f"{LIMIT_2450} = 0.6 print({LIMIT_2450})", "0.6"),
        ("output", True, "smu.source.output = smu.ON print(smu.source.output)", "smu.ON"),
        (
            "source_function",
            "smu.FUNC_DC_VOLTAGE",
            "smu.source.func = smu.FUNC_DC_VOLTAGE print(smu.source.func)",
            "smu.FUNC_DC_VOLTAGE",
        ),
        (
            "measure_function",
            "smu.FUNC_DC_CURRENT",
            "smu.measure.func = smu.FUNC_DC_CURRENT print(smu.measure.func)",
            "smu.FUNC_DC_CURRENT",
        ),
        ("readback", "smu.ON", "smu.source.readback = smu.ON print(smu.source.readback)", "smu.ON"),
        (
            "off_state",
            "smu.OFFMODE_NORMAL",
            "smu.source.offmode = smu.OFFMODE_NORMAL print(smu.source.offmode)",
            "smu.OFFMODE_NORMAL",
        ),
    ],
    readings=[
        ("voltage_v", f"print({LEVEL_2450})", "1.2", 1.2),
        ("current_limit_a", f"print({LIMIT_2450})", "6e-01", 0.6),
        ("output", "print(smu.source.output)", "smu.OFF", False),
        ("source_function", "print(smu.source.func)", "smu.FUNC_DC_CURRENT", "smu.FUNC_DC_CURRENT"),
        ("measure_function", "print(smu.measure.func)", "smu.FUNC_DC_VOLTAGE", "smu.FUNC_DC_VOLTAGE"),
        ("readback", "print(smu.source.readback)", "smu.OFF", "smu.OFF"),
        ("off_state", "print(smu.source.offmode)", "smu.OFFMODE_ZERO", "smu.OFFMODE_ZERO"),
        ("limiting", "print(smu.source.ilimit.tripped)", "smu.ON", True),
        ("measured_voltage_v", "smu.measure.read() print(defbuffer1.sourcevalues[defbuffer1.n])", "1.2001", 1.2001),
        ("measured_current_a", "print(smu.measure.read())", "1.21e-01", 0.121),
    ],
    sample=[("print(smu.source.output)", "smu.ON"), (BOTH_2450, "1.21e-01\t1.2001")],
    sampled=ChannelSample(1, 1.2001, 0.121, tripped=False),
    switch_on=[("smu.source.output = smu.ON\nprint(smu.source.output)", "smu.ON")],
    switch_off=[("smu.source.output = smu.OFF\nprint(smu.source.output)", "smu.OFF")],
    clear=[],
    illegal_v=210.1,
)
K2600 = Family(
    hello=[("*IDN?", "Keithley Instruments Inc., Model 2602B, 4025436, 3.2.2")],
    channel=2,
    settings=[
        ("voltage_v", 1.2, "smub.source.levelv = 1.2 print(smub.source.levelv)", "1.20000e+00"),
        ("current_limit_a", 0.6, "smub.source.limiti = 0.6 print(smub.source.limiti)", "6.00000e-01"),
        ("output", True, "smub.source.output = 1 print(smub.source.output)", "1.00000e+00"),
        ("source_function", "1", "smub.source.func = 1 print(smub.source.func)", "1.00000e+00"),
        ("off_state", "0", "smub.source.offmode = 0 print(smub.source.offmode)", "0.00000e+00"),
    ],
    readings=[
        ("voltage_v", "print(smub.source.levelv)", "1.20000e+00", 1.2),
        ("current_limit_a", "print(smub.source.limiti)", "6.00000e-01", 0.6),
        ("output", "print(smub.source.output)", "0.00000e+00", False),
        ("source_function", "print(smub.source.func)", "0.00000e+00", "0"),
        ("off_state", "print(smub.source.offmode)", "1.00000e+00", "1"),
        ("limiting", "print(smub.source.compliance)", "true", True),
        ("measured_voltage_v", "print(smub.measure.v())", "1.19998e+00", 1.19998),
        ("measured_current_a", "print(smub.measure.i())", "1.21000e-01", 0.121),
    ],
    sample=[("print(smub.measure.iv())", "1.21000e-01\t1.19998e+00")],
    sampled=ChannelSample(2, 1.19998, 0.121, tripped=False),
    switch_on=[("smub.source.output = 1\nprint(smub.source.output)", "1.00000e+00")],
    switch_off=[("smub.source.output = 0\nprint(smub.source.output)", "0.00000e+00")],
    clear=[],
    illegal_v=40.5,
)

FAMILIES = {
    "keithley-2230": K2230,
    "keithley-2260b": K2260B,
    "keithley-2400": K2400,
    "keithley-2450": K2450,
    "keithley-2600": K2600,
    "keysight-e36300": E36300,
    "keysight-n6700": N6700,
    "rigol-dp800": DP800,
    "rohde-schwarz-hmc804x": HMC804X,
    "rohde-schwarz-hmp": HMP,
    "rohde-schwarz-nge100": NGE100,
    "tti-ql": TTI_QL,
}
