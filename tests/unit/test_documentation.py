"""The examples of the documentation run as they stand.

In a Markdown file a fenced block marked ``python`` or ``console`` runs if the line above it is ``<!-- test -->``, and
with the slow tests if it is ``<!-- slow test -->``. The
Python blocks of one file share their names and a scratch folder. Each line ``$ radtest ...`` of a ``console`` block
must succeed when run at the root of the repository.
"""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^<!-- (test|slow test) -->\n```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")


NEED_PYCATIMA = {"dose.md", "planning.md", "rates.md", "stopping.md"}


def blocks(kind: str) -> list[object]:
    found = []
    for file in FILES:
        lacking = file.name in NEED_PYCATIMA and importlib.util.find_spec("pycatima") is None
        marks = [pytest.mark.skip(reason="pycatima has no wheel for this Python")] if lacking else []
        for when, label in (("test", ""), ("slow test", " (slow)")):
            texts = [match[3] for match in BLOCK.finditer(file.read_text()) if (match[1], match[2]) == (when, kind)]
            slow = [pytest.mark.slow] if label else []
            found += [pytest.param(texts, id=file.name + label, marks=[*marks, *slow])] if texts else []
    return found


@pytest.mark.parametrize("texts", blocks("python"))
def test_python_examples_run(texts, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for text in texts:
        exec(compile(text, "example", "exec"), names)  # noqa: S102 (our own documentation)


@pytest.mark.parametrize("texts", blocks("console"))
def test_console_examples_succeed(texts):
    lines = [line[2:] for text in texts for line in text.splitlines() if line.startswith("$ ")]
    assert lines
    for line in lines:
        words = shlex.split(line)
        assert words[0] == "radtest", line
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"


@pytest.mark.parametrize("file", [*FILES, *ROOT.glob("[A-Z]*.md")], ids=lambda file: file.name)
def test_links_to_files_lead_somewhere(file):
    targets = [link for link in LINK.findall(file.read_text()) if "://" not in link]
    assert [link for link in targets if not (file.parent / link).exists()] == []
