"""The properties that outputs of supplies have in common, with the words and ranges shared by all families."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from radtest.instruments.power_supply import Rating, SupplyOutput
from radtest.instruments.properties import (
    Exchange,
    Legal,
    Reading,
    Setting,
    Subject,
    number_in,
    parse_flag,
    parse_number,
    switch,
    switch_text,
    within,
)

__all__ = [
    "current_limit",
    "delay",
    "measured_current",
    "measured_voltage",
    "number_text",
    "output",
    "over_voltage",
    "protection",
    "trip_level",
    "tripped",
    "voltage",
]

Numbers = Callable[[str], float]
Flags = Callable[[str], bool]
Words = Callable[[bool], str]


def number_text(value: float) -> str:
    """Write a number as instruments read it."""
    return f"{value:.6g}"


def _rating(subject: Subject) -> Rating:
    return cast("SupplyOutput", subject).rating


def voltage(
    command: str, query: str, range_v: str, *, parse: Numbers = parse_number, exchange: Exchange | None = None
) -> Setting[float]:
    """Return the voltage setpoint of a family (V, range: 0 to the rating)."""
    return Setting(
        f"Control the voltage setpoint (V, range {range_v}).",
        command=command,
        query=query,
        parse=parse,
        text=number_text,
        legal=lambda subject: number_in(0.0, _rating(subject).highest_voltage_v, "V"),
        unit="V",
        agrees=within(1e-3),
        exchange=exchange,
    )


def current_limit(
    command: str,
    query: str,
    range_a: str,
    *,
    parse: Numbers = parse_number,
    exchange: Exchange | None = None,
    resolution_a: float = 1e-3,
) -> Setting[float]:
    """Return the current limit of a family (A, range: as the rating says)."""
    return Setting(
        f"Control the current limit (A, range {range_a}).",
        command=command,
        query=query,
        parse=parse,
        text=number_text,
        legal=lambda subject: number_in(_rating(subject).lowest_current_a, _rating(subject).highest_current_a, "A"),
        unit="A",
        agrees=within(resolution_a),
        exchange=exchange,
    )


def trip_level(
    command: str,
    query: str,
    range_a: str,
    *,
    parse: Numbers = parse_number,
    exchange: Exchange | None = None,
    resolution_a: float = 1e-3,
) -> Setting[float]:
    """Return the level of an over-current trip apart from the limit (A, range: as the rating says)."""
    return Setting(
        f"Control the current above which the output is switched off (A, range {range_a}).",
        command=command,
        query=query,
        parse=parse,
        text=number_text,
        legal=lambda subject: number_in(_rating(subject).lowest_trip_a, _rating(subject).highest_trip_a, "A"),
        unit="A",
        agrees=within(resolution_a),
        exchange=exchange,
    )


def delay(
    command: str,
    query: str,
    legal: Legal[float],
    *,
    parse: Numbers = parse_number,
    text: Callable[[float], str] = number_text,
    exchange: Exchange | None = None,
    resolution_s: float = 1e-4,
) -> Setting[float]:
    """Return the delay of the over-current trip (s, range: as `legal`)."""
    return Setting(
        f"Control how long over-current must last before the output is switched off (s, range {_bare(legal)}).",
        command=command,
        query=query,
        parse=parse,
        text=text,
        legal=lambda _: legal,
        unit="s",
        agrees=within(resolution_s),
        exchange=exchange,
    )


def over_voltage(
    command: str, query: str, range_v: str, *, parse: Numbers = parse_number, exchange: Exchange | None = None
) -> Setting[float]:
    """Return the over-voltage protection (V, range: 0 to what the rating says)."""
    return Setting(
        f"Control the over-voltage protection (V, range {range_v}).",
        command=command,
        query=query,
        parse=parse,
        text=number_text,
        legal=lambda subject: number_in(0.0, _rating(subject).highest_over_voltage_v, "V"),
        unit="V",
        agrees=within(1e-2),
        exchange=exchange,
    )


def output(
    command: str,
    query: str,
    *,
    parse: Flags = parse_flag,
    text: Words = switch_text,
    exchange: Exchange | None = None,
    which: str = "the output",
) -> Setting[bool]:
    """Return the switch of an output (no unit, range: True or False)."""
    doc = f"Control whether {which} is on (no unit, range True or False)."
    return _switch(doc, command, query, parse, text, exchange)


def protection(
    command: str,
    query: str,
    *,
    parse: Flags = parse_flag,
    text: Words = switch_text,
    exchange: Exchange | None = None,
    what: str = "over-current",
) -> Setting[bool]:
    """Return the switch of a trip (no unit, range: True or False)."""
    doc = f"Control whether {what} switches the output off (no unit, range True or False)."
    return _switch(doc, command, query, parse, text, exchange)


def tripped(query: str, *, parse: Flags = parse_flag, what: str = "over-current") -> Reading[bool]:
    """Return the state of a trip (no unit, range: True or False)."""
    doc = f"Measure whether {what} protection has tripped (no unit, range True or False)."
    return Reading(doc, query=query, parse=parse, unit="")


def measured_voltage(query: str, range_v: str, *, parse: Numbers = parse_number) -> Reading[float]:
    """Return the voltage at the terminals (V, range: as the setpoint)."""
    return Reading(f"Measure the voltage at the terminals (V, range {range_v}).", query=query, parse=parse, unit="V")


def measured_current(query: str, range_a: str, *, parse: Numbers = parse_number) -> Reading[float]:
    """Return the current drawn (A, range: as the limit)."""
    return Reading(f"Measure the current drawn (A, range {range_a}).", query=query, parse=parse, unit="A")


def _switch(doc: str, command: str, query: str, parse: Flags, text: Words, exchange: Exchange | None) -> Setting[bool]:
    return Setting(
        doc,
        command=command,
        query=query,
        parse=parse,
        text=text,
        legal=lambda _: switch(),
        unit="",
        exchange=exchange,
    )


def _bare(legal: Legal[float]) -> str:
    return legal.words.removesuffix(" s")
