"""
One request out, one answer or one failure back.

A transport is driven directly, without httpx's client around it: no redirect is followed (httpx would forward x-api-
key to another origin), no cookie is kept, no query is logged. Failures are returned and not raised, so that no
traceback of ours leads into frames that hold headers.
"""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import anyio
import httpx
from attrs import define

from ..errors import ConfigurationError
from .leftovers import leave_clean
from .messages import MAX_ANSWER_BYTES, Answer, Failure, Headers, RequestBody
from .pools import pooled

Transport = httpx.AsyncBaseTransport
CONNECT_LIMIT = 10.0
_LEFT_OVER, _LEFT_OVER_SECONDS = 100, 0.5
_UNTRUSTED = "the server's certificate is not trusted (verify= and SSL_CERT_FILE say which are)"
_NOT_SENT: dict[type[httpx.TransportError], str] = {
    httpx.ConnectTimeout: "the connection was not made in time",
    httpx.PoolTimeout: "no connection became free in time",
    httpx.ProxyError: "the proxy refused the connection",
    httpx.ConnectError: "the connection could not be made",
    httpx.UnsupportedProtocol: "the transport does not speak this protocol",
}


@define
class SendTrace:
    """
    Tells if a byte of the request may have reached the server.

    Attributes:
        reports: True if the transport reports when it begins to send.
        started: True if it has reported that.
    """

    reports: bool
    started: bool = False

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        """Listen to httpcore's trace."""
        # What opens a tunnel through a proxy is no byte of the request.
        if ".send_request_headers.started" in event and info["request"].method != b"CONNECT":
            self.started = True

    @property
    def maybe_sent(self) -> bool:
        """True if a byte of the request may have reached the server."""
        return self.started or not self.reports


class ResponseStream:
    """An answer whose body is still on the wire; close it."""

    def __init__(self, response: httpx.Response, before_close: Callable[[httpx.Response], Awaitable[None]]) -> None:
        self.status: int = response.status_code
        self._before_close = before_close
        self._response = response
        self.headers: dict[str, str] = {name.lower(): value for name, value in response.headers.items()}
        self._chunks: AsyncIterator[bytes] | None = None
        self._whole = False

    async def next(self) -> bytes | Failure:
        """Return the next bytes, decoded; empty at the end."""
        try:
            self._chunks = self._chunks or self._body()
            async for chunk in self._chunks:
                if chunk:
                    return chunk
        except httpx.DecodingError:
            failure = Failure("the answer's compression is broken")
        except Exception as error:  # noqa: BLE001  # ssl, aiohttp and closed loops have errors of their own.
            # Its headers are here, so that the request has left, whatever a transport calls its failure.
            failure = _lost(error)
        else:
            self._whole = True
            return b""
        return failure

    def _body(self) -> AsyncIterator[bytes]:
        if "," in self.headers.get("content-encoding", ""):
            raise httpx.DecodingError("Compressed again and again, 64 KB become 64 GB.")
        # httpx's own way is for what is compressed; what is not comes straight from the connection.
        if "content-encoding" in self.headers or not isinstance(self._response.stream, httpx.AsyncByteStream):
            return self._response.aiter_bytes()
        return aiter(self._response.stream)

    async def read(self, *secrets: str) -> Answer | Failure:
        """Return the whole answer, which knows what it must not show."""
        parts, size = list[bytes](), 0
        while size <= MAX_ANSWER_BYTES and (chunk := await self.next()):
            if isinstance(chunk, bytes):
                parts.append(chunk)
                size += len(chunk)
            elif self.status < 400:
                return chunk
            else:  # What was refused is refused, however little is known of why.
                break
        return Answer(status=self.status, headers=self.headers, body=b"".join(parts), secrets=secrets)

    async def close(self) -> None:
        """Give the connection back, or drop it where the body was not read to its end."""
        # What was read of an answer counts, whatever its transport then says of the end.
        with suppress(Exception):
            if self._whole:
                await self._before_close(self._response)
            await self._response.aclose()
        if self._whole:
            return
        # What httpcore leaves half-way trio warns of. Run on, it ends soon, for the connection is closed.
        with anyio.move_on_after(_LEFT_OVER_SECONDS):
            for _ in range(_LEFT_OVER if self._chunks else 0):
                if not isinstance(chunk := await self.next(), bytes) or not chunk:
                    break
        if close := getattr(self._chunks, "aclose", None):
            with suppress(Exception):
                await close()


class _Stream(httpx.AsyncByteStream):
    # No async generator: a request that breaks off leaves it half-way, and trio warns of those.
    def __init__(self, body: RequestBody) -> None:
        self._chunks = body.chunks()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        for chunk in self._chunks:
            return chunk
        raise StopAsyncIteration


