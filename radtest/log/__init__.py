"""The record of a run: a journal while it lives, one sealed HDF5 file afterwards."""

from radtest.log.amendments import amend
from radtest.log.export import export_table
from radtest.log.journal import Journal
from radtest.log.naming import journal_name, record_name
from radtest.log.parquet import export_parquet
from radtest.log.points import cross_section_point
from radtest.log.reading import Channel, JournalReader, open_journal
from radtest.log.record import Record, open_record
from radtest.log.recover import recover
from radtest.log.schema import AMENDMENTS, EVENTS, OUTCOMES, QUALITY, STRIKES, TARGETS
from radtest.log.seal import seal
from radtest.log.summary import summarise
from radtest.log.verify import Finding, Severity, Verification, verify
from radtest.log.waveforms import Captures, captures_of
from radtest.log.whole_file import whole_file

__all__ = [
    "AMENDMENTS",
    "EVENTS",
    "OUTCOMES",
    "QUALITY",
    "STRIKES",
    "TARGETS",
    "Captures",
    "Channel",
    "Finding",
    "Journal",
    "JournalReader",
    "Record",
    "Severity",
    "Verification",
    "amend",
    "captures_of",
    "cross_section_point",
    "export_parquet",
    "export_table",
    "journal_name",
    "open_journal",
    "open_record",
    "record_name",
    "recover",
    "seal",
    "summarise",
    "verify",
    "whole_file",
]
