"""What the layers above know of HTTP, whatever library sends and receives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from attrs import define

from .decoding import Decoder, UndecodableError
from .messages import MAX_ERROR_BYTES, MAX_HEADER, Answer, Failure, Headers, RequestBody
from .redaction import Secrets

JOINED_BYTES = 65_536
"""A body of so many bytes leaves in one piece."""


@define
class SendTrace:
    """
    Tells if a byte of the request may have reached the server.

    Attributes:
        reports: True if the transport reports when it begins to send.
        started: True if it has reported that.
        connection: What it goes out over, where the transport says it.
    """

    reports: bool
    started: bool = False
    connection: Any = None

    @property
    def maybe_sent(self) -> bool:
        """True if a byte of the request may have reached the server."""
        return self.started or not self.reports


class ResponseStream(ABC):
    """An answer whose body is still on the wire; close it."""

    def __init__(self, status: int, headers: Iterable[tuple[str, str]]) -> None:
        self.status: int = status
        self.headers: dict[str, str] = {name.lower(): value[:MAX_HEADER] for name, value in headers}
        coding = self.headers.get("content-encoding", "").strip().lower()
        self._coding = "" if coding == "identity" else coding
        self._decoder: Decoder | None = None
        self._pieces: Iterator[bytes] = iter(())
        self.is_whole: bool = False
        """True once the body was read to its end."""

    @abstractmethod
    async def _receive(self) -> bytes | Failure:
        """Return the next bytes as they came; empty at the end."""

    def _rest(self) -> bytes | None:
        """Return what is left of the body as it came, where all of it is here already."""
        return None

    @abstractmethod
    async def close(self) -> None:
        """Give the connection back, or drop it where the body was not read to its end."""

    async def next(self) -> bytes | Failure:
        """Return the next bytes, decompressed; empty at the end."""
        if not self._coding:
            data = await self._receive()
            self.is_whole = not data
            return data
        try:
            self._decoder = decoder = self._decoder or Decoder(self._coding)
            while True:
                for piece in self._pieces:
                    return piece
                data = await self._receive()
                if isinstance(data, Failure):
                    return data
                if not data:
                    decoder.end()
                    self.is_whole = True
                    return b""
                self._pieces = decoder.feed(data)
        except UndecodableError as error:
            words = f"the answer cannot be read: {error}"
        return Failure(words)

    async def read(self, max_bytes: int, secrets: Secrets) -> Answer | Failure:
        """Return the answer, whole or cut after `max_bytes`, which knows what it must not show."""
        parts, size = list[bytes](), 0
        max_bytes = max_bytes if self.status < 400 else min(max_bytes, MAX_ERROR_BYTES)
        if not self._coding and (body := self._rest()) is not None:
            parts, size, self.is_whole = [body], len(body), True
        while size <= max_bytes and not self.is_whole and (chunk := await self.next()):
            if isinstance(chunk, bytes):
                parts.append(chunk)
                size += len(chunk)
            elif self.status < 400:
                return chunk
            else:  # What was refused is refused, however little is known of why.
                break
        cut_after = max_bytes if size > max_bytes else None
        body = b"".join(parts)[:cut_after]
        return Answer(status=self.status, headers=self.headers, body=body, cut_after=cut_after, secrets=secrets)


def may_be_unread(body: RequestBody | None, status: int) -> bool:
    """True if a server may have refused a request that it has not read: it hangs up then, and need not say so."""
    return body is not None and body.size > JOINED_BYTES and status >= 400


class Http(Protocol):
    """
    A pool of connections, and the address it talks to.

    Attributes:
        is_bound: True if its connections belong to one event loop.
    """

    is_bound: bool

    def trace(self, *, needed: bool) -> SendTrace:
        """Make the trace of one request; where it is not `needed`, nothing need be reported."""
        ...

    async def send(  # noqa: PLR0917
        self, method: str, target: str, headers: Headers, body: RequestBody | None, limit: float, trace: SendTrace
    ) -> ResponseStream | Failure:
        """Send one request, once; return when the answer's headers are there."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
