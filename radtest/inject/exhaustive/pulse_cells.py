"""Cells that stand for transients: each inverts one named net where the engine says so, and is a wire otherwise.

A part of `radtest.inject.exhaustive.gates`, in whose process it runs. They are put behind the drivers of nets before
anything is simplified, so that no optimisation sees through them: what reads a net of the RTL reads the cell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["PULSE_CELL", "PULSE_NUMBER", "cut_nets", "keep_pulses"]

PULSE_CELL = "radtest_pulse"
"""The kind of these cells: input ``A``, output ``Y``."""
PULSE_NUMBER = "radtest_pulse_number"
"""The attribute that numbers those that are kept."""

_IDENTITY = ("$buf", "$_BUF_")
_LATCHES = ("$dlatch", "$adlatch", "$dlatchsr")
"""What a block without a value for each case is, where the RTL promises that no other case comes."""

Bit = tuple[str, int]
"""A bit of a wire: its name in the netlist and its place."""
Net = tuple[str, int]
"""A bit of a net: its hierarchical name and its place."""


def cut_nets(design: Any, nets: Collection[Net]) -> None:
    """Put a cell behind the driver of each bit that has one of these names in its module.

    Parameters
    ----------
    design : pyosys Design
        Not flat yet, nor simplified.
    nets : collection of (str, int)
        The nets. Of their names only the last part is looked at: which instances are meant is known once the design
        is flat, to `keep_pulses`.
    """
    wanted = {(name.rpartition(".")[2], place) for name, place in nets}
    for module in list(design.modules_.values()):
        drivers = _Drivers.of(module)
        roots = {
            drivers.root((_text(wire.name), place))
            for wire in module.wires_.values()
            for place in range(wire.width)
            if (_text(wire.name).lstrip("\\").rpartition(".")[2], place) in wanted
        }
        for cell in list(module.cells_.values()):
            if _is_logic(cell):
                _put_behind(module, cell, roots)


def keep_pulses(top: Any, nets: Sequence[Net]) -> list[Net]:
    """Number the cells of some nets of a flat design and put wires in the place of all others.

    Parameters
    ----------
    top : pyosys Module
        The design.
    nets : sequence of (str, int)
        The nets; a cell gets the number of its net.

    Returns
    -------
    list of (str, int)
        Those for which there is no cell.
    """
    drivers = _Drivers.of(top)
    wires = {_text(wire.name).lstrip("\\"): _text(wire.name) for wire in top.wires_.values()}
    pulses = [cell for cell in top.cells_.values() if _text(cell.type) == f"\\{PULSE_CELL}"]
    cells = {_bit(cell.getPort(_id("Y"))): cell for cell in pulses}
    lost = []
    for number, (name, place) in enumerate(nets):
        cell = cells.get(drivers.root((wires[name], place))) if name in wires else None
        if cell is None or cell.has_attribute(_id(PULSE_NUMBER)):
            lost.append((name, place))
            continue
        cell.set_string_attribute(_id(PULSE_NUMBER), str(number))
        cell.set_bool_attribute(_id("keep"), True)
    for cell in cells.values():
        if not cell.has_attribute(_id(PULSE_NUMBER)):
            top.connect(cell.getPort(_id("Y")), cell.getPort(_id("A")))
            top.remove(cell)
    return lost


@dataclass(slots=True)
class _Drivers:
    """Which bit each bit of a module is a copy of."""

    source: dict[Bit, Bit] = field(default_factory=dict)

    @classmethod
    def of(cls, module: Any) -> _Drivers:
        drivers = cls()
        for left, right in module.connections_:
            drivers._copy(left, right)
        for cell in module.cells_.values():
            if _text(cell.type) in _IDENTITY:
                drivers._copy(cell.getPort(_id("Y")), cell.getPort(_id("A")))
        return drivers

    def root(self, bit: Bit) -> Bit:
        while bit in self.source:
            bit = self.source[bit]
        return bit

    def _copy(self, left: Any, right: Any) -> None:
        pairs = zip(left.bits(), right.bits(), strict=True)
        self.source.update((_name(to), _name(of)) for to, of in pairs if to.is_wire() and of.is_wire())


def _is_logic(cell: Any) -> bool:
    kind = _text(cell.type)
    return kind.startswith("$") and kind not in _IDENTITY and (kind in _LATCHES or not cell.is_builtin_ff())


def _put_behind(module: Any, cell: Any, roots: Collection[Bit]) -> None:
    from pyosys import libyosys as yosys  # noqa: PLC0415 (a second to import, and only one process needs it)

    for port, signal in list(cell.connections_.items()):
        if not cell.output(port) or not any(_is_one_of(bit, roots) for bit in signal.bits()):
            continue
        driven = module.addWire(_new_name(module), signal.size())
        for place, (before, behind) in enumerate(_pairs(yosys, driven, signal)):
            if not _is_one_of(signal.bits()[place], roots):
                module.connect(behind, before)
                continue
            pulse = module.addCell(_new_name(module), _id(PULSE_CELL))
            pulse.setPort(_id("A"), before)
            pulse.setPort(_id("Y"), behind)
        cell.setPort(port, yosys.SigSpec(driven))


def _pairs(yosys: Any, driven: Any, signal: Any) -> Iterator[tuple[Any, Any]]:
    for place in range(signal.size()):
        yield yosys.SigSpec(driven, place, 1), signal.extract(place, 1)


def _is_one_of(bit: Any, roots: Collection[Bit]) -> bool:
    return bit.is_wire() and _name(bit) in roots


def _name(bit: Any) -> Bit:
    return _text(bit.wire.name), int(bit.offset)


def _bit(signal: Any) -> Bit:
    return _name(signal.as_bit())


def _new_name(module: Any) -> Any:
    from pyosys import libyosys as yosys  # noqa: PLC0415 (see _put_behind)

    return module.uniquify(yosys.IdString("$" + PULSE_CELL))


def _id(name: str) -> Any:
    from pyosys import libyosys as yosys  # noqa: PLC0415 (see _put_behind)

    return yosys.IdString("\\" + name)


def _text(name: Any) -> str:
    return str(name.str())
