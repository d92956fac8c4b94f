"""A VHDL design in a Verilog simulator: what is compiled there is the Verilog that GHDL makes of it."""

from __future__ import annotations

from pathlib import Path

from radtest.core.injection import Target
from radtest.inject.configuration import InjectionConfiguration
from radtest.inject.vhdl.access import ACCESS_FILE, Access

__all__ = ["synthesised"]


def synthesised(configuration: InjectionConfiguration, folder: Path) -> tuple[InjectionConfiguration, list[Target]]:
    """Return the campaign on the Verilog instead of the VHDL, and the targets as the Verilog names them.

    Parameters
    ----------
    configuration : InjectionConfiguration
        The campaign on a VHDL design without a bench of its own.
    folder : Path
        Working folder, in which the targets have been listed.
    """
    access = Access.read(folder / ACCESS_FILE)
    # Values of generics are in the Verilog already.
    changes = {"top": access.top, "sources": (str(folder / f"{access.top}.v"),), "parameters": {}}
    design = configuration.design.model_copy(update=changes)
    test = configuration.test.model_copy(update={"toplevel": None})
    return configuration.model_copy(update={"design": design, "test": test}), access.stored()
