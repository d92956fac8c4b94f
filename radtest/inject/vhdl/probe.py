"""What the instrumented design says at time 0: bounds of types, and indices of generate statements."""

from __future__ import annotations

import re

from radtest.inject.vhdl.instrument import Hook
from radtest.inject.vhdl.objects import Found

__all__ = ["Names", "Reports"]

_REPORT = re.compile(r"\(report note\): radtest (\d+) (\w+) :(\S+?):radtest_strike_\d+((?: -?\d+)*)\s*$")


class Reports:
    """The reports.

    Parameters
    ----------
    printed : str
        What GHDL printed.

    Attributes
    ----------
    rounds : list of (int, str, bool)
        For each round of a generate statement the number of the region, its path below the top entity, and whether
        the rounds ascend.
    """

    def __init__(self, printed: str) -> None:
        self.rounds: list[tuple[int, str, bool]] = []
        self._bounds: dict[tuple[int, int, str], list[int]] = {}
        for line in printed.splitlines():
            found = _REPORT.search(line)
            if not found:
                continue
            # The first part of the path is the top entity.
            region, path = int(found[1]), ".".join(found[3].split(":")[1:])
            values = [int(number) for number in found[4].split()]
            if found[2] == "rounds":
                self.rounds.append((region, path, bool(values[0])))
            else:
                self._bounds[region, int(found[2]), path] = values

    def bounds(self, hook: Hook, path: str) -> list[int] | None:
        """Return the bounds in the type of an object in a region with this path; None if it has reported none."""
        return self._bounds.get((hook.region.number, hook.number, path))


class Names:
    """Names of objects in instances, with the indices that the rounds of generate statements have."""

    def __init__(self, reports: Reports) -> None:
        self._indices: dict[tuple[int, str], list[int]] = {}
        for region, path, ascending in reports.rounds:
            outer, _, last = path.rpartition(".")
            index = re.search(r"\((-?\d+)\)$", last)
            if index:
                indices = self._indices.setdefault((region, outer), [])
                indices.append(int(index[1]))
                indices.sort(reverse=not ascending)

    def of(self, found: Found) -> tuple[str, str]:
        """Return the path of the region that declares an object, and its whole name, both below the top entity."""
        path = ""
        for step in found.path:
            if isinstance(step, str):
                label = step
            else:
                region, round_ = step
                label = region.label
                if round_:
                    indices = self._indices.get((region.number, path), [])
                    label += f"({indices[round_ - 1]})" if round_ <= len(indices) else f"(round {round_})"
            path = f"{path}.{label}" if path else label
        process = found.thing.process
        inner = [path, process.label if process else "", found.thing.name]
        return path, ".".join(filter(None, inner))
