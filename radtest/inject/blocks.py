"""Which variables a combinational block both writes and reads: a lexical look at Verilog sources.

In a simulator such a variable cannot be at the wrong level as a net in silicon can. Within the block it is no net but a
place that is written several times (``ones = ones + d[i]`` in a loop): to force it is to change what is computed on
the way. Netlists do not show this any more, hence the look at the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["SourceModule", "read_modules"]

_TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"      # comments and texts
    |\\\S+                                        # escaped identifiers
    |`[A-Za-z_]\w*
    |[A-Za-z_$][\w$]*
    |\d*\s*'s?[bodhBODH]\s*[0-9a-fA-FxXzZ?_]+|\d[\d_.]*
    |<<<?=|>>>?=|[-+*/%&|^]=|\+\+|--|===|!==|==\?|!=\?|<=|>=|==|!=|&&|\|\||->|::|[^\s\w]
    |\n""",
    re.VERBOSE | re.DOTALL,
)
_NAME = re.compile(r"\\\S+|[A-Za-z_][\w$]*")
_OPENING = {"(": ")", "[": "]", "{": "}"}
_BLOCKS = {"begin": "end", "case": "endcase", "casez": "endcase", "casex": "endcase", "fork": "join"}
_HEADED = frozenset({"if", "for", "while", "repeat", "foreach", "wait", "@", "#"})
_PREFIXES = frozenset({"unique", "unique0", "priority", "do"})
_BEFORE_STATEMENTS = frozenset(
    {";", "begin", "end", "else", "do", ")", ":", "endcase", "always_comb", "always_latch", "*"}
)
_ASSIGNMENTS = frozenset({"=", "<="})


@dataclass(frozen=True, slots=True)
class SourceModule:
    """A module as it stands in a file.

    Parameters
    ----------
    first_line, last_line : int
        Where it stands, counted from 1.
    fed_back : frozenset of str
        Variables that one of its combinational blocks writes and reads.
    """

    first_line: int
    last_line: int
    fed_back: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    line: int


def read_modules(text: str) -> list[SourceModule]:
    """Return the modules of a source file.

    Parameters
    ----------
    text : str
        The file, Verilog or SystemVerilog. Nothing is preprocessed: what stands under a condition counts either way.
    """
    tokens = list(_tokens(text))
    modules = []
    start = None
    for place, token in enumerate(tokens):
        if token.text in ("module", "macromodule"):
            start = place
        elif token.text == "endmodule" and start is not None:
            fed_back = frozenset(_fed_back(tokens[start:place]))
            modules.append(SourceModule(tokens[start].line, token.line, fed_back))
            start = None
    return modules


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for match in _TOKEN.finditer(text):
        found = match[0]
        if not (found.isspace() or found.startswith(("//", "/*"))):
            yield _Token(found, line)
        line += found.count("\n")


def _fed_back(tokens: list[_Token]) -> Iterator[str]:
    for place, token in enumerate(tokens):
        if token.text in ("always", "always_comb", "always_latch"):
            block = [t.text for t in tokens[place : _end_of_statement(tokens, place + 1)]]
            if not {"posedge", "negedge"} & set(block):
                written, read = _uses(block)
                yield from written & read


def _end_of_statement(tokens: list[_Token], place: int) -> int:
    """Return the place after the statement that begins here."""
    if place >= len(tokens):
        return place
    text = tokens[place].text
    if text in _BLOCKS:
        closing = _BLOCKS[text]
        depth = 0
        while place < len(tokens):
            word = tokens[place].text
            depth += (_BLOCKS.get(word) == closing) - (word == closing or (closing == "join" and word[:5] == "join_"))
            place += 1
            if not depth:
                break
        return place
    if text in _PREFIXES:
        return _end_of_statement(tokens, place + 1)
    if place + 1 < len(tokens) and tokens[place + 1].text == ":":
        return _end_of_statement(tokens, place + 2)
    if text in _HEADED:
        place += 1
        if place < len(tokens) and tokens[place].text in _OPENING:
            place = _end_of_bracket(tokens, place)
        elif text in ("@", "#"):
            place += 1
        place = _end_of_statement(tokens, place)
        if text == "if" and place < len(tokens) and tokens[place].text == "else":
            place = _end_of_statement(tokens, place + 1)
        return place
    while place < len(tokens) and tokens[place].text != ";":
        place = _end_of_bracket(tokens, place) if tokens[place].text in _OPENING else place + 1
    return place + 1


def _end_of_bracket(tokens: list[_Token] | list[str], place: int) -> int:
    """Return the place after the bracket that is closed again, which opens here."""
    depth = 0
    while place < len(tokens):
        token = tokens[place]
        text = token if isinstance(token, str) else token.text
        depth += (text in _OPENING) - (text in _OPENING.values())
        place += 1
        if not depth:
            break
    return place


def _uses(block: list[str]) -> tuple[set[str], set[str]]:
    """Return the names that a block writes and those that it reads."""
    written: set[str] = set()
    read: set[str] = set()
    place = 1
    if block[place : place + 1] == ["@"]:
        # What the block waits for is not yet a use of it.
        place = _end_of_bracket(block, place + 1) if block[place + 1] in _OPENING else place + 2
    while place < len(block):
        if block[place - 1] in _BEFORE_STATEMENTS:
            target = _assigned(block, place)
            if target is not None:
                end, names, indices = target
                written |= names
                read |= indices
                if block[end] not in _ASSIGNMENTS:
                    read |= names
                place = end + 1
                continue
        if _NAME.fullmatch(block[place]) and block[place - 1] != ".":
            read.add(block[place])
        place += 1
    return written, read


def _assigned(block: list[str], place: int) -> tuple[int, set[str], set[str]] | None:
    """Return where the left side of an assignment that begins here ends, what it names, and what its indices name."""
    names: set[str] = set()
    indices: set[str] = set()
    braced = block[place] == "{"
    end = _end_of_bracket(block, place) if braced else place + 1
    if not braced and not _NAME.fullmatch(block[place]):
        return None
    while end < len(block) and block[end] in ("[", "."):
        end = _end_of_bracket(block, end) if block[end] == "[" else end + 2
    if end >= len(block) or not (block[end] in _ASSIGNMENTS or block[end] in ("++", "--") or block[end][-1:] == "="):
        return None
    if block[end] in ("==", "!=", ">=", "===", "!=="):
        return None
    depth = 0
    for number in range(place, end):
        text = block[number]
        depth += (text == "[") - (text == "]")
        if _NAME.fullmatch(text) and block[number - 1] != ".":
            (indices if depth else names).add(text)
    return end, names, indices
