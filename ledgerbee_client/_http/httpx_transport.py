"""
A transport of httpx that a caller brings: `LedgerBee(..., transport=httpx.AsyncHTTPTransport())`, or the sandbox.

It is driven directly, without httpx's client around it: no redirect is followed (httpx would forward x-api-key to
another origin), no cookie is kept, no query is logged. What may have been sent is not known of it, and so everything
may. Failures are returned and not raised, as in `transport.py`.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import cast

import anyio
import httpx

from ..errors import ConfigurationError
from .failures import lost, system_words
from .interface import ResponseStream, SendTrace
from .leftovers import leave_clean
from .messages import Failure, Headers, RequestBody
from .pools import CONNECT_LIMIT

Transport = httpx.AsyncBaseTransport
_LEFT_OVER, _LEFT_OVER_SECONDS = 100, 0.5
_NOT_SENT: dict[type[httpx.TransportError], str] = {
    httpx.ConnectTimeout: "the connection was not made in time",
    httpx.PoolTimeout: "no connection became free in time",
    httpx.ProxyError: "the proxy refused the connection",
    httpx.ConnectError: "the connection could not be made",
    httpx.UnsupportedProtocol: "the transport does not speak this protocol",
}


class HttpxResponse(ResponseStream):
    """An answer of an httpx transport whose body is still on the wire."""

    def __init__(self, response: httpx.Response, before_close: Callable[[httpx.Response], Awaitable[None]]) -> None:
        super().__init__(response.status_code, response.headers.items())
        self._before_close = before_close
        self._response = response
        self._chunks: AsyncIterator[bytes] | None = None

    async def _receive(self) -> bytes | Failure:
        try:
            # Straight from the connection, and not through httpx, which decompresses whatever comes.
            self._chunks = self._chunks or aiter(cast("httpx.AsyncByteStream", self._response.stream))
            async for chunk in self._chunks:
                if chunk:
                    return chunk
        except Exception as error:  # noqa: BLE001  # ssl, aiohttp and closed loops have errors of their own.
            # Its headers are here, so that the request has left, whatever a transport calls its failure.
            failure = _lost(error)
        else:
            return b""
        return failure

    async def close(self) -> None:
        """Give the connection back, or drop it where the body was not read to its end."""
        # What was read of an answer counts, whatever its transport then says of the end.
        with suppress(Exception):
            if self.is_whole:
                await self._before_close(self._response)
            await self._response.aclose()
        if self.is_whole:
            return
        # trio warns of async generators that are not run to their end, as httpcore's here. It ends soon, since the
        # connection is closed.
        with anyio.move_on_after(_LEFT_OVER_SECONDS):
            for _ in range(_LEFT_OVER if self._chunks else 0):
                if not isinstance(chunk := await self._receive(), bytes) or not chunk:
                    break
        if close := getattr(self._chunks, "aclose", None):
            with suppress(Exception):
                await close()


class _RequestStream(httpx.AsyncByteStream):
    # Not an async generator: where a request breaks off it would not be run to its end, and trio warns of that.
    def __init__(self, body: RequestBody) -> None:
        self._chunks = body.chunks()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        for chunk in self._chunks:
            return chunk
        raise StopAsyncIteration


class HttpxTransport:
    """A transport and the address it talks to."""

    def __init__(self, base_url: str, transport: Transport) -> None:
        try:
            self._base, self._transport = httpx.URL(base_url), transport
        except httpx.InvalidURL:
            raise ConfigurationError("base_url cannot be read as a URL by httpx.") from None
        self.is_bound: bool = isinstance(transport, httpx.AsyncHTTPTransport)
        """True if the transport's connections belong to one event loop."""
        if "httpx_aiohttp" in sys.modules:
            from httpx_aiohttp import AiohttpTransport

            from .httpx_aiohttp import keep_clean

            if isinstance(transport, AiohttpTransport):
                self.is_bound = True
                keep_clean(transport)
        self._can_look = True

    def trace(self, *, needed: bool) -> SendTrace:
        """Make the trace of one request; the transport reports nothing."""
        return SendTrace(False)

    async def send(  # noqa: PLR0917
        self, method: str, target: str, headers: Headers, body: RequestBody | None, limit: float, trace: SendTrace
    ) -> ResponseStream | Failure:
        """Send one request, once; return when the answer's headers are there."""
        request = self._request(method, target, headers, body, limit)
        try:
            response = await self._transport.handle_async_request(request)
            self.is_bound = self.is_bound or "network_stream" in response.extensions
            return HttpxResponse(response, self._leave)
        except Exception as error:  # noqa: BLE001  # As in `HttpxResponse`; and trio's UnicodeError for "a..b".
            failure = _failure(error)
        return failure

    def _request(
        self, method: str, target: str, headers: Headers, body: RequestBody | None, limit: float
    ) -> httpx.Request:
        # The caller's cancel scope bounds the whole; only connecting is worth giving up, and trying again, earlier.
        timeouts = {"connect": min(limit, CONNECT_LIMIT), "read": None, "write": None, "pool": None}
        headers["host"] = self._base.netloc.decode("ascii")
        if body:
            headers["content-type"] = body.content_type
        if body or method in {"POST", "PUT", "PATCH"}:
            headers["content-length"] = str(body.size if body else 0)
        if not self._can_look:
            headers["connection"] = "close"
        return httpx.Request(
            method,
            self._base.copy_with(raw_path=self._base.raw_path.rstrip(b"/") + target.encode("ascii")),
            headers=headers,
            # Without a body there is no stream: httpx-aiohttp would send an empty one in chunks, with a content type.
            stream=_RequestStream(body) if body else None,
            extensions={"timeout": timeouts},
        )

    async def _leave(self, response: httpx.Response) -> None:
        if not await leave_clean(response):
            self._can_look = False

    async def aclose(self) -> None:
        """Close the transport."""
        await self._transport.aclose()


def _is_translation(error: BaseException) -> bool:
    # httpx-aiohttp says ConnectTimeout where aiohttp said that the server hung up on a request it had: what another
    # library meant is not known here, and a write must not be sent again on its word.
    known = {"httpx", "httpcore", "anyio", "builtins", "ssl", "socket", "socksio"}
    return error.__cause__ is not None and type(error.__cause__).__module__.partition(".")[0] not in known


def _lost(error: Exception) -> Failure:
    late, named = isinstance(error, httpx.TimeoutException), not isinstance(error, httpx.TransportError)
    return lost(error, late=late, named=named)


def _failure(error: Exception) -> Failure:
    words = next((words for kind, words in _NOT_SENT.items() if isinstance(error, kind)), None)
    if words is None or _is_translation(error):
        return _lost(error)
    return Failure(words if isinstance(error, httpx.ProxyError) else system_words(words, error), maybe_sent=False)
