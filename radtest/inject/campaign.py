"""A campaign from its file to the sealed record: list, golden run, upsets, journal, seal."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from radtest import __version__
from radtest.core.clock import Clock, SystemClock
from radtest.core.errors import BusyError, ConfigurationError, InjectionError
from radtest.core.injection import InjectionResult
from radtest.core.run import Device, RunEnd, RunHeader, StopReason
from radtest.core.source import Simulation as SimulationSource
from radtest.inject.configuration import Simulator, Strategy, read_injection_configuration, resolve_source
from radtest.inject.following import Follower, complaints
from radtest.inject.golden_run import GoldenRun, read_golden_run
from radtest.inject.languages import check_simulator
from radtest.inject.observer import InjectionObserver, SilentObserver
from radtest.inject.sampling import draw_upsets
from radtest.inject.selection import choose_targets
from radtest.inject.simulation import SIMULATORS, Simulation, design_sha256
from radtest.inject.simulation_plan import golden_plan, upset_plan
from radtest.inject.targets import TargetList, list_targets
from radtest.inject.upset_list import UpsetList
from radtest.inject.vhdl.synthesised import synthesised
from radtest.inject.work_folder import check_work_folder, own_work_folder
from radtest.log import Journal, journal_name, seal
from radtest.tools import require_tool

__all__ = ["Campaign"]


class Campaign:
    """An upset campaign on one design with one simulator.

    Parameters
    ----------
    campaign_file : str or Path
        The TOML file of the campaign.
    simulator : str
        ``icarus``, ``verilator`` or, for VHDL, ``ghdl``.
    folder : str or Path
        Where the record goes. Working files go to a sub-folder named after the simulator; those that an earlier
        campaign left there are replaced, a record never.
    jobs : int, optional
        Upsets followed at the same time; by default one for each processor core.
    upsets, seed, end_early, strategy : optional
        Instead of the file's.
    observer : InjectionObserver, optional
        Who is told of progress.
    clock : Clock, optional
        Where the time of the record comes from.

    Attributes
    ----------
    record : Path or None
        The sealed record, once there is one; also that of a campaign that was stopped or failed half way.

    Raises
    ------
    ConfigurationError
        If the campaign file is wrong.
    BusyError
        If the folder holds the record of such a campaign, or its sub-folder is in use or not radtest's own.
    """

    def __init__(
        self,
        campaign_file: str | Path,
        simulator: Simulator,
        folder: str | Path,
        *,
        jobs: int | None = None,
        upsets: int | None = None,
        seed: int | None = None,
        end_early: bool | None = None,
        strategy: Strategy | None = None,
        observer: InjectionObserver | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.campaign_file = Path(campaign_file)
        self.configuration, self._text = read_injection_configuration(self.campaign_file)
        section = self.configuration.campaign
        given = {"upsets": upsets, "seed": seed, "end_early": end_early, "strategy": strategy}
        changed = {name: value for name, value in given.items() if value is not None}
        if changed:
            section = section.model_copy(update=changed)
            self.configuration = self.configuration.model_copy(update={"campaign": section})
        check_simulator(self.configuration, simulator, self.campaign_file)
        self.simulator = simulator
        self.folder = Path(folder)
        self.work = (self.folder / simulator).resolve()
        self._jobs = jobs or len(os.sched_getaffinity(0))
        self.observer: InjectionObserver = observer or SilentObserver()
        self._clock = clock or SystemClock()
        self.record: Path | None = None
        self._check_free()

    def _check_free(self) -> None:
        section, top = self.configuration.campaign, self.configuration.design.top
        pattern = f"run*_{self.simulator}_{top}_seed{section.seed}.*"
        for record in sorted(self.folder.glob(pattern)) if self.folder.is_dir() else ():
            died = record.suffix == ".journal"
            raise BusyError(
                f"{record}: exists already, and would have to be overwritten",
                remedy="name another output folder or another seed, or "
                + ("seal what is in it with 'radtest log recover'." if died else "remove this record."),
            )
        check_work_folder(self.work)

    def run(self) -> Path:
        """Run the campaign and return the sealed record.

        Raises
        ------
        ToolMissingError, InjectionError, ConfigurationError
            If the design cannot be read, built or run, or if the test does not pass without upsets.
        KeyboardInterrupt
            If stopped; what was decided until then is sealed first.
        """
        # Before anything is made: a missing simulator leaves no folder behind.
        require_tool(SIMULATORS[self.simulator])
        with own_work_folder(self.work):
            return self._run()

    def _run(self) -> Path:
        targets = self._targets()
        chosen = choose_targets(targets.targets, self.configuration.campaign, self.campaign_file)
        self.observer.stage("build")
        simulated, stored = self.configuration, list(targets.targets)
        if self.configuration.design.is_vhdl and self.simulator != "ghdl":
            simulated, stored = synthesised(self.configuration, self.work)
        simulation = Simulation(self.simulator, simulated, self.campaign_file, self.work)
        simulation.build(stored)
        self.observer.stage("golden run")
        golden = self._golden_run(simulation, targets)
        upsets = draw_upsets(
            targets.targets,
            chosen,
            self._window(golden),
            self.configuration.campaign.upsets,
            np.random.default_rng(self.configuration.campaign.seed),
        )
        self.observer.stage("upsets")
        return self._inject(simulation, targets, golden, upsets)

    def targets(self) -> TargetList:
        """List the targets of the design.

        Raises
        ------
        ToolMissingError, InjectionError
            If the design cannot be read.
        """
        with own_work_folder(self.work):
            return self._targets()

    def _targets(self) -> TargetList:
        for name in self.configuration.design.data_files:
            source = resolve_source(name, self.campaign_file, "design.data_files")
            shutil.copyfile(source, self.work / source.name)
        self.observer.stage("netlist")
        ghdl_arguments = self.configuration.test.build_arguments.get("ghdl", ())
        return list_targets(self.configuration.design, self.campaign_file, self.work, ghdl_arguments)

    def _golden_run(self, simulation: Simulation, targets: TargetList) -> GoldenRun:
        plan = golden_plan(self.configuration, targets, simulation.root, self.work)
        path = Path(plan["golden"])
        with simulation.run(plan, "golden") as process:
            process.wait()
        log = self.work / "golden.log"
        if not path.exists():
            raise InjectionError(
                f"{self.campaign_file}: the golden run of test {plan['test']!r} could not be made in {self.simulator}:"
                f"\n{complaints(log)}",
                remedy=f"check test.module, test.name, test.instance and the signals of [observe]; all is in {log}",
            )
        return read_golden_run(path, f"{self.campaign_file} ({self.simulator})", plan)

    def _window(self, golden: GoldenRun) -> range:
        section = self.configuration.campaign
        # The last whole cycle still has its end inside the run.
        last = golden.cycles - 1 if section.last_cycle is None else section.last_cycle
        if section.first_cycle > last or last >= golden.cycles:
            raise ConfigurationError(
                f"{self.campaign_file}: campaign.first_cycle = {section.first_cycle}, last_cycle = {last}: "
                f"the test lasts {golden.cycles} cycles",
                remedy=f"choose cycles from 0 to {golden.cycles - 1}.",
            )
        return range(section.first_cycle, last + 1)

    def _header(self, simulation: Simulation, golden: GoldenRun) -> RunHeader:
        configuration = self.configuration
        source = SimulationSource(
            simulator=self.simulator,
            simulator_version=simulation.version,
            top=configuration.design.top,
            design_sha256=design_sha256(configuration, self.campaign_file),
            test=f"{configuration.test.module}.{configuration.test.name}",
            seed=configuration.campaign.seed,
            clock_period_ps=golden.clock_period_ps,
            golden_cycles=golden.cycles,
            strategy=configuration.campaign.strategy,
        )
        return RunHeader(
            run_number=1,
            title=f"{configuration.campaign.upsets} upsets in {configuration.design.top} under {self.simulator}",
            start_time_ns=self._clock.now_ns(),
            source=source,
            device=Device(part=configuration.design.top),
            configuration=self._text,
            program_name=f"radtest {__version__}",
        )

    def _inject(self, simulation: Simulation, targets: TargetList, golden: GoldenRun, upsets: UpsetList) -> Path:
        header = self._header(simulation, golden)
        journal_path = self.folder / journal_name(header)
        plan = upset_plan(self.configuration, targets, golden, simulation.root, self.work, self._jobs)
        follower = Follower(simulation, plan, golden, targets)
        end = StopReason.FAULT
        with Journal.create(journal_path, header) as journal:
            journal.targets(targets.targets)
            try:
                follower.follow(upsets, journal, self._counted(len(upsets)))
                end = StopReason.COMPLETED
            except KeyboardInterrupt:
                end = StopReason.OPERATOR
                raise
            finally:
                journal.end(RunEnd(self._clock.now_ns(), end, valid=end is not StopReason.FAULT))
                journal.close()
                self.record = seal(journal_path, remove_journal=True)
        return self.record

    def _counted(self, total: int) -> Callable[[InjectionResult], None]:
        done = itertools.count(1)
        return lambda result: self.observer.upset(result, next(done), total)
