"""Tests that need a simulator or a browser: a loud skip on a laptop, a failure in continuous integration (CI=true)."""

from __future__ import annotations

import os
from functools import cache

import pytest

from radtest.core import ToolMissingError
from radtest.tools import require_tool

MARKED_TOOLS = {"icarus": "iverilog", "verilator": "verilator", "ghdl": "ghdl", "chromium": "chromium"}


@cache
def what_is_wrong_with(tool: str) -> str | None:
    """Return why a tool cannot be used; None if it can."""
    try:
        require_tool(tool)
    except ToolMissingError as error:
        return str(error)
    return None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip or fail a test whose tool is missing."""
    for marker, tool in MARKED_TOOLS.items():
        reason = what_is_wrong_with(tool) if item.get_closest_marker(marker) else None
        if reason is not None:
            if os.environ.get("CI", "").lower() in {"1", "true"}:
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)
