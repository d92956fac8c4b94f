"""Sources without the promise that the cases of a statement exclude each other (``parallel_case``).

After an upset such a promise may be broken. A simulator never knew of it: it takes the first case that fits, and so the
map was made. A netlist made with the promise would go on in some other way. The promise that a case is full stays: in
its place would come latches, which no one wants in silicon.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

__all__ = ["without_promises"]

_PROMISE = re.compile(r"\bparallel_case\b")


def without_promises(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return a request to Yosys whose sources do not hold that promise.

    Parameters
    ----------
    request : dict
        With ``sources`` and ``includes``, as for `radtest.inject.netlist.extract`.
    folder : Path
        Where copies of sources with the promise go, without it, each in a folder with the number of its source; it
        must not exist.
    """
    sources, includes = [], list(request["includes"])
    for number, source in enumerate(map(Path, request["sources"])):
        text = source.read_text(errors="surrogateescape")
        if not _PROMISE.search(text):
            sources.append(str(source))
            continue
        copy = folder / str(number) / source.name
        copy.parent.mkdir(parents=True)
        copy.write_text(_PROMISE.sub("radtest_parallel_case", text), errors="surrogateescape")
        sources.append(str(copy))
        includes.append(str(source.resolve().parent))
    return request | {"sources": sources, "includes": includes}
