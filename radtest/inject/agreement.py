"""Whether two campaigns with the same list of upsets came to the same outcomes."""

from __future__ import annotations

from dataclasses import dataclass

from radtest.core.errors import RecordError
from radtest.core.injection import InjectionResult
from radtest.log import Record

__all__ = ["Agreement", "compare_outcomes"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """The comparison of two campaigns, upset by upset.

    Parameters
    ----------
    compared : int
        Number of upsets compared.
    disagreements : tuple of (InjectionResult, InjectionResult)
        Those with different outcomes.
    """

    compared: int
    disagreements: tuple[tuple[InjectionResult, InjectionResult], ...]


def compare_outcomes(one: Record, other: Record) -> Agreement:
    """Compare two campaigns that injected the same list of upsets.

    Raises
    ------
    RecordError
        If the targets or the lists differ, so that the comparison would mean nothing.
    """
    if one.target_list() != other.target_list():
        raise RecordError(
            f"{one.path} and {other.path}: the targets differ, so their upsets cannot be compared one for one",
            remedy="run both campaigns on the same sources.",
        )
    first = {result.upset: result for result in one.injection_results()}
    second = {result.upset: result for result in other.injection_results()}
    if first.keys() != second.keys():
        only = len(first.keys() ^ second.keys())
        raise RecordError(
            f"{one.path} and {other.path}: {only} upsets are in only one of them",
            remedy="run both campaigns to the end, with the same seed and number of upsets.",
        )
    differing = [(first[u], second[u]) for u in first if first[u].outcome is not second[u].outcome]
    return Agreement(len(first), tuple(differing))
