"""Reading what a DEF file says of cells: where they are placed, and which nets their outputs drive.

DEF, the Design Exchange Format, is how placement and routing tools hand on a layout (LEF/DEF 5.8 Language Reference).
Only UNITS, DIVIDERCHAR, COMPONENTS and NETS are read, as a stream; routing is passed over.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from radtest.core.errors import ConfigurationError

__all__ = ["DefLayout", "read_def"]

Place = tuple[float, float]

_STORAGE_OUTPUT = re.compile(r"Q_?[NB]?\d*|NQ\d*", re.IGNORECASE)
"""Names of the output pins of flip-flops and latches: Q, QN, Q_N, QB, and Q0, Q1, ... of those of several bits."""
_BUFFER_OUTPUT = re.compile(r"[XYZO]N?1?|OUT", re.IGNORECASE)
"""Names of the output pins of buffers and inverters."""
_REGISTER = re.compile(r"(.+)_reg((?:\[\d+\])*|(?:_\d+_)+)")
"""Names that synthesis gives to the cells of a register: its own, ``_reg``, then the bit."""
_ESCAPED = re.compile(r"\\(.)")
_WORD = re.compile(r'"[^"]*"|[^\s"]+')
_LONGEST_CHAIN = 64
_PLACED = frozenset({"PLACED", "FIXED", "COVER"})


@dataclass(frozen=True, slots=True)
class DefLayout:
    """The cells of a layout. Names have dots between their parts and no escapes.

    Parameters
    ----------
    components : dict
        Place of the lower left corner of each cell that is placed, µm. The sizes of cells are not in DEF.
    stored : dict
        For each net that is at the output of a flip-flop or latch, by the name of its pin, the cell.
    inputs : dict
        For each net that a cell with two connections drives, as buffers and inverters do, the net at its input.
    """

    components: dict[str, Place] = field(default_factory=dict)
    stored: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)

    def bits(self) -> dict[str, Place]:
        """Return the places of stored bits, by every name that they go by.

        A bit lies where the cell does from whose output its net comes, be it through buffers and inverters. Where
        synthesis has renamed the net, the bit may be known by the name of the cell, without its ``_reg``.
        """
        places = {net: self.components[cell] for net, cell in self.stored.items() if cell in self.components}
        for net in self.inputs:
            if (cell := self._source(net)) in self.components:
                places.setdefault(net, self.components[cell])
        for cell, place in self.components.items():
            if register := _REGISTER.fullmatch(cell):
                bit = register[2] if register[2].startswith("[") else re.sub(r"_(\d+)_", r"[\1]", register[2])
                places.setdefault(register[1] + bit, place)
        return places

    def _source(self, net: str) -> str:
        """Return the flip-flop or latch from which a net comes through buffers and inverters, or an empty text."""
        for _ in range(_LONGEST_CHAIN):
            if net in self.stored:
                return self.stored[net]
            if net not in self.inputs:
                break
            net = self.inputs[net]
        return ""


def read_def(path: Path) -> DefLayout:
    """Read a DEF file, also one compressed by gzip.

    Raises
    ------
    ConfigurationError
        If it is none, or ends before its end; the message names the line.
    """
    try:
        with gzip.open(path, "rt") if path.suffix.lower() == ".gz" else path.open() as file:
            return _Reader(path).read(file)
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: is no text", remedy="give a DEF file, or one packed by gzip.") from None
    except (OSError, EOFError, zlib.error) as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}", remedy="give a DEF file.") from None


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._layout = DefLayout()
        self._divider = "/"
        self._per_um = 0.0
        self._section = ""
        self._line = 0
        self._connections: dict[str, list[tuple[str, str]]] = {}

    def read(self, lines: Iterable[str]) -> DefLayout:
        ended = False
        for words in self._statements(lines):
            head = words[0]
            if head == "END":
                ended = words[1:] == ["DESIGN"]
                self._end(words[1])
            elif self._section == "COMPONENTS":
                self._component(words)
            elif self._section == "NETS":
                self._net(words)
            else:
                self._outside(words)
        if not ended:
            where = f"inside {self._section}" if self._section else "without END DESIGN"
            raise self._error(f"the file ends {where}", "write it anew: it is cut off, or no DEF file.")
        for connections in self._connections.values():
            outputs = [net for net, pin in connections if _BUFFER_OUTPUT.fullmatch(pin)]
            if len(connections) == 2 and len(outputs) == 1:
                inputs = [net for net, pin in connections if net != outputs[0]]
                self._layout.inputs.update(dict.fromkeys(outputs, *inputs))
        return self._layout

    def _statements(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """Yield the words of each statement; its semicolon is left out, `self._line` is where it begins."""
        words: list[str] = []
        number = 0
        for number, line in enumerate(lines, start=1):
            if words and ";" not in line and "END" not in line and '"' not in line and "#" not in line:
                # The bulk of a layout is routing: one line of a long statement after the other.
                words += line.split()
                continue
            for word in _WORD.findall(line) if '"' in line else line.split():
                if word.startswith("#"):
                    break
                if not words:
                    self._line = number
                if word == ";":
                    if words:
                        yield words
                    words = []
                elif words == ["END"]:
                    yield ["END", word]
                    words = []
                elif word in {"PROPERTYDEFINITIONS", "ENDEXT"} and words[:1] != ["END"]:
                    # These stand without a semicolon.
                    words = []
                else:
                    words.append(word)
        if words:
            raise self._error(
                f"the statement {' '.join(words[:3])!r} has no end", "write the file anew: it is cut off."
            )
        self._line = number

    def _end(self, name: str) -> None:
        if self._section and name != self._section:
            raise self._error(f"END {name} inside {self._section}", f"close the section with END {self._section}.")
        self._section = ""

    def _outside(self, words: list[str]) -> None:
        match words:
            case ["UNITS", "DISTANCE", "MICRONS", per_um]:
                self._per_um = self._number(per_um)
                if self._per_um <= 0:
                    raise self._error(f"UNITS DISTANCE MICRONS {per_um}", "give a number above 0, such as 1000.")
            case ["DIVIDERCHAR", divider]:
                self._divider = divider.strip('"')
                if len(self._divider) != 1:
                    raise self._error(f"DIVIDERCHAR {divider}", 'give one character, such as "/".')
            case ["COMPONENTS" | "NETS" as section, *_]:
                self._section = section
                if not self._per_um:
                    raise self._error(
                        f"{section} before UNITS DISTANCE MICRONS",
                        "say first how many database units a micrometre has.",
                    )

    def _component(self, words: list[str]) -> None:
        match words:
            case ["-", name, _, *attributes]:
                name = self._plain(name)
            case _:
                raise self._error(f"{' '.join(words[:4])!r} is no component", "write - name cell + PLACED ( x y ) N ;")
        for at, word in enumerate(attributes):
            if word not in _PLACED or attributes[at - 1] != "+":
                continue
            match attributes[at + 1 : at + 5]:
                case ["(", x, y, ")"]:
                    place = self._number(x) / self._per_um, self._number(y) / self._per_um
                case other:
                    raise self._error(f"component {name!r}: {word} {' '.join(other)}", "write ( x y ) and a direction.")
            if name in self._layout.components:
                raise self._error(f"component {name!r} has a place already", "keep one of the two.")
            self._layout.components[name] = place

    def _net(self, words: list[str]) -> None:
        if len(words) < 2 or words[0] != "-":
            raise self._error(f"{' '.join(words[:4])!r} is no net", "write - name ( component pin ) ... ;")
        name = self._plain(words[1])
        at, pins = 2, []
        while at < len(words) and words[at] == "(":
            if ")" not in words[at + 3 : at + 6]:
                raise self._error(f"net {name!r}: {' '.join(words[at : at + 4])}", "write ( component pin ).")
            pins.append((self._plain(words[at + 1]), words[at + 2]))
            at = words.index(")", at + 3) + 1
        if at < len(words) and words[at] != "+":
            raise self._error(
                f"net {name!r}: {words[at]!r} is neither a pin nor an attribute", "write ( component pin )."
            )
        if words[1] == "MUSTJOIN" or {"POWER", "GROUND"} & set(words[at : at + 12]):
            return
        for cell, pin in pins:
            if cell in {"PIN", "*"}:
                continue
            if _STORAGE_OUTPUT.fullmatch(pin):
                self._layout.stored[name] = cell
            connections = self._connections.setdefault(cell, [])
            if len(connections) < 3:
                connections.append((name, pin))

    def _plain(self, name: str) -> str:
        """Return a name with dots between its parts, without escapes."""
        plain = _ESCAPED.sub(r"\1", name) if "\\" in name else name
        return plain.replace(self._divider, ".")

    def _number(self, text: str) -> float:
        try:
            return float(text)
        except ValueError:
            raise self._error(f"{text!r} is no number", "correct that line, or write the file anew.") from None

    def _error(self, message: str, remedy: str) -> ConfigurationError:
        return ConfigurationError(f"{self._path}:{self._line}: {message}", remedy=remedy)
