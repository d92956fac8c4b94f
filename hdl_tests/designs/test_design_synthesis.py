"""Synthesis leaves the copies of the hardened designs apart: as many flip-flops come out as the RTL declares."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from space_designs import HERE

SYNTHESIS = """
import json, sys
from pyosys import libyosys as yosys
design = yosys.Design()
for command in json.loads(sys.argv[1]):
    design.run_pass(command)
cells = design.top_module().cells_.values()
print("flip-flops:", sum(bool(cell.is_builtin_ff()) for cell in cells))
"""


def flip_flops_after_synthesis(name: str, *before: str) -> int:
    """Synthesise a hardened design as anybody would and count its flip-flops."""
    commands = [
        f"read_verilog -sv {HERE / name / name}.sv",
        f"hierarchy -top {name}",
        "proc",
        *before,
        f"synth -flatten -top {name}",
    ]
    done = subprocess.run(
        [sys.executable, "-c", SYNTHESIS, json.dumps(commands)], capture_output=True, text=True, check=True, timeout=120
    )
    return int(done.stdout.rsplit("flip-flops:", 1)[1])


@pytest.mark.parametrize(
    ("name", "flip_flops"),
    [
        pytest.param("tmr_bank", 3 * 64, id="tmr_bank"),
        pytest.param("parity_fifo", 8 * 9 + 4 * 4, id="parity_fifo"),
        pytest.param("crc_link", 98 + 83, id="crc_link"),
        pytest.param("watchdog", 3 * 8 + 18, id="watchdog"),
    ],
)
def test_synthesis_leaves_the_copies_apart(name: str, flip_flops: int) -> None:
    assert flip_flops_after_synthesis(name) == flip_flops


def test_without_the_attribute_synthesis_merges_the_copies_of_the_bank() -> None:
    assert flip_flops_after_synthesis("tmr_bank", "setattr -unset keep */t:*dff*") == 64
