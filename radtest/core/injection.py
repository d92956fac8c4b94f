"""Upsets that radtest makes itself: where they can hit, which are planned, and what each one did."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from radtest.core.outcome import FaultModel, Outcome

__all__ = ["InjectionResult", "Strike", "Target", "TargetKind", "Upset"]


class TargetKind(StrEnum):
    """What stores the bit, or that a gate drives it."""

    FLIP_FLOP = "flip_flop"
    LATCH = "latch"
    MEMORY = "memory"
    NET = "net"
    """Combinational: it stores nothing, but can be at the wrong level."""


@dataclass(frozen=True, slots=True)
class Target:
    """A register, a memory or a net whose bits can be hit.

    Parameters
    ----------
    name : str
        Hierarchical name below the top module, in RTL words: ``cpu.reg_pc``.
    module : str
        Name of the module (as declared) that holds it.
    kind : TargetKind
        Flip-flop, latch, memory or net.
    width : int
        Bits per word.
    words : int
        Number of words; 1 for all but memories.
    lsb : int
        Place of the lowest bit, counted from the least significant bit of the declaration, whatever its range.
    first_word : int
        Index of the first word in the declaration; 0 for all but memories.
    src : str
        File and line of the declaration, as the netlist states it.
    """

    name: str
    module: str
    kind: TargetKind
    width: int
    words: int = 1
    lsb: int = 0
    first_word: int = 0
    src: str = ""

    @property
    def bits(self) -> int:
        """Number of bits that can be upset."""
        return self.width * self.words


@dataclass(frozen=True, slots=True)
class Strike:
    """One bit, hit once.

    Parameters
    ----------
    target : int
        Index of the target in the table of targets.
    word, bit : int
        Word (0 for flip-flops) and bit, both counted from 0 at the lowest declared index.
    cycle : int
        Clock cycle of the hit, counted from the first rising edge of the run.
    """

    target: int
    word: int
    bit: int
    cycle: int


@dataclass(frozen=True, slots=True)
class Upset:
    """One planned upset: a single bit, or several that are judged together.

    Parameters
    ----------
    index : int
        Position in the list of the campaign.
    target : int
        Index of the target in the table of targets.
    word, bit : int
        Word (0 for flip-flops) and bit, both counted from 0 at the lowest declared index.
    cycle : int
        Clock cycle of the injection, counted from the first rising edge of the run.
    model : FaultModel
        How the fault behaves.
    offset_ps : int
        Time of the injection after the rising edge that begins the cycle, ps; -1 for the quiet moment half way between
        the falling and the next rising edge.
    others : tuple of Strike
        What is hit besides: the rest of a cluster, in the same cycle, or upsets that accumulate, in later ones.
    """

    index: int
    target: int
    word: int
    bit: int
    cycle: int
    model: FaultModel = FaultModel.SEU
    offset_ps: int = -1
    others: tuple[Strike, ...] = ()

    @property
    def strikes(self) -> tuple[Strike, ...]:
        """All that is hit, the first strike first."""
        return (Strike(self.target, self.word, self.bit, self.cycle), *self.others)


@dataclass(frozen=True, slots=True)
class InjectionResult:
    """What one upset did: a row of ``/entry/outcomes``.

    Parameters
    ----------
    upset : Upset
        The upset.
    outcome : Outcome
        What became of it.
    time_ps : int
        Simulated time of the injection, ps.
    before, after : int
        The bit as read before the flip and read back after it (-1 where it could not be read).
    latency_cycles : int
        Cycles from the injection to the first observation; -1 where nothing was observed.
    observer : str
        The output, alarm or verdict that saw it first; empty where nothing did.
    detail : str
        One line for people: why it is invalid, what the test said.
    others_read : tuple of (int, int)
        Before and after for each of `upset.others`; -1 also where the run was over before one was due.
    """

    upset: Upset
    outcome: Outcome
    time_ps: int
    before: int
    after: int
    latency_cycles: int = -1
    observer: str = ""
    detail: str = ""
    others_read: tuple[tuple[int, int], ...] = ()
