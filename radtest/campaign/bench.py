"""The instruments of a campaign, opened together and made safe together."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import TypeVar

from radtest.campaign.configuration import BeamCampaignConfiguration
from radtest.campaign.further import Further, open_further, refuse_what_it_cannot
from radtest.campaign.listeners import open_counter, open_device
from radtest.core import Clock, ConfigurationError, InstrumentError
from radtest.guard import GuardedChannel, GuardedOutlet, GuardLink, GuardLostError, GuardPlan, open_outlet, open_supply
from radtest.instruments import (
    AddressError,
    BeamControl,
    BeamLine,
    Counter,
    Instrument,
    MemoryTester,
    MemoryUnderTest,
    as_address,
)

__all__ = ["Bench", "open_bench"]

D = TypeVar("D", bound=Instrument)

_LAST_TRIES_S = 60.0
_LAST_TRIES_REHEARSED_S = 2.0  # a simulated station dies with the engine that started it


@dataclass(frozen=True, slots=True)
class Bench:
    """The instruments of a campaign by role; the supply is the guard's.

    Parameters
    ----------
    guard : GuardLink
        The guard's process, which alone speaks to the supply.
    counter, dut, beam
        The instruments.
    further : tuple of Further
        The instruments under ``[instruments]``.
    """

    guard: GuardLink
    counter: Counter
    dut: MemoryUnderTest
    beam: BeamControl
    further: tuple[Further, ...] = ()

    def lost(self) -> tuple[Instrument, ...]:
        """Return the instruments whose connection is lost; not the supply, which the guard heals."""
        return tuple(instrument for instrument in (self.counter, self.dut, self.beam) if instrument.lost)

    def make_safe(self) -> list[str]:
        """Switch beam and outputs off, each whatever becomes of the other; return what could not be done.

        An instrument whose connection was lost is given one chance to connect again. Where the guard is lost, the
        supply is opened here.
        """
        return _problems(("supply outputs off", self._cut_power), ("beam off", self._stop_beam))

    def make_safe_alone(self) -> list[str]:
        """Switch outputs and beam off without the guard; return what could not be done."""
        return _problems(("supply outputs off", self._cut_power_alone), ("beam off", self._stop_beam))

    def close(self) -> None:
        """End all conversations. The guard leaves the device without power; the instruments keep their state.

        Thermal heads and chambers stop heating and cooling, where they still can be told.
        """
        self.guard.close()
        for each in self.further:
            if each.thermal is not None and not each.driver.lost:
                with suppress(InstrumentError):
                    each.thermal.release()
            each.driver.close()
        for instrument in (self.counter, self.dut, self.beam):
            instrument.close()

    def _cut_power(self) -> None:
        try:
            problem = self.guard.make_safe()
        except GuardLostError:
            self._cut_power_alone()
        else:
            if problem is not None:
                raise InstrumentError(problem)

    def _cut_power_alone(self) -> None:
        """Switch the supply's outputs off, or the mains of a supply that does not obey."""
        plan = self.guard.plan
        try:
            supply = open_supply(plan)
            try:
                supply.switch_off([channel.number for channel in plan.channels])
            finally:
                supply.close()
        except InstrumentError:
            if plan.outlet is None:
                raise
            strip = open_outlet(plan.outlet, plan.timeout_s)
            try:
                strip.switch_off([plan.outlet.number])
            finally:
                strip.close()

    def _stop_beam(self) -> None:
        if self.beam.lost:
            self.beam.reconnect()
        self.beam.switch_off()

    def __enter__(self) -> Bench:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def open_bench(
    configuration: BeamCampaignConfiguration,
    *,
    clock: Clock,
    addresses: Mapping[str, str] | None = None,
    token: str | None = None,
) -> Bench:
    """Connect to every instrument of a campaign and check that they can do what it asks.

    Parameters
    ----------
    configuration : BeamCampaignConfiguration
        The campaign.
    clock : Clock
        The campaign's clock, which the guard goes by, too.
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
    given = {"supply": roles.supply.address, "beam": roles.beam.address}
    at = {role: as_address((addresses or {}).get(role, text), roles.candidates) for role, text in given.items()}
    secret = os.environ.get(roles.beam.token_variable, "") if token is None else token
    with ExitStack() as opened:
        problems: list[AddressError] = []
        # First, so that it comes up while the others are connected.
        guard = GuardLink(guard_plan(configuration, at["supply"], clock, addresses))
        opened.callback(guard.close)
        counter = _connect(lambda: open_counter(roles, clock, addresses), opened, problems)
        dut = _connect(lambda: open_device(configuration, clock, addresses), opened, problems)
        beam = _connect(
            lambda: BeamLine(at["beam"], name="beam", timeout_s=roles.beam.timeout_s, token=secret), opened, problems
        )
        try:
            guard.wait_until_ready()
        except AddressError as error:
            problems.insert(0, error)
        if problems or counter is None or dut is None or beam is None:
            raise _gathered(problems)
        if not secret:
            raise ConfigurationError(
                f"{beam.place}: the environment variable {roles.beam.token_variable} is not set, and without the token "
                "in it nothing may act on the beam",
                remedy=f"export {roles.beam.token_variable}=<token>, or name another in roles.beam.token_variable.",
            )
        _check(configuration, dut, beam)
        further = _open_further(configuration, addresses, opened)
        opened.pop_all()
        bench = Bench(guard, counter, dut, beam, further)
        guard.on_loss = bench.make_safe_alone
        return bench


def _open_further(
    configuration: BeamCampaignConfiguration, addresses: Mapping[str, str] | None, opened: ExitStack
) -> tuple[Further, ...]:
    missing = [] if addresses is None else [name for name in configuration.instruments if name not in addresses]
    if missing:  # a rehearsal must not speak to the instruments of the facility
        raise ConfigurationError(
            f"the simulated station has no instrument {missing[0]!r}, which instruments.{missing[0]} names; legal: "
            f"{', '.join(addresses or {})}",
            remedy="add it to the station's file under [[instruments]], or take it out of the campaign file.",
        )
    further: list[Further] = []
    problems: list[AddressError] = []
    for name, model in configuration.instruments.items():
        try:
            further.append(open_further(name, model, (addresses or {}).get(name, model.address)))
        except AddressError as error:
            problems.append(error)
            continue
        opened.callback(further[-1].driver.close)
    if problems:
        raise _gathered(problems)
    temperatures_c = [ion.temperature_c for ion in configuration.ions if ion.temperature_c is not None]
    positions_mm = [ion.degrader_mm for ion in configuration.ions if ion.degrader_mm is not None]
    for each in further:
        refuse_what_it_cannot(each, temperatures_c, positions_mm)
    return tuple(further)


def guard_plan(
    configuration: BeamCampaignConfiguration, address: str, clock: Clock, addresses: Mapping[str, str] | None
) -> GuardPlan:
    """Return what a guard has to know of a campaign; a rehearsal gives the addresses of its station."""
    model, supply = configuration.guard, configuration.roles.supply
    return GuardPlan(
        driver=supply.driver,
        address=str(address),
        candidates=configuration.roles.candidates,
        outlet=_outlet(configuration, addresses),
        timeout_s=supply.timeout_s,
        channels=tuple(
            GuardedChannel(
                number=channel.number,
                name=channel.name,
                voltage_v=channel.voltage_v,
                nominal_current_a=channel.nominal_current_a,
                alarm_a=channel.alarm_a,
                latch_up_a=channel.latch_up_a,
                current_limit_a=channel.current_limit_a,
                over_current_delay_s=channel.over_current_delay_s,
            )
            for channel in configuration.channels
        ),
        sample_period_s=model.sample_period_s,
        record_period_s=model.record_period_s,
        samples_in_a_row=model.samples_in_a_row,
        blanking_s=model.blanking_s,
        off_time_s=model.off_time_s,
        residual_voltage_v=model.residual_voltage_v,
        residual_timeout_s=model.residual_timeout_s,
        attempts=model.attempts,
        engine_silence_s=model.engine_silence_s,
        watchdog_s=model.watchdog_s,
        heal_attempts=model.heal_attempts,
        last_tries_s=_LAST_TRIES_S if addresses is None else _LAST_TRIES_REHEARSED_S,
        speed=getattr(clock, "speed", 1.0),
        clock_ns=clock.now_ns(),
        monotonic_ns=time.monotonic_ns(),
    )


def _outlet(configuration: BeamCampaignConfiguration, addresses: Mapping[str, str] | None) -> GuardedOutlet | None:
    """Return the supply's outlet; in a rehearsal that of the station's instrument ``outlet``, where it has one."""
    role = configuration.roles.outlet
    address = role.address if role is not None and addresses is None else (addresses or {}).get("outlet")
    if role is None or address is None:
        return None
    return GuardedOutlet(role.driver, address, role.number, role.user, role.password_variable)


def _problems(*steps: tuple[str, Callable[[], None]]) -> list[str]:
    problems: list[str] = []
    for what, step in steps:
        try:
            step()
        except (InstrumentError, ConfigurationError) as error:
            problems.append(f"{what}: {error.message}")
    return problems


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


def _check(configuration: BeamCampaignConfiguration, dut: MemoryUnderTest, beam: BeamLine) -> None:
    """Refuse, before anything is switched, what the instruments cannot do."""
    missing = [ion.particle for ion in configuration.ions if ion.particle not in beam.ions]
    if missing:
        raise ConfigurationError(
            f"{beam.place}: does not offer {', '.join(missing)}; legal: {', '.join(beam.ions)}",
            remedy="correct ions[].particle in the campaign file.",
        )
    if not isinstance(dut, MemoryTester):
        return  # a device that reports by itself says who it is once it has power
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
