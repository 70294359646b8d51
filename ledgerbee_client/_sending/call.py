"""A call that is ready to be sent, and what a client or a view decides about sending."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from .._base.operations import Operation
from .._config import checked_count, checked_seconds

if TYPE_CHECKING:
    from .. import events
    from .._helpers.bodies import Body


@define(repr=False, eq=False)
class Call:
    """One call, ready to be sent as often as it takes."""

    operation: Operation
    path: str
    query: str = ""
    headers: Mapping[str, str] = MappingProxyType({})
    body: Body | None = None
    idempotency_key: str | None = None
    max_bytes: int = 1_000_000
    """What its answer may have."""

    @property
    def facts(self) -> dict[str, Any]:
        """What every error says about the call."""
        return {"operation": self.operation.name, "method": self.operation.method, "path": self.path}


@frozen(kw_only=True)
class Options:
    """What a view may set differently."""

    timeout: float = field(converter=checked_seconds)
    max_retries: int = field(converter=checked_count)
    observer: events.Observer | None = None
    headers: dict[str, str] = field(factory=dict[str, str])
