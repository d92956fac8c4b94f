"""Futures that follow one another without a scheduling of the caller's thread in between."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from radtest.core import InstrumentError

__all__ = ["mapped", "started_after"]

T = TypeVar("T")
U = TypeVar("U")


def started_after(first: Future[T], start: Callable[[], Future[U]]) -> Future[U]:
    """Return the future of a call that is queued the moment another one has succeeded.

    The second call is queued from the I/O thread of the first, so no scheduling of the caller's thread lies between
    the two. Where the first call fails, so does the returned future.
    """
    result: Future[U] = Future()

    def deliver(second: Future[U]) -> None:
        error = second.exception()
        if error is not None:
            result.set_exception(error)
        else:
            result.set_result(second.result())

    def proceed(done: Future[T]) -> None:
        error = done.exception()
        if error is not None:
            result.set_exception(error)
            return
        try:
            second = start()
        except InstrumentError as refusal:
            result.set_exception(refusal)
            return
        second.add_done_callback(deliver)

    first.add_done_callback(proceed)
    return result


def mapped(first: Future[T], convert: Callable[[T], U]) -> Future[U]:
    """Return the future of what `convert` makes of a result, in the thread that delivers it."""
    result: Future[U] = Future()

    def deliver(done: Future[T]) -> None:
        error = done.exception()
        if error is not None:
            result.set_exception(error)
            return
        try:
            converted = convert(done.result())
        except Exception as trouble:  # noqa: BLE001 (the caller gets it through the future)
            result.set_exception(trouble)
        else:
            result.set_result(converted)

    first.add_done_callback(deliver)
    return result
