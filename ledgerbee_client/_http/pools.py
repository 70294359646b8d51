"""
A connection pool for many requests at the same time.

httpcore looks through its whole pool for each request and each answer (https://github.com/encode/httpcore/pull/1035),
and with its defaults opens a new TLS connection for nearly every request once more than 20 are on their way.
Here each connection of httpcore is lent to one request, and the one that was free last is taken first, if it is clean
(`leftovers.py`).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple, cast

import anyio
import httpcore

from .leftovers import NetworkStream, hears_nothing, holds_nothing
from .network import Backend

MOST = 100
IDLE_SECONDS = 5.0
CONNECT_LIMIT = 10.0
_SMALL = 60_000


class Connection:
    """A connection of httpcore, opened by its first request, and the socket below it."""

    def __init__(self, http: httpcore.AsyncConnectionInterface, backend: Backend) -> None:
        self.http: httpcore.AsyncConnectionInterface = http
        self._backend = backend

    async def aclose(self) -> None:
        """Close it, whoever is cancelled."""
        with anyio.CancelScope(shield=True):
            await self.http.aclose()
            # httpcore forgets it where a proxy refuses or a TLS handshake is cancelled.
            if self._backend.stream:
                await self._backend.stream.aclose()


class _Idle(NamedTuple):
    since: float
    connection: Connection
    stream: NetworkStream
    small: bool


class Pool:
    """
    Connections, each lent to one request at a time, and 100 at the most; whoever comes then waits, in order.

    `reserve()` comes before each `send()`.

    Args:
        make: Makes a connection, which is opened by its first request.
        proxied: True if there are more layers than TLS and a socket.
        now: Seconds that idle time is counted in.
    """

    def __init__(
        self, make: Callable[[], Connection], *, proxied: bool = False, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._make, self._places, self._proxied = make, anyio.Semaphore(MOST, fast_acquire=True), proxied
        self._now = now
        self._idle: deque[_Idle] = deque()
        self._lent: set[Connection] = set()
        self._opening: set[anyio.CancelScope] = set()
        self._closed = False

    async def reserve(self) -> None:
        """Wait for a place; it is given back with the answer of the request that follows, or with its failure."""
        await self._places.acquire()

    async def send(self, request: httpcore.Request) -> Lent:
        """Send a request, whose place is reserved, over a connection of its own until its answer is closed."""
        connection: Connection | None = None
        try:
            connection = await self._idle_one(request)
            # It may have been closed while this one waited for a place, or listened.
            if self._closed:
                raise httpcore.ConnectError("The client was closed.")  # noqa: TRY301
            if connection:
                response = await connection.http.handle_async_request(request)
            else:
                connection = self._make()
                self._lent.add(connection)
                response = await self._open(connection, request)
        except BaseException:
            self._places.release()
            if connection:
                await self._close(connection)
            raise
        return Lent(response, connection, self)

    async def _idle_one(self, request: httpcore.Request) -> Connection | None:
        oldest = self._now() - IDLE_SECONDS
        # One per request, so that no request waits while many are closed.
        if self._idle and self._idle[0].since < oldest:
            await self._close(self._idle.popleft().connection)
        if not self._idle:
            return None
        since, connection, stream, small = self._idle.pop()
        self._lent.add(connection)
        usable = False
        try:
            # A read that follows a small answer does not listen: the event loop hands out 64 KB at once and keeps
            # what is more, TLS was looked into, and so is the socket.
            trusted = small and request.method == b"GET" and not self._proxied
            usable = since >= oldest and not connection.http.has_expired() and (trusted or await hears_nothing(stream))
        finally:
            if not usable:
                await self._close(connection)
        return connection if usable else None

    async def _open(self, connection: Connection, request: httpcore.Request) -> httpcore.Response:
        with anyio.CancelScope() as scope:
            self._opening.add(scope)
            try:
                return await connection.http.handle_async_request(request)
            finally:
                self._opening.discard(scope)
        raise httpcore.ReadError("The client was closed.")

    async def aclose(self) -> None:
        """Close all connections."""
        self._closed = True
        # Calls on their way end at once, and those that wait for a place find the pool closed.
        for scope in self._opening:
            scope.cancel()
        for _ in range(self._places.statistics().tasks_waiting):
            self._places.release()
        for connection in [*self._lent, *(idle.connection for idle in self._idle)]:
            await connection.aclose()
        self._idle.clear()

    def give_back(self, connection: Connection, stream: NetworkStream, small: bool) -> None:
        """Take a clean connection back."""
        self._lent.discard(connection)
        self._idle.append(_Idle(self._now(), connection, stream, small))
        self._places.release()

    async def drop(self, connection: Connection) -> None:
        """Close a connection that no request can use again."""
        self._places.release()
        await self._close(connection)

    async def _close(self, connection: Connection) -> None:
        self._lent.discard(connection)
        await connection.aclose()


class Lent:
    """
    An answer, and the connection that it comes over.

    Attributes:
        may_be_used_again: False where the connection is to be closed with the answer.
    """

    def __init__(self, response: httpcore.Response, connection: Connection, pool: Pool) -> None:
        self.response: httpcore.Response = response
        self.may_be_used_again: bool = True
        self._pool = pool
        self._connection: Connection | None = connection

    async def leave(self, is_whole: bool) -> None:
        """Give the connection back, or drop it where the answer was not read to its end or more came than that."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        stream: NetworkStream | None = cast("Any", self.response).extensions.get("network_stream")
        try:
            await self.response.aclose()
        except BaseException:
            await self._pool.drop(connection)
            raise
        clean = stream is not None and connection.http.is_idle() and holds_nothing(connection.http, stream)
        if is_whole and self.may_be_used_again and stream and clean:
            self._pool.give_back(connection, stream, self._is_small)
        else:
            await self._pool.drop(connection)

    @property
    def _is_small(self) -> bool:
        size, known = 0, False
        for name, value in self.response.headers:
            size += len(name) + len(value)
            if name.lower() == b"content-length" and value.isdigit() and len(value) < 9:
                size, known = size + int(value), True
        return known and size < _SMALL
