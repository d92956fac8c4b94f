"""The gates of the design of a campaign, and the engine made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from radtest.core.errors import StorageError
from radtest.core.injection import Target
from radtest.inject.configuration import InjectionConfiguration, ObserveSection, resolve_source
from radtest.inject.exhaustive.engine import build_engine
from radtest.inject.exhaustive.falling_edges import without_falling_edges
from radtest.inject.exhaustive.gate_netlist import GateLoopError, GateNetlist
from radtest.inject.exhaustive.refusals import check_clocks, check_pulses, loop_refusal, refusal
from radtest.inject.exhaustive.watching import WatchList
from radtest.inject.targets import ask_yosys, netlist_request

__all__ = ["DesignGates", "design_gates"]


@dataclass(frozen=True, slots=True)
class DesignGates:
    """A design as gates.

    Parameters
    ----------
    netlist : GateNetlist
        The gates.
    lines : mapping of int to str
        Source lines of the nets that have a name.
    where : str
        The campaign file, for messages.
    """

    netlist: GateNetlist
    lines: Mapping[int, str]
    where: str

    def without_the_unneeded(self, stored: Iterable[Target]) -> DesignGates:
        """Return the gates without flip-flops on which nothing depends, other than those of the targets."""
        bits = ((target.name, target.lsb + bit) for target in stored for bit in range(target.width))
        return replace(self, netlist=self.netlist.without_the_unneeded(bits))

    def build_engine(self, folder: Path, jobs: int, held_level: int | None = None) -> Path:
        """Compile the engine in a folder and return the library.

        Upsets hold their bits at a level where one is given, otherwise they flip them.

        Raises
        ------
        ToolMissingError, InjectionError
            If there is no compiler, it fails, or the gates drive each other in a circle.
        """
        try:
            return build_engine(self.netlist, folder, jobs, held_level)
        except GateLoopError as error:
            raise loop_refusal(self.where, self.netlist, error, self.lines) from None


def design_gates(
    configuration: InjectionConfiguration,
    campaign_file: Path,
    observe: ObserveSection,
    folder: Path,
    nets: Sequence[tuple[str, int]] = (),
) -> DesignGates:
    """Have Yosys make gates of a design.

    Parameters
    ----------
    configuration : InjectionConfiguration
        The campaign, of a Verilog design.
    campaign_file : Path
        The file it was read from.
    observe : ObserveSection
        What is looked at, as the design names it.
    folder : Path
        A folder to be made, for Yosys to work in.
    nets : sequence of (str, int), optional
        Nets that transients hit: name and bit.

    Raises
    ------
    ToolMissingError, InjectionError
        If pyosys is missing, Yosys does not accept the sources, or the engine cannot simulate the design.
    StorageError
        If the disk is full.
    """
    where = str(campaign_file)
    folder.mkdir()
    for name in configuration.design.data_files:
        source = resolve_source(name, campaign_file, "design.data_files")
        (folder / source.name).write_bytes(source.read_bytes())
    request = netlist_request(configuration.design, campaign_file)
    request |= {"observe": WatchList.of(observe).signals, "nets": nets}
    answer = ask_yosys(request, campaign_file, folder, "radtest.inject.exhaustive.gates")
    if "unwritten" in answer:
        raise StorageError(
            f"{where}: Yosys could not write the gates of the design to {answer['unwritten']}: the file is cut off",
            remedy="free space there, or name another folder in TMPDIR.",
        )
    if "refused" in answer:
        raise refusal(where, answer["refused"])
    gates = DesignGates(
        GateNetlist.from_answer(answer, nets), {int(net): line for net, line in answer["lines"].items()}, where
    )
    check_clocks(where, gates.netlist, observe.clock, gates.lines)
    try:
        check_pulses(where, gates.netlist)
        return replace(gates, netlist=without_falling_edges(gates.netlist, where))
    except GateLoopError as error:
        raise loop_refusal(where, gates.netlist, error, gates.lines) from None
