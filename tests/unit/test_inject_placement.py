"""Placements: CSV and DEF files as tools write them, the bits that they place, and what is wrong in broken ones."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radtest.core import ConfigurationError, Target, TargetKind
from radtest.inject.clusters import draw_clusters
from radtest.inject.def_file import read_def
from radtest.inject.fault_configuration import ClusterSection
from radtest.inject.placed_bits import PlacedBits
from radtest.inject.placement import place_bits, read_placement
from radtest.inject.sampling import draw_upsets

PC = Target("cpu.reg_pc", "cpu", TargetKind.FLIP_FLOP, 4)
DONE = Target("cpu.done", "cpu", TargetKind.FLIP_FLOP, 1)
RAM = Target("ram", "top", TargetKind.MEMORY, 2, words=2, first_word=4)
LANE = Target("bank[1].cell_.q", "lane", TargetKind.FLIP_FLOP, 2, lsb=2)
TARGETS = [PC, DONE, RAM, LANE]

CSV = """\
name,x_um,y_um
cpu.reg_pc[3],1.5,2
"cpu.done",0.25,1e1

ram[5][1], 3, 4
bank[1].cell_.q[2],7,8
"""

DEF = r"""# written by hand
VERSION 5.8 ;
DIVIDERCHAR "/" ;
BUSBITCHARS "[]" ;
DESIGN top ;
UNITS DISTANCE MICRONS 2000 ;
PROPERTYDEFINITIONS
  COMPONENTPIN designRuleWidth REAL ;
END PROPERTYDEFINITIONS
DIEAREA ( 0 0 ) ( 400000 400000 ) ;
COMPONENTS 8 ;
    - _101_ sky130_fd_sc_hd__dfxtp_1 + PLACED ( 2000 4000 ) N ;
    - _102_ sky130_fd_sc_hd__dfxtp_1 + SOURCE TIMING + PROPERTY note "; PLACED ( 1 1 )"
      + FIXED ( 6000 8000 ) FS ;
    - output7 sky130_fd_sc_hd__buf_2 + PLACED ( 50000 50000 ) N ;
    - _103_ sky130_fd_sc_hd__inv_2 + PLACED ( 52000 50000 ) N ;
    - cpu/reg_pc_reg\[2\] DFFQX1 + PLACED ( 10000 12000 ) N ;
    - cpu_reg_pc_reg_3_ DFFQX1 + PLACED ( 14000 16000 ) N ;
    - nowhere DFFQX1 + UNPLACED ;
    - filler FILL1 ;
END COMPONENTS
PINS 1 ;
    - done + NET cpu.done + DIRECTION OUTPUT + USE SIGNAL ;
END PINS
SPECIALNETS 1 ;
    - VPWR ( * VPWR ) + USE POWER ;
END SPECIALNETS
NETS 6 ;
    - cpu.reg_pc\[0\] ( _101_ Q ) ( _103_ A ) + USE SIGNAL + ROUTED met1 ( 10 10 ) ( * 20 )
      NEW met2 ( 10 20 ) ( 30 * ) M2M1 ;
    - net7 ( _102_ Q ) ( output7 A ) + USE SIGNAL ;
    - cpu.done ( PIN done ) ( output7 X )
      + USE SIGNAL ;
    - bank\[1\].cell_.q\[2\] ( _103_ Y ) ( gate A1 + SYNTHESIZED ) + USE SIGNAL ;
    - MUSTJOIN ( filler A ) ( filler B ) ;
    - unplaced ( nowhere Q ) ;
END NETS
END DESIGN
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def place_of(placed: PlacedBits) -> dict[tuple[int, int, int], tuple[float, float]]:
    """Return the places in micrometres by target, word and bit."""
    bits = zip(placed.target, placed.word, placed.bit, strict=True)
    return {(int(t), int(w), int(b)): tuple(s) for (t, w, b), s in zip(bits, placed.steps / 10_000, strict=True)}


