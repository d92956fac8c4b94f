"""Opening the supply: by the guard, and by the engine where the guard has died."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
from pathlib import Path

from radtest.core import BusyError, ConfigurationError
from radtest.guard.plan import GuardPlan
from radtest.instruments import SUPPLY_DRIVERS, PowerSupply, as_address

__all__ = ["claim_supply", "open_supply"]


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
    supply = make(as_address(plan.address, plan.candidates), name="supply", timeout_s=plan.timeout_s)
    try:
        for channel in plan.channels:
            supply.channel(channel.number)
    except BaseException:
        supply.close()
        raise
    return supply


def claim_supply(plan: GuardPlan) -> int:
    """Claim a supply for this process until it ends; return the descriptor that holds the claim.

    The claim is a lock on a file in the machine's folder for temporary files, so a second campaign on the same supply
    is refused, whatever folder it writes to. A campaign on another machine is not seen.

    Raises
    ------
    BusyError
        If the guard of another campaign has the supply.
    """
    digest = hashlib.sha256(plan.address.encode()).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / f"radtest-supply-{digest}.lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
    except PermissionError:  # another user's, which can be locked all the same
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
        os.close(descriptor)
        raise BusyError(
            f"supply at {plan.address}: the guard of another campaign has it (process {holder or 'unknown'})",
            remedy="let that campaign end; if it has, its guard is still switching the device off.",
        ) from None
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor
