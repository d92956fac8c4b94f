"""What simulators are built with so that bits can be forced, and what they make of it."""

from __future__ import annotations

import pytest

from radtest.core import InjectionError, Target, TargetKind
from radtest.inject.forced_reads import read_unforced
from radtest.inject.forcing_sources import (
    declared_names,
    forceable_configuration,
    forcing_source,
    is_written_back,
    link_forcing,
    unbound_names,
)

NET = TargetKind.NET
TARGETS = [
    Target("u.sum", "unit", NET, 2, lsb=0),
    Target("u.sum", "unit", NET, 1, lsb=3),
    Target("lane[0].w", "top", NET, 1),
    Target("lane[1].w", "top", NET, 1),
]
NAMES = ["u.sum", "lane[0].w", "lane[1].w"]

PROGRAM = """
S_1 .scope module, "radtest_forcing" "radtest_forcing" 2 1;
v0x1_0 .net "sum", 3 0, L_0x9;  1 drivers
v0x2_0 .var "w", 0 0;
v0x5_0 .net "radtest_like_0", 3 0, o0x7;  0 drivers
v0x6_0 .net "radtest_like_1", 0 0, o0x8;  0 drivers
v0x7_0 .var "radtest_seen_0", 3 0;
v0x8_0 .var "radtest_seen_1", 0 0;
    %load/vec4 v0x1_0;
    %store/vec4 v0x7_0, 0, 4;
    %load/vec4 v0x3_0;
    %ix/load 4, 2, 0;
    %force/vec4/off v0x5_0, 4;
    %release/net v0x5_0, 0, 4;
    %load/vec4 v0x2_0;
    %pad/u 1;
    %store/vec4 v0x8_0, 0, 1;
    %force/vec4 v0x6_0;
    %release/net v0x6_0, 0, 1;
"""


def test_a_signal_of_several_targets_is_named_once():
    assert declared_names(TARGETS) == NAMES


def test_verilator_is_told_modules_and_names_without_their_paths():
    assert forceable_configuration(TARGETS).splitlines() == [
        "`verilator_config",
        'forceable -module "top" -var "w"',
        'forceable -module "unit" -var "sum"',
    ]


def test_each_bit_that_may_be_hit_has_its_statements():
    source = forcing_source(TARGETS, NAMES, "bench.dut")

    assert "radtest_seen_0 = bench.dut.u.sum;" in source
    assert [f"radtest_like_0[{place}] = 1'b1" in source for place in range(4)] == [True, True, False, True]
    assert "release radtest_like_2;" in source


def test_in_the_program_of_icarus_the_signals_take_the_place_of_what_stands_for_them():
    program, missed = link_forcing(PROGRAM, ["u.sum", "w"])

    assert missed == set()
    assert [line.strip() for line in program.splitlines() if "force/" in line or "release" in line] == [
        "%force/vec4/off v0x1_0, 4;",
        "%release/net v0x1_0, 0, 4;",
        "%force/vec4 v0x2_0;",
        "%release/net v0x2_0, 0, 1;",
    ]
    assert len(program) == len(PROGRAM)


def test_a_signal_that_is_not_simply_loaded_is_missed_and_not_taken_for_another():
    program, missed = link_forcing(PROGRAM.replace("%load/vec4 v0x2_0;", "%load/vec4a v0x2, 4;"), ["u.sum", "w"])

    assert missed == {"w"}
    assert "%force/vec4 v0x6_0;" in program


def test_a_program_without_the_known_statements_is_refused():
    with pytest.raises(InjectionError, match="does not find its own statements"):
        link_forcing(PROGRAM.replace("%force", "%push").replace("%release", "%pull"), ["u.sum", "w"])


def test_signals_that_icarus_does_not_find_are_read_from_its_log():
    log = (
        "/w/radtest_forcing.sv:9: error: Unable to bind wire/reg/memory `bench.dut.u.sum' in `radtest_forcing'\n"
        "/w/design.v:3: error: Unable to bind wire/reg/memory `other' in `top'\n"
    )

    assert unbound_names(log, "bench.dut") == {"u.sum"}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (Target("ram", "top", TargetKind.MEMORY, 8, words=4), True),
        (Target("pair[1]", "top", TargetKind.FLIP_FLOP, 2), True),
        (Target("lane[1].q", "top", TargetKind.FLIP_FLOP, 2), False),
    ],
)
def test_elements_of_arrays_are_written_back_and_all_else_is_forced(target, expected):
    assert is_written_back(target) is expected


