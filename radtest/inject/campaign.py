"""A campaign from its file to the sealed record: list, golden run, upsets, journal, seal."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from radtest import __version__
from radtest.core.clock import Clock, SystemClock
from radtest.core.errors import BusyError, ConfigurationError, InjectionError
from radtest.core.injection import TargetKind
from radtest.core.outcome import FaultModel
from radtest.core.run import Device, RunEnd, RunHeader, StopReason
from radtest.core.source import Simulation as SimulationSource
from radtest.inject.attempts import Attempt, check_same_campaign, check_same_source, find_attempts, last_attempt
from radtest.inject.carrying_out import carry_out
from radtest.inject.configuration import Simulator, Strategy, read_injection_configuration, resolve_source
from radtest.inject.decided import Decided
from radtest.inject.fingerprints import bench_sha256, golden_sha256
from radtest.inject.following import Follower, complaints
from radtest.inject.further_bits import GIVEN_UPSETS, FurtherBits, PlannedUpsets
from radtest.inject.golden_run import GoldenRun, read_golden_run
from radtest.inject.held_targets import check_can_hold, held_targets
from radtest.inject.languages import check_simulator
from radtest.inject.observer import InjectionObserver, SilentObserver
from radtest.inject.recording import begin_journal, resume_journal
from radtest.inject.sampling_design import SamplingDesign
from radtest.inject.sampling_plan import SamplingPlan
from radtest.inject.selection import choose_targets
from radtest.inject.simulation import SIMULATORS, Simulation, design_sha256
from radtest.inject.simulation_plan import golden_plan, upset_plan
from radtest.inject.strike_times import draw_strike_times, strike_before_edges
from radtest.inject.targets import TargetList, list_targets
from radtest.inject.upset_list import UpsetList
from radtest.inject.vhdl.synthesised import synthesised
from radtest.inject.weights import read_weights
from radtest.inject.work_folder import check_work_folder, own_work_folder
from radtest.log import seal
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
    upsets, margin, seed, end_early, strategy : optional
        Instead of the file's. A number of upsets or a margin takes the place of whatever the file has for their number.
    resume : bool
        Go on with the campaign in the folder: with the journal of one whose process died, or, into a new record, with
        one that was stopped. One that is complete is left as it is, and where there is none it begins.
    observer : InjectionObserver, optional
        Who is told of progress.
    clock : Clock, optional
        Where the time of the record comes from.
    text : str, optional
        TOML text instead of the file's; the file then need not exist, its folder is where paths begin.
    given : UpsetList, optional
        The upsets, instead of a list that is drawn; of transients each then covers the edge that ends its cycle.
    waves : bool
        Whether simulations write a waveform into the working folder.

    Attributes
    ----------
    record : Path or None
        The sealed record, once there is one; also that of a campaign that was stopped or failed half way.
    text : str
        The text of the campaign file.
    waveform : Path
        Where simulations write their waveform, if they do.

    Raises
    ------
    ConfigurationError
        If the campaign file is wrong, or what is to be gone on with was another campaign.
    BusyError
        If the folder holds the record of such a campaign and it is not to be gone on with, or its sub-folder is in use
        or not radtest's own.
    """

    def __init__(
        self,
        campaign_file: str | Path,
        simulator: Simulator,
        folder: str | Path,
        *,
        jobs: int | None = None,
        upsets: int | None = None,
        margin: float | None = None,
        seed: int | None = None,
        end_early: bool | None = None,
        strategy: Strategy | None = None,
        resume: bool = False,
        observer: InjectionObserver | None = None,
        clock: Clock | None = None,
        text: str | None = None,
        given: UpsetList | None = None,
        waves: bool = False,
    ) -> None:
        self.campaign_file = Path(campaign_file)
        self.configuration, self.text = read_injection_configuration(self.campaign_file, text)
        chosen = {"upsets": upsets, "margin": margin, "seed": seed, "end_early": end_early, "strategy": strategy}
        self._overrides = {name: value for name, value in chosen.items() if value is not None}
        self._override()
        check_simulator(self.configuration, simulator, self.campaign_file)
        self.simulator = simulator
        self.folder = Path(folder)
        self.work = (self.folder / simulator).resolve()
        self._jobs = jobs or len(os.sched_getaffinity(0))
        self.observer: InjectionObserver = observer or SilentObserver()
        self._clock = clock or SystemClock()
        self.record: Path | None = None
        self._given, self._waves = given, waves
        self.waveform = Path()
        self._weights = read_weights(self.configuration.campaign.weights, self.campaign_file)
        self._earlier = self._earlier_attempt() if resume else None
        if not resume:
            self._check_free()
        check_work_folder(self.work)

    def _override(self) -> None:
        if not self._overrides:
            return
        try:
            section = self.configuration.campaign.changed(self._overrides)
        except ValidationError as error:
            mistakes = "; ".join(detail["msg"].removeprefix("Value error, ") for detail in error.errors())
            raise ConfigurationError(
                f"{self.campaign_file}, with {self._overrides}: campaign: {mistakes}",
                remedy="give options that fit to each other and to the file.",
            ) from None
        self.configuration = self.configuration.model_copy(update={"campaign": section})

    def _earlier_attempt(self) -> Attempt | None:
        configuration = self.configuration
        earlier = last_attempt(self.folder, self.simulator, configuration.design.top, configuration.campaign.seed)
        if earlier is not None:
            version = require_tool(SIMULATORS[self.simulator]).version or ""
            check_same_campaign(earlier, configuration, self._source(version))
        return earlier

    def _check_free(self) -> None:
        configuration = self.configuration
        found = find_attempts(self.folder, self.simulator, configuration.design.top, configuration.campaign.seed)
        for record in found:
            died = record.suffix == ".journal"
            raise BusyError(
                f"{record}: exists already, and would have to be overwritten",
                remedy=(
                    "go on where it died with --resume (resume=True), seal it with 'radtest log recover', or "
                    if died
                    else "go on with it by --resume (resume=True) if it was stopped half way, remove this record, or "
                )
                + "name another output folder or another seed.",
            )

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
        check_can_hold(self.configuration.campaign, self.simulator, self.campaign_file)
        if self._earlier is not None and self._earlier.end is not None and self._earlier.is_journal:
            # It died between its end and its sealing.
            sealed = seal(self._earlier.path, remove_journal=True)
            self._earlier = Attempt(sealed, self._earlier.header, self._earlier.end)
        if self._earlier is not None and self._earlier.complete:
            self.record = self._earlier.path
            return self.record
        with own_work_folder(self.work):
            return self._run()

    def _run(self) -> Path:
        targets = self.list_targets()
        chosen = choose_targets(targets.targets, self.configuration.campaign, self.campaign_file, targets.removed)
        plan = SamplingPlan.make(
            self.configuration.campaign, self.campaign_file, targets.targets, chosen, self._weights
        )
        further = FurtherBits(self.configuration.campaign, self.campaign_file, targets, chosen)
        self.observer.stage("build")
        simulated, stored = self.configuration, list(targets.targets)
        if self.configuration.design.is_vhdl and self.simulator != "ghdl":
            simulated, stored = synthesised(self.configuration, targets.targets, self.work, str(self.campaign_file))
        simulation = Simulation(self.simulator, simulated, self.campaign_file, self.work, waves=self._waves)
        self.waveform = simulation.waveform
        held = held_targets(self.configuration.campaign, targets.targets, chosen)
        simulation.build(stored, held)
        self.observer.stage("golden run")
        golden = self.golden_run(simulation, targets)
        window = self._window(golden)
        is_transient = self.configuration.campaign.model is FaultModel.SET
        design = plan.design(window, instants=golden.steps_per_cycle if is_transient else 1)
        singles = plan.draw(design, window) if self._given is None else self._given
        singles = UpsetList(singles.strikes, self.configuration.campaign.model)
        if is_transient:
            where = f"{self.campaign_file} ({self.simulator})"
            timed = draw_strike_times if self._given is None else strike_before_edges
            singles = timed(singles, golden, self.configuration.campaign, where)
        self.observer.stage("upsets")
        given = self._given is not None
        planned = further.plan(singles, window, golden.clock_period_ps, may_be_single=given)
        if given:
            figure = (GIVEN_UPSETS, float(len(singles)), "upsets", "not drawn at random: shares of them say nothing")
            planned = dataclasses.replace(planned, figures=(*planned.figures, figure))
        design = dataclasses.replace(design, list_sha256=planned.upsets.sha256())
        return self._inject(simulation, targets, golden, planned, design)

    def targets(self) -> TargetList:
        """List the targets of the design.

        Raises
        ------
        ToolMissingError, InjectionError
            If the design cannot be read.
        """
        with own_work_folder(self.work):
            return self.list_targets()

    def list_targets(self) -> TargetList:
        """List the targets of the design in the working folder, which must be there."""
        for name in self.configuration.design.data_files:
            source = resolve_source(name, self.campaign_file, "design.data_files")
            shutil.copyfile(source, self.work / source.name)
        self.observer.stage("netlist")
        ghdl_arguments = self.configuration.test.build_arguments.get("ghdl", ())
        nets = TargetKind.NET in self.configuration.campaign.kinds
        return list_targets(self.configuration.design, self.campaign_file, self.work, ghdl_arguments, nets=nets)

    def golden_run(self, simulation: Simulation, targets: TargetList) -> GoldenRun:
        """Run the test without an upset, in a simulation that has been built.

        Raises
        ------
        InjectionError, ConfigurationError
            If it does not come to an end, does not pass or cannot be observed.
        """
        plan = golden_plan(self.configuration, targets, simulation.root, self.work)
        path = Path(plan["golden"])
        log = self.work / "golden.log"
        limit_s = self.configuration.test.wall_timeout_s
        with simulation.run(plan, "golden") as process:
            try:
                process.wait(limit_s)
            except subprocess.TimeoutExpired:
                raise InjectionError(
                    f"{self.campaign_file}: test {plan['test']!r} has not ended in {self.simulator} after "
                    f"{limit_s:g} s, without any upset",
                    remedy=f"give the test a timeout, or raise test.wall_timeout_s; what it said is in {log}",
                ) from None
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

    def _source(self, simulator_version: str, **known: Any) -> SimulationSource:
        """Return what the record says of the simulation, without the golden run and the list until they are known."""
        configuration = self.configuration
        golden = {"clock_period_ps": 0, "golden_cycles": 0} | known
        return SimulationSource(
            simulator=self.simulator,
            simulator_version=simulator_version,
            top=configuration.design.top,
            design_sha256=design_sha256(configuration, self.campaign_file),
            test=f"{configuration.test.module}.{configuration.test.name}",
            seed=configuration.campaign.seed,
            strategy=configuration.campaign.strategy,
            overrides=json.dumps(self._overrides) if self._overrides else "",
            bench_sha256=bench_sha256(configuration, self.campaign_file),
            **golden,
        )

    def _header(self, source: SimulationSource, design: SamplingDesign) -> RunHeader:
        up_to = "up to " if design.looks else ""
        return RunHeader(
            run_number=self._earlier.header.run_number + 1 if self._earlier is not None else 1,
            title=f"{up_to}{design.upsets} upsets in {source.top} under {self.simulator}",
            start_time_ns=self._clock.now_ns(),
            source=source,
            device=Device(part=source.top),
            configuration=self.text,
            program_name=f"radtest {__version__}",
        )

    def _inject(
        self,
        simulation: Simulation,
        targets: TargetList,
        golden: GoldenRun,
        planned: PlannedUpsets,
        design: SamplingDesign,
    ) -> Path:
        source = self._source(
            simulation.version,
            clock_period_ps=golden.clock_period_ps,
            golden_cycles=golden.cycles,
            golden_sha256=golden_sha256(golden),
            sampling=design.to_text(),
        )
        if self._earlier is not None:
            check_same_source(self._earlier, source)
        header = self._header(source, design)
        plan = upset_plan(self.configuration, targets, golden, simulation.root, self.work, self._jobs)
        plan |= {
            "simulator": self.simulator,
            "forced": simulation.forced,
            "unforced": simulation.unforced,
            "written_besides": simulation.written_besides,
        }
        follower = Follower(simulation, plan, golden, targets)
        decided = Decided(len(planned.upsets))
        if self._earlier is not None and self._earlier.is_journal:
            journal = resume_journal(self._earlier, targets.targets, decided)
        else:
            journal = begin_journal(self.folder, header, targets.targets, planned.figures, decided, self._earlier)
        end = StopReason.FAULT
        with journal:
            try:
                carry_out(follower, journal, planned.upsets, design, decided, self.observer)
                end = StopReason.COMPLETED
            except KeyboardInterrupt:
                end = StopReason.OPERATOR
                raise
            finally:
                journal.end(RunEnd(self._clock.now_ns(), end, valid=end is not StopReason.FAULT))
                journal.close()
                self.record = seal(journal.path, remove_journal=True)
        return self.record
