"""Maps of other faults than single upsets: designs of which the outcomes are known, and what Icarus says of them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from radtest.core import ConfigurationError
from radtest.inject.exhaustive import MAP_OUTCOMES, UpsetMap, check_map, map_upsets, open_map
from radtest.inject.exhaustive.protection import choose_protection

pytestmark = pytest.mark.icarus

DESIGN = """
module chip (input wire clk, rst, output wire [1:0] data, output wire alarm);
    reg [1:0] word = 0;
    reg parity = 0;
    reg [2:0] count = 0;
    always @(posedge clk) if (rst) count <= 0; else count <= count + 1;
    always @(posedge clk) begin word <= count[2:1]; parity <= ^count[2:1]; end
    assign data = word;
    assign alarm = ^word != parity;
endmodule
"""
BENCH = """
import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge


@cocotb.test()
async def plays(dut):
    dut.rst.value = 1
    cocotb.start_soon(Clock(dut.clk, 10, "ns").start())
    for cycle in range(12):
        await RisingEdge(dut.clk)
        dut.rst.value = int(cycle < 2)
"""
STORE = """
module store (input wire clk, rst, output reg [1:0] shown, output reg held);
    reg [3:0] count = 0;
    reg [1:0] mem [0:3];
    initial begin mem[0] = 0; mem[1] = 1; mem[2] = 2; mem[3] = 3; shown = 0; held = 0; end
    always @(posedge clk) if (rst) count <= 0; else count <= count + 1;
    always @(posedge clk) shown <= count < 4 ? mem[count[1:0]] : 0;
    always @(posedge clk) if (count == 6) mem[count[1:0] - 2'd1] <= 0;
    always @(posedge clk or posedge rst) if (rst) held <= 0; else held <= 1;
endmodule
"""
PLACES = "name,x_um,y_um\nword[0],0,0\nparity,1,0\nword[1],5,0\ncount[0],9,9\n"


def project(folder: Path, **campaign: Any) -> Path:
    (folder / "chip.v").write_text(DESIGN)
    (folder / "chip_bench.py").write_text(BENCH)
    (folder / "places.csv").write_text(PLACES)
    document = {
        "design": {"top": "chip", "sources": ["chip.v"]},
        "test": {"module": "chip_bench", "name": "plays"},
        "observe": {"clock": "clk", "outputs": [{"signal": "data"}], "alarms": ["alarm"]},
        "campaign": {"upsets": 1, "first_cycle": 4, "last_cycle": 8} | campaign,
    }
    (folder / "chip.toml").write_text(tomli_w.dumps(document))
    return folder / "chip.toml"


def store(folder: Path, **campaign: Any) -> Path:
    """Write a project whose word w is read once, in cycle w + 2; word 1 is 0 from cycle 9 on."""
    path = project(folder, first_cycle=2, kinds=["flip_flop", "memory"], **campaign)
    (folder / "chip.v").write_text(STORE)
    document = tomllib.loads(path.read_text())
    document["design"]["top"] = "store"
    document["observe"] = {"clock": "clk", "outputs": [{"signal": "shown"}, {"signal": "held"}]}
    path.write_text(tomli_w.dumps(document))
    return path


def outcomes(upset_map: UpsetMap) -> dict[str, list[str]]:
    numbers = upset_map.outcome[:].tolist()
    return {name: [MAP_OUTCOMES[n].value for n in row] for name, row in zip(upset_map.names, numbers, strict=True)}


def confirm(upset_map: UpsetMap, folder: Path) -> None:
    """Make every upset of a map in Icarus."""
    places = [(row, cycle) for row in range(len(upset_map.rows)) for cycle in range(upset_map.cycles)]
    check = check_map(upset_map, places, "icarus", folder)
    assert check.disagreements == ()
    assert check.compared == len(places)


@pytest.mark.slow
def test_two_bits_of_a_word_pass_its_parity(tmp_path):
    cluster = {"model": "mcu", "cluster": {"size": 2}, "include": ["word", "parity"]}
    with open_map(map_upsets(project(tmp_path, **cluster), tmp_path / "map.h5")) as upset_map:
        assert upset_map.model == "mcu"
        assert outcomes(upset_map) == {
            "parity": ["detected"] * 5,
            "word[0]": ["sdc"] * 5,
            "word[1]": ["detected"] * 5,
        }
        assert upset_map.cluster_bits.tolist() == [1, 2, 1]
        confirm(upset_map, tmp_path / "check")
        # A cluster that was cut to one bit, alone.
        lone = check_map(upset_map, [(0, 1)], "icarus", tmp_path / "lone")
        assert lone.disagreements == ()
        with pytest.raises(ConfigurationError, match="is a map of model 'mcu'; triplication outvotes single upsets"):
            choose_protection(upset_map, 2.0)


@pytest.mark.slow
def test_what_lies_side_by_side_on_the_die_is_hit_together(tmp_path):
    shape = {"model": "mcu", "cluster": {"radius_um": 1.0, "placement": "places.csv"}, "include": ["word", "parity"]}
    with open_map(map_upsets(project(tmp_path, **shape), tmp_path / "map.h5")) as upset_map:
        assert outcomes(upset_map) == {
            "parity": ["sdc"] * 5,
            "word[0]": ["sdc"] * 5,
            "word[1]": ["detected"] * 5,
        }
        confirm(upset_map, tmp_path / "check")


S, L, M = ["sdc"], ["latent"], ["masked"]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (
            "stuck0",
            {
                "held": 7 * S,
                "mem[0][0]": 7 * M,
                "mem[0][1]": 7 * M,
                "mem[1][0]": 2 * S + 5 * M,
                "mem[1][1]": 7 * M,
                "mem[2][0]": 7 * M,
                "mem[2][1]": 3 * S + 4 * L,
                "mem[3][0]": 4 * S + 3 * L,
                "mem[3][1]": 4 * S + 3 * L,
            },
        ),
        pytest.param(
            "stuck1",
            {
                "held": S + 6 * M,
                "mem[0][0]": S + 6 * L,
                "mem[0][1]": S + 6 * L,
                "mem[1][0]": 7 * L,
                "mem[1][1]": 2 * S + 5 * L,
                "mem[2][0]": 3 * S + 4 * L,
                "mem[2][1]": 7 * M,
                "mem[3][0]": 7 * M,
                "mem[3][1]": 7 * M,
            },
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_stuck_bit_stays_wrong_until_its_value_is_right(tmp_path, model, expected):
    path = store(tmp_path, model=model, include=["mem", "held"])
    with open_map(map_upsets(path, tmp_path / "map.h5")) as upset_map:
        assert upset_map.model == model
        assert outcomes(upset_map) == expected
        confirm(upset_map, tmp_path / "check")


NETS = """
module chip (input wire clk, rst, output reg [1:0] data, output reg alarm, output wire soon);
    reg [2:0] count = 0;
    reg [1:0] mem [0:3];
    initial begin data = 0; alarm = 0; mem[0] = 0; mem[1] = 1; mem[2] = 2; mem[3] = 3; end
    wire [2:0] up = count + 1;
    wire [1:0] word = mem[count[1:0]];
    wire odd = word[0] ^ word[1];
    wire check = word[0] ^ word[1];
    assign soon = count == 6;
    always @(posedge clk) if (rst) count <= 0; else count <= up;
    always @(posedge clk) if (rst) data <= 0; else data <= word;
    always @(posedge clk) alarm <= !rst && odd != check;
    always @(posedge clk) if (soon) mem[2] <= 0;
endmodule
"""


def nets(folder: Path, **campaign: Any) -> Path:
    """Write a project whose nets store nothing: `odd` must be as `check`, and a word is read in every fourth cycle."""
    path = project(folder, model="set", set_width_ps=2000, **campaign)
    (folder / "chip.v").write_text(NETS)
    document = tomllib.loads(path.read_text())
    document["observe"]["outputs"] = [{"signal": "data"}]
    path.write_text(tomli_w.dumps(document))
    return path


def test_a_transient_is_caught_at_one_edge(tmp_path):
    with open_map(map_upsets(nets(tmp_path), tmp_path / "map.h5")) as upset_map:
        assert upset_map.model == "set"
        seen = outcomes(upset_map)
        # In cycle 8 word 2 is read for the last time and written; `up[2]` leaves the word as it is.
        expected = {
            "odd": 5 * ["detected"],
            "check": 5 * ["detected"],
            "word[0]": 5 * S,
            "word[1]": 5 * S,
            "soon": 4 * S + L,
            "up[0]": 5 * S,
            "up[1]": 5 * S,
            "up[2]": 5 * L,
        }
        assert seen == expected
        assert upset_map.latency_cycles[upset_map.names.index("soon")].tolist() == [5, 4, 3, 2, -1]
        confirm(upset_map, tmp_path / "check")
        with pytest.raises(ConfigurationError, match="is a map of model 'set'; triplication outvotes single upsets"):
            choose_protection(upset_map, 2.0)


RESETS = """
module chip (input wire clk, rst, output reg data, output wire alarm);
    reg stop = 0;
    wire clears = rst | stop;
    wire next = ~data;
    initial data = 0;
    always @(posedge clk) stop <= 0;
    always @(posedge clk or posedge clears) if (clears) data <= 0; else data <= next;
    assign alarm = 0;
endmodule
"""


@pytest.mark.parametrize(
    ("campaign", "said"),
    [
        ({"set_width_ps": 6000}, r"campaign\.set_width_ps = 6000: .* begins after the falling edge"),
        ({"first_cycle": 0}, r"campaign\.first_cycle = 0: with campaign\.model = 'set'"),
        ({"last_cycle": 11}, r"campaign\.last_cycle = 11: the test lasts 11 cycles"),
        ({}, r"'clears' can reset flip-flops asynchronously"),
    ],
)
def test_transients_that_a_map_cannot_hold_are_refused(tmp_path, campaign, said):
    path = project(tmp_path, **{"model": "set", "set_width_ps": 2000} | campaign)
    (tmp_path / "chip.v").write_text(RESETS if not campaign else NETS)
    with pytest.raises(ConfigurationError, match=said):
        map_upsets(path, tmp_path / "map.h5")


@pytest.mark.slow
def test_what_can_reset_is_left_out_on_request(tmp_path):
    path = project(tmp_path, model="set", set_width_ps=2000, exclude=["clears"])
    (tmp_path / "chip.v").write_text(RESETS)
    with open_map(map_upsets(path, tmp_path / "map.h5")) as upset_map:
        assert outcomes(upset_map) == {"next": 5 * S}
        confirm(upset_map, tmp_path / "check")


@pytest.mark.parametrize(
    ("campaign", "said"),
    [
        ({"model": "stuck0", "kinds": ["flip_flop", "net"]}, r"campaign\.kinds = .* are of stored ones, not of nets"),
        ({"model": "mcu", "cluster": {"sizes": {"1": 0.5, "2": 0.5}}}, r"campaign\.cluster\.sizes: .* to chance"),
        ({"accumulate": {"mean_upsets": 2.0}}, r"campaign\.accumulate: a map has one upset at a time"),
    ],
)
def test_what_is_left_to_chance_is_refused(tmp_path, campaign, said):
    with pytest.raises(ConfigurationError, match=said) as error:
        map_upsets(project(tmp_path, **campaign), tmp_path / "map.h5")
    assert re.search("sample (it )?with radtest inject|weigh them", error.value.remedy)
