"""Functions that callers give to be called: observers of events, and those that hear of progress."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakSet

from .log import log

T = TypeVar("T")
SLOW_SECONDS = 0.1
_named_slow: WeakSet[Any] = WeakSet()
_named_async: WeakSet[Any] = WeakSet()


def is_async(callback: object) -> bool:
    """Return True for a function whose call gives something to await, and does nothing by itself."""
    from inspect import iscoroutinefunction

    return iscoroutinefunction(callback) or iscoroutinefunction(getattr(callback, "__call__", None))  # noqa: B004


def notify(callback: Callable[[T], object], value: T, operation: str) -> None:
    """
    Call a function of the caller.

    One that fails is logged, because it must not turn a booking into an error. One that returns something to await is
    logged once, and what it returned is closed. One that takes long is logged once: no other task of the event loop
    runs meanwhile.
    """
    started = time.perf_counter()
    try:
        result: Any = callback(value)
    except Exception:
        log.exception("a callback failed on %s of %s", type(value).__name__, operation)
        return
    seconds = time.perf_counter() - started
    name = getattr(callback, "__qualname__", type(callback).__qualname__)
    if seconds > SLOW_SECONDS and _first(_named_slow, callback):
        log.debug("%s took %.2f s on %s of %s, and no other task ran", name, seconds, type(value).__name__, operation)
    if hasattr(result, "__await__"):
        if close := getattr(result, "close", None):
            close()
        if _first(_named_async, callback):
            log.warning("%s gave something to await, which nobody awaits: give a function that is not async", name)


def _first(named: WeakSet[Any], callback: object) -> bool:
    function = getattr(callback, "__func__", callback)
    try:
        new = function not in named
        named.add(function)
    except TypeError:  # What cannot be remembered is named each time.
        return True
    return new
