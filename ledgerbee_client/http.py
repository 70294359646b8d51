"""
The wire: one request out, one answer or one failure back. httpx stands here and nowhere else.

A transport is driven directly, without httpx's client around it: no redirect is followed (httpx would forward `x-api-key` to
another origin), no cookie is kept, no query is logged. Failures are returned and not raised, so that no traceback of ours
leads into frames that hold headers.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
from attrs import define

from .answers import Answer, Failure, Headers
from .bodies import Body
from .errors import ConfigurationError

Transport = httpx.AsyncBaseTransport
CONNECT_LIMIT = 10.0
MAX_ANSWER_BYTES = 100_000_000
_WORDS: tuple[tuple[type[httpx.TransportError], str], ...] = (
    (httpx.ConnectTimeout, "the connection was not made in time"),
    (httpx.PoolTimeout, "no connection became free in time"),
    (httpx.ProxyError, "the proxy refused the connection"),
    (httpx.ConnectError, "the connection could not be made"),
    (httpx.UnsupportedProtocol, "the transport does not speak this protocol"),
    (httpx.TimeoutException, "the answer stayed out"),
    (httpx.WriteError, "the connection broke while the request was sent"),
    (httpx.TransportError, "the connection broke before the answer was whole"),
)
_NOT_SENT = (httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.ConnectError, httpx.UnsupportedProtocol)


@define
class Watch:
    """Whether a byte of the request may have left; a transport that does not tell may always have sent some."""

    tells: bool
    left: bool = False

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        """Listen to httpcore's trace."""
        if ".send_request_headers.started" in event:
            self.left = True

    @property
    def may_have_left(self) -> bool:
        """Whether it may."""
        return self.left or not self.tells


class Opened:
    """An answer whose body is still on the wire; close it."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = {name.lower(): value for name, value in response.headers.items()}
        self._response = response
        self._chunks: AsyncIterator[bytes] | None = None

    async def next(self) -> bytes | Failure:
        """Return the next bytes, decoded; empty at the end."""
        failure = None
        try:
            self._chunks = self._chunks or self._response.aiter_bytes()
            async for chunk in self._chunks:
                if chunk:
                    return chunk
        except httpx.TransportError as error:
            failure = _failure(error)
        except httpx.DecodingError:
            failure = Failure("the answer's compression is broken")
        return failure or b""

    async def read(self, secrets: tuple[str, ...]) -> Answer | Failure:
        """Return the whole answer, which knows what it must not show."""
        parts: list[bytes] = []
        size = 0
        while chunk := await self.next():
            if isinstance(chunk, Failure):
                if self.status >= 400:  # What was refused is refused, however little is known of why.
                    break
                return chunk
            parts.append(chunk)
            size += len(chunk)
            if size > MAX_ANSWER_BYTES:
                return Failure(f"the answer grew over {MAX_ANSWER_BYTES:,} bytes")
        return Answer(self.status, self.headers, b"".join(parts), tuple(filter(None, secrets)))

    async def close(self) -> None:
        """Give the connection back, or drop it where the body was not read to its end."""
        if self._chunks is not None and hasattr(self._chunks, "aclose"):
            await self._chunks.aclose()
        await self._response.aclose()


class _Stream(httpx.AsyncByteStream):
    # No async generator: a request that breaks off leaves it half-way, and trio warns of those.
    def __init__(self, body: Body) -> None:
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
        try:
            self._base = httpx.URL(base_url)
            self._transport = transport or _make_transport(proxy, verify)
        except httpx.InvalidURL as error:
            raise ConfigurationError(f"base_url or proxy cannot be read as a URL: {error}.") from None
        self._tells = transport is None

    def watch(self) -> Watch:
        """Make the thing that knows whether a byte may have left."""
        return Watch(self._tells)

    async def open(
        self, method: str, target: str, headers: Headers, body: Body | None, limit: float, watch: Watch | None
    ) -> Opened | Failure:
        """Send one request, once; return when the answer's headers are there."""
        failure = None
        try:
            request = httpx.Request(
                method,
                self._base.copy_with(raw_path=self._base.raw_path.rstrip(b"/") + target.encode("ascii")),
                headers={"host": self._base.netloc.decode("ascii"), **headers, **_sizes(method, body)},
                stream=_Stream(body) if body else httpx.ByteStream(b""),
                extensions=_extensions(limit, watch),
            )
            return Opened(await self._transport.handle_async_request(request))
        except httpx.TransportError as error:
            failure = _failure(error, watch)
        return failure

    async def aclose(self) -> None:
        """Close the pool."""
        await self._transport.aclose()


def _sizes(method: str, body: Body | None) -> dict[str, str]:
    if body is not None:
        return {"content-type": body.content_type, "content-length": str(body.size)}
    return {"content-length": "0"} if method in {"POST", "PUT", "PATCH"} else {}


def _extensions(limit: float, watch: Watch | None) -> dict[str, Any]:
    # The caller's cancel scope bounds the whole; only a connection attempt is worth giving up, and trying again, earlier.
    timeouts = {"connect": min(limit, CONNECT_LIMIT), "read": None, "write": None, "pool": None}
    return {"timeout": timeouts, "trace": watch} if watch and watch.tells else {"timeout": timeouts}


def _failure(error: httpx.TransportError, watch: Watch | None = None) -> Failure:
    words = next(words for kind, words in _WORDS if isinstance(error, kind))
    may_have_left = not isinstance(error, _NOT_SENT) and (watch is None or watch.may_have_left)
    return Failure(words, may_have_left, isinstance(error, httpx.TimeoutException) and may_have_left)


def _make_transport(proxy: str | None, verify: ssl.SSLContext | str | bool) -> Transport:
    try:
        context = ssl.create_default_context(cafile=verify) if isinstance(verify, str) else verify
        return httpx.AsyncHTTPTransport(verify=context, proxy=proxy)
    except OSError as error:
        raise ConfigurationError(
            f"the certificates of verify= or SSL_CERT_FILE cannot be read: {error.strerror}."
        ) from None
    except (ImportError, ValueError):
        # The text of httpx's own error would show the proxy's password.
        raise ConfigurationError("proxy must be an http(s) URL; for socks5 install httpx[socks].") from None
