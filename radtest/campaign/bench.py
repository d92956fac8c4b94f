"""The instruments of a campaign, opened together and made safe together."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import TypeVar

from radtest.campaign.configuration import BeamCampaignConfiguration
from radtest.core import ConfigurationError, InstrumentError
from radtest.instruments import (
    AddressError,
    BeamControl,
    BeamLine,
    Counter,
    Driver,
    Instrument,
    Keysight53230A,
    KeysightE36300,
    MemoryTester,
    MemoryUnderTest,
    PowerSupply,
)

__all__ = ["Bench", "open_bench"]

D = TypeVar("D", bound=Driver)


@dataclass(frozen=True, slots=True)
class Bench:
    """The instruments of a campaign by role.

    Parameters
    ----------
    supply, counter, dut, beam
        The instruments.
    channels : tuple of int
        Supply channels that feed the device.
    """

    supply: PowerSupply
    counter: Counter
    dut: MemoryUnderTest
    beam: BeamControl
    channels: tuple[int, ...]

    def make_safe(self) -> list[str]:
        """Switch beam and outputs off, each whatever becomes of the other; return what could not be done.

        An instrument whose connection was lost is given one chance to connect again.
        """
        problems: list[str] = []
        steps: tuple[tuple[str, Instrument, Callable[[], None]], ...] = (
            ("supply outputs off", self.supply, lambda: self.supply.switch_off(self.channels)),
            ("beam off", self.beam, self.beam.switch_off),
        )
        for what, instrument, step in steps:
            try:
                if instrument.lost:
                    instrument.reconnect()
                step()
            except InstrumentError as error:
                problems.append(f"{what}: {error.message}")
        return problems

    def close(self) -> None:
        """End all conversations; the instruments keep their state."""
        for instrument in (self.supply, self.counter, self.dut, self.beam):
            instrument.close()

    def __enter__(self) -> Bench:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def open_bench(
    configuration: BeamCampaignConfiguration,
    *,
    addresses: Mapping[str, str] | None = None,
    token: str | None = None,
) -> Bench:
    """Connect to every instrument of a campaign and check that they can do what it asks.

    Parameters
    ----------
    configuration : BeamCampaignConfiguration
        The campaign.
    addresses : mapping, optional
        VISA address by role, instead of those in the file: how a rehearsal finds its simulated station.
    token : str, optional
        Token of the beam control, instead of the one in the environment variable the file names.

    Raises
    ------
    AddressError
        If an instrument does not answer or is another one; all of them are named.
    ConfigurationError
        If the facility does not offer an ion, or the memory is not the one the file describes.
    """
    roles = configuration.roles
    at = {role: getattr(roles, role).address for role in ("supply", "counter", "dut", "beam")} | dict(addresses or {})
    secret = os.environ.get(roles.beam.token_variable, "") if token is None else token
    with ExitStack() as opened:
        problems: list[AddressError] = []
        supply = _connect(
            lambda: KeysightE36300(at["supply"], name="supply", timeout_s=roles.supply.timeout_s), opened, problems
        )
        counter = _connect(
            lambda: Keysight53230A(at["counter"], name="counter", timeout_s=roles.counter.timeout_s), opened, problems
        )
        dut = _connect(lambda: MemoryTester(at["dut"], name="dut", timeout_s=roles.dut.timeout_s), opened, problems)
        beam = _connect(
            lambda: BeamLine(at["beam"], name="beam", timeout_s=roles.beam.timeout_s, token=secret), opened, problems
        )
        if supply is None or counter is None or dut is None or beam is None:
            raise _gathered(problems)
        if not secret:
            raise ConfigurationError(
                f"{beam.place}: the environment variable {roles.beam.token_variable} is not set, and without the token "
                "in it nothing may act on the beam",
                remedy=f"export {roles.beam.token_variable}=<token>, or name another in roles.beam.token_variable.",
            )
        _check(configuration, supply, dut, beam)
        opened.pop_all()
        return Bench(supply, counter, dut, beam, tuple(channel.number for channel in configuration.channels))


def _connect(make: Callable[[], D], opened: ExitStack, problems: list[AddressError]) -> D | None:
    try:
        instrument = make()
    except AddressError as error:
        problems.append(error)
        return None
    opened.callback(instrument.close)
    return instrument


def _gathered(problems: list[AddressError]) -> AddressError:
    if len(problems) == 1:
        return problems[0]
    listed = "\n".join(f"  {problem.message}" for problem in problems)
    return AddressError(
        f"{len(problems)} instruments do not answer as they should\n{listed}",
        remedy="check power, cables and the addresses under [roles] in the campaign file.",
    )


def _check(configuration: BeamCampaignConfiguration, supply: KeysightE36300, dut: MemoryTester, beam: BeamLine) -> None:
    """Refuse, before anything is switched, what the instruments cannot do."""
    for channel in configuration.channels:
        supply.channel(channel.number)
    missing = [ion.particle for ion in configuration.ions if ion.particle not in beam.ions]
    if missing:
        raise ConfigurationError(
            f"{beam.place}: does not offer {', '.join(missing)}; legal: {', '.join(beam.ions)}",
            remedy="correct ions[].particle in the campaign file.",
        )
    if dut.memory.bits != configuration.device.bits:
        raise ConfigurationError(
            f"{dut.place}: the memory has {dut.memory.bits} bits, device.bits says {configuration.device.bits}",
            remedy="correct device.bits in the campaign file, or mount the right device.",
        )
    if dut.memory.serial != configuration.device.serial:
        raise ConfigurationError(
            f"{dut.place}: device {dut.memory.serial!r} is mounted, device.serial says {configuration.device.serial!r}",
            remedy="correct device.serial in the campaign file, or mount the right device.",
        )
