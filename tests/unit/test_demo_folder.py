"""A demonstration never overwrites anything but a demonstration, and that only when told to."""

from __future__ import annotations

from pathlib import Path

import pytest

from radtest.core import BusyError, ConfigurationError
from radtest.demo import find_sources, prepare_folder


def test_a_new_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    folder = prepare_folder(tmp_path / "build" / "demo")

    assert folder.is_dir()


def test_an_earlier_demonstration_is_replaced_only_when_told_to(tmp_path: Path) -> None:
    folder = prepare_folder(tmp_path / "demo")
    (folder / "old.h5").touch()

    with pytest.raises(BusyError, match="holds an earlier demonstration") as refusal:
        prepare_folder(folder)
    assert "--replace" in str(refusal.value)
    assert (folder / "old.h5").exists()

    prepare_folder(folder, replace=True)
    assert not (folder / "old.h5").exists()


def test_anything_else_is_never_removed(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()

    with pytest.raises(BusyError, match="is not empty"):
        prepare_folder(tmp_path, replace=True)

    assert (tmp_path / "thesis.tex").exists()


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "demo").touch()

    with pytest.raises(BusyError, match="is a file"):
        prepare_folder(tmp_path / "demo")


def test_sources_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"picorv32_soc\.toml: no such file") as refusal:
        find_sources(tmp_path)

    assert "--source" in str(refusal.value)
