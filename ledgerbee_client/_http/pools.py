"""
A connection pool for many requests at the same time.

httpcore looks through its whole pool for each request and each answer (https://github.com/encode/httpcore/pull/1035),
and with its defaults opens a new TLS connection for nearly every request once more than 20 are on their way.
Here each connection is a pool of its own, made by httpx, and the one that was free last is taken first, if it is clean
(`leftovers.py`).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NamedTuple, cast

import anyio
import httpx

from .leftovers import NetworkStream, hears_nothing, holds_nothing

MOST = 100
IDLE_SECONDS = 5.0
_SMALL = 60_000


class _Idle(NamedTuple):
    since: float
    transport: httpx.AsyncBaseTransport
    stream: NetworkStream
    small: bool


class Pools(httpx.AsyncBaseTransport):
    """
    A transport made of transports. Each request is preceded by `reserve()`.

    Args:
        make: Makes a transport for one connection.
        most: So many at the same time; whoever comes then waits, in order.
        proxied: True if there are more layers than TLS and a socket.
    """

    def __init__(
        self, make: Callable[[], httpx.AsyncBaseTransport], most: int = MOST, *, proxied: bool = False
    ) -> None:
        self._make, self._places, self._proxied = make, anyio.Semaphore(most, fast_acquire=True), proxied
        self._idle: deque[_Idle] = deque()
        self._all: dict[httpx.AsyncBaseTransport, anyio.CancelScope] = {}
        self._closed = False

    async def reserve(self) -> None:
        """Wait for a place; it is given back with the answer of the request that follows, or with its failure."""
        await self._places.acquire()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request, whose place is reserved, over a connection of its own until its answer is closed."""
        if self._closed:
            self._places.release()
            raise httpx.ConnectError("The client was closed.")
        idle = self._idle.pop() if self._idle else None
        transport = idle.transport if idle else self._make()
        socket = _Socket(request.extensions) if request.url.scheme == "https" else None
        response = None
        with anyio.CancelScope() as scope:
            self._all[transport] = scope
            try:
                await self._close_the_oldest()
                if idle and not await self._is_clean(idle, request):
                    await self._close(transport)
                    transport = self._make()
                    self._all[transport] = scope
                response = await transport.handle_async_request(request)
            except BaseException:
                await self._drop(transport, socket)
                raise
        if response is None:
            raise httpx.ReadError("The client was closed.")
        response.stream = _AnswerStream(response, transport, self._give_back, self._drop)
        return response

    async def _is_clean(self, idle: _Idle, request: httpx.Request) -> bool:
        # A read that follows a small answer does not listen: the event loop hands out 64 KB at once and keeps what is
        # more, TLS was looked into, and httpcore looks at the socket.
        trusted = request.method == "GET" and idle.small and not self._proxied
        return trusted or await hears_nothing(idle.stream)

    async def aclose(self) -> None:
        """Close all connections."""
        self._closed = True
        # Calls on their way end at once, and those that wait for a place find the pool closed.
        for scope in self._all.values():
            scope.cancel()
        while self._all:
            await self._all.popitem()[0].aclose()

    def _give_back(self, transport: httpx.AsyncBaseTransport, stream: NetworkStream, small: bool) -> None:
        self._idle.append(_Idle(time.monotonic(), transport, stream, small))
        self._places.release()

    async def _drop(self, transport: httpx.AsyncBaseTransport, socket: _Socket | None = None) -> None:
        # A connection whose task was cancelled can keep its place for ever, and the next request waits for it in vain:
        # https://github.com/encode/httpcore/issues/1093
        self._places.release()
        await self._close(transport, socket)

    async def _close(self, transport: httpx.AsyncBaseTransport, socket: _Socket | None = None) -> None:
        self._all.pop(transport, None)
        with anyio.CancelScope(shield=True):
            await transport.aclose()
            if socket:
                await socket.aclose()

    async def _close_the_oldest(self) -> None:
        # One per request, so that no request waits while many are closed.
        if self._idle and time.monotonic() - self._idle[0].since > IDLE_SECONDS:
            await self._close(self._idle.popleft().transport)


class _Socket:
    """Closes the socket of a new connection, which httpcore leaves open when its TLS handshake is cancelled."""

    def __init__(self, extensions: Any) -> None:
        self._next, self._stream = extensions.get("trace"), None
        extensions["trace"] = self

    async def __call__(self, event: str, info: Any) -> None:
        if event == "connection.connect_tcp.complete":
            self._stream = info["return_value"]
        if self._next:
            await self._next(event, info)

    async def aclose(self) -> None:
        if self._stream:
            await self._stream.aclose()


class _AnswerStream(httpx.AsyncByteStream):
    def __init__(
        self,
        response: httpx.Response,
        transport: httpx.AsyncBaseTransport,
        give_back: Callable[[httpx.AsyncBaseTransport, NetworkStream, bool], None],
        drop: Callable[[httpx.AsyncBaseTransport], Awaitable[None]],
    ) -> None:
        self._stream, self._give_back, self._drop = cast("httpx.AsyncByteStream", response.stream), give_back, drop
        self._network: NetworkStream | None = response.extensions.get("network_stream")
        length = response.headers.get("content-length", "")
        head = sum(len(name) + len(value) for name, value in response.headers.raw)
        self._small = length.isdecimal() and len(length) < 9 and head + int(length) < _SMALL
        self._transport: httpx.AsyncBaseTransport | None = transport

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._stream.__aiter__()

    async def aclose(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            try:
                await self._stream.aclose()
            except BaseException:
                await self._drop(transport)
                raise
            if self._network and holds_nothing(transport, self._network):
                self._give_back(transport, self._network, self._small)
            else:
                await self._drop(transport)
