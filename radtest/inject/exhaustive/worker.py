"""Follows the upsets of a part of the bits of a design, as a process of its own.

``python -m radtest.inject.exhaustive.worker FOLDER PART PARTS``: reads the workload of the folder, writes its log there
and tells on standard output how far it has come, a line of JSON each time.
"""

from __future__ import annotations

import ctypes
import json
import sys
import time
from pathlib import Path

import numpy as np

from radtest.inject.exhaustive.engine import LIBRARY, WATCHER, load_engine
from radtest.inject.exhaustive.workload import Workload

__all__ = ["SHARED", "follow_part"]

SHARED = (
    *("state", "input", "shown", "port", "end_content", "access_first", "access_time"),
    *("touched_first", "touched_word", "trace_first", "trace_time"),
    *("cluster_first", "cluster_bit", "with_flip_flop", "word_cluster_first", "word_cluster"),
)
"""The arrays of a workload that all parts read."""
_SECONDS_BETWEEN_WORDS = 0.2


def follow_part(folder: Path, part: int, parts: int) -> int:
    """Follow the upsets of one part and return 0, or another number if that failed."""
    workload = Workload.open(folder)
    arrays = {name: workload.array(name) for name in SHARED}
    arrays["content"] = np.array(workload.array("first_content"))
    flip_flops = np.array(workload.array(f"flip_flops_{part}"))
    engine = load_engine(folder / LIBRARY)
    design, kept = workload.design(arrays)
    machine = engine.radtest_machine(ctypes.byref(design))
    first, limit = workload.times["first"], workload.times["limit"]
    offsets = workload.create(f"offsets_{part}", limit - first + 2, np.int64)
    said = time.monotonic()

    def tell(cycle: int, followed: int) -> int:
        nonlocal said
        if time.monotonic() - said > _SECONDS_BETWEEN_WORDS:
            said = time.monotonic()
            print(json.dumps({"cycle": cycle, "followed": followed}), flush=True)  # noqa: T201 (its words)
        return 0

    began = time.process_time()
    status = engine.radtest_sweep(
        machine,
        flip_flops.ctypes.data,
        len(flip_flops),
        part,
        parts,
        str(folder / f"log_{part}").encode(),
        offsets.ctypes.data,
        WATCHER(tell),
    )
    answer = {
        "status": status,
        "evaluations": engine.radtest_evaluations(machine),
        "most_followed": engine.radtest_most_followed(machine),
        "slots": engine.radtest_slots(machine),
        "seconds": time.process_time() - began,
    }
    print(json.dumps(answer), flush=True)  # noqa: T201 (its last word)
    del kept
    return int(status)


if __name__ == "__main__":
    sys.exit(follow_part(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