def placed_by(path: Path, targets: list[Target]) -> PlacedBits:
    return place_bits(read_placement(path), targets, range(len(targets)), path)


def test_csv_places_bits_of_registers_and_memories_by_name(tmp_path):
    placed = placed_by(written(tmp_path, "p.csv", CSV), TARGETS)

    assert place_of(placed) == {
        (0, 0, 3): (1.5, 2.0),
        (1, 0, 0): (0.25, 10.0),
        (2, 1, 1): (3.0, 4.0),
        (3, 0, 0): (7.0, 8.0),
    }


def test_what_is_not_placed_is_counted_and_named(tmp_path):
    placed = placed_by(written(tmp_path, "p.csv", CSV), TARGETS)

    assert placed.unplaced == (
        "cpu.reg_pc[0]",
        "cpu.reg_pc[1]",
        "cpu.reg_pc[2]",
        "ram[4][0]",
        "ram[4][1]",
        "ram[5][0]",
        "bank[1].cell_.q[3]",
    )
    assert placed.unplaced_bits == 7


def test_a_register_without_any_place_is_named_once(tmp_path):
    placed = placed_by(written(tmp_path, "p.csv", "name,x_um,y_um\ncpu.done,0,0\n"), TARGETS)

    assert placed.unplaced == ("cpu.reg_pc (all 4 bits)", "ram (all 4 bits)", "bank[1].cell_.q (all 2 bits)")


def test_columns_may_come_in_any_order_among_others(tmp_path):
    path = written(tmp_path, "p.csv", "cell,y_um,name,x_um\ndff,2,cpu.done,1\n")

    assert place_of(placed_by(path, TARGETS)) == {(1, 0, 0): (1.0, 2.0)}


def test_none_placed_at_all_is_an_error_that_shows_names_of_both_sides(tmp_path):
    path = written(tmp_path, "p.csv", "name,x_um,y_um\nalu.acc[0],0,0\n")

    with pytest.raises(
        ConfigurationError, match=r"p.csv: none of the 11 bits .* it has 'alu.acc\[0\]', the design has 'cpu.reg_pc"
    ):
        placed_by(path, TARGETS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"p.csv:1: no column 'name' in an empty line"),
        ("name,x,y\na,1,2\n", r"p.csv:1: no column 'x_um' in name,x,y"),
        ("name,x_um,y_um\na,1,2\n\nb,1\n", r"p.csv:4: 2 fields, where the first line has 3"),
        ("name,x_um,y_um\na,1,2\nb,1,two\n", r"p.csv:3: 'two' is no place in micrometres"),
        ("name,x_um,y_um\na,nan,2\n", r"p.csv:2: 'nan' is no place"),
        ("name,x_um,y_um\na,1,2\na,3,4\n", r"p.csv:3: 'a' has a place already, in line 2"),
    ],
)
def test_what_is_wrong_in_a_csv_file_is_named_with_its_line(tmp_path, text, said):
    with pytest.raises(ConfigurationError, match=said):
        read_placement(written(tmp_path, "p.csv", text))


def test_a_csv_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "p.csv"
    path.write_bytes(b"name,x_um,y_um\n\xff\xfe,1,2\n")

    with pytest.raises(ConfigurationError, match=r"p.csv: cannot be read"):
        read_placement(path)


def test_a_file_of_another_kind_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match=r"p.txt: is neither a CSV nor a DEF file by its name"):
        read_placement(written(tmp_path, "p.txt", CSV))


def test_def_places_a_bit_where_the_cell_is_whose_output_has_its_name(tmp_path):
    layout = read_def(written(tmp_path, "top.def", DEF))

    assert layout.components["_101_"] == (1.0, 2.0)
    assert layout.stored["cpu.reg_pc[0]"] == "_101_"
    assert layout.bits()["cpu.reg_pc[0]"] == (1.0, 2.0)


