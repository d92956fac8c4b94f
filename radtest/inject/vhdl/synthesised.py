"""A VHDL design in a Verilog simulator: what is compiled there is the Verilog that GHDL makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from radtest.core.errors import InjectionError
from radtest.core.injection import Target
from radtest.inject.configuration import InjectionConfiguration
from radtest.inject.vhdl.access import ACCESS_FILE, Access

__all__ = ["synthesised"]


def synthesised(
    configuration: InjectionConfiguration, targets: Sequence[Target], folder: Path, blame: str
) -> tuple[InjectionConfiguration, list[Target]]:
    """Return the campaign on the Verilog instead of the VHDL, and the targets as the Verilog names them.

    Parameters
    ----------
    configuration : InjectionConfiguration
        The campaign on a VHDL design without a bench of its own.
    targets : sequence of Target
        The targets of the design.
    folder : Path
        Working folder, in which they have been listed.
    blame : str
        What messages begin with.

    Raises
    ------
    InjectionError
        If the Verilog is not the design.
    """
    access = Access.read(folder / ACCESS_FILE)
    lost = [target for target, where in zip(targets, access.targets, strict=True) if not where.cells]
    if lost:
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        raise InjectionError(
            f"{blame}: {lost[0].src}: GHDL's synthesis makes no flip-flops of {lost[0].name!r}{more}, which a clocked "
            "process drives, so that the Verilog is not the design",
            remedy="use --simulator ghdl, which simulates the VHDL itself; or a newer GHDL: this is a fault of GHDL.",
        )
    # Values of generics are in the Verilog already.
    changes = {"top": access.top, "sources": (str(folder / f"{access.top}.v"),), "parameters": {}}
    design = configuration.design.model_copy(update=changes)
    test = configuration.test.model_copy(update={"toplevel": None})
    return configuration.model_copy(update={"design": design, "test": test}), access.stored()
