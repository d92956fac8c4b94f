"""From a campaign file to a map: the outcome of every upset of its design and workload."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from radtest import __version__
from radtest.core.errors import BusyError, ConfigurationError, RadtestError, StorageError
from radtest.core.injection import Target
from radtest.core.outcome import FaultModel
from radtest.inject.campaign import Campaign
from radtest.inject.configuration import InjectionConfiguration, Simulator
from radtest.inject.exhaustive.design_gates import DesignGates, design_gates
from radtest.inject.exhaustive.engine import compile_common, find_compiler, vector_lanes
from radtest.inject.exhaustive.following_parts import follow_parts
from radtest.inject.exhaustive.gate_netlist import GateNetlist
from radtest.inject.exhaustive.golden_workload import golden_workload, kept_inputs
from radtest.inject.exhaustive.map_file import MapWriter, remove_unfinished
from radtest.inject.exhaustive.map_observer import MapObserver, SilentMapObserver
from radtest.inject.exhaustive.mapped_clusters import MappedClusters, place_clusters
from radtest.inject.exhaustive.mapped_models import HELD_LEVELS, check_model
from radtest.inject.exhaustive.placing import place_rows, upset_cycles
from radtest.inject.exhaustive.process_family import process_family
from radtest.inject.exhaustive.recorded_run import RecordedRun, record_run
from radtest.inject.exhaustive.resolving import resolve
from radtest.inject.exhaustive.watching import WatchList, named_as_in
from radtest.inject.exhaustive.workload import Workload
from radtest.inject.selection import choose_targets
from radtest.inject.simulation import design_sha256
from radtest.inject.targets import TargetList
from radtest.inject.vhdl.access import ACCESS_FILE, Access
from radtest.inject.vhdl.synthesised import synthesised
from radtest.inject.work_folder import own_work_folder

__all__ = ["map_upsets"]


def map_upsets(
    campaign_file: str | Path,
    out: str | Path,
    *,
    simulator: Simulator | None = None,
    waveform: str | Path | None = None,
    jobs: int | None = None,
    observer: MapObserver | None = None,
) -> Path:
    """Decide the outcome of every upset, that is of each bit in each cycle, and write the map.

    Parameters
    ----------
    campaign_file : str or Path
        A campaign file as `radtest.inject.Campaign` takes it. What it says of sampling plays no part.
    out : str or Path
        The map to be made. Working files go to a folder beside it.
    simulator : str, optional
        Which simulator records the run; by default Icarus, or Verilator where that does not accept the design.
    waveform : str or Path, optional
        A VCD or FST file of a run that passed, instead of one of our own.
    jobs : int, optional
        Processes; by default one for each processor core.
    observer : MapObserver, optional
        Who is told of progress.

    Returns
    -------
    Path
        The map.

    Raises
    ------
    ConfigurationError, ToolMissingError, InjectionError, BusyError, StorageError
        If the file is wrong, a tool is missing, the engine cannot simulate the design, it does not do what the
        simulator did, the map exists, or the disk is full.
    KeyboardInterrupt
        If stopped; nothing is left but working files, which the next attempt removes.
    """
    run = _Mapping(Path(campaign_file), Path(out), simulator, waveform, jobs, observer or SilentMapObserver())
    return run.run()


class _Mapping:
    def __init__(
        self,
        campaign_file: Path,
        out: Path,
        simulator: Simulator | None,
        waveform: str | Path | None,
        jobs: int | None,
        observer: MapObserver,
    ) -> None:
        self._campaign_file = campaign_file
        self._out = out = out.resolve()
        self._waveform = Path(waveform) if waveform else None
        self._jobs = jobs or len(os.sched_getaffinity(0))
        self._observer = observer
        self._began = time.monotonic()
        if out.exists():
            raise BusyError(
                f"{out}: exists already; a map is never overwritten",
                remedy="give another name with --out, or move that file away.",
            )
        if not out.parent.is_dir():
            raise ConfigurationError(f"{out}: there is no folder {out.parent}", remedy="make it, or name another.")
        self._folder = out.parent / f"{out.stem}_work"
        self._campaign = Campaign(campaign_file, simulator or "icarus", self._folder)
        self._configuration = self._campaign.configuration
        self._simulator = simulator
        self._observe = self._configuration.observe
        self._access: Access | None = None
        observe = self._configuration.observe
        section = self._configuration.campaign
        # What transients do is seen as by flip-flops, too.
        looks_at_edges = observe.look == "clock" or section.model is FaultModel.SET
        if observe.done and observe.look == "clock":
            raise ConfigurationError(
                f"{campaign_file}: observe.look = 'clock': with observe.done, maps know only look = 'rest'",
                remedy="leave observe.look out, or observe.done.",
            )
        if looks_at_edges and section.first_cycle == 0:
            because = "campaign.model = 'set'" if section.model is FaultModel.SET else "observe.look = 'clock'"
            raise ConfigurationError(
                f"{campaign_file}: campaign.first_cycle = 0: with {because}, signals are first looked at in cycle 1, "
                "at its end",
                remedy="set campaign.first_cycle = 1.",
            )
        check_model(section, campaign_file)

    def run(self) -> Path:
        """Make the map."""
        find_compiler()
        folder = self._folder / "map"
        try:
            with own_work_folder(folder), own_work_folder(self._campaign.work):
                remove_unfinished(self._out)
                return self._run(folder)
        except RadtestError:
            raise
        except OSError as error:
            at = f" ({error.filename})" if error.filename else ""
            raise StorageError(
                f"{self._out}: could not be made: {error.strerror or error}{at}",
                remedy=f"free space where {self._folder} is, and see that files there may be as large as they need.",
            ) from error

    def _run(self, folder: Path) -> Path:
        gates, recorded, library = self._prepare(folder)
        netlist, section, where = gates.netlist, self._configuration.campaign, str(self._campaign_file)
        self._observer.stage("golden run in the engine")
        workload, stimulus, agreeing = golden_workload(
            self._configuration, self._campaign_file, self._observe, netlist, library, recorded, folder
        )
        chosen, rows = place_rows(section, self._campaign_file, netlist, workload, recorded, self._access)
        cycles = upset_cycles(workload, section, self._campaign_file)
        clusters: MappedClusters | None = None
        if section.cluster is not None:
            clusters = place_clusters(section, self._campaign_file, recorded.targets, workload, chosen, rows)
            chosen = clusters.numbers
            workload.save()
        targets, rows["target"] = np.unique(rows["target"], return_inverse=True)
        writer = MapWriter(
            self._out,
            [recorded.targets.targets[number] for number in targets],
            rows,
            first_cycle=cycles.start,
            cycles=len(cycles),
            observers=WatchList.of(self._observe).observers,
            facts=self._facts(recorded, netlist, agreeing, workload),
            # What comes from the design itself needs no inputs.
            stimulus=None if self._observe.done else kept_inputs(workload, netlist, stimulus, self._observe.clock),
            cluster_bits=clusters.sizes if clusters else None,
        )
        with writer:
            self._observer.stage("upsets")
            began = time.monotonic()
            answers = follow_parts(workload, netlist, self._jobs, self._observer, where)
            swept = time.monotonic() - began
            self._observer.stage("map")
            slots = [answer["slots"] for answer in answers]
            for start, outcome, seen_by, latency in resolve(workload, slots, chosen, cycles):
                writer.put(start - cycles.start, outcome, seen_by, latency)
            return writer.finish(
                {
                    "evaluations": sum(answer["evaluations"] for answer in answers),
                    "most_followed": sum(answer["most_followed"] for answer in answers),
                    "engine_seconds": sum(answer["seconds"] for answer in answers),
                    "sweep_seconds": swept,
                    "seconds": time.monotonic() - self._began,
                }
            )

    def _prepare(self, folder: Path) -> tuple[DesignGates, RecordedRun, Path]:
        """Return the gates, a recorded run and the engine; what does not wait for each other is made side by side."""
        self._observer.stage("netlist and recording")
        # On the way out the family ends before the pool is waited for, which would wait for the family.
        with ThreadPoolExecutor(2) as pool, process_family():
            common = pool.submit(compile_common, folder)
            extraction: Future[DesignGates] | None = None
            # Which nets there are is known once the targets are.
            if not self._configuration.design.is_vhdl and self._configuration.campaign.model is not FaultModel.SET:
                extraction = pool.submit(self._gates, self._configuration, folder)
            try:
                targets, stored, configuration = self._targets()
                if self._configuration.design.is_vhdl:
                    self._access = Access.read(self._campaign.work / ACCESS_FILE)
                    self._observe = named_as_in(self._access, self._observe)
                if extraction is None:
                    nets = self._nets(targets)
                    extraction = pool.submit(self._gates, configuration, folder, nets)
                building = pool.submit(self._build, extraction, common, stored, folder)
                if self._waveform is not None:
                    recorded = RecordedRun(targets, tuple(stored), None, self._waveform, "waveform")
                else:
                    recorded = record_run(self._campaign, configuration, targets, stored, self._simulator)
            except RadtestError:
                # What the engine cannot simulate may be what the simulator failed on.
                if extraction is not None:
                    extraction.result()
                raise
            gates, library = building.result()
            return gates, recorded, library

    def _build(
        self, extraction: Future[DesignGates], common: Future[None], stored: list[Target], folder: Path
    ) -> tuple[DesignGates, Path]:
        gates = extraction.result().without_the_unneeded(stored)
        common.result()
        return gates, gates.build_engine(folder, self._jobs, HELD_LEVELS.get(self._configuration.campaign.model))

    def _gates(
        self, configuration: InjectionConfiguration, folder: Path, nets: Sequence[tuple[str, int]] = ()
    ) -> DesignGates:
        return design_gates(configuration, self._campaign_file, self._observe, folder / "engine", nets)

    def _nets(self, targets: TargetList) -> list[tuple[str, int]]:
        """Return the bits of the nets that transients are to hit."""
        section = self._configuration.campaign
        if section.model is not FaultModel.SET:
            return []
        chosen = choose_targets(targets.targets, section, self._campaign_file, targets.removed)
        hit = [targets.targets[number] for number in chosen]
        return [(target.name, target.lsb + bit) for target in hit for bit in range(target.width)]

    def _targets(self) -> tuple[TargetList, list[Target], InjectionConfiguration]:
        """Return the targets, as they are called and as the netlist calls them, and the design that it is made of."""
        targets = self._campaign.list_targets()
        configuration, stored = self._configuration, list(targets.targets)
        if configuration.design.is_vhdl:
            where = str(self._campaign_file)
            configuration, stored = synthesised(configuration, targets.targets, self._campaign.work, where)
        return targets, stored, configuration

    def _facts(
        self, recorded: RecordedRun, netlist: GateNetlist, agreeing: int, workload: Workload
    ) -> dict[str, str | int | float]:
        configuration = self._configuration
        return {
            "title": f"every upset in {configuration.design.top}",
            "part": configuration.design.top,
            "model": configuration.campaign.model.value,
            "campaign_file": str(self._campaign_file.resolve()),
            "configuration": self._campaign.text,
            "design_sha256": design_sha256(configuration, self._campaign_file),
            "simulator": recorded.simulator,
            "stimulus": "closed" if configuration.observe.done else "recorded",
            "golden_cycles": workload.times["end"],
            "limit_cycles": workload.times["limit"],
            "clock_period_ps": recorded.golden.clock_period_ps if recorded.golden else 0,
            "gates": len(netlist.gates),
            "lanes": vector_lanes(),
            "flip_flops": len(netlist.flip_flops),
            "checked_bits": agreeing,
            "program_name": f"radtest {__version__}",
        }
