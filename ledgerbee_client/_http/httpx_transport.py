"""
A transport of httpx that a caller brings: `LedgerBee(..., transport=httpx.AsyncHTTPTransport())`, or the sandbox.

It is driven directly, without httpx's client around it: no redirect is followed (httpx would forward x-api-key to
another origin), no cookie is kept, no query is logged. What may have been sent is not known of it, and so everything
may. Failures are returned and not raised, as in `transport.py`.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import cast

import httpx

from ..errors import ConfigurationError
from .failures import lost, system_words
from .interface import ResponseStream, SendTrace, may_be_unread
from .leftovers import leave_clean
from .messages import Failure, Headers, RequestBody
from .pools import CONNECT_LIMIT
from .streamed import BodyChunks, StreamedResponse, content_headers

Transport = httpx.AsyncBaseTransport
_NOT_SENT: dict[type[httpx.TransportError], str] = {
    httpx.ConnectTimeout: "the connection was not made in time",
    httpx.PoolTimeout: "no connection became free in time",
    httpx.ProxyError: "the proxy refused the connection",
    httpx.ConnectError: "the connection could not be made",
    httpx.UnsupportedProtocol: "the transport does not speak this protocol",
}


class _RequestStream(BodyChunks, httpx.AsyncByteStream):
    pass


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
            stream = cast("httpx.AsyncByteStream", response.stream)
            leave = partial(self._leave, response, may_be_unread(body, response.status_code))
            return StreamedResponse(response.status_code, response.headers.items(), stream, _lost, leave)
        except Exception as error:  # noqa: BLE001  # As in `StreamedResponse`; and trio's UnicodeError for "a..b".
            failure = _failure(error)
        return failure

    def _request(
        self, method: str, target: str, headers: Headers, body: RequestBody | None, limit: float
    ) -> httpx.Request:
        # The caller's cancel scope bounds the whole; only connecting is worth giving up, and trying again, earlier.
        timeouts = {"connect": min(limit, CONNECT_LIMIT), "read": None, "write": None, "pool": None}
        headers.update(content_headers(method, body), host=self._base.netloc.decode("ascii"))
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

    async def _leave(self, response: httpx.Response, unread: bool, is_whole: bool) -> None:
        if is_whole and not await leave_clean(response, unread=unread):
            self._can_look = False
        await response.aclose()

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
    return Failure(system_words(words, error) if isinstance(error, httpx.ConnectError) else words, maybe_sent=False)
