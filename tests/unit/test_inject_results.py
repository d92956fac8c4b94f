"""Results of a campaign beyond the summary: rows as CSV, the course of time, latencies, and what the command shows."""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from campaign_samples import CAMPAIGNS, HEADER, TARGETS, result, seal_campaign, several
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from record_samples import END, write_beam_run

from radtest.cli import main
from radtest.core import ConfigurationError, InjectionResult, Outcome, RecordError, StopReason, Strike
from radtest.inject import (
    bit_name,
    export_outcomes,
    export_summary,
    latencies,
    outcomes_over_time,
    summarise,
)
from radtest.log import export_table, open_record, seal

FEW = [
    result(0, Outcome.SDC, target=0, bit=1, cycle=7, latency_cycles=4, observer="result", detail='says "0", not 1'),
    result(1, Outcome.MASKED, target=3, word=1, bit=31, cycle=9),
    result(2, Outcome.INVALID, target=4, detail="two\nlines"),
]


def sealed(folder: Path, results: list[InjectionResult] = FEW, **options: object) -> Path:
    return seal_campaign(folder / "campaign.h5", results, **options)  # type: ignore[arg-type]


def outcome_rows(path: Path) -> list[dict[str, str]]:
    file = io.StringIO()
    with open_record(path) as record:
        count = export_outcomes(record, file)
    rows = list(csv.DictReader(io.StringIO(file.getvalue(), newline="")))
    assert len(rows) == count
    return rows


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    assert isinstance(end.value.code, int)
    return end.value.code


# Rows


def test_each_upset_has_a_row_with_the_bit_as_the_rtl_declares_it(tmp_path):
    rows = outcome_rows(sealed(tmp_path))

    assert rows[0] == {
        "upset": "0",
        "target": "cpu.reg_pc",
        "module": "core",
        "kind": "flip_flop",
        "src": "core.v:180",
        "word": "",
        "bit": "17",
        "cycle": "7",
        "time_ps": "77500",
        "model": "seu",
        "before": "0",
        "after": "1",
        "outcome": "sdc",
        "iso26262": "residual",
        "latency_cycles": "4",
        "observer": "result",
        "detail": 'says "0", not 1',
        "also_hit": "",
    }
    assert (rows[1]["word"], rows[1]["bit"], rows[1]["latency_cycles"]) == ("101", "31", "")
    assert (rows[2]["before"], rows[2]["iso26262"], rows[2]["detail"]) == ("", "", "two\nlines")


def test_a_bit_has_the_name_of_its_declaration():
    assert bit_name(TARGETS[0], 0, 1) == "cpu.reg_pc[17]"
    assert bit_name(TARGETS[3], 1, 31) == "ram[101][31]"
    assert bit_name(TARGETS[4], 0, 0) == "gate"


def test_an_upset_of_several_bits_names_the_others(tmp_path):
    cluster = result(5, Outcome.SDC, target=2, cycle=17)
    others = (Strike(2, 0, 1, 17), Strike(3, 2, 4, 18))
    upset = dataclasses.replace(cluster.upset, others=others)
    cluster = dataclasses.replace(cluster, upset=upset, others_read=((0, 1), (1, 0)))

    rows = outcome_rows(sealed(tmp_path, [FEW[1], cluster]))

    assert [row["also_hit"] for row in rows] == ["", "cpu.state[1]@17 ram[102][4]@18"]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(results=CAMPAIGNS)
def test_what_is_read_back_from_the_rows_is_what_was_recorded(tmp_path_factory, results):
    rows = outcome_rows(sealed(tmp_path_factory.mktemp("any"), results))

    assert [(int(row["upset"]), row["outcome"], int(row["cycle"])) for row in rows] == [
        (each.upset.index, each.outcome.value, each.upset.cycle) for each in results
    ]
    assert [row["latency_cycles"] for row in rows] == [
        str(each.latency_cycles) if each.latency_cycles >= 0 else "" for each in results
    ]


def test_the_summary_has_a_row_for_each_part_and_shares_with_limits(tmp_path):
    file = io.StringIO()
    with open_record(sealed(tmp_path)) as record:
        summary = summarise(record)
    count = export_summary(summary, file)
    rows = {(row["part"], row["name"]): row for row in csv.DictReader(io.StringIO(file.getvalue()))}

    assert count == len(rows) == 1 + 1 + 3 + 2 + 3
    whole, gate = rows["all", "all"], rows["register", "gate"]
    assert (whole["upsets"], whole["valid"], whole["sdc"], whole["p_sdc"]) == ("3", "2", "1", "0.5")
    assert float(whole["iso_residual_low"]) == summary.total.sdc.low
    assert (gate["invalid"], gate["p_sdc"], gate["p_sdc_low"], gate["p_sdc_high"]) == ("1", "", "0.0", "1.0")
    assert (gate["module"], gate["src"], gate["interval"]) == ("soc", "soc.v:9", "clopper-pearson")


