"""
Requests over aiohttp's own sessions, for asyncio: `LedgerBee(..., transport="aiohttp")`.

No redirect is followed, no cookie kept, no environment read. If a byte of a write may have been sent is read from
aiohttp's tracing. Failures are returned and not raised, as in `transport.py`.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import aiohttp
import anyio
from yarl import URL

from ..errors import ConfigurationError
from .aiohttp_connector import CleanConnector
from .certificates import tls_context
from .failures import UNTRUSTED, lost, system_words
from .interface import ResponseStream, SendTrace
from .messages import Failure, Headers, RequestBody

CONNECT_LIMIT = 10.0
IDLE_SECONDS = 5.0
MAX_CONNECTIONS = 100
_JOINED_BYTES = 65_536
_AUTOMATIC_HEADERS = ("accept", "accept-encoding", "content-type", "user-agent")


class AiohttpTransport:
    """A pool of aiohttp, and the address it talks to; made on the event loop that first sends."""

    is_bound = True

    def __init__(self, base_url: str, proxy: str | None, verify: ssl.SSLContext | str | bool) -> None:
        self._base, self._proxy = base_url, proxy
        self._verify = tls_context(verify)
        self._places = anyio.Semaphore(MAX_CONNECTIONS, fast_acquire=True)
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._sending: set[anyio.CancelScope] = set()
        self._closed = False

    def trace(self, *, needed: bool) -> SendTrace:
        """Make the trace of one request; where it is not `needed`, the transport reports nothing."""
        return SendTrace(needed)

    async def send(  # noqa: PLR0917
        self, method: str, target: str, headers: Headers, body: RequestBody | None, limit: float, trace: SendTrace
    ) -> ResponseStream | Failure:
        """Send one request, once; return when the answer's headers are there."""
        if body:
            headers["content-type"] = body.content_type
            headers["content-length"] = str(body.size)
        await self._places.acquire()
        if self._closed:
            self._places.release()
            return Failure("the client was closed", maybe_sent=False)
        response: aiohttp.ClientResponse | Failure | None = None
        with anyio.CancelScope() as scope:
            self._sending.add(scope)
            try:
                response = await self._send(method, URL(self._base + target, encoded=True), headers, body, limit, trace)
            finally:
                self._sending.discard(scope)
                if not isinstance(response, aiohttp.ClientResponse):
                    self._places.release()
        if isinstance(response, aiohttp.ClientResponse):
            return AiohttpResponse(response, self._places)
        return response or Failure("the client was closed", maybe_sent=trace.maybe_sent)

    async def _send(  # noqa: PLR0917
        self, method: str, url: URL, headers: Headers, body: RequestBody | None, limit: float, trace: SendTrace
    ) -> aiohttp.ClientResponse | Failure:
        try:
            return await self._session(traced=trace.reports).request(
                method,
                url,
                headers=headers,
                data=_written(body) if body else None,
                allow_redirects=False,
                proxy=self._proxy,
                # The caller's cancel scope bounds the whole; only connecting is worth giving up earlier.
                timeout=aiohttp.ClientTimeout(sock_connect=min(limit, CONNECT_LIMIT)),
                trace_request_ctx=trace,
            )
        except Exception as error:  # noqa: BLE001  # ssl, asyncio and aiohttp each have errors of their own.
            failure = _failure(error, trace.maybe_sent)
        return failure

    def _session(self, *, traced: bool) -> aiohttp.ClientSession:
        if not self._sessions:
            self._open()
        return self._sessions[traced]

    def _open(self) -> None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            raise ConfigurationError('transport="aiohttp" runs on asyncio; leave it out under trio.') from None
        connector = CleanConnector(ssl=self._verify, keepalive_timeout=IDLE_SECONDS, limit=0)
        tracing = aiohttp.TraceConfig()
        tracing.on_request_headers_sent.append(_note_headers)
        for traced in (False, True):
            session = aiohttp.ClientSession(
                connector=connector,
                connector_owner=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=_AUTOMATIC_HEADERS,
                trace_configs=[tracing] if traced else None,
            )
            # aiohttp repeats PUT and DELETE by itself where a connection that was idle turns out to be closed. Only
            # that is lost where this name is gone: a deletion may then say 404 of what it has just deleted.
            if hasattr(session, "_retry_connection"):
                session._retry_connection = False  # pyright: ignore[reportPrivateUsage]
            self._sessions[traced] = session

    async def aclose(self) -> None:
        """Close the connections."""
        self._closed = True
        # Calls on their way end at once, and those that wait for a place find the pool closed.
        for scope in self._sending:
            scope.cancel()
        if self._sessions:
            connector = self._sessions[False].connector
            for session in self._sessions.values():
                await session.close()
            if connector is not None:
                await connector.close()


class AiohttpResponse(ResponseStream):
    """An answer of aiohttp whose body is still on the wire."""

    def __init__(self, response: aiohttp.ClientResponse, places: anyio.Semaphore) -> None:
        super().__init__(response.status, response.headers.items())
        self._response: aiohttp.ClientResponse | None = response
        self._content, self._places = response.content, places

    async def _receive(self) -> bytes | Failure:
        try:
            return b"" if self._content.at_eof() else await self._content.readany()
        except Exception as error:  # noqa: BLE001  # As in `_send()`.
            # Its headers are here, so that the request was sent.
            failure = lost(error, late=False)
        return failure

    async def close(self) -> None:
        """Give the connection back, or close it where the body was not read to its end."""
        response, self._response = self._response, None
        if response is None:
            return
        self._places.release()
        with suppress(Exception):
            if self._content.at_eof():
                response.release()
            else:
                response.close()


async def _note_headers(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
    trace: Any = context.trace_request_ctx
    trace.started = True


async def _written(body: RequestBody) -> AsyncIterator[bytes]:
    # Asked for when the connection is there and the headers are written, so that a body may refuse at the last moment.
    if body.size <= _JOINED_BYTES:
        yield b"".join(body.chunks())
        return
    for chunk in body.chunks():
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
