"""The system computes what it should, in each simulator, as an ordinary cocotb test."""

import os
from pathlib import Path

import pytest
from cocotb_tools.runner import get_runner
from crc32_program import HERE, assemble, hexadecimal

from radtest.inject.configuration import resolve_source
from radtest.tools import verilator_environment

CORE = resolve_source("python:pythondata_cpu_picorv32/verilog/picorv32.v", HERE / "picorv32_soc.toml", "sources")


@pytest.mark.parametrize(
    ("simulator", "arguments"),
    [
        pytest.param("icarus", [], marks=pytest.mark.icarus),
        pytest.param(
            "verilator",
            ["--timing", "-CFLAGS", "-std=gnu++20 -fcoroutines", "-Wno-fatal"],
            marks=[pytest.mark.verilator, pytest.mark.slow],
        ),
    ],
)
def test_the_system_computes_the_crc(
    simulator: str, arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in verilator_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.syspath_prepend(str(HERE))
    runner = get_runner(simulator)
    runner.build(
        sources=[HERE / "picorv32_soc.v", CORE, HERE / "picorv32_soc_bench.v"],
        hdl_toplevel="picorv32_soc_bench",
        parameters={"PROGRAM": f'"{HERE / "crc32.hex"}"'},
        build_args=arguments,
        build_dir=tmp_path,
        timescale=("1ns", "1ps"),
    )
    runner.test(hdl_toplevel="picorv32_soc_bench", test_module="crc32_bench", build_dir=tmp_path)


def test_the_image_is_what_the_assembler_makes_of_the_source() -> None:
    image, message = assemble()

    assert (HERE / "crc32.hex").read_text() == hexadecimal(image)
    assert message == b"An upset is an upset, whatever made it."
