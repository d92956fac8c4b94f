"""From a campaign file to a map: the outcome of every upset of its design and workload."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from radtest import __version__
from radtest.core.errors import BusyError, ConfigurationError, InjectionError, ToolMissingError
from radtest.core.injection import Target, TargetKind
from radtest.core.outcome import FaultModel
from radtest.inject.campaign import Campaign
from radtest.inject.configuration import (
    InjectionConfiguration,
    ObserveSection,
    OutputSignal,
    Simulator,
    resolve_source,
)
from radtest.inject.exhaustive.engine import build_engine, find_compiler
from radtest.inject.exhaustive.gate_netlist import GateLoopError, GateNetlist
from radtest.inject.exhaustive.golden import Stimulus, check_latches, first_levels, put_inputs, run_golden, shown_column
from radtest.inject.exhaustive.map_file import MapStimulus, MapWriter
from radtest.inject.exhaustive.refusals import check_clocks, loop_refusal, refusal
from radtest.inject.exhaustive.resolving import resolve
from radtest.inject.exhaustive.watching import Role, WatchList
from radtest.inject.exhaustive.waveform import UNKNOWN, ClockCycles, Waveform
from radtest.inject.exhaustive.workload import Shapes, Workload
from radtest.inject.golden_run import GoldenRun
from radtest.inject.selection import choose_targets
from radtest.inject.simulation import Simulation, design_sha256
from radtest.inject.targets import TargetList, ask_yosys, netlist_request
from radtest.inject.vhdl.access import ACCESS_FILE, Access
from radtest.inject.vhdl.synthesised import synthesised
from radtest.inject.work_folder import own_work_folder

__all__ = ["MapObserver", "SilentMapObserver", "map_upsets"]


class MapObserver(Protocol):
    """Who wants to know how a map gets on."""

    def stage(self, name: str) -> None:
        """Say that a stage has begun."""
        ...

    def cycle(self, done: int, total: int, followed: int) -> None:
        """Say up to which cycle upsets have been followed, and how many machines are being followed now."""
        ...


class SilentMapObserver:
    """Nobody."""

    def stage(self, name: str) -> None:
        """Say nothing."""

    def cycle(self, done: int, total: int, followed: int) -> None:
        """Say nothing."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Recorded:
    """A design with a run of it: the targets, as they are called and as the netlist calls them, and what was seen."""

    targets: TargetList
    stored: tuple[Target, ...]
    golden: GoldenRun | None
    waveform: Path
    simulator: str


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
    ConfigurationError, ToolMissingError, InjectionError, BusyError
        If the file is wrong, a tool is missing, the engine cannot simulate the design, it does not do what the
        simulator did, or the map exists.
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
        self._played: Stimulus
        self._lines: dict[int, str] = {}
        self._observe = self._configuration.observe
        self._access: Access | None = None
        observe = self._configuration.observe
        if observe.done and observe.look == "clock":
            raise ConfigurationError(
                f"{campaign_file}: observe.look = 'clock': with observe.done, maps know only look = 'rest'",
                remedy="leave observe.look out, or observe.done.",
            )
        section = self._configuration.campaign
        if section.model is not FaultModel.SEU or section.accumulate is not None:
            raise ConfigurationError(
                f"{campaign_file}: campaign.model: maps are made of single upsets (model = 'seu'), not of "
                f"{section.model.value!r}" + (" that accumulate" if section.accumulate else ""),
                remedy="leave model and [campaign.accumulate] out, or sample with radtest inject.",
            )

    def run(self) -> Path:
        """Make the map."""
        find_compiler()
        with own_work_folder(self._folder / "map"):
            return self._run(self._folder / "map")

    def _run(self, folder: Path) -> Path:
        with ThreadPoolExecutor(1) as pool:
            self._observer.stage("netlist and recording")
            self._campaign.work.mkdir(parents=True, exist_ok=True)
            extraction: Future[GateNetlist] | None = None
            if not self._configuration.design.is_vhdl:
                # It takes seconds, and does not need the list of targets.
                extraction = pool.submit(self._gates, self._configuration, folder)
            try:
                targets, stored, configuration = self._targets()
            finally:
                if extraction is not None:
                    extraction.exception()
            if extraction is None:
                self._access = Access.read(self._campaign.work / ACCESS_FILE)
                self._observe = _named_as_in(self._access, self._observe)
                extraction = pool.submit(self._gates, configuration, folder)
            netlist = extraction.result().without_the_unneeded(
                (target.name, target.lsb + bit) for target in stored for bit in range(target.width)
            )
            building = pool.submit(self._build, netlist, folder)
            try:
                recorded = self._record(targets, stored, configuration)
            finally:
                building.exception()
            library = building.result()
        watch_list = WatchList.of(self._observe)
        self._observer.stage("golden run in the engine")
        workload, agreeing = self._golden(folder, netlist, library, watch_list, recorded)
        chosen, rows = self._rows(netlist, workload, recorded)
        facts = self._facts(recorded, netlist, agreeing, workload)
        first, last = self._cycles(workload)
        mapped = [recorded.targets.targets[number] for number in np.unique(rows["target"])]
        rows["target"] = np.unique(rows["target"], return_inverse=True)[1]
        writer = MapWriter(
            self._out,
            mapped,
            rows,
            first_cycle=first,
            cycles=last - first,
            observers=watch_list.observers,
            facts=facts,
            stimulus=self._stimulus_of(workload, netlist),
        )
        with writer:
            self._observer.stage("upsets")
            began = time.monotonic()
            answers = self._follow(workload, netlist)
            swept = time.monotonic() - began
            self._observer.stage("map")
            slots = [answer["slots"] for answer in answers]
            for start, outcome, seen_by, latency in resolve(workload, slots, chosen, range(first, last)):
                writer.put(start - first, outcome, seen_by, latency)
            return writer.finish(
                {
                    "evaluations": sum(answer["evaluations"] for answer in answers),
                    "most_followed": sum(answer["most_followed"] for answer in answers),
                    "engine_seconds": sum(answer["seconds"] for answer in answers),
                    "sweep_seconds": swept,
                    "seconds": time.monotonic() - self._began,
                }
            )

    # ------------------------------------------------------------------ the design

    def _gates(self, configuration: InjectionConfiguration, folder: Path) -> GateNetlist:
        where = str(self._campaign_file)
        work = folder / "engine"
        work.mkdir()
        for name in configuration.design.data_files:
            source = resolve_source(name, self._campaign_file, "design.data_files")
            (work / source.name).write_bytes(source.read_bytes())
        signals = WatchList.of(self._observe).signals
        request = netlist_request(configuration.design, self._campaign_file) | {"observe": signals}
        answer = ask_yosys(request, self._campaign_file, work, "radtest.inject.exhaustive.gates")
        if "refused" in answer:
            raise refusal(where, answer["refused"])
        netlist = GateNetlist.from_answer(answer)
        self._lines = {int(net): line for net, line in answer["lines"].items()}
        check_clocks(where, netlist, self._observe.clock, self._lines)
        return netlist

    def _build(self, netlist: GateNetlist, folder: Path) -> Path:
        try:
            return build_engine(netlist, folder, self._jobs)
        except GateLoopError as error:
            raise loop_refusal(str(self._campaign_file), netlist, error, self._lines) from None

    # ------------------------------------------------------------------ the stimulus

    def _targets(self) -> tuple[TargetList, list[Target], InjectionConfiguration]:
        """Return the targets, as they are called and as the netlist calls them, and the design that it is made of."""
        targets = self._campaign.list_targets()
        configuration, stored = self._configuration, list(targets.targets)
        if configuration.design.is_vhdl:
            where = str(self._campaign_file)
            configuration, stored = synthesised(configuration, targets.targets, self._campaign.work, where)
        return targets, stored, configuration

    def _record(self, targets: TargetList, stored: list[Target], configuration: InjectionConfiguration) -> _Recorded:
        if self._waveform is not None:
            return _Recorded(targets, tuple(stored), None, self._waveform, "waveform")
        simulation = self._simulation(configuration, stored, self._campaign.work)
        golden = self._campaign.golden_run(simulation, targets)
        if not simulation.waveform.exists():
            raise InjectionError(
                f"{self._campaign_file}: {simulation.simulator} wrote no waveform to {simulation.waveform}",
                remedy="try another simulator with --simulator, or give a waveform with --waveform.",
            )
        return _Recorded(targets, tuple(stored), golden, simulation.waveform, simulation.simulator)

    def _simulation(self, configuration: InjectionConfiguration, stored: Sequence[Target], work: Path) -> Simulation:
        names: list[Simulator] = [self._simulator] if self._simulator else ["icarus", "verilator"]
        for number, name in enumerate(names):
            simulation = Simulation(name, configuration, self._campaign_file, work, waves=True)
            try:
                simulation.build(stored, [])
            except (InjectionError, ToolMissingError):
                if number == len(names) - 1:
                    raise
                continue
            return simulation
        raise AssertionError

    def _stimulus(self, netlist: GateNetlist, recorded: _Recorded) -> Stimulus:
        waveform = Waveform(recorded.waveform)
        clock_name = self._observe.clock
        instance = self._configuration.test.instance
        scope = waveform.find_scope(list(netlist.inputs))
        wanted = f".{instance}." if instance else ""
        if instance and not f".{scope}".endswith(wanted):
            inside = [name for name in waveform.names if f".{name}".partition(wanted)[1]]
            if inside:
                scope = inside[0].partition(f"{instance}.")[0] + f"{instance}."
        golden = recorded.golden
        if golden is None:
            clock = waveform.clock_cycles(scope + clock_name)
            return Stimulus(waveform, scope, clock, clock.edges - 1)
        steps = 1.0 / waveform.step_ps
        first, period = round(golden.first_edge_ps * steps), round(golden.clock_period_ps * steps)
        return Stimulus(waveform, scope, ClockCycles(first, period, golden.cycles + 1), golden.cycles)

    # ------------------------------------------------------------------ the golden run

    def _golden(
        self, folder: Path, netlist: GateNetlist, library: Path, watch_list: WatchList, recorded: _Recorded
    ) -> tuple[Workload, int]:
        where = str(self._campaign_file)
        section, observe = self._configuration.campaign, self._observe
        stimulus = self._stimulus(netlist, recorded)
        end = stimulus.end
        if section.first_cycle >= end:
            raise ConfigurationError(
                f"{where}: campaign.first_cycle = {section.first_cycle}: the test lasts {end} cycles",
                remedy=f"choose a cycle from 0 to {end - 1}.",
            )
        memory_rows = TargetKind.MEMORY in section.kinds
        counted = {
            (target.name, target.lsb + bit)
            for target in recorded.stored
            if target.kind is not TargetKind.MEMORY
            for bit in range(target.width)
        }
        rest = observe.look == "rest"
        shapes = Shapes.of(netlist, watch_list, rest=rest, memory_rows=memory_rows, counted=counted)
        limit = end
        if observe.done:
            limit = self._limit(recorded, stimulus)
        workload = Workload(
            folder,
            shapes,
            first=section.first_cycle,
            end=end,
            limit=limit,
            tail=-1,
            sdc_ends=not observe.done and not observe.alarms,
        )
        changing = put_inputs(workload, netlist, stimulus, observe.clock, first=section.first_cycle)
        if observe.done and changing:
            raise ConfigurationError(
                f"{where}: observe.done = {observe.done!r}: the end of the test can be left to the design only if all "
                f"that the design does comes from itself, but its inputs {', '.join(map(repr, changing[:5]))} change "
                f"after cycle {section.first_cycle}",
                remedy="leave observe.done out: the recorded inputs are then replayed to the end of the recording; "
                "or raise campaign.first_cycle.",
            )
        agreeing = run_golden(workload, netlist, stimulus, library, recorded.stored, where)
        check_latches(where, netlist, workload)
        if observe.done:
            workload.times["tail"] = self._tail(workload, watch_list, where)
        self._check_quiet(workload, watch_list, where)
        self._played = stimulus
        workload.list_accesses()
        workload.list_traces()
        workload.save()
        return workload, agreeing

    def _stimulus_of(self, workload: Workload, netlist: GateNetlist) -> MapStimulus | None:
        """Return the inputs as the map keeps them, where the workload does not come from the design itself."""
        if self._configuration.observe.done:
            return None
        end, stimulus = workload.times["end"], self._played
        clock = self._observe.clock
        before = [np.zeros(len(nets), np.uint8) for nets in netlist.inputs.values()]
        for place, name in enumerate(netlist.inputs):
            signal = stimulus.signal(name) if name != clock else None
            if signal is not None:
                bits = first_levels(signal, stimulus)
                before[place] = np.where(bits == UNKNOWN, 0, bits).astype(np.uint8)
        rows = np.array(workload.array("input")[: end + 1])
        first = np.packbits(np.concatenate(before), bitorder="little")
        packed = np.concatenate([np.pad(first, (0, rows.shape[1] - len(first)))[None], rows])
        kept = [name for name in netlist.inputs if name != clock]
        bits = np.unpackbits(packed, axis=1, bitorder="little")
        ends = np.cumsum([len(nets) for nets in netlist.inputs.values()])
        parts = dict(zip(netlist.inputs, np.split(bits[:, : ends[-1]], ends[:-1], axis=1), strict=True))
        columns = [parts[name] for name in kept] or [np.zeros((len(packed), 0), np.uint8)]
        period = round(stimulus.clock.period * stimulus.waveform.step_ps)
        return MapStimulus(
            period,
            stimulus.clock.first_edge == 0,
            tuple(kept),
            tuple(len(netlist.inputs[name]) for name in kept),
            np.packbits(np.concatenate(columns, axis=1), axis=1, bitorder="little"),
        )

    def _limit(self, recorded: _Recorded, stimulus: Stimulus) -> int:
        """Return the last cycle that a machine may take: that in which `timeout_factor` times the run is over."""
        factor = self._configuration.campaign.timeout_factor
        first, period = stimulus.clock.first_edge, stimulus.clock.period
        if recorded.golden is None:
            run = first + stimulus.end * period
        else:
            run = round(json.loads(recorded.golden.path.read_text())["end"] * recorded.golden.step_ps)
            run = round(run / stimulus.waveform.step_ps)
        return max(stimulus.end + 1, int((round(run * factor) - first) // period))

    def _tail(self, workload: Workload, watch_list: WatchList, where: str) -> int:
        number = next(i for i, watch in enumerate(watch_list.watches) if watch.role is Role.DONE)
        first, end = workload.times["first"], workload.times["end"]
        done = shown_column(workload, workload.shapes.watches[number]["first"])[: end + 1]
        rises = np.flatnonzero(done)
        if not len(rises):
            raise ConfigurationError(
                f"{where}: observe.done = {watch_list.watches[number].signal!r} never goes high in the golden run, "
                f"which ends in cycle {end}",
                remedy="name the signal that the test waits for.",
            )
        if rises[0] < first:
            raise ConfigurationError(
                f"{where}: observe.done = {watch_list.watches[number].signal!r} is high in cycle {rises[0]}, before "
                f"campaign.first_cycle = {first}",
                remedy="name a signal that goes high when the design is done.",
            )
        return int(end - rises[0])

    def _check_quiet(self, workload: Workload, watch_list: WatchList, where: str) -> None:
        first, end = workload.times["first"], workload.times["end"]
        for watch, shape in zip(watch_list.watches, workload.shapes.watches, strict=True):
            if watch.role not in (Role.ALARM, Role.CORRECTION):
                continue
            for place in range(shape["first"], shape["first"] + shape["width"]):
                high = np.flatnonzero(shown_column(workload, place)[first : end + 1])
                if len(high):
                    key = "alarms" if watch.role is Role.ALARM else "corrected"
                    raise ConfigurationError(
                        f"{where}: observe.{key}: {watch.signal!r} is high in cycle {first + int(high[0])} without "
                        "any upset",
                        remedy="name only signals that stay low in a run that is right, or raise campaign.first_cycle.",
                    )

    # ------------------------------------------------------------------ upsets

    def _cycles(self, workload: Workload) -> tuple[int, int]:
        first, end = workload.times["first"], workload.times["end"]
        last = self._configuration.campaign.last_cycle
        if last is not None and last >= end:
            raise ConfigurationError(
                f"{self._campaign_file}: campaign.last_cycle = {last}: the test lasts {end} cycles",
                remedy=f"choose a cycle from 0 to {end - 1}.",
            )
        return first, end if last is None else last + 1

    def _rows(
        self, netlist: GateNetlist, workload: Workload, recorded: _Recorded
    ) -> tuple[NDArray[np.int32], NDArray[np.void]]:
        """Return the engine's numbers of the bits that the campaign chooses, and what they are."""
        targets = recorded.targets.targets
        section = self._configuration.campaign
        chosen = choose_targets(targets, section, self._campaign_file, recorded.targets.removed)
        bits = {(flip_flop.name, flip_flop.bit): number for number, flip_flop in enumerate(netlist.flip_flops)}
        memories = {memory.name: number for number, memory in enumerate(netlist.memories)}
        numbers: list[int] = []
        rows: list[tuple[int, int, int]] = []
        lost: list[str] = []
        for index in chosen:
            for word in range(targets[index].words):
                for bit in range(targets[index].width):
                    stored, place, offset = self._place(recorded, index, word, bit)
                    memory = memories.get(stored.name) if stored.kind is TargetKind.MEMORY else None
                    if memory is not None:
                        shape = workload.shapes.memories[memory]
                        number: int | None = shape["first_row"] + place * shape["width"] + offset
                    else:
                        number = bits.get((stored.name, stored.lsb + offset))
                    if number is None:
                        lost.append(f"{stored.src}: {stored.name}[{stored.lsb + bit}]")
                        continue
                    numbers.append(number)
                    rows.append((index, word, bit))
        if lost:
            raise refusal(
                str(self._campaign_file), [f"{name} is not among the flip-flops of its gates" for name in lost]
            )
        table = np.array(rows, dtype=[("target", "<u4"), ("word", "<u4"), ("bit", "<u4")])
        return np.array(numbers, np.int32), table

    def _place(self, recorded: _Recorded, index: int, word: int, bit: int) -> tuple[Target, int, int]:
        """Return where a bit of a target is in the netlist: register or memory, word and bit of it."""
        if self._access is None:
            return recorded.stored[index], word, bit
        cells, target = self._access.targets[index].cells, recorded.targets.targets[index]
        if target.kind is TargetKind.MEMORY:
            (cell,) = cells
            return recorded.stored[cell.row], target.words - 1 - word if cell.reversed else word, bit
        cell = next(c for c in cells if c.place <= bit < c.place + c.width)
        return recorded.stored[cell.row], 0, cell.first + bit - cell.place

    def _follow(self, workload: Workload, netlist: GateNetlist) -> list[dict[str, Any]]:
        parts = min(self._jobs, max(1, len(netlist.flip_flops)))
        for part, members in enumerate(_shares(netlist, parts)):
            workload.put(f"flip_flops_{part}", members, np.int32)
        processes = [
            subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "radtest.inject.exhaustive.worker",
                    str(workload.folder),
                    str(part),
                    str(parts),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
            for part in range(parts)
        ]
        try:
            with ThreadPoolExecutor(parts) as pool:
                told: dict[int, tuple[int, int]] = {}
                return list(pool.map(lambda item: self._listen(item[0], item[1], workload, told), enumerate(processes)))
        finally:
            for process in processes:
                process.kill()
                process.communicate()

    def _listen(
        self, part: int, process: subprocess.Popen[str], workload: Workload, told: dict[int, tuple[int, int]]
    ) -> dict[str, Any]:
        first, limit = workload.times["first"], workload.times["limit"]
        answer: dict[str, Any] = {}
        for line in process.stdout or ():
            answer = json.loads(line)
            if "cycle" in answer:
                told[part] = answer["cycle"], answer["followed"]
                done = min(cycle for cycle, _ in told.values())
                self._observer.cycle(done - first, limit - first, sum(followed for _, followed in told.values()))
        if process.wait() != 0 or answer.get("status") != 0:
            said = (process.stderr.read() if process.stderr else "").strip()[-500:]
            raise InjectionError(
                f"{self._campaign_file}: a process of the engine ended with status {process.returncode}: "
                f"{said or 'no message'}",
                remedy=f"free space where {workload.folder} is, or give fewer --jobs if memory ran out.",
            )
        return answer

    def _facts(
        self, recorded: _Recorded, netlist: GateNetlist, agreeing: int, workload: Workload
    ) -> dict[str, str | int | float]:
        configuration = self._configuration
        return {
            "title": f"every upset in {configuration.design.top}",
            "part": configuration.design.top,
            "model": FaultModel.SEU.value,
            "campaign_file": str(self._campaign_file.resolve()),
            "configuration": self._campaign.text,
            "design_sha256": design_sha256(configuration, self._campaign_file),
            "simulator": recorded.simulator,
            "stimulus": "closed" if configuration.observe.done else "recorded",
            "golden_cycles": workload.times["end"],
            "limit_cycles": workload.times["limit"],
            "clock_period_ps": recorded.golden.clock_period_ps if recorded.golden else 0,
            "gates": len(netlist.gates),
            "flip_flops": len(netlist.flip_flops),
            "checked_bits": agreeing,
            "program_name": f"radtest {__version__}",
        }


def _named_as_in(access: Access, observe: ObserveSection) -> ObserveSection:
    """Return the signals of a VHDL design as the Verilog made of it names them."""

    def named(name: str) -> str:
        return access.names.get(name.lower(), name.lower())

    outputs = tuple(
        OutputSignal(signal=named(output.signal), valid=named(output.valid) if output.valid else None)
        for output in observe.outputs
    )
    return observe.model_copy(
        update={
            "clock": named(observe.clock),
            "outputs": outputs,
            "alarms": tuple(map(named, observe.alarms)),
            "corrected": tuple(map(named, observe.corrected)),
            "done": named(observe.done) if observe.done else None,
        }
    )


def _shares(netlist: GateNetlist, parts: int) -> list[list[int]]:
    """Return the flip-flops of each part: whole registers, and about as many in each."""
    shares: list[list[int]] = [[] for _ in range(parts)]
    registers = [[n for n, _ in some] for _, some in groupby(enumerate(netlist.flip_flops), lambda item: item[1].name)]
    for register in sorted(registers, key=len, reverse=True):
        min(shares, key=len).extend(register)
    return [sorted(share) for share in shares]