def test_a_record_without_upsets_has_no_rows_to_export(tmp_path):
    with open_record(sealed(tmp_path, [])) as record, pytest.raises(RecordError, match="holds no upsets"):
        export_outcomes(record, io.StringIO())


# Any table of any record


def test_events_are_exported_as_they_were_recorded_and_what_is_unknown_is_empty(tmp_path):
    file = io.StringIO()
    with open_record(seal(write_beam_run(tmp_path / "beam.journal"))) as record:
        assert export_table(record, "events", file) == 100
        first = next(csv.DictReader(io.StringIO(file.getvalue())))
        assert (first["kind"], first["address"], first["observed"], first["fluence_cm2"]) == (
            *("seu", "0", str(0x5554)),
            "1000.0",
        )
        assert (first["outcome"], "known" in first) == ("", False)
        lines = io.StringIO()
        assert export_table(record, "telemetry", lines) == 4
        assert lines.getvalue().splitlines()[:2] == ["channel,unit,time_ns,value", "psu.ch1_current,A,0,0.1"]
        with pytest.raises(ConfigurationError, match="'upsets'"):
            export_table(record, "upsets", lines)


# The course of time


def test_stretches_follow_one_another_and_the_empty_ones_are_kept(tmp_path):
    upsets = [result(n, Outcome.SDC, cycle=cycle) for n, cycle in enumerate((10, 11, 12, 49))]
    with open_record(sealed(tmp_path, upsets)) as record:
        bins = outcomes_over_time(record, 4)

    assert [(b.first_cycle, b.last_cycle, b.row.upsets) for b in bins] == [
        *((10, 19, 3), (20, 29, 0)),
        *((30, 39, 0), (40, 49, 1)),
    ]
    assert np.isnan(bins[1].row.vulnerable.value)


def test_stretches_of_equal_upsets_never_part_a_cycle(tmp_path):
    upsets = [result(n, Outcome.SDC, cycle=cycle) for n, cycle in enumerate((5, 5, 5, 5, 6, 7, 8, 20))]
    with open_record(sealed(tmp_path, upsets)) as record:
        bins = outcomes_over_time(record, 4, equal="upsets")

    assert [(b.first_cycle, b.last_cycle, b.row.upsets) for b in bins] == [(5, 5, 4), (6, 7, 2), (8, 20, 2)]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(results=CAMPAIGNS, bins=st.integers(1, 30), equal=st.sampled_from(["width", "upsets"]))
def test_every_upset_falls_into_one_stretch(tmp_path_factory, results, bins, equal):
    with open_record(sealed(tmp_path_factory.mktemp("any"), results)) as record:
        found = outcomes_over_time(record, bins, equal=equal)

    cycles = [each.upset.cycle for each in results]
    assert 1 <= len(found) <= bins
    assert (found[0].first_cycle, found[-1].last_cycle) == (min(cycles), max(cycles))
    assert all(a.last_cycle + 1 == b.first_cycle for a, b in itertools.pairwise(found))
    for stretch in found:
        inside = [each for each in results if stretch.first_cycle <= each.upset.cycle <= stretch.last_cycle]
        assert stretch.row.upsets == len(inside)
        assert stretch.row.counts[Outcome.HANG] == sum(each.outcome is Outcome.HANG for each in inside)


@pytest.mark.parametrize("options", [{"bins": 0}, {"equal": "energy"}])
def test_stretches_that_make_no_sense_are_refused(tmp_path, options):
    with open_record(sealed(tmp_path)) as record, pytest.raises(ConfigurationError):
        outcomes_over_time(record, **options)


def test_latencies_are_those_of_what_was_seen_and_not_of_timeouts(tmp_path):
    upsets = [
        result(0, Outcome.SDC, latency_cycles=9, observer="result"),
        result(1, Outcome.SDC, latency_cycles=2, observer="code"),
        result(2, Outcome.DETECTED, latency_cycles=0, observer="trap"),
        result(3, Outcome.HANG, latency_cycles=5000, observer="timeout"),
        result(4, Outcome.MASKED),
        result(5, Outcome.SDC, latency_cycles=-1, observer="test"),
    ]
    with open_record(sealed(tmp_path, upsets)) as record:
        by_outcome, by_observer = latencies(record), latencies(record, by="observer")

    assert {name: values.tolist() for name, values in by_outcome.items()} == {"sdc": [2, 9], "detected": [0]}
    assert {name: values.tolist() for name, values in by_observer.items()} == {"code": [2], "result": [9], "trap": [0]}


