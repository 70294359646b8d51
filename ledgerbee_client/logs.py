"""What every call looks at: the logger, and who collects answers. The events themselves are imported for observers."""

from __future__ import annotations

import logging
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .events import Captured

log: logging.Logger = logging.getLogger("ledgerbee_client")
"""The one logger. DEBUG: each request; INFO: each retry and its wait; WARNING: what a human should know."""

captures: ContextVar[tuple[list[Captured], ...]] = ContextVar("ledgerbee_captures", default=())
