"""The report of a campaign: one page from the sealed record alone, whatever happened in it."""

from __future__ import annotations

import dataclasses
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from campaign_samples import HEADER, result, seal_campaign, several
from record_samples import END, write_beam_run

from radtest.cli import main
from radtest.core import InjectionResult, Outcome, RecordError, StopReason, Target, TargetKind
from radtest.inject import SamplingDesign
from radtest.log import open_record, seal
from radtest.report import Report, injection_report, write_report

COMPLETED = dataclasses.replace(END, stop_reason=StopReason.COMPLETED)
VOID = {"meta", "br", "hr", "img", "link", "input"}
BUSY = [
    result(
        n,
        list(Outcome)[n % 7],
        target=n % 5,
        cycle=n,
        latency_cycles=n if n % 7 in (2, 3, 4) else -1,
        observer=["", "", "corrected", "trap", "result", "timeout", ""][n % 7],
        detail="<b>swallowed</b>" if n % 7 == 6 else "",
    )
    for n in range(210)
]


class Page(HTMLParser):
    """A page, taken apart: its texts by tag, its tables, what it refers to; and whether its tags match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.rows: list[list[str]] = []
        self.references: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.references += [value or "" for name, value in attrs if name in {"src", "href", "xlink:href", "action"}]
        if tag not in VOID:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]][-1] += data
        if self.rows and {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


def report_of(folder: Path, results: list[InjectionResult], **options: object) -> Report:
    path = seal_campaign(folder / "campaign.h5", results, **{"end": COMPLETED, **options})  # type: ignore[arg-type]
    with open_record(path) as record:
        return injection_report(record).report


def page_of(folder: Path, results: list[InjectionResult], **options: object) -> Page:
    return Page(write_report(report_of(folder, results, **options), folder / "report.html").read_text(encoding="utf-8"))


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Page:
    return page_of(tmp_path_factory.mktemp("busy"), BUSY)


def test_the_page_is_sound_html_and_refers_to_nothing_outside_itself(busy):
    assert busy.texts["h1"] == ["Upsets in picorv32_soc"]
    assert "script" not in busy.texts
    assert busy.references
    assert all(reference.startswith("#") for reference in busy.references)


def test_the_page_has_a_section_for_every_question(busy):
    assert busy.texts["h2"] == [
        "Outcomes",
        "Most vulnerable registers",
        "Vulnerability over time",
        "Latency",
        "In the words of ISO 26262",
        "Invalid upsets",
        "Where it comes from",
    ]
    assert len(busy.texts["svg"]) == 4


def test_the_tables_hold_the_counts_with_their_intervals(busy):
    assert ["sdc", "residual", "30", "0.1667", "0.1154 … 0.2293"] in busy.rows
    assert ["module", "bits", "upsets", "valid", "sdc", "probability of sdc", "vulnerable share"] in busy.rows
    assert next(row for row in busy.rows if row[0] == "core")[1:5] == ["27", "126", "108", "18"]
    assert ["corrected", "30", "100", "184", "205", "205", "2.05"] in busy.rows
    assert ["residual", "60", "0.3333", "0.2650 … 0.4073"] in busy.rows


def test_invalid_upsets_are_explained_and_what_they_say_is_escaped(busy):
    assert ["<b>swallowed</b>", "30"] in busy.rows
    assert "b" not in busy.texts


def test_the_page_says_where_it_comes_from_and_how_to_repeat_it(busy):
    rows = {row[0]: row[1] for row in busy.rows if len(row) == 2}
    command, configuration = busy.texts["code"]

    assert rows["its sources and parameters, SHA-256"] == "0" * 64
    assert rows["simulator"] == "icarus 11.0"
    assert re.fullmatch("[0-9a-f]{64}", rows["its content, SHA-256"])
    assert command == "radtest inject CAMPAIGN.toml --simulator icarus --strategy fork --seed 42 --upsets 210"
    assert configuration == HEADER.configuration


def test_three_upsets_make_a_page_that_says_how_little_they_tell(tmp_path):
    page = page_of(tmp_path, [result(0, Outcome.SDC, latency_cycles=3, observer="result"), *BUSY[:1], *BUSY[6:7]])

    assert ["sdc", "residual", "1", "0.5000", "0.0126 … 0.9874"] in page.rows
    assert any("They are too few" in text for text in page.texts["p"])


def test_a_campaign_without_any_error_names_no_register(tmp_path):
    page = page_of(tmp_path, several({Outcome.MASKED: 50}))

    assert any("none is known to matter" in text for text in page.texts["p"])
    assert any("No upset was corrected, detected or seen" in text for text in page.texts["p"])


def test_a_campaign_without_a_valid_upset_has_no_shares(tmp_path):
    page = page_of(tmp_path, several({Outcome.INVALID: 50}))

    assert ["sdc", "residual", "0", "", "no valid upset"] in page.rows
    assert any("50 of 50 upsets could not be shown" in text for text in page.texts["li"])


def test_of_many_modules_those_with_most_upsets_are_drawn_and_all_are_listed(tmp_path):
    targets = [Target(f"r{n}", f"module_{n}", TargetKind.FLIP_FLOP, width=1) for n in range(40)]
    report = report_of(tmp_path, [result(n, Outcome.SDC, target=n % 40) for n in range(70)], targets=targets)

    ((svg, caption),), table = report.sections[0].figures, report.sections[0].tables[1]
    assert "<!-- module_0 -->" in svg
    assert "<!-- module_39 -->" not in svg
    assert "16 modules more" in caption
    assert len(table.rows) == 40


@pytest.mark.parametrize(
    ("stop", "valid", "strategy", "said"),
    [
        (StopReason.FAULT, False, "fork", "marked as not valid"),
        (StopReason.OPERATOR, True, "fork", "late cycles are missing"),
        (StopReason.OPERATOR, True, "restart", "(stopped by operator)."),
    ],
)
def test_a_campaign_that_did_not_end_well_warns_first(tmp_path, stop, valid, strategy, said):
    header = dataclasses.replace(HEADER, source=dataclasses.replace(HEADER.source, strategy=strategy))
    end = dataclasses.replace(END, stop_reason=stop, valid=valid)
    report = report_of(tmp_path, BUSY[:2], end=end, header=header)

    assert said in report.remarks[0]
    assert ("late cycles" in report.remarks[0]) is (said == "late cycles are missing")
    # Not all of the list was carried out: the campaign file says how long it is.
    assert report.sections[-1].listings[0][1].endswith("--upsets 100")


def test_a_campaign_that_ended_well_has_no_such_warning(tmp_path):
    report = report_of(tmp_path, several({Outcome.MASKED: 5}))

    assert not any("ended before" in remark or "not valid" in remark for remark in report.remarks)


def test_a_beam_run_has_no_such_report(tmp_path):
    with (
        open_record(seal(write_beam_run(tmp_path / "beam.journal"))) as record,
        pytest.raises(RecordError, match="a beam run"),
    ):
        injection_report(record)


def test_the_command_writes_page_and_figures_and_says_so_as_json(tmp_path, capsys):
    record = seal_campaign(tmp_path / "campaign.h5", BUSY, end=COMPLETED)

    assert run("report", record, "--figures", tmp_path / "figures", "--interval", "wilson", "--json") == 0

    found = json.loads(capsys.readouterr().out)
    assert found["report"] == str(tmp_path / "campaign.html")
    assert [Path(path).name for path in found["figures"]] == [
        "outcomes_by_module.svg",
        "most_vulnerable_registers.svg",
        "vulnerability_over_time.svg",
        "latency.svg",
    ]
    assert all(Path(path).read_text().startswith("<svg") for path in found["figures"])
    assert found["summary"]["interval"] == "wilson"
    assert "95 % Wilson intervals" in (tmp_path / "campaign.html").read_text()


def test_the_page_never_replaces_a_record(tmp_path, capsys):
    record = seal_campaign(tmp_path / "campaign.h5", BUSY[:3])
    before = record.read_bytes()

    assert run("report", record, "--out", record) == 2

    assert "is an HDF5 file" in capsys.readouterr().err
    assert record.read_bytes() == before
    assert list(tmp_path.iterdir()) == [record]


@pytest.mark.parametrize(
    ("overrides", "options"),
    [("", ""), ('{"upsets": 60}', " --upsets 60"), ('{"seed": 42, "margin": 0.1}', " --margin 0.1")],
)
def test_a_record_that_knows_its_sampling_is_repeated_with_the_options_that_were_given(tmp_path, overrides, options):
    design = SamplingDesign(60, 9000, "looks", looks=(30, 60), stop_width=0.1, list_sha256="ab" * 32)
    source = dataclasses.replace(HEADER.source, sampling=design.to_text(), overrides=overrides)
    path = seal_campaign(
        tmp_path / "a.h5", several({Outcome.SDC: 30}), header=dataclasses.replace(HEADER, source=source)
    )
    with open_record(path) as record:
        provenance = injection_report(record).report.sections[-1]
    assert provenance.listings[0][1].endswith(f"--seed 42{options}")
    rows = dict(provenance.tables[0].rows)
    assert rows["planned"] == "60 of 9,000 possible upsets, with declared looks"
    assert rows["list of upsets, SHA-256"] == "ab" * 32
