"""A whole campaign: one run per ion, each sealed into its own file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from radtest import __version__
from radtest.campaign.bench import Bench, open_bench
from radtest.campaign.configuration import BeamCampaignConfiguration, IonModel
from radtest.campaign.folder import CampaignFolder
from radtest.campaign.guard import LatchUpPersistsError
from radtest.campaign.interruption import StopSwitch, operator_stop
from radtest.campaign.observer import CampaignObserver, RunResult
from radtest.campaign.run import BeamRun
from radtest.campaign.simulation import SimulatedStation
from radtest.core import Clock, RadtestError, RunEnd, RunHeader, ScaledClock, StopReason, StorageError, SystemClock
from radtest.instruments import supply_shortfalls
from radtest.log import Journal, journal_name, seal

__all__ = ["CampaignResult", "run_campaign"]

Acknowledged = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class CampaignResult:
    """What a campaign has left behind.

    Parameters
    ----------
    folder : Path
        Where the sealed files are.
    runs : tuple of RunResult
        Runs made now.
    skipped : int
        Ions whose finished runs were there already.
    recovered : tuple of Path
        Runs of a dead process that were sealed now.
    interrupted : bool
        Whether the operator stopped the campaign.
    shortfalls : mapping of str to str
        What the supply cannot do, in words, by the name of what is missing.
    """

    folder: Path
    runs: tuple[RunResult, ...]
    skipped: int
    recovered: tuple[Path, ...]
    interrupted: bool
    shortfalls: Mapping[str, str]


def run_campaign(
    configuration: BeamCampaignConfiguration,
    text: str,
    folder: str | Path,
    *,
    station: SimulatedStation | None = None,
    resume: bool = False,
    observer: CampaignObserver | None = None,
    clock: Clock | None = None,
    stop: StopSwitch | None = None,
    acknowledged: Acknowledged | None = None,
) -> CampaignResult:
    """Run a beam campaign.

    Parameters
    ----------
    configuration : BeamCampaignConfiguration
        The campaign.
    text : str
        The text of its file, which becomes part of every record.
    folder : str or Path
        Where the runs go; made where it does not exist.
    station : SimulatedStation, optional
        Rehearse on this station instead of the instruments the file names. The records say so.
    resume : bool
        Go on with the campaign in `folder`: skip finished runs, seal what a dead process has left, repeat the rest.
    observer : CampaignObserver, optional
        Hears how it goes.
    clock : Clock, optional
        Time; of the station where there is one, of the day otherwise.
    stop : StopSwitch, optional
        Ends the campaign when pressed. Where omitted, Ctrl-C and SIGTERM press one.
    acknowledged : callable, optional
        Called with run number and event number after that event and all before it are durable.

    Returns
    -------
    CampaignResult
        What was made. A campaign that the operator stopped returns as well, with `interrupted` set.

    Raises
    ------
    AddressError
        If an instrument is not where the file says.
    BusyError
        If the folder is in use, or holds something and `resume` is not set.
    ConfigurationError
        If the instruments cannot do what the file asks.
    InstrumentError
        If an instrument or the device fails during a run. The run is sealed as a fault, beam and power are off, and the
        message says where one could not be switched.
    """
    observer = observer or CampaignObserver()
    if clock is None:
        clock = ScaledClock(station.speed) if station else SystemClock()
    CampaignFolder.refuse_if_busy(Path(folder), resume=resume)
    with ExitStack() as stack:
        # Instruments first: a campaign that cannot start leaves no folder behind.
        bench = stack.enter_context(
            open_bench(
                configuration,
                clock=clock,
                addresses=station.addresses if station else None,
                token=station.token if station else None,
            )
        )
        home = stack.enter_context(CampaignFolder(folder, resume=resume))
        bench.guard.say("record", path=str(home.guard_log(bench.guard.process_id)))
        for told in home.guards_words():
            observer.remark(told)
        recovered = home.seal_dead_runs()
        for path in recovered:
            observer.recovered(path)
        left = home.remaining(configuration)
        skipped = len(configuration.ions) - len(left)
        observer.campaign_started(len(left), skipped)
        shortfalls = campaign_shortfalls(configuration)
        for shortfall in shortfalls.values():
            observer.warning(shortfall)
        if stop is None:
            stop = stack.enter_context(operator_stop())
        crew = _Crew(bench, configuration, text, home, station, observer, clock, stop, acknowledged)
        results: list[RunResult] = []
        for index, ion in enumerate(left, start=1):
            if stop.pressed:
                break
            results.append(crew.make_run(ion, index, len(left)))
            if results[-1].end.stop_reason is StopReason.OPERATOR:
                break
        return CampaignResult(home.path, tuple(results), skipped, tuple(recovered), stop.pressed, shortfalls)


def campaign_shortfalls(configuration: BeamCampaignConfiguration) -> dict[str, str]:
    """Return what the supply cannot do; that it has no watchdog only where the file counts on one."""
    found = supply_shortfalls(configuration.roles.supply.driver)
    if "watchdog_s" not in configuration.guard.model_fields_set:
        found.pop("watchdog", None)
    return found


@dataclass(frozen=True, slots=True)
class _Crew:
    """What all runs of a campaign share."""

    bench: Bench
    configuration: BeamCampaignConfiguration
    text: str
    home: CampaignFolder
    station: SimulatedStation | None
    observer: CampaignObserver
    clock: Clock
    stop: StopSwitch
    acknowledged: Acknowledged | None

    def make_run(self, ion: IonModel, index: int, runs: int) -> RunResult:
        """Make one run and seal it, however it ends."""
        header = self._header(ion)
        self.observer.run_started(header, index, runs)
        path = self.home.path / journal_name(header)
        with Journal.create(path, header, acknowledged=self._hook(header.run_number)) as journal:
            for name, words in campaign_shortfalls(self.configuration).items():
                journal.quality(name, 0.0, "", words)
            if self.station is not None:
                journal.quality(
                    "simulated",
                    self.station.speed,
                    "s/s",
                    f"rehearsal on a simulated station, seed {self.station.seed}",
                )
            run = BeamRun(
                self.bench,
                self.configuration,
                ion,
                journal,
                start_time_ns=header.start_time_ns,
                clock=self.clock,
                stop=self.stop,
                observer=self.observer,
            )
            try:
                reason = run.execute()
                end = self._end(run, journal, reason, valid=not self.stop.aborted)
            except BaseException as error:
                self._fail(error, run, journal)
                raise
        self.observer.phase("seal")
        sealed = seal(path, remove_journal=True)
        result = RunResult(header, end, sealed, run.progress(), run.exposure.dead_time_ns / 1e9)
        self.observer.run_ended(result)
        return result

    def _fail(self, error: BaseException, run: BeamRun, journal: Journal) -> None:
        """Make the device safe, seal what there is as a fault, and add both to the message of the error."""
        problems = self.bench.make_safe()
        said = (
            ["beam and device power were switched off"]
            if not problems
            else [f"COULD NOT BE MADE SAFE, {problem}" for problem in problems]
        )
        try:
            reason = StopReason.LATCHED if isinstance(error, LatchUpPersistsError) else StopReason.FAULT
            self._end(run, journal, reason, valid=False)
            journal.close()
            said.append(f"the run up to here is kept in {seal(journal.path, remove_journal=True)}")
        except StorageError as trouble:
            said.append(f"the run up to here is in {journal.path}, which could not be sealed: {trouble.message}")
        if isinstance(error, RadtestError):
            error.message += "".join(f"\n  {line}" for line in said)
        else:
            for line in said:
                error.add_note(line)

    def _end(self, run: BeamRun, journal: Journal, reason: StopReason, *, valid: bool) -> RunEnd:
        run.conclude()
        end = RunEnd(self.clock.now_ns(), reason, valid)
        journal.end(end)
        return end

    def _header(self, ion: IonModel) -> RunHeader:
        title = f"{self.configuration.title}: {ion.particle} {ion.energy_mev:g} MeV"
        if self.station is not None:
            title += " (rehearsal on a simulated station)"
        return RunHeader(
            run_number=self.home.next_run_number(),
            title=title,
            start_time_ns=self.clock.now_ns(),
            source=ion.beam(),
            device=self.configuration.device_of(ion),
            configuration=self.text,
            program_name=f"radtest {__version__}",
            facility=self.configuration.facility,
            operator=self.configuration.operator,
        )

    def _hook(self, run_number: int) -> Callable[[int], None] | None:
        acknowledged = self.acknowledged
        if acknowledged is None:
            return None
        return lambda sequence: acknowledged(run_number, sequence)
