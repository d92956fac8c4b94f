"""The system's C compiler, and a store of what it made that is the same for every design."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from radtest.core.errors import InjectionError

__all__ = ["compile_once", "compile_source", "run_compiler", "store_folder"]


def compile_once(compiler: str, folder: Path, name: str, options: Sequence[str], headers: Sequence[str] = ()) -> None:
    """Put the object of a source into its folder: from the user's store, or compiled and then stored.

    Parameters
    ----------
    compiler : str
        Path of the compiler.
    folder : Path
        Where ``name.c`` and its headers are, and ``name.o`` goes.
    name : str
        Of the source, without its suffix.
    options : sequence of str
        Of the compiler.
    headers : sequence of str
        Names of the files that the source includes from the folder.

    Notes
    -----
    An object is stored under a digest of compiler, processor, options, source and headers. Without a store that
    belongs to the user alone it is compiled every time.
    """
    wanted = folder / f"{name}.o"
    texts = [(folder / file).read_bytes() for file in (f"{name}.c", *headers)]
    store = store_folder()
    kept = None if store is None else store / f"{name}-{_digest(compiler, options, texts)}.o"
    if kept is not None and kept.is_file():
        shutil.copyfile(kept, wanted)
        return
    compile_source(compiler, folder / f"{name}.c", options)
    if kept is not None:
        _keep(wanted, kept)


def store_folder() -> Path | None:
    """Return the folder of stored objects, made if need be; None unless it belongs to the user, who alone may write."""
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "radtest"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.stat()
    except (OSError, RuntimeError):  # the latter where there is no home
        return None
    return folder if state.st_uid == os.geteuid() and not state.st_mode & 0o022 else None


def compile_source(compiler: str, source: Path, options: Sequence[str]) -> None:
    """Compile one source to the object beside it.

    Raises
    ------
    InjectionError
        If the compiler fails.
    """
    object_file = source.with_suffix(".o")
    run_compiler([compiler, *options, "-fPIC", "-w", "-c", str(source), "-o", str(object_file)], source.parent)


def run_compiler(command: Sequence[str], folder: Path) -> None:
    """Run a command of the compiler in a folder.

    Raises
    ------
    InjectionError
        If it fails.
    """
    process = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    if process.returncode:
        said = process.stderr.strip()[:2000] or f"status {process.returncode}, no message"
        raise InjectionError(
            f"{command[0]} fails on the engine of the design: {said}",
            remedy=f"free space if there is little where {folder} is; else this is a fault of radtest: please report "
            "it with the sources that are there.",
        )


def _digest(compiler: str, options: Sequence[str], texts: Sequence[bytes]) -> str:
    version = subprocess.run([compiler, "--version"], capture_output=True, check=False).stdout
    parts = [compiler.encode(), version, _processor(), *(option.encode() for option in options), *texts]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()[:32]


def _processor() -> bytes:
    """Return what tells processors apart for which one and the same option makes different code."""
    processor = Path("/proc/cpuinfo")
    lines = processor.read_text().splitlines() if processor.exists() else []
    told = {line for line in lines if line.startswith(("flags", "Features", "model name", "CPU part"))}
    return "\n".join([platform.machine(), *sorted(told)]).encode()


def _keep(made: Path, kept: Path) -> None:
    """Store an object; where there is no room for it, nothing is left behind and the next one is compiled again."""
    try:
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            shutil.copyfile(made, Path(folder) / kept.name)
            (Path(folder) / kept.name).replace(kept)
    except OSError:
        return
