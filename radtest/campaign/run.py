"""One run: arm, power, configure, count under beam until a rule stops it, verify, power down."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

from radtest.campaign.bench import Bench
from radtest.campaign.configuration import BeamCampaignConfiguration, IonModel
from radtest.campaign.dosed import Dosed, compare_dosed, write_dosed
from radtest.campaign.exposure import Exposure
from radtest.campaign.guard import Guard, LatchUpPersistsError, LatchUpSeen, OperatorStop
from radtest.campaign.interruption import StopSwitch
from radtest.campaign.ledger import RunLedger
from radtest.campaign.observer import CampaignObserver, RunProgress
from radtest.campaign.rules import Standing, dose_rad, nearness, reached
from radtest.campaign.run_beam import RunBeam
from radtest.campaign.surroundings import Surroundings
from radtest.campaign.telemetry import SupplyTelemetry
from radtest.core import Clock, InstrumentError, StopReason
from radtest.guard import Cause, GuardLostError
from radtest.instruments import ChannelSample, DeviceSilentError, MemoryScan, ReportingDevice
from radtest.log import Journal

__all__ = ["BeamRun"]

_MOST_CONNECTIONS_LOST = 10


class BeamRun:
    """The engine of one run.

    Parameters
    ----------
    bench : Bench
        The instruments.
    configuration : BeamCampaignConfiguration
        The campaign.
    ion : IonModel
        The ion of this run.
    journal : Journal
        Where everything is written.
    start_time_ns : int
        Start of the run, ns on the campaign's clock.
    clock : Clock
        The campaign's clock.
    stop : StopSwitch
        The operator's request to stop.
    observer : CampaignObserver
        Hears how it goes.
    """

    def __init__(
        self,
        bench: Bench,
        configuration: BeamCampaignConfiguration,
        ion: IonModel,
        journal: Journal,
        *,
        start_time_ns: int,
        clock: Clock,
        stop: StopSwitch,
        observer: CampaignObserver,
    ) -> None:
        self._bench = bench
        self._configuration = configuration
        self._ion = ion
        self._rules = configuration.stop_of(ion)
        self._journal = journal
        self._clock = clock
        self._observer = observer
        self._stop = stop
        self._marks = 0
        self._telemetry = SupplyTelemetry(journal, configuration.channels)
        self._surroundings = Surroundings(
            bench.further,
            ion,
            journal,
            observer.remark,
            lambda: self._ledger.since_start_ns(clock.now_ns()),
        )
        self._guard = Guard(
            bench.guard, configuration.guard.silence_s, clock, stop, self._supply_sampled, observer.remark
        )
        self._ledger = RunLedger(journal, configuration, ion, start_time_ns)
        self._beam = RunBeam(
            bench.beam, configuration, ion, journal, self._surroundings, clock, observer.remark, start_time_ns
        )
        self._comparison: Future[Dosed[MemoryScan]] | None = None
        self._compared_ns: int | None = None
        self._next_scan_ns = 0
        self._next_fluence_ns = 0
        self._silences_in_a_row = 0
        self._connections_lost = 0

    def execute(self) -> StopReason:
        """Make the run and return why it ended; the device is left without power and the beam off.

        Raises
        ------
        InstrumentError
            If an instrument or the device fails. Whatever was switched stays as it is: see `Bench.make_safe`.
        """
        try:
            self._prepare()
            reason = self._expose()
            self._beam.stop()
            self._close_exposure()
            if reason is not StopReason.OPERATOR:
                self._observer.phase("verify")
                self._verify()
        except OperatorStop:
            self._beam.stop()
            reason = StopReason.OPERATOR
        except LatchUpSeen as seen:
            raise InstrumentError(
                f"the device latched up outside the beam ({seen})",
                remedy="check the device and its current levels in [[channels]].",
            ) from seen
        self._guard.power_down()
        for late in self._guard.late:
            self._ledger.strike(late.detections, self._bench.counter.latest().result(), None, late.hold_time_s)
        self._guard.recorded()
        return reason

    def conclude(self) -> None:
        """Write the run's figures of quality; the last thing before its end."""
        self._telemetry.flush()
        self._surroundings.close()
        self._note_marks()
        self._note_reports()
        self._beam.close()
        self._ledger.close()

    @property
    def exposure(self) -> Exposure:
        """Live and dead fluence of the run."""
        return self._ledger.exposure

    def progress(self) -> RunProgress:
        """Return where the run stands."""
        return RunProgress(
            time_s=self._beam.time_s,
            events=self._ledger.upsets,
            latch_ups=self._ledger.latch_ups,
            interrupts=self._ledger.interrupts,
            fluence_cm2=self.exposure.fluence_cm2,
            live_fluence_cm2=self.exposure.live_fluence_cm2,
            fraction=nearness(self._rules, self._standing()),
            flux_out_of_range=self._beam.flux_out_of_range,
        )

    def _standing(self) -> Standing:
        return Standing(
            events=self._ledger.upsets,
            live_fluence_cm2=self.exposure.live_fluence_cm2 + self.exposure.pending_fluence_cm2,
            time_s=self._beam.time_s,
            latch_ups=self._ledger.latch_ups,
            interrupts=self._ledger.interrupts,
            dose_rad=dose_rad(self._ion.let_mev_cm2_mg, self.exposure.fluence_cm2),
            flux_lost=self._beam.flux_lost,
        )

    def _prepare(self) -> None:
        """Arm, power, configure, and take the beam as far as it goes without being on."""
        self._observer.phase("arm")
        self._bench.beam.switch_off()
        self._surroundings.begin()
        self._guard.arm()
        self._observer.phase("power")
        self._guard.power_up()
        self._settle()
        self._observer.phase("configure")
        self._bench.counter.start()
        self._beam.tune()
        self._initialise()
        found = self._guard.wait_for(self._bench.dut.scan())
        if found.upsets or found.overflow:
            raise InstrumentError(
                f"{self._bench.dut.place}: {len(found.upsets)}{' or more' if found.overflow else ''} bits do not hold "
                "the pattern before there is any beam",
                remedy="check device, voltage and temperature.",
            )
        self._beam.wait_until_ready(self._guard.tick)

    def _settle(self) -> None:
        """Wait, under guard, until temperature and degrader are as the run wants them."""
        begun_ns = now_ns = self._clock.now_ns()
        said = False
        while self._surroundings.unsettled(now_ns, (now_ns - begun_ns) / 1e9) is not None:
            if not said:
                self._observer.phase("settle")
                said = True
            now_ns = self._guard.tick()

    def _expose(self) -> StopReason:
        """Count under beam until a rule is met, getting over whatever strikes."""
        self._observer.phase("count")
        # The beam is off: this reading is exact.
        self._ledger.go_live(self._clock.now_ns(), self._bench.counter.latest().result())
        self._beam.switch_on()
        self._next_scan_ns = self._clock.now_ns() + self._scan_period_ns
        while True:
            try:
                self._heal()
                if self._stop.paused:
                    self._pause()
                if not self.exposure.live:
                    written = self._initialise()
                    self._ledger.go_live(self._clock.now_ns(), written.counts, written)
                    if self._beam.shut:
                        self._beam.switch_on()
                reason = self._count()
                if reason is None:
                    continue
                return reason
            except LatchUpSeen as latch_up:
                seen = latch_up
            except DeviceSilentError:
                seen = self._guard.explain_silence()
            except OperatorStop:
                if not self.exposure.live or self._stop.aborted:
                    raise
                # The device is well: what it holds is still read, under guard, before it is switched off.
                self._guard.heed_operator = False
                return StopReason.OPERATOR
            except InstrumentError as error:
                self._lose_connection(error)
                continue
            self._recover(seen)
            reason = self._rule_reached()
            if reason is not None:
                return reason

    def _lose_connection(self, error: InstrumentError) -> None:
        """An instrument was lost: what was not read from it does not count. Raises the error where none was."""
        self._connections_lost += 1
        given_up = self._connections_lost > _MOST_CONNECTIONS_LOST
        if isinstance(error, GuardLostError) or self._guard.gave_up or given_up or not self._bench.lost():
            raise error
        self._ledger.lose()
        self._journal.quality(
            "connection_lost",
            self._ledger.since_start_ns(self._clock.now_ns()) / 1e9,
            "s",
            f"after the start of the run: {error.message}",
        )

    def _heal(self) -> None:
        """Find lost instruments again, and with them the beam as it should be."""
        for instrument in self._bench.lost():
            instrument.heal(said=self._observer.remark)
            if instrument is self._bench.beam and not self._beam.shut:
                self._beam.shut_off()
        if not self.exposure.live:
            self._abandon_what_was_lost()

    def _abandon_what_was_lost(self) -> None:
        comparison, self._comparison, self._compared_ns = self._comparison, None, None
        if comparison is not None:
            comparison.exception()

    def _count(self) -> StopReason | None:
        """Count until a rule is met, and return which, or until the operator asks for a pause."""
        while not self._stop.paused:
            if self._compared_ns is None and self._comparison is not None and self._comparison.done():
                self._compared_ns = self._clock.now_ns()
            now_ns = self._guard.tick()
            if self._compared_ns is not None and self._guard.calm_since(self._compared_ns):
                self._take_comparison()
            if self._comparison is None and now_ns >= self._next_scan_ns:
                self._comparison = self._compare()
                self._next_scan_ns = max(self._next_scan_ns + self._scan_period_ns, now_ns)
            if now_ns >= self._next_fluence_ns:
                self._read_fluence()
                self._next_fluence_ns = now_ns + round(self._configuration.dosimetry.period_s * 1e9)
                self._note_marks()
                self._observer.progress(self.progress())
                reason = self._rule_reached()
                if reason is not None:
                    return reason
        return None

    def _pause(self) -> None:
        """Stop the beam, read out what there is, and wait under guard until the operator lets the run go on."""
        self._observer.phase("pause")
        from_ns = self._clock.now_ns()
        try:
            self._beam.shut_off()
            if self.exposure.live:
                self._believe()
                self._comparison = self._compare()
                self._believe()
                self._read_fluence()
                self._ledger.lose()
            while self._stop.paused:
                self._guard.tick()
        finally:
            self._beam.paused_ns += self._clock.now_ns() - from_ns
        self._observer.phase("count")

    def _note_reports(self) -> None:
        """Enter what the device has said by itself."""
        if isinstance(self._bench.dut, ReportingDevice):
            for report in self._bench.dut.take_reports():
                self._ledger.report(report)

    def _note_marks(self) -> None:
        for text in self._stop.take_marks():
            self._marks += 1
            time_s = self._ledger.since_start_ns(self._clock.now_ns()) / 1e9
            self._journal.quality(f"mark_{self._marks}", time_s, "s", text)

    def _close_exposure(self) -> None:
        """With the beam off, compare once more, so that all that passed since the last comparison counts."""
        try:
            if self.exposure.live:
                self._believe()
                self._comparison = self._compare()
                self._believe()
        except LatchUpSeen as seen:
            self._recover(seen)
        except DeviceSilentError:
            self._recover(self._guard.explain_silence())
        self._read_fluence()

    def _believe(self) -> None:
        comparison = self._comparison
        if comparison is None:
            return
        self._guard.wait_for(comparison)
        self._take_comparison()

    def _verify(self) -> None:
        """Tell whether the device still works: every bit must hold both a pattern and its inverse."""
        failing = 0
        for pattern in self._bench.dut.verification_patterns:
            self._guard.wait_for(self._bench.dut.write_pattern(pattern))
            found = self._guard.wait_for(self._bench.dut.scan())
            failing += len(found.upsets)
        self._journal.quality(
            "failing_bits_after", failing, "1", f"beam off: {', '.join(self._bench.dut.verification_patterns)}"
        )

    def _initialise(self) -> Dosed[int]:
        """Bring tester and array into their initial state."""
        self._comparison = self._compared_ns = None
        self._guard.wait_for(self._bench.dut.reset())
        pattern = self._configuration.device.pattern
        return self._guard.wait_for(write_dosed(self._bench.dut, self._bench.counter, self._clock, pattern))

    def _compare(self) -> Future[Dosed[MemoryScan]]:
        return compare_dosed(self._bench.dut, self._bench.counter, self._clock)

    def _take_comparison(self) -> None:
        """Count the upsets of a comparison that is believed."""
        comparison, self._comparison, self._compared_ns = self._comparison, None, None
        if comparison is None:
            return
        done = comparison.result()
        if done.result.overflow:
            raise DeviceSilentError(
                f"{self._bench.dut.place}: more mismatches than the tester can list: the array has lost its contents"
            )
        self._note_reports()
        self._ledger.believe(done)
        self._silences_in_a_row = 0

    def _recover(self, seen: LatchUpSeen) -> None:
        """Bring the device back after a latch-up or a functional interrupt, and record it."""
        self._ledger.lose()
        self._surroundings.beam_off()
        at_cut = self._bench.counter.count()
        try:
            seen, report = self._guard.clear(seen, before_restore=self._beam.shut_off)
        except (OperatorStop, InstrumentError):
            self._ledger.strike(seen.detections, self._counts(at_cut), None, seen.hold_time_s)
            raise
        self._ledger.strike(seen.detections, self._counts(at_cut), report, seen.hold_time_s)
        self._guard.recorded()
        self._abandon_comparison()
        self._read_fluence()
        if report.cause is Cause.SILENCE:
            self._silences_in_a_row += 1
        self._observer.latch_up(report)
        if not report.cleared or self._silences_in_a_row > self._configuration.guard.attempts:
            self._guard.power_down()
            raise LatchUpPersistsError(
                f"THE DEVICE DID NOT COME BACK after {report.attempts} power cycles ({seen}). ITS POWER IS OFF",
                remedy="leave it off; check device and board before any further run.",
            )

    def _counts(self, reading: Future[int]) -> int:
        """Return a reading of the counter; a later one where the connection broke over it."""
        counter = self._bench.counter
        try:
            return reading.result()
        except InstrumentError:
            if not counter.lost:
                raise
            counter.heal(said=self._observer.remark)
            return counter.latest().result()

    def _abandon_comparison(self) -> None:
        """Wait for a scan that is under way; its upsets died with the device."""
        comparison, self._comparison, self._compared_ns = self._comparison, None, None
        error = None if comparison is None else comparison.exception()
        if error is not None and not isinstance(error, DeviceSilentError):
            raise error

    def _rule_reached(self) -> StopReason | None:
        return reached(self._rules, self._standing())

    def _read_fluence(self) -> None:
        counts = self._bench.counter.latest().result()
        now_ns = self._clock.now_ns()
        self._ledger.read(now_ns, counts)
        self._beam.observe(now_ns, self.exposure.fluence_cm2, counts)

    @property
    def _scan_period_ns(self) -> int:
        return round(self._configuration.scan.period_s * 1e9)

    def _supply_sampled(self, time_ns: int, samples: Sequence[ChannelSample]) -> None:
        since_start_ns = self._ledger.since_start_ns(time_ns)
        self._telemetry.add(since_start_ns, samples)
        self._surroundings.sample(since_start_ns)
