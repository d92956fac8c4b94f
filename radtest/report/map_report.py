"""The report of an upset map, from the map file alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from radtest import __version__
from radtest.core.outcome import FaultModel, Outcome
from radtest.inject import VULNERABLE
from radtest.inject.exhaustive.map_file import MAP_OUTCOMES, UpsetMap
from radtest.inject.exhaustive.map_summary import MapPart, MapSummary, summarise_map
from radtest.report.injection_figures import outcome_figure
from radtest.report.map_figures import concentration_figure, map_figure, map_over_time_figure
from radtest.report.map_picture import PAGE_CELLS, MapPicture, map_picture
from radtest.report.map_viewer import map_viewer
from radtest.report.page import Fact, Report, Section, Table

__all__ = ["MapReport", "map_report"]

_MODULES = 24
_NOT_MASKED = tuple(outcome for outcome in MAP_OUTCOMES if outcome is not Outcome.MASKED)
_HELD = (0.5, 0.9, 0.99, 1.0)
_STRETCHES = 20


@dataclass(frozen=True, slots=True)
class MapReport:
    """A report and the figures in it.

    Parameters
    ----------
    report : Report
        The page.
    summary : MapSummary
        The counts behind it.
    picture : MapPicture
        The map as the page holds it.
    figures : dict of str to str
        SVG of each figure, by a name fit for a file.
    """

    report: Report
    summary: MapSummary
    picture: MapPicture
    figures: dict[str, str] = field(default_factory=dict)


def map_report(upset_map: UpsetMap, *, registers: int = 20, cells: int = PAGE_CELLS) -> MapReport:
    """Set out a map: the map itself to zoom into, figures, tables, and how it was made.

    Parameters
    ----------
    upset_map : UpsetMap
        The map.
    registers : int
        How many of the most vulnerable registers to show.
    cells : int
        How many cells of the map the page holds at most; a larger map is reduced, and the page says so.
    """
    summary = summarise_map(upset_map)
    facts = upset_map.facts
    picture = map_picture(upset_map, cells)
    figures: dict[str, str] = {}
    sections = (
        _map(picture, figures),
        _outcomes(summary, figures),
        _registers(summary, registers, figures),
        _concentration(summary, upset_map, figures),
        _over_time(summary, figures),
        _provenance(upset_map.path, facts),
    )
    every = _every(upset_map.model, summary.total.bits)
    report = Report(
        title=f"Upset map of {facts.get('part') or upset_map.path.stem}",
        subtitle=f"{every} in {summary.cycles:,} clock cycles: "
        f"{summary.total.upsets:,} outcomes. Exact counts, no sample; radtest {__version__}.",
        facts=_facts(summary),
        sections=sections,
        remarks=_remarks(summary, every, upset_map.model),
    )
    return MapReport(report, summary, picture, figures)


def _every(model: FaultModel, bits: int) -> str:
    """Say what a map holds all of."""
    match model:
        case FaultModel.MCU:
            return f"Every cluster that begins with one of {bits:,} bits"
        case FaultModel.STUCK0 | FaultModel.STUCK1:
            return f"Every one of {bits:,} bits stuck at {int(model is FaultModel.STUCK1)} from each cycle on"
        case FaultModel.SET:
            return f"Every transient on {bits:,} bits of nets that a rising edge catches"
        case _:
            return f"Every upset of {bits:,} bits"


def _facts(summary: MapSummary) -> tuple[Fact, ...]:
    total = summary.total
    shares = (
        ("Silent data corruption", (Outcome.SDC,)),
        ("Hang", (Outcome.HANG,)),
        ("Detected", (Outcome.DETECTED,)),
        ("Corrected", (Outcome.CORRECTED,)),
        ("Vulnerable: sdc, hang or detected", VULNERABLE),
        ("Latent at the end", (Outcome.LATENT,)),
    )
    held = summary.sdc.bits_holding(0.9)
    return (
        *(
            Fact(name, _percent(total.share(*those)), source=f"{total.count(*those):,} of {total.upsets:,} upsets")
            for name, those in shares
        ),
        Fact("Upsets", f"{total.upsets:,}", source=f"{total.bits:,} bits × {summary.cycles:,} cycles, all of them"),
        Fact(
            "Bits that hold 90 % of the SDC",
            f"{held:,}",
            source=f"of {total.bits:,}: {_percent(summary.sdc.share_holding(0.9))}"
            if summary.sdc.upsets
            else "there is none",
        ),
    )


def _remarks(summary: MapSummary, every: str, model: FaultModel) -> tuple[str, ...]:
    last = summary.first_cycle + summary.cycles - 1
    first_bit = "Where outcomes are counted by module, register or bit, the first bit of a cluster counts."
    from_then = "A stuck bit is counted in the cycle in which that begins; it lasts to the end of the test."
    return (
        f"{every}, in each of the cycles {summary.first_cycle:,} to {last:,}, was decided. The shares are those of the "
        "whole population: there is no error of sampling, and no interval.",
        "Exact they are for this one workload, judged at the outputs and alarms that the campaign file names, under "
        f"the fault model {model.value}. Another program, or another output, has other shares.",
        *([first_bit] if model is FaultModel.MCU else []),
        *([from_then] if model in (FaultModel.STUCK0, FaultModel.STUCK1) else []),
        "In orbit or beam each bit has to be weighed with its cross section; here every bit and every cycle counts the "
        "same.",
    )


def _map(picture: MapPicture, figures: dict[str, str]) -> Section:
    figures["map"] = map_figure(picture)
    caption = (
        "The map: a line for each bit, by module and register, and from left to right the clock cycle of the upset. "
        "Where a dot stands for several upsets it has the colour of the worst (sdc, then hang, detected, corrected, "
        "latent, masked), the paler the fewer of them came to that: nothing rare is lost, but areas of colour are no "
        "shares."
    )
    text: tuple[str, ...] = ()
    if not picture.whole:
        cell = f"{_number(picture.bits_per_line, 'bit')} × {_number(picture.cycles_per_column, 'cycle')}"
        text = (
            f"This map of {picture.bits:,} bits × {picture.cycles:,} cycles is too large for a page. The page holds it "
            f"reduced: a cell stands for {cell}. The map file has every upset.",
        )
    return Section("The map", text, viewers=(map_viewer(picture, figures["map"], caption),))


def _outcomes(summary: MapSummary, figures: dict[str, str]) -> Section:
    modules = summary.modules[:_MODULES]
    shown = (summary.total, *modules) if len(modules) > 1 else modules
    figures["outcomes_by_module"] = outcome_figure({part.name: part.counts for part in shown})
    more = len(summary.modules) - len(modules)
    caption = "Outcomes of all upsets by module, most bits first." + (
        f" The table has {_number(more, 'module')} more." if more else ""
    )
    total = summary.total
    tables = [
        Table(
            "Each outcome, over all upsets (exact)",
            ("outcome", "upsets", "share"),
            tuple(
                (outcome.value, f"{total.counts[outcome]:,}", _share(total.share(outcome))) for outcome in MAP_OUTCOMES
            ),
        ),
        _parts("By module, most bits first", "module", summary.modules),
    ]
    if len(summary.kinds) > 1:
        tables.append(_parts("By kind of storage, most bits first", "kind", summary.kinds))
    return Section("Outcomes", (), ((figures["outcomes_by_module"], caption),), tuple(tables))


def _parts(caption: str, what: str, parts: Sequence[MapPart]) -> Table:
    return Table(
        caption,
        (what, "bits", "upsets", *(outcome.value for outcome in _NOT_MASKED), "sdc share", "vulnerable share"),
        tuple(
            (
                *(part.name, f"{part.bits:,}", f"{part.upsets:,}"),
                *(f"{part.counts[outcome]:,}" for outcome in _NOT_MASKED),
                *(_share(part.sdc), _share(part.vulnerable)),
            )
            for part in parts
        ),
    )


def _registers(summary: MapSummary, count: int, figures: dict[str, str]) -> Section:
    title = "Most vulnerable registers"
    worst = summary.most_vulnerable(count)
    if not worst:
        return Section(title, ("No upset of any register is seen from outside.",))
    figures["most_vulnerable_registers"] = outcome_figure({part.name: part.counts for part in worst})
    more = len(summary.most_vulnerable()) - len(worst)
    never = len(summary.registers) - len(worst) - more
    text = (
        "In order of the number of upsets that are seen from outside (sdc, hang, detected). The vulnerable share is "
        "the architectural vulnerability factor of the register for this workload. "
        f"{_number(more, 'further register has', 'further registers have')} such upsets, {never:,} none."
    )
    table = Table(
        "The same as numbers",
        (
            "register",
            "declared at",
            "bits",
            "upsets",
            "sdc",
            "hang",
            "detected",
            "sdc share",
            "vulnerable share",
            "of all sdc",
        ),
        tuple(
            (
                *(part.name, part.src, f"{part.bits:,}", f"{part.upsets:,}"),
                *(f"{part.counts[outcome]:,}" for outcome in (Outcome.SDC, Outcome.HANG, Outcome.DETECTED)),
                *(_share(part.sdc), _share(part.vulnerable)),
                _percent(part.counts[Outcome.SDC] / summary.sdc.upsets) if summary.sdc.upsets else "",
            )
            for part in worst
        ),
    )
    caption = "All upsets of the registers and memories with most errors that are seen from outside."
    return Section(title, (text,), ((figures["most_vulnerable_registers"], caption),), (table,))


def _concentration(summary: MapSummary, upset_map: UpsetMap, figures: dict[str, str]) -> Section:
    title = "Where the silent data corruption lies"
    sdc = summary.sdc
    if not sdc.upsets:
        return Section(
            title,
            ("No upset leads to silent data corruption: this is proven for every bit and every cycle of the map.",),
        )
    figures["sdc_by_bits"] = concentration_figure(sdc)
    caption = "Share of the silent data corruption against the share of the bits, those with most of it first."
    held = Table(
        "The fewest bits that hold so much of it",
        ("share of the sdc", "bits", "of all bits"),
        tuple((_percent(share), f"{sdc.bits_holding(share):,}", _percent(sdc.share_holding(share))) for share in _HELD),
    )
    names = upset_map.names
    worst = Table(
        "The bits with most of it",
        ("bit", "sdc", "share of its upsets", "of all sdc"),
        tuple(
            (names[row], f"{count:,}", _share(count / summary.cycles), _percent(count / sdc.upsets))
            for row, count in zip(sdc.order[:10].tolist(), sdc.counts[:10].tolist(), strict=True)
            if count
        ),
    )
    return Section(title, (), ((figures["sdc_by_bits"], caption),), (held, worst))


def _over_time(summary: MapSummary, figures: dict[str, str]) -> Section:
    figures["outcomes_over_time"] = map_over_time_figure(summary)
    stretches = summary.stretches(_STRETCHES)
    caption = (
        "Shares of all upsets by the clock cycle in which they fall: above those seen from outside, below all outcomes."
    )
    table = Table(
        "The same in stretches of cycles",
        ("cycles", "upsets", *(outcome.value for outcome in _NOT_MASKED), "vulnerable share"),
        tuple(
            (
                f"{stretch.first_cycle:,} … {stretch.last_cycle:,}",
                f"{stretch.part.upsets:,}",
                *(f"{stretch.part.counts[outcome]:,}" for outcome in _NOT_MASKED),
                _share(stretch.part.vulnerable),
            )
            for stretch in stretches
        ),
    )
    return Section("Outcomes over time", (), ((figures["outcomes_over_time"], caption),), (table,))


def _provenance(path: Path, facts: dict[str, Any]) -> Section:
    rows = [("map", path.name)]
    rows += [(name.replace("_", " "), _value(value)) for name, value in facts.items() if name != "configuration"]
    listings: Sequence[tuple[str, str]] = ()
    if campaign := facts.get("campaign_file"):
        listings = (("To repeat it:", f"radtest map {Path(str(campaign)).name}"),)
    if configuration := facts.get("configuration"):
        listings = (*listings, ("The campaign file", str(configuration)))
    return Section(
        "Where it comes from",
        ("The same sources, campaign file and workload give the same map.",),
        (),
        (Table("Provenance", ("what", "value"), tuple(rows)),),
        tuple(listings),
    )


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _share(share: float) -> str:
    """Return a share with four decimals, or as many as it takes to tell it from none and from all."""
    if math.isnan(share):
        return ""
    return next(text for digits in range(4, 18) if _told_apart(share, text := f"{share:.{digits}f}"))


def _percent(share: float) -> str:
    return next(
        f"{text} %" for digits in range(3, 18) if _told_apart(share, text := f"{100.0 * share:.{digits}g}", 100)
    )


def _told_apart(share: float, text: str, whole: int = 1) -> bool:
    """Tell whether a number is shown as none or as all only where it is: exact counts make that a claim."""
    return share in {0, 1} or float(text) not in {0, whole}


def _number(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one}" if count == 1 else f"{count:,} {many or one + 's'}"
