"""The requests the sandbox has seen, for tests and for the status page. Credentials are not kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from attrs import asdict, define, field

from ledgerbee_sandbox.json_codec import load

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
    raw: bytes | None = field(default=None, init=False, repr=False)
    body_bytes: int = 0
    status: int | None = None
    faults: list[str] = field(factory=list[str])

    def keep(self, raw: bytes, *, is_json: bool = False) -> None:
        """Note the size of the body; keep JSON where it is small, as it came: read, it takes eight times as much."""
        self.body_bytes = len(raw)
        if is_json and len(raw) <= _KEPT_BODY_BYTES:
            self.raw = raw

    @property
    def body(self) -> Any:
        """The JSON that was sent, where it is small and was accepted as JSON."""
        return None if self.raw is None else load(self.raw)

    def to_dict(self) -> dict[str, Any]:
        facts = asdict(self)
        del facts["raw"]
        return {**facts, "body": self.body}


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
