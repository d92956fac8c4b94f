"""What ``radtest fit`` says beside the fit: tests on the counts, and two data sets against each other."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from radtest.analysis import CurveComparison, HomogeneityTest, LikelihoodRatioTest
    from radtest.analysis.cosine_law import CosineLaw
    from radtest.analysis.dose_drift import DoseDrift
    from radtest.core import CrossSectionPoint, Effect

__all__ = [
    "comparison_document",
    "cosine_document",
    "count_tests",
    "drift_of",
    "homogeneity_document",
    "multiplicity_table",
    "notes_of_further_checks",
    "notes_of_tests",
    "show_comparison",
    "show_tests",
]

DOUBTFUL = 0.01


def count_tests(
    points: list[CrossSectionPoint], per: str, fluence_uncertainty: float, rng: np.random.Generator
) -> dict[str, HomogeneityTest | None]:
    """Return tests that devices, and runs of one device, have one cross section at each LET."""
    from radtest.analysis import homogeneity_of

    spread = [fluence_uncertainty if p.fluence_uncertainty is None else p.fluence_uncertainty for p in points]
    return {
        "devices": homogeneity_of(points, lambda _, p: p.device, rng, per=per, fluence_uncertainty=spread),
        "runs": homogeneity_of(
            points, lambda place, _: place, rng, per=per, fluence_uncertainty=spread, within=lambda p: p.device
        ),
    }


def notes_of_tests(tests: dict[str, HomogeneityTest | None]) -> list[str]:
    """Return what a reader has to know of the tests."""
    notes = []
    for name, test in tests.items():
        smallest = 1.0 if test is None else min(test.p_value, test.common_p_value)
        if smallest < DOUBTFUL:
            notes.append(
                f"the {name} differ more than counting allows (p = {smallest:.2g}): the pooled interval is that of an "
                "average, and too narrow for the next device. Look at them apart (--devices apart)."
                if name == "devices"
                else f"runs of one device at one LET differ more than counting allows (p = {smallest:.2g}): fluence, "
                "dose or set-up changed between them."
            )
    return notes


def notes_of_further_checks(law: CosineLaw | None, drifts: dict[str, DoseDrift]) -> list[str]:
    """Return what a reader has to know of tilt and drift."""
    notes = []
    if law is not None and (law.p_value < DOUBTFUL or (law.matched is not None and law.matched.p_value < DOUBTFUL)):
        notes.append(
            f"tilted points do not obey the cosine law (p = {law.p_value:.2g}): at effective LET they count as (cos θ) "
            f"to the power of {law.exponent.value:.2g}. Effective LET misleads here; leave tilted points out."
        )
    notes += [
        f"{name}: events per fluence changed within the run (p = {drift.p_value:.2g}), by a factor of "
        f"{drift.change.value:.2g} from start to end: dose, heating or dead time. Upsets of several bits in one scan "
        "are not independent and make p too small."
        for name, drift in drifts.items()
        if drift.p_value < DOUBTFUL
    ]
    return notes


def drift_of(
    path: Path, effect: Effect, confidence: float, event_fluence_cm2: list[float] | None = None
) -> DoseDrift | None:
    """Return whether the events of a sealed run came at a constant rate per fluence; None for too few, or for CSV."""
    import numpy as np

    from radtest.analysis.dose_drift import dose_drift
    from radtest.log import open_record

    if path.suffix.lower() not in {".h5", ".hdf5", ".nxs"}:
        return None
    with open_record(path) as record:
        events = record.events
        at = events["fluence_cm2"][events["kind"] == effect.value]
        counted = record.fluence["fluence_cm2"]
    # Of bits joined to events each event counts once.
    at = at if event_fluence_cm2 is None else np.array(event_fluence_cm2)
    if len(at) < 2 or not np.all(np.isfinite(at)) or not len(counted):
        return None
    places = np.unique(at)
    # Upsets that share a fluence were found by a scan, and happened since the one before.
    scan = float(np.median(np.diff(places))) if 1 < len(places) < 0.8 * len(at) else 0.0
    return dose_drift(at, max(float(counted.max()), float(at.max())), scan_fluence_cm2=scan, confidence=confidence)


def multiplicity_table(points: list[CrossSectionPoint], per: str, confidence: float) -> list[dict[str, Any]] | None:
    """Return cross sections of events by their bits, of points that state them; None where none does."""
    from radtest.analysis import cross_section, effective_beam
    from radtest.cli.output import estimate_fields

    rows = []
    for point in points:
        if not point.multiplicities:
            continue
        let, fluence = effective_beam(point)
        bits = point.bits if per == "bit" else None
        upset = sum(k * n for k, n in point.multiplicities)
        squares = sum(k * k * n for k, n in point.multiplicities)
        sigmas = [(k, n, cross_section(n, fluence, bits, confidence)) for k, n in point.multiplicities]
        rows.append(
            {
                "let_mev_cm2_mg": let,
                "device": point.device,
                "events": point.count,
                "upset_bits": upset,
                "bits_per_event": upset / point.count if point.count else None,
                "variance_of_bits_over_poisson": squares / upset if upset else None,
                "by_bits": [{"bits": k, "events": n, **estimate_fields(sigma, "sigma_cm2")} for k, n, sigma in sigmas],
            }
        )
    return rows or None


def cosine_document(law: CosineLaw | None) -> dict[str, Any] | None:
    """Return the test of the cosine law as JSON."""
    return None if law is None else asdict(law)


def homogeneity_document(test: HomogeneityTest | None) -> dict[str, Any] | None:
    """Return a test for homogeneity as JSON; None where there was nothing to compare."""
    return None if test is None else asdict(test)


def comparison_document(found: CurveComparison) -> dict[str, Any]:
    """Return a comparison of two data sets as JSON."""
    from radtest.cli.output import estimate_fields

    def ratio_test(test: LikelihoodRatioTest | None) -> dict[str, Any] | None:
        return None if test is None else asdict(test)

    return {
        "equal_curves": ratio_test(found.equal_curves),
        "equal_shape": ratio_test(found.equal_shape),
        "equal_scale": ratio_test(found.equal_scale),
        "ratio": None if found.ratio is None else estimate_fields(found.ratio),
        "ratio_at_shared_lets": None
        if found.ratio_at_shared_lets is None
        else estimate_fields(found.ratio_at_shared_lets),
        "ratio_calibrations_apart": None
        if found.ratio_calibrations_apart is None
        else estimate_fields(found.ratio_calibrations_apart),
        "shared_lets": found.shared_lets,
        "replicates": found.replicates,
        "notes": list(found.notes),
    }


def show_tests(tests: dict[str, HomogeneityTest | None]) -> None:
    """Print the tests that there are."""
    words = {"devices": "one cross section for all devices", "runs": "one cross section for repeated runs"}
    for name, test in tests.items():
        if test is not None:
            click.echo(
                f"{words[name]}: p = {test.p_value:.3g} by LET, {test.common_p_value:.3g} over all "
                f"({len(test.strata)} LETs shared)"
            )


def show_comparison(found: CurveComparison) -> None:
    """Print a comparison of two data sets."""
    from radtest.cli.output import interval

    click.echo("against the second set:")
    for words, test in (
        ("one curve for both", found.equal_curves),
        ("one shape with a factor", found.equal_shape),
        ("that factor is 1", found.equal_scale),
    ):
        if test is not None:
            how = "χ²" if test.p_value_bootstrap is None else f"{found.replicates} simulations"
            click.echo(
                f"  {words}: p = {test.p:.3g} ({how}; likelihood ratio {test.statistic:.3g} with "
                f"{test.degrees_of_freedom} degrees of freedom)"
            )
    for words, ratio in (
        ("one shape", found.ratio),
        ("the same, calibrations of their own", found.ratio_calibrations_apart),
        ("LETs of both, exact", found.ratio_at_shared_lets),
    ):
        if ratio is not None:
            click.echo(f"  cross section of the second over the first, {words}: {ratio.value:.4g} ({interval(ratio)})")
    for note in found.notes:
        click.echo(f"  note: {note}")
