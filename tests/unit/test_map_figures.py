"""The pictures of a map: nothing rare is lost on the way from upsets to cells, and the figures show the counts."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from map_samples import CORE, FLAG, outcomes, write_map
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from radtest.core import BusyError, ConfigurationError, Outcome, Target
from radtest.inject.exhaustive.map_file import MAP_OUTCOMES, open_map
from radtest.inject.exhaustive.map_summary import MapSummary, summarise_map
from radtest.report import (
    MapPicture,
    concentration_figure,
    draw_concentration,
    draw_map,
    draw_map_over_time,
    map_figure,
    map_over_time_figure,
    map_picture,
    write_map_png,
)
from radtest.report.map_picture import SEVERITY
from radtest.report.style import OUTCOME_COLOURS

WIDE = Target("wide", "top", FLAG.kind, 7)
RANK = np.array([SEVERITY.index(outcome) for outcome in MAP_OUTCOMES])


@pytest.fixture
def axis() -> Axes:
    return Figure().subplots()


def picture_of(path: Path, *lines: str, cells: int = 10_000) -> MapPicture:
    with open_map(write_map(path, outcomes(*lines))) as upset_map:
        return map_picture(upset_map, cells)


def summary_of(path: Path, *lines: str) -> MapSummary:
    with open_map(write_map(path, outcomes(*lines))) as upset_map:
        return summarise_map(upset_map)


def words(picture: MapPicture) -> list[str]:
    return ["".join(SEVERITY[place].value[0] for place in line) for line in picture.severity.tolist()]


def test_the_bits_stand_by_module_the_largest_first_and_within_it_by_register(tmp_path):
    picture = picture_of(tmp_path / "map.h5", "msm", "lcd", "hms")

    assert words(picture) == ["lcd", "hms", "msm"]
    assert picture.names == ("core.count[0]", "core.count[1]", "flag")
    assert [(band.name, band.first_bit, band.bits) for band in picture.registers] == [
        ("core.count", 0, 2),
        ("flag", 2, 1),
    ]
    assert [(band.name, band.first_bit, band.bits) for band in picture.modules] == [("core", 0, 2), ("top", 2, 1)]
    assert picture.whole


def test_a_cell_shows_the_worst_of_its_upsets_and_how_many_came_to_it(tmp_path):
    picture = picture_of(tmp_path / "map.h5", "mmmmm", "mdmmm", "hhsmm").reduced(3, 3)

    assert words(picture) == ["dmm", "hsm", "mmm"]
    assert picture.worst_share.tolist() == [[127, 255, 255], [255, 127, 255], [255, 255, 255]]
    assert (picture.cycles_per_column, picture.bits_per_line, picture.whole) == (2, 1, False)
    both = picture.reduced(2, 3)
    assert words(both) == ["hsm", "mmm"]
    assert both.bits_per_line == 2


def test_one_sdc_among_thousands_is_not_lost(tmp_path):
    lines = ["m" * 3000, "m" * 3000, "m" * 1234 + "s" + "m" * 1765]
    picture = picture_of(tmp_path / "map.h5", *lines, cells=30)

    assert sum(line.count("s") for line in words(picture)) == 1
    assert picture.worst_share.min() == 1


def test_a_picture_of_no_cells_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="give 1 or more"):
        picture_of(tmp_path / "map.h5", "m", "m", "m", cells=0)


@settings(max_examples=30, deadline=None)
@given(
    arrays(np.uint8, st.tuples(st.just(10), st.integers(1, 60)), elements=st.integers(0, 5)),
    st.integers(1, 700),
)
def test_every_cell_of_any_size_is_the_worst_of_what_it_stands_for(outcome, cells):
    with (
        tempfile.TemporaryDirectory() as folder,
        open_map(write_map(Path(folder) / "map.h5", outcome, (CORE, FLAG, WIDE))) as upset_map,
    ):
        picture = map_picture(upset_map, cells)
        whole = map_picture(upset_map)
    assert picture.severity.size <= max(cells, 1)
    ranks = whole.severity
    # "top" has more bits than "core" and comes first; the order within the modules is that of the map.
    assert (ranks == RANK[outcome][[2, 3, 4, 5, 6, 7, 8, 9, 0, 1]]).all()
    down, across = picture.bits_per_line, picture.cycles_per_column
    for line in range(picture.severity.shape[0]):
        for column in range(picture.severity.shape[1]):
            cell = ranks[line * down : (line + 1) * down, column * across : (column + 1) * across]
            worst = cell.max()
            assert picture.severity[line, column] == worst
            assert picture.worst_share[line, column] == max(1, 255 * (cell == worst).sum() // cell.size)


def test_the_map_has_the_colours_of_its_outcomes(axis, tmp_path):
    draw_map(axis, picture_of(tmp_path / "map.h5", "mlc", "dhs", "mms"))

    (image,) = axis.images
    expected = [[OUTCOME_COLOURS[outcome] for outcome in (Outcome.DETECTED, Outcome.HANG, Outcome.SDC)]]
    assert np.asarray(image.get_array())[:1] / 255 == pytest.approx(
        np.array([[to_rgb(colour) for colour in line] for line in expected]), abs=0.003
    )
    assert tuple(image.get_extent()) == (4, 7, 3, 0)
    assert [text.get_text() for text in axis.get_yticklabels()] == ["core.count", "flag"]
    legend = axis.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [outcome.value for outcome in SEVERITY]


def test_a_cell_is_paler_where_few_of_its_upsets_came_to_the_worst(axis, tmp_path):
    draw_map(axis, picture_of(tmp_path / "map.h5", "ssms", "mmmm", "mmmm").reduced(3, 2))

    (image,) = axis.images
    all_of_it, half_of_it = np.asarray(image.get_array())[2].astype(float)
    masked = 255 * np.array(to_rgb(OUTCOME_COLOURS[Outcome.MASKED]))
    assert np.abs(half_of_it - masked).sum() < 0.8 * np.abs(all_of_it - masked).sum()
    assert np.abs(half_of_it - masked).sum() > 0.5 * np.abs(all_of_it - masked).sum()


def test_outcomes_over_time_are_stacked_shares_of_each_stretch(axis, tmp_path):
    draw_map_over_time(axis, summary_of(tmp_path / "map.h5", "ms", "ss", "dm"))

    drawn = {str(patch.get_label()): patch.get_data() for patch in axis.patches}
    assert set(drawn) == {"sdc", "detected"}
    assert drawn["sdc"].values.tolist() == pytest.approx([1 / 3, 2 / 3])
    assert drawn["detected"].baseline.tolist() == pytest.approx([1 / 3, 2 / 3])
    assert drawn["detected"].values.tolist() == pytest.approx([2 / 3, 2 / 3])
    assert drawn["sdc"].edges.tolist() == [4, 5, 6]


def test_the_curve_of_sdc_marks_the_bits_that_hold_most_of_it(axis, tmp_path):
    draw_concentration(axis, summary_of(tmp_path / "map.h5", "mmmms", "ssslm", "hdmcs").sdc)

    curve = next(line for line in axis.lines if line.get_label() == "silent data corruption")
    assert curve.get_xdata() == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert curve.get_ydata() == pytest.approx([0, 0.6, 0.8, 1])
    assert [text.get_text() for text in axis.texts] == [
        "50 % of it in 1 of 3 bits",
        "90 % of it in 3 of 3 bits",
        "99 % of it in 3 of 3 bits",
    ]


@pytest.mark.parametrize("lines", [("m", "m", "m"), ("mm", "ml", "sd"), ("m" * 2000, "s" * 2000, "h" * 2000)])
def test_figures_of_every_size_are_drawn(tmp_path, lines):
    summary = summary_of(tmp_path / "map.h5", *lines)
    with open_map(tmp_path / "map.h5") as upset_map:
        picture = map_picture(upset_map)
    for svg in (map_figure(picture), map_over_time_figure(summary), concentration_figure(summary.sdc)):
        assert svg.startswith("<svg")
        assert "<script" not in svg


def test_the_still_is_an_image_that_is_replaced_by_its_like_only(tmp_path):
    picture = picture_of(tmp_path / "map.h5", "mlc", "dhs", "mms")
    path = tmp_path / "map.png"
    for _attempt in range(2):
        assert write_map_png(picture, path, dots_per_inch=60) == path
    with Image.open(path) as image:
        assert image.width == 624
        colours = {pixel for _, pixel in image.convert("RGB").getcolors(1 << 20)}
    assert tuple(round(255 * part) for part in to_rgb(OUTCOME_COLOURS[Outcome.SDC])) in colours
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(BusyError, match="a text file"):
        write_map_png(picture, tmp_path / "notes.txt")
    with pytest.raises(ConfigurationError, match="no folder"):
        write_map_png(picture, tmp_path / "nowhere" / "map.png")
    assert {entry.name for entry in tmp_path.iterdir()} == {"map.h5", "map.png", "notes.txt"}
