"""The page on injection explains every key of the campaign file and shows the one of PicoRV32 as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest

from radtest.core import Outcome
from radtest.inject import InjectionConfiguration

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "injection.md").read_text()


def keys_of(annotation: Any, table: str = "") -> Iterator[str]:
    """Yield the keys of a section and of the sections in it; what is in an array of sections has a text of its own."""
    for section in get_args(annotation) or (annotation,):
        for key, field in getattr(section, "model_fields", {}).items():
            yield f"{table}{key}"
            if get_origin(field.annotation) is not tuple:
                yield from keys_of(field.annotation, f"{table}{key}.")


KEYS = [key for key in keys_of(InjectionConfiguration) if "." in key]


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_explained(key):
    assert f"`{key}`" in PAGE


def test_every_outcome_has_its_rule():
    assert [outcome.value for outcome in Outcome if f"| `{outcome.value}` |" not in PAGE] == []


def test_the_example_is_the_file():
    assert f"```toml\n{(ROOT / 'hdl_tests/picorv32_soc/picorv32_soc.toml').read_text()}```" in PAGE
