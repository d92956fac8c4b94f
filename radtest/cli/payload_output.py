"""What ``radtest payload`` prints: one JSON object, or tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from radtest.analysis import HeatCase, ModelledEstimate, PayloadErrors, PayloadEstimate

__all__ = ["CONDITIONS", "payload_document", "show_payload"]

CONDITIONS = {
    "spectrum": "in the given spectrum",
    "quiet": "in the quiet orbit",
    "worst_5min": "in the worst five minutes",
    "worst_day": "in the worst day",
    "worst_week": "in the worst week",
    "october_1989_19": "at the peak of 19 October 1989",
    "october_1989_22": "at the peak of 22 October 1989",
    "october_1989_24": "at the peak of 24 October 1989",
}
_RATES = (
    ("upsets_per_day", "upsets of bits in use"),
    ("sdc_per_day", "silent corruptions"),
    ("hangs_per_day", "hangs"),
    ("interrupts_per_day", "functional interrupts"),
    ("latch_ups_per_day", "latch-ups"),
    ("outages_per_day", "outages"),
)
_FRACTIONS = (
    ("availability", "availability of a chip"),
    ("all_chips_availability", "all chips up"),
    ("throughput", "throughput, hot case"),
    ("mean_throughput", "throughput, mean loads"),
)
_EFFECTS = {"interrupts_per_day": "sefi", "latch_ups_per_day": "sel"}
_DAY_S = 86400.0


def payload_document(estimate: PayloadEstimate, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON object of ``radtest payload``; its first figures are those of the first condition."""
    from radtest.cli.output import estimate_fields

    conditions = [estimate] if estimate.event is None else [estimate, estimate.event]
    return {
        "title": estimate.inputs.title,
        "condition": estimate.condition.name,
        **_errors(estimate),
        "conditions": {one.condition.name: _condition(one) for one in conditions},
        "thermal": {case.name: _heat(case) for case in (estimate.hot, estimate.mean, estimate.cold)},
        "eclipse_fraction": estimate.eclipse_fraction,
        "life_factor": estimate.life_factor.value,
        "life_factor_hot": estimate.life_factor_hot.value,
        "life": {
            "factor": estimate_fields(estimate.life_factor),
            "factor_always_hot": estimate_fields(estimate.life_factor_hot),
            "reference_k": estimate.inputs.aging.reference_k,
        },
        "confidence": estimate.confidence,
        "notes": list(estimate.notes),
        "inputs": inputs,
    }


def _errors(errors: PayloadErrors) -> dict[str, Any]:
    from radtest.cli.output import estimate_fields, modelled_fields

    standing = errors.standing_upsets
    return {
        "upsets_per_bit_day": estimate_fields(errors.upsets_per_bit_day),
        **{name: modelled_fields(getattr(errors, name)) for name, _ in (*_RATES, *_FRACTIONS)},
        "standing_upsets": None if standing is None else modelled_fields(standing),
    }


def _condition(errors: PayloadErrors) -> dict[str, Any]:
    from radtest.analysis.provenance import environment_digest
    from radtest.cli.output import modelled_fields
    from radtest.cli.rate_output import effect_fields, upset_fields

    environment, duration_s = errors.condition.environment, errors.condition.duration_s
    document = {
        **_errors(errors),
        "rates": {
            "upset": upset_fields(errors.rates.upset),
            "effects": {name: effect_fields(rate) for name, rate in errors.rates.effects.items()},
        },
        "environment": {
            "sha256": environment_digest(environment),
            "period_s": environment.period_s,
            "duration_s": duration_s,
            "notes": list(environment.notes),
        },
    }
    for name, seconds in (("per_orbit", environment.period_s), ("in_the_event", duration_s)):
        if seconds is not None:
            document[name] = {
                rate.removesuffix("_per_day"): modelled_fields(getattr(errors, rate).scaled(seconds / _DAY_S))
                for rate, _ in _RATES
            }
    return document


