"""Where a journal begins: at nothing, or at what the process that died had written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from radtest.core import RecordError
from radtest.log.reading import open_journal
from radtest.log.schema import EVENTS, OUTCOMES

__all__ = ["JournalStart", "read_start"]


@dataclass(frozen=True, slots=True)
class JournalStart:
    """What is in a journal already.

    Parameters
    ----------
    events, outcomes : int
        The last sequence numbers.
    channels : mapping
        Number and unit of each telemetry channel.
    """

    events: int = 0
    outcomes: int = 0
    channels: Mapping[str, tuple[int, str]] = field(default_factory=dict)


def read_start(path: Path) -> JournalStart:
    """Read what a run that died has left in its journal.

    Raises
    ------
    RecordError
        If it is no journal, is damaged, or its run has ended.
    """
    with open_journal(path) as reader:
        damage = reader.damage()
        if damage:
            raise RecordError(
                f"{path}: the journal is damaged: {damage[0]}",
                remedy=f"`radtest log recover {path}` seals what can still be read.",
            )
        # Without a header it never was the journal of a run.
        number = reader.header.run_number
        if reader.end is not None:
            raise RecordError(
                f"{path}: run {number} has ended, by {reader.end.stop_reason.value}", remedy="seal it with seal()."
            )
        return JournalStart(
            events=reader.last_sequence(EVENTS),
            outcomes=reader.last_sequence(OUTCOMES),
            channels={channel.name: (channel.number, channel.unit) for channel in reader.channels(counted=False)},
        )
