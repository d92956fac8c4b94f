"""The text of a VHDL source: its tokens, and insertions that leave every line where it was."""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Place", "SourceText", "Token"]

Place = tuple[int, int]
"""Line and column, both from 1, tabs as GHDL counts them: to the next multiple of 8."""

_TOKEN = re.compile(
    r"""
    (?P<blank>\s+|--[^\n]*|/\*.*?\*/)
    |(?P<word>[A-Za-z]\w*|\\(?:[^\\\n]|\\\\)*\\)
    |(?P<text>"(?:[^"\n]|"")*"|%(?:[^%\n]|%%)*%)
    |(?P<number>\d[\w.#]*)
    |(?P<sign><=|=>|:=|/=|>=|\*\*|<<|>>|\?\?|.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word or sign of the source, words in lower case.

    Parameters
    ----------
    text : str
        What it is.
    start, end : int
        Where it is in the text of the file.
    place : tuple of (int, int)
        Line and column of its first character.
    """

    text: str
    start: int
    end: int
    place: Place


class SourceText:
    """A VHDL source, and what is to be put into a copy of it.

    Parameters
    ----------
    path : Path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # VHDL sources are Latin-1 by the standard; and so each byte goes into the copy as it was.
        self._text = path.read_bytes().decode("latin-1")
        self.tokens = _tokens(self._text)
        self._places = [token.place for token in self.tokens]
        self._insertions: list[tuple[int, int, str]] = []

    def at(self, place: Place) -> int:
        """Return the number of the first token at a place or after it."""
        return bisect.bisect_left(self._places, place)

    def following(self, number: int, word: str) -> int:
        """Return the number of the first token at `number` or after it that is a certain word."""
        return next(n for n in range(number, len(self.tokens)) if self.tokens[n].text == word)

    def preceding(self, number: int, word: str) -> int:
        """Return the number of the last token before `number` that is a certain word."""
        return next(n for n in range(number - 1, -1, -1) if self.tokens[n].text == word)

    def closing(self, opening: int) -> int:
        """Return the number of the parenthesis that closes the one at `opening`."""
        depth = 0
        for number in range(opening, len(self.tokens)):
            depth += (self.tokens[number].text == "(") - (self.tokens[number].text == ")")
            if depth == 0:
                return number
        raise LookupError(f"{self.path}: a parenthesis is not closed")

    def between(self, first: int, last: int) -> str:
        """Return the text from the token `first` to the token `last`, both included, in one line."""
        return " ".join(token.text for token in self.tokens[first : last + 1])

    def insert(self, offset: int, text: str) -> None:
        """Put a text in at an offset, after what was put in there before."""
        self._insertions.append((offset, len(self._insertions), " ".join(text.split("\n"))))

    def write_copy(self, path: Path) -> None:
        """Write the source with all that was put in."""
        parts, last = [], 0
        for offset, _, text in sorted(self._insertions):
            parts += [self._text[last:offset], text]
            last = offset
        path.write_bytes("".join([*parts, self._text[last:]]).encode("latin-1"))


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    line, column, position = 1, 1, 0
    while position < len(text):
        end = _character_literal(text, position, tokens) or _end_of_token(text, position)
        word = text[position:end]
        if not (word.isspace() or word.startswith(("--", "/*"))):
            kept = word if word[0] in "\"'\\" else word.lower()
            tokens.append(Token(kept, position, end, (line, column)))
        for character in word:
            if character == "\n":
                line, column = line + 1, 1
            elif character == "\t":
                column += 8 - (column - 1) % 8
            else:
                column += 1
        position = end
    return tokens


def _end_of_token(text: str, position: int) -> int:
    found = _TOKEN.match(text, position)
    return found.end() if found else position + 1


def _character_literal(text: str, position: int, tokens: list[Token]) -> int | None:
    """Return the end of a character literal that begins here; a tick after a name begins an attribute instead."""
    if text[position] != "'" or text[position + 2 : position + 3] != "'":
        return None
    before = tokens[-1].text if tokens else ""
    is_name = before[-1:].isalnum() or before[-1:] in '_)]\\"'
    keyword = before in {
        "when",
        "and",
        "or",
        "xor",
        "nand",
        "nor",
        "xnor",
        "not",
        "return",
        "is",
        "else",
        "to",
        "downto",
    }
    return None if is_name and not keyword else position + 3
