"""Nothing that runs or analyses a campaign has the station's truth within reach."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("module", ["radtest.campaign", "radtest.analysis", "radtest.log", "radtest.instruments"])
def test_importing_a_room_does_not_import_the_station(module):
    code = f"import sys, {module}; sys.exit('radtest.instruments.station' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("room", ["radtest/campaign", "radtest/log", "analysis"])
def test_no_code_of_a_room_names_a_station_file(room):
    for path in (ROOT / room).rglob("*.py"):
        assert "fixtures/stations" not in path.read_text(), path
