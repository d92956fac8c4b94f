"""Tables as laboratories write them: commas, semicolons or tabs, decimal commas, a byte order mark, comments."""

from __future__ import annotations

import csv
import difflib
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from radtest.core.errors import ConfigurationError

__all__ = ["TableRow", "read_cells", "read_table", "table_text"]


@dataclass(frozen=True, slots=True)
class TableRow:
    """One line of a table.

    Parameters
    ----------
    where : str
        File and line, for messages.
    number : int
        Line in the file, from 1.
    cells : mapping of str to str
        Text of each column.
    decimal_comma : bool
        Whether numbers may have a decimal comma.
    """

    where: str
    number: int
    cells: Mapping[str, str]
    decimal_comma: bool = False

    def text(self, name: str) -> str:
        """Return the text of a column; empty where the table has none."""
        return self.cells.get(name, "")

    def number_of(self, name: str, default: float | None = None) -> float:
        """Return the number of a column.

        Raises
        ------
        ConfigurationError
            If it is no number, or missing and there is no default.
        """
        text = self.text(name)
        if not text and default is not None:
            return default
        if not text:
            raise ConfigurationError(
                f"{self.where}: {name} is empty", remedy="give a number; 0 events is 0, not nothing."
            )
        try:
            value = float(text.replace(",", ".") if self.decimal_comma else text)
        except ValueError:
            raise ConfigurationError(
                f"{self.where}: {name} = {text!r} is not a number",
                remedy="correct it: a number such as 1.5 or 2e6, "
                "without unit, blanks or separators of thousands; comment a line out with #.",
            ) from None
        return value

    def whole(self, name: str) -> int:
        """Return the whole number of a column, written 12 or 1.2e1.

        Raises
        ------
        ConfigurationError
            If it is none.
        """
        value = self.number_of(name)
        if not math.isfinite(value) or not value.is_integer():
            small = 0 < value < 0.1
            raise ConfigurationError(
                f"{self.where}: {name} = {self.text(name)!r} is not a whole number",
                remedy="it looks like a cross section: give the events that were counted in the fluence."
                if small
                else "give the events counted: 0, 1, 2 and so on.",
            )
        return int(value)


