"""The flip-flops to protect: the choice is the cheapest there is; what cannot be reached is refused."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest
from click.testing import CliRunner
from hardening_samples import write_map
from hypothesis import given, settings
from hypothesis import strategies as st

from radtest.cli.harden import command
from radtest.core import ConfigurationError, Outcome
from radtest.core.injection import Target, TargetKind
from radtest.inject.exhaustive.map_file import open_map
from radtest.inject.exhaustive.protection import choose_protection, smallest_cover

PC = Target("cpu.pc", "cpu", TargetKind.FLIP_FLOP, 4)
STATE = Target("cpu.state", "cpu", TargetKind.FLIP_FLOP, 2, lsb=1)
RAM = Target("ram", "soc", TargetKind.MEMORY, 2, words=2)
GATE = Target("gate", "soc", TargetKind.LATCH, 1)


def sdc(count: int) -> dict[Outcome, int]:
    return {Outcome.SDC: count}


FLIP_FLOPS = {"cpu.pc[0]": sdc(60), "cpu.pc[1]": sdc(30), "cpu.pc[3]": sdc(6), "cpu.state[1]": sdc(4)}


@pytest.fixture
def plain(tmp_path):
    with open_map(write_map(tmp_path / "plain.h5", [PC, STATE], FLIP_FLOPS)) as opened:
        yield opened


@pytest.fixture
def mixed(tmp_path):
    counts = FLIP_FLOPS | {"ram[1][0]": sdc(15), "gate": sdc(5), "cpu.state[2]": {Outcome.HANG: 40}}
    with open_map(write_map(tmp_path / "mixed.h5", [PC, STATE, RAM, GATE], counts)) as opened:
        yield opened


def names(upset_map, protection):
    return [upset_map.names[row] for row in protection.rows]


def test_what_counts_for_most_is_protected_until_the_factor_is_reached(plain):
    protection = choose_protection(plain, 10)

    assert names(plain, protection) == ["cpu.pc[0]", "cpu.pc[1]"]
    assert (protection.before, protection.after, protection.reached_factor) == (100, 10, 10.0)
    assert (protection.area, protection.is_optimal) == (4.0, True)


def test_a_factor_just_above_needs_one_more(plain):
    assert names(plain, choose_protection(plain, 10.0001)) == ["cpu.pc[0]", "cpu.pc[1]", "cpu.pc[3]"]


def test_all_can_go_where_only_flip_flops_count(plain):
    protection = choose_protection(plain, 1e6)

    assert protection.after == 0
    assert math.isinf(protection.reached_factor)


def test_an_expensive_flip_flop_gives_way_to_cheap_ones(plain):
    areas = {("cpu.pc", bit): 10.0 for bit in range(4)} | {("cpu.state", 1): 10.0, ("cpu.state", 2): 10.0}

    cheap = choose_protection(plain, 1.56, areas=areas | {("cpu.pc", 0): 100.0}, unit="µm²")

    assert names(plain, cheap) == ["cpu.pc[1]", "cpu.pc[3]"]
    assert cheap.area == 20.0
    assert cheap.unit == "µm²"


def test_other_outcomes_count_when_they_are_named(mixed):
    protection = choose_protection(mixed, 1.4, [Outcome.HANG, Outcome.SDC])

    assert names(mixed, protection) == ["cpu.pc[0]"]
    assert protection.before == 160
    assert names(mixed, choose_protection(mixed, 2, [Outcome.HANG])) == ["cpu.state[2]"]


def test_upsets_of_memories_and_latches_are_left(mixed):
    protection = choose_protection(mixed, 5)

    assert protection.least_after == 20
    assert protection.after >= 20
    assert all("ram" not in name and name != "gate" for name in names(mixed, protection))


def test_a_factor_out_of_reach_is_refused_with_what_can_be_reached_and_why(mixed):
    with pytest.raises(
        ConfigurationError,
        match=r"6.5 is out of reach.* 20 are left, a factor of 6\b.*memory ram \(15\), latch gate \(5\)",
    ):
        choose_protection(mixed, 6.5)


def test_the_curve_grows_with_the_factor_and_ends_where_nothing_more_can_be_protected(mixed):
    curve = choose_protection(mixed, 2).curve

    assert [point.area for point in curve] == sorted(point.area for point in curve)
    assert (curve[-1].factor, curve[-1].bits) == (6.0, 4)


@pytest.mark.parametrize(
    ("factor", "outcomes", "said"),
    [
        (1.0, [Outcome.SDC], "--sdc-factor 1"),
        (math.nan, [Outcome.SDC], "--sdc-factor nan"),
        (2.0, [Outcome.MASKED], "--outcomes masked"),
        (2.0, [Outcome.INVALID], "--outcomes invalid"),
        (2.0, [], "--outcomes: none"),
        (2.0, [Outcome.DETECTED], "no upset came to detected"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(mixed, factor, outcomes, said):
    with pytest.raises(ConfigurationError, match=said):
        choose_protection(mixed, factor, outcomes)


def test_only_maps_of_single_upsets_are_taken(tmp_path):
    path = write_map(tmp_path / "set.h5", [PC], FLIP_FLOPS, model="set")

    with open_map(path) as opened, pytest.raises(ConfigurationError, match="is a map of model 'set'"):
        choose_protection(opened, 2)


def test_areas_that_do_not_fit_to_the_map_are_refused(plain):
    with pytest.raises(ConfigurationError, match=r"no flip-flop cpu.pc\[0\] any more"):
        choose_protection(plain, 2, areas={("cpu.state", 1): 1.0})


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.floats(0.5, 50)), min_size=1, max_size=12),
    st.floats(0.01, 1.0),
)
def test_no_choice_is_cheaper(things, share):
    counts, areas = zip(*things, strict=True)
    required = math.ceil(sum(counts) * share)

    cover = smallest_cover(counts, areas, required)

    best = min(
        math.fsum(areas[i] for i in chosen)
        for size in range(len(things) + 1)
        for chosen in itertools.combinations(range(len(things)), size)
        if sum(counts[i] for i in chosen) >= required
    )
    assert sum(counts[i] for i in cover.chosen) >= required
    assert cover.area == pytest.approx(best, rel=1e-9)
    assert cover.least_area <= cover.area
    assert cover.is_optimal


def test_two_thousand_flip_flops_of_three_sizes_take_no_time():
    rng = np.random.default_rng(7)
    counts = rng.geometric(1e-3, 2000)

    cover = smallest_cover(counts, rng.choice([49.0, 61.0, 67.5], 2000), int(counts.sum() * 0.9))

    assert cover.is_optimal


def test_nothing_has_to_be_chosen_where_nothing_is_required():
    assert smallest_cover([1, 2], [1.0, 1.0], 0).chosen.size == 0


@pytest.mark.parametrize(
    ("required", "area", "said"), [(4, 1.0, "counts for 3"), (2, 0.0, "positive"), (2, math.nan, "positive")]
)
def test_a_cover_that_is_impossible_is_an_error(required, area, said):
    with pytest.raises(ValueError, match=said):
        smallest_cover([1, 2], [area, 1.0], required)


def test_the_command_lists_what_to_protect_as_json(plain):
    done = CliRunner().invoke(command, [str(plain.path), "--list-only", "--json"], catch_exceptions=False)

    answer = json.loads(done.stdout)
    assert [flip_flop["name"] for flip_flop in answer["flip_flops"]] == ["cpu.pc[0]", "cpu.pc[1]"]
    assert (answer["added_flip_flops"], answer["voters"], answer["all_flip_flops"]) == (4, 2, 6)
    assert answer["netlist"] is None


def test_the_command_shows_registers_with_counts(plain):
    done = CliRunner().invoke(command, [str(plain.path), "--list-only"], catch_exceptions=False)

    assert "cpu.pc" in done.stdout
    assert "Protect 2 of 6 flip-flops: 4 more flip-flops and 2 voters." in done.stdout
    assert "no choice is cheaper" in done.stdout


def test_an_outcome_that_does_not_exist_is_refused_by_the_command(plain):
    with pytest.raises(ConfigurationError, match="--outcomes 'corruption'"):
        CliRunner().invoke(command, [str(plain.path), "--outcomes", "corruption"], catch_exceptions=False)


def test_a_map_that_does_not_say_where_it_came_from_gives_the_list_alone(plain, tmp_path):
    with pytest.raises(ConfigurationError, match="does not say from which campaign file"):
        CliRunner().invoke(command, [str(plain.path), "--out", str(tmp_path / "out")], catch_exceptions=False)

    assert not (tmp_path / "out").exists()
