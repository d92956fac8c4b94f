"""The page: sections of text, facts, tables and figures, in one HTML file that needs no network."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from radtest.log import whole_file

__all__ = ["Fact", "Report", "Section", "Table", "Viewer", "write_report"]

_DIGIT = re.compile(r"[\d∞]")
_LETTER = re.compile(r"[^\W\d_]")
_EXPONENT = re.compile(r"(?<=\d)[eE](?=[-+\d])")


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
    """A table with named columns; those that hold numbers are set flush right."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Whether each column holds numbers: more than half of its cells, empty ones aside."""
        cells = [[row[place] for row in self.rows if row[place]] for place in range(len(self.columns))]
        return tuple(2 * sum(map(_is_number, column)) > len(column) for column in cells)


@dataclass(frozen=True, slots=True)
class Viewer:
    """A part of the page that a reader can work with. The page runs its script and no other.

    Parameters
    ----------
    html : str
        What is in the page, taken as it is: escape what comes from outside. It has to say something without its script.
    style, script : str
        Its CSS and its JavaScript, which finds nothing but what is in the page.
    """

    html: str
    style: str = ""
    script: str = ""

    @property
    def script_hash(self) -> str:
        """The script's fingerprint as a content security policy states it."""
        return f"sha256-{base64.b64encode(hashlib.sha256(self.script.encode()).digest()).decode()}"


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
    listings : tuple of (str, str)
        Captions and texts to be shown as they are: files, command lines.
    viewers : tuple of Viewer
        What a reader can work with, before the figures.
    """

    title: str
    text: tuple[str, ...] = ()
    figures: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
    listings: tuple[tuple[str, str], ...] = ()
    viewers: tuple[Viewer, ...] = ()


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

    @property
    def viewers(self) -> tuple[Viewer, ...]:
        """Those of all sections."""
        return tuple(viewer for section in self.sections for viewer in section.viewers)


def write_report(report: Report, path: str | Path) -> Path:
    """Write a page, whole or not at all.

    Parameters
    ----------
    report : Report
        What it says. Text is escaped; only figures and viewers are taken as they are.
    path : str or Path
        The file; a text file of that name is replaced.

    Raises
    ------
    BusyError, ConfigurationError, StorageError
        If it cannot be written; see `radtest.log.whole_file`.
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
    html = environment.get_template("report.html").render(report=report)
    with whole_file(path) as file:
        file.write(html)
    return path


def _is_number(cell: str) -> bool:
    """Tell a number, an interval or a count with a share from words, dates and fingerprints."""
    return bool(_DIGIT.search(cell)) and not _LETTER.search(_EXPONENT.sub("", cell))
