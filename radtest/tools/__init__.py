"""External tools: where each one is, whether it is new enough, what it is for and how to get it."""

from radtest.tools.probe import Status, Tool, find_all_tools, find_tool, require_tool, verilator_environment
from radtest.tools.table import TOOLS, ToolKind, Wanted

__all__ = [
    "TOOLS",
    "Status",
    "Tool",
    "ToolKind",
    "Wanted",
    "find_all_tools",
    "find_tool",
    "require_tool",
    "verilator_environment",
]
