"""The logger, and the functions that capture answers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import ContextVar

log: logging.Logger = logging.getLogger("ledgerbee_client")
"""The one logger. DEBUG: each request; INFO: each retry and its wait; WARNING: what a person should know."""

captures: ContextVar[tuple[Callable[..., None], ...]] = ContextVar("ledgerbee_captures", default=())
"""Called with the facts of each answer: the fields of `events.Captured`, by keyword."""
