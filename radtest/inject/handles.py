"""Stored bits as a simulator shows them: find, read, flip and compare. Runs inside the simulation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cocotb.handle import Immediate

from radtest.core.injection import Strike, Target, TargetKind

__all__ = ["Storage", "find_handle", "read_bits", "write_bits"]

_BITS = frozenset("01XxZzUuWwHhLl-")
_UNDEFINED = str.maketrans("XxZzUuWwHhLl-", "0000000011000")
"""An undefined bit counts as 0, the value that Verilator gives it, so that simulators agree."""


def find_handle(root: Any, path: str, key: str = "") -> Any:
    """Return the handle at a dotted path below `root`.

    Parameters
    ----------
    root : cocotb handle
        Where to start.
    path : str
        Names, dots between them, with indices where there are arrays: ``cpu.lanes[2].reg_pc``.
    key : str
        The key of the campaign file that holds the path, for the message.

    Raises
    ------
    LookupError
        If a part of the path does not exist; the message says which.
    """
    handle = root
    for part in path.split(".") if path else []:
        name, *indices = part.replace("]", "").split("[")
        try:
            if "(" in path:
                # What is below a generate statement of VHDL, GHDL does not find by its name; a look at all of it does.
                list(handle)
            handle = handle[name]
            for index in indices:
                handle = handle[int(index)]
        except (KeyError, IndexError, AttributeError, TypeError):
            where = f"{key} = {path!r}: " if key else ""
            here = handle._path  # noqa: SLF001 (cocotb's name for it)
            raise LookupError(f"{where}{here} has nothing named {part!r}") from None
    return handle


def read_bits(handle: Any) -> str:
    """Return the value of a handle as text, most significant bit first, undefined bits as they are."""
    value = handle.value
    if isinstance(value, int):
        return format(value & ((1 << len(handle)) - 1), f"0{len(handle)}b")
    return str(value)


def write_bits(handle: Any, bits: str) -> None:
    """Have a handle show bits, most significant bit first, within this time step.

    Not at once: Icarus does not survive two writes in one call-back that both change a watched net.
    """
    handle.value = _value(handle, bits)


class Storage:
    """The targets of a campaign, found in the simulator.

    Parameters
    ----------
    design : cocotb handle
        The instance of the design in the simulation.
    targets : sequence of Target
        What can be upset.

    Attributes
    ----------
    missing : dict
        Why a target (by index) cannot be reached.
    """

    def __init__(self, design: Any, targets: Sequence[Target]) -> None:
        self.targets = targets
        self.missing: dict[int, str] = {}
        self._words: list[list[Any]] = []
        for index, target in enumerate(targets):
            try:
                handle = find_handle(design, target.name)
                words = [handle]
                if target.kind is TargetKind.MEMORY:
                    words = [handle[target.first_word + word] for word in range(target.words)]
                _check_width(words[0], target)
            except (LookupError, AttributeError, TypeError, RuntimeError) as error:
                self.missing[index] = f"{target.name}: {error}"
                words = []
            self._words.append(words)

    def define(self) -> None:
        """Give every undefined bit the value 0 within this time step, so that a flip of it is a flip."""
        for words in self._words:
            for word in words:
                bits = read_bits(word)
                defined = bits.translate(_UNDEFINED)
                if defined != bits:
                    write_bits(word, defined)

    def bit(self, target: int, word: int, bit: int) -> int:
        """Return a bit, counted as in `flip`."""
        bits = read_bits(self._words[target][word]).translate(_UNDEFINED)
        return int(bits[len(bits) - 1 - (self.targets[target].lsb + bit)])

    def flip(self, target: int, word: int, bit: int) -> tuple[int, int]:
        """Flip a bit and read it back.

        Parameters
        ----------
        target, word, bit : int
            Index of the target, word in it, and bit counted from the lowest bit of the target.

        Returns
        -------
        before, after : int
            The bit before and after; they are equal when the simulator swallowed the write.
        """
        handle = self._words[target][word]
        bits = read_bits(handle).translate(_UNDEFINED)
        place = len(bits) - 1 - (self.targets[target].lsb + bit)
        before = int(bits[place])
        flipped = f"{bits[:place]}{1 - before}{bits[place + 1 :]}"
        handle.value = Immediate(_value(handle, flipped))
        after = read_bits(handle).translate(_UNDEFINED)
        # Anything but exactly the one bit changed is no upset of that bit.
        return before, int(after[place]) if after == flipped else before

    def flip_together(self, strikes: Sequence[Strike]) -> list[int]:
        """Flip several bits at one moment; they can be read back at the end of this time step, and not before.

        Parameters
        ----------
        strikes : sequence of Strike
            The bits, counted as in `flip`; each once.

        Returns
        -------
        list of int
            The bits before.
        """
        befores = [self.bit(strike.target, strike.word, strike.bit) for strike in strikes]
        flipped: dict[int, tuple[Any, str]] = {}
        for strike, before in zip(strikes, befores, strict=True):
            handle = self._words[strike.target][strike.word]
            _, bits = flipped.get(id(handle)) or (handle, read_bits(handle).translate(_UNDEFINED))
            place = len(bits) - 1 - (self.targets[strike.target].lsb + strike.bit)
            flipped[id(handle)] = handle, f"{bits[:place]}{1 - before}{bits[place + 1 :]}"
        for handle, bits in flipped.values():
            write_bits(handle, bits)
        return befores

    def snapshot(self) -> list[str]:
        """Return the contents of every target: its words joined, most significant bit first, undefined bits as 0."""
        return ["".join(map(read_bits, words)).translate(_UNDEFINED) for words in self._words]

    def differing(self, one: Sequence[str], other: Sequence[str]) -> list[str]:
        """Return the names of the targets whose contents differ between two snapshots."""
        return [t.name for t, a, b in zip(self.targets, one, other, strict=True) if a != b]


def _check_width(word: Any, target: Target) -> None:
    """Raise LookupError where a handle is not the register that it has the name of.

    Verilator shows one bit of a structure that is not packed, and all elements of an array in one value.
    """
    bits = read_bits(word)
    if not set(bits) <= _BITS:
        raise LookupError("the simulator shows no bits of it, but a value of several parts")
    if len(bits) < target.lsb + target.width:
        raise LookupError(f"the simulator shows {len(bits)} of its {target.lsb + target.width} bits")


def _value(handle: Any, bits: str) -> Any:
    """Return what cocotb wants to be assigned so that the handle shows `bits`."""
    value = handle.value
    if not isinstance(value, int):
        return type(value)(bits)
    number = int(bits, 2)
    return number - (1 << len(bits)) if bits[0] == "1" and _is_signed(handle) else number


def _is_signed(handle: Any) -> bool:
    try:
        return bool(getattr(handle, "is_signed", False))
    except RuntimeError:
        # The simulator does not say; cocotb then takes any value that fits.
        return False
