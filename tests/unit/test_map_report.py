"""The page of an upset map: what it says, that it is self-contained, and the command that writes it."""

from __future__ import annotations

import base64
import json
import re
import zlib
from pathlib import Path

import numpy as np
import pytest
from map_samples import FACTS, FLAG, outcomes, write_map

from radtest.cli import main
from radtest.core import RecordError, Target
from radtest.inject.exhaustive.map_file import open_map
from radtest.report import map_report, write_report
from radtest.report.map_picture import SEVERITY

LINES = ("mmmms", "ssslm", "hdmcs")


def page_of(path: Path, **options: int) -> str:
    with open_map(path) as upset_map:
        return write_report(map_report(upset_map, **options).report, path.with_suffix(".html")).read_text(
            encoding="utf-8"
        )


def rows_of(html: str) -> list[list[str]]:
    return [re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", row) for row in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)]


def unpacked(html: str, name: str) -> bytes:
    found = re.search(rf'data-part="{name}">([^<]*)</script>', html)
    assert found is not None
    return zlib.decompress(base64.b64decode(found[1]))


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    return page_of(write_map(tmp_path_factory.mktemp("map") / "map.h5", outcomes(*LINES)))


def test_the_page_has_a_section_for_every_question(html):
    assert re.findall("<h2>(.*?)</h2>", html) == [
        "The map",
        "Outcomes",
        "Most vulnerable registers",
        "Where the silent data corruption lies",
        "Outcomes over time",
        "Where it comes from",
    ]
    assert "<h1>Upset map of counter &lt;b&gt;</h1>" in html


def test_the_tables_hold_the_exact_counts_and_no_interval(html):
    rows = rows_of(html)
    assert ["sdc", "5", "0.3333"] in rows
    assert ["core", "2", "10", "1", "1", "4", "1", "1", "0.4000", "0.6000"] in rows
    assert ["core.count", "core.v:7", "2", "10", "4", "1", "1", "0.4000", "0.6000", "80 %"] in rows
    assert ["50 %", "1", "33.3 %"] in rows
    assert ["core.count[0]", "3", "0.6000", "60 %"] in rows
    assert ["4 … 4", "3", "0", "0", "1", "1", "0", "0.6667"] in rows
    assert "no error of sampling, and no interval" in html
    assert "confidence" not in html


def test_the_page_says_where_it_comes_from(html):
    assert ["model", "seu"] in rows_of(html)
    assert "radtest map counter.toml" in html


def test_the_page_holds_every_upset_and_asks_for_nothing(html):
    about = json.loads(unpacked(html, "about"))
    cells = np.frombuffer(unpacked(html, "cells"), np.uint8).reshape(about["lines"], about["columns"])

    assert about["names"] == ["core.count[0]", "core.count[1]", "flag"]
    assert ["".join(SEVERITY[cell & 7].value[0] for cell in line) for line in cells] == ["ssslm", "hdmcs", "mmmms"]
    assert (cells >> 3 == 31).all()
    assert re.findall(r"""(?:src|href)=["'](?!#|data:)[^"']*""", html) == []
    (policy,) = re.findall('Content-Security-Policy" content="([^"]*)"', html)
    assert policy.startswith("default-src 'none'; style-src")
    assert "script-src 'sha256-" in policy
    assert "unsafe-inline'; img-src" in policy


def test_a_map_too_large_for_a_page_is_reduced_and_the_page_says_so(tmp_path):
    html = page_of(write_map(tmp_path / "map.h5", outcomes(*LINES)), cells=6)

    assert "a cell stands for 3 bits × 1 cycle" in html
    assert json.loads(unpacked(html, "about"))["lines"] == 1


def test_a_share_is_shown_as_none_or_all_only_where_it_is(tmp_path):
    lines = np.zeros((3, 30_000), np.uint8)
    lines[1] = 3
    lines[1, 7] = 0
    lines[2, 9] = 3
    rows = rows_of(page_of(write_map(tmp_path / "map.h5", lines)))

    assert ["core.count[0]", "29,999", "0.99997", "99.997 %"] in rows
    assert ["core.count[1]", "1", "0.00003", "0.00333 %"] in rows
    assert ["corrected", "0", "0.0000"] in rows


def test_a_map_without_any_error_says_that_this_is_proven_and_names_no_register(tmp_path):
    html = page_of(write_map(tmp_path / "map.h5", outcomes("mm", "lm", "mm")))

    assert "proven for every bit and every cycle" in html
    assert "there is none" in html
    assert "No upset of any register is seen" in html


def test_a_name_of_the_design_cannot_break_out_of_the_page(tmp_path):
    target = Target('</script><script>alert("x")</script>', "<i>top", FLAG.kind, 1)
    html = page_of(write_map(tmp_path / "map.h5", outcomes("s"), [target]))
    assert "<script>alert" not in html
    assert "<i>top" not in html


def test_the_command_makes_page_figures_and_still_of_a_map(tmp_path, capsys):
    path = write_map(tmp_path / "map.h5", outcomes(*LINES))

    assert run("report", path, "--figures", tmp_path / "figures", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert Path(told["report"]) == tmp_path / "map.html"
    assert sorted(file.name for file in (tmp_path / "figures").iterdir()) == [
        "map.png",
        "map.svg",
        "most_vulnerable_registers.svg",
        "outcomes_by_module.svg",
        "outcomes_over_time.svg",
        "sdc_by_bits.svg",
    ]
    assert sorted(told["figures"]) == sorted(str(file) for file in (tmp_path / "figures").iterdir())
    assert told["summary"]["counts"]["sdc"] == 5
    assert told["summary"]["sdc_in_bits"][0] == {"share_of_sdc": 0.5, "bits": 1}
    assert told["summary"]["registers"][0]["vulnerable_share"] == 0.6


def test_the_command_refuses_intervals_of_what_is_exact(tmp_path, capsys):
    path = write_map(tmp_path / "map.h5", outcomes("m", "m", "m"))

    assert run("report", path, "--confidence", "0.9") == 2
    assert "--confidence 0.9: an upset map holds every upset" in capsys.readouterr().err
    assert not path.with_suffix(".html").exists()


def test_the_command_says_of_another_file_what_it_always_said(tmp_path):
    (tmp_path / "text.h5").write_text("no record")
    assert run("report", tmp_path / "text.h5") == 2
    with pytest.raises(RecordError):
        open_map(tmp_path / "text.h5")


def test_a_map_of_clusters_says_what_it_counts(tmp_path):
    path = write_map(tmp_path / "map.h5", outcomes("ms", "sm", "mm"), facts=FACTS | {"model": "mcu"})
    with open_map(path) as upset_map:
        report = map_report(upset_map).report

    assert report.subtitle.startswith("Every cluster that begins with one of 3 bits in 2 clock cycles: 6 outcomes.")
    assert any("the first bit of a cluster counts" in remark for remark in report.remarks)


def test_a_map_of_stuck_bits_says_what_it_counts(tmp_path):
    path = write_map(tmp_path / "map.h5", outcomes("ms", "sm", "mm"), facts=FACTS | {"model": "stuck1"})
    with open_map(path) as upset_map:
        report = map_report(upset_map).report

    assert report.subtitle.startswith("Every one of 3 bits stuck at 1 from each cycle on in 2 clock cycles: 6 outcomes")
    assert any("it lasts to the end of the test" in remark for remark in report.remarks)
