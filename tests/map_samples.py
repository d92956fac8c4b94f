"""Small upset maps, written as the engine writes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radtest.core import Outcome, Target, TargetKind
from radtest.inject.exhaustive.map_file import MAP_OUTCOMES, NO_OBSERVER, MapWriter

LETTERS = {"m": Outcome.MASKED, "l": Outcome.LATENT, "c": Outcome.CORRECTED} | {
    "s": Outcome.SDC,
    "h": Outcome.HANG,
    "d": Outcome.DETECTED,
}
CORE = Target("core.count", "core", TargetKind.FLIP_FLOP, 2, src="core.v:7")
FLAG = Target("flag", "top", TargetKind.FLIP_FLOP, 1, src="top.v:3")
FACTS = {
    "part": "counter <b>",
    "title": "every upset in counter",
    "campaign_file": "/designs/counter.toml",
    "model": "seu",
    "configuration": "[campaign]\n",
}


def outcomes(*lines: str) -> NDArray[np.uint8]:
    """Return the numbers of outcomes from their first letters, a line for each bit."""
    return np.array([[MAP_OUTCOMES.index(LETTERS[letter]) for letter in line] for line in lines], dtype=np.uint8)


def write_map(
    path: Path,
    outcome: NDArray[np.uint8],
    targets: Sequence[Target] = (FLAG, CORE),
    *,
    first_cycle: int = 4,
    block: int = 1024,
    facts: dict[str, Any] | None = None,
) -> Path:
    """Write a map of these outcomes; the rows are the bits of the targets, one after the other."""
    places = [(n, 0, bit) for n, target in enumerate(targets) for bit in range(target.width)]
    rows = np.array(places, dtype=[("target", "<u4"), ("word", "<u4"), ("bit", "<u4")])
    assert len(rows) == len(outcome)
    with MapWriter(
        path,
        targets,
        rows,
        first_cycle=first_cycle,
        cycles=outcome.shape[1],
        observers=["result"],
        facts=FACTS if facts is None else facts,
    ) as writer:
        for first in range(0, outcome.shape[1], block):
            part = outcome[:, first : first + block]
            writer.put(first, part, np.full(part.shape, NO_OBSERVER, np.uint8), np.full(part.shape, -1, np.int32))
        return writer.finish({})
