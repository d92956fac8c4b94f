"""The repository keeps its own rules: packaging, imports, documentation of commands, names of files."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import click
import pytest

from radtest.cli import COMMANDS

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
HEAVY = (
    "numpy",
    "scipy",
    "h5py",
    "pydantic",
    "matplotlib",
    "pyvisa",
    "pyvisa_py",
    "iminuit",
    "cocotb",
    "jinja2",
    "rich",
)


def packages_on_disk() -> set[str]:
    found = set()
    for folder, name in (
        ("radtest", "radtest"),
        ("instruments", "radtest.instruments"),
        ("analysis", "radtest.analysis"),
    ):
        for init in (ROOT / folder).rglob("__init__.py"):
            inside = init.parent.relative_to(ROOT / folder)
            if not any((ROOT / folder / part).is_symlink() for part in [inside, *inside.parents]):
                found.add(".".join([name, *inside.parts]))
    return found


def test_every_package_on_disk_is_listed_and_every_listed_one_exists():
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == packages_on_disk()


@pytest.mark.parametrize("name", ["instruments", "analysis"])
def test_the_rooms_at_the_top_are_linked_into_the_package(name):
    link = ROOT / "radtest" / name
    assert link.is_symlink()
    assert link.resolve() == ROOT / name
    assert not link.readlink().is_absolute()


def test_the_extra_all_holds_every_extra_but_dev():
    extras = PROJECT["project"]["optional-dependencies"]
    named = re.fullmatch(r"radtest\[(.*)\]", extras["all"][0])
    assert named is not None
    assert set(named[1].split(",")) == set(extras) - {"all", "dev"}


def test_every_dependency_is_pinned_and_nothing_but_pins_is_in_the_constraints():
    lines = (ROOT / "constraints.txt").read_text().split()
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line) for line in lines)
    pinned = {plain(line.split("==")[0]) for line in lines}
    extras = PROJECT["project"]["optional-dependencies"].values()
    wanted = [*PROJECT["project"]["dependencies"], *(line for extra in extras for line in extra)]
    names = {plain(re.split(r"[\[<>=,;\s]", line)[0]) for line in wanted}
    assert names - {"radtest"} <= pinned


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.slow
def test_the_wheel_holds_every_room_under_radtest_and_none_beside_it(tmp_path):
    source = tmp_path / "source"
    subprocess.run(["git", "clone", "-q", ROOT, source], check=True, timeout=60)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", tmp_path, source]
    subprocess.run(command, check=True, timeout=300)
    (wheel,) = tmp_path.glob("radtest-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    for room in ("instruments", "analysis", "log", "core", "cli"):
        assert f"radtest/{room}/__init__.py" in names
    assert {name.split("/")[0] for name in names} == {"radtest", wheel.name.rsplit("-", 3)[0] + ".dist-info"}
    assert {"radtest/py.typed", "radtest/report/templates/report.html"} <= set(names)


def test_help_is_instant_it_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from radtest.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    assert end.code == 0\n"
        f"print(sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr.strip() == "[]"
    assert "Commands:" in done.stdout


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_with_an_example_and_json(name):
    command = [sys.executable, "-m", "radtest", name, "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "Example: radtest" in done.stdout
    if name != "log":  # a group; its commands have it
        assert "--json" in done.stdout


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_documented(name):
    assert f"## radtest {name}" in (ROOT / "docs" / "commands.md").read_text()
    assert f"`radtest {name}" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_is_documented(name):
    text = (ROOT / "docs" / "commands.md").read_text()
    command = importlib.import_module(COMMANDS[name][0]).command
    parts = command.commands.values() if isinstance(command, click.Group) else [command]
    options = [option for part in parts for option in part.params if isinstance(option, click.Option)]
    assert [option.opts[0] for option in options if f"`{option.opts[-1]}" not in text] == []


def test_every_room_is_on_the_map():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    rooms = {name for name in packages_on_disk() if name.count(".") == 1}
    assert [room for room in sorted(rooms) if f"`{room}`" not in text] == []


def test_test_files_have_names_of_their_own():
    names = [path.name for folder in ("tests", "hdl_tests") for path in (ROOT / folder).rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))
