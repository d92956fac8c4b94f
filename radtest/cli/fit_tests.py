"""What ``radtest fit`` says beside the fit: tests on the counts, and two data sets against each other."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import numpy as np

    from radtest.analysis import CurveComparison, HomogeneityTest, LikelihoodRatioTest
    from radtest.core import CrossSectionPoint

__all__ = [
    "comparison_document",
    "count_tests",
    "homogeneity_document",
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
    for words, ratio in (("one shape", found.ratio), ("LETs of both, exact", found.ratio_at_shared_lets)):
        if ratio is not None:
            click.echo(f"  cross section of the second over the first, {words}: {ratio.value:.4g} ({interval(ratio)})")
    for note in found.notes:
        click.echo(f"  note: {note}")
