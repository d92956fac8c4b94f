"""Clusters of upsets by where cells lie, against simulated truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radtest.analysis import AdjacencyMap, accidental_pairs, cluster_upsets
from radtest.core import ConfigurationError

LAYOUTS = {
    "linear": AdjacencyMap.linear(256, 16, 8),
    "interleaved": AdjacencyMap.interleaved(256, 16, 8),
}


def bit_at(layout: AdjacencyMap) -> dict[tuple[int, int], tuple[int, int]]:
    return {
        (int(layout.rows[a, b]), int(layout.columns[a, b])): (a, b)
        for a in range(layout.words)
        for b in range(layout.word_bits)
    }


def test_neighbours_of_the_map_are_one_event_whatever_their_addresses():
    layout = LAYOUTS["interleaved"]
    # Bit 3 of words 0 and 1 lie side by side; bits 3 and 4 of word 0 eight columns apart.
    assert cluster_upsets([0, 0], [0, 1], [3, 3], layout).multiplicities == {2: 1}
    assert cluster_upsets([0, 0], [0, 0], [3, 4], layout).multiplicities == {1: 2}
    assert cluster_upsets([0, 0], [0, 0], [3, 4], LAYOUTS["linear"]).multiplicities == {2: 1}


def test_only_upsets_of_one_scan_are_joined():
    found = cluster_upsets([5, 6, 5, 6], [0, 0, 0, 0], [0, 1, 1, 2], LAYOUTS["linear"])
    assert found.labels.tolist() == [0, 1, 0, 1]
    assert cluster_upsets([1, 2], [0, 0], [0, 1], LAYOUTS["linear"]).multiplicities == {1: 2}


def test_a_step_may_be_diagonal_and_longer_where_that_is_asked_for():
    layout = LAYOUTS["linear"]
    assert cluster_upsets([0, 0], [0, 8], [0, 1], layout).multiplicities == {2: 1}
    assert cluster_upsets([0, 0], [0, 0], [0, 2], layout).multiplicities == {1: 2}
    assert cluster_upsets([0, 0], [0, 0], [0, 2], layout, distance=2).multiplicities == {2: 1}
    assert cluster_upsets([0, 0], [0, 0], [0, 1], layout, distance=0).multiplicities == {1: 2}


def test_a_chain_of_neighbours_is_one_event():
    found = cluster_upsets([0] * 5, [0] * 5, [0, 4, 1, 3, 2], LAYOUTS["linear"])
    assert found.sizes.tolist() == [5]


def test_no_upsets_are_no_events():
    found = cluster_upsets([], [], [], LAYOUTS["linear"])
    assert (found.events, found.multiplicities, found.accidental_pairs) == (0, {}, 0.0)
    assert np.isnan(found.multiple_share)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(LAYOUTS)),
    st.sets(st.tuples(st.integers(0, 3), st.integers(0, 255), st.integers(0, 15)), max_size=60),
    st.integers(0, 2),
)
def test_events_are_the_components_that_steps_join(name, upsets, distance):
    """Against flood filling by hand; and in any order the same."""
    layout = LAYOUTS[name]
    listed = sorted(upsets)
    cells = [(w, int(layout.rows[a, b]), int(layout.columns[a, b])) for w, a, b in listed]
    left, groups = set(range(len(cells))), []
    while left:
        group, border = set(), {min(left)}
        while border:
            here = border.pop()
            group.add(here)
            left.discard(here)
            border |= {
                other
                for other in left
                if cells[other][0] == cells[here][0]
                and max(abs(cells[other][1] - cells[here][1]), abs(cells[other][2] - cells[here][2])) <= distance
            }
        groups.append(frozenset(group))
    found = cluster_upsets(*(np.array([u[i] for u in listed], dtype=int) for i in range(3)), layout, distance=distance)
    labelled = [frozenset(np.flatnonzero(found.labels == n).tolist()) for n in range(found.events)]
    assert labelled == groups
    assert found.sizes.sum() == len(listed)


@pytest.mark.parametrize("name", LAYOUTS)
def test_simulated_clusters_are_found_with_their_multiplicities(name):
    """Particles hit random cells and flip clusters of known shapes; at low density the truth comes back."""
    layout = AdjacencyMap.interleaved(4096, 16, 64) if name == "interleaved" else AdjacencyMap.linear(4096, 16, 64)
    places = bit_at(layout)
    height, width = int(layout.rows.max()) + 1, int(layout.columns.max()) + 1
    rng = np.random.default_rng(8)
    shapes = {1: [(0, 0)], 2: [(0, 0), (0, 1)], 3: [(0, 0), (1, 1), (1, 0)], 4: [(0, 0), (0, 1), (1, 0), (1, 1)]}
    truth = {1: 0, 2: 0, 3: 0, 4: 0}
    windows, addresses, bits = [], [], []
    for window in range(1500):
        hit: set[tuple[int, int]] = set()
        for size in rng.choice([1, 2, 3, 4], p=[0.7, 0.2, 0.07, 0.03], size=rng.poisson(1.5)):
            row, column = rng.integers(height - 1), rng.integers(width - 1)
            cells = {(row + r, column + c) for r, c in shapes[int(size)]}
            if not cells & hit:
                hit |= cells
                truth[int(size)] += 1
        for cell in sorted(hit):
            address, bit = places[int(cell[0]), int(cell[1])]
            windows.append(window)
            addresses.append(address)
            bits.append(bit)
    found = cluster_upsets(windows, addresses, bits, layout)
    assert found.accidental_pairs < 1.0
    assert sum(truth.values()) - found.events <= 4
    for size, count in truth.items():
        assert abs(found.multiplicities.get(size, 0) - count) <= 4
    assert abs(found.multiple_share - 0.3) < 0.03


def test_accidents_are_as_frequent_as_expected():
    """Single hits only, at high density: pairs of neighbours come as often as the formula says."""
    layout = AdjacencyMap.linear(256, 16, 16)
    rng = np.random.default_rng(3)
    joined, expected, scans, hits = 0, 0.0, 3000, 12
    neighbours = accidental_pairs([2], layout) * (layout.rows.size - 1)
    assert neighbours == pytest.approx(8, rel=0.15)
    for _ in range(scans):
        cells = rng.choice(layout.rows.size, size=hits, replace=False)
        rows, columns = layout.rows.ravel()[cells], layout.columns.ravel()[cells]
        near = np.maximum(abs(rows[:, None] - rows), abs(columns[:, None] - columns)) <= 1
        joined += (int(near.sum()) - hits) // 2
        expected += accidental_pairs([hits], layout)
    assert abs(joined - expected) < 4 * np.sqrt(expected)
    assert expected > 100


def test_neighbours_are_counted_with_edges_and_gaps(tmp_path):
    full = AdjacencyMap.linear(4, 4, 1)
    lines = ["address,bit,row,column"]
    lines += [f"{a},{b},{full.rows[a, b]},{full.columns[a, b] + (b >= 2) * 5}" for a in range(4) for b in range(4)]
    (tmp_path / "map.csv").write_text("\n".join(lines))
    gap = AdjacencyMap.from_csv(tmp_path / "map.csv")
    assert accidental_pairs([2], full) * 15 == pytest.approx(2 * 42 / 16)
    assert accidental_pairs([2], gap) * 15 == pytest.approx(2 * 2 * 16 / 16)
    assert cluster_upsets([0, 0], [0, 0], [1, 2], gap).events == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("address,bit,row\n0,0,0\n", "no column column"),
        ("address,bit,row,column\n", "places no bit"),
        ("address,bit,row,column\n0,0,0,x\n", r":2: .*legal are whole numbers"),
        ("address,bit,row,column\n0,0,0\n", ":2: .*legal are whole numbers"),
        ("address,bit,row,column\n0,0,0,0\n0,2,0,1\n", "places 2 bits; 1 words of 3 bits have 3"),
        ("address,bit,row,column\n0,1,0,0\n0,1,0,1\n", "address 0, bit 0 is not placed"),
        ("address,bit,row,column\n0,0,0,0\n0,1,0,0\n", "several bits lie in row 0, column 0"),
        ("address,bit,row,column\n999999999999,0,0,0\n", "places 1 bits"),
    ],
)
def test_a_map_that_is_none_is_refused_with_its_place(tmp_path, text, message):
    (tmp_path / "map.csv").write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        AdjacencyMap.from_csv(tmp_path / "map.csv")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0], [256], [0]), "address 256: legal is 0 to 255"),
        (([0], [0], [-1]), "bit -1: legal is 0 to 15"),
        (([0, 1], [0], [0]), "three of one length"),
        (([0, 0], [1, 1], [2, 2]), "listed twice in one scan"),
    ],
)
def test_upsets_that_fit_no_memory_are_refused(arguments, message):
    with pytest.raises(ConfigurationError, match=message):
        cluster_upsets(*arguments, LAYOUTS["linear"])
