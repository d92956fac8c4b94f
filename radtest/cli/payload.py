"""``radtest payload``: upsets, outages, heat and life of a payload."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from radtest.analysis import HeatCase, PayloadEstimate

__all__ = ["command"]

_RATES = (
    ("upsets_per_day", "upsets of bits in use"),
    ("sdc_per_day", "silent corruptions"),
    ("hangs_per_day", "hangs"),
    ("latch_ups_per_day", "latch-ups"),
    ("outages_per_day", "outages"),
)
_FRACTIONS = (
    ("availability", "availability of a chip"),
    ("all_chips_availability", "all chips up"),
    ("throughput", "throughput, hot case"),
    ("mean_throughput", "throughput, mean loads"),
)


@click.command(
    epilog="Example: radtest payload fixtures/payloads/image_processor.toml",
    short_help="Estimate upsets, outages, heat and life of a payload.",
)
@click.argument("payload", type=click.Path(path_type=Path))
@click.option("--draws", default=4000, show_default=True, help="Draws behind the intervals.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of the draws.")
@click.option("--confidence", default=0.95, show_default=True, help="Confidence level of the intervals.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(payload: Path, draws: int, seed: int, confidence: float, as_json: bool) -> None:
    """Estimate what PAYLOAD, a TOML file, will see in orbit: errors, outages, temperatures, throughput and life."""
    import numpy as np

    from radtest.analysis import estimate_payload
    from radtest.analysis.payload_configuration import read_payload

    built, configuration = read_payload(payload)
    estimate = estimate_payload(built, np.random.default_rng(seed), draws=draws, confidence=confidence)
    if as_json:
        from radtest.cli.output import print_json

        inputs = configuration.model_dump(mode="json", exclude_none=True)
        print_json(_document(estimate, {"file": str(payload), "seed": seed, "draws": draws, **inputs}))
    else:
        _show(estimate)


def _document(estimate: PayloadEstimate, inputs: dict[str, Any]) -> dict[str, Any]:
    from radtest.cli.output import estimate_fields

    standing = estimate.standing_upsets
    return {
        "title": estimate.inputs.title,
        "upsets_per_bit_day": estimate_fields(estimate.upsets_per_bit_day),
        **{name: estimate_fields(getattr(estimate, name)) for name, _ in (*_RATES, *_FRACTIONS)},
        "standing_upsets": None if standing is None else estimate_fields(standing),
        "thermal": {case.name: _heat(case) for case in (estimate.hot, estimate.mean, estimate.cold)},
        "eclipse_fraction": estimate.eclipse_fraction,
        "life_factor": estimate.life_factor,
        "life_factor_hot": estimate.life_factor_hot,
        "confidence": estimate.confidence,
        "notes": list(estimate.notes),
        "inputs": inputs,
    }


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


def _show(estimate: PayloadEstimate) -> None:
    from rich.console import Console
    from rich.table import Table

    from radtest.cli.output import interval

    console = Console()
    level = f"{estimate.confidence:.0%} interval"
    rates = Table("per day, whole payload", "value", level, title=estimate.inputs.title)
    for name, words in _RATES:
        rates.add_row(words, f"{getattr(estimate, name).value:.4g}", interval(getattr(estimate, name)))
    if estimate.standing_upsets is not None:
        rates.add_row(
            "upsets between scrubs, mean", f"{estimate.standing_upsets.value:.3g}", interval(estimate.standing_upsets)
        )
    for name, words in _FRACTIONS:
        rates.add_row(words, f"{getattr(estimate, name).value:.6f}", interval(getattr(estimate, name), 6))
    console.print(rates)
    heat = Table("heat", "radiator", "junction", "speed", "payload", "Sun", "albedo", "Earth")
    for case in (estimate.hot, estimate.mean, estimate.cold):
        heat.add_row(
            case.name,
            f"{case.radiator_k - 273.15:.1f} °C",
            f"{case.junction_k - 273.15:.1f} °C",
            "stopped" if case.shut_down else f"{case.throughput:.1%}",
            *(
                f"{watts:.0f} W"
                for watts in (
                    case.payload_w,
                    case.absorbed.solar_w,
                    case.absorbed.albedo_w,
                    case.absorbed.infrared_w,
                )
            ),
        )
    console.print(heat)
    reference = estimate.inputs.aging.reference_k - 273.15
    console.print(
        f"life: {estimate.life_factor:.3g} times that at {reference:.0f} °C ({estimate.life_factor_hot:.3g} if always "
        f"hot); {estimate.eclipse_fraction:.1%} of the orbit in eclipse"
    )
    for note in estimate.notes:
        console.print(f"note: {note}", markup=False)
