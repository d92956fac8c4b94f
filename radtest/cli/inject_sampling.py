"""How the sampling of a campaign and the cross section of its device are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radtest.cli.output import estimate_fields, interval
from radtest.core.run import StopReason
from radtest.inject import device_cross_section, read_sampling_design

if TYPE_CHECKING:
    from rich.console import Console

    from radtest.inject import DeviceCrossSection, SamplingDesign
    from radtest.log import Record

__all__ = ["sampling_fields", "show_sampling"]

_UNITS = {"cm2/device": "cm²/device", "1/day/device": "per day and device"}


def sampling_fields(record: Record, confidence: float) -> dict[str, Any]:
    """Return ``sampling`` and, where the campaign had weights, ``device`` as JSON fields."""
    design = read_sampling_design(record)
    if design is None:
        return {"sampling": None}
    fields: dict[str, Any] = {
        "sampling": {
            "size_key": design.size_key,
            "upsets": design.upsets,
            "population": design.population,
            "confidence": design.confidence,
            "looks": list(design.looks),
            "stopped_at_look": _look(record),
            "stop_width": design.stop_width,
            "stop_outcome": design.stop_outcome.value if design.looks else None,
            "strata": [{"name": stratum.name, "bits": stratum.bits} for stratum in design.strata],
            "list_sha256": design.list_sha256,
            "complete": record.end.stop_reason is StopReason.COMPLETED,
        }
    }
    if design.unit:
        fields["device"] = _device_fields(device_cross_section(record, confidence), design)
    return fields


def show_sampling(console: Console, record: Record, confidence: float) -> None:
    """Print how the upsets were drawn and, where the campaign had weights, what it says of the device."""
    design = read_sampling_design(record)
    if design is None:
        return
    console.print(_line(design, record), soft_wrap=True, highlight=False, markup=False)
    if record.end.stop_reason is not StopReason.COMPLETED:
        console.print(
            "It did not come to its end. Upsets are made in order of time, so that those made are the early ones and "
            "no sample of the whole; --resume goes on.",
            soft_wrap=True,
            highlight=False,
        )
    if design.unit:
        _show_device(console, device_cross_section(record, confidence), confidence)


def _look(record: Record) -> int | None:
    look = record.quality_value("stopped_at_look")
    return None if look is None else int(look)


def _line(design: SamplingDesign, record: Record) -> str:
    level = f"{100 * design.confidence:g} %"
    why = {
        "upsets": "",
        "margin": f", for a margin at {level}",
        "width": f", for the width of an interval at {level}",
        "looks": "",
    }[design.size_key]
    line = f"Sampling: {design.upsets} of {design.population} possible upsets{why}"
    if design.looks:
        look = _look(record)
        stopped = "not yet stopped" if look is None else f"stopped at look {look} of {len(design.looks)}"
        line += (
            f" at most; {stopped}; until the interval of {design.stop_outcome.value} is {design.stop_width:g} wide, "
            f"at {level}; its interval is calibrated for that"
        )
    if design.strata:
        parts = "weights" if design.unit else "modules"
        line += f", stratified by {len(design.strata)} {parts}; the interval is that of a stratified sample"
    return line + "."


def _show_device(console: Console, device: DeviceCrossSection, confidence: float) -> None:
    from rich.table import Table

    unit = _UNITS[device.unit]
    table = Table("outcome", unit, f"{100 * confidence:g} % interval", title=f"Device, {device.bits} bits")
    table.add_row("any upset", f"{device.upsets:.4g}", "")
    for outcome, estimate in device.outcomes.items():
        table.add_row(outcome.value, f"{estimate.value:.4g}", interval(estimate))
    table.add_row("vulnerable", f"{device.vulnerable.value:.4g}", interval(device.vulnerable))
    console.print(table)
    for note in device.notes:
        console.print(f"note: {note}", markup=False)


def _device_fields(device: DeviceCrossSection, design: SamplingDesign) -> dict[str, Any]:
    return {
        "unit": device.unit,
        "bits": device.bits,
        "upsets": device.upsets,
        "outcomes": {outcome.value: estimate_fields(estimate) for outcome, estimate in device.outcomes.items()},
        "vulnerable": estimate_fields(device.vulnerable),
        "weights": [
            {"name": stratum.name, "bits": stratum.bits, **estimate_fields(stratum.sigma)}
            for stratum in design.strata
            if stratum.sigma is not None
        ],
        "notes": list(device.notes),
    }
