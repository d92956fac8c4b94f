"""Carrying out the list of a campaign: what is left of it, look by look where there are looks."""

from __future__ import annotations

from radtest.core.estimate import Estimate
from radtest.core.injection import InjectionResult
from radtest.inject.decided import Decided
from radtest.inject.following import Follower
from radtest.inject.looks import look_estimate, stops_at_look
from radtest.inject.observer import InjectionObserver
from radtest.inject.sampling_design import SamplingDesign
from radtest.inject.upset_list import UpsetList
from radtest.log import Journal

__all__ = ["carry_out"]


def carry_out(
    follower: Follower,
    journal: Journal,
    upsets: UpsetList,
    design: SamplingDesign,
    decided: Decided,
    observer: InjectionObserver,
) -> None:
    """Make those upsets of a list that are not decided yet.

    Parameters
    ----------
    follower : Follower
        What makes upsets.
    journal : Journal
        Where outcomes go, and at which look the campaign stopped.
    upsets : UpsetList
        The whole list.
    design : SamplingDesign
        Its sampling design.
    decided : Decided
        What is decided already; it takes the rest down.
    observer : InjectionObserver
        Who is told of progress.

    Raises
    ------
    InjectionError
        If the simulation cannot go on.

    Notes
    -----
    Up to each look all upsets are made, in order of time, before the look is taken: those that happen to be decided
    first are no sample, since they are the early ones.
    """

    def note(result: InjectionResult) -> None:
        decided.note(result.upset.index, result.outcome)
        observer.upset(result, decided.count, len(upsets))

    def make(part: UpsetList) -> None:
        left = decided.left(part)
        if len(left):
            follower.follow(left, journal, note)

    if not design.looks:
        make(upsets)
        return
    counts = []
    for number, look in enumerate(design.looks, start=1):
        observer.stage(f"upsets up to look {number} of {len(design.looks)}")
        make(upsets[:look])
        counts.append(decided.counts(look))
        if stops_at_look(design, counts):
            journal.quality("stopped_at_look", number, "1", _told(design, look, look_estimate(design, counts)))
            return


def _told(design: SamplingDesign, look: int, estimate: Estimate | None) -> str:
    """Say why a campaign stopped where it did."""
    share = f"the share of {design.stop_outcome.value}"
    if estimate is None:
        return f"{look} upsets, none of them valid"
    width = estimate.high - estimate.low
    narrow = "narrow enough" if width <= (design.stop_width or 0.0) else "the last look"
    return f"{look} upsets; {share} is {estimate.low:.4g} to {estimate.high:.4g}, {width:.4g} wide: {narrow}"
