"""The report of an injection campaign, from its sealed record alone."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from radtest import __version__
from radtest.core.errors import RecordError
from radtest.core.estimate import Estimate
from radtest.core.outcome import Outcome
from radtest.core.run import StopReason
from radtest.core.source import Simulation
from radtest.inject import (
    FAULT_CLASS_REASONS,
    VULNERABLE,
    FaultClass,
    InjectionSummary,
    IntervalMethod,
    OutcomeRow,
    fault_class,
    invalid_reasons,
    latencies,
    outcomes_over_time,
    read_sampling_design,
    summarise,
)
from radtest.log import Record
from radtest.report.injection_figures import latency_figure, outcome_share_figure, over_time_figure
from radtest.report.page import Fact, Report, Section, Table

__all__ = ["InjectionReport", "injection_report"]

_METHODS = {"clopper-pearson": "Clopper–Pearson", "wilson": "Wilson"}
_MODULES = 24
_OBSERVERS = 8
_REASONS = 10
_BINS = 30
_UPSETS_PER_BIN = 20
_QUANTILES = (("median", 0.5), ("90 %", 0.9), ("99 %", 0.99), ("longest", 1.0))


@dataclass(frozen=True, slots=True)
class InjectionReport:
    """A report and the figures in it.

    Parameters
    ----------
    report : Report
        The page.
    summary : InjectionSummary
        The counts behind it.
    figures : dict of str to str
        SVG of each figure, by a name fit for a file.
    """

    report: Report
    summary: InjectionSummary
    figures: dict[str, str] = field(default_factory=dict)


def injection_report(
    record: Record,
    confidence: float = 0.95,
    *,
    method: IntervalMethod = "clopper-pearson",
    registers: int = 20,
) -> InjectionReport:
    """Set out the results of a campaign: tables, figures, and how to repeat it.

    Parameters
    ----------
    record : Record
        A sealed injection campaign.
    confidence : float
        Confidence level of the intervals.
    method : {"clopper-pearson", "wilson"}
        Exact interval, or score interval.
    registers : int
        How many of the most vulnerable registers to show.

    Raises
    ------
    RecordError
        If the record is of something else, holds no upsets, or is damaged.
    """
    source = record.header.source
    if not isinstance(source, Simulation):
        raise RecordError(
            f"{record.path}: a {source.kind.value} run; only injection campaigns have a report",
            remedy="give the record of an injection campaign ('radtest inject'); 'radtest log show' shows any record.",
        )
    summary = summarise(record, confidence, method=method)
    figures: dict[str, str] = {}
    sections = [
        _outcomes(summary, figures),
        _registers(summary, registers, figures),
        _over_time(record, summary, figures),
        _latency(record, source, figures),
        _iso26262(summary),
        _invalid(record, summary),
        _provenance(record, source, summary),
    ]
    report = Report(
        title=f"Upsets in {source.top}",
        subtitle=f"{_number(summary.total.upsets, 'upset')} under {source.simulator} {source.simulator_version} while "
        f"{source.test} ran. {_level(summary.total)} intervals; radtest {__version__}.",
        facts=_facts(record, summary),
        sections=tuple(section for section in sections if section is not None),
        remarks=_remarks(record, source, summary),
    )
    return InjectionReport(report, summary, figures)


def _facts(record: Record, summary: InjectionSummary) -> tuple[Fact, ...]:
    total = summary.total
    shares = (
        ("Silent data corruption", (Outcome.SDC,)),
        ("Hang", (Outcome.HANG,)),
        ("Detected", (Outcome.DETECTED,)),
        ("Corrected", (Outcome.CORRECTED,)),
        ("Vulnerable: sdc, hang or detected", VULNERABLE),
        ("Latent at the end", (Outcome.LATENT,)),
    )
    invalid = total.counts[Outcome.INVALID]
    return (
        *(_fact(name, total, outcomes) for name, outcomes in shares),
        Fact("Upsets", f"{total.upsets:,}", source=f"{invalid:,} invalid, which count in no share"),
        Fact(
            "Registers and memories hit",
            f"{len(summary.registers):,}",
            source=f"of {len(np.unique(record.targets['name'])):,} in the design; {total.bits:,} bits",
        ),
    )


def _fact(name: str, row: OutcomeRow, outcomes: Sequence[Outcome]) -> Fact:
    share = row.share(*outcomes)
    value = "unknown" if math.isnan(share.value) else _percent(share.value)
    source = f"{row.count(*outcomes):,} of {row.valid:,} valid upsets"
    return Fact(name, value, f"{_percent(share.low)} … {_percent(share.high)}", source)


def _remarks(record: Record, source: Simulation, summary: InjectionSummary) -> tuple[str, ...]:
    end, total = record.end, summary.total
    remarks = []
    if not end.valid:
        remarks.append(
            f"This record is marked as not valid (stopped by {end.stop_reason.value}): a comparison that the campaign "
            "rests on failed, or its process died. Do not use its shares."
        )
    elif end.stop_reason is not StopReason.COMPLETED:
        order = (
            " Forked upsets are carried out in order of their cycles: late cycles are missing, and the shares are "
            "those of the early ones."
            if source.strategy == "fork"
            else ""
        )
        remarks.append(f"The campaign ended before its list did (stopped by {end.stop_reason.value}).{order}")
    if invalid := total.counts[Outcome.INVALID]:
        remarks.append(
            f"{invalid:,} of {total.upsets:,} upsets could not be shown to have been injected. They count in no share; "
            "if what they were meant to hit is more or less vulnerable than the rest, the shares are off by that."
        )
    remarks.append(
        f"The shares are those of one workload, {source.test}, judged at the outputs and alarms that the campaign file "
        "names. Another program, or another output, has other shares."
    )
    remarks.append(
        "Intervals hold the error of sampling only, and each on its own: of a hundred registers about "
        f"{100 * (1 - total.confidence):g} may miss the truth."
    )
    return tuple(remarks)


def _outcomes(summary: InjectionSummary, figures: dict[str, str]) -> Section:
    modules = summary.modules
    shown = [summary.total, *modules[:_MODULES]] if len(modules) > 1 else modules
    figures["outcomes_by_module"] = outcome_share_figure(shown)
    tables = [
        Table(
            f"Probability of each outcome, given a valid upset ({_level(summary.total)} intervals)",
            ("outcome", "ISO 26262", "upsets", "probability", "interval"),
            tuple(_outcome_row(summary.total, outcome) for outcome in Outcome),
        ),
        _parts("By module", "module", summary.modules),
    ]
    if len(summary.kinds) > 1:
        tables.append(_parts("By kind of storage", "kind", summary.kinds))
    if len(summary.models) > 1:
        tables.append(_parts("By fault model", "model", summary.models))
    caption = (
        "Outcomes of the upsets by module, most upsets first; on the right the share of silent data corruption and "
        "that of all that can be seen from outside (sdc, hang, detected)."
        + (f" The table has {len(modules) - _MODULES} modules more." if len(modules) > _MODULES else "")
    )
    return Section("Outcomes", (), ((figures["outcomes_by_module"], caption),), tuple(tables))


def _outcome_row(total: OutcomeRow, outcome: Outcome) -> tuple[str, ...]:
    word, count = fault_class(outcome), f"{total.counts[outcome]:,}"
    if word is None:
        return (outcome.value, "not counted", count, "", "")
    return (outcome.value, word.value, count, *_share_cells(total.share(outcome)))


def _parts(caption: str, what: str, rows: Sequence[OutcomeRow]) -> Table:
    invalid = any(row.counts[Outcome.INVALID] for row in rows)
    return Table(
        f"{caption}, most upsets first",
        (what, "bits", "upsets", *(("valid",) if invalid else ()), "sdc", "probability of sdc", "vulnerable share"),
        tuple(_part_cells(row, invalid=invalid) for row in rows),
    )


def _part_cells(row: OutcomeRow, *, invalid: bool) -> tuple[str, ...]:
    valid = (f"{row.valid:,}",) if invalid else ()
    counts = (f"{row.bits:,}", f"{row.upsets:,}", *valid, f"{row.counts[Outcome.SDC]:,}")
    return (row.name, *counts, _share_cell(row.sdc), _share_cell(row.vulnerable))


def _registers(summary: InjectionSummary, count: int, figures: dict[str, str]) -> Section:
    worst = summary.most_vulnerable(count)
    if not worst:
        return Section(
            "Most vulnerable registers", ("No upset of any register was seen from outside: none is known to matter.",)
        )
    figures["most_vulnerable_registers"] = outcome_share_figure(worst)
    more = len(summary.most_vulnerable()) - len(worst)
    never = len(summary.registers) - len(worst) - more
    text = (
        "In order of the lower limit of the vulnerable share, so that one error in one upset does not lead the list. "
        f"{_number(more, 'further register')} showed errors, {_number(never, 'register')} none."
    )
    table = Table(
        "The same as numbers",
        ("register", "declared at", "bits", "upsets", "sdc", "hang", "detected", "vulnerable share"),
        tuple(
            (
                *(row.name, row.src, f"{row.bits:,}", f"{row.upsets:,}"),
                *(f"{row.counts[outcome]:,}" for outcome in (Outcome.SDC, Outcome.HANG, Outcome.DETECTED)),
                _share_cell(row.vulnerable),
            )
            for row in worst
        ),
    )
    caption = "Outcomes in the registers and memories whose upsets are most surely seen from outside."
    return Section("Most vulnerable registers", (text,), ((figures["most_vulnerable_registers"], caption),), (table,))


def _over_time(record: Record, summary: InjectionSummary, figures: dict[str, str]) -> Section:
    bins = outcomes_over_time(
        record, min(_BINS, summary.total.upsets // _UPSETS_PER_BIN) or 1, confidence=summary.total.confidence
    )
    first, last = bins[0].first_cycle, bins[-1].last_cycle
    if len(bins) == 1:
        text = (
            f"The upsets fell into the cycles {first:,} to {last:,}. They are too few, or the cycles are, to part "
            f"them: that takes {2 * _UPSETS_PER_BIN} upsets and two cycles."
        )
        return Section("Vulnerability over time", (text,))
    figures["vulnerability_over_time"] = over_time_figure(bins)
    empty = sum(stretch.row.valid == 0 for stretch in bins)
    widths = sorted({stretch.cycles for stretch in bins})
    cycles = f"{widths[0]:,}" if len(widths) == 1 else f"{widths[0]:,} or {widths[-1]:,}"
    caption = (
        f"Share of the valid upsets seen from outside, by the clock cycle of the upset, in {len(bins)} stretches of "
        f"{cycles} cycles; Wilson intervals. Below, the valid upsets behind each"
        + (f"; {_number(empty, 'stretch has', 'stretches have')} none." if empty else ".")
    )
    return Section("Vulnerability over time", (), ((figures["vulnerability_over_time"], caption),))


def _latency(record: Record, source: Simulation, figures: dict[str, str]) -> Section:
    by_outcome, by_observer = latencies(record), latencies(record, by="observer")
    if not by_outcome:
        return Section("Latency", ("No upset was corrected, detected or seen at an output.",))
    shown = dict(list(by_observer.items())[:_OBSERVERS])
    if len(by_observer) > _OBSERVERS:
        others = [values for name, values in by_observer.items() if name not in shown]
        shown[f"{len(others)} others"] = np.sort(np.concatenate(others))
    figures["latency"] = latency_figure(by_outcome, shown)
    caption = (
        "Clock cycles from the upset to the first output, alarm or corrected-signal that showed it; in brackets how "
        "many upsets. A hang has no latency but its timeout, and is left out."
    )
    columns = ("seen", *(name for name, _ in _QUANTILES), "longest, µs")
    return Section(
        "Latency",
        (),
        ((figures["latency"], caption),),
        (
            Table("By outcome, in clock cycles", ("outcome", *columns), _quantile_rows(by_outcome, source)),
            Table("By what saw it first, in clock cycles", ("observer", *columns), _quantile_rows(shown, source)),
        ),
    )


def _quantile_rows(parts: Mapping[str, NDArray[np.int64]], source: Simulation) -> tuple[tuple[str, ...], ...]:
    rows = []
    for name, values in parts.items():
        quantiles = np.quantile(values, [q for _, q in _QUANTILES], method="inverted_cdf")
        longest_us = float(values[-1]) * source.clock_period_ps / 1e6
        rows.append((name, f"{len(values):,}", *(f"{int(q):,}" for q in quantiles), f"{longest_us:,.4g}"))
    return tuple(rows)


def _iso26262(summary: InjectionSummary) -> Section:
    total = summary.total
    shares = total.fault_classes
    classes = Table(
        f"Shares of the valid upsets ({_level(total)} intervals)",
        ("fault", "upsets", "share", "interval"),
        tuple((word.value, f"{total.fault_class_counts[word]:,}", *_share_cells(shares[word])) for word in FaultClass),
    )
    reasons = Table(
        "Why each outcome has its word",
        ("outcome", "fault", "because"),
        tuple((outcome.value, str(fault_class(outcome)), reason) for outcome, reason in FAULT_CLASS_REASONS.items()),
    )
    return Section(
        "In the words of ISO 26262",
        (
            "Each upset as a fault of a hardware element, in the words of ISO 26262-1:2018 and the flow of "
            "ISO 26262-5:2018, annex B, with the declared outputs in the place of the safety goal and the declared "
            "alarms and corrected-signals in that of the safety mechanisms. A residual fault is called a single-point "
            "fault where its element has no mechanism at all.",
            "These are shares of single transient faults under one workload. They can feed the single-point fault "
            "metric for transient faults, weighed with the failure rate of each element. Of permanent faults they say "
            "nothing, so that neither that metric as a whole nor the latent fault metric follows from them.",
        ),
        (),
        (classes, reasons),
    )


def _invalid(record: Record, summary: InjectionSummary) -> Section | None:
    if not summary.total.counts[Outcome.INVALID]:
        return None
    reasons = invalid_reasons(record)
    rows = [(reason or "(not said)", f"{count:,}") for reason, count in reasons.items()][:_REASONS]
    more = len(reasons) - len(rows)
    text = f"{_number(more, 'further reason')} in the record." if more else ""
    return Section(
        "Invalid upsets",
        tuple(
            filter(None, ("An upset that could not be shown to have been injected is never counted as masked.", text))
        ),
        (),
        (Table("Why they are invalid", ("reason", "upsets"), tuple(rows)),),
    )


def _provenance(record: Record, source: Simulation, summary: InjectionSummary) -> Section:
    header, end = record.header, record.end
    seconds = (end.end_time_ns - header.start_time_ns) / 1e9
    rows = (
        ("record", record.path.name),
        ("its content, SHA-256", str(record.file.attrs.get("content_sha256", "not stated"))),
        ("made by", header.program_name),
        ("started", _time(header.start_time_ns)),
        ("ended", f"{_time(end.end_time_ns)}, after {seconds:,.4g} s, by {end.stop_reason.value}"),
        ("valid", "yes" if end.valid else "no"),
        ("simulator", f"{source.simulator} {source.simulator_version}"),
        ("design", source.top),
        ("its sources and parameters, SHA-256", source.design_sha256),
        ("test", source.test),
        ("seed", f"{source.seed}"),
        ("strategy", source.strategy),
        ("clock period", f"{source.clock_period_ps / 1000:g} ns"),
        ("undisturbed run", f"{source.golden_cycles:,} cycles"),
        *_sampled(record),
    )
    command = (
        f"radtest inject CAMPAIGN.toml --simulator {source.simulator} --strategy {source.strategy} "
        f"--seed {source.seed}{_size(record, source, summary)}"
    )
    return Section(
        "Where it comes from",
        ("The same sources, campaign file and seed give the same list of upsets, and the same outcomes.",),
        (),
        (Table("Provenance", ("what", "value"), rows),),
        (("To repeat it, with the campaign file below:", command), ("The campaign file", header.configuration)),
    )


def _size(record: Record, source: Simulation, summary: InjectionSummary) -> str:
    """Return the option for the number of upsets: the one that was given, since the campaign file may say more."""
    if not source.sampling:
        return f" --upsets {_planned(record, summary)}"
    given = json.loads(source.overrides or "{}")
    return "".join(f" --{key} {given[key]}" for key in ("upsets", "margin") if key in given)


def _sampled(record: Record) -> tuple[tuple[str, str], ...]:
    design = read_sampling_design(record)
    if design is None:
        return ()
    size = {"looks": "with declared looks", "margin": "for a margin", "width": "for a width"}.get(design.size_key, "")
    parts = f"stratified by {len(design.strata)} {'weights' if design.unit else 'modules'}" if design.strata else ""
    how = ", ".join(part for part in (size, parts) if part)
    rows = [("planned", f"{design.upsets:,} of {design.population:,} possible upsets{f', {how}' if how else ''}")]
    return (*rows, ("list of upsets, SHA-256", design.list_sha256))


def _planned(record: Record, summary: InjectionSummary) -> int:
    """Return the length of the list: all of it was carried out, or the campaign file says."""
    if record.end.stop_reason is StopReason.COMPLETED:
        return summary.total.upsets
    try:
        return int(tomllib.loads(record.header.configuration)["campaign"]["upsets"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError):
        return summary.total.upsets


def _share_cells(share: Estimate) -> tuple[str, str]:
    if math.isnan(share.value):
        return ("", "no valid upset")
    return (f"{share.value:.4f}", f"{share.low:.4f} … {share.high:.4f}")


def _share_cell(share: Estimate) -> str:
    value, limits = _share_cells(share)
    return f"{value} ({limits})" if value else limits


def _time(since_1970_ns: int) -> str:
    return datetime.fromtimestamp(since_1970_ns / 1e9, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _percent(share: float) -> str:
    return f"{100.0 * share:.3g} %"


def _level(row: OutcomeRow) -> str:
    return f"{100.0 * row.confidence:g} % {_METHODS.get(row.interval, row.interval)}"


def _number(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one}" if count == 1 else f"{count:,} {many or one + 's'}"
