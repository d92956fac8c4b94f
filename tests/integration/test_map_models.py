"""Maps of other faults than single upsets: designs of which the outcomes are known, and what Icarus says of them."""

from __future__ import annotations

import re
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


def outcomes(upset_map: UpsetMap) -> dict[str, list[str]]:
    numbers = upset_map.outcome[:].tolist()
    return {name: [MAP_OUTCOMES[n].value for n in row] for name, row in zip(upset_map.names, numbers, strict=True)}


def confirm(upset_map: UpsetMap, folder: Path) -> None:
    """Make every upset of a map in Icarus."""
    places = [(row, cycle) for row in range(len(upset_map.rows)) for cycle in range(upset_map.cycles)]
    check = check_map(upset_map, places, "icarus", folder)
    assert check.disagreements == ()
    assert check.compared == len(places)


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


def test_what_lies_side_by_side_on_the_die_is_hit_together(tmp_path):
    shape = {"model": "mcu", "cluster": {"radius_um": 1.0, "placement": "places.csv"}, "include": ["word", "parity"]}
    with open_map(map_upsets(project(tmp_path, **shape), tmp_path / "map.h5")) as upset_map:
        assert outcomes(upset_map) == {
            "parity": ["sdc"] * 5,
            "word[0]": ["sdc"] * 5,
            "word[1]": ["detected"] * 5,
        }
        confirm(upset_map, tmp_path / "check")


@pytest.mark.parametrize(
    ("campaign", "said"),
    [
        ({"model": "set", "set_width_ps": 100}, r"campaign\.model = 'set': maps know only seu, mcu"),
        ({"model": "mcu", "cluster": {"sizes": {"1": 0.5, "2": 0.5}}}, r"campaign\.cluster\.sizes: .* to chance"),
        ({"accumulate": {"mean_upsets": 2.0}}, r"campaign\.accumulate: a map has one upset at a time"),
    ],
)
def test_what_is_left_to_chance_is_refused(tmp_path, campaign, said):
    with pytest.raises(ConfigurationError, match=said) as error:
        map_upsets(project(tmp_path, **campaign), tmp_path / "map.h5")
    assert re.search("sample with radtest inject|weigh them", error.value.remedy)
