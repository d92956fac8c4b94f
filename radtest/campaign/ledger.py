"""What a run has counted, and its entries in the journal."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

from radtest.campaign.configuration import BeamCampaignConfiguration, IonModel
from radtest.campaign.counted_fluence import CountedFluence
from radtest.campaign.dosed import Dosed
from radtest.campaign.dosimetry import fluence_at_die
from radtest.campaign.exposure import Exposure
from radtest.campaign.observer import LatchUpReport
from radtest.campaign.rules import dose_rad
from radtest.core import Effect, Event
from radtest.guard import Cause, Detection
from radtest.instruments import DeviceReport, MemoryScan
from radtest.log import Journal

__all__ = ["RunLedger"]


class RunLedger:
    """The books of one run: upsets, latch-ups, and the fluence they belong to.

    Parameters
    ----------
    journal : Journal
        Where entries go.
    configuration : BeamCampaignConfiguration
        Says how counts become fluence.
    ion : IonModel
        The ion of this run, for the dose.
    start_time_ns : int
        Start of the run, ns on the campaign's clock; entries carry the time since then.

    Attributes
    ----------
    exposure : Exposure
        Live and dead fluence.
    upsets, latch_ups, interrupts, scans : int
        What was counted.
    """

    def __init__(
        self, journal: Journal, configuration: BeamCampaignConfiguration, ion: IonModel, start_time_ns: int
    ) -> None:
        self._journal = journal
        self._ion = ion
        self._channels = configuration.channels
        self._dosimetry = configuration.dosimetry
        self._counted = CountedFluence(configuration.dosimetry)
        self._bits = configuration.device.bits
        self._start_ns = start_time_ns
        self.exposure = Exposure()
        self.upsets = 0
        self.latch_ups = 0
        self.interrupts = 0
        self.scans = 0
        self._largest_scan = 0
        self._unlive_reports = 0
        self._last_scan: Dosed[MemoryScan] | None = None
        self._bracket_counts = 0
        self._counts: float = 0
        self._cut_fluence_cm2: float | None = None
        self._unpowered_fluence_cm2 = 0.0

    def since_start_ns(self, time_ns: int) -> int:
        """Return a time of the campaign's clock as time since the start of the run, ns."""
        return max(0, time_ns - self._start_ns)

    def go_live(self, time_ns: int, counts: float, written: Dosed[int] | None = None) -> None:
        """From this reading of the counter on, every upset is going to be seen."""
        if written is not None:
            self._note_bracket(written)
        self._last_scan = None
        fluence = self._counted.at(time_ns, counts)
        self.exposure.begin(time_ns, fluence)
        if self._cut_fluence_cm2 is not None:
            self._unpowered_fluence_cm2 += fluence - self._cut_fluence_cm2
            self._cut_fluence_cm2 = None

    def read(self, time_ns: int, counts: int) -> None:
        """Enter a reading of the counter."""
        fluence = self._counted.at(time_ns, counts)
        self._counts = counts
        self.exposure.observe(time_ns, fluence)
        self._journal.fluence(self.since_start_ns(time_ns), fluence)

    def believe(self, comparison: Dosed[MemoryScan]) -> None:
        """Enter the upsets of a scan, and count the fluence up to it as live."""
        fluence = self._counted.at(comparison.time_ns, comparison.counts)
        for upset in comparison.result.upsets:
            self._journal.event(
                Event(
                    time_ns=self.since_start_ns(comparison.time_ns),
                    kind=Effect.SEU,
                    address=upset.address,
                    bit=upset.bit,
                    expected=upset.expected,
                    observed=upset.observed,
                    fluence_cm2=fluence,
                    channel="memory",
                )
            )
        self.exposure.confirm(comparison.time_ns, fluence)
        found = len(comparison.result.upsets)
        self.upsets += found
        self.scans += 1
        self._last_scan = comparison
        self._largest_scan = max(self._largest_scan, found)

    def lose(self) -> None:
        """Upsets since the last scan are lost, and their fluence does not count."""
        if self.exposure.live and self._last_scan is not None:
            self._note_bracket(self._last_scan)
        self.exposure.lose()

    def strike(
        self, detections: tuple[Detection, ...], counts_at_cut: int, report: LatchUpReport | None, hold_time_s: float
    ) -> None:
        """Enter a functional interrupt, or a latch-up on each channel that had one, and have them on the disk.

        There is no report where nobody waited for the device's return.
        """
        self._cut_fluence_cm2 = self._counted.of(counts_at_cut)
        for detection in detections:
            interrupt = detection.cause is Cause.SILENCE
            if interrupt:
                self.interrupts += 1
            else:
                self.latch_ups += 1
            self._journal.event(
                Event(
                    time_ns=self.since_start_ns(detection.detected_ns),
                    kind=Effect.SEFI if interrupt else Effect.SEL,
                    fluence_cm2=self._cut_fluence_cm2,
                    channel=detection.channel,
                    detail=_detail(detection, detections, report, hold_time_s),
                )
            )
        self._journal.flush()

    def report(self, report: DeviceReport) -> None:
        """Enter an event that the device reports by itself; while the run is not live it does not count."""
        time_ns = self.since_start_ns(report.time_ns)
        if not self.exposure.live:
            self._unlive_reports += 1
            name = f"reported_while_not_live_{self._unlive_reports}"
            self._journal.quality(name, time_ns / 1e9, "s", f"{report.kind.value}: {report.text}")
            return
        if report.kind in {Effect.SEU, Effect.MBU}:
            self.upsets += 1
        elif report.kind is Effect.SEFI:
            self.interrupts += 1
        detail = json.dumps({"reported": report.text})
        fluence = self.exposure.fluence_cm2
        event = Event(time_ns=time_ns, kind=report.kind, fluence_cm2=fluence, channel="device", detail=detail)
        self._journal.event(event)

    def close(self) -> None:
        """Write the figures of quality; the last entries before the end of the run."""
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
                self._bracket_fluence_cm2,
                "1/cm2",
                "live fluence is exact within this: half the fluence of the scans and writes that bound its intervals",
            ),
            *self._uncertainties(),
            *self._corrections(),
            (
                "mean_flux_cm2_s",
                exposure.live_fluence_cm2 * 1e9 / exposure.live_time_ns if exposure.live_time_ns else math.nan,
                "1/cm2/s",
                "live fluence over live time",
            ),
            (
                "dose_rad",
                dose_rad(self._ion.let_mev_cm2_mg, exposure.fluence_cm2),
                "rad(Si)",
                "of this run, from LET and total fluence",
            ),
            *self._bias(),
            ("live_time_s", exposure.live_time_ns / 1e9, "s", ""),
            ("dead_time_s", exposure.dead_time_ns / 1e9, "s", "latched up, without power, or lost with the scan"),
            ("upsets", self.upsets, "1", ""),
            ("latch_ups", self.latch_ups, "1", ""),
            ("functional_interrupts", self.interrupts, "1", ""),
            ("scans", self.scans, "1", ""),
            (
                "saturation",
                self._largest_scan / self._bits,
                "1",
                "upsets of the largest scan per bit: the chance that one more hits a bit twice",
            ),
        )
        for name, value, unit, detail in figures:
            self._journal.quality(name, value, unit, detail)

    def _bias(self) -> Iterator[tuple[str, float, str, str]]:
        """Yield what each supply channel was set to; what it measured is in the telemetry."""
        for channel in self._channels:
            name, place = f"bias_{channel.name}", f"supply channel {channel.number}, as set"
            yield f"{name}_voltage_v", channel.voltage_v, "V", place
            yield f"{name}_current_limit_a", channel.current_limit_a, "A", place
            yield f"{name}_alarm_a", channel.alarm_a, "A", "software level of the latch-up guard"

    def _uncertainties(self) -> Iterator[tuple[str, float, str, str]]:
        """Yield how well the fluences are known: Poisson's of the counts, the calibration, and for live the bracket."""
        calibration = self._dosimetry.calibration
        for name, fluence, further in (
            ("total", self.exposure.fluence_cm2, 0.0),
            ("live", self.exposure.live_fluence_cm2, self._bracket_fluence_cm2),
        ):
            pulses = fluence / calibration.per_count_cm2
            counted = fluence_at_die(pulses, calibration)
            # The bracket is a bound; spread evenly inside it, its deviation is the bound over the root of three.
            lost = math.sqrt(pulses * (self._counted.counting_spread**2 - 1.0)) * calibration.per_count_cm2
            dead = fluence * self._counted.relative_sigma
            sigma = math.hypot(counted.sigma_cm2, further / math.sqrt(3), lost, dead)
            yield f"{name}_fluence_sigma_cm2", sigma, "1/cm2", "one standard deviation: counts, calibration, bracket"

    def _corrections(self) -> Iterator[tuple[str, float, str, str]]:
        """Yield what the fluences of this run were corrected by, and what they would be without."""
        dead, distance = self._dosimetry.dead_time, self._dosimetry.distance
        if dead is not None:
            said = f"pulses for each counted: {dead.model}, {dead.tau_s:g} s, duty {dead.duty:g}; in all fluences"
            yield "counter_dead_time_correction", self._counted.correction, "1", said
        if distance is not None:
            said = f"({distance.dosimeter_m:g} m / {distance.device_m:g} m)², from dosimeter to device; in all fluences"
            yield "distance_correction", distance.geometry.factor, "1", said
        if dead is not None or distance is not None:
            bare = self._counts / (self._dosimetry.area_cm2 * self._dosimetry.efficiency)
            yield "uncorrected_fluence_cm2", bare, "1/cm2", "total, as counted at the dosimeter"

    @property
    def _bracket_fluence_cm2(self) -> float:
        return self._dosimetry.fluence_cm2(self._bracket_counts / 2 * self._counted.correction)

    def _note_bracket(self, operation: Dosed[MemoryScan] | Dosed[int]) -> None:
        """Add what is uncertain about the end of a live interval: half the counts during the operation that ends it."""
        self._bracket_counts += operation.counts_after - operation.counts_before


def _detail(
    detection: Detection, detections: tuple[Detection, ...], report: LatchUpReport | None, hold_time_s: float
) -> str:
    detail: dict[str, object] = {"cause": detection.cause.value}
    if detection.cause is not Cause.SILENCE:
        detail |= {"peak_current_a": round(detection.peak_current_a, 6), "peak_measured": detection.peak_measured}
    if len(detections) > 1:
        detail["together_with"] = [other.channel for other in detections if other is not detection]
    if detection.also_high:
        detail["also_high"] = list(detection.also_high)
    if not math.isnan(hold_time_s):
        detail["hold_time_s"] = round(hold_time_s, 6)
    if report is None:
        return json.dumps(detail | {"cleared": None})
    return json.dumps(
        detail
        | {
            "off_time_s": round(report.off_time_s, 6),
            "residual_voltage_v": round(report.residual_voltage_v, 6),
            "attempts": report.attempts,
            "cleared": report.cleared,
        }
    )
