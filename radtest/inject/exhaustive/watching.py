"""Which signals of a design a map looks at, and as what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from radtest.inject.configuration import ObserveSection, OutputSignal
from radtest.inject.vhdl.access import Access

__all__ = ["NOBODY", "Role", "Watch", "WatchList", "named_as_in"]

NOBODY = 255
"""The number of the observer where nothing was to be seen."""


class Role(IntEnum):
    """What a signal is looked at as; numbered as in the engine."""

    OUTPUT = 0
    VALID_OUTPUT = 1
    ALARM = 2
    CORRECTION = 3
    DONE = 4


@dataclass(frozen=True, slots=True)
class Watch:
    """One signal that is looked at; `valid` names the one that says when it counts."""

    role: Role
    signal: str
    valid: str | None = None


@dataclass(frozen=True, slots=True)
class WatchList:
    """What is looked at, in the order in which it counts: alarms before anything else."""

    watches: tuple[Watch, ...]

    @classmethod
    def of(cls, observe: ObserveSection) -> WatchList:
        """Return what ``[observe]`` of a campaign file asks for."""
        watches = [
            *(Watch(Role.ALARM, name) for name in observe.alarms),
            *(Watch(Role.CORRECTION, name) for name in observe.corrected),
            *(
                Watch(Role.VALID_OUTPUT if output.valid else Role.OUTPUT, output.signal, output.valid)
                for output in observe.outputs
            ),
            *((Watch(Role.DONE, observe.done),) if observe.done else ()),
        ]
        return cls(tuple(watches))

    @property
    def signals(self) -> list[str]:
        """Names of all signals, each once."""
        return list(dict.fromkeys(name for watch in self.watches for name in (watch.signal, watch.valid) if name))

    @property
    def observers(self) -> list[str]:
        """Names of the signals by the number of the observer."""
        return [watch.signal for watch in self.watches]


def named_as_in(access: Access, observe: ObserveSection) -> ObserveSection:
    """Return the signals of a VHDL design as the Verilog made of it names them."""

    def named(name: str) -> str:
        return access.names.get(name.lower(), name.lower())

    outputs = tuple(
        OutputSignal(signal=named(output.signal), valid=named(output.valid) if output.valid else None)
        for output in observe.outputs
    )
    return observe.model_copy(
        update={
            "clock": named(observe.clock),
            "outputs": outputs,
            "alarms": tuple(map(named, observe.alarms)),
            "corrected": tuple(map(named, observe.corrected)),
            "done": named(observe.done) if observe.done else None,
        }
    )
