"""Two campaigns with the same list of upsets, compared one for one."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from campaign_samples import HEADER, TARGETS, result, seal_campaign
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from record_samples import END

from radtest.core import (
    FaultModel,
    InjectionResult,
    Outcome,
    RecordError,
    RunEnd,
    RunHeader,
    StopReason,
    Strike,
    Upset,
)
from radtest.inject import Agreement, SamplingDesign, compare_outcomes
from radtest.log import open_record

COMPLETED = RunEnd(END.end_time_ns, StopReason.COMPLETED, valid=True)
LOOKS = SamplingDesign(upsets=8, population=100, size_key="looks", looks=(2, 4, 8), stop_width=0.1, list_sha256="ab")


def header(design: SamplingDesign) -> RunHeader:
    return dataclasses.replace(HEADER, source=dataclasses.replace(HEADER.source, sampling=design.to_text()))


def compare(folder: Path, one: list[InjectionResult], other: list[InjectionResult], **changes: object) -> Agreement:
    paths = [folder / "one.h5", folder / "other.h5"]
    for path in paths:
        path.unlink(missing_ok=True)
    head = changes.pop("header", HEADER)
    seal_campaign(paths[0], one, header=head, end=COMPLETED)  # type: ignore[arg-type]
    seal_campaign(paths[1], other, **({"header": head, "end": COMPLETED} | changes))  # type: ignore[arg-type]
    with open_record(paths[0]) as first, open_record(paths[1]) as second:
        return compare_outcomes(first, second)


def cluster(index: int, outcome: Outcome, *bits: int) -> InjectionResult:
    first, *more = bits
    others = tuple(Strike(0, 0, bit, index) for bit in more)
    upset = Upset(index, 0, 0, first, index, FaultModel.MCU, others=others)
    return InjectionResult(upset, outcome, 0, 0, 1, others_read=((0, 1),) * len(others))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    outcomes=st.lists(st.tuples(st.sampled_from(Outcome), st.sampled_from(Outcome)), min_size=1, max_size=12),
    order=st.randoms(use_true_random=False),
)
def test_disagreements_are_those_with_different_outcomes_whatever_the_order_of_the_rows(tmp_path, outcomes, order):
    one = [result(n, a, cycle=n, target=n % 5) for n, (a, _) in enumerate(outcomes)]
    other = [result(n, b, cycle=n, target=n % 5, detail="other") for n, (_, b) in enumerate(outcomes)]
    shuffled = order.sample(other, len(other))

    agreement = compare(tmp_path, one, shuffled)

    assert agreement.compared == len(outcomes)
    assert agreement.alone == (0, 0)
    assert agreement.disagreements == tuple(
        (a, b) for a, b in zip(one, other, strict=True) if a.outcome is not b.outcome
    )


@pytest.mark.parametrize(
    "change",
    [{"cycle": 9}, {"target": 2}, {"bit": 1}, {"word": 1}, {"model": FaultModel.STUCK0}],
    ids=lambda change: next(iter(change)),
)
def test_an_upset_that_is_another_one_is_in_only_one_of_them(tmp_path, change):
    one = [result(0, Outcome.SDC), result(1, Outcome.SDC, cycle=1)]
    other = [result(0, Outcome.SDC), result(1, Outcome.SDC, **({"cycle": 1} | change))]

    with pytest.raises(RecordError, match="2 upsets are in only one of them"):
        compare(tmp_path, one, other)


def test_a_list_that_is_longer_in_one_is_refused(tmp_path):
    with pytest.raises(RecordError, match="1 upsets are in only one") as error:
        compare(tmp_path, [result(0, Outcome.SDC)], [result(0, Outcome.SDC), result(1, Outcome.SDC)])
    assert "--resume" in str(error.value)


def test_clusters_are_compared_bit_for_bit(tmp_path):
    one = [cluster(0, Outcome.SDC, 1, 2), cluster(1, Outcome.MASKED, 3, 4, 5), cluster(2, Outcome.SDC, 6, 7)]
    other = [cluster(0, Outcome.SDC, 1, 2), cluster(1, Outcome.SDC, 3, 4, 5), cluster(2, Outcome.SDC, 6, 7)]

    assert compare(tmp_path, one, other).disagreements == ((one[1], other[1]),)


@pytest.mark.parametrize("bits", [(3, 4), (3, 4, 6), (3, 4, 5, 6)], ids=["fewer", "another", "more"])
def test_a_cluster_of_other_bits_is_another_upset(tmp_path, bits):
    one = [cluster(0, Outcome.SDC, 1, 2), cluster(1, Outcome.SDC, 3, 4, 5)]
    with pytest.raises(RecordError, match="2 upsets are in only one of them"):
        compare(tmp_path, one, [one[0], cluster(1, Outcome.SDC, *bits)])


def test_other_targets_cannot_be_compared(tmp_path):
    with pytest.raises(RecordError, match="the targets differ"):
        compare(tmp_path, [result(0, Outcome.SDC)], [result(0, Outcome.SDC)], targets=TARGETS[:3])


def test_campaigns_that_stopped_at_different_looks_are_compared_up_to_the_earlier(tmp_path):
    one = [result(n, Outcome.SDC, cycle=n) for n in range(8)]
    other = [result(n, Outcome.SDC if n else Outcome.MASKED, cycle=n) for n in range(4)]

    agreement = compare(tmp_path, one, other, header=header(LOOKS))

    assert (agreement.compared, agreement.alone) == (4, (4, 0))
    assert agreement.disagreements == ((one[0], other[0]),)


@pytest.mark.parametrize(
    "changes",
    [
        {"header": header(LOOKS), "end": RunEnd(END.end_time_ns, StopReason.OPERATOR, valid=True)},
        {"header": header(dataclasses.replace(LOOKS, looks=(), size_key="upsets"))},
    ],
    ids=["stopped by the operator", "no looks"],
)
def test_lists_of_other_lengths_need_looks_and_an_end(tmp_path, changes):
    with pytest.raises(RecordError, match="4 upsets are in only one of them"):
        compare(
            tmp_path,
            [result(n, Outcome.SDC, cycle=n) for n in range(8)],
            [result(n, Outcome.SDC, cycle=n) for n in range(4)],
            **changes,
        )
