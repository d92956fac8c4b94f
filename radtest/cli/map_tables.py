"""The summary of an upset map as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from radtest.inject.exhaustive.map_summary import MapPart, MapSummary

__all__ = ["map_summary_fields"]

_HELD = (0.5, 0.9, 0.99, 1.0)


def map_summary_fields(summary: MapSummary, path: Path) -> dict[str, Any]:
    """Return a summary as JSON fields: all upsets, then rows by module, register and kind of storage; exact counts."""
    return {
        "map": str(path),
        "exact": True,
        "first_cycle": summary.first_cycle,
        "cycles": summary.cycles,
        **_part_fields(summary.total),
        "modules": [_named_fields(part) for part in summary.modules],
        "registers": [
            _named_fields(part) | {"module": part.module, "kind": part.kind, "src": part.src}
            for part in summary.registers
        ],
        "kinds": [_named_fields(part) for part in summary.kinds],
        "sdc_in_bits": [
            {"share_of_sdc": share, "bits": summary.sdc.bits_holding(share)} for share in _HELD if summary.sdc.upsets
        ],
    }


def _named_fields(part: MapPart) -> dict[str, Any]:
    return {"name": part.name, **_part_fields(part)}


def _part_fields(part: MapPart) -> dict[str, Any]:
    return {
        "bits": part.bits,
        "upsets": part.upsets,
        "counts": {outcome.value: count for outcome, count in part.counts.items()},
        "shares": {outcome.value: share for outcome, share in part.shares.items()} if part.upsets else {},
        "vulnerable_share": part.vulnerable if part.upsets else None,
    }
