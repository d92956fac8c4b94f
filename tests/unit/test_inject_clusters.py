"""Clusters: which bits flip together, in arrays and in a placement."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.stats import chisquare

from radtest.core import ConfigurationError, FaultModel, Target, TargetKind
from radtest.inject.clusters import Clusters, draw_clusters
from radtest.inject.fault_configuration import ClusterSection
from radtest.inject.placed_bits import PlacedBits
from radtest.inject.placement import place_bits
from radtest.inject.sampling import draw_upsets
from radtest.inject.upset_list import UpsetList

CYCLES = range(3, 40)
REGISTER = Target("q", "top", TargetKind.FLIP_FLOP, 8)
MEMORY = Target("ram", "top", TargetKind.MEMORY, 4, words=8)

registers = st.builds(
    Target, st.just("q"), st.just("top"), st.just(TargetKind.FLIP_FLOP), st.integers(1, 12), st.just(1)
)
memories = st.builds(
    Target, st.just("ram"), st.just("top"), st.just(TargetKind.MEMORY), st.integers(1, 6), st.integers(2, 9)
)
steps = st.tuples(st.integers(-3, 3), st.integers(-3, 3))
shapes = st.one_of(
    st.integers(2, 5).map(lambda size: {"size": size}),
    st.just({"sizes": {1: 0.5, 2: 0.25, 4: 0.25}}),
    st.lists(steps, min_size=1, max_size=4, unique=True).filter(lambda s: s != [(0, 0)]).map(lambda s: {"offsets": s}),
)


def singles(targets: list[Target], count: int, seed: int = 1) -> UpsetList:
    return draw_upsets(targets, range(len(targets)), CYCLES, count, np.random.default_rng(seed))


def clusters_of(
    targets: list[Target], count: int, *, seed: int = 1, placed: PlacedBits | None = None, **shape: Any
) -> Clusters:
    section = ClusterSection.model_validate(shape | ({"placement": "p.csv"} if placed else {}))
    return draw_clusters(singles(targets, count, seed), targets, section, np.random.default_rng(seed), placed)


def struck(clusters: Clusters) -> dict[tuple[int, int, int], set[tuple[int, int]]]:
    """Return for each first bit (target, word, bit) the words and bits that are hit."""
    return {(u.target, u.word, u.bit): {(s.word, s.bit) for s in u.strikes} for u in clusters.upsets}


@settings(deadline=None)
@given(
    targets=st.lists(st.one_of(registers, memories), min_size=1, max_size=4),
    shape=shapes,
    apart=st.integers(1, 4),
    data=st.data(),
)
def test_a_cluster_is_its_first_bit_and_others_of_the_same_array_each_once(targets, shape, apart, data):
    count = data.draw(st.integers(1, sum(t.bits for t in targets) * len(CYCLES)))
    try:
        clusters = clusters_of(targets, count, **shape, interleaving=apart)
    except ConfigurationError:
        return

    firsts = singles(targets, count)
    assert clusters.upsets.model is FaultModel.MCU
    assert len(clusters.upsets) == count
    for first, cluster in zip(firsts, clusters.upsets, strict=True):
        assert (cluster.index, cluster.target, cluster.word, cluster.bit, cluster.cycle) == (
            first.index,
            first.target,
            first.word,
            first.bit,
            first.cycle,
        )
        hit = [(s.target, s.word, s.bit, s.cycle) for s in cluster.strikes]
        assert len(set(hit)) == len(hit)
        array = targets[first.target]
        assert all(t == first.target and c == first.cycle for t, _, _, c in hit)
        assert all(0 <= word < array.words and 0 <= bit < array.width for _, word, bit, _ in hit)


def test_neighbours_in_a_register_are_the_next_bits_and_the_cluster_is_cut_at_its_end():
    clusters = clusters_of([REGISTER], REGISTER.bits * len(CYCLES), size=3)

    assert struck(clusters) == {(0, 0, bit): {(0, b) for b in range(bit, min(bit + 3, 8))} for bit in range(8)}
    # The last two of eight bits have too few neighbours.
    assert clusters.cut == 2 * len(CYCLES)


def test_neighbours_in_a_memory_lie_in_one_word_where_nothing_is_interleaved():
    hit = struck(clusters_of([MEMORY], MEMORY.bits * len(CYCLES), size=2))

    assert hit[0, 5, 1] == {(5, 1), (5, 2)}
    assert all(len({word for word, _ in members}) == 1 for members in hit.values())


def test_interleaved_words_share_a_row_in_which_bits_of_one_word_are_apart():
    hit = struck(clusters_of([MEMORY], MEMORY.bits * len(CYCLES), size=2, interleaving=4))

    # Words 0 to 3 are in a row: bit 0 of each, then bit 1 of each, and so on.
    assert hit[0, 0, 0] == {(0, 0), (1, 0)}
    assert hit[0, 3, 0] == {(3, 0), (0, 1)}
    assert hit[0, 7, 2] == {(7, 2), (4, 3)}
    # The row ends with bit 3 of its last word.
    assert hit[0, 3, 3] == {(3, 3)}


@given(st.integers(2, 6), st.integers(1, 8))
def test_no_two_bits_of_a_cluster_are_in_one_word_if_it_is_no_wider_than_the_interleaving(size, more):
    array = Target("ram", "top", TargetKind.MEMORY, 4, words=24)

    hit = struck(clusters_of([array], 500, size=size, interleaving=size + more))

    assert all(len({word for word, _ in members}) == len(members) for members in hit.values())


def test_offsets_step_along_bits_and_along_words():
    hit = struck(clusters_of([MEMORY], MEMORY.bits * len(CYCLES), offsets=[[1, 0], [0, -1], [1, 1]]))

    assert hit[0, 3, 1] == {(3, 1), (3, 2), (2, 1), (4, 2)}
    assert hit[0, 0, 3] == {(0, 3)}


def test_offsets_step_along_columns_and_rows_of_interleaved_words():
    hit = struck(clusters_of([MEMORY], MEMORY.bits * len(CYCLES), offsets=[[0, 1], [1, 0]], interleaving=2))

    assert hit[0, 2, 0] == {(2, 0), (4, 0), (3, 0)}


def test_a_register_is_not_interleaved():
    hit = struck(clusters_of([REGISTER], REGISTER.bits * len(CYCLES), size=2, interleaving=4))

    assert hit[0, 0, 0] == {(0, 0), (0, 1)}


def test_sizes_come_in_the_given_shares():
    wide = Target("q", "top", TargetKind.FLIP_FLOP, 4096)
    shares = {1: 0.7, 2: 0.2, 3: 0.1}

    clusters = clusters_of([wide], 20_000, sizes=shares)

    lengths = [len(upset.strikes) for upset in clusters.upsets if upset.bit < 4090]
    found = [lengths.count(size) for size in shares]
    assert chisquare(found, [share * len(lengths) for share in shares.values()]).pvalue > 0.01
    assert clusters.mean_bits == pytest.approx(1.4, abs=0.02)


def test_a_longer_list_of_clusters_begins_with_the_shorter_one():
    wide = Target("q", "top", TargetKind.FLIP_FLOP, 64)
    shape = {"sizes": {1: 0.5, 5: 0.5}}

    short, long = (clusters_of([wide], count, **shape).upsets for count in (100, 200))

    assert long[:100] == short


def test_another_seed_draws_other_sizes():
    upsets, section = singles([REGISTER], 200), ClusterSection(sizes={1: 0.5, 2: 0.5})

    one, other = (draw_clusters(upsets, [REGISTER], section, np.random.default_rng(s)).upsets for s in (1, 2))

    assert one != other


@pytest.mark.parametrize("shape", [{"size": 2}, {"offsets": [[0, 1]]}, {"sizes": {2: 1.0}}])
def test_a_shape_that_fits_nowhere_is_an_error(shape):
    flag = Target("done", "top", TargetKind.FLIP_FLOP, 1)

    with pytest.raises(ConfigurationError, match=r"campaign.cluster: no bit that can be hit has a neighbour"):
        clusters_of([flag], 10, **shape)


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ({}, "give one of size, sizes, offsets and radius_um, not none of them"),
        ({"size": 2, "offsets": [[1, 0]]}, "not size and offsets"),
        ({"size": 1}, "greater than or equal to 2"),
        ({"sizes": {1: 0.5, 2: 0.4}}, "the shares of sizes add up to 0.9, not to 1"),
        ({"sizes": {1: 1.0}}, "no cluster of more than one bit"),
        ({"sizes": {0: 1.0}}, "greater than or equal to 1"),
        ({"sizes": {1: 1.5, 2: -0.5}}, "greater than or equal to 0"),
        ({"offsets": [[0, 0]]}, "no bit besides the first"),
        ({"offsets": [[1, 0], [1, 0]]}, r"names \[1, 0\] 2 times"),
        ({"radius_um": 2.0}, "radius_um needs a placement"),
        ({"size": 2, "placement": "p.csv", "interleaving": 2}, "with a placement, give size or radius_um"),
        ({"offsets": [[1, 0]], "placement": "p.csv"}, "with a placement, give size or radius_um"),
    ],
)
def test_what_is_no_shape_is_refused(shape, said):
    with pytest.raises(ValidationError, match=said):
        ClusterSection.model_validate(shape)


places = st.tuples(st.integers(0, 6), st.integers(0, 6))


def placed_register(cells: list[tuple[float, float]], targets: list[Target], **more: tuple[float, float]) -> PlacedBits:
    named = {f"q[{bit}]": place for bit, place in enumerate(cells)} | more
    return place_bits(named, targets, range(len(targets)), Path("p.csv"))


@settings(deadline=None)
@given(cells=st.lists(places, min_size=2, max_size=30), size=st.integers(2, 8))
def test_the_nearest_cells_of_a_placement_are_those_that_brute_force_finds(cells, size):
    register = Target("q", "top", TargetKind.FLIP_FLOP, len(cells))

    hit = clusters_of([register], register.bits, size=size, placed=placed_register(cells, [register])).upsets

    for upset in hit:
        x, y = cells[upset.bit]
        far = [(x - u) ** 2 + (y - v) ** 2 for u, v in cells]
        nearest = sorted(range(len(cells)), key=lambda bit: (far[bit], bit != upset.bit, bit))[:size]
        assert [s.bit for s in upset.strikes] == nearest


@settings(deadline=None)
@given(cells=st.lists(places, min_size=2, max_size=30), radius=st.sampled_from([1.0, 2.0, 5.0]))
def test_all_cells_within_the_radius_are_hit(cells, radius):
    register = Target("q", "top", TargetKind.FLIP_FLOP, len(cells))

    hit = clusters_of([register], register.bits, radius_um=radius, placed=placed_register(cells, [register])).upsets

    for upset in hit:
        x, y = cells[upset.bit]
        near = {bit for bit, (u, v) in enumerate(cells) if (x - u) ** 2 + (y - v) ** 2 <= radius**2}
        assert {s.bit for s in upset.strikes} == near
        assert upset.strikes[0].bit == upset.bit


def test_a_cell_as_far_away_as_the_radius_is_hit():
    register = Target("q", "top", TargetKind.FLIP_FLOP, 3)
    # Neither 0.46 nor 1.38 is what a binary number can be.
    placed = placed_register([(0.0, 0.0), (3 * 0.46, 0.0), (-1.3801, 0.0)], [register])

    hit = struck(clusters_of([register], 3 * len(CYCLES), radius_um=1.38, placed=placed))

    assert hit[0, 0, 0] == {(0, 0), (0, 1)}


def test_cells_of_different_registers_can_be_neighbours():
    targets = [Target(name, "top", TargetKind.FLIP_FLOP, 1) for name in ("a", "b", "far")]
    placed = place_bits({"a": (0.0, 0.0), "b": (0.5, 0.0), "far": (9.0, 9.0)}, targets, range(3), Path("p.csv"))

    hit = clusters_of(targets, 60, radius_um=1.0, placed=placed).upsets

    assert {frozenset(s.target for s in upset.strikes) for upset in hit} == {frozenset({0, 1}), frozenset({2})}


def test_a_bit_without_a_place_is_hit_alone():
    register = Target("q", "top", TargetKind.FLIP_FLOP, 4)
    placed = placed_register([(0.0, 0.0), (1.0, 0.0)], [register])

    clusters = clusters_of([register], 4 * len(CYCLES), size=2, placed=placed)

    assert struck(clusters) == {
        (0, 0, 0): {(0, 0), (0, 1)},
        (0, 0, 1): {(0, 0), (0, 1)},
        (0, 0, 2): {(0, 2)},
        (0, 0, 3): {(0, 3)},
    }
    assert clusters.cut == 2 * len(CYCLES)


def test_a_million_clusters_of_four_bits_take_seconds():
    memory = Target("ram", "top", TargetKind.MEMORY, 32, words=4096)
    upsets = draw_upsets([memory], [0], range(10_000), 1_000_000, np.random.default_rng(1))
    square = ClusterSection(offsets=((1, 0), (0, 1), (1, 1)), interleaving=4)
    start = time.perf_counter()

    clusters = draw_clusters(upsets, [memory], square, np.random.default_rng(1))

    # Well under a second; slow and busy machines are given some time.
    assert time.perf_counter() - start < 10
    assert clusters.mean_bits > 3.9
