"""
Many connections without many in one pool.

httpcore looks through its whole pool for each request and each answer, and with its defaults opens a new TLS connection
for nearly every request once more than 20 are on their way. Here each connection is a pool of its own, made by httpx,
and the one that was free last is taken first.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import anyio
import httpx

MOST = 100
IDLE_SECONDS = 5.0


def pooled(make: Callable[[], httpx.AsyncBaseTransport], most: int = MOST) -> httpx.AsyncBaseTransport:
    """
    Return a transport made of transports.

    Args:
        make: Makes a transport for one connection.
        most: So many at the same time; whoever comes then waits, in order.
    """
    return _Pools(make, most)


class _Pools(httpx.AsyncBaseTransport):
    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport], most: int) -> None:
        self._make, self._places = make, anyio.Semaphore(most, fast_acquire=True)
        self._idle: deque[tuple[float, httpx.AsyncBaseTransport]] = deque()
        self._all: dict[httpx.AsyncBaseTransport, anyio.CancelScope] = {}
        self._closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request over a connection of its own until its answer is closed."""
        await self._places.acquire()
        if self._closed:
            self._places.release()
            raise httpx.ConnectError("The client was closed.")
        transport = self._idle.pop()[1] if self._idle else self._make()
        socket = _Socket(request.extensions) if request.url.scheme == "https" else None
        response = None
        with anyio.CancelScope() as scope:
            self._all[transport] = scope
            try:
                await self._close_the_oldest()
                response = await transport.handle_async_request(request)
            except BaseException:
                await self._drop(transport, socket)
                raise
        if response is None:
            raise httpx.ReadError("The client was closed.")
        stream = cast("httpx.AsyncByteStream", response.stream)
        response.stream = _Stream(stream, transport, self._give_back, self._drop)
        return response

    async def aclose(self) -> None:
        """Close all connections."""
        self._closed = True
        # Calls on their way end at once, and those that wait for a place find the pool closed.
        for scope in self._all.values():
            scope.cancel()
        while self._all:
            await self._all.popitem()[0].aclose()

    def _give_back(self, transport: httpx.AsyncBaseTransport) -> None:
        self._idle.append((time.monotonic(), transport))
        self._places.release()

    async def _drop(self, transport: httpx.AsyncBaseTransport, socket: _Socket | None = None) -> None:
        # A cancelled task can leave httpcore waiting for an answer that nobody reads, and the next request with it.
        self._all.pop(transport, None)
        self._places.release()
        with anyio.CancelScope(shield=True):
            await transport.aclose()
            if socket:
                await socket.aclose()

    async def _close_the_oldest(self) -> None:
        # One per request is enough, and nobody waits for many.
        if self._idle and time.monotonic() - self._idle[0][0] > IDLE_SECONDS:
            transport = self._idle.popleft()[1]
            self._all.pop(transport, None)
            await transport.aclose()


class _Socket:
    """Knows the socket of a new connection: one that is cancelled within its TLS handshake httpcore leaves open."""

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


def _is_clean(transport: Any) -> bool:
    # What a server says beyond its answer, httpcore takes for the answer to the next request.
    # Nothing public shows it; where httpx keeps it elsewhere, a connection counts as clean.
    inside = next(iter(getattr(getattr(transport, "_pool", None), "connections", ())), None)
    while deeper := getattr(inside, "_connection", None):
        inside = deeper
    state = getattr(inside, "_h11_state", None)
    return not (state and state.trailing_data[0])


class _Stream(httpx.AsyncByteStream):
    def __init__(
        self,
        stream: httpx.AsyncByteStream,
        transport: httpx.AsyncBaseTransport,
        give_back: Callable[[httpx.AsyncBaseTransport], None],
        drop: Callable[[httpx.AsyncBaseTransport], Awaitable[None]],
    ) -> None:
        self._stream, self._give_back, self._drop = stream, give_back, drop
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
            if _is_clean(transport):
                self._give_back(transport)
            else:
                await self._drop(transport)
