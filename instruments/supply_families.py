"""The families of supplies by the names that campaign files give them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from radtest.instruments.keithley_2230 import Keithley2230
from radtest.instruments.keithley_2260b import Keithley2260B
from radtest.instruments.keithley_2400 import Keithley2400
from radtest.instruments.keithley_2450 import Keithley2450
from radtest.instruments.keithley_2600 import Keithley2600
from radtest.instruments.keysight_e36300 import KeysightE36300
from radtest.instruments.keysight_n6700 import KeysightN6700
from radtest.instruments.power_supply import SupplyDriver
from radtest.instruments.rigol_dp800 import RigolDP800
from radtest.instruments.rohde_schwarz_hmp import RohdeSchwarzHMP
from radtest.instruments.rohde_schwarz_nge import RohdeSchwarzHMC804x, RohdeSchwarzNGE100
from radtest.instruments.tti_ql import TTiQL

__all__ = ["SUPPLY_DRIVERS", "supply_shortfalls"]

SUPPLY_DRIVERS: Mapping[str, type[SupplyDriver[Any]]] = MappingProxyType(
    {
        "keithley-2230": Keithley2230,
        "keithley-2260b": Keithley2260B,
        "keithley-2400": Keithley2400,
        "keithley-2450": Keithley2450,
        "keithley-2600": Keithley2600,
        "keysight-e36300": KeysightE36300,
        "keysight-n6700": KeysightN6700,
        "rigol-dp800": RigolDP800,
        "rohde-schwarz-hmc804x": RohdeSchwarzHMC804x,
        "rohde-schwarz-hmp": RohdeSchwarzHMP,
        "rohde-schwarz-nge100": RohdeSchwarzNGE100,
        "tti-ql": TTiQL,
    }
)
"""Driver by name."""


def supply_shortfalls(name: str) -> dict[str, str]:
    """Return what the supplies of a family cannot do for a device that latches up, in words for the operator.

    Parameters
    ----------
    name : str
        A key of `SUPPLY_DRIVERS`.

    Returns
    -------
    dict
        Words by the name of what is missing: ``hardware_trip``, ``trip_delay``, ``voltage_when_off``, ``watchdog``.
    """
    driver = SUPPLY_DRIVERS[name]
    said: dict[str, str] = {}
    if not driver.has_hardware_trip:
        said["hardware_trip"] = (
            f"{driver.title} HAS NO OVER-CURRENT TRIP: it holds a latched device at the current limit. ONLY THE "
            "SOFTWARE GUARD cuts the power; if guard and computer fail, nothing does"
        )
    elif not driver.trip_delay_settable:
        said["trip_delay"] = (
            f"{driver.title} trips without a delay that could be set: channels[].over_current_delay_s is not used, and "
            "inrush above current_limit_a may trip it"
        )
    if not driver.measures_when_off:
        said["voltage_when_off"] = (
            f"{driver.title} cannot measure while its output is off: it drives the terminals to 0 V, and that no "
            "voltage remains before power returns is taken from that, not measured"
        )
    if not hasattr(driver, "arm_watchdog"):
        said["watchdog"] = (
            f"{driver.title} has no watchdog: guard.watchdog_s is not used, and should the whole computer die its "
            "outputs stay on"
        )
    return said
