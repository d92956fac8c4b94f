"""The default plot of a sealed file, found by any NeXus viewer along ``default`` and ``signal``."""

from __future__ import annotations

import h5py
import numpy as np
from numpy.typing import NDArray

from radtest.core import Effect, Outcome
from radtest.log.event_blocks import EFFECT_CODES, EventBlock
from radtest.log.layout import make_group
from radtest.log.reading import JournalReader
from radtest.log.schema import OUTCOMES

__all__ = ["write_outcome_counts", "write_upsets"]

_POINTS = 4096
_UPSET_CODES = (EFFECT_CODES.index(Effect.SEU), EFFECT_CODES.index(Effect.MBU))


def write_upsets(entry: h5py.Group, reader: JournalReader, last_ns: int) -> None:
    """Write cumulative upsets (``seu`` and ``mbu``) against fluence, or against time where events state no fluence.

    The slope of this line is the cross section. Of many upsets about 4,096, evenly chosen, are drawn.
    The line ends at the last fluence, or at the latest of `last_ns` (ns since the start of the run, of what is not an
    event) and the events.
    """
    total = with_fluence = 0
    for block in reader.event_blocks():
        fluence = block.entries["fluence_cm2"][_is_upset(block)]
        total += len(fluence)
        with_fluence += int((~np.isnan(fluence)).sum())
        last_ns = max(last_ns, int(block.entries["time_ns"].max(initial=0)))
    against_fluence = total == with_fluence and (total > 0 or any(True for _ in reader.fluence_blocks()))
    stride = max(1, -(-total // _POINTS))
    positions, counts, before = [0.0], [0], 0
    for block in reader.event_blocks():
        upsets = block.entries[_is_upset(block)]
        place = upsets["fluence_cm2"] if against_fluence else upsets["time_ns"] / 1e9
        numbers = before + 1 + np.arange(len(upsets))
        drawn = (numbers % stride == 0) | (numbers == total)
        positions += place[drawn].tolist()
        counts += numbers[drawn].tolist()
        before += len(upsets)
    last = _last_fluence(reader) if against_fluence else last_ns / 1e9
    positions.append(max(last, positions[-1]))
    counts.append(total)

    name, unit, title = ("fluence", "1/cm2", "Fluence") if against_fluence else ("time", "s", "Time")
    group = make_group(entry, "upsets", "NXdata", signal="upsets", axes=name, title=f"Upsets against {name}")
    group["upsets"] = np.array(counts, dtype="<i8")
    group["upsets"].attrs["units"] = "1"
    group["upsets"].attrs["long_name"] = "Upsets (seu, mbu)"
    group[name] = np.array(positions, dtype="<f8")
    group[name].attrs["units"] = unit
    group[name].attrs["long_name"] = f"{title} ({unit})"
    entry.attrs["default"] = "upsets"


def _is_upset(block: EventBlock) -> NDArray[np.bool_]:
    return np.isin(block.entries["kind"], _UPSET_CODES)


def _last_fluence(reader: JournalReader) -> float:
    last = 0.0
    for _, values in reader.fluence_blocks():
        last = max(last, float(values.max()))
    return last


def write_outcome_counts(entry: h5py.Group, reader: JournalReader) -> None:
    """Write the number of upsets by outcome; the axis numbers the outcomes, ``outcome_name`` names them."""
    tally = reader.tally(OUTCOMES, "outcome")
    names = [outcome.value for outcome in Outcome]
    group = make_group(entry, "outcome_counts", "NXdata", signal="upsets", axes="outcome", title="Upsets by outcome")
    group["upsets"] = np.array([tally.get(name, 0) for name in names], dtype="<i8")
    group["upsets"].attrs["units"] = "1"
    group["upsets"].attrs["long_name"] = "Upsets"
    group["outcome"] = np.arange(len(names), dtype="<i8")
    group["outcome"].attrs["units"] = "1"
    group["outcome"].attrs["long_name"] = ", ".join(f"{i} {name}" for i, name in enumerate(names))
    width = max(len(name) for name in names)
    group["outcome_name"] = np.array([name.encode() for name in names], dtype=h5py.string_dtype("utf-8", width))
    entry.attrs["default"] = "outcome_counts"
