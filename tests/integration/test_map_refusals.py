"""What cannot be mapped is refused, with what it is, where it is and a way out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from chip_to_map import project

from radtest.cli import main
from radtest.core import BusyError, ConfigurationError, InjectionError, RadtestError, RecordError, ToolMissingError
from radtest.inject.exhaustive import map_upsets, open_map

pytestmark = pytest.mark.icarus


def slow(*values: Any) -> Any:
    """Leave a case to the slow tests."""
    return pytest.param(*values, marks=pytest.mark.slow)


def refused(folder: Path, kind: type[RadtestError], said: str, **how: Any) -> RadtestError:
    """Check that a project is refused, with a way out and no map left behind."""
    with pytest.raises(kind, match=said) as error:
        map_upsets(folder / "chip.toml", folder / "map.h5", jobs=1, **how)
    assert error.value.remedy
    assert list(folder.glob("*.h5")) == []
    assert list(folder.glob(".*.partial")) == []
    return error.value


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            "wire p, q; assign p = q ^ a[0]; assign q = p & rst; reg z = 0; always @(posedge clk) z <= p; "
            "assign o = z;",
            r"combinational loop through '[pq]' \(chip\.v:10\)",
        ),
        slow(
            "reg kept = 0; always @(posedge clk or posedge kept) if (kept) kept <= 0; else kept <= a[0]; "
            "assign o = kept;",
            r"combinational loop through 'kept' \(chip\.v:10\)",
        ),
        slow(
            "reg second = 0; always @(posedge a[0]) second <= ~second; assign o = second;",
            r"chip\.v:\d+: second is clocked by '.+', not by 'clk'",
        ),
        slow(
            "wire gated = clk & a[0]; reg slow = 0; always @(posedge gated) slow <= ~slow; assign o = slow;",
            r"chip\.v:\d+: slow is clocked by '?.*gated.*, not by 'clk'",
        ),
        slow(
            "wire p, q; assign p = q ^ a[0]; assign q = p & rst; reg z = 0, y = 0; always @(negedge clk) z <= p; "
            "always @(posedge clk) y <= z; assign o = y;",
            r"combinational loop through '[pq]' \(chip\.v:10\)",
        ),
        slow(
            "reg falling = 0, after = 0; always @(posedge clk) after <= falling; assign o = after; "
            "always @(negedge clk or posedge rst) if (rst) falling <= 0; else falling <= a[0];",
            r"chip\.v:10: falling takes its input at the falling edge and has an asynchronous reset",
        ),
        slow(
            "reg kept; always @* if (a[0]) kept = a[1]; reg taken = 0; always @(posedge clk) taken <= kept; "
            "assign o = taken;",
            r"chip\.v:10: 'kept' is a latch, which holds its level in cycle \d+",
        ),
        slow("assign o = clk ^ rst;", r"the clock 'clk' is used as data for 'o' \(chip\.v:2\)"),
        slow(
            "reg held = 0; always @(posedge clk) held <= clk; assign o = held;",
            r"the clock 'clk' is used as data for 'held' \(chip\.v:10\)",
        ),
        slow(
            "reg loaded; always @(posedge clk or posedge rst) if (rst) loaded <= a[0]; else loaded <= a[1]; "
            "assign o = loaded;",
            r"chip\.v:10: 'loaded' loads a value that is no constant asynchronously",
        ),
        slow(
            "reg both; always @(posedge clk or posedge rst or posedge a[0]) if (rst) both <= 0; "
            "else if (a[0]) both <= 1; else both <= a[1]; assign o = both;",
            r"chip\.v:10: 'both' has both an asynchronous set and an asynchronous reset",
        ),
        slow(
            "wire y; macro box (.clk(clk), .y(y)); assign o = y; endmodule "
            "(* blackbox *) module macro (input wire clk, output wire y);",
            r"chip\.v:10: 'box' is a cell of kind macro",
        ),
    ],
    ids=[
        *("loop", "reset loop", "second clock", "gated clock", "loop to a falling edge", "falling edge"),
        *("latch", "clock as data", "clock stored"),
        *("asynchronous load", "set and reset", "unknown cell"),
    ],
)
def test_designs_that_the_engine_does_not_simulate(tmp_path, more, said):
    project(tmp_path, more)

    error = refused(tmp_path, InjectionError, said)

    assert "chip.toml" in str(error)
    assert "radtest inject" in error.remedy


@pytest.mark.slow
def test_what_a_falling_edge_stores_must_not_be_looked_at(tmp_path):
    falling = "reg falling = 0; always @(negedge clk) falling <= ~falling; assign o = falling;"
    project(tmp_path, falling, observe={"outputs": [{"signal": "o"}]})

    refused(tmp_path, InjectionError, r"chip\.v:10: falling takes .* falling edge, and what it shows is looked at")


@pytest.mark.slow
def test_a_module_that_is_not_there_is_named(tmp_path):
    project(tmp_path, "wire y; black_box box (.clk(clk), .y(y)); assign o = y;")

    refused(tmp_path, RadtestError, "black_box")


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        slow(
            {"observe": {"done": "done"}},
            ConfigurationError,
            r"observe\.done = 'done': .* its inputs 'a' change after cycle 2",
        ),
        slow(
            {"test": {"name": "waits"}, "observe": {"done": "never"}},
            ConfigurationError,
            r"observe\.done = 'never' never goes high in the golden run, which ends in cycle \d+",
        ),
        slow(
            {"observe": {"clock": "a"}},
            ConfigurationError,
            r"observe\.clock = 'a' has 2 bits, and .*\n.*those of one bit are 'clk', 'rst'",
        ),
        (
            {"observe": {"clock": "count"}},
            ConfigurationError,
            r"observe\.clock = 'count' is no input port of the design",
        ),
        ({"observe": {"alarms": ["loud"]}}, ConfigurationError, r"observe\.alarms: 'loud' (is|goes) high"),
        slow({"observe": {"outputs": [{"signal": "shwon"}]}}, RadtestError, r"'shwon'"),
        slow({"campaign": {"first_cycle": 99}}, ConfigurationError, r"campaign\.first_cycle = 99"),
        slow({"campaign": {"last_cycle": 99}}, ConfigurationError, r"last_cycle = 99: the test lasts \d+ cycles"),
        slow({"campaign": {"kinds": ["latch"]}}, RadtestError, r"kinds|latch"),
    ],
    ids=[
        "done with inputs",
        "done never",
        "wide clock",
        "no port as clock",
        "alarm",
        "output",
        "first cycle",
        "last cycle",
        "kinds",
    ],
)
def test_campaigns_that_cannot_be_mapped(tmp_path, changes, kind, said):
    project(tmp_path, "wire never = count == 15; assign o = never;", **changes)

    refused(tmp_path, kind, said)


@pytest.mark.slow
def test_an_input_that_is_never_driven_is_named(tmp_path):
    project(tmp_path, test={"name": "gives_nothing"})

    refused(tmp_path, ConfigurationError, r"the input 'a' is undefined in cycle 2")


def test_no_compiler(tmp_path, monkeypatch):
    project(tmp_path)
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    monkeypatch.delenv("CC", raising=False)

    error = refused(tmp_path, ToolMissingError, r"compiler")

    assert "gcc" in error.remedy or "CC" in error.remedy


def test_files_in_the_way(tmp_path):
    campaign = project(tmp_path)
    out = tmp_path / "out.h5"
    out.write_text("precious")

    with pytest.raises(BusyError, match=r"out\.h5: exists already"):
        map_upsets(campaign, out)
    assert out.read_text() == "precious"

    with pytest.raises(ConfigurationError, match=r"there is no folder .*nowhere"):
        map_upsets(campaign, tmp_path / "nowhere" / "out.h5")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_cannot_be_written(tmp_path):
    campaign = project(tmp_path)
    (tmp_path / "closed").mkdir(mode=0o500)

    with pytest.raises(RadtestError, match="closed"):
        map_upsets(campaign, tmp_path / "closed" / "out.h5")


def test_what_is_no_map(tmp_path):
    path = tmp_path / "map.h5"
    path.write_text("no HDF5\n")

    with pytest.raises(RecordError, match=r"map\.h5: is no HDF5 file that can be read"):
        open_map(path)


@pytest.mark.parametrize("arguments", [["map.h5"], ["missing.h5"], ["missing.toml"], ["map.h5", "--upset", "flag"]])
def test_the_command_line_shows_no_traceback(tmp_path, monkeypatch, capsys, arguments):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "map.h5").write_text("no HDF5\n")

    with pytest.raises(SystemExit) as ended:
        main(["map", *arguments])

    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert arguments[0] in said
    assert "Traceback" not in said


# ---------------------------------------------------------------------- waveforms of others

VARIABLES = (("clk", 1), ("rst", 1), ("a", 2), ("count", 4), ("sum", 4))


def vcd(path: Path, *, without: str = "", undefined: str = "", wrong_from: int = 999, cycles: int = 12) -> Path:
    """Write what a simulator would show of the design, or something else."""
    kept = [(name, width) for name, width in VARIABLES if name != without]
    lines = ["$timescale 1ns $end", "$scope module chip $end"]
    lines += [f"$var wire {width} {name} {name} $end" for name, width in kept]
    lines += ["$upscope $end", "$enddefinitions $end", "#0"]
    state = {"clk": 0, "rst": 1, "a": 0, "count": 0, "sum": 0}
    lines += [f"b{state[name]:b} {name}" for name, _ in kept if name != undefined]
    for cycle in range(cycles):
        after = dict(state)
        after["count"] = 0 if state["rst"] else min(9, state["count"] + 1)
        after["sum"] = 0 if state["rst"] else (state["sum"] + state["a"]) % 16
        if cycle == wrong_from:
            after["sum"] ^= 4
        after |= {"rst": int(cycle < 1), "a": cycle % 3}
        state = after
        lines += [
            f"#{10 * cycle + 5}",
            *(f"b{state[name]:b} {name}" for name, _ in kept if name not in ("clk", undefined)),
            "b1 clk",
        ]
        lines += [f"#{10 * cycle + 10}", "b0 clk"]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_waveform_can_take_the_place_of_the_recording(tmp_path):
    campaign = project(tmp_path)

    with open_map(map_upsets(campaign, tmp_path / "map.h5", waveform=vcd(tmp_path / "run.vcd"), jobs=1)) as upset_map:
        assert sum(upset_map.counts.values()) == 8 * upset_map.cycles
        assert upset_map.facts["checked_bits"] == 8


def test_a_waveform_of_another_design_is_told_by_its_first_difference(tmp_path):
    project(tmp_path)

    refused(
        tmp_path,
        InjectionError,
        r"part at chip\.v:4: sum\[2\] in cycle 6: the engine has [01], the waveform [01]",
        waveform=vcd(tmp_path / "run.vcd", wrong_from=6),
    )


@pytest.mark.slow
def test_a_register_that_is_never_defined_is_named(tmp_path):
    project(tmp_path)

    refused(
        tmp_path,
        ConfigurationError,
        r"chip\.v:4: sum\[0\] is still undefined \(X\) in cycle 2 of the golden run",
        waveform=vcd(tmp_path / "run.vcd", undefined="sum"),
    )


@pytest.mark.parametrize(
    ("waveform", "said"),
    [
        slow(lambda path: vcd(path, without="a"), r"run\.vcd: .* does not show the inputs 'a' of the design"),
        slow(lambda path: vcd(path, without="clk"), r"run\.vcd: .* does not show .*'clk'"),
        slow(lambda path: vcd(path, cycles=1), r"run\.vcd: the clock 'chip.clk' rises 1 times"),
        slow(lambda path: (path.write_text("nothing\n"), path)[1], r"run\.vcd: "),
        (lambda path: path, r"run\.vcd: "),
    ],
    ids=["an input", "the clock", "one edge", "no waveform", "no file"],
)
def test_a_waveform_that_will_not_do(tmp_path, waveform, said):
    project(tmp_path)

    refused(tmp_path, RadtestError, said, waveform=waveform(tmp_path / "run.vcd"))
