"""The last resort: the mains outlet of a supply that does not switch off."""

from __future__ import annotations

import os
from dataclasses import dataclass

from radtest.core import ConfigurationError
from radtest.instruments import NetioKshell, OutletStrip

__all__ = ["GuardedOutlet", "open_outlet"]


@dataclass(frozen=True, slots=True)
class GuardedOutlet:
    """The outlet that feeds the supply.

    Parameters
    ----------
    driver, address : str
        Which driver opens the strip, and where.
    number : int
        Outlet of the strip.
    user, password_variable : str
        Account that may switch, and the environment variable with its password, which belongs into no file.
    """

    driver: str
    address: str
    number: int
    user: str
    password_variable: str


def open_outlet(outlet: GuardedOutlet, timeout_s: float) -> OutletStrip:
    """Connect to the strip and check that it has the outlet.

    Raises
    ------
    AddressError
        If it does not answer, or refuses the account.
    ConfigurationError
        If there is no password, no such driver or no such outlet.
    """
    password = os.environ.get(outlet.password_variable, "")
    if not password:
        raise ConfigurationError(
            f"outlet at {outlet.address}: the environment variable {outlet.password_variable} is not set",
            remedy=f"export {outlet.password_variable}=<password>, or name another in roles.outlet.password_variable.",
        )
    if outlet.driver != "netio-kshell":
        raise ConfigurationError(f"outlet: no driver {outlet.driver!r}; legal: netio-kshell")
    strip = NetioKshell(outlet.address, name="outlet", timeout_s=timeout_s, user=outlet.user, password=password)
    if outlet.number not in strip.outlets:
        strip.close()
        raise ConfigurationError(
            f"{strip.place}: has no outlet {outlet.number}; legal: {', '.join(map(str, strip.outlets))}",
            remedy="correct roles.outlet.number in the campaign file.",
        )
    return strip