def test_def_finds_a_bit_behind_the_buffer_of_an_output_and_behind_an_inverter(tmp_path):
    bits = read_def(written(tmp_path, "top.def", DEF)).bits()

    assert bits["cpu.done"] == (3.0, 4.0)
    assert bits["bank[1].cell_.q[2]"] == (1.0, 2.0)


def test_def_knows_bits_by_the_name_of_their_cell_without_reg(tmp_path):
    bits = read_def(written(tmp_path, "top.def", DEF)).bits()

    assert bits["cpu.reg_pc[2]"] == (5.0, 6.0)
    assert bits["cpu_reg_pc[3]"] == (7.0, 8.0)


def test_def_places_all_bits_it_names_whatever_the_tool_made_of_dots_and_brackets(tmp_path):
    placed = placed_by(written(tmp_path, "top.def", DEF), [PC, DONE, LANE])

    assert place_of(placed) == {
        (0, 0, 0): (1.0, 2.0),
        (0, 0, 2): (5.0, 6.0),
        (0, 0, 3): (7.0, 8.0),
        (1, 0, 0): (3.0, 4.0),
        (2, 0, 0): (1.0, 2.0),
    }
    assert placed.unplaced == ("cpu.reg_pc[1]", "bank[1].cell_.q[3]")


def test_two_bits_that_differ_in_dots_and_brackets_only_are_not_confused(tmp_path):
    path = written(tmp_path, "p.csv", "name,x_um,y_um\na_b_0,0,0\na.c,1,1\n")
    names = ("a.b", "a_b", "a.c", "a_c")
    targets = [Target(name, "top", TargetKind.FLIP_FLOP, 2 if "b" in name else 1) for name in names]

    # a.c has its place by its name, so that a_c has none; of a.b[0] and a_b[0] nobody knows which it is.
    assert place_of(placed_by(path, targets)) == {(2, 0, 0): (1.0, 1.0)}


def test_bits_are_numbered_as_they_are_declared(tmp_path):
    path = written(tmp_path, "p.csv", "name,x_um,y_um\nup[1],1,0\nup[2],2,0\ndown[8],8,0\ndown[5],5,0\n")
    targets = [Target("up", "top", TargetKind.FLIP_FLOP, 3), Target("down", "top", TargetKind.FLIP_FLOP, 3, lsb=1)]

    placed = place_bits(read_placement(path), targets, range(2), path, {"up": (0, 2), "down": (8, 4)})

    # reg [0:2] up: its rightmost bit is number 2. Of reg [8:4] down the bits 5 to 7 are targets.
    assert place_of(placed) == {(0, 0, 0): (2.0, 0.0), (0, 0, 1): (1.0, 0.0), (1, 0, 0): (5.0, 0.0)}
    assert placed.unplaced == ("up[0]", "down[6]", "down[7]")


def test_def_may_be_packed(tmp_path):
    path = tmp_path / "top.def.gz"
    path.write_bytes(gzip.compress(DEF.encode()))

    assert read_placement(path)["cpu.done"] == (3.0, 4.0)


