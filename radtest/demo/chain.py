"""The chain: each stage takes what the one before has sealed."""

from __future__ import annotations

import csv
import datetime as dt
import os
import string
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from radtest.analysis import ModelledEstimate, PayloadEstimate, WeibullFit, estimate_payload, fit_weibull
from radtest.analysis.payload_configuration import read_payload
from radtest.campaign import BeamCampaignConfiguration, CampaignObserver, CampaignResult, run_campaign, simulate
from radtest.core.configuration import read_configuration
from radtest.core.counts import CrossSectionPoint
from radtest.core.errors import InjectionError
from radtest.core.estimate import Estimate
from radtest.core.outcome import Effect, Outcome
from radtest.demo.sources import DemoSources
from radtest.inject import (
    Agreement,
    Campaign,
    InjectionObserver,
    InjectionSummary,
    Simulator,
    compare_outcomes,
    summarise,
)
from radtest.log import cross_section_point, open_record

__all__ = ["DemoResult", "Narrator", "StageResult", "run_demo"]

SIMULATORS: tuple[Simulator, ...] = ("icarus", "verilator")
UPSETS = 240
SEED = 42
DRAWS = 4000


class Narrator(Protocol):
    """Who shows how the demonstration gets on."""

    def stage(self, name: str) -> None:
        """Say that a stage begins."""
        ...

    def injection(self, simulator: str) -> AbstractContextManager[InjectionObserver]:
        """Follow an injection campaign."""
        ...

    def beam(self) -> AbstractContextManager[CampaignObserver]:
        """Follow a beam campaign."""
        ...


@dataclass(frozen=True, slots=True)
class StageResult:
    """One line of the table that a demonstration ends with.

    Parameters
    ----------
    stage, figure, interval : str
        The stage, its main figure, and the interval of that.
    seconds : float
        How long it took.
    where : Path
        Where to look.
    """

    stage: str
    figure: str
    interval: str
    seconds: float
    where: Path


@dataclass(frozen=True, slots=True)
class DemoResult:
    """All that a demonstration has found.

    Parameters
    ----------
    folder : Path
        Where it all is.
    stages : tuple of StageResult
        What each stage came to.
    injections : dict
        Sealed record and summary by simulator.
    agreement : Agreement
        Whether the simulators agree.
    runs : tuple of Path
        Sealed beam runs.
    upset_fit, latch_up_fit : WeibullFit
        Cross sections, per bit and per device.
    upset_rate : Estimate
        Upsets per bit and day.
    payload_file : Path
        The payload file that the estimate was made from.
    payload : PayloadEstimate
        The estimate.
    """

    folder: Path
    stages: tuple[StageResult, ...]
    injections: dict[str, tuple[Path, InjectionSummary]]
    agreement: Agreement
    runs: tuple[Path, ...]
    upset_fit: WeibullFit
    latch_up_fit: WeibullFit
    payload_file: Path
    payload: PayloadEstimate


class _Stages:
    """Collects the lines of the table, and times them."""

    def __init__(self, narrator: Narrator) -> None:
        self._narrator = narrator
        self.rows: list[StageResult] = []
        self.figure = ""
        self.interval = ""
        self.where = Path()

    @contextmanager
    def stage(self, name: str, where: Path) -> Iterator[_Stages]:
        self._narrator.stage(name)
        self.figure = self.interval = ""
        self.where = where
        start = time.monotonic()
        yield self
        self.rows.append(StageResult(name, self.figure, self.interval, time.monotonic() - start, self.where))


