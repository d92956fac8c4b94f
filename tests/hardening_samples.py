"""Upset maps made by hand: so many upsets of each bit came to an outcome, the others were masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from radtest.core.injection import Target
from radtest.core.outcome import Outcome
from radtest.inject.exhaustive.map_file import MAP_OUTCOMES, MapWriter
from radtest.inject.export import bit_name

CYCLES = 100


def write_map(
    path: Path,
    targets: Sequence[Target],
    counts: Mapping[str, Mapping[Outcome, int]],
    campaign_file: Path | None = None,
    model: str = "seu",
) -> Path:
    """Write a map in which bits, by name, have these counts of outcomes."""
    places = [
        (number, word, bit)
        for number, target in enumerate(targets)
        for word in range(target.words)
        for bit in range(target.width)
    ]
    rows = np.array(places, np.dtype([("target", "<u4"), ("word", "<u4"), ("bit", "<u4")]))
    outcome = np.zeros((len(places), CYCLES), np.uint8)
    for row, (number, word, bit) in enumerate(places):
        first = 0
        for name, count in counts.get(bit_name(targets[number], word, bit), {}).items():
            outcome[row, first : first + count] = MAP_OUTCOMES.index(name)
            first += count
    facts = {"title": "made by hand", "model": model}
    if campaign_file is not None:
        facts |= {"campaign_file": str(campaign_file), "configuration": campaign_file.read_text()}
    with MapWriter(path, targets, rows, first_cycle=0, cycles=CYCLES, observers=["total"], facts=facts) as writer:
        writer.put(0, outcome, np.zeros_like(outcome), np.zeros(outcome.shape, np.int32))
        return writer.finish({})
