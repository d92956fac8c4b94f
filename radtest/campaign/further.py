"""Further instruments of a campaign: asked now and then, without keeping the engine waiting."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field

from radtest.campaign.further_configuration import (
    FurtherModel,
    MultimeterModel,
    OscilloscopeModel,
    OutletsModel,
    ScannerModel,
    StageModel,
    ThermalModel,
)
from radtest.core import ConfigurationError, InstrumentError
from radtest.instruments import (
    Driver,
    EspecP300,
    Keysight34461A,
    KeysightDAQ970A,
    KeysightDAQ970ARelays,
    KeysightInfiniiVision,
    MotionStage,
    NetioKshell,
    NewportESP301,
    OutletStrip,
    PIController,
    RigolDS1000Z,
    TemptronicATS,
    ThermalForcing,
    mapped,
)

__all__ = ["Further", "Reading", "open_further"]

Reading = tuple[str, str, float]
"""A channel, its unit, its value."""


@dataclass(slots=True)
class Further:
    """One further instrument.

    Parameters
    ----------
    name : str
        What the campaign calls it.
    model : FurtherModel
        Its table in the campaign file.
    driver : Driver
        It.
    ask : callable, optional
        Asks for its readings; None for one that has none.
    """

    name: str
    model: FurtherModel
    driver: Driver
    ask: Callable[[], Future[list[Reading]]] | None = None
    thermal: ThermalForcing | None = None
    stage: MotionStage | None = None
    oscilloscope: KeysightInfiniiVision | RigolDS1000Z | None = None
    outlets: OutletStrip | None = None
    latest: dict[str, float] = field(default_factory=dict)


def open_further(name: str, model: FurtherModel, address: str) -> Further:
    """Connect to a further instrument and set it up.

    Raises
    ------
    AddressError
        If it does not answer, or is another one.
    ConfigurationError
        If it cannot do what the file asks.
    InstrumentError
        If a setting reads back otherwise.
    """
    further = _opened(name, model, address)
    try:
        set_up(further)
    except BaseException:
        further.driver.close()
        raise
    return further


def _opened(name: str, model: FurtherModel, address: str) -> Further:
    options: Mapping[str, float] = {"timeout_s": model.timeout_s}
    match model:
        case MultimeterModel():
            meter = Keysight34461A(address, name=name, **options)
            return Further(name, model, meter, lambda: _meter_reading(meter))
        case ScannerModel():
            scanner = KeysightDAQ970A(address, name=name, **options)
            return Further(name, model, scanner, lambda: _scanned(scanner, model))
        case ThermalModel():
            thermal = (
                TemptronicATS(address, name=name, **options)
                if model.driver == "temptronic-ats"
                else EspecP300(address, name=name, window_k=model.tolerance_k, **options)
            )
            return Further(name, model, thermal, lambda: _temperatures(thermal), thermal=thermal)
        case StageModel():
            stage = (NewportESP301 if model.driver == "newport-esp301" else PIController)(
                address, name=name, timeout_s=model.timeout_s, axes=(model.axis,)
            )
            return Further(name, model, stage, lambda: _positions(stage, model.axis), stage=stage)
        case OutletsModel():
            strip = _outlets(name, model, address)
            return Further(name, model, strip, outlets=strip)
        case OscilloscopeModel():
            kind = KeysightInfiniiVision if model.driver == "keysight-infiniivision" else RigolDS1000Z
            scope = kind(address, name=name, **options)
            return Further(name, model, scope, oscilloscope=scope)


def _outlets(name: str, model: OutletsModel, address: str) -> NetioKshell | KeysightDAQ970ARelays:
    if model.driver == "keysight-daq970a-relays":
        return KeysightDAQ970ARelays(address, name=name, timeout_s=model.timeout_s, slot=model.slot)
    password = os.environ.get(model.password_variable, "")
    if not password:
        raise ConfigurationError(
            f"instruments.{name}: the environment variable {model.password_variable} is not set, and without the "
            "password in it no outlet may be switched",
            remedy=f"export {model.password_variable}=<password>, or name another in password_variable.",
        )
    return NetioKshell(address, name=name, timeout_s=model.timeout_s, user=model.user, password=password)


def set_up(further: Further) -> None:
    """Tell an instrument what the campaign file wants of it, and read it back."""
    model, driver = further.model, further.driver
    if isinstance(model, MultimeterModel) and isinstance(driver, Keysight34461A):
        driver.set_up(model.function, integration_cycles=model.integration_cycles)
    elif isinstance(model, ScannerModel) and isinstance(driver, KeysightDAQ970A):
        for each in model.inputs.values():
            channel = driver.channel(each.channel)
            channel.function = each.function
            if each.function == "TEMP":
                channel.temperature_probe = each.probe
                if each.probe == "TC":
                    channel.thermocouple = each.thermocouple
        driver.scan_list([each.channel for each in model.inputs.values()])
    elif isinstance(model, ThermalModel) and isinstance(driver, TemptronicATS):
        driver.window_k = model.tolerance_k
        driver.soak_s = round(model.soak_s)
    elif isinstance(model, OutletsModel) and further.outlets is not None and model.on:
        further.outlets.switch_on(model.on)
    elif isinstance(model, OscilloscopeModel) and further.oscilloscope is not None:
        scope = further.oscilloscope
        channel_settings = scope.channel(model.channel)
        channel_settings.shown = True
        channel_settings.coupling = model.coupling
        channel_settings.scale_v, channel_settings.offset_v = model.scale_v, model.offset_v
        scope.time_scale_s, scope.time_position_s = model.time_scale_s, model.time_position_s
        scope.trigger_source, scope.trigger_level_v = model.channel, model.trigger_level_v
        scope.trigger_slope = model.trigger_slope


def _meter_reading(meter: Keysight34461A) -> Future[list[Reading]]:
    unit = meter.unit
    channel = {"V": "voltage", "A": "current", "ohm": "resistance", "degC": "temperature"}[unit]
    return mapped(meter.measure(), lambda value: [(channel, unit, value)])


def _scanned(scanner: KeysightDAQ970A, model: ScannerModel) -> Future[list[Reading]]:
    units = {"VOLT": "V", "VOLT:AC": "V", "RES": "ohm", "FRES": "ohm", "TEMP": "degC"}

    def named(values: tuple[float, ...]) -> list[Reading]:
        return [
            (name, units[each.function], value if math.isfinite(value) else math.nan)
            for (name, each), value in zip(model.inputs.items(), values, strict=True)
        ]

    return mapped(scanner.scan(), named)


def _temperatures(thermal: ThermalForcing) -> Future[list[Reading]]:
    return mapped(
        thermal.read(),
        lambda read: [("temperature", "degC", read.temperature_c), ("set_point", "degC", read.set_point_c)],
    )


def _positions(stage: MotionStage, axis: int) -> Future[list[Reading]]:
    return mapped(stage.positions([axis]), lambda positions: [("position", "mm", positions[0])])


def refuse_what_it_cannot(further: Further, temperatures_c: list[float], positions_mm: list[float]) -> None:
    """Refuse, before anything is switched, temperatures and positions that an instrument cannot reach.

    Raises
    ------
    ConfigurationError
        If there is one.
    """
    if further.thermal is not None:
        low, high = further.thermal.limits_c
        what, wanted, unit = "ions[].temperature_c", temperatures_c, "°C"
    elif further.stage is not None and isinstance(further.model, StageModel):
        low, high = further.stage.axis(further.model.axis).travel_mm
        what, wanted, unit = "ions[].degrader_mm", positions_mm, "mm"
    else:
        return
    for value in wanted:
        if not low <= value <= high:
            raise ConfigurationError(
                f"{further.driver.place}: {what} = {value:g} is out of its range; legal: {low:g} to {high:g} {unit}",
                remedy="correct the campaign file, or the limits of the instrument.",
            )


def lost(error: BaseException | None) -> bool:
    """Tell whether an error means that an instrument can no longer be spoken to, and raise any that is no such."""
    if error is None:
        return False
    if isinstance(error, InstrumentError):
        return True
    raise error
