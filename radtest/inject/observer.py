"""Who is told how a campaign gets on."""

from __future__ import annotations

from typing import Protocol

from radtest.core.injection import InjectionResult

__all__ = ["InjectionObserver", "SilentObserver"]


class InjectionObserver(Protocol):
    """Who wants to know how a campaign gets on."""

    def stage(self, name: str) -> None:
        """Say that a stage has begun."""
        ...

    def upset(self, result: InjectionResult, done: int, total: int) -> None:
        """Say that an upset is decided."""
        ...


class SilentObserver:
    """Nobody."""

    def stage(self, name: str) -> None:
        """Say nothing."""

    def upset(self, result: InjectionResult, done: int, total: int) -> None:
        """Say nothing."""
