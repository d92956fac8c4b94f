"""The triplicated register bank: no single upset does harm, and copies that were merged are found out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from space_designs import HERE, Design, outcomes

BITS = 64

SYNTHESIS = """
import json, sys
from pyosys import libyosys as yosys
design = yosys.Design()
for command in json.loads(sys.argv[1]):
    design.run_pass(command)
cells = design.top_module().cells_.values()
print("flip-flops:", sum(bool(cell.is_builtin_ff()) for cell in cells))
"""


def flip_flops_after_synthesis(*before: str) -> int:
    """Synthesise the hardened bank as anybody would and count its flip-flops."""
    commands = [
        f"read_verilog -sv {HERE / 'tmr_bank' / 'tmr_bank.sv'}",
        "hierarchy -top tmr_bank",
        "proc",
        *before,
        "synth -flatten -top tmr_bank",
    ]
    literal = "[" + ", ".join(f'"{command}"' for command in commands) + "]"
    done = subprocess.run(
        [sys.executable, "-c", SYNTHESIS, literal], capture_output=True, text=True, check=True, timeout=120
    )
    return int(done.stdout.rsplit("flip-flops:", 1)[1])


def test_all_three_copies_can_be_upset(tmp_path: Path) -> None:
    targets = Design("tmr_bank", "hardened", tmp_path).targets()

    assert {target.name: target.bits for target in targets} == {
        "hardened.copy_a": BITS,
        "hardened.copy_b": BITS,
        "hardened.copy_c": BITS,
    }


def test_synthesis_leaves_the_copies_apart() -> None:
    assert flip_flops_after_synthesis() == 3 * BITS


def test_without_the_attribute_synthesis_merges_the_copies() -> None:
    assert flip_flops_after_synthesis("setattr -unset keep */t:*dff*") == BITS


@pytest.mark.icarus
def test_every_upset_of_a_copy_is_corrected(tmp_path: Path) -> None:
    assert outcomes(Design("tmr_bank", "hardened", tmp_path).inject(upsets=300)) == {"corrected": 300}


@pytest.mark.icarus
def test_without_copies_upsets_corrupt_in_silence(tmp_path: Path) -> None:
    counts = outcomes(Design("tmr_bank", "plain", tmp_path).inject())

    assert counts["sdc"] > 100
    assert "corrected" not in counts


@pytest.mark.icarus
def test_merged_copies_are_caught(tmp_path: Path) -> None:
    merged = Design("tmr_bank", "merged", tmp_path)

    assert {target.name: target.bits for target in merged.targets()} == {"copy_a": BITS}
    counts = outcomes(merged.inject())
    assert counts["sdc"] > 100
    assert "corrected" not in counts
