"""A parser of SCPI program messages: short and long forms, optional nodes, header paths, channel lists.

Follows IEEE 488.2 and SCPI-1999 volume 1, chapters 6 and 7, as far as the simulated instruments need it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["Handler", "ScpiDialect", "ScpiError", "channel_list", "flag", "number"]

Handler = Callable[[list[str]], str | None]
"""Carries out a command given its parameters; a query returns its reply."""

_QUEUE_LENGTH = 20
_LONGEST_CHANNEL_LIST = 32


class ScpiError(Exception):
    """An error as the instrument's queue holds it: number and text."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(f'{number},"{text}"')


@dataclass(frozen=True, slots=True)
class _Command:
    header: re.Pattern[str]
    handler: Handler


class ScpiDialect:
    """The commands of one instrument and its error queue.

    Parameters
    ----------
    commands : dict
        Handlers by header in SCPI's own notation: ``[SOURce:]VOLTage[:LEVel]?``. Queries end in a question mark.
    """

    def __init__(self, commands: dict[str, Handler]) -> None:
        self._commands = [_Command(_header_pattern(notation), handler) for notation, handler in commands.items()]
        self._found: dict[str, Handler] = {}
        self._errors: deque[str] = deque()

    def execute(self, message: str) -> str | None:
        """Carry out one program message; return the reply without its end, or None where nothing was asked."""
        replies: list[str] = []
        path = ""
        for unit in _split(message, ";"):
            text = unit.strip()
            if not text:
                continue
            try:
                path, reply = self._execute_unit(text, path)
            except ScpiError as error:
                self.report(error)
                continue
            if reply is not None:
                replies.append(reply)
        return ";".join(replies) if replies else None

    def report(self, error: ScpiError) -> None:
        """Put an error into the queue; a full queue ends in -350."""
        if len(self._errors) == _QUEUE_LENGTH:
            self._errors[-1] = '-350,"Queue overflow"'
        else:
            self._errors.append(str(error))

    def next_error(self) -> str:
        """Take the oldest error out of the queue."""
        return self._errors.popleft() if self._errors else '+0,"No error"'

    def clear(self) -> None:
        """Empty the error queue."""
        self._errors.clear()

    def _execute_unit(self, text: str, path: str) -> tuple[str, str | None]:
        header, _, rest = text.partition(" ")
        header = header.upper()
        absolute = header.removeprefix(":")
        relative = path + header if path and not header.startswith((":", "*")) else absolute
        handler = self._lookup(relative)
        if handler is None:
            raise ScpiError(-113, "Undefined header")
        if not header.startswith("*"):
            path = relative[: relative.rfind(":") + 1]
        parameters = [parameter.strip() for parameter in _split(rest, ",")] if rest.strip() else []
        return path, handler(parameters)

    def _lookup(self, header: str) -> Handler | None:
        known = self._found.get(header)
        if known is None:
            for command in self._commands:
                if command.header.fullmatch(header):
                    known = self._found[header] = command.handler
                    break
        return known


def number(parameters: Sequence[str], low: float, high: float, *, infinite: bool = False) -> float:
    """Return the first parameter as a number within limits.

    Raises
    ------
    ScpiError
        -109 missing, -104 not a number, -222 out of range.
    """
    if not parameters:
        raise ScpiError(-109, "Missing parameter")
    text = parameters[0].upper()
    if text in {"MIN", "MINIMUM"}:
        return low
    if text in {"MAX", "MAXIMUM"}:
        return high
    if infinite and text in {"INF", "INFINITY"}:
        return float("inf")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(E[+-]?\d+)?", text) or len(text) > 40:
        raise ScpiError(-104, "Data type error")
    value = float(text)
    if not low <= value <= high:
        raise ScpiError(-222, "Data out of range")
    return value


def flag(parameters: Sequence[str]) -> bool:
    """Return the first parameter as a switch.

    Raises
    ------
    ScpiError
        -109 missing, -224 neither on nor off.
    """
    if not parameters:
        raise ScpiError(-109, "Missing parameter")
    words = {"0": False, "1": True, "OFF": False, "ON": True}
    if parameters[0].upper() not in words:
        raise ScpiError(-224, "Illegal parameter value")
    return words[parameters[0].upper()]


def channel_list(parameters: list[str], highest: int, default: int = 1) -> list[int]:
    """Remove a channel list such as ``(@1,3)`` or ``(@1:3)`` from the end of the parameters and return its channels.

    Raises
    ------
    ScpiError
        -224 malformed, -222 no such channel.
    """
    if not parameters or not parameters[-1].startswith("("):
        return [default]
    text = parameters.pop()
    match = re.fullmatch(r"\(@\s*([\d\s,:]+)\)", text)
    if not match:
        raise ScpiError(-224, "Illegal parameter value")
    channels: list[int] = []
    for item in match[1].split(","):
        ends = [end.strip() for end in item.split(":")]
        if len(ends) > 2 or not all(end.isdecimal() and end.isascii() and len(end) <= 3 for end in ends):
            raise ScpiError(-224, "Illegal parameter value")
        channels.extend(range(int(ends[0]), int(ends[-1]) + 1))
        if len(channels) > _LONGEST_CHANNEL_LIST:
            raise ScpiError(-223, "Too much data")
    if not channels or not all(1 <= channel <= highest for channel in channels):
        raise ScpiError(-222, "Data out of range")
    return channels


def _header_pattern(notation: str) -> re.Pattern[str]:
    """Translate SCPI's notation: capitals are the short form, brackets hold optional nodes."""

    def node(match: re.Match[str]) -> str:
        word = match[0]
        short = "".join(letter for letter in word if not letter.islower())
        return short if short == word else f"{short}(?:{word[len(short) :].upper()})?"

    escaped = notation.replace("*", r"\*").replace("?", r"\?").replace("[", "(?:").replace("]", ")?")
    return re.compile(re.sub(r"[A-Z][A-Za-z]*", node, escaped))


def _split(text: str, separator: str) -> list[str]:
    """Split outside parentheses and quotation marks."""
    parts, depth, quote, start = [], 0, "", 0
    for index, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter == "(":
            depth += 1
        elif letter == ")":
            depth = max(0, depth - 1)
        elif letter == separator and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    parts.append(text[start:])
    return parts
