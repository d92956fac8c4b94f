"""The order in which gates are evaluated, the loops that have none, and what a net depends on."""

from __future__ import annotations

import pytest

from radtest.inject.exhaustive.gate_netlist import (
    FlipFlop,
    Gate,
    GateLoopError,
    GateNetlist,
    Latch,
    Memory,
    ReadPort,
)

CLOCK, INPUT = 2, 3


def flip_flop(name: str, q: int, d: int, *, bit: int = 0, reset: int = 0) -> FlipFlop:
    return FlipFlop(name, bit, "chip.v:1", q, d, CLOCK, True, reset, 1, 0, 0)


def netlist(
    gates: tuple[Gate, ...] = (),
    flip_flops: tuple[FlipFlop, ...] = (),
    latches: tuple[Latch, ...] = (),
    memories: tuple[Memory, ...] = (),
) -> GateNetlist:
    return GateNetlist(gates, flip_flops, latches, memories, {"clk": (CLOCK,), "a": (INPUT,)}, (), {})


def gate(kind: str, output: int, *inputs: int) -> Gate:
    return Gate(kind, output, inputs, "chip.v:1")


def test_a_gate_comes_after_all_that_drives_it():
    chip = netlist((gate("and", 12, 10, 11), gate("not", 11, 10), gate("not", 10, INPUT)))

    assert [net for net in chip.ordered([12], set()) if net != INPUT] == [10, 11, 12]


def test_what_is_known_is_not_asked_for_again():
    chip = netlist((gate("not", 10, INPUT), gate("not", 11, 10)))
    known = {INPUT, 10}

    assert list(chip.ordered([11, 10], known)) == [11]
    assert known == {INPUT, 10, 11}
    assert list(chip.ordered([11], known)) == []


def test_constants_need_nothing():
    assert list(netlist((gate("or", 10, 0, 1),)).ordered([0, 1, 10], set())) == [10]


def test_a_word_of_a_memory_comes_after_its_address():
    memory = Memory("mem", "chip.v:2", 2, 4, 0, (), (ReadPort((10, 11), (20, 21)),), ())
    chip = netlist((gate("not", 10, INPUT), gate("not", 11, 20)), memories=(memory,))

    with pytest.raises(GateLoopError) as loop:
        list(chip.ordered([21], {INPUT}))
    assert set(loop.value.gates) == {20, 11} or set(loop.value.gates) == {21, 11, 20}

    memory = Memory("mem", "chip.v:2", 2, 4, 0, (), (ReadPort((10, INPUT), (20, 21)),), ())
    chip = netlist((gate("not", 10, INPUT),), memories=(memory,))
    assert list(chip.ordered([21], {INPUT})) == [10, 21]


def test_a_loop_is_named_by_its_gates_and_by_no_others():
    chip = netlist((gate("not", 10, INPUT), gate("and", 11, 10, 12), gate("or", 12, 11, INPUT), gate("not", 13, 12)))

    with pytest.raises(GateLoopError) as loop:
        list(chip.ordered([13], set()))

    assert sorted(loop.value.gates) == [11, 12]


def test_a_loop_through_a_flip_flop_is_none():
    chip = netlist((gate("not", 10, 20),), (flip_flop("state", 20, 10),))

    assert list(chip.ordered([10], set())) == [20, 10]


def test_a_flip_flop_that_resets_itself_is_a_loop():
    chip = netlist((gate("not", 10, 20),), (flip_flop("state", 20, INPUT, reset=10),))

    with pytest.raises(GateLoopError):
        list(chip.ordered([20], set()))


def test_a_latch_that_can_be_open_passes_its_input_on():
    latch = Latch("kept", 0, "chip.v:3", 20, 10, 11, 1)
    chip = netlist((gate("not", 10, INPUT), gate("not", 11, INPUT)), latches=(latch,))

    order = list(chip.ordered([20], {INPUT}))

    assert order[-1] == 20
    assert set(order) == {10, 11, 20}


def test_a_cone_holds_the_flip_flops_behind_a_net_and_behind_their_resets():
    chip = netlist(
        (gate("and", 10, 20, 21), gate("not", 11, 22)),
        (
            flip_flop("one", 20, 11),
            flip_flop("two", 21, INPUT, reset=23),
            flip_flop("x", 22, 10),
            flip_flop("y", 23, 10),
        ),
    )

    assert chip.cone([10]) == {0, 1, 3}
    assert chip.cone([11]) == {2}
    assert chip.cone([INPUT, 0, 1]) == set()


def test_flip_flops_are_ordered_by_register_and_bit_and_observed_nets_as_they_were_asked_for():
    row = {"src": "", "d": 0, "clock": CLOCK, "rising": True, "reset": 0, "reset_level": 0, "reset_value": 0}
    answer = {
        "gates": [["mux", 10, 0, 1, INPUT]],
        "sources": ["chip.v:4"],
        "names": {"10": "choice"},
        "pulses": [],
        "flip_flops": [
            row | {"name": name, "bit": bit, "q": q, "initial": 1}
            for name, bit, q in (("b", 1, 7), ("b", 0, 8), ("a", 0, 9))
        ],
        "latches": [],
        "memories": [
            {
                "name": "mem",
                "src": "",
                "width": 8,
                "words": 2,
                "first_word": 0,
                "initial": ["ff", "0"],
                "reads": [{"address": [4], "data": [5]}],
                "writes": [{"clock": 2, "rising": True, "enable": [1], "address": [4], "data": [6]}],
            }
        ],
        "inputs": {"clk": [CLOCK], "a": [INPUT]},
        "observed": {f"radtest_observed_{number}": [number + 20] for number in (10, 2, 0)},
    }

    chip = GateNetlist.from_answer(answer)

    assert [(one.name, one.bit) for one in chip.flip_flops] == [("a", 0), ("b", 0), ("b", 1)]
    assert chip.observed == ((20,), (22,), (30,))
    assert chip.memories[0].initial == (255, 0)
    assert chip.gates == (Gate("mux", 10, (0, 1, INPUT), "chip.v:4"),)
    assert chip.names == {10: "choice"}
    assert chip.stored == {9: 0, 8: 1, 7: 2}
    assert chip.write_ports[0][1].data == (6,)
