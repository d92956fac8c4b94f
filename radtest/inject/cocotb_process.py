"""One step of cocotb's runner, building or running a simulation, as a program.

Run as ``python -m radtest.inject.cocotb_process REQUEST.json``. It imports nothing else of radtest, since a campaign
starts it several times.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cocotb_tools.runner import get_runner

__all__: list[str] = []


@contextlib.contextmanager
def _folder_without_spaces(build_dir: Path) -> Iterator[Path]:
    """Yield the folder, or one whose content then goes there: make cannot build where there is a space in the path."""
    if not re.search(r"\s", str(build_dir)):
        yield build_dir
        return
    with tempfile.TemporaryDirectory(prefix="radtest_") as folder:
        yield Path(folder)
        shutil.copytree(folder, build_dir, dirs_exist_ok=True)


def _elaboration(request: dict[str, Any], build_dir: Path) -> dict[str, Any]:
    """Return what GHDL has to be told again, since it elaborates a design when it runs it."""
    return {
        "test_args": [*request["build_args"], f"--workdir={build_dir}"],
        "parameters": request["parameters"],
        "timescale": ("1ns", "1ps"),
    }


def _end_with(campaign: int) -> None:
    """End all processes of this step as soon as the campaign that started it is gone, however it went.

    A compiler that is left behind would go on writing into the folder of the campaign that comes next.
    """
    try:
        gone = os.pidfd_open(campaign)
    except ProcessLookupError:
        os.killpg(0, signal.SIGKILL)
        return

    def wait() -> None:
        select.select([gone], [], [])
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=wait, name="end with the campaign", daemon=True).start()


def _main(path: str) -> None:
    request = json.loads(Path(path).read_text())
    _end_with(request["campaign"])
    runner = get_runner(request["simulator"])
    build_dir = Path(request["folder"]) / "build"
    if request["step"] == "build":
        with _folder_without_spaces(build_dir) as folder:
            runner.build(
                sources=request["sources"],
                includes=request["includes"],
                defines=request["defines"],
                parameters=request["parameters"],
                build_args=request["build_args"],
                hdl_toplevel=request["toplevel"],
                build_dir=folder,
                timescale=("1ns", "1ps"),
                always=True,
                waves=request["waves"],
            )
    else:
        runner.test(
            hdl_toplevel=request["toplevel"],
            hdl_toplevel_lang="vhdl" if request["simulator"] == "ghdl" else "verilog",
            test_module="radtest.inject.bench",
            build_dir=build_dir,
            test_dir=request["folder"],
            results_xml=request["results"],
            extra_env=request["environment"],
            waves=request["waves"],
            **(_elaboration(request, build_dir) if request["simulator"] == "ghdl" else {}),
        )


if __name__ == "__main__":
    _main(sys.argv[1])
