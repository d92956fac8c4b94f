"""The report of a demonstration."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from radtest import __version__
from radtest.analysis import ModelledEstimate, PayloadErrors, WeibullFit
from radtest.core.estimate import Estimate
from radtest.core.outcome import Effect, Outcome
from radtest.core.source import Beam
from radtest.demo.chain import DemoResult
from radtest.log import open_record
from radtest.report import (
    Fact,
    Report,
    Section,
    Table,
    cross_section_figure,
    current_figure,
    outcome_figure,
    rate_figure,
    temperature_figure,
    write_report,
)

__all__ = ["write_demo_report"]

_KELVIN = 273.15


def write_demo_report(result: DemoResult) -> Path:
    """Write ``report.html`` into the folder of a demonstration and return its path."""
    report = Report(
        title="radtest demonstration",
        subtitle="From upsets in RTL and a rehearsed heavy-ion campaign to the reliability of a payload in orbit. "
        f"radtest {__version__}; all intervals are 95 %.",
        facts=_facts(result),
        sections=(
            _rtl(result),
            _beam(result),
            _cross_sections(result),
            _payload(result),
            _heat(result),
            _sources(result),
        ),
        remarks=(
            "The beam is simulated: a station in another process, with a device whose cross section the analysis "
            "was not told. The processor, the simulators, the instrument protocols, the files and the fits are real.",
            "The quiet orbit and the worst day of solar particles are kept apart: the first is what a day is like, the "
            "second lasts 18 hours.",
            "Intervals are statistical: those of the counts, of the fits, and of the estimate of the proton cross "
            "section. The uncertainty of the model, a stated factor on each rate, stands beside them. Heat is taken "
            "as given.",
            *result.payload.notes,
        ),
    )
    return write_report(report, result.folder / "report.html")


def _facts(result: DemoResult) -> tuple[Fact, ...]:
    first = next(iter(result.injections.values()))[1]
    sdc = first.probabilities[Outcome.SDC]
    payload = result.payload
    return (
        Fact("An upset becomes silent corruption", f"{sdc.value:.1%}", f"{sdc.low:.1%} … {sdc.high:.1%}", "RTL"),
        Fact(
            "Icarus and Verilator agree on",
            f"{result.agreement.compared} of {result.agreement.compared}",
            source="upsets, one for one",
        ),
        Fact(
            "Upset rate",
            f"{payload.upsets_per_bit_day.value:.3g} /bit·day",
            _interval(payload.upsets_per_bit_day),
            "quiet orbit",
        ),
        Fact(
            "Silent corruptions", f"{payload.sdc_per_day.value:.3g} /day", _interval(payload.sdc_per_day), "quiet orbit"
        ),
        Fact("Outages", f"{payload.outages_per_day.value:.3g} /day", _interval(payload.outages_per_day), "quiet orbit"),
        Fact(
            "Junction, hot case",
            f"{payload.hot.junction_k - _KELVIN:.1f} °C",
            f"radiator {payload.hot.radiator_k - _KELVIN:.1f} °C",
            "payload",
        ),
        Fact("Throughput left", f"{payload.throughput.value:.2%}", _interval(payload.throughput, 5), "hot case"),
        Fact(
            "Life",
            f"{payload.life_factor.value:.3g} ×",
            _interval(payload.life_factor),
            "that at the reference temperature (Arrhenius)",
        ),
    )


def _rtl(result: DemoResult) -> Section:
    parts = {}
    for simulator, (_, summary) in result.injections.items():
        parts[f"all ({simulator})"] = summary.total.counts
    _, summary = next(iter(result.injections.values()))
    for row in summary.modules:
        parts[f"module {row.name}"] = row.counts
    for row in summary.registers[:10]:
        parts[row.name] = row.counts
    outcomes = Table(
        "Probability of each outcome, given an upset",
        ("outcome", "upsets", "probability", "95 % interval (Clopper–Pearson)"),
        tuple(
            (outcome.value, str(summary.total.counts[outcome]), f"{p.value:.4f}", f"{p.low:.4f} … {p.high:.4f}")
            for outcome, p in summary.probabilities.items()
        ),
    )
    record, _ = next(iter(result.injections.values()))
    with open_record(record) as opened:
        simulation = opened.header.source
        targets = opened.target_list()
    bits = sum(target.bits for target in targets if target.kind.value == "flip_flop")
    cycles = getattr(simulation, "golden_cycles", 0)
    return Section(
        "Upsets in RTL",
        (
            f"A PicoRV32 processor computes a CRC-32 in {cycles:,} clock cycles under an ordinary cocotb test. "
            f"{summary.total.upsets} upsets were drawn uniformly over the {bits} flip-flops of its netlist and those "
            "cycles; each was injected into a forked copy of the simulation, read back and followed to the verdict of "
            f"the test. The same list under both simulators came to the same {result.agreement.compared} outcomes.",
        ),
        ((outcome_figure(parts), "Outcomes of the upsets: all, by module, and for the ten registers hit most often."),),
        (outcomes,),
    )


def _beam(result: DemoResult) -> Section:
    rows = []
    chosen: tuple[int, Path] | None = None
    for path in result.runs:
        with open_record(path) as record:
            header, beam = record.header, record.header.source
            latch_ups = record.count(Effect.SEL)
            if latch_ups and (chosen is None or latch_ups > chosen[0]):
                chosen = (latch_ups, path)
            let = beam.let_mev_cm2_mg if isinstance(beam, Beam) else float("nan")
            name = f"{beam.particle} {beam.energy_mev:g} MeV" if isinstance(beam, Beam) else header.title
            rows.append(
                (
                    f"{header.run_number}",
                    name,
                    f"{let:g}",
                    f"{record.quality_value('live_fluence_cm2') or 0.0:.4g}",
                    f"{record.quality_value('dead_time_s') or 0.0:.3g}",
                    f"{record.count(Effect.SEU)}",
                    f"{latch_ups}",
                    record.end.stop_reason.value,
                )
            )
    table = Table(
        "The runs, each sealed into its own file",
        ("run", "ion", "LET, MeV·cm²/mg", "live fluence, cm⁻²", "dead time, s", "upsets", "latch-ups", "stopped by"),
        tuple(rows),
    )
    figures = ((_latch_up(chosen[1]), _LATCH_UP_CAPTION),) if chosen else ()
    return Section(
        "Beam campaign",
        (
            "Six ions on a 16 Mbit memory. The guard samples the supply, cuts the power at a latch-up, waits, checks "
            "that the voltage is gone, restores, and the memory is written anew; fluence that arrives meanwhile does "
            "not count.",
        ),
        figures,
        (table,),
    )


_LATCH_UP_CAPTION = "Supply current of the run with most latch-ups; dashed lines mark where a latch-up was detected."


def _latch_up(path: Path) -> str:
    with open_record(path) as record:
        sel = [event for event in record.iter_events() if event.kind is Effect.SEL and event.channel]
        channel = sel[0].channel
        samples = record.telemetry[f"supply.{channel}_current"]
    # Where the supply itself trips, the current is gone between two samples; the longest hold shows most.
    longest = max(sel, key=lambda event: float(json.loads(event.detail)["hold_time_s"]))
    return current_figure(
        samples["time_ns"] / 1e9,
        samples["value"],
        [event.time_ns / 1e9 for event in sel],
        channel=channel,
        close_up_s=longest.time_ns / 1e9,
    )


def _cross_sections(result: DemoResult) -> Section:
    curves = []
    for name, fit in (("single-event upset", result.upset_fit), ("single-event latch-up", result.latch_up_fit)):
        highest = max(point.let_mev_cm2_mg for point in fit.points)
        lowest = min(point.let_mev_cm2_mg for point in fit.points)
        let = np.geomspace(lowest * 0.7, highest * 1.3, 300)
        curves.append((name, fit, fit.band(let)))
    rows = []
    for effect, fit in (("SEU, per bit", result.upset_fit), ("SEL, per device", result.latch_up_fit)):
        for words, name in (
            ("σ_sat, cm²", "sigma_sat_cm2"),
            ("threshold LET₀, MeV·cm²/mg", "let0_mev_cm2_mg"),
            ("width, MeV·cm²/mg", "width_mev_cm2_mg"),
            ("shape", "shape"),
        ):
            estimate: Estimate = getattr(fit, name)
            rows.append((effect, words, f"{estimate.value:.4g}", _interval(estimate)))
        rows.append((effect, "deviance / degrees of freedom", f"{fit.deviance:.3g} / {fit.degrees_of_freedom}", ""))
    return Section(
        "Cross sections",
        (
            "Points are counts over live fluence with exact Poisson (Garwood) intervals; a triangle is an upper limit "
            "where nothing was seen. Curves are four-parameter Weibull fits by Poisson likelihood, with "
            "profile-likelihood intervals on the parameters.",
            *_notes(result.upset_fit),
            *_notes(result.latch_up_fit),
        ),
        ((cross_section_figure(curves), "Cross section against LET: points, fit and 95 % band."),),
        (Table("Fitted parameters", ("effect", "parameter", "value", "95 % interval"), tuple(rows)),),
    )


def _notes(fit: WeibullFit) -> tuple[str, ...]:
    return tuple(f"Per {fit.per}: {note}" for note in fit.notes)


_CONDITIONS = {"quiet": "quiet orbit", "worst_day": "worst day"}
_RATES = {
    "upsets of bits in use": "upsets_per_day",
    "silent corruptions": "sdc_per_day",
    "hangs and detected errors": "hangs_per_day",
    "latch-ups": "latch_ups_per_day",
    "outages": "outages_per_day",
}
_SHARES = {
    "availability of a chip": "availability",
    "all chips up": "all_chips_availability",
    "throughput, hot case": "throughput",
    "throughput, mean loads": "mean_throughput",
}


def _payload(result: DemoResult) -> Section:
    payload = result.payload
    conditions = [payload] if payload.event is None else [payload, payload.event]
    pictured, tables = {}, [_bit_rates(conditions)]
    for errors in conditions:
        words = _CONDITIONS.get(errors.condition.name, errors.condition.name)
        rates = {name: getattr(errors, field) for name, field in _RATES.items()}
        pictured[words] = rates
        heads = ("what", "value", "95 % interval", "model")
        tables.append(Table(f"Per day, whole payload, {words}", heads, _rows(rates, 4)))
        shares = {name: getattr(errors, field) for name, field in _SHARES.items()}
        tables.append(Table(f"Fractions, {words}", heads, _rows(shares, 6)))
    return Section(
        "Payload: upsets, corruption, outages",
        (
            f"{payload.inputs.title}, in the orbit that its file names. The intervals carry both legs: the rate with "
            "the interval of the cross sections, as radtest rate gives it, times the probability counted in RTL. The "
            "model column is apart from them: the figure if every rate were off by the stated factor.",
        ),
        ((rate_figure(pictured), "Rates per day: pale bars are 95 % intervals, thin lines the bounds of the model."),),
        tuple(tables),
    )


def _bit_rates(conditions: Sequence[PayloadErrors]) -> Table:
    rows = []
    for errors in conditions:
        upset = errors.rates.upset
        for words in ("direct", "proton", "total") if upset is not None else ():
            rate = getattr(upset, words)
            if rate is not None:
                name = _CONDITIONS.get(errors.condition.name, errors.condition.name)
                model = f"{rate.model_low:.3g} … {rate.model_high:.3g}"
                rows.append((name, words, f"{rate.value:.4g}", _interval(rate.estimate), model))
    return Table("Upsets per bit and day", ("condition", "particles", "value", "95 % interval", "model"), tuple(rows))


def _rows(figures: Mapping[str, ModelledEstimate], digits: int) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            name,
            f"{figure.value:.{digits}g}",
            _interval(figure, digits),
            f"{figure.model_low:.{digits}g} … {figure.model_high:.{digits}g}",
        )
        for name, figure in figures.items()
    )


def _heat(result: DemoResult) -> Section:
    payload = result.payload
    rows = tuple(
        (
            case.name,
            f"{case.radiator_k - _KELVIN:.1f}",
            f"{case.junction_k - _KELVIN:.1f}",
            "shut down" if case.shut_down else f"{case.throughput:.1%}",
            *(
                f"{watts:.1f}"
                for watts in (
                    case.payload_w,
                    case.absorbed.solar_w,
                    case.absorbed.albedo_w,
                    case.absorbed.infrared_w,
                    case.emitted_w,
                )
            ),
        )
        for case in (payload.hot, payload.mean, payload.cold)
    )
    return Section(
        "Payload: heat and life",
        (
            "The radiator emits what the payload, the Sun, the albedo and the Earth put into it (Stefan–Boltzmann). "
            "Where the junction is too hot the chips slow down, which lowers the heat: the figures are the balance of "
            f"both. {payload.eclipse_fraction:.1%} of the orbit lies in eclipse. Life: "
            f"{payload.life_factor.value:.3g} times that at {payload.inputs.aging.reference_k - _KELVIN:.0f} °C.",
        ),
        (
            (
                temperature_figure(payload.inputs),
                "Temperatures and throughput against the area of the radiator; the dashed line is this payload.",
            ),
        ),
        (
            Table(
                "Thermal equilibria",
                (
                    *("case", "radiator, °C", "junction, °C", "throughput"),
                    *("payload, W", "Sun, W", "albedo, W", "Earth, W", "emitted, W"),
                ),
                rows,
            ),
        ),
    )


def _sources(result: DemoResult) -> Section:
    rows = [
        (row.stage, row.figure, row.interval, f"{row.seconds:.1f}", _inside(row.where, result.folder))
        for row in result.stages
    ]
    return Section(
        "Where every number comes from",
        ("Each stage reads only what the one before has sealed; the payload file can be estimated again by itself.",),
        (),
        (Table("Stages", ("stage", "figure", "95 % interval", "time, s", "where to look"), tuple(rows)),),
    )


def _inside(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def _interval(estimate: Estimate | ModelledEstimate, digits: int = 3) -> str:
    high = "∞" if np.isinf(estimate.high) else f"{estimate.high:.{digits}g}"
    return f"{estimate.low:.{digits}g} … {high}"
