"""The page: sections of text, facts, tables and figures, in one HTML file that needs no network."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

__all__ = ["Fact", "Report", "Section", "Table", "write_report"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure that a reader looks for first.

    Parameters
    ----------
    name, value : str
        What it is, and the number with its unit.
    interval : str
        Its interval, empty where it has none.
    source : str
        Where it comes from.
    """

    name: str
    value: str
    interval: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the first row names the columns; cells that are numbers are set flush right."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page.

    Parameters
    ----------
    title : str
        Its heading.
    text : tuple of str
        Paragraphs.
    figures : tuple of (str, str)
        SVG of each figure, and the caption under it, which also serves readers who cannot see it.
    tables : tuple of Table
        Tables, after the figures.
    """

    title: str
    text: tuple[str, ...] = ()
    figures: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A whole page.

    Parameters
    ----------
    title, subtitle : str
        Heading, and one line below it.
    facts : tuple of Fact
        What a reader looks for first.
    sections : tuple of Section
        The parts, in order.
    remarks : tuple of str
        What a reader has to know before using a number.
    """

    title: str
    subtitle: str
    facts: tuple[Fact, ...] = ()
    sections: tuple[Section, ...] = field(default=())
    remarks: tuple[str, ...] = ()


def write_report(report: Report, path: str | Path) -> Path:
    """Write a page, whole or not at all.

    Parameters
    ----------
    report : Report
        What it says. Text is escaped; only figures are taken as they are.
    path : str or Path
        The file, replaced if it exists.
    """
    path = Path(path)
    environment = Environment(
        loader=PackageLoader("radtest.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # The figures come from matplotlib, which escapes the texts in them itself.
    environment.filters["figure"] = Markup
    environment.tests["numeric"] = _is_number
    html = environment.get_template("report.html").render(report=report)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(html)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path


def _is_number(cell: str) -> bool:
    return bool(cell) and (cell[0].isdigit() or cell[0] in "-−<>∞≤≥")