def run_demo(sources: DemoSources, folder: Path, narrator: Narrator, *, seed: int | None = None) -> DemoResult:
    """Run the chain.

    Parameters
    ----------
    sources : DemoSources
        What to work on.
    folder : Path
        A prepared folder.
    narrator : Narrator
        Who shows progress.
    seed : int, optional
        Seed of the simulated station; a new one each time where omitted.

    Raises
    ------
    InjectionError
        If the two simulators disagree on an upset.
    KeyboardInterrupt
        If stopped; records sealed until then stay.
    """
    stages = _Stages(narrator)
    injections: dict[str, tuple[Path, InjectionSummary]] = {}
    for simulator in SIMULATORS:
        with stages.stage(f"upsets in RTL, {simulator}", folder / "rtl") as stage:
            record, summary = injections[simulator] = _inject(sources, folder / "rtl", simulator, narrator)
            probability = summary.probabilities[Outcome.SDC]
            stage.figure = f"P(SDC) {probability.value:.4f} of {summary.total.valid} upsets"
            stage.interval = _interval(probability)
            stage.where = record
    with stages.stage("simulators compared", folder / "rtl") as stage:
        agreement = _compare(injections)
        stage.figure = f"{agreement.compared} of {agreement.compared} agree"
    with stages.stage("beam campaign", folder / "beam") as stage:
        runs = _beam(sources, folder / "beam", narrator, seed)
        files = tuple(run.path for run in runs.runs)
        upsets = sum(run.progress.events for run in runs.runs)
        latch_ups = sum(run.progress.latch_ups for run in runs.runs)
        stage.figure = f"{upsets} upsets, {latch_ups} latch-ups in {len(files)} runs"
    with stages.stage("cross section", folder / "seu_points.csv") as stage:
        upset_fit = fit_weibull(_points(files, Effect.SEU, folder / "seu_points.csv"), per="bit")
        latch_up_fit = fit_weibull(_points(files, Effect.SEL, folder / "sel_points.csv"), per="device")
        stage.figure = f"σ_sat {upset_fit.sigma_sat_cm2.value:.3g} cm²/bit"
        stage.interval = _interval(upset_fit.sigma_sat_cm2)
    with stages.stage("rate and payload", folder / "payload.toml") as stage:
        file = _write_payload(sources, folder, injections[SIMULATORS[0]][1])
        payload, _ = read_payload(file)
        estimate = estimate_payload(payload, seed=SEED, draws=DRAWS)
        stage.figure = f"{estimate.sdc_per_day.value:.3g} SDC/day"
        stage.interval = _interval(estimate.sdc_per_day)
    return DemoResult(
        folder=folder,
        stages=tuple(stages.rows),
        injections=injections,
        agreement=agreement,
        runs=files,
        upset_fit=upset_fit,
        latch_up_fit=latch_up_fit,
        payload_file=file,
        payload=estimate,
    )


def _inject(
    sources: DemoSources, folder: Path, simulator: Simulator, narrator: Narrator
) -> tuple[Path, InjectionSummary]:
    campaign = Campaign(sources.injection, simulator, folder, upsets=UPSETS, seed=SEED)
    with narrator.injection(simulator) as campaign.observer:
        record_path = campaign.run()
    with open_record(record_path) as record:
        return record_path, summarise(record)


def _compare(injections: dict[str, tuple[Path, InjectionSummary]]) -> Agreement:
    first, second = (injections[simulator][0] for simulator in SIMULATORS)
    with open_record(first) as one, open_record(second) as other:
        agreement = compare_outcomes(one, other)
    if agreement.disagreements:
        mine, theirs = agreement.disagreements[0]
        raise InjectionError(
            f"{first.name} and {second.name} disagree on {len(agreement.disagreements)} of {agreement.compared} "
            f"upsets; first upset {mine.upset.index} at cycle {mine.upset.cycle}: {mine.outcome} and {theirs.outcome}",
            remedy="this is a fault of radtest or of a simulator: please report it with both records.",
        )
    return agreement


def _beam(sources: DemoSources, folder: Path, narrator: Narrator, seed: int | None) -> CampaignResult:
    configuration, text = read_configuration(sources.beam, BeamCampaignConfiguration)
    with simulate(sources.station, seed=seed) as station, narrator.beam() as observer:
        result = run_campaign(configuration, text, folder, station=station, observer=observer)
    if result.interrupted:
        raise KeyboardInterrupt
    return result


def _points(files: Sequence[Path], effect: Effect, path: Path) -> list[CrossSectionPoint]:
    """Take the points from sealed runs, and write them down for `radtest fit`."""
    points = []
    for file in files:
        with open_record(file) as record:
            points.append(cross_section_point(record, effect))
    per_bit = effect is Effect.SEU
    with path.open("w", newline="", encoding="utf-8") as rows:
        writer = csv.writer(rows)
        writer.writerow(["let_mev_cm2_mg", "count", "fluence_cm2", "device", *(["bits"] if per_bit else [])])
        for point in points:
            row = [point.let_mev_cm2_mg, point.count, point.fluence_cm2, point.device]
            writer.writerow([*row, point.bits] if per_bit else row)
    return points


def _write_payload(sources: DemoSources, folder: Path, summary: InjectionSummary) -> Path:
    path = folder / "payload.toml"
    counts = summary.total.counts
    template = string.Template(sources.payload.read_text(encoding="utf-8"))
    path.write_text(
        template.substitute(
            date=dt.datetime.now(dt.UTC).date().isoformat(),
            file=path,
            upset_points="seu_points.csv",
            latch_up_points="sel_points.csv",
            orbit=os.path.relpath(sources.orbit, folder),
            sdc=counts[Outcome.SDC],
            stopped=counts[Outcome.HANG] + counts[Outcome.DETECTED],
            injections=summary.total.valid,
        ),
        encoding="utf-8",
    )
    return path


def _interval(estimate: Estimate | ModelledEstimate) -> str:
    return f"{estimate.low:.3g} … {estimate.high:.3g}"
