"""What a simulation says to the campaign: lines of JSON, each written in one piece. Runs inside the simulation."""

from __future__ import annotations

import json
import os
from typing import Any

__all__ = ["send_line"]

_LINE_LIMIT = 4096
"""PIPE_BUF of Linux: a write of up to this many bytes into a pipe is never interleaved with another."""


def send_line(descriptor: int, message: dict[str, Any]) -> None:
    """Write a message; a detail that is too long for one piece is cut short."""
    line = json.dumps(message) + "\n"
    if len(line.encode()) > _LINE_LIMIT:
        message = message | {"detail": message.get("detail", "")[:200] + " ..."}
        line = json.dumps(message) + "\n"
    os.write(descriptor, line.encode())
