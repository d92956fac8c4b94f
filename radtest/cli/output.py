"""How the analysis commands print numbers: JSON for machines, cells for people."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import click

from radtest.core.estimate import Estimate

if TYPE_CHECKING:
    from radtest.analysis import ModelledEstimate

__all__ = ["estimate_fields", "interval", "modelled_fields", "print_json"]


def print_json(document: dict[str, Any]) -> None:
    """Print one JSON object on standard output; infinite and undefined numbers become null, as JSON has no others."""
    click.echo(json.dumps(_finite(document), indent=2, allow_nan=False, ensure_ascii=False))


def estimate_fields(estimate: Estimate, name: str = "value") -> dict[str, float]:
    """Return an estimate as JSON fields, its value under `name`."""
    return {name: estimate.value, "low": estimate.low, "high": estimate.high}


def modelled_fields(estimate: ModelledEstimate, name: str = "value") -> dict[str, float]:
    """Return an estimate as JSON fields, with the bounds of the model and, where there are some, of the geometry."""
    fields = {
        **estimate_fields(estimate.estimate, name),
        "model_low": estimate.model_low,
        "model_high": estimate.model_high,
    }
    if estimate.geometry is not None:
        fields["geometry_low"], fields["geometry_high"] = estimate.geometry
    return fields


def interval(estimate: Estimate, digits: int = 3) -> str:
    """Return the interval of an estimate for a table cell."""
    high = "∞" if math.isinf(estimate.high) else f"{estimate.high:.{digits}g}"
    return f"{estimate.low:.{digits}g} … {high}"


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
