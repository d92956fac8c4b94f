"""Errors that only instruments raise."""

from __future__ import annotations

from radtest.core import ConfigurationError, InstrumentError

__all__ = ["AddressError", "DeviceSilentError"]


class AddressError(ConfigurationError, InstrumentError):
    """An address leads to no instrument, or to another instrument than the one named; exit status 2."""


class DeviceSilentError(InstrumentError):
    """A tester answers, but the device behind it does not: latched up, unpowered or hung."""
