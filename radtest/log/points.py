"""From a record to a point of a cross section."""

from __future__ import annotations

from typing import TypeVar

from radtest.core import Beam, CrossSectionPoint, Effect, RecordError
from radtest.log.record import Record

__all__ = ["LIVE_FLUENCE", "cross_section_point"]

T = TypeVar("T")

LIVE_FLUENCE = "live_fluence_cm2"
"""Name of the figure of quality that holds the live fluence, cm⁻²."""


def cross_section_point(
    record: Record, effect: Effect = Effect.SEU, *, accept_invalid: bool = False
) -> CrossSectionPoint:
    """Return the count of an effect over the live fluence of a beam run.

    Parameters
    ----------
    record : Record
        A sealed beam run.
    effect : Effect
        The effect to count.
    accept_invalid : bool
        Take the run even if it is marked not valid for analysis.

    Returns
    -------
    CrossSectionPoint
        Count, live fluence (cm⁻²), LET at the die and bits under observation.

    Raises
    ------
    RecordError
        If the run is no beam run, is marked not valid, or states no live fluence above 0.

    Notes
    -----
    Live fluence, not the fluence of the beam: while a device is latched up or rebooting it cannot show an upset, and
    the particles of that time must not dilute the cross section. Where the file was amended (``valid``,
    ``quality/live_fluence_cm2``, ``source/let``, ``source/tilt``, ``dut/bits``), the latest amendment counts.
    """
    source = record.header.source
    if not isinstance(source, Beam):
        raise RecordError(
            f"{record.path}: a run of kind {source.kind.value!r} has no cross section", remedy="give beam runs."
        )
    if (record.amended("valid") or str(record.end.valid).lower()) != "true" and not accept_invalid:
        raise RecordError(
            f"{record.path}: the run is marked not valid (it ended by {record.end.stop_reason.value!r})",
            remedy="leave it out, or say that it is to be used all the same (accept_invalid=True).",
        )
    fluence = _amended(record, f"quality/{LIVE_FLUENCE}", record.quality_value(LIVE_FLUENCE))
    if fluence is None or not fluence > 0:
        found = "states no figure of that name" if fluence is None else f"states {fluence:g}"
        raise RecordError(
            f"{record.path}: /entry/quality {LIVE_FLUENCE}: {found}; a fluence above 0 cm⁻² is needed",
            remedy="use a run that saw beam and ended in order.",
        )
    device = record.header.device
    bits = _amended(record, "dut/bits", device.bits)
    return CrossSectionPoint(
        let_mev_cm2_mg=_amended(record, "source/let", source.let_mev_cm2_mg),
        count=record.count(effect),
        fluence_cm2=fluence,
        bits=None if bits is None else int(bits),
        device=device.serial or device.part,
        tilt_deg=_amended(record, "source/tilt", source.tilt_deg),
        label=record.path.name,
    )


def _amended(record: Record, field: str, sealed: T) -> T | float:
    amended = record.amended(field)
    return sealed if amended is None else float(amended)
