"""A Verilog module that keeps the stored bits of a design defined under Icarus.

Icarus stores X where the RTL says so (``reg <= 'bx``) or where a register was never reset; Verilator, told to take 0
for X, stores 0. An upset that makes the design use such a bit would then end differently in the two, and a flip of an X
could not be shown. Silicon knows no X either. So the module made here replaces X by 0 in every register as soon as it
takes one, within the same time step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from radtest.core.injection import Target, TargetKind

__all__ = ["DEFINITION_MODULE", "Objections", "definition_source", "find_objections"]

DEFINITION_MODULE = "radtest_definition"

_COMPLAINT = re.compile(rf"{DEFINITION_MODULE}\.sv:(\d+): error: (.*)")
_PLAIN = re.compile(r"[A-Za-z_]\w*(\[\d+\])*(\.[A-Za-z_]\w*(\[\d+\])*)*")


@dataclass(frozen=True, slots=True)
class Objections:
    """What Icarus has against a definition module.

    Parameters
    ----------
    unbound : frozenset of str
        Hierarchical names that lead nowhere, as those of registers with special characters in their names do.
    unassignable : frozenset of str
        Registers that no bits can be assigned to, such as those of an enumerated type.
    """

    unbound: frozenset[str] = frozenset()
    unassignable: frozenset[str] = frozenset()

    def __or__(self, other: Objections) -> Objections:
        return Objections(self.unbound | other.unbound, self.unassignable | other.unassignable)


def find_objections(log: str, source: str) -> Objections:
    """Return what Icarus says in its log about the module with this source."""
    lines = source.splitlines()
    unbound, unassignable = set(), set()
    for number, message in _COMPLAINT.findall(log):
        if bound := re.match(r"Unable to bind [\w/ ]+ `(.+?)' in `", message):
            # Icarus writes an index as the number it is to it: bank['sd0].
            unbound.add(re.sub(r"\['sd(\d+)\]", r"[\1]", bound[1]))
        elif assignment := re.match(r" *(\S+) = defined_\d+;", lines[int(number) - 1]):
            unassignable.add(assignment[1])
    return Objections(frozenset(unbound), frozenset(unassignable - unbound))


def definition_source(targets: Iterable[Target], design: str, objections: Objections = Objections()) -> str:
    """Return the source of the module.

    Parameters
    ----------
    targets : iterable of Target
        The targets of the design; memories are left alone, what is read from them passes through registers.
    design : str
        Hierarchical name of the instance of the design, from the top module of the simulation.
    objections : Objections
        What Icarus said of an earlier attempt, and what is to be respected in this one.
    """
    names = sorted({t.name for t in targets if t.kind is not TargetKind.MEMORY and _PLAIN.fullmatch(t.name)})
    names = [name for name in names if f"{design}.{name}" not in objections.unbound]
    lines = [f"module {DEFINITION_MODULE};", "    timeunit 1ps;", "    timeprecision 1ps;"]
    for i, name in enumerate(names):
        register = f"{design}.{name}"
        # $deposit knows neither words of arrays nor integers, an assignment no enumerations.
        deposited = register in objections.unassignable
        lines += [
            # A variable of type bit cannot hold X: assigning to it turns X into 0.
            f"    bit [$bits({register})-1:0] defined_{i};",
            f"    task define_{i};",
            f"        defined_{i} = {register};",
            f"        $deposit({register}, defined_{i});" if deposited else f"        {register} = defined_{i};",
            "    endtask",
            f"    always @({register}) if (^{register} === 1'bx) define_{i};",
            # Not at time 0, when a block that waits for changes may not have begun to wait.
            f"    initial #1 if (^{register} === 1'bx) define_{i};",
        ]
    return "\n".join([*lines, "endmodule", ""])
