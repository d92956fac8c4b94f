"""Supplies whose commands go to the output that was selected last, with ``INST:NSEL``."""

from __future__ import annotations

from radtest.instruments.session import Ask

__all__ = ["after_selecting", "selection"]


def selection(number: int) -> dict[str, object]:
    """Return what ``{select}`` stands for in the commands of an output: a line that selects it."""
    return {"select": f"INST:NSEL {number}\n"}


def after_selecting(ask: Ask, command: str, question: str) -> str:
    """Select once, say the command and ask the question, each in a line of its own."""
    return ask(f"{command}\n{question.rpartition(chr(10))[2]}")
