"""
Requests over aiohttp's own sessions, for asyncio: `LedgerBee(..., transport="aiohttp")`.

No redirect is followed, no cookie kept, no environment read. A byte of a write may have been sent from the moment at
which the pool hands out a connection for it. Failures are returned and not raised, as in `transport.py`.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
from yarl import URL

from ..errors import ConfigurationError
from .aiohttp_connector import CleanConnector
from .certificates import tls_context
from .failures import UNTRUSTED, lost, system_words
from .interface import JOINED_BYTES, ResponseStream, SendTrace, may_be_unread
from .messages import Failure, Headers, RequestBody

CONNECT_LIMIT = 10.0
IDLE_SECONDS = 5.0
MAX_CONNECTIONS = 100
_MANY = 6
_CONTENT_TYPE = ("content-type",)
_LIMIT = aiohttp.ClientTimeout(sock_connect=CONNECT_LIMIT)


class AiohttpTransport:
    """A pool of aiohttp, and the address it talks to; made on the event loop that first sends."""

    is_bound = True

    def __init__(self, base_url: str, proxy: str | None, verify: ssl.SSLContext | str | bool) -> None:
        self._base, self._proxy = base_url, proxy
        self._verify = tls_context(verify)
        self._places = asyncio.Semaphore(MAX_CONNECTIONS)
        self._session: aiohttp.ClientSession | None = None
        self._sending: dict[asyncio.Task[Any], SendTrace] = {}
        self._reading: set[aiohttp.ClientResponse] = set()
        self._closed = False

    def trace(self, *, needed: bool) -> SendTrace:
        """Make the trace of one request."""
        return SendTrace(True)

    async def send(  # noqa: PLR0917
        self, method: str, target: str, headers: Headers, body: RequestBody | None, limit: float, trace: SendTrace
    ) -> ResponseStream | Failure:
        """Send one request, once; return when the answer's headers are there."""
        session = self._session = self._session or self._open()
        if body:
            headers |= {"content-type": body.content_type, "content-length": str(body.size)}
        await self._places.acquire()
        answer: aiohttp.ClientResponse | None = None
        task: Any = asyncio.current_task()
        cancelled = task.cancelling()
        try:
            if self._closed:
                return Failure("the client was closed", maybe_sent=False)
            self._sending[task] = trace
            if len(self._sending) > _MANY:
                # Each turn of the event loop then serves several of them: less CPU, and shorter stalls.
                await asyncio.sleep(0)
            answer = await session.request(
                method,
                URL(self._base + target, encoded=True),
                headers=headers,
                data=_written(body) if body else None,
                allow_redirects=False,
                proxy=self._proxy,
                skip_auto_headers=None if body or method == "GET" else _CONTENT_TYPE,
                # The caller's cancel scope bounds the whole; only connecting is worth giving up earlier.
                timeout=_LIMIT if limit >= CONNECT_LIMIT else aiohttp.ClientTimeout(sock_connect=limit),
            )
            if may_be_unread(body, answer.status):
                trace.connection.force_close()
        except asyncio.CancelledError:
            # `aclose()` has cancelled all that were sending, and may not be the only one who cancelled this task.
            if not self._closed or task.uncancel() > cancelled:
                raise
            return Failure("the client was closed", maybe_sent=trace.maybe_sent)
        except Exception as error:  # noqa: BLE001  # ssl, asyncio and aiohttp each have errors of their own.
            return _failure(error, trace.maybe_sent)
        else:
            # aiohttp has given the connection back already where the whole body came with the headers.
            if not answer.closed:
                self._reading.add(answer)
            return AiohttpResponse(answer, self._end)
        finally:
            self._sending.pop(task, None)
            if answer is None or answer.closed:
                self._places.release()

    def _end(self, answer: aiohttp.ClientResponse) -> None:
        if answer in self._reading:
            self._reading.discard(answer)
            self._places.release()
            answer.close()

    def _open(self) -> aiohttp.ClientSession:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            raise ConfigurationError('transport="aiohttp" runs on asyncio; leave it out under trio.') from None
        connector = CleanConnector(ssl=self._verify, keepalive_timeout=IDLE_SECONDS, limit=0)
        connector.sending = self._sending
        session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False)
        # aiohttp repeats PUT and DELETE by itself where a connection that was idle turns out to be closed. Only that is
        # lost where this name is gone: a deletion may then say 404 of what it has just deleted.
        if hasattr(session, "_retry_connection"):
            session._retry_connection = False  # pyright: ignore[reportPrivateUsage]
        return session

    async def aclose(self) -> None:
        """Close the connections."""
        self._closed = True
        # Calls on their way end at once, and those that wait for a place find the pool closed.
        while self._sending:
            self._sending.popitem()[0].cancel()
        for answer in [*self._reading]:
            self._end(answer)
        if self._session:
            await self._session.close()


class AiohttpResponse(ResponseStream):
    """An answer of aiohttp whose body may still be on the wire."""

    def __init__(self, answer: aiohttp.ClientResponse, end: Callable[[aiohttp.ClientResponse], None]) -> None:
        super().__init__(answer.status, answer.headers.items())
        self._answer, self._content, self._end = answer, answer.content, end
        self._came_whole = answer.closed

    def _rest(self) -> bytes | None:
        return self._content.read_nowait() if self._came_whole else None

    async def _receive(self) -> bytes | Failure:
        try:
            return b"" if self._content.at_eof() else await self._content.readany()
        except Exception as error:  # noqa: BLE001  # As in `send()`.
            # Its headers are here, so that the request was sent.
            return lost(error, late=False)

    async def close(self) -> None:
        """Give the connection back, or close it where the body was not read to its end."""
        self._end(self._answer)


async def _written(body: RequestBody) -> AsyncIterator[bytes]:
    # Asked for when the connection is there and the headers are written, so that a body may refuse at the last moment.
    for chunk in body.chunks() if body.size > JOINED_BYTES else [b"".join(body.chunks())]:
        yield chunk


def _failure(error: Exception, maybe_sent: bool) -> Failure:
    words = "the connection could not be made"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        words = UNTRUSTED
    elif isinstance(error, aiohttp.ClientProxyConnectionError | aiohttp.ClientHttpProxyError):
        words = "the proxy refused the connection"
    elif isinstance(error, aiohttp.ConnectionTimeoutError):
        words = "the connection was not made in time"
    elif isinstance(error, aiohttp.ClientConnectorError):
        words = system_words(words, error.os_error)
    elif maybe_sent:
        return lost(error, late=isinstance(error, TimeoutError))
    return Failure(words, maybe_sent=False)
