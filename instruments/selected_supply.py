"""Supplies whose commands go to the output that was selected last, with ``INST:NSEL``."""

from __future__ import annotations

from radtest.instruments.session import Ask

__all__ = ["after_selecting", "selecting_once", "selection"]


def selection(number: int) -> dict[str, object]:
    """Return what ``{select}`` stands for in the commands of an output: a line that selects it."""
    return {"select": f"INST:NSEL {number}\n"}


def after_selecting(ask: Ask, command: str, question: str) -> str:
    """Select once, say the command and ask the question, each in a line of its own."""
    return ask(f"{command}\n{question.rpartition(chr(10))[2]}")


def selecting_once(ask: Ask) -> Ask:
    """Return what asks several questions of one output and selects it for the first of them only."""
    selected = ""

    def asked(text: str) -> str:
        nonlocal selected
        line, _, question = text.rpartition("\n")
        if line and line == selected:
            return ask(question)
        selected = line
        return ask(text)

    return asked
