"""What an upset did, and what kind of effect or fault it was: the words used everywhere."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Effect", "FaultModel", "Outcome", "SourceKind"]


class Outcome(StrEnum):
    """What became of one upset, whatever made it (beam, simulator, board or tensor)."""

    MASKED = "masked"
    """Outputs never differed and, at the end, neither did the state."""
    LATENT = "latent"
    """Outputs never differed; the state still does."""
    CORRECTED = "corrected"
    """The design corrected it and said so."""
    DETECTED = "detected"
    """The design raised an alarm or trapped: a detected unrecoverable error (DUE)."""
    SDC = "sdc"
    """Silent data corruption: a functional output differed and no alarm was raised."""
    HANG = "hang"
    """No completion within the timeout."""
    INVALID = "invalid"
    """The upset could not be shown to have been injected; never counted as masked."""


class Effect(StrEnum):
    """Radiation effect of an event, as named in JESD57 and ESCC 25100."""

    SEU = "seu"
    MBU = "mbu"
    SET = "set"
    SEL = "sel"
    SEFI = "sefi"
    SEB = "seb"
    SEGR = "segr"
    DD = "dd"
    TID = "tid"


class FaultModel(StrEnum):
    """How an injected fault behaves."""

    SEU = "seu"
    """One stored bit flips and stays flipped until it is overwritten."""
    MCU = "mcu"
    """A cluster of physically adjacent stored bits flips."""
    SET = "set"
    """A combinational net is wrong for a time."""
    STUCK0 = "stuck0"
    STUCK1 = "stuck1"


class SourceKind(StrEnum):
    """What made the upsets of a run."""

    BEAM = "beam"
    RTL = "rtl"
    BOARD = "board"
    TENSOR = "tensor"
