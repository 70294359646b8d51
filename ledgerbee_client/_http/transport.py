"""
One request out, one answer or one failure back, over connections of our own.

No redirect is followed, no cookie kept, no query logged. Failures are returned and not raised, so that no traceback of
ours leads into frames that hold headers.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable

import h11

from .connection import Connection
from .failures import lost, system_words
from .interface import ResponseStream, SendTrace
from .messages import MAX_HEADER, Failure, Headers, RequestBody
from .pools import Pool
from .routes import RefusedError, Route


class PooledTransport:
    """A pool of connections, and the server that they lead to."""

    is_bound = True

    def __init__(self, base_url: str, proxy: str | None, verify: ssl.SSLContext | str | bool) -> None:
        self._route = Route(base_url, proxy, verify)
        self._pool = Pool(self._route.open)

    def trace(self, *, needed: bool) -> SendTrace:
        """Make the trace of one request."""
        return SendTrace(True)

    async def send(  # noqa: PLR0917
        self, method: str, target: str, headers: Headers, body: RequestBody | None, limit: float, trace: SendTrace
    ) -> ResponseStream | Failure:
        """Send one request, once; return when the answer's headers are there."""
        connection: Connection | None = None
        try:
            # Before anything is made for the request: of ten thousand callers, all but a hundred wait here.
            connection = await self._pool.take(limit)
            answer = await connection.exchange(self._request(method, target, headers, body), body, trace)
        except Exception as error:  # noqa: BLE001  # ssl, h11 and bodies have errors of their own; trio's for "a..b".
            failure = _failure(error, connected=connection is not None, maybe_sent=trace.maybe_sent)
        except BaseException:
            self._drop(connection)
            raise
        else:
            return PooledResponse(answer, connection, self._pool)
        self._drop(connection)
        return failure

    def _request(self, method: str, target: str, headers: Headers, body: RequestBody | None) -> h11.Request:
        sent = self._route.headers + [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
        if body:
            sent.append((b"content-type", body.content_type.encode("ascii")))
        if body or method in {"POST", "PUT", "PATCH"}:
            sent.append((b"content-length", b"%d" % (body.size if body else 0)))
        return h11.Request(method=method, target=self._route.prefix + target.encode("ascii"), headers=sent)

    def _drop(self, connection: Connection | None) -> None:
        if connection:
            self._pool.give_back(connection, whole=False)

    async def aclose(self) -> None:
        """Close the connections."""
        self._pool.close()


class PooledResponse(ResponseStream):
    """An answer whose body is still on the wire."""

    def __init__(self, answer: h11.Response, connection: Connection, pool: Pool) -> None:
        super().__init__(answer.status_code, _headers(answer.headers.raw_items()))
        self._connection, self._pool, self._is_lent = connection, pool, True

    async def _receive(self) -> bytes | Failure:
        try:
            return await self._connection.receive()
        except Exception as error:  # noqa: BLE001  # As in `send()`.
            failure = _lost(error)
        return failure

    async def close(self) -> None:
        """Give the connection back, or close it where the body was not read to its end."""
        if self._is_lent:
            self._is_lent = False
            self._pool.give_back(self._connection, whole=self.is_whole)


def _headers(items: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[str, str]]:
    found = dict[str, str]()
    for raw, value in items:
        name, text = raw.decode("ascii").lower(), value.decode("utf-8", "replace")
        before = found.get(name)
        if before is None:
            found[name] = text
        elif len(before) < MAX_HEADER:
            found[name] = f"{before}, {text}"
    return found.items()


def _lost(error: Exception) -> Failure:
    known = isinstance(error, (OSError, h11.ProtocolError)) and not isinstance(error, ssl.SSLError)
    return lost(error, late=False, named=not known)


def _failure(error: Exception, *, connected: bool, maybe_sent: bool) -> Failure:
    if maybe_sent:
        return _lost(error)
    if isinstance(error, RefusedError):
        return Failure(str(error), maybe_sent=False)
    words = "the connection broke" if connected else system_words("the connection could not be made", error)
    return Failure(words, maybe_sent=False)
