"""Counter and device of a campaign: asked, or listened to where they report by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from radtest.campaign.configuration import BeamCampaignConfiguration
from radtest.campaign.feed_counter import FeedCounter
from radtest.campaign.roles_configuration import FeedRole, ReportingRole, RolesModel
from radtest.core import Clock, ConfigurationError
from radtest.instruments import Keysight53230A, MemoryTester, ReportingDevice, as_address

__all__ = ["open_counter", "open_device"]

FEED = "counter.feed"
"""Where a simulated station says the path of its feed, among its addresses."""
REPORTS = "dut.reports"
"""And at which address its device reports by itself."""


def open_counter(roles: RolesModel, clock: Clock, addresses: Mapping[str, str] | None) -> Keysight53230A | FeedCounter:
    """Open what plays the counter; a rehearsal gives the addresses of its station.

    Raises
    ------
    AddressError
        If it does not answer, or no row comes.
    ConfigurationError
        If the station has no such counter.
    """
    role = roles.counter
    if isinstance(role, FeedRole):
        columns, column = role.column_map
        path = Path(_rehearsed(role.address, addresses, FEED, "counter.feed_period_s = 1.0"))
        if addresses is not None and role.map is not None:
            raise ConfigurationError(
                'roles.counter: a rehearsal writes its feed in the format of ChipIR, the file says format = "columns"',
                remedy='rehearse with format = "chipir".',
            )
        return FeedCounter(path, columns, column, cumulative=role.cumulative, stale_s=role.stale_s, clock=clock)
    address = as_address((addresses or {}).get("counter", role.address), roles.candidates)
    return Keysight53230A(address, name="counter", timeout_s=role.timeout_s)


def open_device(
    configuration: BeamCampaignConfiguration, clock: Clock, addresses: Mapping[str, str] | None
) -> MemoryTester | ReportingDevice:
    """Open what plays the device under test; otherwise as `open_counter`."""
    roles, device = configuration.roles, configuration.device
    role = roles.dut
    if isinstance(role, ReportingRole):
        return ReportingDevice(
            _rehearsed(role.address, addresses, REPORTS, 'device.reports = "checkerboard"'),
            clock=clock,
            pattern=device.pattern,
            serial=device.serial,
            bits=device.bits,
            silence_s=role.silence_s,
            boot_s=role.boot_s,
            host=role.host,
        )
    if addresses is not None and "dut" not in addresses:
        raise ConfigurationError(
            "roles.dut: the simulated station has no memory tester: its device reports by itself",
            remedy='take device.reports out of the station\'s file, or use driver = "dut-protocol".',
        )
    address = as_address((addresses or {}).get("dut", role.address), roles.candidates)
    return MemoryTester(address, name="dut", timeout_s=role.timeout_s)


def _rehearsed(address: str, addresses: Mapping[str, str] | None, name: str, line: str) -> str:
    """Return where to listen; never at the facility in a rehearsal."""
    if addresses is None:
        return address
    if name not in addresses:
        raise ConfigurationError(
            f"roles.{name.partition('.')[0]}: the simulated station has none that reports by itself",
            remedy=f"add {line} to the station's file.",
        )
    return addresses[name]
