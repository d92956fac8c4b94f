"""What the guard did when nobody was left to be told."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

__all__ = ["PostMortem", "in_words", "read_post_mortem"]


class PostMortem:
    """Facts the engine may not have recorded; written to a file, one line of JSON each, only if the engine is lost.

    Attributes
    ----------
    path : str or None
        Where to write; nothing is written where it is None.
    """

    def __init__(self) -> None:
        self.path: str | None = None
        self._facts: list[dict[str, Any]] = []

    def keep(self, facts: dict[str, Any]) -> None:
        """Keep something until the engine says it has it."""
        self._facts.append(facts)

    def forget(self) -> None:
        """The engine has everything in its journal."""
        self._facts.clear()

    def write(self) -> None:
        """Write what was kept, and have it on the disk."""
        if self.path is None or not self._facts:
            return
        text = "".join(json.dumps(facts, allow_nan=False) + "\n" for facts in self._facts)
        self._facts.clear()
        try:
            with Path(self.path).open("a", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            # The device is safe; a folder that is gone is no reason to end otherwise.
            return


def read_post_mortem(path: Path) -> list[dict[str, Any]]:
    """Return the facts of a file; a line torn by a power cut is left out."""
    facts: list[dict[str, Any]] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            fact = json.loads(line)
        except ValueError:
            continue
        if isinstance(fact, dict):
            facts.append(fact)
    return facts


def in_words(fact: dict[str, Any]) -> str:
    """Return a fact of a post-mortem file as a sentence; empty where there is nothing to say."""
    match fact:
        case {"is": "made_safe", "why": why, "device_had_power": had_power, "took_s": took_s}:
            state = f"it switched the device off and read that back within {took_s} s" if had_power else "power was off"
            return f"The guard found that {why}: {state}."
        case {"is": "not_safe", "why": why, "problem": problem}:
            return f"The guard found that {why} and COULD NOT SWITCH THE DEVICE OFF: {problem}."
        case {"is": "latch_up", "detections": [*detections]}:
            channels = ", ".join(str(found.get("channel")) or "no channel" for found in detections)
            return f"The guard cut a latch-up on {channels} that the record may lack."
        case _:
            return ""
