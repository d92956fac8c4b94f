"""Pictures of cross sections: what is on them."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from radtest.analysis import fit_weibull
from radtest.cli.fit import command
from radtest.core import CrossSectionPoint
from radtest.report import draw_fit, write_figure

POINTS = [
    CrossSectionPoint(1.2, 0, 1e6, device="A1"),
    CrossSectionPoint(5.0, 12, 1e6, device="A1"),
    CrossSectionPoint(5.0, 14, 1e6, device="A$2"),
    CrossSectionPoint(10.0, 40, 2e6, device="A1", tilt_deg=60.0),
    CrossSectionPoint(40.0, 97, 1e6, device="A1"),
    CrossSectionPoint(60.0, 103, 1e6, device="A1"),
]


@pytest.fixture(scope="module")
def drawn():
    fit = fit_weibull(POINTS)
    band = fit.band(np.geomspace(1.0, 80.0, 40))
    return draw_fit(fit, band, title="SEU")


def texts(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def test_both_axes_are_logarithmic_and_named_with_units(drawn):
    (axis,) = drawn.axes
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log")
    assert axis.get_xlabel() == "effective LET, MeV·cm²/mg"
    assert axis.get_ylabel() == "cross section, cm²/device"


def test_the_legend_tells_devices_tilt_limits_and_band_apart(drawn):
    assert texts(drawn) == [
        "95% band",
        "Weibull fit",
        "A1, 95% Poisson",
        "A1, tilted",
        "A\\$2, 95% Poisson",
        "no events: upper end of the 95% interval",
    ]


def test_a_zero_count_is_an_arrow_from_the_upper_limit(drawn):
    arrow = next(c for c in drawn.axes[0].containers if c.has_yerr and c.lines[0].get_marker() == "_")
    assert arrow.lines[0].get_ydata()[0] == pytest.approx(3.689 / 1e6, rel=1e-3)


def test_a_tilted_point_stands_at_effective_let_over_effective_fluence(drawn):
    hollow = next(c for c in drawn.axes[0].containers if c.lines[0].get_markerfacecolor() == "white")
    # Two devices: the first stands 0.6 % to the left.
    assert hollow.lines[0].get_xdata()[0] == pytest.approx(20.0, rel=0.01)
    assert hollow.lines[0].get_ydata()[0] == pytest.approx(40 / 1e6)


def test_the_caption_states_every_parameter_with_its_interval(drawn):
    caption = drawn.get_supxlabel()
    for words in (
        "sigma_\\mathrm{sat}",
        "$L_0$",
        "$W$",
        "$s$",
        "95% profile-likelihood",
        "degrees of freedom",
        "266 events",
    ):
        assert words in caption


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_it_is_written(drawn, tmp_path, ending):
    assert write_figure(drawn, tmp_path / f"fit.{ending}").stat().st_size > 10_000


def test_the_command_draws(tmp_path):
    path = tmp_path / "fit.svg"
    done = CliRunner().invoke(command, ["fixtures/cross_sections/sram_64mbit_sel.csv", "--plot", str(path), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["plot"] == str(path)
    assert "<svg" in path.read_text()


def test_limits_without_a_fit_have_no_curve_in_the_legend(tmp_path):
    table, path = tmp_path / "points.csv", tmp_path / "limits.svg"
    table.write_text("let_mev_cm2_mg,count,fluence_cm2\n5,0,1e6\n10,0,1e6\n")
    done = CliRunner().invoke(command, [str(table), "--plot", str(path)])
    assert done.exit_code == 0, done.output
    words = path.read_text()
    assert "95% band" in words
    assert "Weibull fit" not in words


def test_two_sets_stand_in_one_figure_with_a_band_each(tmp_path):
    sets = [f"fixtures/cross_sections/sram_lot_{lot}.csv" for lot in "ab"]
    picture = tmp_path / "two.svg"
    words = [sets[0], "--against", sets[1], "--replicates", "0", "--plot", str(picture)]
    assert CliRunner().invoke(command, words, catch_exceptions=False).exit_code == 0
    drawn = picture.read_text(encoding="utf-8")
    assert "sram_lot_a" in drawn
    assert "sram_lot_b" in drawn
