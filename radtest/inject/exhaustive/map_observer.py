"""Who is told how a map gets on."""

from __future__ import annotations

from typing import Protocol

__all__ = ["MapObserver", "SilentMapObserver"]


class MapObserver(Protocol):
    """Who wants to know how a map gets on."""

    def stage(self, name: str) -> None:
        """Say that a stage has begun."""
        ...

    def cycle(self, done: int, total: int, followed: int) -> None:
        """Say up to which cycle upsets have been followed, and how many machines are being followed now."""
        ...


class SilentMapObserver:
    """Nobody."""

    def stage(self, name: str) -> None:
        """Say nothing."""

    def cycle(self, done: int, total: int, followed: int) -> None:
        """Say nothing."""