# The command


def test_the_results_of_a_record_are_shown_again(tmp_path, capsys):
    path = sealed(tmp_path, several({Outcome.SDC: 3, Outcome.MASKED: 7}) + several({Outcome.HANG: 2}, target=2))

    assert run("inject", "--show", path) == 0

    shown = capsys.readouterr().out
    assert "12 upsets in 2 registers under icarus 11.0" in shown
    assert "0.2500 (0.0549 … 0.5719)" in shown
    assert shown.index("cpu.state") < shown.index("cpu.reg_pc")
    assert "residual 0.4167" in shown


def test_a_campaign_that_was_stopped_says_so(tmp_path, capsys):
    end = dataclasses.replace(END, stop_reason=StopReason.FAULT, valid=False)

    run("inject", "--show", sealed(tmp_path, end=end))

    assert "3 upsets in 3 registers under icarus 11.0, 1 invalid, stopped by fault, NOT VALID" in (
        capsys.readouterr().out
    )


def test_the_results_as_json_carry_every_count_and_interval(tmp_path, capsys):
    path = sealed(tmp_path)

    assert run("inject", "--show", path, "--json", "--interval", "wilson", "--confidence", "0.9") == 0

    found = json.loads(capsys.readouterr().out)
    assert (found["record"], found["interval"], found["confidence"]) == (str(path), "wilson", 0.9)
    assert found["counts"]["sdc"] == 1
    assert found["iso26262"]["residual"]["count"] == 1
    assert found["probabilities"]["sdc"]["value"] == found["vulnerable"]["value"] == 0.5
    assert [row["name"] for row in found["modules"]] == ["soc", "core"]
    gate = next(row for row in found["registers"] if row["name"] == "gate")
    assert (gate["kind"], gate["src"], gate["valid"]) == ("latch", "soc.v:9", 0)
    assert gate["probabilities"]["sdc"] == {"value": None, "low": 0.0, "high": 1.0}
    assert {row["name"] for row in found["kinds"]} == {"flip_flop", "memory", "latch"}
    assert [row["name"] for row in found["models"]] == ["seu"]


def test_outcomes_go_to_a_file_or_to_standard_output(tmp_path, capsys):
    path, to = sealed(tmp_path), tmp_path / "outcomes.csv"

    assert run("log", "export", path) == 0
    printed = capsys.readouterr().out
    assert run("log", "export", path, "--to", to, "--json") == 0

    assert to.read_text() == printed
    assert json.loads(capsys.readouterr().out) == {
        "file": str(path),
        "table": "outcomes",
        "rows": 3,
        "to": str(to),
    }
    assert run("log", "export", path, "--table", "summary", "--to", to) == 0
    assert to.read_text().startswith("part,name")


def test_a_beam_run_exports_its_events(tmp_path, capsys):
    assert run("log", "export", seal(write_beam_run(tmp_path / "beam.journal"))) == 0
    assert capsys.readouterr().out.startswith("sequence,time_ns,kind,outcome,address")


@pytest.mark.parametrize("name", ["other.h5", "folder", "missing/outcomes.csv"])
def test_an_export_never_replaces_what_is_no_text_and_leaves_nothing_half_written(tmp_path, capsys, name):
    path = sealed(tmp_path)
    (tmp_path / "folder").mkdir()
    other = seal_campaign(tmp_path / "other.h5", FEW, header=dataclasses.replace(HEADER, title="another"))
    before = other.read_bytes()

    assert run("log", "export", path, "--to", tmp_path / name) == 2

    assert "To mend it" in capsys.readouterr().err
    assert other.read_bytes() == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["campaign.h5", "folder", "other.h5"]


def test_an_export_that_fails_leaves_the_file_of_before(tmp_path, capsys):
    path, to = sealed(tmp_path, []), tmp_path / "outcomes.csv"
    to.write_text("kept\n")

    assert run("log", "export", path, "--table", "outcomes", "--to", to) == 2

    assert "holds no upsets" in capsys.readouterr().err
    assert to.read_text() == "kept\n"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["campaign.h5", "outcomes.csv"]
