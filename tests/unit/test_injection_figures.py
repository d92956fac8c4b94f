"""The figures of a campaign show the numbers they are given: looked up in what is drawn, not in pixels."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from radtest.core import Outcome
from radtest.inject import VULNERABLE, CycleBin, OutcomeRow
from radtest.report import (
    draw_latencies,
    draw_outcomes,
    draw_over_time,
    draw_shares,
    draw_upsets_over_time,
    latency_figure,
    outcome_share_figure,
    over_time_figure,
)
from radtest.report.style import OUTCOME_COLOURS, fitting_name


@pytest.fixture
def axis() -> Axes:
    return Figure().subplots()


def row(name: str = "core", **counts: int) -> OutcomeRow:
    return OutcomeRow(name, 8, {outcome: counts.get(outcome.value, 0) for outcome in Outcome})


def bars(axis: Axes) -> dict[str, list[tuple[float, float, float, float]]]:
    """Return x, y, width and height of the bars of each label."""
    return {
        str(container.get_label()): [(*patch.get_xy(), patch.get_width(), patch.get_height()) for patch in container]
        for container in axis.containers
    }


def labels(axis: Axes) -> list[str]:
    return [text.get_text() for text in axis.get_yticklabels()]


def whiskers(axis: Axes) -> list[list[tuple[float, float]]]:
    return [
        [tuple(point) for point in segment.tolist()]
        for collection in axis.collections
        if isinstance(collection, LineCollection)
        for segment in collection.get_segments()
    ]


def numbers(axis: Axes) -> list[str]:
    return [text.get_text() for text in axis.texts if text.get_text()]


# Outcomes


def test_bars_are_the_shares_of_all_upsets_and_hold_their_numbers(axis):
    draw_outcomes(axis, {"a": {Outcome.MASKED: 6, Outcome.SDC: 3, Outcome.INVALID: 1}, "b": {Outcome.MASKED: 2500}})

    drawn = bars(axis)
    assert set(drawn) == {"masked", "sdc", "invalid"}
    assert [(x, width) for x, _, width, _ in drawn["masked"]] == [(0.0, 0.6), (0.0, 1.0)]
    assert next((x, width) for x, _, width, _ in drawn["sdc"]) == pytest.approx((0.6, 0.3))
    assert next((x, width) for x, _, width, _ in drawn["invalid"]) == pytest.approx((0.9, 0.1))
    assert numbers(axis) == ["6", "2,500", "3", "1"]
    assert labels(axis) == ["a", "b"]
    assert axis.yaxis_inverted()


def test_a_number_without_room_is_left_out(axis):
    draw_outcomes(axis, {"a": {Outcome.MASKED: 9990, Outcome.SDC: 10}})

    assert numbers(axis) == ["9,990"]


def test_a_part_without_upsets_has_an_empty_bar(axis):
    draw_outcomes(axis, {"a": {}, "b": {Outcome.SDC: 1}})

    assert [width for _, _, width, _ in bars(axis)["sdc"]] == [0.0, 1.0]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("cpu.reg_pc", "cpu.reg_pc"),
        ("a$b$c", r"a\$b\$c"),
        ("top.genblk1[3].unit_of_some_kind.another.the_register_q", "top.genblk1 … other.the_register_q"),
    ],
)
def test_long_names_lose_their_middle_and_dollar_signs_make_no_formula(name, shown):
    assert fitting_name(name) == shown
    assert len(shown.replace("\\", "")) <= 34


# Shares


def test_shares_are_points_on_their_intervals(axis):
    rows = [row("a", masked=8, sdc=2), row("b", hang=3, masked=7)]
    draw_shares(axis, rows, {"vulnerable": VULNERABLE, "sdc": (Outcome.SDC,)})

    vulnerable, sdc = axis.lines
    assert vulnerable.get_xdata().tolist() == [0.2, 0.3]
    assert sdc.get_xdata().tolist() == [0.2, 0.0]
    assert vulnerable.get_ydata() == pytest.approx([-0.14, 0.86])
    assert sdc.get_color() == OUTCOME_COLOURS[Outcome.SDC]
    limits = [(start[0], end[0]) for start, end in whiskers(axis)]
    assert limits[0] == pytest.approx((rows[0].vulnerable.low, rows[0].vulnerable.high))
    assert limits[3] == pytest.approx((rows[1].sdc.low, rows[1].sdc.high))
    assert axis.get_xlim()[1] > max(high for _, high in limits)


def test_a_row_without_a_valid_upset_has_an_interval_and_no_point(axis):
    draw_shares(axis, [row("a", invalid=2)], {"sdc": (Outcome.SDC,)})

    assert np.isnan(axis.lines[0].get_xdata()).all()
    assert [(start[0], end[0]) for start, end in whiskers(axis)] == [(0.0, 1.0)]


def test_small_shares_are_magnified(axis):
    draw_shares(axis, [row("a", masked=2000)], {"sdc": (Outcome.SDC,)})

    assert axis.get_xlim()[1] < 0.01


# Over time


def test_stretches_stack_what_is_seen_and_carry_one_interval(axis):
    bins = [CycleBin(10, 19, row(sdc=1, hang=1, detected=2, masked=6)), CycleBin(20, 29, row(masked=10))]
    draw_over_time(axis, bins)

    drawn = bars(axis)
    assert drawn["sdc"][0] == pytest.approx((10.0, 0.0, 10.0, 0.1))
    assert drawn["hang"][0] == pytest.approx((10.0, 0.1, 10.0, 0.1))
    assert drawn["detected"][0] == pytest.approx((10.0, 0.2, 10.0, 0.2))
    share = bins[0].row.vulnerable
    assert [point for segment in whiskers(axis)[:1] for point in segment] == [
        pytest.approx((15.0, share.low)),
        pytest.approx((15.0, share.high)),
    ]
    assert len(whiskers(axis)) == 2
    assert "no valid upset" not in drawn


def test_a_stretch_without_a_valid_upset_is_marked_and_has_no_interval(axis):
    bins = [CycleBin(0, 4, row(masked=3)), CycleBin(5, 9, row(invalid=1)), CycleBin(10, 14, row(sdc=2))]
    draw_over_time(axis, bins)

    assert [(x, width) for x, _, width, _ in bars(axis)["no valid upset"]] == [(5.0, 5.0)]
    assert [segment[0][0] for segment in whiskers(axis)] == [2.5, 12.5]


def test_the_upsets_behind_each_stretch_are_drawn(axis):
    draw_upsets_over_time(axis, [CycleBin(0, 4, row(masked=3, invalid=9)), CycleBin(5, 9, row())])

    assert [height for _, _, _, height in next(iter(bars(axis).values()))] == [3, 0]


# Latencies


def test_latencies_are_cumulative_shares(axis):
    draw_latencies(axis, {"sdc": np.array([0, 2, 2, 8])}, of="outcome")

    (line,) = axis.lines
    steps = dict(zip(line.get_xdata().tolist(), line.get_ydata().tolist(), strict=True))
    assert steps == {0: 0.25, 2: 0.75, 8: 1.0}
    assert line.get_label() == "sdc (4)"
    assert line.get_color() == OUTCOME_COLOURS[Outcome.SDC]
    assert axis.get_xscale() == "linear"


def test_wide_latencies_are_drawn_on_a_logarithmic_scale_with_few_steps(axis):
    values = np.arange(100_000)
    draw_latencies(axis, {"sdc": values}, of="outcome")

    x, y = axis.lines[0].get_data()
    assert axis.get_xscale() == "symlog"
    assert len(x) < 500
    assert y[1:-1] == pytest.approx((x[1:-1] + 1) / len(values))


def test_every_curve_reaches_the_right_edge(axis):
    draw_latencies(axis, {"sdc": np.array([1]), "detected": np.array([30])}, of="outcome")

    assert [line.get_xdata()[-1] for line in axis.lines] == [30, 30]


# Whole figures


def test_the_figures_of_the_smallest_campaign_and_of_a_large_one_are_drawn():
    rng = np.random.default_rng(5)
    one = [row(sdc=1)]
    many = [row(f"module_$_{n}", **dict.fromkeys(Outcome, 5000 + n)) for n in range(12)]
    for rows in (one, many):
        assert outcome_share_figure(rows).startswith("<svg")
        stretches = [CycleBin(10 * n, 10 * n + 9, part) for n, part in enumerate(rows)]
        assert over_time_figure(stretches).startswith("<svg")
    observers = {f"alarm_{n}": np.sort(rng.integers(0, 10**6, 10_000)) for n in range(8)}
    assert latency_figure({"sdc": np.array([0])}, observers).startswith("<svg")
