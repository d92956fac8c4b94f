"""Drivers of meters and kin on scripted instruments, and the forms in which dialects take a setting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from radtest.instruments import (
    EspecP300,
    Keysight34461A,
    Keysight53230A,
    KeysightDAQ970A,
    KeysightDAQ970ARelays,
    KeysightInfiniiVision,
    NewportESP301,
    PIController,
    RigolDS1000Z,
    TemptronicATS,
    expected_dialogue,
)

Lines = list[tuple[str, "str | bytes | None"]]
SESAME = "sesame"


@dataclass(frozen=True)
class Bench:
    """A driver, what is said while it opens, and the part of it that carries the properties."""

    driver: Callable[[str], Any]
    hello: Lines
    part: Callable[[Any], Any] = lambda driver: driver


METER = Bench(Keysight34461A, [("*IDN?", "Keysight Technologies,34461A,MY1,A.03"), ("SENS:FUNC?", '"VOLT"')])
DAQ_HELLO: Lines = [("*IDN?", "Keysight Technologies,DAQ970A,MY2,A.03")]
SCANNER = Bench(KeysightDAQ970A, DAQ_HELLO)
SCANNED = Bench(KeysightDAQ970A, DAQ_HELLO, lambda daq: daq.channel(103))
RELAYS = Bench(lambda address: KeysightDAQ970ARelays(address, slot=2), DAQ_HELLO)
COUNTER = Bench(Keysight53230A, [("*IDN?", "Agilent Technologies,53230A,MY2,2.0")])
KEYSIGHT_SCOPE = Bench(KeysightInfiniiVision, [("*IDN?", "KEYSIGHT TECHNOLOGIES,DSO-X 3034T,MY3,07.50")])
KEYSIGHT_CHANNEL = Bench(KEYSIGHT_SCOPE.driver, KEYSIGHT_SCOPE.hello, lambda scope: scope.channel(2))
RIGOL_SCOPE = Bench(RigolDS1000Z, [("*IDN?", "RIGOL TECHNOLOGIES,DS1104Z,DS1,00.04")])
HEAD = Bench(TemptronicATS, [("*IDN?", "Temptronic,ATS-545,1,2.0"), ("LLIM?", "-60.0"), ("ULIM?", "150.0")])
CHAMBER_ANSWER = "23.1,25.0,130.0,-45.0"
CHAMBER = Bench(
    EspecP300,
    [("TYPE?", "T,T,P-300,180.0"), ("ROM?", "P3HV1.10"), ("TEMP?", CHAMBER_ANSWER), ("TEMP?", CHAMBER_ANSWER)],
)
STRIP_HELLO: Lines = [("login admin sesame", "250 OK"), ("version", "250 V2.4.0")]
ESP = Bench(NewportESP301, [("VE?", "ESP301 Version 3.0.1 6/1/99"), ("1SL?", "-5.0"), ("1SR?", "55.0")])
ESP_AXIS = Bench(ESP.driver, ESP.hello, lambda controller: controller.axis(1))
PI = Bench(
    PIController,
    [
        ("*IDN?", "(c)2015 Physik Instrumente (PI) GmbH & Co. KG, C-863.11, 0123, 1.2.0.0"),
        ("TMN? 1", "1=0.0000"),
        ("TMX? 1", "1=50.0000"),
    ],
)
PI_AXIS = Bench(PI.driver, PI.hello, lambda controller: controller.axis(1))


def joined(command: str, question: str, answer: str) -> Lines:
    return [(f"{command};:{question}", answer)]


def two(command: str, question: str, answer: str) -> Lines:
    return [(command, None), (question, answer)]


def told(command: str, question: str, answer: str) -> Lines:
    return [(command, f"OK:{command}"), (question, answer)]


def semicolon(command: str, question: str, answer: str) -> Lines:
    return [(f"{command};{question}", answer)]


def converse(bench: Bench, lines: Lines, act: Callable[[Any], Any]) -> Any:
    with expected_dialogue([*bench.hello, *lines]) as address:
        driver = bench.driver(address)
        try:
            return act(bench.part(driver))
        finally:
            driver.close()
