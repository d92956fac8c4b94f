"""A run of the design without an upset, recorded by a simulator or given as a waveform."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from radtest.core.errors import InjectionError, ToolMissingError
from radtest.core.injection import Target
from radtest.inject.campaign import Campaign
from radtest.inject.configuration import InjectionConfiguration, Simulator
from radtest.inject.exhaustive.gate_netlist import GateNetlist
from radtest.inject.exhaustive.golden import Stimulus
from radtest.inject.exhaustive.waveform import ClockCycles, Waveform
from radtest.inject.golden_run import GoldenRun
from radtest.inject.simulation import Simulation
from radtest.inject.targets import TargetList

__all__ = ["RecordedRun", "record_run"]


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A design with a run of it.

    Parameters
    ----------
    targets : TargetList
        The targets, as they are called.
    stored : tuple of Target
        The targets, as the netlist calls them.
    golden : GoldenRun, optional
        The golden run, unless a waveform was given.
    waveform : Path
        What was seen.
    simulator : str
        In which simulator, or ``waveform``.
    """

    targets: TargetList
    stored: tuple[Target, ...]
    golden: GoldenRun | None
    waveform: Path
    simulator: str

    def stimulus(self, netlist: GateNetlist, clock: str, instance: str) -> Stimulus:
        """Return what the waveform shows of the design.

        Parameters
        ----------
        netlist : GateNetlist
            The design, whose inputs the waveform must show.
        clock : str
            Its clock.
        instance : str
            Path of the design below the top module of the simulation, empty where they are the same.
        """
        waveform = Waveform(self.waveform)
        scope = waveform.find_scope(list(netlist.inputs))
        wanted = f".{instance}." if instance else ""
        if instance and not f".{scope}".endswith(wanted):
            inside = [name for name in waveform.names if f".{name}".partition(wanted)[1]]
            if inside:
                scope = inside[0].partition(f"{instance}.")[0] + f"{instance}."
        golden = self.golden
        if golden is None:
            cycles = waveform.clock_cycles(scope + clock)
            return Stimulus(waveform, scope, cycles, cycles.edges - 1)
        steps = 1.0 / waveform.step_ps
        first, period = round(golden.first_edge_ps * steps), round(golden.clock_period_ps * steps)
        return Stimulus(waveform, scope, ClockCycles(first, period, golden.cycles + 1), golden.cycles)

    def ends_late(self) -> bool:
        """Whether the test ends after a falling edge of the clock."""
        if self.golden is None:
            return False
        run = json.loads(self.golden.path.read_text())
        return bool((run["end"] - run["first_edge"]) % run["period"] >= run["high"])

    def limit(self, stimulus: Stimulus, timeout_factor: float) -> int:
        """Return the last cycle that a machine may take: that in which `timeout_factor` times the run is over.

        What would end at that very moment is too late.
        """
        first, period = stimulus.clock.first_edge, stimulus.clock.period
        if self.golden is None:
            run = first + stimulus.end * period
        else:
            run = round(json.loads(self.golden.path.read_text())["end"] * self.golden.step_ps)
            run = round(run / stimulus.waveform.step_ps)
        return max(stimulus.end + 1, int((round(run * timeout_factor) - first - 1) // period))


def record_run(
    campaign: Campaign,
    configuration: InjectionConfiguration,
    targets: TargetList,
    stored: Sequence[Target],
    simulator: Simulator | None = None,
) -> RecordedRun:
    """Have a simulator record the run of a campaign's test without an upset, in the working folder of the campaign.

    Parameters
    ----------
    campaign : Campaign
        The campaign.
    configuration : InjectionConfiguration
        What is simulated: the design of the campaign, or what was synthesised of it.
    targets : TargetList
        The targets of the design.
    stored : sequence of Target
        The targets, as `configuration` calls them.
    simulator : str, optional
        Which simulator; by default Icarus, or Verilator where that does not accept the design.

    Raises
    ------
    ToolMissingError, InjectionError, ConfigurationError
        If there is no simulator, none accepts the design, or the test does not pass.
    """
    simulation = _built(campaign, configuration, stored, simulator)
    golden = campaign.golden_run(simulation, targets)
    if not simulation.waveform.exists():
        raise InjectionError(
            f"{campaign.campaign_file}: {simulation.simulator} wrote no waveform to {simulation.waveform}",
            remedy="try another simulator with --simulator, or give a waveform with --waveform.",
        )
    return RecordedRun(targets, tuple(stored), golden, simulation.waveform, simulation.simulator)


def _built(
    campaign: Campaign, configuration: InjectionConfiguration, stored: Sequence[Target], simulator: Simulator | None
) -> Simulation:
    names: list[Simulator] = [simulator] if simulator else ["icarus", "verilator"]
    for number, name in enumerate(names):
        simulation = Simulation(name, configuration, campaign.campaign_file, campaign.work, waves=True)
        try:
            simulation.build(stored, [])
        except (InjectionError, ToolMissingError):
            if number == len(names) - 1:
                raise
            continue
        return simulation
    raise AssertionError