def read_table(
    path: str | Path,
    required: Sequence[str],
    optional: Sequence[str],
    hints: Mapping[str, str] | None = None,
    *,
    spellings: Mapping[str, str] | None = None,
) -> list[TableRow]:
    """Read a table with named columns.

    Parameters
    ----------
    path : str or Path
        Text in UTF-8, columns separated by commas, semicolons or tabs; lines that begin with ``#`` are comments. Where
        columns are separated by semicolons or tabs, numbers may have decimal commas.
    required, optional : sequence of str
        Names of columns.
    hints : mapping, optional
        Remedy for columns of other names that people write.
    spellings : mapping, optional
        Legal name of a column for other spellings, in lower case without signs: ``events`` is ``count``. Those of the
        legal names themselves, ``LET (MeV·cm²/mg)``, are known.

    Returns
    -------
    list of TableRow
        In the order of the file; at least one.

    Raises
    ------
    ConfigurationError
        If the file cannot be read or is no such table; the message names the line.
    """
    path = Path(path)
    template = f"head the columns {','.join(required)} and, if wanted, {', '.join(optional)}."
    lines = [
        (n, line)
        for n, line in enumerate(table_text(path, template).splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not lines:
        raise ConfigurationError(f"{path}: holds no table", remedy=template)
    if re.fullmatch(r'"?sep=[,;\t]"?', lines[0][1].strip(" ")) and len(lines) > 1:
        # Excel's own word for the separator, above the header.
        del lines[0]
    header = lines[0][1]
    separator = max(",;\t", key=header.count)
    names = [name.strip().strip("\ufeff") for name in next(csv.reader([header], delimiter=separator))]
    while len(names) > 1 and not names[-1]:
        names.pop()
    known = {**{_plain(name): name for name in (*required, *optional)}, **(spellings or {})}
    known |= {_plain(name): name for name in hints or {}}
    names = [known.get(_plain(name), name) for name in names]
    _check_header(path, names, required, optional, {**(hints or {})}, template)
    rows = []
    for number, line in lines[1:]:
        cells = [cell.strip() for cell in next(csv.reader([line], delimiter=separator))]
        while len(cells) > len(names) and not cells[-1]:
            cells.pop()
        if not any(cells):
            continue
        where = f"{path}: line {number}"
        if len(cells) != len(names):
            comma = separator == "," and len(cells) > len(names)
            raise ConfigurationError(
                f"{where}: {len(cells)} cells under {len(names)} columns",
                remedy="correct that line"
                + ("; with decimal commas, separate the columns by semicolons." if comma else "."),
            )
        rows.append(TableRow(where, number, dict(zip(names, cells, strict=True)), separator != ","))
    if not rows:
        raise ConfigurationError(f"{path}: no points below the header", remedy="add one line per run.")
    return rows


def _plain(name: str) -> str:
    """Return a name in lower case, without signs and blanks: ``LET (MeV·cm²/mg)`` is ``letmevcm2mg``."""
    text = unicodedata.normalize("NFKC", name).lower().replace("µ", "u").replace("μ", "u")
    return re.sub(r"[^a-z0-9]", "", text)


def read_cells(path: Path, template: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Read a table whose columns are nobody's business here.

    Parameters
    ----------
    path : Path
        As for `read_table`.
    template : str
        What such a table looks like, for messages.

    Returns
    -------
    names : list of str
        Names of the columns, in lower case; empty for an empty file.
    rows : list of (int, list of str)
        Line in the file, from 1, and its cells, decimal commas made points.

    Raises
    ------
    ConfigurationError
        If the file cannot be read, is no text, or a line has more or fewer cells than the header.
    """
    numbered = enumerate(table_text(path, template).splitlines(), start=1)
    lines = [(n, line) for n, line in numbered if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        return [], []
    separator = max(",;\t", key=lines[0][1].count)
    table = [(n, [cell.strip() for cell in next(csv.reader([line], delimiter=separator))]) for n, line in lines]
    names = [name.lower() for name in table[0][1]]
    for number, cells in table[1:]:
        if len(cells) != len(names):
            raise ConfigurationError(
                f"{path}: line {number}: {len(cells)} cells under {len(names)} columns",
                remedy="correct that line; with decimal commas, separate the columns by semicolons.",
            )
    decimal = separator != ","
    return names, [(n, [cell.replace(",", ".") if decimal else cell for cell in cells]) for n, cells in table[1:]]


def table_text(path: Path, template: str) -> str:
    """Return the text of a table, in UTF-8 or UTF-16 with its mark.

    Raises
    ------
    ConfigurationError
        If the file cannot be read or is no text; `template` says what a table looks like.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: no such file", remedy="check the path and the working folder.") from None
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read: {error.strerror}", remedy=f"name a table, and check its permissions; {template}"
        ) from None
    wide = data[:2] in {b"\xff\xfe", b"\xfe\xff"}
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigurationError(
            f"{path}: not a text file in UTF-8", remedy=f"save it as CSV in UTF-8; {template}"
        ) from None
    if "\0" in text:
        raise ConfigurationError(f"{path}: not a text file", remedy=f"give CSV; {template}")
    return text


def _check_header(
    path: Path,
    names: list[str],
    required: Sequence[str],
    optional: Sequence[str],
    hints: dict[str, str],
    template: str,
) -> None:
    legal = (*required, *optional)
    for name in names:
        if name not in legal:
            near = difflib.get_close_matches(name, legal, n=1)
            guess = f"; did you mean {near[0]!r}?" if near else ""
            remedy = f"{template} {hints.get(name, '')}".strip()
            raise ConfigurationError(f"{path}: unknown column {name!r}{guess}", remedy=remedy)
        if names.count(name) > 1:
            raise ConfigurationError(f"{path}: column {name!r} appears twice", remedy="keep one of them.")
    missing = [name for name in required if name not in names]
    if missing:
        raise ConfigurationError(f"{path}: column {missing[0]!r} is missing", remedy=template)
