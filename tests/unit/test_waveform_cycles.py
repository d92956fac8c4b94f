"""Waveforms cycle by cycle: bits, scopes, clocks, and files that are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radtest.core import ConfigurationError, RecordError
from radtest.inject.exhaustive.waveform import UNKNOWN, ClockCycles, ShownSignal, Waveform, _bits

HEADER = "$timescale 1ns $end\n$scope module bench $end\n$scope module chip $end\n"
VARIABLES = "$var wire 1 ! clk $end\n$var wire 4 # data $end\n"
ENDS = "$upscope $end\n$upscope $end\n$enddefinitions $end\n"


def vcd(path: Path, changes: str, *, variables: str = VARIABLES) -> Waveform:
    path.write_text(HEADER + variables + ENDS + changes)
    return Waveform(path)


def clocked(*rises: int, data: dict[int, str] | None = None) -> str:
    moments = {time: ["1!"] for time in rises} | {time + 2: ["0!"] for time in rises}
    for time, value in (data or {}).items():
        moments.setdefault(time, []).append(f"b{value} #")
    return "".join(f"#{time}\n" + "".join(f"{line}\n" for line in moments[time]) for time in sorted(moments))


@given(
    st.integers(1, 70).flatmap(
        lambda width: st.tuples(st.just(width), st.lists(st.integers(0, 2**width - 1), min_size=1))
    )
)
def test_numbers_become_rows_of_bits_with_the_lowest_one_first(drawn):
    width, values = drawn

    bits = _bits(list(values), width)

    assert bits.shape == (len(values), width)
    assert [sum(int(bit) << place for place, bit in enumerate(row)) for row in bits] == values


def test_texts_hold_bits_that_are_unknown():
    assert _bits(["1x0z", 5], 4).tolist() == [[UNKNOWN, 0, UNKNOWN, 1], [1, 0, 1, 0]]


def test_a_short_text_goes_on_with_x_and_z_but_not_with_1():
    assert _bits(["x1", "z0", "11"], 4).tolist() == [
        [1, UNKNOWN, UNKNOWN, UNKNOWN],
        [0, UNKNOWN, UNKNOWN, UNKNOWN],
        [1, 1, 0, 0],
    ]


def test_before_its_first_change_a_signal_is_unknown():
    signal = ShownSignal(np.array([10, 20]), np.array([[1], [0]], np.uint8))

    assert signal.at(np.array([9, 10, 19, 20, 99])).ravel().tolist() == [UNKNOWN, 1, 1, 0, 0]


def test_a_signal_that_never_gets_a_level_is_unknown_throughout(tmp_path):
    data = vcd(tmp_path / "run.vcd", clocked(5, 15)).signal("bench.chip.data")

    assert data is not None
    assert data.at(np.array([0, 20])).tolist() == [[UNKNOWN] * 4] * 2


def test_cycles_end_one_step_before_the_next_edge():
    assert ClockCycles(5, 10, 3).ends(0, 3).tolist() == [14, 24, 34]


def test_a_signal_is_read_cycle_by_cycle(tmp_path):
    waveform = vcd(tmp_path / "run.vcd", clocked(5, 15, 25, data={0: "0001", 6: "0010", 24: "1x00"}))
    clock = waveform.clock_cycles("bench.chip.clk")
    data = waveform.signal("bench.chip.data")

    assert (clock.first_edge, clock.period, clock.edges) == (5, 10, 3)
    assert waveform.step_ps == 1000.0
    assert data is not None
    assert data.at(clock.ends(-1, 3)).tolist() == [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, UNKNOWN, 1],
        [0, 0, UNKNOWN, 1],
    ]


def test_a_signal_that_is_not_shown_is_none(tmp_path):
    assert vcd(tmp_path / "run.vcd", clocked(5, 15)).signal("bench.chip.other") is None


def test_the_scope_is_where_all_inputs_are(tmp_path):
    waveform = vcd(tmp_path / "run.vcd", clocked(5, 15))

    assert waveform.find_scope(["clk", "data"]) == "bench.chip."
    with pytest.raises(ConfigurationError, match=r"'bench.chip', where most of them are, .* inputs 'go' of the design"):
        waveform.find_scope(["clk", "data", "go"])


def test_a_clock_that_stands_still_or_stumbles_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match=r"does not show the clock 'bench.chip.ck'"):
        vcd(tmp_path / "a.vcd", clocked(5, 15)).clock_cycles("bench.chip.ck")
    with pytest.raises(ConfigurationError, match=r"'bench.chip.clk' rises 1 times"):
        vcd(tmp_path / "b.vcd", clocked(5)).clock_cycles("bench.chip.clk")
    with pytest.raises(ConfigurationError, match=r"not even: rising edge 3 comes 12 steps after the one before"):
        vcd(tmp_path / "c.vcd", clocked(5, 15, 25, 37)).clock_cycles("bench.chip.clk")


@pytest.mark.parametrize("content", [b"", b"no waveform at all\n", bytes(range(256)), HEADER.encode()])
def test_what_is_no_waveform_is_refused_by_name(tmp_path, content):
    path = tmp_path / "run.vcd"
    path.write_bytes(content)

    with pytest.raises((RecordError, ConfigurationError), match=r"run\.vcd: ") as error:
        Waveform(path).find_scope(["clk"])

    assert error.value.remedy


def test_a_waveform_that_is_missing_is_refused_by_name(tmp_path):
    with pytest.raises(RecordError, match=r"run\.vcd: "):
        Waveform(tmp_path / "run.vcd")
