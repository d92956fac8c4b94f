"""Reading configuration files: strict models, and errors that name file, line, key, value and what is legal."""

from __future__ import annotations

import difflib
import inspect
import re
import tomllib
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from radtest.core.errors import ConfigurationError

__all__ = ["ConfigurationModel", "naming", "parse_configuration", "read_configuration"]


class ConfigurationModel(BaseModel):
    """Base of every configuration model: frozen, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


M = TypeVar("M", bound=BaseModel)
_Location = tuple[int | str, ...]


def read_configuration(path: str | Path, model: type[M]) -> tuple[M, str]:
    """Read a TOML file into a configuration model.

    Parameters
    ----------
    path : str or Path
        The file.
    model : type
        The model that says which keys and values are legal.

    Returns
    -------
    configuration, text
        The model instance and the text of the file as read.

    Raises
    ------
    ConfigurationError
        If the file cannot be read, is not TOML, or does not fit the model. All mistakes are listed at once.
    """
    path = Path(path)
    if path.is_dir():
        raise ConfigurationError(f"{path}: is a folder, not a TOML file", remedy="name the .toml file in it.")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: no such file", remedy="check the path and the working folder.") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{path}: byte {error.start} is not UTF-8 text, so this is not a TOML file",
            remedy="give a TOML configuration file; data files belong under other options.",
        ) from None
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read: {error.strerror}", remedy="check what stands there, and its permissions."
        ) from None
    return parse_configuration(text, model, str(path)), text


@contextmanager
def naming(path: str | Path) -> Iterator[None]:
    """Let mistakes that show only in the work on a file's content name the file."""
    try:
        yield
    except ConfigurationError as error:
        if str(path) in error.message:
            raise
        raise ConfigurationError(f"{path}: {error.message}", remedy=error.remedy) from None


def parse_configuration(text: str, model: type[M], name: str) -> M:
    """Parse TOML text into a configuration model.

    `name` stands for the file in messages. Its folder is in the context of validators under ``folder``, for keys that
    name another file.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{name}: not valid TOML: {error}", remedy="correct that line.") from None
    except RecursionError:
        raise ConfigurationError(
            f"{name}: not valid TOML: arrays or tables within each other without end", remedy="close the brackets."
        ) from None
    try:
        parsed = model.model_validate(data, context={"folder": Path(name).parent})
    except ValidationError as error:
        lines = [_describe(detail, model, text) for detail in error.errors(include_url=False)]
    else:
        lines = [_taken_for_number(place, value, text) for place, value in _words_for_numbers(data, parsed, ())]
        if not lines:
            return parsed
    mistakes = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
    raise ConfigurationError(f"{name}: {mistakes}\n" + "\n".join(f"  {line}" for line in lines))


def _describe(detail: Any, model: type[BaseModel], text: str) -> str:
    location: _Location = detail["loc"]
    keys = [str(part) for part in location if isinstance(part, int) or not _is_tag(part)]
    place = ".".join(keys) or "(top level)"
    line = _line_of(text, location)
    where = f"line {line}: {place}" if line else place
    if detail["type"] == "extra_forbidden":
        legal = _legal_keys(model, location[:-1])
        near = difflib.get_close_matches(str(location[-1]), legal, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else "."
        return f"{where}: unknown key{hint} Legal here: {', '.join(legal) or 'nothing'}."
    if detail["type"] == "missing":
        held = ", ".join(_legal_keys(model, location))
        return f"{where}: missing; it is required{' and holds ' if held else ''}{held}."
    return f"{where} = {detail['input']!r}: {_sentence(detail['msg'])}"


def _words_for_numbers(raw: Any, parsed: Any, place: _Location) -> Iterator[tuple[_Location, Any]]:
    """Yield words and truth values that pydantic took for numbers: "2.5" and true are none in TOML."""
    if isinstance(raw, bool | str):
        if isinstance(parsed, int | float) and not isinstance(parsed, bool):
            yield place, raw
    elif isinstance(raw, dict):
        for key, value in raw.items():
            inner = getattr(parsed, key, None) if isinstance(parsed, BaseModel) else None
            yield from _words_for_numbers(value, parsed.get(key) if isinstance(parsed, dict) else inner, (*place, key))
    elif isinstance(raw, list) and isinstance(parsed, list | tuple):
        for index, (value, inner) in enumerate(zip(raw, parsed, strict=False)):
            yield from _words_for_numbers(value, inner, (*place, index))


def _taken_for_number(place: _Location, value: Any, text: str) -> str:
    line = _line_of(text, place)
    hint = " without quotation marks" if isinstance(value, str) else ""
    where = ".".join(map(str, place))
    return f"{f'line {line}: ' if line else ''}{where} = {value!r}: this is no number; give one{hint}."


def _sentence(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:] + ("" if message.endswith(".") else ".")


def _is_tag(part: str) -> bool:
    """Tell pydantic's markers of a union member from keys of the file."""
    return not re.fullmatch(r"[A-Za-z0-9_.\- ]+", part)


def _legal_keys(model: type[BaseModel], location: _Location) -> list[str]:
    """Return the keys legal at `location`, by walking the annotations of the model."""
    annotation: Any = model
    for part in location:
        for candidate in _models_in(annotation):
            if isinstance(part, str) and part in candidate.model_fields:
                annotation = candidate.model_fields[part].annotation
                break
    names: list[str] = []
    for candidate in _models_in(annotation):
        names.extend(n for n in candidate.model_fields if n not in names)
    return names


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for argument in typing.get_args(annotation) for m in _models_in(argument)]


def _line_of(text: str, location: _Location) -> int | None:
    """Return the line (from 1) on which the key at `location` stands, or its table, or None."""
    keys = [part for part in location if isinstance(part, str)]
    index = next((part for part in location if isinstance(part, int)), 0)
    if not keys:
        return None
    best: int | None = None
    table: list[str] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?", line)
        if header and "=" not in line.split("[", 1)[0]:
            table = [part.strip().strip("\"'") for part in header[2].split(".")]
            count = seen.get(header[2], 0)
            seen[header[2]] = count + 1
            if header[1] == "[[" and count != index:
                table = []
            if table and table == keys[: len(table)]:
                best = number
            continue
        key = re.match(r"\s*([\w\-.\"']+)\s*=", line)
        if key:
            dotted = [part.strip("\"'") for part in key[1].split(".")]
            if table + dotted == keys[: len(table) + len(dotted)] and (table or not best):
                best = number
    return best
