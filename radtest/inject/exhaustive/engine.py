"""The engine: C made of a netlist, compiled by the system's compiler, called through ctypes."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.resources import files
from pathlib import Path

from radtest.core.errors import ToolMissingError
from radtest.inject.exhaustive.c_logic import c_sources
from radtest.inject.exhaustive.compiling import compile_once, compile_source, run_compiler
from radtest.inject.exhaustive.gate_netlist import GateNetlist

__all__ = ["LIBRARY", "build_engine", "compile_common", "find_compiler", "load_engine", "vector_lanes"]

LIBRARY = "engine.so"
_NATIVE = "-march=native"
_SOURCES = files("radtest.inject.exhaustive").joinpath("c")
_COMMON = ("engine", "golden_run", "memory_ports", "resolving")


def find_compiler() -> str:
    """Return the C compiler of the system.

    Raises
    ------
    ToolMissingError
        If there is none.
    """
    for name in ("cc", "gcc", "clang"):
        if path := shutil.which(name):
            return path
    raise ToolMissingError(
        "no C compiler (cc, gcc, clang) is on the PATH; the engine of radtest map is compiled for each design",
        remedy="install one, such as with: apt-get install gcc",
    )


@cache
def vector_lanes() -> int:
    """Return how many machines a vector holds: as many as the registers of this processor have bits."""
    processor = Path("/proc/cpuinfo")
    flags = set(processor.read_text().split()) if processor.exists() else set()
    return 512 if "avx512f" in flags else 256 if "avx2" in flags else 128


def compile_common(folder: Path) -> None:
    """Put what the engines of all designs have in common into a folder, compiled.

    Raises
    ------
    ToolMissingError
        If there is no compiler.
    InjectionError
        If it fails.
    """
    compiler = find_compiler()
    headers = []
    for file in _SOURCES.iterdir():
        if file.name.endswith((".c", ".h")):
            (folder / file.name).write_text(file.read_text())
            headers += [file.name] if file.name.endswith(".h") else []
    options = ("-O2", f"-DLANES={vector_lanes()}", *_native(compiler, folder))
    for name in _COMMON:
        compile_once(compiler, folder, name, options, sorted(headers))


def build_engine(netlist: GateNetlist, folder: Path, jobs: int = 2, held_level: int | None = None) -> Path:
    """Compile the engine of a design in a folder where `compile_common` has been, and return the library.

    Parameters
    ----------
    netlist : GateNetlist
        The design.
    folder : Path
        Where sources, objects and the library go.
    jobs : int
        Compilers that run at the same time.
    held_level : int, optional
        The level at which upsets hold their bits, instead of flipping them.

    Raises
    ------
    ToolMissingError
        If there is no compiler.
    InjectionError
        If it fails.
    GateLoopError
        If gates drive each other in a circle.
    """
    compiler = find_compiler()
    options = ("-O1", "-fno-dse", f"-DLANES={vector_lanes()}", *_native(compiler, folder))
    sources = []
    for number, text in enumerate(c_sources(netlist, held_level=held_level)):
        path = folder / f"logic_{number}.c"
        path.write_text(text)
        sources.append(path)
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(lambda source: compile_source(compiler, source, options), sources))
    library = folder / LIBRARY
    objects = [str(source.with_suffix(".o")) for source in (*(folder / name for name in _COMMON), *sources)]
    run_compiler([compiler, "-shared", "-o", str(library), *objects], folder)
    return library


def _native(compiler: str, folder: Path) -> list[str]:
    """Return the option for all that this processor can do, where the compiler knows it."""
    probe = folder / "probe.c"
    probe.write_text("int probe;\n")
    command = [compiler, _NATIVE, "-c", str(probe), "-o", str(folder / "probe.o")]
    return [_NATIVE] if subprocess.run(command, capture_output=True, check=False).returncode == 0 else []


class MemoryShape(ctypes.Structure):
    """``memory_shape`` of the engine."""

    _fields_ = (
        *((name, ctypes.c_int32) for name in ("words", "width", "chunks", "reads", "writes", "sticky", "reaches")),
        *((name, ctypes.c_int64) for name in ("first_index", "first_word", "first_chunk", "first_row")),
    )


class PortShape(ctypes.Structure):
    """``port_shape`` of the engine."""

    _fields_ = tuple(
        (name, ctypes.c_int32)
        for name in ("memory", "address_bits", "address_at", "data_at", "enables", "enable_at", "enable_first")
    )


class Watched(ctypes.Structure):
    """``watched`` of the engine."""

    _fields_ = tuple((name, ctypes.c_int32) for name in ("kind", "first", "width", "valid", "observer"))


class Design(ctypes.Structure):
    """``design`` of the engine."""

    _fields_ = (
        *(
            (name, ctypes.c_int32)
            for name in (
                *(
                    "flip_flops",
                    "latches",
                    "enables",
                    "first_enable",
                    "first_reset",
                    "inputs",
                    "observed",
                    "memories",
                    "reads",
                    "writes",
                    "watched",
                    "struck",
                ),
                *("state_bytes", "input_bytes", "shown_bytes", "port_words"),
            )
        ),
        *(
            (name, ctypes.c_void_p)
            for name in (
                "memory",
                "read",
                "write",
                "enable_mask",
                "watch",
                "struck_place",
                "part_of",
                "sticky",
                "reset_of",
                "reset_level",
                "enable_level",
                "counts",
                "later",
                "reaches",
            )
        ),
        *((name, ctypes.c_int64) for name in ("all_words", "all_chunks", "rows")),
        *((name, ctypes.c_int64) for name in ("first_cluster", "clusters", "with_flip_flops")),
        *(
            (name, ctypes.c_void_p)
            for name in ("cluster_first", "cluster_bit", "with_flip_flop", "word_cluster_first", "word_cluster")
        ),
        ("pulses", ctypes.c_int64),
        *((name, ctypes.c_int64) for name in ("first", "end", "limit", "tail")),
        *(
            (name, ctypes.c_void_p)
            for name in (
                *("state", "input", "shown", "port", "content", "end_content", "access_first", "access_time"),
                *("touched_first", "touched_word", "trace_first", "trace_time"),
            )
        ),
        ("rest", ctypes.c_int32),
        ("sdc_ends", ctypes.c_int32),
        ("held_level", ctypes.c_int32),
    )


WATCHER = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int64, ctypes.c_int64)


def load_engine(library: Path) -> ctypes.CDLL:
    """Return the library with its functions declared."""
    engine = ctypes.CDLL(str(library))
    pointer, integer = ctypes.c_void_p, ctypes.c_int64
    engine.radtest_machine.restype = pointer
    engine.radtest_machine.argtypes = (ctypes.POINTER(Design),)
    engine.radtest_golden.restype = None
    engine.radtest_golden.argtypes = (pointer, integer, pointer, pointer, pointer, pointer)
    engine.radtest_sweep.restype = ctypes.c_int
    engine.radtest_sweep.argtypes = (
        *(pointer, pointer, ctypes.c_int32, ctypes.c_int, ctypes.c_int),
        *(ctypes.c_char_p, pointer, WATCHER),
    )
    engine.radtest_resolve.restype = None
    engine.radtest_resolve.argtypes = (
        *(ctypes.c_int32, pointer, pointer, integer, integer, integer, pointer, pointer, pointer, pointer, integer),
        *(integer, pointer, pointer, pointer, ctypes.c_int32, integer),
    )
    for name, result in (
        ("radtest_evaluations", integer),
        ("radtest_most_followed", integer),
        ("radtest_slots", ctypes.c_uint32),
    ):
        function = getattr(engine, name)
        function.argtypes, function.restype = (pointer,), result
    return engine
