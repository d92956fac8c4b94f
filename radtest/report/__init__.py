"""One self-contained page from results: figures drawn by matplotlib, tables, and where each number comes from."""

from radtest.report.dose_figures import draw_dose
from radtest.report.figures import cross_section_figure, current_figure, rate_figure, temperature_figure
from radtest.report.fit_figures import PlottedCurve, PlottedPoint, draw_cross_sections, draw_fit, draw_fits
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
from radtest.report.map_figures import (
    concentration_figure,
    draw_concentration,
    draw_map,
    draw_map_over_time,
    map_figure,
    map_over_time_figure,
    write_map_png,
)
from radtest.report.map_picture import MapBand, MapPicture, map_picture
from radtest.report.map_report import MapReport, map_report
from radtest.report.page import Fact, Report, Section, Table, Viewer, write_report
from radtest.report.plan_figures import draw_plan
from radtest.report.stopping_figures import draw_stopping
from radtest.report.style import write_figure

__all__ = [
    "Fact",
    "InjectionReport",
    "MapBand",
    "MapPicture",
    "MapReport",
    "PlottedCurve",
    "PlottedPoint",
    "Report",
    "Section",
    "Table",
    "Viewer",
    "concentration_figure",
    "cross_section_figure",
    "current_figure",
    "draw_concentration",
    "draw_cross_sections",
    "draw_dose",
    "draw_fit",
    "draw_fits",
    "draw_latencies",
    "draw_map",
    "draw_map_over_time",
    "draw_outcomes",
    "draw_over_time",
    "draw_plan",
    "draw_shares",
    "draw_stopping",
    "draw_upsets_over_time",
    "injection_report",
    "latency_figure",
    "map_figure",
    "map_over_time_figure",
    "map_picture",
    "map_report",
    "outcome_figure",
    "outcome_share_figure",
    "over_time_figure",
    "rate_figure",
    "temperature_figure",
    "write_figure",
    "write_map_png",
    "write_report",
]
