"""Opening the supply: by the guard, and by the engine where the guard has died."""

from __future__ import annotations

from collections.abc import Callable

from radtest.core import ConfigurationError
from radtest.guard.plan import GuardPlan
from radtest.instruments import KeysightE36300, PowerSupply

__all__ = ["SUPPLY_DRIVERS", "open_supply"]

SUPPLY_DRIVERS: dict[str, Callable[..., PowerSupply]] = {"keysight-e36300": KeysightE36300}
"""Drivers by the name that campaign files give them."""


def open_supply(plan: GuardPlan) -> PowerSupply:
    """Connect to the supply of a plan.

    Raises
    ------
    AddressError
        If it does not answer, or is another instrument.
    ConfigurationError
        If no driver has that name, or the supply lacks a channel.
    """
    try:
        make = SUPPLY_DRIVERS[plan.driver]
    except KeyError:
        raise ConfigurationError(
            f"supply: no driver {plan.driver!r}; legal: {', '.join(SUPPLY_DRIVERS)}",
            remedy="correct roles.supply.driver in the campaign file.",
        ) from None
    supply = make(plan.address, name="supply", timeout_s=plan.timeout_s)
    try:
        for channel in plan.channels:
            supply.channel(channel.number)
    except BaseException:
        supply.close()
        raise
    return supply
