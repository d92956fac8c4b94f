"""The names a notebook may rely on. A change here is a change of the public API: note it in the changelog.

After a change on purpose: python tests/unit/test_public_api.py > tests/public_api.txt
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path

import radtest

FROZEN = Path(__file__).parents[1] / "public_api.txt"


def public_names() -> list[str]:
    rooms = ["radtest", *(f"radtest.{room.name}" for room in pkgutil.iter_modules(radtest.__path__) if room.ispkg)]
    names = []
    for room in rooms:
        module = importlib.import_module(room)
        names += [f"{room}.{name}" for name in getattr(module, "__all__", ())]
    return sorted(names)


def test_the_public_api_is_the_frozen_one():
    assert public_names() == FROZEN.read_text().split()


def test_every_public_name_exists_and_is_documented():
    undocumented = []
    for path in public_names():
        room, _, name = path.rpartition(".")
        item = getattr(importlib.import_module(room), name)
        if (inspect.isclass(item) or inspect.isfunction(item)) and not (item.__doc__ or "").strip():
            undocumented.append(path)
    assert undocumented == []


if __name__ == "__main__":
    print("\n".join(public_names()))  # noqa: T201 (this is the output)
