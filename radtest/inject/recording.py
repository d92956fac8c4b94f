"""The journal of a campaign: a new one, or one that holds what earlier attempts decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from radtest.core.injection import InjectionResult, Strike, Target, Upset
from radtest.core.outcome import FaultModel, Outcome
from radtest.core.run import RunHeader
from radtest.inject.attempts import Attempt
from radtest.inject.decided import Decided
from radtest.inject.reports import injection_event
from radtest.log import EVENTS, Journal, JournalReader, journal_name, open_journal, open_record

__all__ = ["Figure", "begin_journal", "resume_journal"]

Figure = tuple[str, float, str, str]
"""A figure of quality: name, value, unit and detail."""


def begin_journal(
    folder: Path,
    header: RunHeader,
    targets: Sequence[Target],
    figures: Sequence[Figure],
    decided: Decided,
    stopped: Attempt | None = None,
) -> Journal:
    """Make the journal of a campaign, with all that a stopped attempt decided.

    Parameters
    ----------
    folder : Path
        Where it goes.
    header : RunHeader
        What is known of the run.
    targets : sequence of Target
        All targets of the design.
    figures : sequence of Figure
        What the journal says of the list.
    decided : Decided
        Takes down what the stopped attempt decided.
    stopped : Attempt, optional
        The sealed record of an attempt; it is not changed.

    Raises
    ------
    BusyError, StorageError
        If the journal cannot be made.
    RecordError
        If the record of the attempt is damaged.
    """
    journal = Journal.create(folder / journal_name(header), header)
    try:
        journal.targets(targets)
        for figure in figures:
            journal.quality(*figure)
        if stopped is not None:
            with open_record(stopped.path) as record:
                for result in record.injection_results():
                    journal.outcome(result)
                    journal.event(injection_event(result, targets))
                    decided.note(result.upset.index, result.outcome)
            journal.quality("resumed", decided.count, "upsets", f"decided before, in {stopped.path.name}")
    except BaseException:
        journal.close()
        raise
    return journal


def resume_journal(died: Attempt, targets: Sequence[Target], decided: Decided) -> Journal:
    """Go on with the journal of a campaign whose process died.

    Parameters
    ----------
    died : Attempt
        The attempt.
    targets : sequence of Target
        All targets of the design.
    decided : Decided
        Takes down what the attempt decided.

    Raises
    ------
    BusyError
        If its process is alive.
    RecordError, StorageError
        If the journal is damaged, or cannot be written.
    """
    journal = Journal.resume(died.path)
    try:
        with open_journal(died.path) as reader:
            for upset, outcome in reader.query("SELECT upset, outcome FROM outcome"):
                decided.note(upset, Outcome(outcome))
            # An outcome goes into the journal before its event; the process may have died between the two.
            missing = list(_results_after(reader, reader.count(EVENTS)))
        for result in missing:
            journal.event(injection_event(result, targets))
        journal.quality("resumed", decided.count, "upsets", "decided before the process of the campaign died")
    except BaseException:
        journal.close()
        raise
    return journal


def _results_after(reader: JournalReader, sequence: int) -> Iterator[InjectionResult]:
    """Yield the outcomes after a sequence number."""
    for row in reader.query(
        "SELECT upset, target, word, bit, cycle, model, offset_ps, outcome, time_ps, before, after, latency_cycles,"
        " observer, detail FROM outcome WHERE sequence > ? ORDER BY sequence",
        (sequence,),
    ):
        strikes = list(
            reader.query(
                "SELECT target, word, bit, cycle, before, after FROM strike WHERE upset = ? ORDER BY sequence", row[:1]
            )
        )
        (
            index,
            target,
            word,
            bit,
            cycle,
            model,
            offset_ps,
            outcome,
            time_ps,
            before,
            after,
            latency,
            observer,
            detail,
        ) = row
        yield InjectionResult(
            upset=Upset(
                index,
                target,
                word,
                bit,
                cycle,
                FaultModel(model),
                offset_ps,
                tuple(Strike(*strike[:4]) for strike in strikes),
            ),
            outcome=Outcome(outcome),
            time_ps=time_ps,
            before=before,
            after=after,
            latency_cycles=latency,
            observer=observer,
            detail=detail,
            others_read=tuple((strike[4], strike[5]) for strike in strikes),
        )
