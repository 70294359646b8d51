"""The logger, and what each answer is given to. What observers get is imported where there is an observer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

log: logging.Logger = logging.getLogger("ledgerbee_client")
"""The one logger. DEBUG: each request; INFO: each retry and its wait; WARNING: what a person should know."""

captures: ContextVar[tuple[Callable[..., None], ...]] = ContextVar("ledgerbee_captures", default=())
"""Called with the facts of each answer: the fields of `events.Captured`, by keyword."""


def notify(callback: Callable[[T], object], value: T, operation: str) -> None:
    """Call a function of the caller; one that fails is logged, because it must not turn a booking into an error."""
    try:
        callback(value)
    except Exception:
        log.exception("a callback failed on %s of %s", type(value).__name__, operation)
