"""The summary of a campaign: counts that add up, shares with intervals, and the words of ISO 26262."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest
from campaign_samples import CAMPAIGNS, TARGETS, result, seal_campaign, several
from hypothesis import HealthCheck, given, settings
from record_samples import write_beam_run

from radtest.core import ConfigurationError, InjectionResult, Outcome, RecordError
from radtest.inject import (
    FAULT_CLASS_REASONS,
    FAULT_CLASSES,
    VULNERABLE,
    FaultClass,
    InjectionSummary,
    OutcomeRow,
    fault_class,
    summarise,
)
from radtest.log import open_record, seal

MIXED = (
    several({Outcome.MASKED: 5, Outcome.SDC: 3, Outcome.INVALID: 2}, target=0)
    + several({Outcome.SDC: 2}, target=1, first=10)
    + several({Outcome.HANG: 1, Outcome.LATENT: 3}, target=2, first=20)
    + several({Outcome.CORRECTED: 6, Outcome.DETECTED: 1}, target=3, first=30)
)


def summary_of(folder: Path, results: Iterable[InjectionResult], **options: object) -> InjectionSummary:
    path = seal_campaign(folder / "campaign.h5", results)
    with open_record(path) as record:
        return summarise(record, **options)  # type: ignore[arg-type]


def everything(summary: InjectionSummary) -> Iterator[OutcomeRow]:
    yield summary.total
    yield from (*summary.modules, *summary.registers, *summary.kinds, *summary.models)


def test_rows_come_by_module_register_kind_and_model_most_upsets_first(tmp_path):
    summary = summary_of(tmp_path, MIXED)

    assert [(row.name, row.upsets, row.bits) for row in summary.modules] == [("core", 16, 27), ("soc", 7, 2048)]
    assert [(row.name, row.upsets, row.bits) for row in summary.registers] == [
        ("cpu.reg_pc", 12, 24),
        ("ram", 7, 2048),
        ("cpu.state", 4, 3),
    ]
    assert [(row.name, row.upsets) for row in summary.kinds] == [("flip_flop", 16), ("memory", 7)]
    assert [(row.name, row.upsets, row.bits) for row in summary.models] == [("seu", 23, 2075)]
    assert (summary.total.upsets, summary.total.valid, summary.total.bits) == (23, 21, 2075)


def test_a_register_says_where_it_is_declared(tmp_path):
    register = summary_of(tmp_path, MIXED).registers[0]

    assert (register.module, register.kind, register.src) == ("core", "flip_flop", "core.v:180")


def test_an_invalid_upset_counts_in_no_probability(tmp_path):
    register = summary_of(tmp_path, several({Outcome.SDC: 3, Outcome.INVALID: 7})).registers[0]

    assert register.counts[Outcome.INVALID] == 7
    assert register.sdc.value == 1.0
    assert Outcome.INVALID not in register.probabilities
    with pytest.raises(ConfigurationError, match="has no share"):
        register.share(Outcome.INVALID)


def test_without_a_valid_upset_a_share_is_undefined_and_unbounded(tmp_path):
    total = summary_of(tmp_path, several({Outcome.INVALID: 2})).total

    assert math.isnan(total.sdc.value)
    assert (total.sdc.low, total.sdc.high) == (0.0, 1.0)


def test_vulnerable_is_what_can_be_seen_from_outside(tmp_path):
    counts = dict(zip(Outcome, (1, 2, 4, 8, 16, 32, 64), strict=True))
    total = summary_of(tmp_path, several(counts)).total

    assert set(VULNERABLE) == {Outcome.DETECTED, Outcome.SDC, Outcome.HANG}
    assert total.vulnerable.value == (8 + 16 + 32) / 63


def test_intervals_are_exact_by_default_and_wilsons_on_request(tmp_path):
    path = seal_campaign(tmp_path / "campaign.h5", several({Outcome.SDC: 1, Outcome.MASKED: 9}))
    with open_record(path) as record:
        exact, score = summarise(record).total.sdc, summarise(record, method="wilson").total.sdc
        narrow = summarise(record, 0.5).total.sdc

    # Agresti and Coull (1998), and any table of binomial limits: 1 of 10.
    assert (exact.low, exact.high) == pytest.approx((0.0025, 0.4450), abs=5e-5)
    assert (score.low, score.high) == pytest.approx((0.0179, 0.4042), abs=5e-5)
    assert exact.low < narrow.low < narrow.high < exact.high
    assert narrow.confidence == 0.5


@pytest.mark.parametrize(
    ("options", "said"), [({"method": "wald"}, "wald"), ({"confidence": 95}, "95"), ({"confidence": 0.0}, "0.0")]
)
def test_a_wrong_interval_is_refused_by_name(tmp_path, options, said):
    with pytest.raises(ConfigurationError, match=said):
        summary_of(tmp_path, MIXED, **options)


def test_the_most_vulnerable_register_is_the_one_that_surely_is(tmp_path):
    once = several({Outcome.SDC: 1}, target=4)
    often = several({Outcome.SDC: 30, Outcome.MASKED: 10}, target=2, first=10)
    never = several({Outcome.MASKED: 50, Outcome.CORRECTED: 1}, target=3, first=100)
    summary = summary_of(tmp_path, once + often + never)

    assert [row.name for row in summary.most_vulnerable()] == ["cpu.state", "gate"]
    assert [row.name for row in summary.most_vulnerable(1)] == ["cpu.state"]


def test_every_valid_outcome_has_a_word_of_iso_26262_and_a_reason():
    assert set(FAULT_CLASSES) == set(FAULT_CLASS_REASONS) == set(Outcome) - {Outcome.INVALID}
    assert set(FAULT_CLASSES.values()) == set(FaultClass)
    assert fault_class(Outcome.INVALID) is None


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        ("masked", "safe"),
        ("latent", "latent"),
        # The example of the standard itself: a memory whose code corrects and writes back.
        ("corrected", "detected"),
        ("detected", "detected"),
        ("sdc", "residual"),
        ("hang", "residual"),
    ],
)
def test_the_words_of_iso_26262(outcome, word):
    assert fault_class(Outcome(outcome)) == word


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(results=CAMPAIGNS)
def test_in_any_campaign_counts_add_up_and_intervals_contain_their_shares(tmp_path_factory, results):
    summary = summary_of(tmp_path_factory.mktemp("any"), results)

    assert summary.total.upsets == len(results)
    for rows in (summary.modules, summary.registers, summary.kinds, summary.models):
        for outcome in Outcome:
            assert sum(row.counts[outcome] for row in rows) == summary.total.counts[outcome]
    for row in everything(summary):
        if not row.valid:
            continue
        shares = [*row.probabilities.values(), *row.fault_classes.values(), row.vulnerable]
        assert all(0.0 <= share.low <= share.value <= share.high <= 1.0 for share in shares)
        assert sum(share.value for share in row.probabilities.values()) == pytest.approx(1.0)
        assert sum(share.value for share in row.fault_classes.values()) == pytest.approx(1.0)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(results=CAMPAIGNS)
def test_the_order_in_which_outcomes_came_does_not_matter(tmp_path_factory, results):
    shuffled = random.Random(len(results)).sample(results, len(results))

    one = summary_of(tmp_path_factory.mktemp("one"), results)
    assert summary_of(tmp_path_factory.mktemp("other"), shuffled) == one


def test_a_record_without_upsets_is_refused(tmp_path):
    for path in (seal_campaign(tmp_path / "none.h5", []), seal(write_beam_run(tmp_path / "beam.journal"))):
        with open_record(path) as record, pytest.raises(RecordError, match="holds no upsets"):
            summarise(record)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [("outcome", b"eaten", "outcome = 'eaten': not one of masked"), ("target", len(TARGETS), "beyond the 5 targets")],
)
def test_a_table_that_was_tampered_with_is_refused(tmp_path, column, value, said):
    path = seal_campaign(tmp_path / "campaign.h5", [result(0, Outcome.CORRECTED)])
    with h5py.File(path, "r+") as file:
        rows = file["entry/outcomes"][:]
        rows[column] = np.array(value, dtype=rows.dtype[column])
        file["entry/outcomes"][:] = rows
    with open_record(path) as record, pytest.raises(RecordError, match=said):
        summarise(record)