MACHINERY = """
    // Body
    vlSelfRef.top__DOT__u__DOT__sum__VforceRd = ((vlSelfRef.top__DOT__u__DOT__sum__VforceEn
        & vlSelfRef.top__DOT__u__DOT__sum__VforceVal) | ((~ vlSelfRef.top__DOT__u__DOT__sum__VforceEn)
        & vlSelfRef.top__DOT__u__DOT__sum));
    vlSelfRef.top__DOT__u__DOT__sum__VforceRHS0 = vlSelfRef.top__DOT__u__DOT__sum;
    vlSelfRef.__Vdly__top__DOT__u__DOT__sum = vlSelfRef.top__DOT__u__DOT__sum;
    vlSelfRef.top__DOT__u__DOT__sum = vlSelfRef.__Vdly__top__DOT__u__DOT__sum;
    vlSelfRef.__VactTriggered = (vlSelfRef.top__DOT__u__DOT__sum
        != vlSelfRef.__Vtrigprevexpr___TOP__top__DOT__u__DOT__sum__0);
    vlSelfRef.__Vtrigprevexpr___TOP__top__DOT__u__DOT__sum__0 = vlSelfRef.top__DOT__u__DOT__sum;
    vlSelfRef.top__DOT__q = vlSelfRef.top__DOT__u__DOT__sum__VforceRd;
"""


@pytest.mark.parametrize(
    "statement",
    [
        "vlSelfRef.top__DOT__q = vlSelfRef.top__DOT__ram[vlSelfRef.top__DOT__u__DOT__sum];",
        "__VdlyDim0__top__DOT__ram__v0 = vlSelfRef.top__DOT__u__DOT__sum;",
        "if (vlSelf->top__DOT__u__DOT__sum) {",
        "vlSelfRef.top__DOT__ram[vlSelfRef.top__DOT__u__DOT__sum] = 1U;",
        "vlSelfRef.x = vlSymsp->TOP__top__u.__PVT__sum;",
        "VL_ADD_W(3, __Vtemp_1, vlSelfRef.top__DOT__u__DOT__sum, vlSelfRef.top__DOT__x);",
        "VL_ASSIGNSEL_WI(96, 8, vlSelfRef.top__DOT__u__DOT__sum, vlSelfRef.top__DOT__x, 1U);",
        "VL_ASSIGNSEL_WI(96, 8, (7U & f(1, 2)), vlSelfRef.top__DOT__x, vlSelfRef.top__DOT__u__DOT__sum);",
    ],
)
def test_what_reads_a_forceable_signal_as_it_is_is_found(statement):
    forced = MACHINERY if "__PVT__" not in statement else "vlSelfRef.__PVT__sum__VforceRd = 1U;"

    assert read_unforced([forced + statement], ["u.sum", "u.other"]) == ["u.sum"]


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "VL_ADD_W(3, vlSelfRef.top__DOT__u__DOT__sum, vlSelfRef.top__DOT__x, vlSelfRef.top__DOT__y);",
        "VL_ASSIGNSEL_WI(96, 8, (7U & f(1, 2)), vlSelfRef.top__DOT__u__DOT__sum, vlSelfRef.top__DOT__x);",
        "vlSelfRef.top__DOT__u__DOT__sum[2U] = vlSelfRef.top__DOT__x;",
    ],
)
def test_what_makes_a_value_or_its_forced_value_is_no_unforced_read(statement):
    assert read_unforced([MACHINERY + statement], ["u.sum"]) == []


def test_signals_of_generate_scopes_have_their_names_in_the_program_of_verilator():
    name = "top__DOT__lane__BRA__0__KET____DOT__w"
    source = f"vlSelfRef.{name}__VforceRd = 1U; vlSelfRef.q = vlSelfRef.{name};"

    assert read_unforced([source], ["lane[0].w", "lane[1].w"]) == ["lane[0].w"]