class Http:
    """A transport and the address it talks to."""

    def __init__(
        self, base_url: str, transport: Transport | None, proxy: str | None, verify: ssl.SSLContext | str | bool
    ) -> None:
        # Callers without a type checker pass the synchronous transport, or httpx's client.
        if not isinstance(transport, httpx.AsyncBaseTransport | None):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(f"transport must be an httpx.AsyncBaseTransport, not {type(transport).__name__}.")
        try:
            self._base = httpx.URL(base_url)
            context = ssl.create_default_context(cafile=verify) if isinstance(verify, str) else verify
            self._transport = transport or _pools(self._base, context, proxy)
        except OSError as error:
            raise ConfigurationError(f"certificates of verify= or SSL_CERT_FILE: {error.strerror}.") from None
        except (ImportError, ValueError, httpx.InvalidURL):
            # The text of httpx's own error would show the proxy's password.
            raise ConfigurationError("proxy must be an http(s) URL; for socks5 install httpx[socks].") from None
        self._is_own = transport is None
        self.is_bound: bool = transport is None or isinstance(transport, httpx.AsyncHTTPTransport)
        """True if the transport's connections belong to one event loop."""
        if "httpx_aiohttp" in sys.modules:
            from httpx_aiohttp import AiohttpTransport

            from .aiohttp import keep_clean

            if isinstance(transport, AiohttpTransport):
                self.is_bound = True
                keep_clean(transport)
        self._can_look = True

    def trace(self, *, needed: bool) -> SendTrace:
        """Make the trace of one request; where it is not `needed`, the transport reports nothing."""
        return SendTrace(self._is_own and needed)

    async def send(  # noqa: PLR0917
        self, method: str, target: str, headers: Headers, body: RequestBody | None, limit: float, trace: SendTrace
    ) -> ResponseStream | Failure:
        """Send one request, once; return when the answer's headers are there."""
        # The caller's cancel scope bounds the whole; only connecting is worth giving up, and trying again, earlier.
        timeouts = {"connect": min(limit, CONNECT_LIMIT), "read": None, "write": None, "pool": None}
        headers["host"] = self._base.netloc.decode("ascii")
        if body:
            headers["content-type"] = body.content_type
        if body or method in {"POST", "PUT", "PATCH"}:
            headers["content-length"] = str(body.size if body else 0)
        if not self._can_look:
            headers["connection"] = "close"
        request = httpx.Request(
            method,
            self._base.copy_with(raw_path=self._base.raw_path.rstrip(b"/") + target.encode("ascii")),
            headers=headers,
            # Without a body there is no stream: httpx-aiohttp would send an empty one in chunks, with a content type.
            stream=_Stream(body) if body else None,
            extensions={"timeout": timeouts, "trace": trace} if trace.reports else {"timeout": timeouts},
        )
        try:
            response = await self._transport.handle_async_request(request)
            self.is_bound = self.is_bound or "network_stream" in response.extensions
            return ResponseStream(response, self._leave)
        except Exception as error:  # noqa: BLE001  # As in `ResponseStream.next()`; and trio's UnicodeError for "a..b".
            failure = _failure(error, trace.maybe_sent)
        return failure

    async def _leave(self, response: httpx.Response) -> None:
        # The pool does so itself.
        if not self._is_own and not await leave_clean(response):
            self._can_look = False

    async def aclose(self) -> None:
        """Close the pool."""
        await self._transport.aclose()


def _pools(base: httpx.URL, verify: ssl.SSLContext | bool, proxy: str | None) -> Transport:
    if base.scheme == "http" and proxy is None and verify is True:
        # Plain http needs no certificates, which take a third of the time of a start; this context trusts nobody.
        verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    elif not isinstance(verify, ssl.SSLContext):
        verify = httpx.create_ssl_context(verify=verify)
    one = httpx.Limits(max_connections=1, max_keepalive_connections=1)
    make = partial(httpx.AsyncHTTPTransport, verify=verify, limits=one, proxy=httpx.Proxy(proxy) if proxy else None)
    # Made now, so that a proxy that cannot be used is an error now.
    make()
    return pooled(make, proxied=proxy is not None)


def _is_translation(error: BaseException) -> bool:
    # httpx-aiohttp says ConnectTimeout where aiohttp said that the server hung up on a request it had: what another
    # library meant is not known here, and a write must not be sent again on its word.
    known = {"httpx", "httpcore", "anyio", "builtins", "ssl", "socket", "socksio"}
    return error.__cause__ is not None and type(error.__cause__).__module__.partition(".")[0] not in known


def _lost(error: Exception) -> Failure:
    late = isinstance(error, httpx.TimeoutException)
    words = "the answer stayed out" if late else "the connection broke before the answer was whole"
    # Of a foreign error only the name is safe to show.
    return Failure(words if isinstance(error, httpx.TransportError) else f"{words} ({type(error).__name__})", late=late)


def _failure(error: Exception, maybe_sent: bool) -> Failure:
    words = next((words for kind, words in _NOT_SENT.items() if isinstance(error, kind)), None)
    if _is_translation(error):
        words = None
    system = [one for one in _chain(error) if isinstance(one, OSError) and one.strerror]
    if words and system and not isinstance(error, httpx.ProxyError):
        untrusted = isinstance(system[-1], ssl.SSLCertVerificationError)
        number = system[-1].errno or 0
        # asyncio writes a text of its own where the system has a better one; the resolver's numbers are negative.
        words = _UNTRUSTED if untrusted else f"{words} ({os.strerror(number) if number > 0 else system[-1].strerror})"
    if words or not maybe_sent:
        return Failure(words or "the connection broke", maybe_sent=False)
    return _lost(error)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        # anyio tries each address of a host, and raises a group of what failed.
        several: tuple[BaseException, ...] = getattr(error, "exceptions", ())
        error = several[0] if several else error.__cause__ or error.__context__
