"""The heavy-ion night's physics without its processes: beam, memory and the engine's books, as fast as they go.

The station's own beam and memory are advanced in steps of 0.15 s; the scans, the power cycles and what counts as live
are those of `BeamRun`, with the books of `Exposure`. Nothing waits, so that hundreds of nights can be fitted.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from radtest.campaign import BeamCampaignConfiguration
from radtest.campaign.configuration import IonModel
from radtest.campaign.exposure import Exposure
from radtest.core import CrossSectionPoint
from radtest.core.configuration import read_configuration
from radtest.instruments.station import StationConfiguration
from radtest.instruments.station.beam import Beam
from radtest.instruments.station.memory import Memory, StrikeKind

FIXTURES = Path(__file__).parents[1] / "fixtures"
CAMPAIGN = FIXTURES / "campaigns" / "heavy_ion_night.toml"
STATION = FIXTURES / "stations" / "heavy_ion_night.toml"

STEP_S = 0.15
NOTICED_AFTER_S = {StrikeKind.LATCH_UP: 0.1, StrikeKind.MICRO_LATCH_UP: 0.3, StrikeKind.INTERRUPT: 1.5}
"""From a strike to the cut: one sample, three samples, the next scan and the look at the current."""
BELIEVED_AFTER_S = 0.2


@dataclass(frozen=True)
class Night:
    """The files of the night."""

    station: StationConfiguration
    campaign: BeamCampaignConfiguration

    @classmethod
    def read(cls) -> Night:
        campaign, _ = read_configuration(CAMPAIGN, BeamCampaignConfiguration)
        return cls(StationConfiguration.model_validate(tomllib.loads(STATION.read_text())), campaign)

    def play(self, seed: int) -> list[CrossSectionPoint]:
        """Make all runs of a night and return their points."""
        rng = np.random.default_rng(seed)
        beam = Beam(self.station.beam, rng)
        return [_Run(self, ion, beam, rng).make() for ion in self.campaign.ions]


class _Run:
    """One run: a tester that scans once a second, and what strikes meanwhile."""

    def __init__(self, night: Night, ion: IonModel, beam: Beam, rng: np.random.Generator) -> None:
        self.ion, self.rules = ion, night.campaign.stop_of(ion)
        self.station, self.campaign, self.beam, self.rng = night.station, night.campaign, beam, rng
        self.memory = Memory(night.station.device, night.station.rails, rng)
        self.on_v = {rail.channel: rail.nominal_voltage_v for rail in night.station.rails}
        self.exposure = Exposure()
        self.now_s = self.beam_since_s = 0.0
        self.pulses = self.upsets = 0
        beam.select(ion.particle, 0.0)
        beam.flux_cm2_s = ion.flux_cm2_s

    def make(self) -> CrossSectionPoint:
        self.memory.supplied(self.on_v, self.now_s)
        self.pass_time(1.0)
        self.write()
        self.exposure.begin(self.now_ns, self.fluence_cm2)
        self.beam.on, self.beam_since_s = True, self.now_s
        while not self.over():
            struck = self.pass_time(self.campaign.scan.period_s - self.station.device.scan_s - BELIEVED_AFTER_S)
            struck = struck or self.scan(BELIEVED_AFTER_S)
            if struck is not None:
                self.power_cycle(struck)
        self.beam.on = False
        assert self.scan(0.0) is None
        return CrossSectionPoint(
            let_mev_cm2_mg=self.ion.let_mev_cm2_mg,
            count=self.upsets,
            fluence_cm2=self.exposure.live_fluence_cm2,
            bits=self.campaign.device.bits,
            device="A3",
        )

    def over(self) -> bool:
        return (
            self.upsets >= (self.rules.events or np.inf)
            or self.exposure.live_fluence_cm2 >= (self.rules.fluence_cm2 or np.inf)
            or self.now_s - self.beam_since_s >= (self.rules.time_s or np.inf)
        )

    @property
    def now_ns(self) -> int:
        return round(self.now_s * 1e9)

    @property
    def fluence_cm2(self) -> float:
        return self.campaign.dosimetry.fluence_cm2(self.pulses)

    def write(self) -> None:
        self.pass_time(self.station.device.write_s / 2)
        self.memory.write()
        self.pass_time(self.station.device.write_s / 2)

    def scan(self, believed_after_s: float) -> StrikeKind | None:
        """Compare; the result counts if nothing strikes before it is believed."""
        before = self.pulses
        struck = self.pass_time(self.station.device.scan_s / 2)
        words, overflow = ([], False) if struck else self.memory.take(4096)
        struck = struck or self.pass_time(self.station.device.scan_s / 2)
        counts, done_ns = (before + self.pulses) / 2, self.now_ns
        struck = struck or self.pass_time(believed_after_s)
        if struck is None:
            assert not overflow
            self.upsets += sum(mask.bit_count() for _, mask in words)
            self.exposure.confirm(done_ns, self.campaign.dosimetry.fluence_cm2(counts))
        return struck

    def power_cycle(self, struck: StrikeKind) -> None:
        """Cut after what it takes to notice, hold off under beam, then shut the beam, restore and write."""
        self.exposure.lose()
        self.pass_time(NOTICED_AFTER_S[struck])
        self.memory.supplied(dict.fromkeys(self.on_v, 0.0), self.now_s)
        self.pass_time(self.campaign.guard.off_time_s)
        self.beam.on = False
        self.memory.supplied(self.on_v, self.now_s)
        self.pass_time(1.0)
        self.write()
        self.exposure.begin(self.now_ns, self.fluence_cm2)
        self.beam.on = True

    def pass_time(self, seconds: float) -> StrikeKind | None:
        """Let beam and memory go on; return at the first strike, if any."""
        counter = self.station.counter
        end_s = self.now_s + seconds
        while end_s - self.now_s > 1e-9:
            step_s = min(STEP_S, self.beam.steady_s if self.beam.on else STEP_S, end_s - self.now_s)
            fluence = self.beam.fluence_cm2(step_s)
            let = self.ion.let_mev_cm2_mg
            struck = self.memory.next_strike(let, fluence) if fluence > 0 else None
            if struck is not None:
                step_s, fluence = step_s * struck.fraction, fluence * struck.fraction
            if fluence > 0:
                self.memory.irradiate(let, fluence)
                self.pulses += int(self.rng.poisson(fluence * counter.area_cm2 * counter.efficiency))
            self.now_s += step_s
            if struck is not None:
                self.memory.strike(struck.kind)
                return struck.kind
        return None
