"""
One request out, one answer or one failure back.

A transport is driven directly, without httpx's client around it: no redirect is followed (httpx would forward x-api-
key to another origin), no cookie is kept, no query is logged. Failures are returned and not raised, so that no
traceback of ours leads into frames that hold headers.
"""

from __future__ import annotations

import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, cast

import anyio
import httpx

from ..errors import ConfigurationError
from .certificates import tls_context
from .failures import lost, system_words
from .interface import ResponseStream, SendTrace
from .leftovers import leave_clean
from .messages import Failure, Headers, RequestBody
from .pools import Pools

Transport = httpx.AsyncBaseTransport
CONNECT_LIMIT = 10.0
_LEFT_OVER, _LEFT_OVER_SECONDS = 100, 0.5
_NOT_SENT: dict[type[httpx.TransportError], str] = {
    httpx.ConnectTimeout: "the connection was not made in time",
    httpx.PoolTimeout: "no connection became free in time",
    httpx.ProxyError: "the proxy refused the connection",
    httpx.ConnectError: "the connection could not be made",
    httpx.UnsupportedProtocol: "the transport does not speak this protocol",
}


class _Trace(SendTrace):
    """A trace as httpcore calls it."""

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        """Note that the headers are being sent."""
        # What opens a tunnel through a proxy is no byte of the request.
        if ".send_request_headers.started" in event and info["request"].method != b"CONNECT":
            self.started = True


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

    def __init__(
        self, base_url: str, transport: Transport | None, proxy: str | None, verify: ssl.SSLContext | str | bool
    ) -> None:
        # Callers without a type checker pass the synchronous transport, or httpx's client.
        if not isinstance(transport, httpx.AsyncBaseTransport | None):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(f"transport must be an httpx.AsyncBaseTransport, not {type(transport).__name__}.")
        try:
            self._base = httpx.URL(base_url)
            self._pools = None if transport else _pools(self._base, verify, proxy)
            self._transport: Transport = transport or cast("Transport", self._pools)
        except (ImportError, ValueError, httpx.InvalidURL):
            # The text of httpx's own error would show the proxy's password.
            raise ConfigurationError("proxy must be an http(s) URL; for socks5 install httpx[socks].") from None
        self._is_own = transport is None
        self.is_bound: bool = transport is None or isinstance(transport, httpx.AsyncHTTPTransport)
        """True if the transport's connections belong to one event loop."""
        if "httpx_aiohttp" in sys.modules:
            from httpx_aiohttp import AiohttpTransport

            from .httpx_aiohttp import keep_clean

            if isinstance(transport, AiohttpTransport):
                self.is_bound = True
                keep_clean(transport)
        self._can_look = True
        # Parsing a URL for each request takes a quarter of its time. A proxy is sent the target of the extension too.
        self._takes_target = self._is_own and proxy is None and _httpcore_takes_targets()

    def trace(self, *, needed: bool) -> SendTrace:
        """Make the trace of one request; where it is not `needed`, the transport reports nothing."""
        return _Trace(self._is_own and needed)

    async def send(  # noqa: PLR0917
        self, method: str, target: str, headers: Headers, body: RequestBody | None, limit: float, trace: SendTrace
    ) -> ResponseStream | Failure:
        """Send one request, once; return when the answer's headers are there."""
        if self._pools is not None:
            # Before anything is made for the request: of ten thousand callers, all but a hundred wait here.
            await self._pools.reserve()
        request = self._request(method, target, headers, body, limit, trace)
        try:
            response = await self._transport.handle_async_request(request)
            self.is_bound = self.is_bound or "network_stream" in response.extensions
            return HttpxResponse(response, self._leave)
        except Exception as error:  # noqa: BLE001  # As in `HttpxResponse`; and trio's UnicodeError for "a..b".
            failure = _failure(error, trace.maybe_sent)
        return failure

    def _request(  # noqa: PLR0917
        self, method: str, target: str, headers: Headers, body: RequestBody | None, limit: float, trace: SendTrace
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
        extensions: dict[str, Any] = {"timeout": timeouts}
        if trace.reports:
            extensions["trace"] = trace
        raw_path = self._base.raw_path.rstrip(b"/") + target.encode("ascii")
        if self._takes_target:
            extensions["target"] = raw_path
        return httpx.Request(
            method,
            self._base if self._takes_target else self._base.copy_with(raw_path=raw_path),
            headers=headers,
            # Without a body there is no stream: httpx-aiohttp would send an empty one in chunks, with a content type.
            stream=_RequestStream(body) if body else None,
            extensions=extensions,
        )

    async def _leave(self, response: httpx.Response) -> None:
        # The pool does so itself.
        if not self._is_own and not await leave_clean(response):
            self._can_look = False

    async def aclose(self) -> None:
        """Close the pool."""
        await self._transport.aclose()


def _pools(base: httpx.URL, verify: ssl.SSLContext | str | bool, proxy: str | None) -> Pools:
    if base.scheme == "http" and proxy is None and verify is True:
        # Plain http needs no certificates, which take a third of the time of a start; this context trusts none.
        verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    else:
        verify = tls_context(verify)
    one = httpx.Limits(max_connections=1, max_keepalive_connections=1)
    make = partial(httpx.AsyncHTTPTransport, verify=verify, limits=one, proxy=httpx.Proxy(proxy) if proxy else None)
    # Made now, so that a proxy that cannot be used is an error now.
    make()
    return Pools(make, proxied=proxy is not None)


def _httpcore_takes_targets() -> bool:
    """True if the request extension `target` is known, as it is from httpcore 1.0.5 on."""
    import httpcore

    return httpcore.Request("GET", "http://localhost/", extensions={"target": b"/a"}).url.target == b"/a"


def _is_translation(error: BaseException) -> bool:
    # httpx-aiohttp says ConnectTimeout where aiohttp said that the server hung up on a request it had: what another
    # library meant is not known here, and a write must not be sent again on its word.
    known = {"httpx", "httpcore", "anyio", "builtins", "ssl", "socket", "socksio"}
    return error.__cause__ is not None and type(error.__cause__).__module__.partition(".")[0] not in known


def _lost(error: Exception) -> Failure:
    late, named = isinstance(error, httpx.TimeoutException), not isinstance(error, httpx.TransportError)
    return lost(error, late=late, named=named)


def _failure(error: Exception, maybe_sent: bool) -> Failure:
    words = next((words for kind, words in _NOT_SENT.items() if isinstance(error, kind)), None)
    if _is_translation(error):
        words = None
    if words and not isinstance(error, httpx.ProxyError):
        words = system_words(words, error)
    if words or not maybe_sent:
        return Failure(words or "the connection broke", maybe_sent=False)
    return _lost(error)
