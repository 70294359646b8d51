"""What every call looks at: the logger, and who collects answers. The events themselves are imported for observers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from .events import Captured

T = TypeVar("T")

log: logging.Logger = logging.getLogger("ledgerbee_client")
"""The one logger. DEBUG: each request; INFO: each retry and its wait; WARNING: what a human should know."""

captures: ContextVar[tuple[list[Captured], ...]] = ContextVar("ledgerbee_captures", default=())


def tell(observer: Callable[[T], object], what: T, operation: str) -> None:
    """Call a function of the caller; one that fails is logged, because it must not turn a booking into an error."""
    try:
        observer(what)
    except Exception:
        log.exception("a callback failed on %s of %s", type(what).__name__, operation)
