"""The report: self-contained, escaped, and written whole or not at all."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from radtest.analysis import fit_weibull, weibull_cross_section
from radtest.analysis.modelled_estimate import ModelledEstimate
from radtest.core import CrossSectionPoint, Estimate, Outcome
from radtest.report import (
    Fact,
    Report,
    Section,
    Table,
    cross_section_figure,
    current_figure,
    outcome_figure,
    rate_figure,
    write_report,
)

SVG = "{http://www.w3.org/2000/svg}"


class Tags(HTMLParser):
    """Collects the tags of a page and what they refer to."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.references: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.references += [value or "" for name, value in attrs if name in {"src", "href", "xlink:href", "action"}]


def texts(svg: str) -> str:
    return " ".join(comment for comment in re.findall(r"<!-- (.*?) -->", svg))


def page(tmp_path: Path, report: Report) -> str:
    return write_report(report, tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_report_refers_to_nothing_outside_itself(tmp_path: Path) -> None:
    figure = rate_figure({"quiet": {"upsets": ModelledEstimate(Estimate(1.0, 0.5, 2.0), 0.5, 2.0)}})
    html = page(tmp_path, Report("title", "subtitle", sections=(Section("part", figures=((figure, "caption"),)),)))
    tags = Tags()
    tags.feed(html)

    assert {"svg", "figure", "figcaption"} <= set(tags.names)
    assert not {"script", "link", "iframe", "img"} & set(tags.names)
    assert all(reference.startswith("#") for reference in tags.references)


def test_text_in_a_report_is_escaped(tmp_path: Path) -> None:
    html = page(
        tmp_path,
        Report(
            "a < b",
            "",
            facts=(Fact("<b>name</b>", "1"),),
            sections=(Section("part", ("<script>alert(1)</script>",), tables=(Table("t", ("<i>",), (("&",),)),)),),
        ),
    )

    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "&lt;b&gt;name" in html


def test_numbers_in_tables_are_flush_right_with_their_heading(tmp_path: Path) -> None:
    table = Table("caption", ("name", "value"), (("upsets", "12.5"),))
    html = page(tmp_path, Report("title", "", sections=(Section("part", tables=(table,)),)))

    assert '<th scope="col">name</th><th scope="col" class="number">value</th>' in html
    assert '<td>upsets</td><td class="number">12.5</td>' in html


def test_a_report_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "report.html"
    folder.mkdir()
    (folder / "kept").touch()

    with pytest.raises(OSError, match=r"report\.html"):
        write_report(Report("title", ""), folder)

    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_the_same_figure_twice_is_the_same_text() -> None:
    rates = {"quiet": {"upsets": ModelledEstimate(Estimate(1.0, 0.5, 2.0), 0.5, 2.0)}}

    assert rate_figure(rates) == rate_figure(rates)


def test_a_point_without_events_is_drawn_as_an_upper_limit() -> None:
    lets = (1.0, 5.0, 10.0, 20.0, 40.0)
    sigma = weibull_cross_section(np.array(lets), 1e-7, 2.0, 10.0, 1.5)
    points = [
        CrossSectionPoint(let, round(s * 1e9), 1e9, device="d") for let, s in zip(lets, np.asarray(sigma), strict=True)
    ]
    fit = fit_weibull(points, per="device")
    band = fit.band(np.geomspace(0.5, 50, 20))

    svg = cross_section_figure([("single-event upset", fit, band)])

    assert points[0].count == 0
    assert ET.fromstring(svg).tag == f"{SVG}svg"  # noqa: S314 (our own text)
    assert "cross section, cm²/device" in texts(svg)
    assert "single-event upset" in texts(svg)


def test_outcomes_are_drawn_for_every_part_and_only_those_that_occur() -> None:
    parts = {"all": {Outcome.MASKED: 9, Outcome.SDC: 1}, "module cpu": {Outcome.MASKED: 5}}
    said = texts(outcome_figure(parts))

    assert "module cpu" in said
    assert "sdc" in said
    assert "hang" not in said


def test_a_current_is_drawn_with_a_close_up_where_there_is_a_latch_up() -> None:
    time = np.arange(0.0, 60.0, 0.1)
    current = np.where((time > 20) & (time < 20.4), 0.6, 0.12)

    with_latch_up = texts(current_figure(time, current, [20.4], channel="core", close_up_s=20.4))
    without = texts(current_figure(time, current, [], channel="core"))

    assert "one latch-up" in with_latch_up
    assert "one latch-up" not in without
    assert "0 latch-ups" in without