def _heat(case: HeatCase) -> dict[str, Any]:
    return {
        "radiator_k": case.radiator_k,
        "junction_k": case.junction_k,
        "throughput": case.throughput,
        "shut_down": case.shut_down,
        "payload_w": case.payload_w,
        "solar_w": case.absorbed.solar_w,
        "albedo_w": case.absorbed.albedo_w,
        "earth_infrared_w": case.absorbed.infrared_w,
        "emitted_w": case.emitted_w,
    }


def show_payload(estimate: PayloadEstimate) -> None:
    """Print the estimate as tables."""
    from rich.console import Console

    console = Console()
    console.print(f"{estimate.inputs.title}: {estimate.inputs.chips} chips", markup=False)
    for errors in (estimate,) if estimate.event is None else (estimate, estimate.event):
        _show_errors(console, errors, estimate.confidence)
    _show_heat(console, estimate)
    for note in estimate.notes:
        console.print(f"note: {note}", markup=False)


def _show_errors(console: Console, errors: PayloadErrors, confidence: float) -> None:
    from rich.table import Table

    from radtest.cli.output import interval

    period_s, duration_s = errors.condition.environment.period_s, errors.condition.duration_s
    spans = {"per orbit": None if duration_s is not None else period_s, "in all of it": duration_s}
    shown = {words: seconds for words, seconds in spans.items() if seconds is not None}
    where = CONDITIONS[errors.condition.name]
    if duration_s is not None:
        where += f", {duration_s / 3600:.3g} h"
    table = Table("whole payload", "per day", f"{confidence:.0%} interval", "model", *shown, title=where)

    def row(words: str, figure: ModelledEstimate, digits: int = 3, *, times: bool = False, form: str = ".4g") -> None:
        model = f"{figure.model_low:.{digits}g} … {figure.model_high:.{digits}g}"
        parts = [f"{figure.value * seconds / _DAY_S:.3g}" if times else "" for seconds in shown.values()]
        table.add_row(words, f"{figure.value:{form}}", interval(figure.estimate, digits), model, *parts)

    for name, words in _RATES:
        if name not in _EFFECTS or _EFFECTS[name] in errors.rates.effects:
            row(words, getattr(errors, name), times=True)
    if errors.standing_upsets is not None:
        row("upsets between scrubs, mean", errors.standing_upsets)
    for name, words in _FRACTIONS:
        row(words, getattr(errors, name), 6, form=".6f")
    console.print(table)
    upset = errors.rates.upset
    if upset is not None and upset.total is not None:
        parts = {"direct ionisation": upset.direct, "nuclear reactions of protons": upset.proton}
        told = [f"{rate.value:.3g} by {words}" for words, rate in parts.items() if rate is not None]
        console.print(f"upsets per bit and day: {upset.total.value:.4g}, {', '.join(told)}", markup=False)
    latch_ups = errors.latch_ups_per_day
    if latch_ups.geometry is not None:
        low, high = latch_ups.geometry
        console.print(f"latch-ups per day by geometry of the sensitive volume: {low:.3g} … {high:.3g}", markup=False)


def _show_heat(console: Console, estimate: PayloadEstimate) -> None:
    from rich.table import Table

    from radtest.cli.output import interval

    heat = Table("heat", "radiator", "junction", "speed", "payload", "Sun", "albedo", "Earth")
    for case in (estimate.hot, estimate.mean, estimate.cold):
        absorbed = case.absorbed
        heat.add_row(
            case.name,
            f"{case.radiator_k - 273.15:.1f} °C",
            f"{case.junction_k - 273.15:.1f} °C",
            "stopped" if case.shut_down else f"{case.throughput:.1%}",
            *(f"{watts:.0f} W" for watts in (case.payload_w, absorbed.solar_w, absorbed.albedo_w, absorbed.infrared_w)),
        )
    console.print(heat)
    reference = estimate.inputs.aging.reference_k - 273.15
    life, hot = estimate.life_factor, estimate.life_factor_hot
    bounds = "" if life.low == life.high else f" ({interval(life)})"
    console.print(
        f"life: {life.value:.3g}{bounds} times that at {reference:.0f} °C, {hot.value:.3g} if always hot; "
        f"{estimate.eclipse_fraction:.1%} of the orbit in eclipse",
        markup=False,
    )
