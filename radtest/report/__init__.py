"""One self-contained page from results: figures drawn by matplotlib, tables, and where each number comes from."""

from radtest.report.figures import (
    cross_section_figure,
    current_figure,
    outcome_figure,
    rate_figure,
    temperature_figure,
)
from radtest.report.page import Fact, Report, Section, Table, write_report

__all__ = [
    "Fact",
    "Report",
    "Section",
    "Table",
    "cross_section_figure",
    "current_figure",
    "outcome_figure",
    "rate_figure",
    "temperature_figure",
    "write_report",
]
