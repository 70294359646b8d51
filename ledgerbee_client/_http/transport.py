"""
One request out, one answer or one failure back, over httpcore, the engine of httpx.

It costs half of what httpx does; httpx adds to it what is not wanted here: redirects that forward x-api-key to another
origin, cookies, a log of queries, and its own requests and answers around httpcore's. Failures are returned and not
raised, so that no traceback of ours leads into frames that hold headers.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from functools import partial
from typing import Any, cast
from urllib.parse import quote, unquote, urlsplit

import httpcore

from ..errors import ConfigurationError
from .certificates import tls_context
from .failures import lost, system_words
from .interface import ResponseStream, SendTrace, may_be_unread
from .messages import MAX_HEADER, Failure, Headers, RequestBody
from .network import Backend
from .pools import CONNECT_LIMIT, Connection, Pool
from .streamed import BodyChunks, StreamedResponse, content_headers

_ConnectionErrors = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)
_PORTS = {b"http": 80, b"https": 443}
_NOT_SENT: dict[type[Exception], str] = {
    httpcore.ConnectTimeout: "the connection was not made in time",
    httpcore.ProxyError: "the proxy refused the connection",
    httpcore.ConnectError: "the connection could not be made",
}


class _Hidden(bytes):
    """Shows nothing of itself: httpcore logs the login for a SOCKS proxy."""

    def __repr__(self) -> str:
        return "***"


class _Trace(SendTrace):
    """A trace as httpcore calls it."""

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        """Note that the headers are being sent."""
        # What opens a tunnel through a proxy is no byte of the request.
        if ".send_request_headers.started" in event and info["request"].method != b"CONNECT":
            self.started = True


class HttpcoreTransport:
    """A pool of connections, and the server that they lead to."""

    is_bound = True

    def __init__(self, base_url: str, proxy: str | None, verify: ssl.SSLContext | str | bool) -> None:
        base = httpcore.URL(base_url)
        host = base.host.decode("ascii")
        name = f"[{host}]" if ":" in host else host
        self._host = name if base.port in {None, _PORTS[base.scheme]} else f"{name}:{base.port}"
        if proxy and not proxy.lower().startswith("socks"):
            # httpcore tells such a proxy the host as it stands here, and would leave out the brackets.
            base.host = name.encode()
        self._url_of = partial(httpcore.URL, scheme=base.scheme, host=base.host, port=base.port)
        # Not `base.target`, which drops what follows a semicolon.
        self._prefix = quote(urlsplit(base_url).path.rstrip("/"), safe="/%:!$&'()*+,;=~").encode()
        try:
            make = _maker(base, proxy, verify)
        except (ImportError, ValueError):
            # Another text would show the proxy's password.
            raise ConfigurationError("proxy must be an http(s) URL; for socks5 install httpx[socks].") from None
        self._pool = Pool(make, proxied=proxy is not None)

    def trace(self, *, needed: bool) -> SendTrace:
        """Make the trace of one request; where it is not `needed`, the transport reports nothing."""
        return _Trace(needed)

    async def send(  # noqa: PLR0917
        self, method: str, target: str, headers: Headers, body: RequestBody | None, limit: float, trace: SendTrace
    ) -> ResponseStream | Failure:
        """Send one request, once; return when the answer's headers are there."""
        # Before anything is made for the request: of ten thousand callers, all but a hundred wait here.
        await self._pool.reserve()
        try:
            lent = await self._pool.send(self._request(method, target, headers, body, limit, trace))
            response = lent.response
            lent.may_be_used_again = not may_be_unread(body, response.status)
            stream = cast("AsyncIterable[bytes]", response.stream)
            return StreamedResponse(response.status, _joined(response.headers), stream, _lost, lent.leave)
        except Exception as error:  # noqa: BLE001  # Bodies have errors of their own; trio's UnicodeError for "a..b".
            failure = _failure(error, trace)
        return failure

    def _request(  # noqa: PLR0917
        self, method: str, target: str, headers: Headers, body: RequestBody | None, limit: float, trace: SendTrace
    ) -> httpcore.Request:
        headers.update(content_headers(method, body), host=self._host)
        # The caller's cancel scope bounds the whole; only connecting is worth giving up, and trying again, earlier.
        extensions: dict[str, Any] = {"timeout": {"connect": min(limit, CONNECT_LIMIT)}}
        if trace.reports:
            extensions["trace"] = trace
        return httpcore.Request(
            method,
            self._url_of(target=self._prefix + target.encode("ascii")),
            headers=cast("Mapping[str | bytes, str | bytes]", headers),
            content=BodyChunks(body) if body else None,
            extensions=extensions,
        )

    async def aclose(self) -> None:
        """Close the pool."""
        await self._pool.aclose()


def _maker(base: httpcore.URL, proxy: str | None, verify: ssl.SSLContext | str | bool) -> Callable[[], Connection]:
    # Plain http needs no certificates, which take a third of the time of a start.
    context = tls_context(verify) if base.scheme == b"https" else None
    way = None
    if proxy:
        parts = urlsplit(proxy)
        user, password = (_Hidden(unquote(part or ""), "utf-8") for part in (parts.username, parts.password))
        way = httpcore.Proxy(
            httpcore.URL(scheme=parts.scheme, host=parts.hostname or "", port=parts.port, target="/"),
            auth=(user, password) if user or password else None,
            ssl_context=tls_context(True) if parts.scheme == "https" else None,
        )

    def make() -> Connection:
        # The pool is not kept: it knows which kind of connection leads through which proxy.
        pool = httpcore.AsyncConnectionPool(context, way, network_backend=(backend := Backend()))
        return Connection(pool.create_connection(base.origin), backend)

    # Made now, so that a proxy that cannot be used is an error now.
    make()
    return make


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[str, str]]:
    """Return headers as text; those that come several times are one, as HTTP says."""
    found = dict[str, str]()
    for raw, value in headers:
        name, text = raw.decode("ascii").lower(), value.decode("utf-8", "replace")
        before = found.get(name)
        if before is None:
            found[name] = text
        elif len(before) < MAX_HEADER:
            found[name] = f"{before}, {text}"
    return found.items()


def _lost(error: Exception) -> Failure:
    late, named = isinstance(error, httpcore.TimeoutException), not isinstance(error, _ConnectionErrors)
    return lost(error, late=late, named=named)


def _failure(error: Exception, trace: SendTrace) -> Failure:
    words = next((words for kind, words in _NOT_SENT.items() if isinstance(error, kind)), None)
    # What waits in a TLS handshake as its time runs out is no fault of the system's.
    if words and isinstance(error, httpcore.ConnectError):
        words = system_words(words, error)
    # Once the request was begun, no name of an error says otherwise.
    if trace.started or not (words or trace.reports):
        return _lost(error)
    return Failure(words or "the connection broke", maybe_sent=False)
