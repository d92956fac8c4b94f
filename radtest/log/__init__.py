"""The record of a run: a journal while it lives, one sealed HDF5 file afterwards."""

from radtest.log.journal import Journal
from radtest.log.naming import journal_name, record_name

__all__ = ["Journal", "journal_name", "record_name"]
