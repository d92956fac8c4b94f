"""VHDL taken apart: words of a source, flip-flops of GHDL's netlist, bits of a type, and the Verilog made readable."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radtest.inject.vhdl.layout import Leaf, leaves, words_of
from radtest.inject.vhdl.netlist import Piece, read_netlist, verilog_name
from radtest.inject.vhdl.text import SourceText
from radtest.inject.vhdl.types import Array, Bit, Enumeration, Integer, Record, Type
from radtest.inject.vhdl.verilog import readable

LOGIC = Bit(undefined=True)


def source(tmp_path: Path, text: str) -> SourceText:
    path = tmp_path / "source.vhd"
    path.write_bytes(text.encode("latin-1"))
    return SourceText(path)


def test_a_tick_is_an_attribute_after_a_name_and_a_character_else(tmp_path: Path) -> None:
    text = source(tmp_path, "when 'x' => a'length & s(1)'event & std_logic'('1') & ''';")

    words = [token.text for token in text.tokens]
    assert words == [
        *("when", "'x'", "=>", "a", "'", "length", "&", "s", "(", "1", ")", "'", "event"),
        *("&", "std_logic", "'", "(", "'1'", ")", "&", "'''", ";"),
    ]


def test_comments_and_strings_hide_words(tmp_path: Path) -> None:
    text = source(tmp_path, 'a <= "begin ""end"" --"; -- begin\n/* end\n process */ Is \\Is\\ ;')

    assert [token.text for token in text.tokens] == ["a", "<=", '"begin ""end"" --"', ";", "is", "\\Is\\", ";"]


def test_columns_are_counted_as_ghdl_does_with_tabs_to_the_next_eighth(tmp_path: Path) -> None:
    text = source(tmp_path, "ab\tc\n\t\td")

    assert [token.place for token in text.tokens] == [(1, 1), (1, 9), (2, 17)]


def test_what_is_put_in_moves_no_line(tmp_path: Path) -> None:
    text = source(tmp_path, "-- caf\xe9\nprocess (clk)\nbegin\nend process;\n")
    text.insert(text.tokens[text.following(0, "(")].end, "strike,\n")
    text.insert(text.tokens[text.following(0, "end")].start, "first; ")
    text.insert(text.tokens[text.following(0, "end")].start, "second; ")

    text.write_copy(tmp_path / "copy.vhd")

    assert (tmp_path / "copy.vhd").read_bytes().decode("latin-1") == (
        "-- caf\xe9\nprocess (strike, clk)\nbegin\nfirst; second; end process;\n"
    )


DUMP = r"""
module {m2} $top
  module {m4} $or
    input $a[?];
  module {m100} \Top
    input \Clk;
    output \Q[2:0];
    # top.vhd:3:8
    instance \Top{i2}: \Top
      input \Top.\Q{p1} <- %7.$o{n9w3}
      outputs \Top.\Clk{n1w1}
    # top.vhd:5:10
    instance \g.%2.\held{i5}: $signal
      input \g.%2.\held.$i{p3} <- %4.$q{n5w2}
      outputs \g.%2.\held.$o{n6w2}
    # top.vhd:6:10
    instance \gone{i6}: $signal
      input \gone.$i{p4} <- %9.$o{n7w1}
      outputs \gone.$o{n8w1}
    instance %4{i7}: $dff
      input %4.$clk{p5} <- \Top.\Clk{n1w1}
      outputs %4.$q{n5w2}
    instance %6{i8}: $dff
      outputs %6.$q{n10w1}
    instance %7{i9}: $concat2
      input %7.$i1{p6} <- %6.$q{n10w1}
      input %7.$i2{p7} <- %8.$o{n11w2}
      outputs %7.$o{n9w3}
    instance %8{i10}: $extract
      parameters $offset=1
      input %8.$i{p8} <- %12.$q{n12w4}
      outputs %8.$o{n11w2}
    instance %12{i11}: $adff
      outputs %12.$q{n12w4}
    instance %9{i12}: $const_X
      outputs %9.$o{n7w1}
    instance %10{i13}: $const_SB32
      parameters $val=4294967294
      outputs %10.$o{n13w3}
    instance %11{i14}: $pmux
      input %11.$s{p9} <- \Top.\Clk{n1w1}
      input %11.$def{p10} <- %10.$o{n13w3}
      outputs %11.$o{n14w3}
