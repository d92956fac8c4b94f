"""What cannot be done to a VHDL object, and why."""

from __future__ import annotations

__all__ = ["CannotFlipError"]


class CannotFlipError(Exception):
    """An object cannot be flipped in GHDL; the message, the reason of its target in the end, says why."""
