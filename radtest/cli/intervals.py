"""The options that choose an interval, the same for every command that prints shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

__all__ = ["confidence_option", "interval_options"]

F = TypeVar("F", bound=Callable[..., Any])

confidence_option = click.option(
    "--confidence",
    type=click.FloatRange(0.0, 1.0, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help="Confidence level of the intervals.",
)
"""Adds ``--confidence``, passed on as `confidence`."""


def interval_options(function: F) -> F:
    """Add ``--confidence`` and ``--interval``, passed on as `confidence` and `method`."""
    method = click.option(
        "--interval",
        "method",
        type=click.Choice(["clopper-pearson", "wilson"]),
        default="clopper-pearson",
        show_default=True,
        help="Exact intervals of the shares, or score intervals.",
    )
    return confidence_option(method(function))
