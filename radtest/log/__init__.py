"""The record of a run: a journal while it lives, one sealed HDF5 file afterwards."""

from radtest.log.journal import Journal
from radtest.log.naming import journal_name, record_name
from radtest.log.reading import JournalReader, open_journal
from radtest.log.schema import EVENTS, OUTCOMES, QUALITY, TARGETS
from radtest.log.seal import seal

__all__ = [
    "EVENTS",
    "OUTCOMES",
    "QUALITY",
    "TARGETS",
    "Journal",
    "JournalReader",
    "journal_name",
    "open_journal",
    "record_name",
    "seal",
]