"""


def test_flip_flops_are_found_behind_signals_and_ports_of_the_netlist() -> None:
    module = read_netlist(DUMP)["Top"]

    found = {thing.name: thing.pieces for thing in module.objects}
    assert found == {
        # The first part of a concatenation is the highest.
        ("Q",): (Piece("n12_q", 1, 0, 2), Piece("n6_q", 0, 2, 1)),
        ("g", "%2", "held"): (Piece("n4_q", 0, 0, 2),),
    }
    assert module.undefined == [("gone",)]
    assert verilog_name(("g", "%2", "held")) == "g_n2_held"


MEMORY = r"""
  module {m100} \top
    instance \ram{i1}: $memory
      input \ram.$iport{p1} <- %5.$oport{n1w32}
      outputs \ram.$oport{n2w32}
    instance %3{i2}: $const_UB32
      parameters $val=3
      outputs %3.$o{n3w2}
    instance %4{i3}: $sub
      input %4.$a{p2} <- %3.$o{n3w2}
      input %4.$b{p3} <- \top.\a{n4w2}
      outputs %4.$o{n5w2}
    instance %5{i4}: $mem_wr_sync
      input %5.$iport{p4} <- \ram.$oport{n2w32}
      input %5.$addr{p5} <- ADDRESS
      outputs %5.$oport{n1w32}
"""


@pytest.mark.parametrize(
    ("address", "turned"), [("%4.$o{n5w2}", {"ram"}), ("%3.$o{n3w2}", set()), ("\\top.\\a{n4w2}", set())]
)
def test_a_memory_is_counted_down_where_its_addresses_are(address: str, turned: set[str]) -> None:
    module = read_netlist(MEMORY.replace("ADDRESS", address))["top"]

    assert module.memories == [("ram",)]
    assert module.turned == turned
    assert module.tables == set()


def test_the_default_of_a_choice_is_taken_from_the_netlist() -> None:
    assert read_netlist(DUMP)["Top"].defaults == {"n11_o": "3'b110"}


def test_verilog_gets_the_defaults_and_the_constants_that_ghdl_leaves_out() -> None:
    verilog = (
        "module top\n  always @*\n    case (n1_o)\n      2'b10: n2_o <= a;\n      2'b01: n2_o <= b;\n    endcase\n"
        '  localparam [2:0] n3_o = "101";\nendmodule\n'
    )

    assert readable(verilog, {"top": {"n2_o": "3'b110"}}) == (
        "module top\n  always @*\n    case (n1_o)\n      2'b10: n2_o <= a;\n      2'b01: n2_o <= b;\n"
        "      default: n2_o <= 3'b110;\n    endcase\n  localparam [2:0] n3_o = 3'b101;\nendmodule\n"
    )


@pytest.mark.parametrize(
    ("line", "escaped"),
    [
        pytest.param("  wire int;", "  wire \\int ;", id="SystemVerilog"),
        pytest.param("  assign small = n1_q; // (signal)", "  assign \\small  = n1_q; // (signal)", id="Verilog"),
        pytest.param("  reg reg;", "  reg \\reg ;", id="a word that GHDL writes"),
        pytest.param("    reg = n1_q; // (isignal)", "    \\reg  = n1_q; // (isignal)", id="assigned"),
        pytest.param("  (input  input,", "  (input  \\input ,", id="a port"),
        pytest.param("    .wire(wire),", "    .\\wire (\\wire ),", id="a connection"),
        pytest.param("  always @(posedge negedge)", "  always @(posedge \\negedge )", id="an edge"),
        pytest.param("  assign n1_o = 8'b01;", "  assign n1_o = 8'b01;", id="none"),
    ],
)
def test_names_that_are_words_of_verilog_are_escaped(line: str, escaped: str) -> None:
    assert readable(line, {}) == escaped


def test_the_first_element_of_a_record_and_the_rightmost_of_an_array_have_the_lowest_bits() -> None:
    point = Record((("x", Array(LOGIC)), ("way", Enumeration(3)), ("n", Integer())))

    found = leaves(Array(point), [0, 1, 7, 4, -2, 5])

    assert found == [
        Leaf("(1).x", 0, 4),
        Leaf("(1).way", 4, 2, (0, 2)),
        Leaf("(1).n", 6, 4, (-2, 5)),
        Leaf("(0).x", 10, 4),
        Leaf("(0).way", 14, 2, (0, 2)),
        Leaf("(0).n", 16, 4, (-2, 5)),
    ]


def test_words_of_a_memory_are_counted_from_the_lowest_index_whichever_end_that_is() -> None:
    rising = words_of(Array(Array(LOGIC)), [2, 5, 7, 0])
    falling = words_of(Array(Array(LOGIC)), [5, 2, 7, 0])

    assert rising is not None
    assert falling is not None
    assert [rising.place(word) for word in range(4)] == [24, 16, 8, 0]
    assert [falling.place(word) for word in range(4)] == [0, 8, 16, 24]
    assert (rising.first, rising.count, rising.width) == (2, 4, 8)


@given(st.recursive(st.sampled_from([LOGIC, Enumeration(5)]), lambda inner: st.builds(Array, inner), max_leaves=3))
def test_the_leaves_of_a_type_cover_each_of_its_bits_once(type_: Type) -> None:
    bounds, inner = [], type_
    while isinstance(inner, Array):
        bounds += [3, 1]
        inner = inner.element
    found = leaves(type_, bounds)

    covered = [bit for leaf in found for bit in range(leaf.place, leaf.place + leaf.width)]
    assert covered == list(range(len(covered)))