def test_def_takes_its_own_divider(tmp_path):
    text = DEF.replace('DIVIDERCHAR "/"', 'DIVIDERCHAR "|"').replace("cpu/reg_pc", "cpu|reg_pc")

    assert read_def(written(tmp_path, "top.def", text)).bits()["cpu.reg_pc[2]"] == (5.0, 6.0)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("UNITS DISTANCE MICRONS 2000 ;", "", r"top.def:11: COMPONENTS before UNITS DISTANCE MICRONS"),
        ("MICRONS 2000", "MICRONS many", r"top.def:6: 'many' is no number"),
        ("MICRONS 2000", "MICRONS 0", r"top.def:6: UNITS DISTANCE MICRONS 0"),
        ('DIVIDERCHAR "/"', 'DIVIDERCHAR "::"', r"top.def:3: DIVIDERCHAR "),
        ("( 2000 4000 ) N", "( 2000 ) N", r"top.def:12: component '_101_': PLACED \( 2000 \) N"),
        ("( 2000 4000 ) N", "( 2000 4k ) N", r"top.def:12: '4k' is no number"),
        ("    - output7 sky", "    output7 sky", r"top.def:15: 'output7 sky130_fd_sc_hd__buf_2 \+ PLACED' is no comp"),
        ("- _103_ sky130_fd_sc_hd__inv_2", "- _101_ dff", r"top.def:16: component '_101_' has a place already"),
        ("( _102_ Q )", "( _102_ Q", r"top.def:31: net 'net7': \( _102_ Q \("),
        ("+ USE SIGNAL ;\n    - MUST", "USE SIGNAL ;\n    - MUST", r"top.def:34: net 'bank\[1\].cell_.q\[2\]': 'USE'"),
        ("END COMPONENTS", "END PINS", r"top.def:21: END PINS inside COMPONENTS"),
        ("END NETS\nEND DESIGN\n", "", r"top.def:36: the file ends inside NETS"),
        ("END DESIGN\n", "", r"top.def:37: the file ends without END DESIGN"),
        (" ;\nEND NETS\nEND DESIGN\n", "", r"top.def:36: the statement '- unplaced \(' has no end"),
    ],
)
def test_what_is_wrong_in_a_def_file_is_named_with_its_line(tmp_path, old, new, said):
    assert DEF.count(old) == 1
    with pytest.raises(ConfigurationError, match=said):
        read_def(written(tmp_path, "top.def", DEF.replace(old, new)))


@given(st.integers(0, len(DEF) - len("DESIGN\n")))
def test_a_def_file_that_is_cut_off_is_an_error_wherever_it_was_cut(tmp_path_factory, length):
    path = written(tmp_path_factory.mktemp("cut"), "top.def", DEF[:length])

    with pytest.raises(ConfigurationError, match=r"top.def:\d+: "):
        read_def(path)


@pytest.mark.parametrize("content", [b"\xff\x00\x01" * 50, b"\x1f\x8b\x08broken"], ids=["binary", "gzip"])
@pytest.mark.parametrize("name", ["top.def", "top.def.gz"])
def test_a_def_file_that_is_none_is_refused(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"top.def"):
        read_def(path)


def test_a_large_layout_is_read_and_a_million_clusters_of_it_are_drawn_in_seconds(tmp_path):
    side = 150
    path = tmp_path / "large.def"
    with path.open("w") as file:
        file.write('DIVIDERCHAR "/" ;\nUNITS DISTANCE MICRONS 1000 ;\nCOMPONENTS 1 ;\n')
        for n in range(side * side):
            file.write(f"- _{n}_ dff + PLACED ( {460 * (n % side)} {2720 * (n // side)} ) N ;\n")
        file.write("END COMPONENTS\nNETS 1 ;\n")
        for n in range(side * side):
            file.write(f"- q\\[{n}\\] ( _{n}_ Q ) ( g{n} A ) + USE SIGNAL + ROUTED met1 ( 1 2 ) ( 3 4 )\n")
            file.write("  NEW met2 ( 5 6 ) ( * 7 )\n" * 20 + " ;\n")
        file.write("END NETS\nEND DESIGN\n")
    register = Target("q", "top", TargetKind.FLIP_FLOP, side * side)
    start = time.perf_counter()

    placed = placed_by(path, [register])
    upsets = draw_upsets([register], [0], range(1000), 1_000_000, np.random.default_rng(1))
    clusters = draw_clusters(
        upsets, [register], ClusterSection(size=4, placement="large.def"), np.random.default_rng(1), placed
    )

    # A few seconds; slow and busy machines are given some time.
    assert time.perf_counter() - start < 30
    assert clusters.mean_bits == 4.0
    assert placed.unplaced_bits == 0
