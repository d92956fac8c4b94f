"""What the C compiler made for every design alike is compiled once, and stored where only its user can write."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from radtest.core.errors import InjectionError
from radtest.inject.exhaustive.compiling import compile_once, store_folder
from radtest.inject.exhaustive.engine import find_compiler


@pytest.fixture
def compiler(tmp_path: Path) -> Path:
    """A compiler that writes a line for each time it compiles."""
    path = tmp_path / "counting_cc"
    path.write_text(f'#!/bin/sh\ncase "$*" in *-c*) echo run >> {tmp_path}/runs;; esac\nexec {find_compiler()} "$@"\n')
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "radtest"


def _compiled(
    tmp_path: Path, compiler: Path, text: str = "int a;", header: str = "", options: tuple[str, ...] = ()
) -> int:
    """Compile in a new folder and return how often the compiler has run."""
    folder = tmp_path / f"made_{len(list(tmp_path.iterdir()))}"
    folder.mkdir()
    (folder / "part.c").write_text(f'#include "part.h"\n{text}\n')
    (folder / "part.h").write_text(header)
    compile_once(str(compiler), folder, "part", options, ("part.h",))
    assert (folder / "part.o").read_bytes().startswith(b"\x7fELF")
    return len((tmp_path / "runs").read_text().splitlines())


def test_it_is_compiled_once(tmp_path: Path, compiler: Path, store: Path) -> None:
    assert [_compiled(tmp_path, compiler) for _ in range(3)] == [1, 1, 1]
    assert [path.suffix for path in store.iterdir()] == [".o"]


def test_whatever_changes_is_compiled_again(tmp_path: Path, compiler: Path) -> None:
    runs = [
        _compiled(tmp_path, compiler),
        _compiled(tmp_path, compiler, text="int b;"),
        _compiled(tmp_path, compiler, header="int c;"),
        _compiled(tmp_path, compiler, options=("-O2",)),
        _compiled(tmp_path, compiler),
    ]
    assert runs == [1, 2, 3, 4, 4]


def test_a_folder_in_which_others_may_write_is_not_used(tmp_path: Path, compiler: Path, store: Path) -> None:
    assert stat.S_IMODE((store_folder() or store).stat().st_mode) == 0o700
    store.chmod(0o777)
    assert store_folder() is None
    assert [_compiled(tmp_path, compiler) for _ in range(2)] == [1, 2]
    assert not list(store.iterdir())


def test_without_a_folder_it_is_compiled_every_time(
    tmp_path: Path, compiler: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert [_compiled(tmp_path, compiler) for _ in range(2)] == [1, 2]


def test_what_does_not_compile_is_not_stored(tmp_path: Path, compiler: Path, store: Path) -> None:
    with pytest.raises(InjectionError, match="error"):
        _compiled(tmp_path, compiler, text="int int;")
    assert not list(store.iterdir())
