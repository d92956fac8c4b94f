"""Where numbers come from: digests of files and environments, and the origin of each parameter of a file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from radtest.analysis.rate_environment import RateEnvironment
from radtest.core.errors import ConfigurationError

__all__ = ["DEFAULT", "InputFile", "Parameter", "environment_digest", "input_file", "parameters_of"]

DEFAULT = "radtest's default"
"""Origin of a parameter that no file gives."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that an estimate rests on.

    Parameters
    ----------
    role : str
        What it was read as: the key that names it, or ``payload``.
    path : Path
        Where it is.
    sha256 : str
        Digest of its bytes, hexadecimal.
    """

    role: str
    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter with its origin.

    Parameters
    ----------
    name : str
        Key with its tables, with dots between.
    value : object
        Value, as JSON has it.
    origin : str
        The file that gives it, or `DEFAULT`.
    """

    name: str
    value: Any
    origin: str


def input_file(role: str, path: Path) -> InputFile:
    """Return a file with its digest.

    Raises
    ------
    ConfigurationError
        If it cannot be read.
    """
    try:
        return InputFile(role, path, hashlib.sha256(path.read_bytes()).hexdigest())
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read: {error.strerror}", remedy="check what stands there, and its permissions."
        ) from None


def environment_digest(environment: RateEnvironment) -> str:
    """Return a SHA-256 of the particles of an environment, hexadecimal.

    Notes
    -----
    Of LETs, integral LET flux, proton energies and proton flux in turn, each number to six digits: two estimates with
    the same digest saw the same particles, whichever files or releases they came from.
    """
    columns = [environment.let_spectrum.let_mev_cm2_mg, environment.let_spectrum.integral_cm2_day]
    if environment.protons is not None:
        columns.extend(environment.protons)
    digest = hashlib.sha256()
    for column in columns:
        digest.update(" ".join(f"{value:.5e}" for value in np.asarray(column)).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def parameters_of(model: BaseModel, origin: str, prefix: str = "") -> Iterator[Parameter]:
    """Yield each parameter of a file as read, with its origin: the file, or the default where it does not say.

    Parameters
    ----------
    model : pydantic.BaseModel
        The file as read.
    origin : str
        The file.
    prefix : str
        What stands before each name.
    """
    for name in type(model).model_fields:
        value, key = getattr(model, name), f"{prefix}{name}"
        if isinstance(value, BaseModel):
            yield from parameters_of(value, origin, f"{key}.")
        elif value is not None:
            plain = model.model_dump(mode="json", include={name})[name]
            yield Parameter(key, plain, origin if name in model.model_fields_set else DEFAULT)
