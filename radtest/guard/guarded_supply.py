"""The supply in the guard's hands: armed, sampled, healed, and switched off whatever it takes."""

from __future__ import annotations

import contextlib

from radtest.core import InstrumentError, RadtestError
from radtest.guard.attention import Attention
from radtest.guard.outlet import open_outlet
from radtest.guard.plan import GuardPlan
from radtest.guard.wire import Wire, WireClosedError
from radtest.instruments import ChannelSample, PowerSupply, Watched

__all__ = ["GuardedSupply"]

_POLL_S = 0.02


class GuardedSupply:
    """The channels of one supply that feed the device.

    Parameters
    ----------
    supply : PowerSupply
        The driver.
    plan : GuardPlan
        Setpoints, levels, patience.
    attention : Attention
        Looked at while the supply takes its time.
    wire : Wire
        Where to tell that a connection was lost and came back.

    Attributes
    ----------
    in_charge : bool
        Whether anything was set yet. A supply that nobody asked to guard is left as it is: it may be another's.
    mains_cut : str or None
        Why the supply's outlet was switched off; the supply is then dead to this guard.
    """

    def __init__(self, supply: PowerSupply, plan: GuardPlan, attention: Attention, wire: Wire) -> None:
        self._supply = supply
        self._plan = plan
        self._attention = attention
        self._wire = wire
        self._numbers = tuple(channel.number for channel in plan.channels)
        self._failures_in_a_row = 0
        self.in_charge = False
        self.mains_cut: str | None = None

    def arm_protections(self) -> None:
        """Set limits, protection and voltages, each read back, protection first: the device is never fed without it.

        Raises
        ------
        ConfigurationError
            If the supply cannot be set to a value; nothing was sent.
        InstrumentError
            If a setting reads back differently.
        """
        self._supply.clear_trips(self._numbers)
        for plan in self._plan.channels:
            self._attention.look()
            self._supply.protect(
                plan.number, current_limit_a=plan.current_limit_a, over_current_delay_s=plan.over_current_delay_s
            )
            self._supply.channel(plan.number).voltage_v = plan.voltage_v

    def switch_on(self) -> None:
        """Switch on, after arming the watchdog of a supply that has one; read back."""
        if isinstance(self._supply, Watched):
            self._supply.arm_watchdog(self._plan.watchdog_s)
        self._supply.switch_on(self._numbers)

    def switch_off(self) -> None:
        """Switch off and read back.

        Raises
        ------
        InstrumentError
            If the supply cannot be reached or reads back on, after it was connected anew and told again.
        """
        self.in_charge = True
        problem = self.try_to_switch_off()
        if problem is not None:
            raise InstrumentError(
                f"THE SUPPLY DOES NOT SWITCH THE DEVICE OFF: {problem}", remedy="switch it off by hand, now."
            )
        if self.mains_cut is not None:
            raise InstrumentError(
                f"THE SUPPLY DOES NOT SWITCH THE DEVICE OFF, so its mains outlet was switched off: {self.mains_cut}",
                remedy="find out what became of the supply before its outlet is switched on again.",
            )

    def try_to_switch_off(self) -> str | None:
        """Switch off and read back, by the supply's mains outlet if need be; return what stands against it, or None."""
        if self.mains_cut is not None:
            return None
        problem: str | None = None
        for _ in range(2):
            try:
                if self._supply.lost:
                    self._supply.reconnect()
                self._supply.switch_off(self._numbers)
            except RadtestError as error:
                problem = error.message
            else:
                self._rest_watchdog()
                return None
        return self._cut_mains(problem or "")

    def _cut_mains(self, problem: str) -> str | None:
        """Switch the supply's outlet off, where there is one; return what stands against both, or None."""
        outlet = self._plan.outlet
        if outlet is None:
            return problem
        try:
            strip = open_outlet(outlet, self._plan.timeout_s)
            try:
                strip.switch_off([outlet.number])
            finally:
                strip.close()
        except RadtestError as error:
            return f"{problem}; and the outlet: {error.message}"
        self.mains_cut = problem
        return None

    def measure(self) -> tuple[ChannelSample, ...]:
        """Measure all channels, attending to the engine meanwhile; connect again where the supply was lost.

        Raises
        ------
        InstrumentError
            If it cannot be reached, is another one, or does not hold what was set.
        """
        while True:
            future = self._supply.sample(self._numbers)
            try:
                while True:
                    try:
                        samples = future.result(_POLL_S)
                        break
                    except TimeoutError:
                        self._attention.look()
            except InstrumentError as error:
                self._heal(error)
            else:
                self._failures_in_a_row = 0
                return samples

    def _heal(self, error: InstrumentError) -> None:
        """Get over a reply that was late, torn or nonsense; give up where that happens again and again."""
        self._failures_in_a_row += 1
        if self._failures_in_a_row > self._plan.heal_attempts:
            raise error
        self._note(error.message)
        patience_s = self._plan.heal_attempts * (self._plan.timeout_s + 1.0)
        self._wire.put({"is": "busy", "for_s": patience_s})
        try:
            self._supply.heal(self._plan.heal_attempts, self._note)
        except InstrumentError as trouble:
            # A trip while nobody could look is a latch-up to deal with, and no disagreement about an output.
            if self._supply.lost or not any(s.tripped for s in self._supply.sample(self._numbers).result()):
                raise trouble from error

    def _rest_watchdog(self) -> None:
        if isinstance(self._supply, Watched):
            try:
                self._supply.disarm_watchdog()
            except RadtestError as error:  # outputs are off: a watchdog that fires changes nothing
                with contextlib.suppress(WireClosedError):
                    self._note(error.message)

    def _note(self, text: str) -> None:
        self._wire.put({"is": "note", "text": text})
