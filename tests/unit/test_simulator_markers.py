"""A missing simulator: a skip that says why, and a failure in continuous integration."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TEST = """
import pytest

@pytest.mark.icarus
def test_something():
    pass
"""


@pytest.mark.parametrize(("ci", "status", "summary"), [("", 0, "1 skipped"), ("true", 1, "1 error")])
def test_a_missing_simulator(tmp_path, ci, status, summary):
    root = Path(__file__).parents[2]
    (tmp_path / "conftest.py").write_text((root / "conftest.py").read_text())
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    icarus: x\n")
    (tmp_path / "test_it.py").write_text(TEST)
    environment = {**os.environ, "PATH": str(tmp_path), "CI": ci}
    command = [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, summary in done.stdout) == (status, True), done.stdout
    assert "iverilog is not installed; 11.0 or newer is needed" in done.stdout
    assert "apt-get install iverilog" in done.stdout
