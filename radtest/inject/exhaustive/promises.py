"""Sources without the promises that the cases of a statement exclude each other, or that there are no others.

After an upset such a promise (``parallel_case``, ``full_case``) may be broken. A simulator never knew of it: it takes
the first case that fits. A netlist made with the promise would go on in some other way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["EVERY_PROMISE", "without_promises"]

EVERY_PROMISE = ("full_case", "parallel_case")


def without_promises(request: dict[str, Any], folder: Path, promises: Sequence[str] = EVERY_PROMISE) -> dict[str, Any]:
    """Return a request to Yosys whose sources do not hold some promises.

    Parameters
    ----------
    request : dict
        With ``sources`` and ``includes``, as for `radtest.inject.netlist.extract`.
    folder : Path
        Where copies of sources with a promise go, without it, each in a folder with the number of its source; it
        must not exist.
    promises : sequence of str
        Which ones. Without ``full_case`` come latches, which no one wants in silicon.
    """
    promise = re.compile(rf"\b({'|'.join(promises)})\b")
    sources, includes = [], list(request["includes"])
    for number, source in enumerate(map(Path, request["sources"])):
        text = source.read_text(errors="surrogateescape")
        if not promise.search(text):
            sources.append(str(source))
            continue
        copy = folder / str(number) / source.name
        copy.parent.mkdir(parents=True)
        copy.write_text(promise.sub(r"radtest_\1", text), errors="surrogateescape")
        sources.append(str(copy))
        includes.append(str(source.resolve().parent))
    return request | {"sources": sources, "includes": includes}
