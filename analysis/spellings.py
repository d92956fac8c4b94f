"""Words of orbit files, spelled as people spell them."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BeforeValidator

__all__ = ["spelled"]


def spelled(**others: str) -> BeforeValidator:
    """Return a validator that takes a word in capitals, with spaces or hyphens, or by another of its names.

    Parameters
    ----------
    **others : str
        The legal word for each other name: ``sso="sun_synchronous"``.

    Returns
    -------
    pydantic.BeforeValidator
        It leaves what it does not know to the model, which refuses it and lists what is legal.
    """

    def plain(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        word = re.sub(r"[\s\-–]+", "_", value.strip().lower())
        return others.get(word, word)

    return BeforeValidator(plain)
