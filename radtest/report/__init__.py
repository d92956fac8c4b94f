"""One self-contained page from results: figures drawn by matplotlib, tables, and where each number comes from."""

from radtest.report.figures import cross_section_figure, current_figure, rate_figure, temperature_figure
from radtest.report.injection_figures import (
    draw_latencies,
    draw_outcomes,
    draw_over_time,
    draw_shares,
    draw_upsets_over_time,
    latency_figure,
    outcome_figure,
    outcome_share_figure,
    over_time_figure,
)
from radtest.report.injection_report import InjectionReport, injection_report
from radtest.report.page import Fact, Report, Section, Table, write_report

__all__ = [
    "Fact",
    "InjectionReport",
    "Report",
    "Section",
    "Table",
    "cross_section_figure",
    "current_figure",
    "draw_latencies",
    "draw_outcomes",
    "draw_over_time",
    "draw_shares",
    "draw_upsets_over_time",
    "injection_report",
    "latency_figure",
    "outcome_figure",
    "outcome_share_figure",
    "over_time_figure",
    "rate_figure",
    "temperature_figure",
    "write_report",
]
