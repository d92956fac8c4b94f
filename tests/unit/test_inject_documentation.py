"""The page on injection explains every key of the campaign file and shows the one of PicoRV32 as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from radtest.core import Outcome
from radtest.inject import InjectionConfiguration

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "injection.md").read_text()
KEYS = [
    f"{table}.{key}"
    for table, section in InjectionConfiguration.model_fields.items()
    for key in section.annotation.model_fields  # type: ignore[union-attr]
]


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_explained(key):
    assert f"`{key}`" in PAGE


def test_every_outcome_has_its_rule():
    assert [outcome.value for outcome in Outcome if f"| `{outcome.value}` |" not in PAGE] == []


def test_the_example_is_the_file():
    assert f"```toml\n{(ROOT / 'hdl_tests/picorv32_soc/picorv32_soc.toml').read_text()}```" in PAGE
