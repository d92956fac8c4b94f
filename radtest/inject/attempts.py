"""An earlier attempt at a campaign: what it left in the folder, and whether it was the same campaign."""

from __future__ import annotations

import glob
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from radtest.core.configuration import parse_configuration
from radtest.core.errors import BusyError, ConfigurationError
from radtest.core.run import RunEnd, RunHeader, StopReason
from radtest.core.source import Simulation
from radtest.inject.configuration import InjectionConfiguration
from radtest.log import open_journal, open_record

__all__ = ["Attempt", "check_same_campaign", "check_same_source", "find_attempts", "last_attempt"]

_WORDS = {
    "simulator_version": "version of the simulator",
    "top": "top module",
    "design_sha256": "content of the sources or the parameters of the design",
    "test": "test",
    "bench_sha256": "content of the test module or the sources of the bench",
    "strategy": "strategy",
    "clock_period_ps": "clock period, ps",
    "golden_cycles": "length of the golden run, cycles",
    "golden_sha256": "golden run",
    "sampling": "list of upsets",
}
_REMEDY = (
    "give back what it was begun with to go on with it, or begin anew: with another output folder, or another seed."
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A journal or a record of an earlier attempt.

    Parameters
    ----------
    path : Path
        The file.
    header : RunHeader
        What was known when it began.
    end : RunEnd or None
        How it ended; None if its process died.
    """

    path: Path
    header: RunHeader
    end: RunEnd | None

    @property
    def is_journal(self) -> bool:
        """Whether it was not sealed."""
        return self.path.suffix == ".journal"

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do."""
        return self.end is not None and self.end.stop_reason is StopReason.COMPLETED


def find_attempts(folder: Path, simulator: str, top: str, seed: int) -> list[Path]:
    """Return the journals and records of a campaign in a folder, by run number; of each run the record comes last."""
    name = re.sub(r"[^A-Za-z0-9.+_-]+", "-", top).strip(".-")[:60]
    pattern = f"run*_{simulator}_{glob.escape(name)}_seed{seed}."
    found = [path for suffix in ("journal", "h5") for path in folder.glob(pattern + suffix)]
    return sorted(found, key=lambda path: (int(re.findall(r"\d+", path.name)[0]), path.suffix == ".h5"))


def last_attempt(folder: Path, simulator: str, top: str, seed: int) -> Attempt | None:
    """Return the last attempt at a campaign, None if there is none.

    Raises
    ------
    RecordError
        If its file cannot be read.
    BusyError
        If it ended by a fault, so that nobody knows what its outcomes are worth.
    """
    found = find_attempts(folder, simulator, top, seed)
    if not found:
        return None
    path = found[-1]
    if path.suffix == ".journal":
        with open_journal(path) as reader:
            attempt = Attempt(path, reader.header, reader.end)
    else:
        with open_record(path) as record:
            attempt = Attempt(path, record.header, record.end)
    if attempt.end is not None and attempt.end.stop_reason is StopReason.FAULT:
        raise BusyError(
            f"{path}: ended by a fault, so that its outcomes may be wrong and are not gone on with",
            remedy="mend what stopped it, and begin anew: with another output folder, or after removing this record.",
        )
    return attempt


def check_same_campaign(attempt: Attempt, configuration: InjectionConfiguration, source: Simulation) -> None:
    """Check that an attempt was at this campaign, as far as that is known before the golden run.

    Parameters
    ----------
    attempt : Attempt
        The attempt.
    configuration : InjectionConfiguration
        The campaign now, options of the command line included.
    source : Simulation
        What its record will say of the simulation, `golden_cycles` and the like left at 0.

    Raises
    ------
    ConfigurationError
        If anything differs; the message says what.
    """
    recorded = _source(attempt)
    then = parse_configuration(attempt.header.configuration, InjectionConfiguration, str(attempt.path))
    overrides = json.loads(recorded.overrides or "{}")
    then = then.model_copy(update={"campaign": then.campaign.changed(overrides)})
    before, after = dict(_flat(then.model_dump(mode="json"))), dict(_flat(configuration.model_dump(mode="json")))
    differing = [
        f"{key}: {_shown(before, key)} then, {_shown(after, key)} now"
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]
    known = ("simulator_version", "design_sha256", "bench_sha256")
    _refuse(attempt, differing + _differing_fields(recorded, source, known))


def check_same_source(attempt: Attempt, source: Simulation) -> None:
    """Check that golden run and list are those of an attempt.

    Raises
    ------
    ConfigurationError
        If anything differs; the message says what.
    """
    known = tuple(field.name for field in fields(Simulation) if field.name in _WORDS)
    _refuse(attempt, _differing_fields(_source(attempt), source, known))


def _source(attempt: Attempt) -> Simulation:
    source = attempt.header.source
    if not isinstance(source, Simulation):
        raise ConfigurationError(f"{attempt.path}: is not the record of an injection campaign", remedy=_REMEDY)
    if not source.sampling:
        raise ConfigurationError(
            f"{attempt.path}: was written by a radtest that did not record the list of upsets, so that nobody knows "
            "whether it is the same",
            remedy="begin anew: with another output folder, or another seed.",
        )
    return source


def _differing_fields(then: Simulation, now: Simulation, names: tuple[str, ...]) -> list[str]:
    differing = []
    for name in names:
        before, after = getattr(then, name), getattr(now, name)
        if before != after:
            told = "" if len(str(before)) > 40 else f": {before} then, {after} now"
            differing.append(f"the {_WORDS[name]}{told}")
    return differing


def _refuse(attempt: Attempt, differing: list[str]) -> None:
    if differing:
        lines = "".join(f"\n  {line}" for line in differing)
        raise ConfigurationError(f"{attempt.path}: belongs to another campaign; what differs:{lines}", remedy=_REMEDY)


def _flat(content: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(content, dict) and content:
        for name, part in content.items():
            yield from _flat(part, f"{key}.{name}" if key else name)
    else:
        yield key, content


def _shown(flat: dict[str, Any], key: str) -> str:
    return json.dumps(flat[key]) if key in flat else "not given"
