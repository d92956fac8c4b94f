"""Bits at the wrong level: held there by the simulator, whatever drives them. Runs inside the simulation.

A force reaches one bit; the others of its word follow their drivers. When it is released, the bit is again what its
driver says at that moment. Elements of arrays, and with them the words of memories, cannot be forced in any simulator:
a bit of them is written back whenever it changes, within the time step of the change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import cocotb
from cocotb import simulator as simulator_interface
from cocotb.handle import Immediate, _make_sim_object
from cocotb.triggers import ReadOnly, ReadWrite, Timer, ValueChange

from radtest.core.injection import Strike, Target, TargetKind
from radtest.inject.forcing_sources import FORCING_MODULE, is_written_back
from radtest.inject.handles import Storage, find_handle, read_bits

__all__ = ["Faults", "ForcedBit", "HeldBit", "end_of_pulse", "watch"]

_ONE = frozenset("1Hh")


class HeldBit(Protocol):
    """One bit that can be held at a level."""

    def read(self) -> int:
        """Return the bit as all that reads it sees it; 0 where it is undefined."""
        ...

    def hold(self, level: int) -> None:
        """Hold the bit from now on; it has the level at the end of this time step."""
        ...


class ForcedBit(HeldBit, Protocol):
    """One that can be let go again."""

    def release(self) -> None:
        """Let the bit be again what its driver says."""
        ...


class _Bit:
    def __init__(self, handle: Any, place: int) -> None:
        self._handle = handle
        self._place = place

    def read(self) -> int:
        """Return the bit."""
        return int(read_bits(self._handle)[-1 - self._place] in _ONE)


class _VerilatorBit(_Bit):
    """A bit of a signal that Verilator was told to make forceable."""

    def __init__(self, design: Any, name: str, place: int, *, written_besides: bool) -> None:
        super().__init__(find_handle(design, name), place)
        self._written_besides = written_besides
        try:
            self._mask = find_handle(design, f"{name}__VforceEn")
            self._value = find_handle(design, f"{name}__VforceVal")
        except LookupError:
            raise LookupError("Verilator has not made it forceable") from None

    def hold(self, level: int) -> None:
        self._value.value = Immediate(level << self._place)
        self._mask.value = Immediate(1 << self._place)
        if self._written_besides:
            cocotb.start_soon(self._write_besides())

    def release(self) -> None:
        self._mask.value = Immediate(0)

    async def _write_besides(self) -> None:
        """Give the register itself, which some read unforced, the value that it has as forced."""
        change, settled = ValueChange(self._handle), ReadWrite()
        while True:
            await settled
            self._handle.value = Immediate(self._handle.value)
            await change


class _IcarusBit(_Bit):
    """A bit of a signal that the module of radtest can force."""

    def __init__(self, design: Any, name: str, place: int, module: Any, number: int) -> None:
        super().__init__(find_handle(design, name), place)
        self._module = module
        self._number = number

    def hold(self, level: int) -> None:
        self._module.signal.value = Immediate(self._number)
        self._module.place.value = Immediate(self._place)
        self._module.action.value = Immediate(2 + level)

    def release(self) -> None:
        self._module.action.value = Immediate(1)


class _WrittenBit:
    """A bit of an element of an array or of a word of a memory, which is written back whenever it changes."""

    def __init__(self, design: Any, storage: Storage, target: Target, strike: Strike) -> None:
        handle = find_handle(design, target.name)
        self._handle = handle[target.first_word + strike.word] if target.kind is TargetKind.MEMORY else handle
        self._storage = storage
        self._strike = strike

    def read(self) -> int:
        return self._storage.bit(self._strike.target, self._strike.word, self._strike.bit)

    def hold(self, level: int) -> None:
        self._write(level)
        cocotb.start_soon(self._keep(level))

    async def _keep(self, level: int) -> None:
        # Not from the call-back of the change itself: Icarus does not survive a write to an array there.
        change, settled = ValueChange(self._handle), ReadWrite()
        while True:
            await change
            await settled
            self._write(level)

    def _write(self, level: int) -> None:
        if self.read() != level:
            self._storage.flip(self._strike.target, self._strike.word, self._strike.bit)


class Faults:
    """The bits of a design that faults hold at a level.

    Parameters
    ----------
    design : cocotb handle
        The instance of the design in the simulation.
    simulator : str
        ``icarus`` or ``verilator``.
    storage : Storage
        The stored bits.
    targets : sequence of Target
        All targets: those of `storage`, then the nets.
    forced : sequence of str
        The signals of which bits can be forced, in the order in which the simulation was built with them.
    refused : dict
        Why some signals, by name, cannot be forced after all.
    written_besides : sequence of str
        Registers that have to be written, besides being forced.
    """

    def __init__(
        self,
        design: Any,
        simulator: str,
        storage: Storage,
        targets: Sequence[Target],
        forced: Sequence[str],
        refused: dict[str, str],
        written_besides: Sequence[str] = (),
    ) -> None:
        self._design = design
        self._simulator = simulator
        self._storage = storage
        self._targets = targets
        self._numbers = {name: number for number, name in enumerate(forced)}
        self._refused = refused
        self._written_besides = frozenset(written_besides)
        self._module: Any = None
        if simulator == "icarus" and forced:
            root = simulator_interface.get_root_handle(FORCING_MODULE)
            self._module = _make_sim_object(root) if root is not None else None

    def bit(self, strike: Strike) -> HeldBit:
        """Return the bit that a strike hits.

        Raises
        ------
        LookupError
            If it cannot be held; the message says why.
        """
        target = self._targets[strike.target]
        if is_written_back(target):
            if strike.target in self._storage.missing:
                raise LookupError(self._storage.missing[strike.target])
            return _WrittenBit(self._design, self._storage, target, strike)
        return self.forced_bit(strike)

    def forced_bit(self, strike: Strike) -> ForcedBit:
        """Return the bit that a strike hits, if a force reaches it.

        Raises
        ------
        LookupError
            If none does; the message says why.
        """
        target = self._targets[strike.target]
        place = target.lsb + strike.bit
        try:
            if target.name in self._refused:
                raise LookupError(self._refused[target.name])
            if self._simulator == "verilator":
                besides = target.name in self._written_besides
                return _VerilatorBit(self._design, target.name, place, written_besides=besides)
            if self._module is None or target.name not in self._numbers:
                raise LookupError("the simulation was built without the means to force it")
            return _IcarusBit(self._design, target.name, place, self._module, self._numbers[target.name])
        except LookupError as error:
            raise LookupError(f"{target.name}: cannot be forced: {error.args[0]}") from None


async def end_of_pulse(bit: ForcedBit, width: int, check: Callable[[], None]) -> None:
    """Release a bit when its pulse is over.

    Parameters
    ----------
    bit : ForcedBit
        The bit, held since now.
    width : int
        How long, in steps.
    check : callable
        Called in the last step of the pulse.
    """
    if width > 1:
        await Timer(width - 1, "step")
        check()
    await Timer(1, "step")
    bit.release()


async def watch(period: int, check: Callable[[], None]) -> None:
    """Call a check after 1, 2, 4, 8... periods, at the end of the time step."""
    wait = period
    while True:
        await Timer(wait, "step")
        await ReadOnly()
        check()
        wait *= 2
