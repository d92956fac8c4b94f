"""VHDL or Verilog: which of them a design is in, and which simulator reads it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from radtest.core.errors import ConfigurationError
from radtest.core.outcome import FaultModel

if TYPE_CHECKING:
    from radtest.inject.configuration import InjectionConfiguration, Simulator

__all__ = ["check_languages", "check_simulator", "is_vhdl"]


def is_vhdl(source: str) -> bool:
    """Say whether a source is VHDL, by its name."""
    return source.lower().endswith((".vhd", ".vhdl"))


def check_languages(configuration: InjectionConfiguration, path: Path) -> None:
    """Check that all sources are in one language, and that what else is given has a meaning in it.

    Raises
    ------
    ConfigurationError
        If not; the message names the file and the key.
    """
    design, test = configuration.design, configuration.test
    first = design.sources[0]
    language = "VHDL" if is_vhdl(first) else "Verilog"
    for key, sources in (("design.sources", design.sources), ("test.sources", test.sources)):
        for source in sources:
            if is_vhdl(source) != is_vhdl(first):
                raise ConfigurationError(
                    f"{path}: {key} = {source!r}: {'VHDL' if is_vhdl(source) else 'Verilog'}, but {first!r} is "
                    f"{language}, and none of the simulators reads both",
                    remedy="give the design and its bench in one language; where a part has to be in the other, "
                    "'ghdl --synth --out=verilog' makes Verilog of VHDL.",
                )
    if not is_vhdl(first):
        return
    for key, given in (("includes", design.includes), ("defines", design.defines)):
        if given:
            raise ConfigurationError(
                f"{path}: design.{key}: {first!r} is VHDL, which has none",
                remedy="leave it out; values for generics of the top entity go into design.parameters.",
            )
    if design.frontend != "auto":
        raise ConfigurationError(
            f"{path}: design.frontend = {design.frontend!r}: {first!r} is VHDL, which only GHDL reads",
            remedy="leave it out.",
        )
    for argument in test.build_arguments.get("ghdl", ()):
        if argument.startswith(("--std", "--work")):
            raise ConfigurationError(
                f"{path}: test.build_arguments.ghdl: {argument!r}: all sources are read as VHDL-2008, into one library",
                remedy="leave it out.",
            )


def check_simulator(configuration: InjectionConfiguration, simulator: Simulator, path: Path) -> None:
    """Check that a simulator can run a campaign on a design in its language.

    Icarus and Verilator run the Verilog that GHDL makes of a VHDL design.

    Raises
    ------
    ConfigurationError
        If not; the message names a source and what to do.
    """
    first, model = configuration.design.sources[0], configuration.campaign.model
    if is_vhdl(first) and model not in {FaultModel.SEU, FaultModel.MCU}:
        raise ConfigurationError(
            f"{path}: campaign.model = {model.value!r}: {first!r} is VHDL, of which bits are flipped, not held",
            remedy="choose model = 'seu' or 'mcu', or inject into Verilog made with 'ghdl --synth --out=verilog'.",
        )
    if is_vhdl(first) and simulator != "ghdl" and configuration.toplevel.lower() != configuration.design.top.lower():
        raise ConfigurationError(
            f"{path}: test.toplevel = {configuration.toplevel!r}: a bench in VHDL, which {simulator} does not read",
            remedy="use --simulator ghdl, or a test without a bench of its own.",
        )
    if simulator == "ghdl" and not is_vhdl(first):
        raise ConfigurationError(
            f"{path}: design.sources = {first!r}: Verilog, which GHDL does not read",
            remedy="use --simulator icarus or --simulator verilator.",
        )
