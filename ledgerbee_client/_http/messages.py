"""Requests, answers and failures as values, and what a transport needs of a body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from attrs import define

from .redaction import Secrets

if TYPE_CHECKING:
    from .._base.clock import Deadline

Facts = Mapping[str, Any]
MAX_ERROR_BYTES = 1_000_000
"""Of the body of an answer that says no."""
MAX_HEADER = 2_048
"""Characters of a header's value that are read."""
_NO_SECRETS = Secrets()


class RequestBody(Protocol):
    """What a transport sends after the headers."""

    @property
    def content_type(self) -> str: ...
    @property
    def size(self) -> int: ...
    def chunks(self) -> Iterator[bytes]: ...


class BodyStream(Protocol):
    """An answer's body that is still on the wire."""

    async def next(self) -> bytes | Failure: ...
    async def close(self) -> None: ...


@define(kw_only=True, repr=False, eq=False)
class Answer:
    """
    An answer, whole or with its body still on the wire; header names in lower case. Errors blank out `secrets`.

    `sent_at` is when the try that it answers was begun, in Unix seconds, and `tries` its number; `deadline` is the
    call's. One that is longer than an answer may be is cut: `cut_after` so many bytes.
    """

    status: int
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes = b""
    stream: BodyStream | None = None
    secrets: Secrets = _NO_SECRETS
    sent_at: float = 0.0
    tries: int = 1
    deadline: Deadline | None = None
    cut_after: int | None = None

    @property
    def text(self) -> str:
        """The body as errors may show it."""
        return self.secrets.redact(self.body[:MAX_ERROR_BYTES].decode("utf-8", "replace"))


class Headers(dict[str, str]):
    """Request headers, which show their names only."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Headers({', '.join(self)})"


class Failure(NamedTuple):
    """
    No whole answer came.

    Attributes:
        words: Why.
        maybe_sent: True if a byte of the request may have reached the server.
        late: True if time ran out.
    """

    words: str
    maybe_sent: bool = True
    late: bool = False
