"""
A pool of connections for many requests at the same time.

The one that was free last is taken first, if nothing came over it since (`connection.py`); each has one request at a
time.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable

import anyio

from .connection import Connection
from .routes import RefusedError
from .sockets import Stream

MOST = 100
IDLE_SECONDS = 5.0
CONNECT_LIMIT = 10.0


class Pool:
    """
    Connections that are lent, each to one request.

    Args:
        connect: Makes a stream to the server.
        most: So many at the same time; whoever comes then waits, in order.
        now: Seconds that idle time is counted in.
    """

    def __init__(
        self, connect: Callable[[], Awaitable[Stream]], most: int = MOST, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._connect, self._now, self._places = connect, now, anyio.Semaphore(most, fast_acquire=True)
        self._idle: deque[tuple[float, Connection]] = deque()
        self._lent: set[Connection] = set()
        self._connecting: set[anyio.CancelScope] = set()
        self._closed = False

    async def take(self, limit: float) -> Connection:
        """
        Wait for a place, and return a connection that is clean; end with `give_back()`.

        Raises:
            RefusedError: it was not made within `limit` seconds, or the pool is closed.
        """
        await self._places.acquire()
        try:
            connection = (None if self._closed else self._idle_one()) or await self._new(limit)
        except BaseException:
            self._places.release()
            raise
        self._lent.add(connection)
        return connection

    def give_back(self, connection: Connection, *, whole: bool) -> None:
        """Take a connection back; where its answer was not read to its end, it is closed."""
        self._lent.discard(connection)
        self._places.release()
        if whole and not self._closed and connection.is_ready():
            self._idle.append((self._now(), connection))
        else:
            connection.close()

    def close(self) -> None:
        """Close all connections."""
        self._closed = True
        # Calls on their way end at once, and those that wait for a place find the pool closed.
        for scope in self._connecting:
            scope.cancel()
        for connection in self._lent:
            connection.close()
        while self._idle:
            self._idle.pop()[1].close()

    def _idle_one(self) -> Connection | None:
        oldest = self._now() - IDLE_SECONDS
        # One per request, so that no request waits while many are closed.
        if self._idle and self._idle[0][0] < oldest:
            self._idle.popleft()[1].close()
        while self._idle:
            since, connection = self._idle.pop()
            if since >= oldest and connection.is_clean():
                return connection
            connection.close()
        return None

    async def _new(self, limit: float) -> Connection:
        # The caller's cancel scope bounds the whole; only connecting is worth giving up, and trying again, earlier.
        with anyio.move_on_after(min(limit, CONNECT_LIMIT)) as scope:
            self._connecting.add(scope)
            try:
                if not self._closed:
                    return Connection(await self._connect())
            finally:
                self._connecting.discard(scope)
        raise RefusedError("the client was closed" if self._closed else "the connection was not made in time")
