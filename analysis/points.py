"""Points of a cross section: reading them from CSV, checking them, and the beam a tilted device sees."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.table_file import TableRow, read_table
from radtest.core.counts import CrossSectionPoint
from radtest.core.errors import ConfigurationError

__all__ = [
    "LARGEST_BITS",
    "check_points",
    "effective_beam",
    "fluence_uncertainties",
    "live_fluence",
    "point_suspicions",
    "read_points",
    "stated_uncertainty",
]

_REQUIRED = ("let_mev_cm2_mg", "count", "fluence_cm2")
_OPTIONAL = (
    *("device", "tilt_deg", "bits", "label", "fluence_uncertainty", "live_fluence_cm2", "dead_fraction"),
    "multiplicities",
)
_HINTS = {
    "let_mev_cm2_g": "Divide MeV·cm²/g by 1000.",
    "let": "State its unit: let_mev_cm2_mg.",
    "fluence": "State its unit: fluence_cm2.",
    "let_kev_um": "Divide keV/µm by 233 (silicon).",
    "fluence_m2": "Divide m⁻² by 10,000.",
    **dict.fromkeys(
        ("sigma_cm2", "cross_section", "cross_section_cm2"),
        "Counts are fitted, not cross sections: give the events and the fluence they were counted in.",
    ),
}
_SPELLINGS = {
    **dict.fromkeys(("letmevcm2permg", "letmevmgcm2", "letmevcm2mgsi", "letsimevcm2mg"), "let_mev_cm2_mg"),
    **dict.fromkeys(
        (
            "counts",
            "events",
            "upsets",
            "errors",
            "nevents",
            "nupsets",
            "numberofevents",
            "numberofupsets",
            "seu",
            "seus",
        ),
        "count",
    ),
    **dict.fromkeys(
        ("fluenceionscm2", "fluence1cm2", "fluencepcm2", "fluencepartcm2", "fluenceparticlescm2", "fluencepercm2"),
        "fluence_cm2",
    ),
    **dict.fromkeys(("tilt", "tiltdegrees", "angledeg", "angle", "tiltangledeg"), "tilt_deg"),
    **dict.fromkeys(("dut", "serial", "serialnumber", "sn", "dutid"), "device"),
    **dict.fromkeys(("nbits", "bitsundertest", "numberofbits"), "bits"),
    **dict.fromkeys(("comments", "remark", "remarks", "notes"), "comment"),
    **dict.fromkeys(("runno", "runnumber"), "run"),
    **dict.fromkeys(("ionspecies", "species", "particle"), "ion"),
}
# Said of a run in facility logs; nothing here depends on them.
_UNUSED = ("run", "ion", "energy_mev", "energy_mev_u", "range_um", "flux_cm2_s", "date", "time", "comment")
# No ion exceeds about 120 MeV·cm²/mg in silicon at normal incidence, nor 240 at 60 degrees.
_LARGEST_LET = 250.0
_LARGEST_UNTILTED_LET = 125.0
_SMALLEST_LETS = 0.05
_LARGEST_FLUENCE = 1e10
_LARGEST_SIGMA = 30.0
# Beyond this neighbouring whole numbers are no longer told apart.
_LARGEST_COUNT = 2**53
LARGEST_BITS = 10**18
"""More than any device will have."""


def effective_beam(point: CrossSectionPoint) -> tuple[float, float]:
    """Return effective LET (MeV·cm²/mg) and effective fluence (cm⁻²) of a point.

    Notes
    -----
    Cosine law: LET / cos θ and fluence · cos θ, with the fluence measured across the beam. It holds for sensitive
    volumes that are thin compared with their width.
    """
    cosine = math.cos(math.radians(point.tilt_deg))
    return point.let_mev_cm2_mg / cosine, point.fluence_cm2 * cosine


def fluence_uncertainties(points: Sequence[CrossSectionPoint], default: float = 0.0) -> float | NDArray[np.float64]:
    """Return the relative standard uncertainty of each fluence; one number where no point states its own."""
    if all(point.fluence_uncertainty is None for point in points):
        return default
    return np.array([default if p.fluence_uncertainty is None else p.fluence_uncertainty for p in points])


def check_points(points: Sequence[CrossSectionPoint]) -> None:
    """Refuse points that cannot be measurements.

    Raises
    ------
    ConfigurationError
        If there are no points, a count is negative, a fluence is not above 0, bits are below 1, a tilt reaches 90
        degrees, or a LET is not above 0 or so large that its unit is doubtful.
    """
    if not points:
        raise ConfigurationError("no points to fit", remedy="give at least four LETs.")
    for number, point in enumerate(points, start=1):
        _check(point, point.label or f"point {number}")


def read_points(path: str | Path) -> list[CrossSectionPoint]:
    """Read points of a cross section from a CSV file.

    Parameters
    ----------
    path : str or Path
        Header ``let_mev_cm2_mg,count,fluence_cm2`` in any order, optionally with ``device``, ``tilt_deg``, ``bits``,
        ``label``, ``fluence_uncertainty`` (relative), ``live_fluence_cm2`` or ``dead_fraction`` (of the fluence, while
        the device could show nothing) and ``multiplicities`` (``1:950 2:40``, events by their bits). Other spellings
        are known (``LET (MeV·cm²/mg)``, ``events``, ``Fluence (ions/cm²)``), and run, ion, energy, range, flux, date,
        time and comment may stand beside, unused. Columns are
        separated by commas, semicolons or tabs; lines that begin with ``#`` are comments.

    Returns
    -------
    list of CrossSectionPoint
        In the order of the file, labelled with file and line where no label is given.

    Raises
    ------
    ConfigurationError
        If the file cannot be read, or a column or a value is wrong; the message names the line.

    Notes
    -----
    `count` is events. Where it is the bits of the multiplicities instead, it is replaced by their events: the bits of
    one event are not independent, as the likelihood of a fit needs them to be.
    """
    points = []
    for row in read_table(path, _REQUIRED, (*_OPTIONAL, *_UNUSED), _HINTS, spellings=_SPELLINGS):
        point = _point(row)
        _check(point, row.where)
        points.append(point)
    return points


def point_suspicions(points: Sequence[CrossSectionPoint]) -> tuple[str, ...]:
    """Return what looks wrong about points although it may be right: units, repeated lines, sizes.

    Parameters
    ----------
    points : sequence of CrossSectionPoint
        Points that `check_points` lets pass.
    """
    found = []
    steep = [point for point in points if point.let_mev_cm2_mg > _LARGEST_UNTILTED_LET]
    if steep:
        found.append(
            f"{steep[0].label or 'a point'}: a LET of {steep[0].let_mev_cm2_mg:g} MeV·cm²/mg; no ion exceeds about 120 "
            "in silicon. If it is an effective LET, give the LET of the beam and tilt_deg; if it is in keV/µm divide "
            "by 233."
        )
    if all(point.let_mev_cm2_mg < _SMALLEST_LETS for point in points):
        found.append(
            f"every LET is below {_SMALLEST_LETS:g} MeV·cm²/mg, less than any ion but protons has: check the unit "
            "(1 MeV·cm²/mg is 1000 MeV·cm²/g)."
        )
    most = max(points, key=lambda point: point.fluence_cm2)
    if most.fluence_cm2 > _LARGEST_FLUENCE:
        found.append(
            f"{most.label or 'a point'}: a fluence of {most.fluence_cm2:.3g} cm⁻²; heavy-ion runs end near 1e7. If it "
            "is per m² divide by 10,000."
        )
    dense = max(points, key=lambda point: point.count / point.fluence_cm2)
    if dense.count / dense.fluence_cm2 > _LARGEST_SIGMA:
        found.append(
            f"{dense.label or 'a point'}: {dense.count} events in {dense.fluence_cm2:g} cm⁻² are "
            f"{dense.count / dense.fluence_cm2:.3g} cm² a device, more than a die has: check the unit of the fluence."
        )
    bare = [point for point in points if point.bits is None]
    if bare and len(bare) < len(points):
        found.append(
            f"{bare[0].label or 'a point'} has no bits, others have: unless asked for per bit, the cross section is "
            "per device."
        )
    seen: dict[tuple[object, ...], CrossSectionPoint] = {}
    for point in points:
        key = (point.let_mev_cm2_mg, point.count, point.fluence_cm2, point.device, point.tilt_deg)
        if point.count and key in seen:
            found.append(
                f"{point.label or 'a point'} repeats {seen[key].label or 'another'}: if it is one run entered twice, "
                "delete one; both are used."
            )
        seen.setdefault(key, point)
    return tuple(found)


def _point(row: TableRow) -> CrossSectionPoint:
    parts = _multiplicities(row)
    return CrossSectionPoint(
        let_mev_cm2_mg=row.number_of("let_mev_cm2_mg"),
        count=_events(row, parts),
        fluence_cm2=live_fluence(row),
        bits=row.whole("bits") if row.text("bits") else None,
        device=row.text("device"),
        tilt_deg=row.number_of("tilt_deg", 0.0),
        label=row.text("label") or row.where,
        fluence_uncertainty=stated_uncertainty(row),
        multiplicities=parts,
    )


def live_fluence(row: TableRow) -> float:
    """Return the live fluence of a line, cm⁻²: stated, or the fluence less its dead share.

    Raises
    ------
    ConfigurationError
        If the share is no share, or the live fluence exceeds the fluence.
    """
    fluence = row.number_of("fluence_cm2")
    dead = row.number_of("dead_fraction", 0.0)
    if not 0 <= dead < 1:
        raise ConfigurationError(
            f"{row.where}: dead_fraction is {dead:g}",
            remedy="give the share of the fluence that passed while the device could show nothing, 0 to below 1.",
        )
    live = row.number_of("live_fluence_cm2", fluence * (1.0 - dead))
    if row.text("live_fluence_cm2") and (dead or live > fluence):
        what = "dead_fraction too" if dead else f"more than fluence_cm2 = {fluence:g}"
        raise ConfigurationError(
            f"{row.where}: live_fluence_cm2 is {live:g}, and {what}",
            remedy="give live_fluence_cm2 or dead_fraction, at most the fluence of the beam.",
        )
    return live


def stated_uncertainty(row: TableRow) -> float | None:
    """Return the relative uncertainty of the fluence that a line states, if it does.

    Raises
    ------
    ConfigurationError
        If it is not between 0 and 1.
    """
    if not row.text("fluence_uncertainty"):
        return None
    value = row.number_of("fluence_uncertainty")
    if not 0 <= value < 1:
        raise ConfigurationError(
            f"{row.where}: fluence_uncertainty is {value:g}", remedy="give a fraction, such as 0.1 for 10 %."
        )
    return value


def _multiplicities(row: TableRow) -> tuple[tuple[int, int], ...]:
    parts: dict[int, int] = {}
    for word in row.text("multiplicities").split():
        bits, _, events = word.partition(":")
        if not (bits.isdecimal() and events.isdecimal() and int(bits) > 0) or int(bits) in parts:
            raise ConfigurationError(
                f"{row.where}: multiplicities = {row.text('multiplicities')!r}",
                remedy="give events by their bits, each once, as in 1:950 2:40 3:5.",
            )
        parts[int(bits)] = int(events)
    return tuple(sorted(parts.items()))


def _events(row: TableRow, parts: tuple[tuple[int, int], ...]) -> int:
    count = row.whole("count")
    if not parts:
        return count
    events, upset = sum(n for _, n in parts), sum(k * n for k, n in parts)
    if count not in {events, upset}:
        raise ConfigurationError(
            f"{row.where}: count is {count}; multiplicities add up to {events} events with {upset} bits",
            remedy="let count be the events (or the bits) of the multiplicities.",
        )
    return events


def _check(point: CrossSectionPoint, where: str) -> None:
    if point.count < 0:
        raise ConfigurationError(f"{where}: count is {point.count}", remedy="a count is 0 or more.")
    if point.count > _LARGEST_COUNT:
        raise ConfigurationError(f"{where}: count is {point.count:g}", remedy="no run counts so many; correct it.")
    if not (math.isfinite(point.fluence_cm2) and point.fluence_cm2 > 0):
        raise ConfigurationError(
            f"{where}: fluence_cm2 is {point.fluence_cm2:g}",
            remedy="give the live fluence, above 0; leave out a run without fluence, it says nothing.",
        )
    if point.bits is not None and not 1 <= point.bits <= LARGEST_BITS:
        raise ConfigurationError(
            f"{where}: bits is {point.bits:g}", remedy=f"give 1 to {LARGEST_BITS:g}, or leave it empty."
        )
    if not -90 < point.tilt_deg < 90:
        raise ConfigurationError(f"{where}: tilt_deg is {point.tilt_deg:g}", remedy="give degrees between -90 and 90.")
    if not (math.isfinite(point.let_mev_cm2_mg) and point.let_mev_cm2_mg > 0):
        raise ConfigurationError(f"{where}: let_mev_cm2_mg is {point.let_mev_cm2_mg:g}", remedy="give a LET above 0.")
    if point.let_mev_cm2_mg > _LARGEST_LET:
        raise ConfigurationError(
            f"{where}: a LET of {point.let_mev_cm2_mg:g} MeV·cm²/mg; no ion exceeds about 120 in silicon",
            remedy="if it is in MeV·cm²/g divide by 1000; if in keV/µm divide by 233.",
        )
