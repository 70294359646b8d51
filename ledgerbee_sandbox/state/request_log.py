"""The requests the sandbox has seen, for tests and for the status page. Credentials are not kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from attrs import asdict, define, field

_KEPT_BODY_BYTES = 64 * 1024


@define
class LoggedRequest:
    """One request and what became of it; `status` is None where the connection was cut."""

    number: int
    at: str
    method: str
    path: str
    query: str
    operation: str | None
    credential: str | None
    headers: dict[str, str]
    body: Any = field(default=None, repr=False)
    body_bytes: int = 0
    status: int | None = None
    faults: list[str] = field(factory=list[str])

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


class RequestLog:
    """The last thousand requests."""

    def __init__(self, size: int = 1000) -> None:
        self._seen: deque[LoggedRequest] = deque(maxlen=size)
        self.count = 0

    def __iter__(self) -> Iterator[LoggedRequest]:
        return iter(self._seen)

    def __len__(self) -> int:
        return len(self._seen)

    def add(self, **facts: Any) -> LoggedRequest:
        self.count += 1
        seen = LoggedRequest(number=self.count, **facts)
        self._seen.append(seen)
        return seen

    def clear(self) -> None:
        self._seen.clear()
        self.count = 0


def keep_body(seen: LoggedRequest, raw: bytes, value: Any) -> None:
    """Keep the parsed body where it is small."""
    seen.body_bytes = len(raw)
    if len(raw) <= _KEPT_BODY_BYTES:
        seen.body = value
