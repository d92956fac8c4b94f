"""Mains power: which outlet feeds which instrument, and the contacts that do not do as they are told."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["Mains", "Outlet"]

_BOOT_S = 2.0


@dataclass(slots=True)
class Outlet:
    """One outlet.

    Parameters
    ----------
    feeds : str
        Name of the instrument it feeds; empty for none.
    stuck : bool
        Whether its contact does not move, and it is known.
    welded : bool
        Whether its contact does not move, and it is not known.
    """

    feeds: str = ""
    stuck: bool = False
    welded: bool = False
    says_on: bool = True
    live: bool = True

    def switch(self, *, on: bool) -> None:
        """Switch the outlet, as far as it goes."""
        if not self.stuck:
            self.says_on = on
        if not (self.stuck or self.welded):
            self.live = on


@dataclass(slots=True)
class Mains:
    """All outlets, and what happens to an instrument when its power goes."""

    outlets: list[Outlet] = field(default_factory=list)
    goes_out: dict[str, Callable[[], None]] = field(default_factory=dict)
    _off: set[str] = field(default_factory=set)
    _boots_until_s: dict[str, float] = field(default_factory=dict)

    def switch(self, outlet: Outlet, now_s: float, *, on: bool) -> None:
        """Switch an outlet; an instrument that loses its power forgets its settings, and boots when it returns."""
        outlet.switch(on=on)
        name = outlet.feeds
        if not name:
            return
        live = all(each.live for each in self.outlets if each.feeds == name)
        if not live and name not in self._off:
            self._off.add(name)
            self.goes_out.get(name, lambda: None)()
        elif live and name in self._off:
            self._off.discard(name)
            self._boots_until_s[name] = now_s + _BOOT_S

    def powers(self, name: str, now_s: float) -> bool:
        """Tell whether an instrument has power and has booted."""
        return name not in self._off and now_s >= self._boots_until_s.get(name, -math.inf)
