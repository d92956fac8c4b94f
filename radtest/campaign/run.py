"""One run: arm, power, configure, count under beam until a rule stops it, verify, power down."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import Future

from radtest.campaign.bench import Bench
from radtest.campaign.configuration import BeamCampaignConfiguration, IonModel
from radtest.campaign.detector import Cause, Detection
from radtest.campaign.dosed import Dosed, compare_dosed, write_dosed
from radtest.campaign.exposure import Exposure
from radtest.campaign.guard import Guard, LatchUpPersistsError, LatchUpSeen, OperatorStop
from radtest.campaign.interruption import StopSwitch
from radtest.campaign.observer import CampaignObserver, LatchUpReport, RunProgress
from radtest.campaign.rules import nearness, reached
from radtest.campaign.telemetry import SupplyTelemetry
from radtest.core import Clock, Effect, Event, InstrumentError, StopReason
from radtest.instruments import ChannelSample, DeviceSilentError, MemoryScan
from radtest.log import Journal

__all__ = ["BeamRun"]

_TUNING_TIMEOUT_S = 3600.0


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
        self._start_ns = start_time_ns
        self._clock = clock
        self._observer = observer
        self._telemetry = SupplyTelemetry(journal, configuration.channels)
        self._guard = Guard(
            bench.supply, configuration.channels, configuration.guard, clock, stop, self._supply_sampled
        )
        self.exposure = Exposure()
        self._beam_on_ns: int | None = None
        self._beam_off_ns: int | None = None
        self._beam_shut = False
        self._comparison: Future[Dosed[MemoryScan]] | None = None
        self._next_scan_ns = 0
        self._next_fluence_ns = 0
        self._events = 0
        self._latch_ups = 0
        self._interrupts = 0
        self._scans = 0
        self._largest_scan = 0
        self._silences_in_a_row = 0
        self._cut_fluence_cm2: float | None = None
        self._unpowered_fluence_cm2 = 0.0
        self._last_scan: Dosed[MemoryScan] | None = None
        self._bracket_counts = 0

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
            self._stop_beam()
            self._close_exposure()
            if reason is not StopReason.OPERATOR:
                self._observer.phase("verify")
                self._verify()
        except OperatorStop:
            self._stop_beam()
            reason = StopReason.OPERATOR
        except LatchUpSeen as seen:
            raise InstrumentError(
                f"the device latched up outside the beam ({_words(seen.detection)})",
                remedy="check the device and its current levels in [[channels]].",
            ) from seen
        self._guard.power_down()
        return reason

    def conclude(self) -> None:
        """Write the run's figures of quality; the last thing before its end."""
        self._telemetry.flush()
        exposure = self.exposure
        unpowered = self._unpowered_fluence_cm2
        if self._cut_fluence_cm2 is not None:
            unpowered += exposure.fluence_cm2 - self._cut_fluence_cm2
        figures: tuple[tuple[str, float, str, str], ...] = (
            ("total_fluence_cm2", exposure.fluence_cm2, "1/cm2", "from the counter, first to last reading"),
            ("live_fluence_cm2", exposure.live_fluence_cm2, "1/cm2", "between the pattern and scans that are believed"),
            (
                "powered_fluence_cm2",
                exposure.fluence_cm2 - unpowered,
                "1/cm2",
                "during which a latch-up could strike: all but from each cut to the device's return",
            ),
            (
                "live_fluence_bracket_cm2",
                self._fluence(self._bracket_counts / 2),
                "1/cm2",
                "live fluence is exact within this: half the fluence of the scans and writes that bound its intervals",
            ),
            ("live_time_s", exposure.live_time_ns / 1e9, "s", ""),
            ("dead_time_s", exposure.dead_time_ns / 1e9, "s", "latched up, without power, or lost with the scan"),
            ("upsets", self._events, "1", ""),
            ("latch_ups", self._latch_ups, "1", ""),
            ("functional_interrupts", self._interrupts, "1", ""),
            ("scans", self._scans, "1", ""),
            (
                "saturation",
                self._largest_scan / self._configuration.device.bits,
                "1",
                "upsets of the largest scan per bit: the chance that one more hits a bit twice",
            ),
        )
        for name, value, unit, detail in figures:
            self._journal.quality(name, value, unit, detail)

    def progress(self) -> RunProgress:
        """Return where the run stands."""
        time_s = self._beam_time_s()
        live = self.exposure.live_fluence_cm2 + self.exposure.pending_fluence_cm2
        return RunProgress(
            time_s=time_s,
            events=self._events,
            latch_ups=self._latch_ups,
            interrupts=self._interrupts,
            fluence_cm2=self.exposure.fluence_cm2,
            live_fluence_cm2=self.exposure.live_fluence_cm2,
            fraction=nearness(
                self._rules, events=self._events, live_fluence_cm2=live, time_s=time_s, latch_ups=self._latch_ups
            ),
        )

    def _prepare(self) -> None:
        """Arm, power, configure, and take the beam as far as it goes without being on."""
        self._observer.phase("arm")
        self._bench.beam.switch_off()
        self._guard.arm()
        self._observer.phase("power")
        self._guard.power_up()
        self._observer.phase("configure")
        self._bench.counter.start()
        self._bench.beam.select_ion(self._ion.particle)
        self._bench.beam.set_flux(self._ion.flux_cm2_s)
        self._initialise()
        found = self._guard.wait_for(self._bench.dut.scan())
        if found.upsets or found.overflow:
            raise InstrumentError(
                f"{self._bench.dut.place}: {len(found.upsets)}{' or more' if found.overflow else ''} bits do not hold "
                "the pattern before there is any beam",
                remedy="check device, voltage and temperature.",
            )
        until_ns = self._clock.now_ns() + round(_TUNING_TIMEOUT_S * 1e9)
        while not self._bench.beam.status().ready:
            if self._guard.tick() > until_ns:
                raise InstrumentError(
                    f"{self._bench.beam.place}: {self._ion.particle} is not ready after {_TUNING_TIMEOUT_S:g} s"
                )

    def _expose(self) -> StopReason:
        """Count under beam until a rule is met, getting over whatever strikes."""
        self._observer.phase("count")
        self._go_live(self._bench.counter.count().result())  # the beam is off: this is exact
        self._bench.beam.switch_on()
        self._beam_on_ns = self._clock.now_ns()
        self._next_scan_ns = self._beam_on_ns + self._scan_period_ns
        while True:
            try:
                if not self.exposure.live:
                    written = self._initialise()
                    self._go_live(written.counts, written)
                    if self._beam_shut:
                        self._bench.beam.switch_on()
                        self._beam_shut = False
                return self._count()
            except LatchUpSeen as seen:
                detection = seen.detection
            except DeviceSilentError:
                detection = self._guard.explain_silence()
            except OperatorStop:
                if not self.exposure.live:
                    raise
                # The device is well: what it holds is still read, under guard, before it is switched off.
                self._guard.heed_operator = False
                return StopReason.OPERATOR
            self._recover(detection)
            reason = self._rule_reached()
            if reason is not None:
                return reason

    def _count(self) -> StopReason:
        while True:
            believed = self._comparison is not None and self._comparison.done()
            now_ns = self._guard.tick()
            if believed and self._guard.calm:
                self._take_comparison()
            if self._comparison is None and now_ns >= self._next_scan_ns:
                self._comparison = self._compare()
                self._next_scan_ns = max(self._next_scan_ns + self._scan_period_ns, now_ns)
            if now_ns >= self._next_fluence_ns:
                self._read_fluence()
                self._next_fluence_ns = now_ns + round(self._configuration.dosimetry.period_s * 1e9)
                self._observer.progress(self.progress())
                reason = self._rule_reached()
                if reason is not None:
                    return reason

    def _close_exposure(self) -> None:
        """With the beam off, compare once more, so that all that passed since the last comparison counts."""
        try:
            if self.exposure.live:
                self._believe()
                self._comparison = self._compare()
                self._believe()
        except LatchUpSeen as seen:
            self._recover(seen.detection)
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
        for pattern in ("inverse_checkerboard", "checkerboard"):
            self._guard.wait_for(self._bench.dut.write_pattern(pattern))
            found = self._guard.wait_for(self._bench.dut.scan())
            failing += len(found.upsets)
        self._journal.quality("failing_bits_after", failing, "1", "checkerboard and its inverse, beam off")

    def _initialise(self) -> Dosed[int]:
        """Bring tester and array into their initial state."""
        self._comparison = None
        self._guard.wait_for(self._bench.dut.reset())
        pattern = self._configuration.device.pattern
        return self._guard.wait_for(write_dosed(self._bench.dut, self._bench.counter, self._clock, pattern))

    def _go_live(self, counts: float, written: Dosed[int] | None = None) -> None:
        """From this reading of the counter on, every upset is going to be seen."""
        self._note_bracket(written)
        self._last_scan = None
        fluence = self._fluence(counts)
        self.exposure.begin(self._clock.now_ns(), fluence)
        if self._cut_fluence_cm2 is not None:
            self._unpowered_fluence_cm2 += fluence - self._cut_fluence_cm2
            self._cut_fluence_cm2 = None

    def _compare(self) -> Future[Dosed[MemoryScan]]:
        return compare_dosed(self._bench.dut, self._bench.counter, self._clock)

    def _take_comparison(self) -> None:
        """Count the upsets of a comparison that is believed."""
        comparison, self._comparison = self._comparison, None
        if comparison is None:
            return
        done = comparison.result()
        if done.result.overflow:
            raise DeviceSilentError(
                f"{self._bench.dut.place}: more mismatches than the tester can list: the array has lost its contents"
            )
        fluence = self._fluence(done.counts)
        for upset in done.result.upsets:
            self._journal.event(
                Event(
                    time_ns=max(0, done.time_ns - self._start_ns),
                    kind=Effect.SEU,
                    address=upset.address,
                    bit=upset.bit,
                    expected=upset.expected,
                    observed=upset.observed,
                    fluence_cm2=fluence,
                    channel="memory",
                )
            )
        self.exposure.confirm(done.time_ns, fluence)
        self._events += len(done.result.upsets)
        self._scans += 1
        self._last_scan = done
        self._silences_in_a_row = 0
        self._largest_scan = max(self._largest_scan, len(done.result.upsets))

    def _recover(self, detection: Detection) -> None:
        """Bring the device back after a latch-up or a functional interrupt, and record it."""
        if self.exposure.live:
            self._note_bracket(self._last_scan)
        self.exposure.lose()
        at_cut = self._bench.counter.count()
        report = self._guard.clear(detection, before_restore=self._shut_beam)
        self._cut_fluence_cm2 = self._fluence(at_cut.result())
        self._abandon_comparison()
        self._read_fluence()
        interrupt = detection.cause is Cause.SILENCE
        if interrupt:
            self._interrupts += 1
            self._silences_in_a_row += 1
        else:
            self._latch_ups += 1
        self._journal.event(
            Event(
                time_ns=max(0, detection.detected_ns - self._start_ns),
                kind=Effect.SEFI if interrupt else Effect.SEL,
                fluence_cm2=self._cut_fluence_cm2,
                channel=detection.channel,
                detail=_as_json(report, detection),
            )
        )
        self._observer.latch_up(report)
        if not report.cleared or self._silences_in_a_row > self._configuration.guard.attempts:
            self._guard.power_down()
            raise LatchUpPersistsError(
                f"THE DEVICE DID NOT COME BACK after {report.attempts} power cycles ({_words(detection)}). "
                "ITS POWER IS OFF",
                remedy="leave it off; check device and board before any further run.",
            )

    def _abandon_comparison(self) -> None:
        """Wait for a scan that is under way; its upsets died with the device."""
        comparison, self._comparison = self._comparison, None
        error = None if comparison is None else comparison.exception()
        if error is not None and not isinstance(error, DeviceSilentError):
            raise error

    def _rule_reached(self) -> StopReason | None:
        return reached(
            self._rules,
            events=self._events,
            live_fluence_cm2=self.exposure.live_fluence_cm2 + self.exposure.pending_fluence_cm2,
            time_s=self._beam_time_s(),
            latch_ups=self._latch_ups,
        )

    def _read_fluence(self) -> None:
        counts = self._bench.counter.count().result()
        now_ns = self._clock.now_ns()
        fluence = self._fluence(counts)
        self.exposure.observe(now_ns, fluence)
        self._journal.fluence(max(0, now_ns - self._start_ns), fluence)

    def _beam_time_s(self) -> float:
        if self._beam_on_ns is None:
            return 0.0
        return ((self._beam_off_ns or self._clock.now_ns()) - self._beam_on_ns) / 1e9

    def _note_bracket(self, operation: Dosed[MemoryScan] | Dosed[int] | None) -> None:
        """Add what is uncertain about the end of a live interval: half the counts during the operation that ends it."""
        if operation is not None:
            self._bracket_counts += operation.counts_after - operation.counts_before

    def _shut_beam(self) -> None:
        """Stop the beam until the device is live again: what strikes meanwhile could not be told from what stayed."""
        self._bench.beam.switch_off()
        self._beam_shut = True

    def _stop_beam(self) -> None:
        self._bench.beam.switch_off()
        self._beam_off_ns = self._clock.now_ns()

    def _fluence(self, counts: float) -> float:
        return self._configuration.dosimetry.fluence_cm2(counts)

    @property
    def _scan_period_ns(self) -> int:
        return round(self._configuration.scan.period_s * 1e9)

    def _supply_sampled(self, time_ns: int, samples: Sequence[ChannelSample]) -> None:
        self._telemetry.add(max(0, time_ns - self._start_ns), samples)


def _words(detection: Detection) -> str:
    if detection.cause is Cause.SILENCE:
        return "it stopped answering at a normal current"
    at_least = "" if detection.peak_measured else "at least "
    return (
        f"{detection.cause.value} level, supply channel {detection.channel}, {at_least}{detection.peak_current_a:.3g} A"
    )


def _as_json(report: LatchUpReport, detection: Detection) -> str:
    silent = detection.cause is Cause.SILENCE
    return json.dumps(
        {
            "cause": report.cause.value,
            "peak_current_a": None if silent else round(report.peak_current_a, 6),
            "peak_measured": detection.peak_measured,
            "hold_time_s": round(report.hold_time_s, 6),
            "off_time_s": round(report.off_time_s, 6),
            "residual_voltage_v": round(report.residual_voltage_v, 6),
            "attempts": report.attempts,
            "cleared": report.cleared,
        }
    )
